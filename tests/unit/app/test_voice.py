"""What edge says of alarms: once when one comes, once when it is over, and nothing that only follows."""

from __future__ import annotations

from gateway.app.voice import Voice


def spoken(*alarms: tuple[str, str, bool]) -> list[str]:
    voice = Voice({"pile-01": "line-1"})
    said = (voice.line(target, {"alarm": alarm, "active": on, "detail": "why"}) for target, alarm, on in alarms)
    return [line for line in said if line]


def test_an_alarm_is_said_with_its_reason_and_when_it_is_over() -> None:
    said = spoken(("*", "memory", True), ("*", "memory", True), ("*", "memory", False), ("*", "memory", False))
    assert said == ["gateway: memory: why", "gateway: memory is over"]


def test_what_follows_from_a_line_that_is_away_is_not_said() -> None:
    said = spoken(
        ("line-1", "link-down", True), ("pile-01", "sight-lost", True), ("pile-01", "silent", True),
        ("pile-01", "sight-lost", False), ("pile-01", "silent", False), ("line-1", "link-down", False),
    )  # fmt: skip
    assert said == ["line-1: link-down: why", "line-1: link-down is over"]


def test_a_device_that_does_not_answer_is_said_once() -> None:
    said = spoken(("pile-01", "sight-lost", True), ("pile-01", "silent", True), ("pile-01", "sight-lost", False))
    assert said == ["pile-01: sight-lost: why", "pile-01: sight-lost is over"]


def test_other_alarms_of_a_device_are_said_while_its_line_is_away_and_those_of_outlets_never() -> None:
    said = spoken(("line-1", "link-down", True), ("pile-01", "smoke", True), ("pile-01/outlet-01", "frozen", True))
    assert said == ["line-1: link-down: why", "pile-01: smoke: why"]
