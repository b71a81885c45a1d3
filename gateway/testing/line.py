"""A line in memory with true timing: what a slave would answer, byte by byte, on the loop's own clock.

Together with `gateway.testing.clock` it runs a bus through hours of traffic in seconds, to the microsecond.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

from gateway.model.errors import LinkLost

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.bus.link import Receiver
    from gateway.bus.timing import LineTiming


@dataclass(frozen=True, slots=True)
class Answer:
    """Bytes that go onto the line, `after_s` behind the last byte of the request."""

    data: bytes
    after_s: float


class Responder(Protocol):
    """The slaves of a line."""

    def __call__(self, frame: bytes, end_s: float) -> list[Answer]:
        """Return what is sent in reply to a request whose last byte arrived at `end_s`."""


@dataclass(slots=True)
class Heard:
    """One request as the line saw it. `silence_s` is the quiet before its first byte."""

    frame: bytes
    begin_s: float
    end_s: float
    silence_s: float


@dataclass(slots=True)
class MemoryLine:
    """A link (`gateway.bus.link.Link`) whose other end is a function."""

    line: LineTiming
    responder: Responder
    name: str = "memory"
    chunk: int = 8
    heard: list[Heard] = field(default_factory=list)
    refuse: str = ""
    _receiver: Receiver | None = None
    _busy_until_s: float = 0.0
    _timers: set[asyncio.TimerHandle] = field(default_factory=set)

    async def open(self, receiver: Receiver) -> None:
        if self.refuse:
            raise LinkLost(self.refuse)
        self._receiver = receiver

    def write(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        begin_s = loop.time()
        end_s = begin_s + len(data) * self.line.char_s
        self.heard.append(Heard(data, begin_s, end_s, begin_s - self._busy_until_s))
        self._busy_until_s = max(self._busy_until_s, end_s)
        self._at(end_s, partial(self._reply, data, end_s))

    def say(self, data: bytes) -> None:
        """Put bytes on the line that nobody has asked for, at true speed from now on."""
        self._send(Answer(data, 0.0), asyncio.get_running_loop().time())

    def lose(self, why: str) -> None:
        """Take the link away, as an unplugged adapter does; it stays away until `refuse` is cleared."""
        self.refuse = why
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            receiver.link_went(LinkLost(why))

    def close(self) -> None:
        self._receiver = None
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _reply(self, frame: bytes, end_s: float) -> None:
        for answer in self.responder(frame, end_s):
            self._send(answer, end_s)

    def _send(self, answer: Answer, end_s: float) -> None:
        data, start_s = answer.data, end_s + answer.after_s
        for first in range(0, len(data), self.chunk):
            part = data[first : first + self.chunk]
            self._at(start_s + (first + len(part)) * self.line.char_s, partial(self._arrive, part))

    def _arrive(self, data: bytes) -> None:
        self._busy_until_s = max(self._busy_until_s, asyncio.get_running_loop().time())
        if self._receiver is not None:
            self._receiver.bytes_came(data)

    def _at(self, when_s: float, action: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        timers = self._timers

        def fire() -> None:
            timers.discard(handle)
            action()

        handle = loop.call_at(when_s, fire)
        timers.add(handle)
