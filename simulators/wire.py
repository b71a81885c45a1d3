"""When bytes are on a serial line: pure arithmetic of baud rate, silence and release times.

Times are seconds of CLOCK_MONOTONIC, given by the caller. A byte is *on the wire* for `char_s`; it can be read from the
moment in which its last bit has passed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

GROUP_S = 0.001
"""Longest span of bytes that are handed over together, as a UART's FIFO does."""

T35_FLOOR_BAUD = 19200
T35_FLOOR_S = 0.00175
"""Modbus over Serial Line V1.02, 2.5.1.1: above 19,200 baud t3.5 is 1.75 ms, whatever the rate."""


def char_time_s(baud: int, char_bits: int) -> float:
    """Return the time of one character; 0 for a line without a baud rate (Modbus TCP)."""
    return char_bits / baud if baud else 0.0


def frame_silence_s(baud: int, char_bits: int) -> float:
    """Return the silence t3.5 that parts two frames; 0 for a line without a baud rate."""
    if not baud:
        return 0.0
    return T35_FLOOR_S if baud > T35_FLOOR_BAUD else 3.5 * char_time_s(baud, char_bits)


@dataclass(frozen=True, slots=True)
class Release:
    """Bytes to hand over at `due_s`. `exact` marks the first and the last of a frame, whose moment matters."""

    due_s: float
    data: bytes
    exact: bool


def release_schedule(frame: bytes, start_s: float, char_s: float, *, economy: bool = False) -> tuple[Release, ...]:
    """When which bytes of a frame that starts at `start_s` can be read.

    Byte k has passed at `start_s + (k + 1) * char_s`. The first and the last are released alone at their time, those
    between in groups of at most `GROUP_S`, each at the time of its last byte: never a byte early. With `economy` all
    but the first come with the last, and no moment is exact.
    """
    if not frame:
        return ()
    if char_s <= 0 or len(frame) == 1:
        return (Release(start_s + len(frame) * char_s, frame, exact=True),)
    if economy:
        ends_s = start_s + len(frame) * char_s
        return (Release(start_s + char_s, frame[:1], exact=False), Release(ends_s, frame[1:], exact=False))
    releases = [Release(start_s + char_s, frame[:1], exact=True)]
    group = max(1, int(GROUP_S / char_s))
    last = len(frame) - 1
    for begin in range(1, last, group):
        end = min(begin + group, last)
        releases.append(Release(start_s + end * char_s, frame[begin:end], exact=False))
    releases.append(Release(start_s + len(frame) * char_s, frame[last:], exact=True))
    return tuple(releases)


@dataclass(frozen=True, slots=True)
class Arrival:
    """When bytes from the host are on the wire.

    `silence_s` is the gap since the end of the last byte of either side: negative when a slave was sending, None when
    nothing has been heard before. `collides` tells that a slave was sending at the same time.
    """

    start_s: float
    end_s: float
    silence_s: float | None
    collides: bool


@dataclass(slots=True)
class Wire:
    """Who is on one half-duplex line, and when. Holds no bytes."""

    char_s: float
    t35_s: float
    _heard_until_s: float | None = None
    _host_until_s: float = 0.0
    _sending: list[tuple[float, float]] = field(default_factory=list)

    def arrive(self, now_s: float, count: int) -> Arrival:
        """Put `count` bytes from the host on the wire; they queue up behind host bytes that are still on it."""
        start_s = max(now_s, self._host_until_s)
        end_s = start_s + count * self.char_s
        self.forget(now_s)
        silence_s = None if self._heard_until_s is None else start_s - self._heard_until_s
        collides = False
        for begin_s, until_s in self._sending:
            if begin_s < start_s < until_s:
                silence_s = start_s - until_s
            if begin_s < end_s and start_s < until_s:
                collides = True
        self._host_until_s = end_s
        self._hear(end_s)
        return Arrival(start_s, end_s, silence_s, collides)

    def send(self, start_s: float, count: int) -> tuple[float, bool]:
        """Reserve the wire for `count` bytes of a slave from `start_s`, or from when another slave has ended.

        Returns the real start, and whether the host is sending then.
        """
        length_s = count * self.char_s
        for begin_s, until_s in sorted(self._sending):
            if begin_s < start_s + length_s and start_s < until_s:
                start_s = until_s
        if length_s > 0:
            self._sending.append((start_s, start_s + length_s))
        return start_s, start_s < self._host_until_s

    def released(self, at_s: float) -> None:
        """Note that a slave's byte ended at `at_s`."""
        self._hear(at_s)

    def forget(self, now_s: float) -> None:
        """Drop what slaves have sent: each arrival does so, a line without a host has to."""
        if self._sending:
            self._sending = [window for window in self._sending if window[1] > now_s]

    def _hear(self, until_s: float) -> None:
        if self._heard_until_s is None or until_s > self._heard_until_s:
            self._heard_until_s = until_s
