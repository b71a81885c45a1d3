"""Nonsense on the socket: each wish is refused by name, the first is told, all are counted, and field goes on."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

from gateway.model.command import Grant
from gateway.wire.frames import PROTOCOL, Kind, pack
from gateway.wire.messages import Granting, Hello, encode, encode_grant
from tests.scenario.test_house import OUTLET, POSITION, SETTLED_S, UNIT, now_s, outcome
from tests.scenario.test_two_processes import field_side, play

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.scenario.house import Running


@contextlib.asynccontextmanager
async def edge_of(socket: Path, config_hash: str) -> AsyncIterator[asyncio.StreamWriter]:
    _, writer = await asyncio.open_unix_connection(str(socket))
    writer.write(pack(Kind.HELLO, encode(Hello(protocol=PROTOCOL, config_hash=config_hash, boot="edge"))))
    writer.write(pack(Kind.MEMORY, b'{"protection":{}}'))
    try:
        await asyncio.sleep(SETTLED_S)
        yield writer
    finally:
        writer.transport.abort()
        await asyncio.sleep(0.1)


def grant(command_id: str, **wrong: Any) -> bytes:
    """Return a grant with something wrong in it."""
    whole = Granting(grant=Grant(outlet=OUTLET, order_id="o-1", until_s=now_s() + 600), command_id=command_id)
    said = json.loads(encode_grant(whole, now_s()))
    limits = {name: wrong.pop(name) for name in ("max_wh", "max_w", "version") if name in wrong}
    return json.dumps(said | wrong | {"grant": said["grant"] | limits}).encode()


def test_nonsense_is_refused_by_name_and_what_follows_it_is_done(tmp_path: Path) -> None:
    async def story() -> None:
        async with field_side(tmp_path / "s") as shed, edge_of(tmp_path / "s", shed.house.field.config_hash) as edge:
            wrongs: list[dict[str, Any]] = [
                {"left_s": float("nan")},
                {"left_s": float("inf")},
                {"left_s": 1e12},
                {"max_wh": -1},
                {"max_w": True},
                {"version": None},
            ]
            for number, wrong in enumerate(wrongs):
                edge.write(pack(Kind.GRANT, grant(f"g{number}", **wrong)))
            edge.write(pack(Kind.COMMAND, b'{"id":"c1","kind":"start-a-fire"}'))
            edge.write(pack(Kind.REVOKE, b"[" * 5000))
            await asyncio.sleep(1.0)
            answered = [outcome(shed, f"g{number}") for number in range(2, len(wrongs))]
            assert answered == [[("refused", "malformed")]] * (len(wrongs) - 2)
            assert outcome(shed, "c1") == [("refused", "malformed")]
            assert len(shed.told("alarm", alarm="grant-from-edge-failed", active=True)) == 1
            assert shed.house.field.faults["grant-from-edge"] == len(wrongs)
            assert shed.bank.coils[UNIT, POSITION] == 0
            edge.write(pack(Kind.GRANT, grant("good")))
            await asyncio.sleep(2.0)
            assert outcome(shed, "good") == [("done", "")]
            assert shed.bank.coils[UNIT, POSITION] == 1

    play(story)


def test_an_edge_that_is_refused_again_and_again_is_told_once(tmp_path: Path) -> None:
    def refusals(shed: Running) -> list[str]:
        return [event["body"]["detail"] for event in shed.told("gateway", what="edge-refused")]

    async def story() -> None:
        async with field_side(tmp_path / "s") as shed:
            for _ in range(5):
                async with edge_of(tmp_path / "s", "another"):
                    pass
            assert len(refusals(shed)) == 1
            assert shed.house.field.faults["edge-refused"] >= 5

    play(story)
