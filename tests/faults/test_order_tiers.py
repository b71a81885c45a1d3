"""A few thousand steps and a few charges; the commands beside this file run them by the million and the thousand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gateway.orders.charge import actions, ending
from gateway.orders.charge.table import CHARGE
from gateway.orders.reason import StopReason
from tests.faults import full_detection, order_steps

if TYPE_CHECKING:
    from collections.abc import Callable


def test_no_random_life_of_an_order_breaks_a_promise() -> None:
    tally = order_steps.run(steps=8_000, seed=3)
    assert tally.settled == tally.orders > 20


def test_full_is_seen_near_the_true_end_and_nothing_stops_early() -> None:
    tally = full_detection.run(charges=4, seed=2)
    assert tally.near == 1.0
    assert tally.early == 0


@pytest.mark.parametrize(
    ("says", "mistake"),
    [
        ("an ON that came too late is taken back", actions.go_on),
        ("refused, yet charging", ending.ends(StopReason.START_REFUSED)),
        ("protection tripped", actions.resume),
        ("field ended the grant", actions.progress),
        ("all is known", actions.say("settled")),
    ],
)
def test_the_model_finds_a_planted_mistake(
    says: str, mistake: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = tuple(replace(row, do=mistake) if row.says == says else row for row in CHARGE.rows)
    monkeypatch.setattr(order_steps, "CHARGE", replace(CHARGE, rows=rows))
    with pytest.raises(AssertionError):
        order_steps.run(steps=40_000, seed=4)
