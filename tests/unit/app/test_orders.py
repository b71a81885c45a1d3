"""`gateway orders` reads a log beside the edge that owns it, and says what its records add up to."""

from __future__ import annotations

import csv
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from gateway.app.logbook import stamp
from gateway.app.orders import orders_of
from gateway.cli import app
from gateway.model.errors import GatewayError
from gateway.orders.charge.event import StopAsked
from gateway.orders.charge.record import settled, settlement_digest
from gateway.orders.reason import StopReason
from gateway.store.log import Log
from gateway.store.record import NewEvent
from tests.unit.orders.charging import Run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


def an_order(order_id: str = "A-1") -> list[tuple[str, dict[str, Any]]]:
    """Return the records of a charge that was really run."""
    run = Run().charging(power_w=200.0, for_s=900.0)
    run(StopAsked(reason=StopReason.USER))
    run.off()
    assert run.order.receipt is not None
    last = settled(run.order) | {"digest": settlement_digest(run.order)}
    accepted = {"user_ref": "=1+1", "tariff": {"id": "t", "version": 1}}
    records: list[tuple[str, dict[str, Any]]] = [("accepted", accepted), ("charging", {"wh": 0}), ("settled", last)]
    return [(stage, {"order_id": order_id, "stage": stage, **body}) for stage, body in [*records, ("settled", last)]]


@asynccontextmanager
async def living_log(file: Path) -> AsyncIterator[Log]:
    log = await Log.open(file, clock=stamp)
    try:
        for number, (_, body) in enumerate(an_order()):
            said = json.dumps({"target": "pile-01/outlet-01", "body": body}).encode()
            await log.append_event(NewEvent(id=str(number), kind="order", at=stamp(), body=said))
        await log.append_event(NewEvent(id="x", kind="alarm", at=stamp(), body=b"{}"))
        yield log
    finally:
        await log.close()


async def test_a_log_is_read_while_its_owner_has_it_open(tmp_path: Path) -> None:
    async with living_log(tmp_path / "log"):
        (order,) = orders_of(tmp_path / "log").values()
    assert [stage for _, stage, _ in order.told] == ["accepted", "charging", "settled"]
    row = order.row()
    assert row["amount_mil"] == order.receipt()["total_mil"]
    assert (row["tariff"], row["stage"], row["reason"]) == ("t/1", "settled", "user")


async def test_the_commands_show_list_receipt_and_table(tmp_path: Path) -> None:
    file, table = tmp_path / "log", tmp_path / "orders.csv"
    async with living_log(file):

        def said(*words: str) -> str:
            done = CliRunner().invoke(app, ["orders", *words, "--log", str(file)])
            assert done.exit_code == 0, done
            return done.stdout

        assert said("list").splitlines()[1].split()[:3] == ["A-1", "pile-01/outlet-01", "settled"]
        assert '"tariff": {"id": "t", "version": 1}' in said("show", "A-1")
        assert "合计" in said("receipt", "A-1")
        assert "Total" in said("receipt", "A-1", "--lang", "en")
        said("export", str(table))
    assert table.read_bytes().startswith(b"\xef\xbb\xbf")  # else a spreadsheet guesses the encoding
    with table.open(encoding="utf-8-sig", newline="") as lines:
        (row,) = csv.DictReader(lines)
    assert (row["order_id"], row["user_ref"]) == ("A-1", "'=1+1")  # no formula of a stranger's


async def test_what_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    async with living_log(tmp_path / "log"):
        done = CliRunner().invoke(app, ["orders", "show", "A-2", "--log", str(tmp_path / "log")])
        assert isinstance(done.exception, GatewayError)
        assert str(done.exception).endswith("no order A-2 (did you mean A-1?)")
    with pytest.raises(FileNotFoundError):
        orders_of(tmp_path / "no-log")
