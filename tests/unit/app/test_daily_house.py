"""A whole edge process makes its daily record in a real log, and takes it up again after a restart."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.app.edge_house import EdgeHouse
from gateway.app.logbook import stamp
from gateway.edge import daily
from gateway.edge.journal import Moment
from gateway.model.event import EventKind
from gateway.store.beside import events_beside
from gateway.store.log import Log
from tests.scenario.trading_side import SITE

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

EVENING = Moment(ts_ms=1_795_276_800_000 - 60_000, clock=2, mono_s=0.0)  # 23:59 in China
MIDNIGHT = replace(EVENING, ts_ms=EVENING.ts_ms + 61_000)


def told(file: Path, what: str) -> list[dict[str, Any]]:
    bodies = [json.loads(event.body)["body"] for event in events_beside(file, EventKind.GATEWAY)]
    return [body for body in bodies if body.get("what") == what]


async def test_a_day_is_told_once_over_restarts_of_the_whole_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily, "PATIENCE_S", 0.0)  # nobody waits for field here
    file = tmp_path / "log"
    for now in (EVENING, EVENING, MIDNIGHT, MIDNIGHT):
        log = await Log.open(file, clock=stamp)
        try:
            house = await EdgeHouse.build(SITE, log, tmp_path / "socket", tmp_path)
            monkeypatch.setattr(house.logbook, "now", lambda now=now: now)
            for _ in range(2):
                await house._daily.look()
        finally:
            await log.close()
    assert [mark["day"] for mark in told(file, "mark")] == ["2026-11-21", "2026-11-22"]
    (report,) = told(file, "reconciliation")
    assert (report["day"], report["notes"]) == ("2026-11-21", ["started-late"])
    assert {line["sku"] for line in report["stock"]} == {"cola", "water", "milk", "salad"}
    assert [line["name"] for line in report["bins"]] == ["glass"]
