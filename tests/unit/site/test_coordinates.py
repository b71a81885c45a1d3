"""Where a site is, from its file to what consoles of many sites are told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gateway.app.board import SiteBoard
from gateway.edge.journal import Moment
from tests.unit.site.test_site import GOOD, loaded, problems_of


def board_of(text: str) -> SiteBoard:
    nobody: Any = SimpleNamespace(bounds_ms={})
    return SiteBoard(
        site=loaded(text), book=nobody, charges=dict, trades=dict, doors={}, places=lambda *_: {}, documents=list,
        tariff_of=lambda _: "", alarms=nobody, now=lambda: Moment(ts_ms=1, clock=2, mono_s=0.0), version="1",
    )  # fmt: skip


def test_coordinates_are_told_where_the_site_file_has_them() -> None:
    assert loaded(GOOD).coordinates is None
    told = board_of(f"{GOOD}coordinates: {{latitude: 0, longitude: 120.15}}\n").inventory()
    assert (told.latitude, told.longitude) == (0.0, 120.15)
    assert board_of(GOOD).inventory().latitude is None


@pytest.mark.parametrize("written", ["{latitude: 91, longitude: 0}", "{latitude: 0, longitude: -181}", "{latitude: 1}"])
def test_a_place_that_is_none_on_earth_is_refused(written: str) -> None:
    (problem,) = problems_of(f"{GOOD}coordinates: {written}\n")
    assert "itude" in str(problem)
