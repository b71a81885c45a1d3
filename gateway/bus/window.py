"""One transaction on the line from the moment its request is handed over: what counts as its answer, and until when.

Pure: bytes and `now_s` in, an `Exchange` out. The bus feeds it and keeps the timer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.bus.driver import Noise, Refusal, Reply, Report, Skipped
from gateway.model.transaction import Exchange, Failure

if TYPE_CHECKING:
    from gateway.bus.driver import Driver, Received, Request
    from gateway.bus.timing import LineTiming
    from gateway.model.wiring import Timing

BABBLE_BYTES = 64
"""Strange bytes that a window puts up with beyond its reply before it closes."""

EARLY_S = 0.0005
"""How much sooner than computed a reply may end: clocks and buffers are not exact."""


def bytes_of(part: Received) -> bytes:
    """Return what was received, as it came."""
    return part.data if isinstance(part, Skipped) else part.frame


@dataclass(slots=True)
class Echo:
    """Whether the line's adapter hears what it sends: None until the first read has shown it."""

    present: bool | None = None


class Window:
    """The open request of a line. Feed `take`; ask `deadline_s`; after it has passed, call `expire`."""

    def __init__(
        self, driver: Driver, request: Request, line: LineTiming, timing: Timing, echo: Echo, sent_s: float
    ) -> None:
        self._driver = driver
        self.request = request
        self._echo = echo
        self._line = line
        self._gap_s = line.gap_s
        request_end_s = sent_s + len(request.frame) * line.char_s
        wait_s = line.first_byte_timeout_s(timing, request.reply_bytes) + request.patience_s
        self._reply_s = request.reply_bytes * line.char_s
        self._earliest_s = request_end_s + timing.turnaround_min_ms / 1000 + self._reply_s - EARLY_S
        self._latest_s = request_end_s + wait_s + self._reply_s + BABBLE_BYTES * line.char_s + line.gap_s
        self._echo_left = b"" if echo.present is False else request.frame
        self._echo_seen = b""
        self.noise: list[Skipped] = []
        self.reports: list[Report] = []
        self._first_byte_until_s = request_end_s + (wait_s if request.reply_bytes else timing.turnaround_max_ms / 1000)
        self.deadline_s = self._first_byte_until_s
        self.exchange = Exchange(
            unit=request.unit, request=request.frame, sent_s=sent_s, request_end_s=request_end_s, asked_s=request_end_s
        )
        driver.open(request)

    def take(self, data: bytes, now_s: float) -> bool:
        """Judge bytes that have come in; return whether the transaction is over."""
        data = self._without_echo(data)
        if not data:
            return False
        exchange = self.exchange
        if not exchange.first_byte_s:
            exchange.first_byte_s = now_s
        exchange.reply_end_s = now_s
        if self._answered(self._driver.receive(data), now_s):
            return True
        expected_s = exchange.first_byte_s + self._reply_s
        ends_s = min(max(now_s, expected_s) + self._gap_s, max(self._latest_s, now_s))
        self.deadline_s = max(self._first_byte_until_s, ends_s)  # strange bytes shorten nobody's time to answer
        return False

    def expire(self) -> Exchange:
        """Close the window without an answer, and say why there is none."""
        exchange = self.exchange
        if not self.request.reply_bytes:
            return exchange
        if self._echo_seen:
            exchange.first_byte_s = exchange.first_byte_s or exchange.request_end_s
            if self._answered(self._driver.receive(self._echo_seen), exchange.request_end_s):
                return exchange
        for part in self._driver.close():
            self._note(part)
        heard = b"".join(part.data for part in self.noise)
        exchange.reply = heard
        exchange.failure = self._why(len(heard))
        return exchange

    # ------------------------------------------------------------------ inside

    def _without_echo(self, data: bytes) -> bytes:
        """Take the adapter's own echo off the front; a write's echo can only be told by its time."""
        if not self._echo_left or (self.request.is_write and self._echo.present is None):
            return data
        self._echo_seen += data
        compared = min(len(self._echo_seen), len(self._echo_left))
        if self._echo_seen[:compared] != self._echo_left[:compared]:
            data, self._echo_seen, self._echo_left = self._echo_seen, b"", b""
            if self._echo.present is None:
                self._echo.present = False
            return data
        if compared < len(self._echo_left):
            return b""
        self._echo.present = True
        data, self._echo_seen, self._echo_left = self._echo_seen[compared:], b"", b""
        return data

    @property
    def _may_be_echo(self) -> bool:
        """Whether a reply can be our own frame: a write's, while no read has shown that this adapter is deaf to us.

        After that an early reply is believed: a peer on a bare pseudo-terminal answers before the bytes would be over.
        """
        return self.request.is_write and self._echo.present is not False

    def _answered(self, received: tuple[Received, ...], now_s: float) -> bool:
        for index, part in enumerate(received):
            if isinstance(part, Skipped | Report):
                self._note(part)
            elif isinstance(part, Reply) and self._may_be_echo and now_s < self._earliest_s:
                # Complete before any device could have sent it: our own frame, heard back.
                rest = b"".join(bytes_of(one) for one in (*received[index + 1 :], *self._driver.close()))
                self.exchange.first_byte_s = now_s if rest else 0.0
                self._driver.open(self.request)
                return bool(rest) and self._answered(self._driver.receive(rest), now_s)
            else:
                behind = [one for one in received[index + 1 :] if isinstance(one, Skipped | Report)]
                self._finish(part)
                if self.request.listens:
                    self._date_heard(len(part.frame) + sum(len(bytes_of(one)) for one in behind), now_s)
                for one in behind:
                    self._note(one)
                return True
        return False

    def _note(self, part: Skipped | Report) -> None:
        if isinstance(part, Report):
            self.reports.append(part)
        else:
            self.noise.append(part)

    def _date_heard(self, since_start_bytes: int, now_s: float) -> None:
        """Date what a device said by itself from the start of its frame, never from before the window was opened."""
        began_s = now_s - since_start_bytes * self._line.char_s - self._line.latency_s
        self.exchange.asked_s = max(self.exchange.sent_s, began_s)

    def _finish(self, answer: Reply | Refusal) -> None:
        self.exchange.reply = answer.frame
        if isinstance(answer, Reply):
            self.exchange.payload = answer.payload
            if answer.report is not None:
                self.reports.append(answer.report)
        else:
            self.exchange.failure = Failure.EXCEPTION
            self.exchange.exception_code = answer.code

    def _why(self, heard_bytes: int) -> Failure:
        kinds = {part.noise for part in self.noise}
        if heard_bytes == 0:
            return Failure.TIMEOUT
        if Noise.CRC in kinds:
            return Failure.CRC
        if kinds & {Noise.FOREIGN, Noise.LATE}:
            return Failure.FOREIGN
        return Failure.TRUNCATED if heard_bytes < self.request.reply_bytes else Failure.CRC
