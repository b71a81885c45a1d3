"""The frames of a line for somebody who watches it: kept only while a lease lasts, bounded, losses counted.

Keeping one costs one append behind everything urgent; text is made of them when the next tick has served the lines.
A line that nobody watches has no tap, and costs one comparison for each transaction.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from gateway.profile.reading_text import text_of
from gateway.wire.watching import Seen, Sheaf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gateway.bus.driver import Report
    from gateway.bus.job import Job
    from gateway.field.device import FieldDevice
    from gateway.model.transaction import Exchange
    from gateway.model.wiring import Block, Write
    from gateway.wire.watching import Watch

KEPT = 256
"""Transactions that wait for edge: some seconds of a busy line."""

AT_ONCE = 16
"""Transactions that a tick makes into text: half a millisecond, and more than any line does in a tick."""

LONGEST_TEXT = 200


class Tap:
    """What passes on one line until `until_s`; the oldest gives way."""

    def __init__(self) -> None:
        self.until_s = 0.0
        self._kept: deque[Callable[[], Seen]] = deque()
        self._dropped = 0

    def passed(self, device: FieldDevice, job: Job, exchange: Exchange) -> None:
        """Keep a transaction."""
        self._keep(lambda: _transaction(device, job, exchange))

    def said(self, device: FieldDevice, report: Report, said_s: float) -> None:
        """Keep what a device has told by itself."""
        self._keep(lambda: _report(device, report, said_s))

    def sheaf(self, bus: str) -> Sheaf | None:
        """Return what has passed since the last time, as much as is told at once; None: nothing."""
        if not self._kept:
            return None
        seen = tuple(self._kept.popleft()() for _ in range(min(AT_ONCE, len(self._kept))))
        dropped, self._dropped = self._dropped, 0
        return Sheaf(bus=bus, dropped=dropped, seen=seen)

    def _keep(self, entry: Callable[[], Seen]) -> None:
        if len(self._kept) >= KEPT:
            self._kept.popleft()
            self._dropped += 1
        self._kept.append(entry)


class Named(Protocol):
    """A bus, as far as its name goes."""

    name: str


class Tappable(Protocol):
    """The control loop of a line."""

    tap: Tap | None

    @property
    def bus(self) -> Named: ...


class Taps:
    """The taps of all lines. A line is tapped while its lease lasts, and while edge is there."""

    def __init__(self, loops: Callable[[], Sequence[Tappable]]) -> None:
        self._loops = loops

    def watch(self, watch: Watch, now_s: float) -> None:
        """Tap a line for so long from now on; one that is not here cannot be watched."""
        for loop in self._loops():
            if loop.bus.name == watch.bus:
                loop.tap = loop.tap or Tap()
                loop.tap.until_s = now_s + watch.for_s

    def close(self) -> None:
        """Watch nothing any more."""
        for loop in self._loops():
            loop.tap = None

    def due(self, now_s: float) -> Iterator[Sheaf]:
        """Yield what is to be told now."""
        for loop in self._loops():
            if loop.tap is None:
                continue
            if now_s > loop.tap.until_s:
                loop.tap = None
            elif (sheaf := loop.tap.sheaf(loop.bus.name)) is not None:
                yield sheaf


def words_of(device: FieldDevice, job: Job, exchange: Exchange) -> dict[str, str]:
    """Return what a transaction was for and what its reply says, for a record that outlives its layouts."""
    kind, what, says = *_asked(job), ""
    if job.piece is not None and exchange.ok and exchange.payload:
        layout = device.layouts[job.piece.layout]
        says = text_of(layout.points)(layout.values(exchange.payload))
    return {"device": device.name, "kind": kind, "why": job.why.value, "what": what, "says": says}


def _asked(job: Job) -> tuple[str, str]:
    if job.piece is not None:
        return "read", _block(job.piece.block)
    return "write", "" if job.order is None else _write(job.order.write)


def _transaction(device: FieldDevice, job: Job, exchange: Exchange) -> Seen:
    kind, what = _asked(job)
    layout = -1 if job.piece is None else device.layouts[job.piece.layout].number
    return Seen(
        device=device.name,
        kind=kind,
        why=job.why,
        what=what,
        sent_s=exchange.sent_s,
        request=exchange.request,
        reply_s=exchange.first_byte_s,
        reply_end_s=exchange.reply_end_s,
        reply=exchange.reply,
        payload=exchange.payload,
        failure=_failure(exchange),
        layout=layout,
    )


def _report(device: FieldDevice, report: Report, said_s: float) -> Seen:
    values = " ".join(f"{name}={value}" for name, value in report.values.items())
    return Seen(
        device=device.name,
        kind="report",
        why="",
        what=f"{report.name} {values}".strip()[:LONGEST_TEXT],
        sent_s=said_s,
        reply_s=said_s,
        reply_end_s=said_s,
        reply=report.frame,
    )


def _block(block: Block) -> str:
    return f"{block.table} {block.address} x{block.count}"


def _write(write: Write) -> str:
    said = f"{write.table} {write.address} = {' '.join(map(str, write.values))}"
    return (said if write.order is None else f"{said} ({write.order.number})")[:LONGEST_TEXT]


def _failure(exchange: Exchange) -> str:
    """Return the word for what went wrong, with the device's own code where it refused; empty: nothing did."""
    code = f" {exchange.exception_code}" if exchange.exception_code else ""
    return "" if exchange.failure is None else f"{exchange.failure}{code}"
