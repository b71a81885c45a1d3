"""The fleet console knows after a restart what it knew before."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import pytest

from gateway.fleet.estate import Estate
from gateway.fleet.gaps import Ask
from gateway.fleet.ledger import Ledger
from gateway.fleet.scribe import Scribe
from gateway.fleet.store import FleetStore
from gateway.model.errors import GatewayError
from tests.unit.fleet.told import NOW_MS, ZONE, alarm, event, inventory, status

if TYPE_CHECKING:
    from pathlib import Path

SHED = "shed/box"


async def told(folder: Path, *messages: tuple[str, bytes]) -> list[str]:
    """Hear and store messages; return what was said."""
    store, said = FleetStore(folder / "fleet.db"), list[str]()
    estate = Estate("gw/", ZONE, store.gaps())
    scribe = Scribe(store, estate, wall_ms=lambda: NOW_MS, say=said.append)
    for topic, payload in messages:
        scribe.heard(estate.take(f"gw/{SHED}/{topic}", payload, 0.0), payload)
    await scribe.flush()
    store.close()
    return said


async def stages_of(order_id: str, folder: Path) -> list[str]:
    ledger = Ledger(folder / "fleet.db")
    found = await ledger.named(order_id)
    ledger.close()
    return [kept.account.stage for kept in found]


async def test_events_orders_gaps_and_documents_are_there_after_a_restart(tmp_path: Path) -> None:
    order = {"order_id": "o-1", "stage": "charging", "outlet": "pile-01/outlet-01"}
    await told(
        tmp_path,
        ("status", status()), ("inventory", inventory()),
        ("event/alarm", alarm(1, active=True)),
        ("event/order", event(2, "order", body=order)),
        ("event/order", event(5, "order", body=order | {"stage": "settled"})),
    )  # fmt: skip
    store = FleetStore(tmp_path / "fleet.db")
    assert store.count(SHED) == 3
    assert await stages_of("o-1", tmp_path) == ["settled"]
    assert store.gaps()[SHED].ask() == Ask(boot="1-aa", first=3, last=4)
    assert {(gateway, area) for gateway, area, _ in store.kept()} == {(SHED, "status"), (SHED, "inventory")}
    assert [said.event_seq for _, said in store.shown(0, 0)] == [2, 5]
    store.close()


async def test_an_earlier_record_of_an_order_does_not_replace_a_later_one(tmp_path: Path) -> None:
    body = {"order_id": "o-1", "outlet": "pile-01/outlet-01"}
    late = ("event/order", event(2, "order", body=body | {"stage": "charging"}))
    ended = ("event/order", event(3, "order", body=body | {"stage": "settled"}))
    await told(tmp_path, ("event/trip", event(1)), ended, late)
    assert await stages_of("o-1", tmp_path) == ["settled"]


async def test_a_store_that_kept_last_records_only_is_made_anew_from_its_events(tmp_path: Path) -> None:
    body = {"order_id": "o-1", "outlet": "pile-01/outlet-01", "user_ref": "u-7"}
    ended = {"order_id": "o-1", "stage": "settled", "wh": 7}
    await told(tmp_path, ("event/order", event(1, "order", body=body | {"stage": "charging"})),
               ("event/order", event(2, "order", body=ended)))  # fmt: skip
    with contextlib.closing(sqlite3.connect(tmp_path / "fleet.db")) as old:
        old.executescript(
            "DROP TABLE account; DROP TABLE state; CREATE TABLE trade (gateway TEXT); PRAGMA user_version=1;"
        )
    FleetStore(tmp_path / "fleet.db").close()
    ledger = Ledger(tmp_path / "fleet.db")
    (kept,) = await ledger.orders(0, 2 * NOW_MS, longest_ms=0, word="u-7")
    ledger.close()
    assert (kept.account.stage, kept.account.value("wh"), kept.account.first.seq) == ("settled", 7, 1)


async def test_what_is_too_old_is_forgotten(tmp_path: Path) -> None:
    await told(tmp_path, ("event/alarm", alarm(1, active=True)), ("event/alarm", alarm(2, active=False)))
    store = FleetStore(tmp_path / "fleet.db")
    assert store.forget(NOW_MS + 2, NOW_MS) == 1
    assert store.count(SHED) == 1
    store.close()


async def test_of_progress_one_record_in_a_quarter_of_an_hour_is_kept_and_the_order_has_the_last_word(
    tmp_path: Path,
) -> None:
    body = {"order_id": "o-1", "outlet": "pile-01/outlet-01"}
    stages = ["charging", *["progress"] * 45, "settled"]
    await told(tmp_path, *[
        ("event/order", event(seq, "order", body=body | {"stage": stage, "wh": seq}, ts=NOW_MS + seq * 60_000))
        for seq, stage in enumerate(stages, 1)
    ])  # fmt: skip
    store = FleetStore(tmp_path / "fleet.db")
    assert 5 <= store.count(SHED) <= 6
    store.forget(0, NOW_MS + 86_400_000)
    assert [said.body["stage"] for _, said in store.shown(0, 0) if isinstance(said.body, dict)] == [
        "charging",
        "settled",
    ]
    assert store.gaps()[SHED].missing == 0
    store.close()
    ledger = Ledger(tmp_path / "fleet.db")
    (kept,) = await ledger.named("o-1")
    ledger.close()
    assert (kept.account.value("wh"), kept.account.stage) == (len(stages), "settled")


async def test_what_cannot_be_stored_is_said_once_and_kept(tmp_path: Path) -> None:
    store, said = FleetStore(tmp_path / "fleet.db"), list[str]()
    estate = Estate("gw/", ZONE)
    scribe = Scribe(store, estate, wall_ms=lambda: NOW_MS, say=said.append)
    scribe.heard(estate.take(f"gw/{SHED}/event/trip", event(1), 0.0), b"")
    store._database.execute("PRAGMA query_only=1")
    await scribe.flush()
    await scribe.flush()
    assert len(said) == 1
    assert "nothing can be stored" in said[0]
    with pytest.raises(GatewayError):
        await scribe.note("otto", "stop", "")
    store._database.execute("PRAGMA query_only=0")
    await scribe.flush()
    assert store.count(SHED) == 1
    store.close()


@pytest.mark.parametrize("content", [b"no database at all, but some text" * 9, b""])
def test_a_file_that_is_no_store_is_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "fleet.db"
    file.write_bytes(content)
    if not content:
        FleetStore(file).close()
        return
    with pytest.raises(GatewayError, match="cannot be used as the store"):
        FleetStore(file)


def test_a_store_of_another_form_is_left_alone(tmp_path: Path) -> None:
    store = FleetStore(tmp_path / "fleet.db")
    store._database.execute("PRAGMA user_version=9")
    store.close()
    with pytest.raises(GatewayError, match="form 9"):
        FleetStore(tmp_path / "fleet.db")
