"""A machine runs its first fitting row, numbers its effects, and refuses a table with a hole in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import pytest

from gateway.orders.clock import HELD, UNSET, Now
from gateway.orders.drawing import diagram, table
from gateway.orders.effect import Open, Tell
from gateway.orders.machine import Done, Machine, Row


class Stage(StrEnum):
    IN = "in"
    HALF_WAY = "half-way"
    OUT = "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coin:
    value: int


class Kick:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Toy:
    order_id: str = "toy"
    stage: Stage = Stage.IN
    effects_made: int = 0
    value: int = 0
    entered_ms: int = 0


NOW = Now(at_ms=7, ts_ms=0, clock=HELD)


def take(toy: Toy, event: Coin | Kick, _now: Now) -> Toy:
    return replace(toy, value=toy.value + event.value) if isinstance(event, Coin) else toy


def enter(toy: Toy, now: Now) -> Toy:
    return replace(toy, entered_ms=now.at_ms)


def is_enough(toy: Toy, _event: Coin, _now: Now) -> bool:
    return toy.value >= 10


def say(toy: Toy, event: object, _now: Now) -> Done[Toy]:
    name = type(event).__name__
    return Done(toy, (Tell(order_id=toy.order_id, stage=name), Open(outlet="o", order_id="toy", device_order_no="")))


RUNNING = frozenset({Stage.IN, Stage.HALF_WAY})
ENOUGH: Row[Toy, Any] = Row(stages=RUNNING, on=Coin, when=is_enough, to=Stage.OUT, do=say, says="enough")
FIRST: Row[Toy, Any] = Row(stages=frozenset({Stage.IN}), on=Coin, to=Stage.HALF_WAY, says="a coin")
MORE: Row[Toy, Any] = Row(stages=frozenset({Stage.HALF_WAY}), on=Coin, to=None, says="another coin")
KICKED: Row[Toy, Any] = Row(stages=RUNNING, on=Kick, to=None, do=say, says="it says ouch")
ROWS = (ENOUGH, FIRST, MORE, KICKED)
IGNORES: dict[type, frozenset[StrEnum]] = {Coin: frozenset({Stage.OUT}), Kick: frozenset({Stage.OUT})}


def machine(rows: tuple[Row[Toy, Any], ...] = ROWS, **other: Any) -> Machine[Toy]:
    values: dict[str, Any] = {
        "initial": Stage.IN,
        "finals": frozenset({Stage.OUT}),
        "ignores": IGNORES,
        "take": take,
        "enter": enter,
    }
    return Machine(name="toy", stages=Stage, rows=rows, **(values | other))


def test_the_first_row_whose_guard_holds_is_the_one() -> None:
    assert machine().step(Toy(), Coin(value=3), NOW).order == Toy(stage=Stage.HALF_WAY, value=3, entered_ms=7)
    step = machine().step(Toy(), Coin(value=10), NOW)
    assert step.row is ENOUGH
    assert step.order == Toy(stage=Stage.OUT, value=10, effects_made=2, entered_ms=7)


def test_an_order_enters_a_stage_only_where_it_comes_from_another() -> None:
    again = machine().step(Toy(stage=Stage.HALF_WAY), Coin(value=1), NOW).order
    assert (again.stage, again.entered_ms) == (Stage.HALF_WAY, 0)


def test_effects_are_numbered_through_the_whole_life_of_an_order() -> None:
    first = machine().step(Toy(effects_made=4), Kick(), NOW)
    assert [intent.id for intent in first.intents] == ["toy:4", "toy:5"]
    assert [intent.id for intent in machine().step(first.order, Kick(), NOW).intents] == ["toy:6", "toy:7"]


def test_an_ignored_event_is_still_taken_in_and_does_nothing_else() -> None:
    step = machine().step(Toy(stage=Stage.OUT), Coin(value=2), NOW)
    assert (step.order.value, step.intents, step.row) == (2, (), None)


def test_a_machine_that_measures_nothing_takes_an_order_as_it_is() -> None:
    bare = Machine(
        name="toy", stages=Stage, initial=Stage.IN, finals=frozenset({Stage.OUT}), rows=ROWS, ignores=IGNORES
    )
    assert bare.step(Toy(), Coin(value=10), NOW).order == Toy(stage=Stage.HALF_WAY)


def test_an_event_outside_the_table_is_the_programmer_s_error() -> None:
    with pytest.raises(KeyError):
        machine().step(Toy(), object(), NOW)


@pytest.mark.parametrize(
    ("rows", "other", "mistake"),
    [
        (ROWS[1:3], {"ignores": {**IGNORES, Kick: frozenset({Stage.OUT, Stage.IN})}}, "decided Kick in half-way"),
        ((ENOUGH, FIRST, KICKED), {}, "decided Coin in half-way"),
        ((*ROWS, KICKED), {}, "'it says ouch' is never reached for Kick in in"),
        (ROWS, {"ignores": {**IGNORES, Kick: frozenset(Stage)}}, "Kick in in is both decided and ignored"),
        (ROWS, {"initial": Stage.HALF_WAY}, "in is never reached"),
        (ROWS, {"finals": frozenset({Stage.HALF_WAY})}, "half-way is final but left"),
        (ROWS, {"finals": frozenset({Stage.IN, Stage.HALF_WAY})}, "out has no way to an end"),
    ],
)
def test_a_table_with_a_mistake_makes_no_machine(
    rows: tuple[Row[Toy, Any], ...], other: dict[str, Any], mistake: str
) -> None:
    with pytest.raises(ValueError, match=mistake):
        machine(rows, **other)


def test_the_diagram_holds_each_change_of_stage_once_and_nothing_else() -> None:
    assert diagram(machine()).splitlines() == [
        "stateDiagram-v2",
        '    state "in" as in',
        '    state "half-way" as half_way',
        '    state "out" as out',
        "    [*] --> in",
        "    in --> out : enough",
        "    half_way --> out : enough",
        "    in --> half_way : a coin",
        "    out --> [*]",
    ]


def test_the_written_table_has_a_line_for_each_row() -> None:
    assert "| in, half-way | Coin | is enough | out | enough |" in table(machine()).splitlines()
    assert "| in, half-way | Kick |  | stays | it says ouch |" in table(machine()).splitlines()


def test_wall_time_that_was_never_set_decides_nothing() -> None:
    assert not Now(at_ms=0, ts_ms=0, clock=UNSET).has_wall_time
    assert NOW.has_wall_time
