"""What devices tell by themselves becomes events; a device is answered only once edge has its event on disk.

Until then it stays unanswered and sends its message again. A message that is under way, or was answered a short while
ago, is known by its device, its own number and the digest of what it says, so that it makes one event however often it
comes. What cannot be kept is not answered either: the device keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, Protocol

from gateway.field.asking import Questions
from gateway.model.event import EventKind
from gateway.wire.frames import WireError
from gateway.wire.messages import decode_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gateway.bus.driver import Report
    from gateway.field.device import FieldDevice
    from gateway.field.events import Events
    from gateway.field.loop import ControlLoop
    from gateway.model.command import Command
    from gateway.model.wiring import Write

MOST_UNDER_WAY = 1024
"""Messages that wait for edge; what comes above that is left to its device."""

MOST_ANSWERED = 1024
DIGEST_DIGITS = 32

LEARNED_REPEATS_S = 3600.0
"""How long a message of an earlier process is known once edge has it: twice as long as the slowest device waits."""


class Answering(Protocol):
    """Who writes an answer: the arbiter."""

    def tell(self, loop: ControlLoop, device: FieldDevice, write: Write) -> None:
        """Write it in the next slot, once."""


class Key(NamedTuple):
    """What makes two sendings the same message."""

    device: str
    name: str
    number: str
    digest: str


@dataclass(slots=True)
class Sender:
    """Who sent a message, and what it wants to hear: that of the newest sending."""

    loop: ControlLoop
    device: FieldDevice
    answer: Write
    repeats_for_s: float


class Reported:
    """The messages of all devices of a field process that are under way or were answered lately."""

    def __init__(
        self,
        *,
        events: Events,
        answering: Answering,
        events_full: Callable[[], bool],
        now: Callable[[], float],
    ) -> None:
        self._events = events
        self._answering = answering
        self._events_full = events_full
        self._now = now
        self._under_way: dict[Key, Sender | None] = {}
        self._answered: dict[Key, float] = {}
        self._questions = Questions(answering)

    @property
    def is_full(self) -> bool:
        """Whether a new message is left to its device."""
        return self._events_full() or len(self._under_way) >= MOST_UNDER_WAY

    def learn(self, events: Iterable[tuple[int, bytes]]) -> None:
        """Take the messages of an earlier process that edge has not stored yet: their senders will come again."""
        for seq, body in events:
            try:
                event, _ = decode_event(body)
            except WireError:
                continue
            said = event.body
            if event.kind is EventKind.DEVICE and said.get("wants_answer"):
                device = event.target.partition("/")[0]
                key = Key(device, str(said.get("report")), str(said.get("number")), str(said.get("digest")))
                self._under_way[key] = None
                self._events.when_stored(seq, partial(self._stored, key))

    def take(self, loop: ControlLoop, device: FieldDevice, report: Report) -> None:
        """Make a message an event, unless it is known; answer again what was answered already."""
        self._forget()
        digest = sha256(report.payload).hexdigest()[:DIGEST_DIGITS]
        key = Key(device.name, report.name, report.number, digest)
        sender = None
        if report.answer is not None:
            sender = Sender(loop, device, report.answer, report.repeats_for_s)
            if self._is_known(key, sender):
                return
        if self.is_full or (report.answers and not self._questions.ask(key, loop, device, report, self._now())):
            return
        stored = None
        if sender is not None:
            self._under_way[key] = sender
            stored = partial(self._stored, key)
        self._events.note(EventKind.DEVICE, target_of(device, report), body_of(report, key), stored=stored)

    def decided(self, command: Command) -> None:
        """Tell a device what edge has decided about its message."""
        said = {name: str(command.args.get(name)) for name in ("report", "number", "digest", "verdict")}
        key = Key(command.target, said["report"], said["number"], said["digest"])
        self._questions.answer(key, said["verdict"])

    def _is_known(self, key: Key, sender: Sender) -> bool:
        if key in self._under_way:
            self._under_way[key] = sender
            return True
        if key in self._answered:
            self._answer(key, sender)
            return True
        return False

    def _stored(self, key: Key) -> None:
        """Answer a message whose event edge has on disk; one of an earlier process is answered when it comes again."""
        sender = self._under_way.pop(key, None)
        if sender is not None:
            self._answer(key, sender)
        else:
            self._keep(key, LEARNED_REPEATS_S)

    def _answer(self, key: Key, sender: Sender) -> None:
        self._keep(key, sender.repeats_for_s)
        self._answering.tell(sender.loop, sender.device, sender.answer)

    def _keep(self, key: Key, repeats_for_s: float) -> None:
        self._answered.pop(key, None)
        self._answered[key] = self._now() + repeats_for_s
        if len(self._answered) > MOST_ANSWERED:
            del self._answered[next(iter(self._answered))]

    def _forget(self) -> None:
        """Forget messages that were answered so long ago that an equal one is another."""
        now_s = self._now()
        for key in [key for key, until_s in self._answered.items() if until_s < now_s]:
            del self._answered[key]


def target_of(device: FieldDevice, report: Report) -> str:
    """Return the path of the outlet that a report is about, or of its device."""
    for outlet, name in zip(device.model.outlets, device.outlet_names, strict=True):
        if outlet.number == report.outlet:
            return name
    return device.name


def body_of(report: Report, key: Key) -> Mapping[str, object]:
    """Return a report as its event carries it; `digest` names the message together with its device and number."""
    told = {"report": report.name, **report.values, "number": report.number, "digest": key.digest}
    return told | {"wants_answer": report.answer is not None, "raw": report.frame.hex()}
