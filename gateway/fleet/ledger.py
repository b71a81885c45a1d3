"""What the fleet console's store is asked by people: orders, their stories, reports, what has happened to an alarm.

It reads over a connection of its own, in a thread, so that a long search holds up no writing.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from gateway.console.stories import Told
from gateway.fleet.account import from_json
from gateway.fleet.day import Sums
from gateway.model.errors import GatewayError
from gateway.orders.reconcile.report import WHAT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gateway.fleet.account import Account

ACTS_MOST = 24
"""Of one alarm."""

T = TypeVar("T")


class Kept(NamedTuple):
    """One order of one gateway, when it began, and when something was told of it last; the rest is read when wanted."""

    gateway: str
    order_id: str
    from_ms: int
    until_ms: int
    text: str

    @property
    def account(self) -> Account:
        return from_json(self.text)


class Ledger:
    """One asker after another. Everything raises `GatewayError` where the store cannot be read."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._database = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
        self._alone = asyncio.Lock()

    def close(self) -> None:
        """End it."""
        self._database.close()

    async def orders(
        self, from_ms: int, until_ms: int, *, longest_ms: int, word: str = "", gateway: str = ""
    ) -> list[Kept]:
        """Return the orders of which something was told in [`from_ms`, `until_ms`), the one that began last first.

        `longest_ms`: no order lasts longer. `word` is looked for in number, shed, place and user.
        """
        sql = (
            "SELECT gateway, order_id, from_ms, until_ms, account FROM account INDEXED BY account_by_word"
            " WHERE until_ms >= ? AND until_ms < ?"
            " AND from_ms < ? AND (? = '' OR instr(searched, ?)) AND (? = '' OR gateway = ?)"
        )
        rows = await self._rows(sql, from_ms, until_ms + longest_ms, until_ms, word, word, gateway, gateway)
        return sorted(map(Kept._make, rows), key=lambda kept: kept.from_ms, reverse=True)

    async def at_places(self, places: Sequence[tuple[str, str]], since_ms: int, most: int) -> list[Kept]:
        """Return the latest orders since a time at some places, each a gateway and DEVICE/OUTLET or a cabinet."""
        found: list[Kept] = []
        for gateway, place in places:
            sql = (
                "SELECT gateway, order_id, from_ms, until_ms, account FROM account INDEXED BY account_by_gateway"
                " WHERE gateway = ? AND until_ms >= ?"
                " AND instr(searched, ?) ORDER BY until_ms DESC LIMIT ?"
            )
            rows = await self._rows(sql, gateway, since_ms, f" {place.lower()} ", most)
            found += map(Kept._make, rows)
        return sorted(found, key=lambda kept: kept.until_ms, reverse=True)[:most]

    async def named(self, order_id: str) -> list[Kept]:
        """Return the orders of this very number, the latest first; two gateways may have given the same."""
        sql = (
            "SELECT gateway, order_id, from_ms, until_ms, account FROM account WHERE order_id = ?"
            " ORDER BY until_ms DESC"
        )
        return [Kept._make(row) for row in await self._rows(sql, order_id)]

    async def sums(self, from_ms: int, until_ms: int) -> dict[str, Sums]:
        """Return what the orders that ended within a time come to, by gateway."""
        sql = (
            "SELECT gateway, COUNT(*), SUM(charges), SUM(wh), SUM(amount_mil), SUM(occupied_ms > 0), SUM(occupied_ms)"
            " FROM account WHERE ended_ms >= ? AND ended_ms < ? GROUP BY gateway"
        )
        return {name: Sums(*found) for name, *found in await self._rows(sql, from_ms, until_ms)}

    async def trips(self, gateway: str, device: str, from_ms: int, until_ms: int) -> list[Told]:
        """Return the trips of a device within a time."""
        sql = "SELECT ts, target, body FROM event WHERE kind = 'trip' AND ts BETWEEN ? AND ? AND gateway = ?"
        rows = await self._rows(sql, from_ms, until_ms, gateway)
        return [Told(ts, target, _body(body)) for ts, target, body in rows if target.partition("/")[0] == device]

    async def reports(self, from_ms: int, until_ms: int, gateway: str) -> list[tuple[str, dict[str, Any]]]:
        """Return the reconciliations that were told within a time, with their gateways (empty: of all)."""
        sql = (
            "SELECT gateway, body FROM event WHERE kind = 'gateway' AND ts >= ? AND ts < ? AND (? = '' OR gateway = ?)"
            " AND instr(body, ?) ORDER BY gateway, ts"
        )
        rows = await self._rows(sql, from_ms, until_ms, gateway, gateway, f'"{WHAT}"')
        return [(name, body) for name, text in rows if (body := _body(text)).get("what") == WHAT]

    async def acts(self, gateway: str, target: str, alarm: str) -> list[tuple[int, dict[str, Any]]]:
        """Return when the last events of one alarm were told, and what they say, the oldest first."""
        sql = (
            "SELECT ts, body FROM event WHERE kind = 'alarm' AND gateway = ? AND target = ?"
            " AND instr(body, ?) ORDER BY ts DESC, seq DESC LIMIT ?"
        )
        rows = await self._rows(sql, gateway, target, f'"alarm":{json.dumps(alarm)}', ACTS_MOST)
        return [(ts, _body(body)) for ts, body in reversed(rows)]

    async def _rows(self, sql: str, *given: object) -> list[Any]:
        def read() -> list[Any]:
            return self._database.execute(sql, given).fetchall()

        async with self._alone:
            return await self._read(read)

    async def _read(self, read: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(read)
        except sqlite3.Error as error:
            raise GatewayError(f"{self._file}: cannot be read: {error}") from None


def _body(text: str) -> dict[str, Any]:
    found = json.loads(text)
    return found if isinstance(found, dict) else {}
