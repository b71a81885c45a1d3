"""A weighing bin and a cabinet over everything that is real: broker, supervised processes, pseudo-terminals, deaths."""

from __future__ import annotations

import itertools
import os
import signal
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.site.load import load_site
from simulators.estate.estate import start_estate
from tests.endtoend.mqtt_uplink import broker
from tests.endtoend.test_supervise import Run, supervised
from tests.endtoend.watcher import Watcher, until, watching

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from simulators.estate.estate import Estate

pytestmark = pytest.mark.endtoend

SITES = Path(__file__).parents[2] / "configs/sites"
OVER = {"settled", "recorded", "review", "cancelled"}
PATIENCE_S = 45.0
_numbers = itertools.count(1)


class Place:
    """A running installation and the back end that watches it."""

    def __init__(self, estate: Estate, run: Run, watcher: Watcher) -> None:
        self.estate = estate
        self.run = run
        self.watcher = watcher

    async def ask(self, kind: str, target: str, **args: object) -> dict[str, Any]:
        """Send a command with the session of now; return what became of it."""
        command_id = f"c-{kind}-{next(_numbers)}"
        session = await self.watcher.session()
        wish = {"v": 1, "id": command_id, "kind": kind, "target": target, "args": args, "session": session, "ttl_s": 30}
        await self.watcher.send("command/order", wish)
        await until(lambda: bool(self.watcher.of(f"outcome/{command_id}")), PATIENCE_S)
        said = self.watcher.of(f"outcome/{command_id}")[-1]
        body: dict[str, Any] = said.get("body", said)  # the answer at once, or the event of it
        return body

    def told(self, order_id: str) -> dict[str, dict[str, Any]]:
        """Return what was told of an order, each event once, by its id."""
        found = {event["id"]: event["body"] for event in self.watcher.of("event/order")}
        return {name: body for name, body in found.items() if body["order_id"] == order_id}

    async def reaches(self, order_id: str, *stages: str) -> dict[str, Any]:
        def now() -> list[dict[str, Any]]:
            return [body for body in self.told(order_id).values() if body["stage"] in stages]

        await until(lambda: bool(now()), PATIENCE_S)
        return now()[-1]

    def ends(self, order_id: str) -> int:
        return sum(body["stage"] in OVER for body in self.told(order_id).values())


@asynccontextmanager
async def place(name: str, find: Callable[[str], str], folder: Path) -> AsyncIterator[Place]:
    async with broker(find, folder) as mosquitto, watching(mosquitto.port) as watcher:
        head, _, _ = (SITES / name).read_text(encoding="utf-8").partition("uplinks:")
        lines = [line for line in head.splitlines() if not line.startswith(("site:", "gateway:"))]
        mqtt = f"uplinks: {{mqtt: {{host: 127.0.0.1, port: {mosquitto.port}}}}}"
        site = folder / "site.yaml"
        site.write_text("\n".join(["site: shed", "gateway: box", *lines, mqtt]), encoding="utf-8")
        with start_estate(load_site(site)) as estate:
            links = [f"{bus}={path}" for bus, path in estate.paths.items()]
            async with supervised(folder, site, *links) as run:
                await until(lambda: "field: back" in run.said, PATIENCE_S)
                yield Place(estate, run, watcher)


@pytest.mark.lasting
async def test_a_delivery_survives_the_death_of_edge_behind_the_open_door(
    real_program: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    async with place("bin_station.yaml", real_program, tmp_path) as bins:
        bins.estate.control.inject("bins/outlet-02", "throws=2.5kg")
        outcome = await bins.ask("deposit", "kitchen", order_id="d-1", user_ref="u-7")
        assert (outcome["state"], outcome["reason"]) == ("done", "begun")
        await bins.reaches("d-1", "open")
        doors = {
            f"{device['device']}/{outlet['outlet']}": outlet["place"]
            for device in bins.watcher.of("inventory")[-1]["devices"]
            for outlet in device["outlets"]
        }
        assert doors["bins/outlet-02"] == "kitchen"
        shown = {"state": "open", "stage": "open", "order_id": "d-1"}
        await until(lambda: shown.items() <= bins.watcher.of("state/bins")[-1]["outlets"].get("outlet-02", {}).items())
        os.kill(bins.run.children()["edge"], signal.SIGKILL)
        end = await bins.reaches("d-1", *OVER)
        assert end["stage"] == "recorded"
        assert abs(end["net_g"] - 2500) <= 25
        assert end["points"] == end["net_g"] * end["rule"]["points_per_kg_x1000"] // 1_000_000
        assert end["restarts"] == 1
        assert bins.ends("d-1") == 1
        again = await bins.ask("deposit", "other", order_id="d-1", user_ref="u-7")
        assert (again["state"], again["reason"]) == ("refused", "already-recorded")


@pytest.mark.lasting
async def test_a_purchase_runs_from_the_broker_to_the_lock_and_back(
    real_program: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    async with place("cabinet_row.yaml", real_program, tmp_path) as row:
        row.estate.control.inject("cabinet-01/outlet-01", "takes=0")
        stock = {"order_id": "r-1", "user_ref": "s-1", "doors": [1]}
        assert (await row.ask("restock", "cabinet-01", **stock))["reason"] == "begun"
        line = {"shelf": "cabinet-01/cola", "sku": "cola-330", "found": 12}
        assert (await row.ask("declare", "cabinet-01", order_id="r-1", lines=[line]))["state"] == "done"
        assert (await row.reaches("r-1", *OVER))["stage"] == "settled"
        row.estate.control.inject("cabinet-01/outlet-01", "takes=2")
        sale = {"order_id": "o-1", "user_ref": "u-7", "limit_mil": 20_000, "doors": [1]}
        assert (await row.ask("purchase", "cabinet-01", **sale))["reason"] == "begun"
        end = await row.reaches("o-1", *OVER)
        assert (end["stage"], end["amount_mil"]) == ("settled", 7000)
        assert row.ends("o-1") == 1
