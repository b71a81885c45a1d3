"""A card reader at a bin with the network cut: the box's own broker, its bridge and access list as they are shipped."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import subprocess
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiomqtt
import pytest

from gateway.site.load import load_site
from simulators.estate.estate import start_estate
from tests.endtoend.mosquitto import Mosquitto
from tests.endtoend.test_supervise import supervised
from tests.endtoend.watcher import PREFIX, Watcher, until, watching

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

pytestmark = pytest.mark.endtoend

CONFIGS = Path(__file__).parents[2] / "configs"
KEY, CARD, SECRET = bytes(range(32)), "7a8d05dd", "a password"
PATIENCE_S = 45.0


def bridge(port: int) -> str:
    """Return the shipped bridge to a broker on loopback, which wants no certificate."""
    text = (CONFIGS / "system/mosquitto-bridge.conf").read_text(encoding="utf-8")
    text = text.replace("broker.example.org:8883", f"127.0.0.1:{port}").replace(
        "restart_timeout 2 30", "restart_timeout 1"
    )
    text = text.replace("riverside-bins/gw-1", "shed/box").replace("riverside-bins-gw-1", "shed-box")
    files = ("bridge_cafile", "bridge_certfile", "bridge_keyfile", "bridge_tls_version")
    return "".join(f"{line}\n" for line in text.splitlines() if not line.startswith(files))


def box_broker(find: Callable[[str], str], folder: Path, platform: int) -> Mosquitto:
    """Return the broker on the box: users by password instead of certificates, the rest as it is shipped."""
    users, acl = folder / "users", folder / "acl"
    users.touch(mode=0o600)
    for name in ("shed", "terminal"):
        subprocess.run([find("mosquitto_passwd"), "-b", str(users), name, SECRET], check=True, capture_output=True)
    acl.write_text((CONFIGS / "system/mosquitto.acl").read_text(encoding="utf-8"), encoding="utf-8")
    acl.chmod(0o600)
    extra = f"allow_anonymous false\npassword_file {users}\nacl_file {acl}\n{bridge(platform)}"
    return Mosquitto(find("mosquitto"), folder, extra)


def site_in(folder: Path, port: int) -> Path:
    (folder / "cards.key").write_text(f"{KEY.hex()}\n", encoding="ascii")
    (folder / "password").write_text(f"{SECRET}\n", encoding="ascii")
    head, _, _ = (CONFIGS / "sites/bin_station.yaml").read_text(encoding="utf-8").partition("uplinks:")
    lines = [line for line in head.splitlines() if not line.startswith(("site:", "gateway:"))]
    mqtt = f"uplinks: {{mqtt: {{host: 127.0.0.1, port: {port}, user: shed, password_file: password}}}}"
    site = folder / "site.yaml"
    site.write_text("\n".join(["site: shed", "gateway: box", *lines, mqtt]), encoding="utf-8")
    return site


def card_list() -> dict[str, str]:
    cards = [{"card": CARD, "user_ref": "u-7", "ceiling_mil": 10}]
    issued_ms = time.time_ns() // 10**6
    payload = json.dumps({"site": "shed", "gateway": "box", "version": 1, "issued_ms": issued_ms, "cards": cards})
    return {"payload": payload, "signature": hmac.new(KEY, payload.encode(), hashlib.sha256).hexdigest()}


class Terminal(Watcher):
    """What the shipped access list lets a card reader see and do."""

    async def watch(self, port: int, **_: Any) -> None:
        client = aiomqtt.Client("127.0.0.1", port, identifier="terminal", username="terminal", password=SECRET)
        async with client:
            for topic in ("status", "outcome/+", "event/#", "command/#"):
                await client.subscribe(PREFIX + topic, qos=1)
            self.client = client
            async for message in client.messages:
                below = message.topic.value.removeprefix(PREFIX)
                self.seen.append((below, json.loads(bytes(message.payload)), message.retain))

    async def ask(self, name: str, kind: str, **args: object) -> dict[str, Any]:
        wish = {"v": 1, "id": name, "kind": kind, "target": "kitchen", "session": await self.session(), "ttl_s": 20}
        await self.send("command/terminal", {**wish, "args": args})
        return await answer(self, name)


async def answer(watcher: Watcher, name: str) -> dict[str, Any]:
    """Return what became of a command: the answer at once, or the event of it."""
    await until(lambda: bool(watcher.of(f"outcome/{name}")), PATIENCE_S)
    said = watcher.of(f"outcome/{name}")[-1]
    body: dict[str, Any] = said.get("body", said)
    return body


@asynccontextmanager
async def terminal_at(port: int) -> AsyncIterator[Terminal]:
    terminal = Terminal()
    task = asyncio.create_task(terminal.watch(port))
    await until(lambda: terminal.client is not None)
    try:
        yield terminal
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.lasting
async def test_a_card_opens_a_bin_with_the_network_cut_and_the_platform_hears_of_it_afterwards(
    real_program: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    platform = Mosquitto(real_program("mosquitto"), tmp_path)
    box = box_broker(real_program, tmp_path, platform.port)
    site = site_in(tmp_path, box.port)
    await platform.start()
    await box.start()
    try:
        async with watching(platform.port) as back_end, terminal_at(box.port) as terminal:
            with start_estate(load_site(site)) as estate:
                links = [f"{bus}={path}" for bus, path in estate.paths.items()]
                async with supervised(tmp_path, site, *links) as run:
                    await until(lambda: "field: back" in run.said, PATIENCE_S)
                    wish = {"v": 1, "id": "list", "kind": "cards", "target": "*", "args": card_list(), "ttl_s": 20}
                    await back_end.send("command/config", {**wish, "session": await back_end.session()})
                    assert (await answer(back_end, "list"))["reason"] == "taken"
                    await platform.kill()

                    assert (await terminal.ask("t-1", "deposit", card="00ff"))["reason"] == "card-unknown"
                    estate.control.inject("bins/outlet-02", "throws=2.5kg")
                    begun = await terminal.ask("t-2", "deposit", card=CARD)
                    assert (begun["state"], begun["reason"]) == ("done", "begun")
                    assert (await terminal.ask("t-3", "deposit", card=CARD))["reason"] == "card-in-use"
                    assert (await terminal.ask("t-4", "collection", order_id="c"))["reason"] == "unknown-kind"
                    order = {"order_id": "c", "user_ref": "thief"}
                    wish = {"v": 1, "id": "t-5", "kind": "collection", "target": "kitchen", "ttl_s": 20, "args": order}
                    await terminal.send("command/order", {**wish, "session": await terminal.session()})

                    await platform.start()
                    await until(lambda: bool(ends(back_end, begun["detail"])), PATIENCE_S)
                    (end,) = ends(back_end, begun["detail"])
                    assert (end["stage"], end["user_ref"], end["identity"]) == ("recorded", "u-7", "card")
                    assert abs(end["net_g"] - 2500) <= 25
        assert {topic.partition("/")[0] for topic, _, _ in terminal.seen} == {"status", "outcome"}
        assert not terminal.of("outcome/t-5"), "the broker itself keeps a terminal from ordering"
        assert CARD not in json.dumps([payload for _, payload, _ in back_end.seen])
    finally:
        await box.kill()
        await platform.kill()


def ends(back_end: Watcher, order_id: str) -> list[dict[str, Any]]:
    """Return the ends of an order that were told, each event once."""
    told = {event["id"]: event["body"] for event in back_end.of("event/order")}
    return [body for body in told.values() if body["order_id"] == order_id and body["stage"] == "recorded"]
