"""Messages whose sender waits for a decision: a card was shown. Edge decides; the device is told its verdict once.

A device that has heard nothing sends its message again. It is one message all the same: made an event once, and
answered again as it was answered before. Pure but for the writing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gateway.model.command import Verdict

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from gateway.bus.driver import Report
    from gateway.field.device import FieldDevice
    from gateway.field.loop import ControlLoop
    from gateway.model.wiring import Write

MOST_ASKING = 64
"""What comes above that is told, and not answered: the oldest no longer waits by then."""


class Answering(Protocol):
    """Who writes an answer: the arbiter."""

    def tell(self, loop: ControlLoop, device: FieldDevice, write: Write) -> None:
        """Write it in the next slot, once."""


@dataclass(slots=True)
class Question:
    """Who waits, until when, and what it was told; None as long as nobody has decided."""

    loop: ControlLoop
    device: FieldDevice
    answers: Mapping[Verdict, Write]
    until_s: float
    verdict: Verdict | None = None


class Questions:
    """The questions of all devices of a field process; moments are monotonic."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._open: dict[Hashable, Question] = {}

    def ask(self, key: Hashable, loop: ControlLoop, device: FieldDevice, report: Report, now_s: float) -> bool:
        """Take a question; return whether it is new."""
        for known in [known for known, question in self._open.items() if question.until_s < now_s]:
            del self._open[known]
        before = self._open.pop(key, None)
        question = Question(loop, device, report.answers, now_s + report.repeats_for_s)
        self._open[key] = question
        if len(self._open) > MOST_ASKING:
            del self._open[next(iter(self._open))]
        if before is not None and before.verdict is not None:
            self.answer(key, before.verdict)
        return before is None

    def answer(self, key: Hashable, word: str) -> None:
        """Tell a device what was decided; nobody waits for an answer to a question that is over."""
        question = self._open.get(key)
        verdict = next((verdict for verdict in Verdict if verdict == word), None)
        write = None if question is None or verdict is None else question.answers.get(verdict)
        if question is not None and write is not None:
            question.verdict = verdict
            self._answering.tell(question.loop, question.device, write)
