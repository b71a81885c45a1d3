"""Find the answer of one request among the bytes that come: the half of a driver that every framed protocol shares.

A driver says how its frames look (`Framing`); `FrameWindow` does what `gateway.bus.driver.Driver` owes the bus. The
answer is the earliest place in the window where a fitting head stands, the frame is intact and says what was asked.
A place that fits so far is waited for; bytes before it are named as soon as they can no longer be part of the answer.
Everything that is received comes back once, in order: in the answer, in a `Report` or in a `Skipped`.

Where devices of a protocol also speak unasked, `reports` says what an intact frame tells. Then bytes are kept between
the windows too, while they can become a frame, and such a frame may begin before a window and end in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gateway.bus.driver import Noise, Request, Skipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.bus.driver import Received, Refusal, Reply, Report

MOST_KEPT_BYTES = 520
"""Above what any protocol here needs: a babbling line cannot make more of it."""

_UNOPENED = Request(unit=0, frame=b"", reply_bytes=0, is_write=False)


class Framing(Protocol):
    """How the frames of a protocol look. Pure questions; a framing keeps no bytes."""

    def heads(self, request: Request) -> tuple[bytes, ...]:
        """List how the frames that can answer `request` begin, as far as that is known before they come."""

    def measure(self, kept: bytearray, at: int) -> int:
        """Length of the frame from a device that begins at `at`, 0 if the bytes there so far begin none.

        It can be more than what is kept; where too little is kept to know, it is more than that.
        """

    def is_intact(self, frame: bytes) -> bool:
        """Tell whether the checksum, where there is one, is right."""

    def answer(self, frame: bytes, request: Request) -> Reply | Refusal | None:
        """Say what an intact frame with a fitting head says; None when it answers something else."""

    def judge(self, frame: bytes, request: Request) -> Noise:
        """Say what an intact frame is that does not answer `request`, and is no report."""


class FrameWindow:
    """The bytes of one half-duplex line, judged against one request at a time."""

    __slots__ = (
        "_at",
        "_firsts",
        "_framing",
        "_heads",
        "_is_broken",
        "_is_open",
        "_kept",
        "_reports",
        "_request",
        "_walked",
    )

    def __init__(self, framing: Framing, reports: Callable[[bytes], Report | None] | None = None) -> None:
        self._framing = framing
        self._reports = reports
        self._kept = bytearray()
        self._at = 0  # earliest place where the answer may yet begin
        self._walked = 0  # bytes of no frame before this place
        self._is_broken = False
        self._is_open = False
        self._request = _UNOPENED
        self._heads: tuple[bytes, ...] = ()
        self._firsts: frozenset[int] = frozenset()

    def open(self, request: Request) -> None:
        """Start the window of a request. Drops what was kept of an earlier one."""
        if self._is_open:
            self._forget()
        self._at = len(self._kept)
        self._is_broken = False
        self._request = request
        self._is_open = request.reply_bytes > 0
        self._heads = self._framing.heads(request) if self._is_open else ()
        self._firsts = frozenset(head[0] for head in self._heads)

    def receive(self, data: bytes) -> tuple[Received, ...]:
        """Judge bytes as they come; never raises."""
        kept = self._kept
        kept += data
        if not self._is_open:
            return self._outside()
        answer = self._seek()
        if answer is not None:
            return self._finish(answer)
        is_hopeless = self._is_broken and self._at == len(kept)
        passed = self._pass_over(is_final=is_hopeless or len(kept) > MOST_KEPT_BYTES)
        if is_hopeless:
            self._is_broken = False
        return tuple(passed)

    def close(self) -> tuple[Skipped | Report, ...]:
        """End the window without an answer: say what the bytes so far were. Drops what was kept."""
        self._at = len(self._kept)
        self._is_open = False
        passed = self._pass_over(is_final=True)
        self._forget()
        return tuple(passed)

    def _forget(self) -> None:
        self._kept.clear()
        self._at = self._walked = 0
        self._is_broken = False

    def _finish(self, answer: Reply | Refusal) -> tuple[Received, ...]:
        """End the window with its answer; what follows in it is passed over."""
        before = self._pass_over(is_final=True) if self._at else ()
        del self._kept[: len(answer.frame)]
        self._is_open = False
        if not self._kept:
            self._at = self._walked = 0
            return (*before, answer)
        return (*before, answer, *self._outside())

    def _outside(self) -> tuple[Skipped | Report, ...]:
        """Judge what came while no window is open; keep what can still become a report."""
        if self._reports is None:
            return self.close()
        kept = self._kept
        self._at = len(kept)
        passed = self._pass_over(is_final=self._at > MOST_KEPT_BYTES)
        if self._walked:
            passed.append(Skipped(Noise.GARBAGE, bytes(kept[: self._walked])))
            del kept[: self._walked]
            self._at, self._walked = len(kept), 0
        return tuple(passed)

    def _seek(self) -> Reply | Refusal | None:
        """Move to the earliest place where the answer begins or may yet begin; return it if it is complete."""
        kept, framing, request = self._kept, self._framing, self._request
        for at in range(self._at, len(kept)):
            if kept[at] not in self._firsts or not self._fits(at):
                continue
            size = framing.measure(kept, at)
            if not 0 < size <= request.reply_bytes:
                continue
            if at + size > len(kept):
                self._at = at
                return None
            frame = bytes(kept[at : at + size])
            if framing.is_intact(frame):
                answer = framing.answer(frame, request)
                if answer is not None:
                    self._at = at
                    return answer
            else:
                self._is_broken = self._is_broken or not self._is_echo(frame)
        self._at = len(kept)
        return None

    def _fits(self, at: int) -> bool:
        for head in self._heads:  # noqa: SIM110 - a generator would cost more than the loop, and this is the hot path
            if head.startswith(self._kept[at : at + len(head)]):
                return True
        return False

    def _is_echo(self, frame: bytes) -> bool:
        """Tell whether this is what the adapter hears of our own request: it can begin like the reply."""
        return self._request.frame.startswith(frame)

    def _pass_over(self, *, is_final: bool) -> list[Skipped | Report]:
        """Name the bytes before the place where the answer may yet begin, and drop them.

        Unless `is_final`, it stops where a frame of another may still be completing, and does not call a reply
        broken while a later one may come.
        """
        kept, end = self._kept, self._at
        passed: list[Skipped | Report] = []
        begin, at = 0, self._walked
        while at < end:
            size = self._framing.measure(kept, at)
            is_whole = at + size <= end
            if not is_whole and not is_final:
                break
            named = self._name(bytes(kept[at : at + size]), at) if size and is_whole else None
            if named is None:
                at += 1
                continue
            if isinstance(named, Skipped) and named.noise is Noise.CRC and not is_final and end < len(kept):
                break
            if begin < at:
                passed.append(Skipped(Noise.GARBAGE, bytes(kept[begin:at])))
            passed.append(named)
            begin = at = at + size
        if is_final and begin < end:
            passed.append(Skipped(Noise.GARBAGE, bytes(kept[begin:end])))
            begin = at = end
        del kept[:begin]
        self._at, self._walked = end - begin, at - begin
        return passed

    def _name(self, frame: bytes, at: int) -> Skipped | Report | None:
        """Say what a run of bytes with the length of a frame is; None if it is no frame."""
        if self._framing.is_intact(frame):
            report = None if self._reports is None else self._reports(frame)
            return report or Skipped(self._framing.judge(frame, self._request), frame)
        return Skipped(Noise.CRC, frame) if self._fits(at) and not self._is_echo(frame) else None
