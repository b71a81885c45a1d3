"""Tariffs, cards, quotes and acts from a real Mosquitto to a real log and back, over a restart of edge."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from gateway.app.edge_house import EdgeHouse
from gateway.app.logbook import stamp
from gateway.site.load import load_site
from gateway.store.log import Log
from tests.endtoend.mqtt_uplink import broker
from tests.endtoend.watcher import Watcher, until, watching

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

pytestmark = pytest.mark.endtoend

KEY = bytes(range(40))
SITE = """\
site: shed
gateway: box
buses: [{{name: line, link: {{kind: tcp, host: 127.0.0.1}}}}]
devices:
  - {{name: pile-01, bus: line, profile: pile/generic_pile_12, unit: 1}}
charging:
  tariff: shed
  cards: {{key_file: cards.key, ceiling_mil: 3000}}
tariffs:
  - {{id: shed, version: 3, service: [{{by: energy, price_mil_per_kwh: 1000}}]}}
uplinks:
  mqtt: {{host: 127.0.0.1, port: {port}}}
"""


def site_in(folder: Path, port: int) -> Path:
    (folder / "cards.key").write_text(f"{KEY.hex()}\n", encoding="ascii")
    file = folder / "site.yaml"
    file.write_text(SITE.format(port=port), encoding="utf-8")
    return file


@asynccontextmanager
async def edge(site: Path) -> AsyncIterator[None]:
    """Run edge on its log until the block is left."""
    log = await Log.open(site.parent / "log.sqlite", clock=stamp)
    house = await EdgeHouse.build(load_site(site), log, site.parent / "socket", site.parent)
    task = asyncio.create_task(house.run())
    try:
        yield
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await log.close()


class Platform:
    """The back end: every command under the session of now."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher

    async def ask(self, name: str, authority: str, kind: str, target: str, **args: object) -> dict[str, Any]:
        """Send a command; return the newest outcome, once there is one more than before."""
        before = len(self.answers(name))
        session = self.watcher.of("status")[-1]["session"]
        command = {"v": 1, "id": name, "kind": kind, "target": target, "args": args, "session": session, "ttl_s": 20}
        await self.watcher.send(f"command/{authority}", command)
        await until(lambda: len(self.answers(name)) > before)
        return self.answers(name)[-1]

    def answers(self, name: str) -> list[dict[str, Any]]:
        """Return the answers to a command; the record of its outcome comes to the same topic."""
        return [said for said in self.watcher.of(f"outcome/{name}") if "state" in said]

    async def online(self, sessions: int) -> None:
        """Wait for the session of that number."""
        await until(lambda: sum(said["state"] == "online" for said in self.watcher.of("status")) >= sessions)

    def documents(self) -> dict[str, int]:
        newest = self.watcher.of("inventory")[-1]
        return {f"{each['kind']}/{each['name']}": each["version"] for each in newest["documents"]}

    def tariff_of_outlet(self) -> str:
        return str(self.watcher.of("inventory")[-1]["devices"][0]["outlets"][0]["tariff"])


def card_list(version: int, key: bytes = KEY) -> dict[str, str]:
    cards = [{"card": f"{number:08x}", "user_ref": f"u-{number}", "ceiling_mil": 5000} for number in range(1, 1001)]
    issue = {"site": "shed", "gateway": "box", "version": version, "issued_ms": time.time_ns() // 10**6, "cards": cards}
    payload = json.dumps(issue)
    return {"payload": payload, "signature": hmac.new(key, payload.encode(), hashlib.sha256).hexdigest()}


async def test_what_the_platform_pushes_is_kept_listed_and_asked_for(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    tariff = {"id": "shed", "version": 4, "service": [{"by": "energy", "price_mil_per_kwh": 2000}]}
    outlet, cards = "pile-01/outlet-01", card_list(7)
    async with broker(real_program, tmp_path) as mosquitto, watching(mosquitto.port) as watcher:
        site, platform = site_in(tmp_path, mosquitto.port), Platform(watcher)
        async with edge(site):
            await platform.online(1)
            quote = await platform.ask("q-1", "order", "quote", outlet, wh=500)
            assert quote["body"]["energy"]["costs_mil"] == 500
            wrong = await platform.ask("t-0", "config", "tariffs", "*", tariffs=[{**tariff, "version": 0}])
            assert (wrong["state"], wrong["reason"]) == ("refused", "malformed")
            assert wrong["detail"].startswith("args.tariffs[0]: tariff.version: ")
            forged = await platform.ask("c-0", "config", "cards", "*", **card_list(9, b"x" * 40))
            assert forged["reason"] == "card-list-not-taken"
            assert (await platform.ask("t-1", "config", "tariffs", "*", tariffs=[tariff]))["reason"] == "taken"
            assert (await platform.ask("c-1", "config", "cards", "*", **cards))["reason"] == "taken"
            await until(lambda: platform.documents() == {"tariffs/shed": 4, "cards/cards": 7})
            assert platform.tariff_of_outlet() == "shed/4"
        async with edge(site):
            await platform.online(2)
            await until(lambda: platform.documents() == {"tariffs/shed": 4, "cards/cards": 7})
            quote = await platform.ask("q-2", "order", "quote", outlet, wh=500, amount_mil=2000)
            assert (quote["body"]["tariff"]["version"], quote["body"]["energy"]["costs_mil"]) == (4, 1000)
            assert quote["body"]["money"]["buys_wh"] == 1002
            assert (await platform.ask("t-1", "config", "tariffs", "*", tariffs=[tariff]))["reason"] == "taken"
            again = await platform.ask("t-2", "config", "tariffs", "*", tariffs=[tariff])
            assert (again["state"], again["reason"]) == ("done", "known-already")
            older = await platform.ask("c-2", "config", "cards", "*", **card_list(6))
            assert (older["state"], older["reason"]) == ("refused", "version-not-newer")
            act = {"action": "open", "by": "Li", "reason": "a test"}
            refused = await platform.ask("a-1", "service", "act", outlet, **act)
            assert (refused["state"], refused["reason"]) == ("refused", "field-away")
    told = [said for said in watcher.of("event/gateway") if said["body"].get("what") == "documents-taken"]
    assert [said["body"]["kind"] for said in told] == ["tariffs", "cards"]
    assert "00000001" not in json.dumps(
        [payload for topic, payload, _ in watcher.seen if not topic.startswith("command")]
    )
