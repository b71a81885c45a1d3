"""The routes over what is remembered: a time that is no time and a text that is no number never reach the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.console.history import LONGEST_MS
from tests.unit.console.access.porter import Porter, cheap_passwords

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
async def porter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Porter:
    cheap_passwords(monkeypatch)
    made = Porter(tmp_path)
    await made.employ()
    return made


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("outlet=p/a&begin=1000&end=2000", 200),
        (f"outlet=p/a&begin=0&end={LONGEST_MS}", 200),
        (f"outlet=p/a&begin=0&end={LONGEST_MS + 1}", 400),
        ("outlet=p/a&begin=2000&end=2000", 400),
        ("outlet=p/a&begin=2000&end=1000", 400),
        ("outlet=p&begin=1000&end=2000", 422),
        ("outlet=p/../a&begin=1000&end=2000", 422),
        ("outlet=p/a&begin=-1&end=2000", 422),
    ],
)
async def test_a_time_is_one_that_the_log_can_be_asked_for(porter: Porter, query: str, status: int) -> None:
    client = await porter.signed_in("vera")
    answer = await client.get(f"/api/history?{query}")
    assert answer.status_code == status
    if status == 200:
        (series,) = answer.json()["series"].values()
        assert (series["unit"], series["high"]) == ("A", [1.5])


@pytest.mark.parametrize(("said", "status"), [("ORD-77", 200), ("p/a", 200), ("x", 422), ('a"b', 422), ("a b", 422)])
async def test_only_what_can_be_a_number_or_a_place_is_looked_for(porter: Porter, said: str, status: int) -> None:
    client = await porter.signed_in("vera")
    answer = await client.get("/api/stories", params={"said": said})
    assert answer.status_code == status
    assert status != 200 or answer.json()[0]["order_id"] == said


@pytest.mark.parametrize(("trip", "status"), [("boot-t1", 200), ("boot-t2", 404), ("..", 404), ('x"', 422)])
async def test_the_record_of_a_trip_is_told_where_there_is_one(porter: Porter, trip: str, status: int) -> None:
    client = await porter.signed_in("vera")
    answer = await client.get(f"/api/trips/{trip}")
    assert answer.status_code == status
    assert status != 404 or trip == ".." or answer.json() == {"detail": "no-record"}
