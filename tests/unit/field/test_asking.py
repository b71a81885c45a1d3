"""A device that waits for a verdict is told it once for each time that it asks, and its question is one event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gateway.bus.driver import Report
from gateway.field.asking import MOST_ASKING, Questions
from gateway.model.command import Verdict
from gateway.model.wiring import Table, Write

WRITES = {verdict: Write(Table.HOLDING, 0x0200, (number,)) for number, verdict in enumerate(Verdict)}
CARD = Report(unit=1, name="card", frame=b"", payload=b"", values={}, answers=WRITES, repeats_for_s=60.0)


@dataclass
class Mouth:
    said: list[Any] = field(default_factory=list)

    def tell(self, loop: Any, device: Any, write: Write) -> None:
        self.said.append((loop, device, write))


def ask(questions: Questions, key: str = "k", now_s: float = 0.0) -> bool:
    return questions.ask(key, "loop", "device", CARD, now_s)  # type: ignore[arg-type]  # handed on, never looked at


def test_a_question_told_again_is_not_new_and_is_answered_as_before() -> None:
    mouth = Mouth()
    questions = Questions(mouth)
    assert ask(questions)
    assert not ask(questions, now_s=15.0)
    assert mouth.said == []
    questions.answer("k", "limit")
    assert mouth.said == [("loop", "device", WRITES[Verdict.LIMIT])]
    assert not ask(questions, now_s=30.0)
    assert [said[2] for said in mouth.said] == [WRITES[Verdict.LIMIT]] * 2


def test_a_question_that_is_over_is_a_new_one_and_nobody_hears_an_old_answer() -> None:
    mouth = Mouth()
    questions = Questions(mouth)
    ask(questions)
    assert ask(questions, now_s=61.0)
    questions.answer("another", "ok")
    questions.answer("k", "perhaps")
    assert mouth.said == []


def test_a_device_that_cannot_say_a_verdict_is_told_nothing() -> None:
    mouth = Mouth()
    questions = Questions(mouth)
    few = Report(unit=1, name="card", frame=b"", payload=b"", values={}, answers={}, repeats_for_s=60.0)
    questions.ask("k", "loop", "device", few, 0.0)  # type: ignore[arg-type]  # as above
    questions.answer("k", "ok")
    assert mouth.said == []


def test_questions_are_bounded_and_the_oldest_gives_way() -> None:
    mouth = Mouth()
    questions = Questions(mouth)
    for number in range(MOST_ASKING + 1):
        assert ask(questions, str(number))
    questions.answer("0", "ok")
    assert mouth.said == []
    questions.answer("1", "ok")
    assert len(mouth.said) == 1
