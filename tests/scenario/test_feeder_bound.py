"""The bound of a metered feed against the whole field process in virtual time: no overcurrent outlasts it.

A step happens at a random moment; what is measured is the time until the last byte of the last contactor's OFF has
arrived. The meter shows a step at once and then stands still, so that only time makes its second value a new one: its
own age comes on top. The host takes no time here, so its allowance is taken off the bound.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random

import pytest

from gateway.model.command import CommandKind
from gateway.testing.clock import run_virtual
from tests.depth import sample
from tests.scenario.feeder_shed import (
    BOARD,
    CONTACTORS,
    FEEDER,
    METER,
    NORMAL_A,
    ONE_LINE,
    OVER_A,
    TWO_LINES,
    Feed,
    Shed,
)

TRIALS = sample(24, deep=400)
LINES = pytest.mark.parametrize("text", [ONE_LINE, TWO_LINES], ids=["one-line", "two-lines"])
LONGEST_S = {METER: 0.1, BOARD: 0.05}
REFRESH_S = 1.0


@dataclass(slots=True)
class Loss:
    """The one frame of a trial that is lost: `first`, `confirm`, `off` or `any` after the step; empty for none."""

    what: str = ""
    step_s: float = 0.0
    over: list[float] = field(default_factory=list)

    def __call__(self, unit: int, function: int, end_s: float) -> bool:
        if not self.what or end_s < self.step_s:
            return False
        if unit == METER:
            self.over.append(end_s)
        is_confirming = unit == METER and end_s - self.over[0] >= REFRESH_S
        hit = {
            "first": unit == METER,
            "confirm": is_confirming,
            "off": function in (5, 15),
            "any": True,
        }[self.what]
        self.what = "" if hit else self.what
        return hit


async def cut_off(shed: Shed, trials: int, losses: tuple[str, ...]) -> list[float]:
    """Return the times from step to the last OFF in milliseconds."""
    random = Random(trials)  # noqa: S311 - repeatable chance
    shed.feed.turnaround_s = lambda unit: LONGEST_S[unit] * (1.0 if random.random() < 0.6 else random.random())
    loss, took_ms = Loss(), []
    shed.feed.loses = loss
    for trial in range(trials):
        await asyncio.sleep(1.0 + random.random())
        for loop in shed.field.loops:  # every slot has something that wants it
            for device in loop.devices:
                loop.bus.read_now(device.index)
        shed.feed.opened.clear()
        step_s = await shed.steps_to(OVER_A)
        loss.what, loss.step_s, loss.over = losses[trial % len(losses)], step_s, []
        await asyncio.sleep(2.5 + 2 * shed.feed.renews_s)
        assert shed.is_cut_off()
        took_ms.append((max(at_s for at_s, _ in shed.feed.opened) - step_s) * 1000)
        loss.what = ""
        shed.feed.amps = lambda _at_s: NORMAL_A
        for place, name in enumerate((FEEDER, *CONTACTORS)):
            assert (await shed.ask(f"r{trial}-{place}", CommandKind.RESET, name, within_s=0.8))[0] == "done"
    assert not shed.told("alarm", alarm="bound-missed")
    return took_ms


def measured(text: str, trials: int, *losses: str, renews_s: float = 0.0) -> tuple[list[float], float, float]:
    """Return what was measured, and the bounds without and with a lost frame."""

    figures: list[tuple[list[float], float, float]] = []

    async def stage() -> None:
        shed = Shed(text=text, feed=Feed(renews_s=renews_s))
        async with shed.living():
            assert shed.house is not None
            (feeder,) = [check for check in shed.checks if check.name == "feeder"]
            assert feeder.bound is not None
            took_ms = await cut_off(shed, trials, losses or ("",))
            figures.append((took_ms, feeder.bound.total_ms, feeder.bound.total_one_lost_ms))

    run_virtual(stage())
    return figures[0]


@pytest.fixture(autouse=True)
def host_takes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.bus.budget.HOST_S", 0.0)


@LINES
def test_without_a_lost_frame_no_overcurrent_of_the_feed_outlasts_its_bound(text: str) -> None:
    took_ms, bound_ms, _ = measured(text, TRIALS)
    print(f"n={len(took_ms)} max={max(took_ms):.1f} bound={bound_ms:.1f} ms")
    assert len(took_ms) == TRIALS
    assert 0.7 * bound_ms <= max(took_ms) <= bound_ms + 1e-6, "kept, and no larger than it must be"


@LINES
def test_with_one_frame_lost_no_overcurrent_of_the_feed_outlasts_the_bound_for_that(text: str) -> None:
    took_ms, _, bound_ms = measured(text, TRIALS // 2, "first", "confirm", "off", "any")
    print(f"n={len(took_ms)} max={max(took_ms):.1f} bound={bound_ms:.1f} ms")
    assert max(took_ms) <= bound_ms + 1e-6


@LINES
def test_the_age_of_the_meter_s_own_value_comes_on_top_and_no_more(text: str) -> None:
    took_ms, bound_ms, _ = measured(text, TRIALS // 4, renews_s=REFRESH_S)
    print(f"n={len(took_ms)} max={max(took_ms):.1f} bound={bound_ms + 1000 * REFRESH_S:.1f} ms")
    assert bound_ms < max(took_ms) <= bound_ms + 1000 * REFRESH_S + 1e-6
