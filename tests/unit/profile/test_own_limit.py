"""A pile's own limit of power: what a profile may say of it, and what the site makes of it."""

from __future__ import annotations

import pytest

from gateway.app.lines import SERIAL_DRIVERS
from gateway.bus.pieces import plan_devices
from gateway.bus.timing import LineTiming
from gateway.field.device import make_device
from gateway.model.errors import ConfigError
from gateway.profile.load import BUILT_IN, Library, compile_profile

NAME = "pile/ap3000_12"
TEXT = (BUILT_IN / f"{NAME}.yaml").read_text(encoding="utf-8")
LIMIT = "own_limit: {command: set-limits, value: 1, shown: limit-power}"


def problems_of(limit: str) -> list[str]:
    assert TEXT.count(LIMIT) == 1
    with pytest.raises(ConfigError) as caught:
        compile_profile(TEXT.replace(LIMIT, limit), NAME, "p.yaml")
    return [f"{problem}" for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("own_limit: {command: set-limit, value: 1, shown: limit-power}", "set-limits"),
        ("own_limit: {command: set-limits, value: 2, shown: limit-power}", "has 2 values"),
        ("own_limit: {command: set-limits, value: 1, shown: limit-powers}", "limit-power"),
        ("own_limit: {command: set-limits, value: 1, shown: limit-time}", "no readable register in W"),
    ],
)
def test_a_limit_that_cannot_be_set_or_read_back_is_told(limit: str, told: str) -> None:
    (problem,) = problems_of(limit)
    assert told in problem


def test_a_limit_that_nobody_reads_is_told() -> None:
    unread = "points: [limit-time, limit-power, limit-high-voltage, limit-low-voltage]"
    assert TEXT.count(unread) == 1
    with pytest.raises(ConfigError, match="no poll group reads `limit-power`"):
        compile_profile(TEXT.replace(unread, "points: [limit-time]"), NAME, "p.yaml")


@pytest.mark.parametrize(
    ("site_w", "value"), [(None, 20000), (500.0, 5000), (499.99, 4999), (0.1 + 0.2, 3), (1999.9, 19999)]
)
def test_a_sites_limit_takes_the_place_of_the_profiles_and_is_never_rounded_up(
    site_w: float | None, value: int
) -> None:
    model = Library((BUILT_IN,)).load(NAME)
    (planned,) = plan_devices([(1, model)], SERIAL_DRIVERS["dny"](), LineTiming.serial(9600))
    device = make_device(
        name="pile", index=0, unit=1, model=model, planned=planned, first_layout=0, pile=None, own_limit_w=site_w
    )
    assert device.own_limit is not None
    assert device.own_limit.values == (36000, value)
