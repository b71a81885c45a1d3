"""What protection is told of the registers of a profile: how fine they are, so that standing still proves no more than it can."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.site.load import load_site
from gateway.site.settings import pile_settings

SITES = Path(__file__).parents[3] / "configs/sites"


@pytest.mark.parametrize(
    ("site", "device", "steps"),
    [
        ("single_bus.yaml", "pile-01", (0.1, 1.0)),
        ("dny_shed.yaml", "pile-01", (0.1, 10.0)),
        ("dny_shed.yaml", "feeder", (0.0, None)),
    ],
)
def test_a_step_is_the_scale_of_the_register_and_a_float_has_none(
    site: str, device: str, steps: tuple[float, float | None]
) -> None:
    outlets = pile_settings(load_site(SITES / site).device(device)).outlets
    assert {(outlet.step_w, outlet.step_wh) for outlet in outlets} == {steps}
