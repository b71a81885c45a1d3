"""What the local console shows of its gateway beside the picture: today's sums, orders, lines, uplinks, its file."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.app.console_orders import LogOrders
from gateway.app.log_reader import LogReader
from gateway.app.logbook import told
from gateway.app.zone import zone_of
from gateway.console.machines import machines
from gateway.console.metrics import metrics
from gateway.console.orders import orders
from gateway.console.today import Today
from gateway.console.workings import workings
from gateway.model.errors import GatewayError
from gateway.model.event import EventKind
from gateway.store.record import Stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from fastapi import APIRouter

    from gateway.app.logbook import Logbook
    from gateway.app.uplinks import Uplinks
    from gateway.edge.journal import Entry
    from gateway.model.site import Site
    from gateway.orders.reconcile.report import Report
    from gateway.store.log import Log

Document = dict[str, Any]

REPORT = Path("memory/report.json")
"""Where field leaves its report, beside its socket."""

DAY_MS = 86_400_000
CHECK_S = 60.0


class LocalPages:
    """`runtime` is the folder of field's socket; `running`: the day that is not over."""

    def __init__(
        self,
        site: Site,
        log: Log,
        logbook: Logbook,
        *,
        uplinks: Uplinks,
        running: Callable[[], Report | None],
        runtime: Path,
        version: str,
        wall_ms: Callable[[], int],
    ) -> None:
        self._site = site
        self._log = log
        self._uplinks = uplinks
        self._report = runtime / REPORT
        self._version = version
        self._wall_ms = wall_ms
        self._zone = zone = zone_of(site.timezone)
        self._reader = LogReader(log, logbook)
        self._orders = LogOrders(self._reader, zone, wall_ms, running, stickers_of(site))
        self._today = Today(zone)
        self._heard: list[tuple[str, int, str, Mapping[str, Any]]] | None = []
        self._checking = asyncio.Lock()

    @property
    def timezone(self) -> str:
        """By which the site's days begin."""
        return self._site.timezone

    def routers(self, documents: Callable[[], Mapping[str, Document]]) -> list[APIRouter]:
        """Return the routes; `documents` are those of the picture as they are now."""

        async def scrape() -> str:
            return metrics(self._version, await self.lines(), await self.uplinks(), documents())

        return [orders(self._orders), workings(self), machines(scrape)]

    # ------------------------------------------------------------------ today

    def heard(self, entry: Entry) -> None:
        """Take an event that has just been stored; until the log has been read back it waits."""
        if entry.kind is not EventKind.ORDER:
            return
        if self._heard is not None:
            self._heard.append((entry.id, entry.at.ts_ms, entry.target, entry.body))
        else:
            self._today.take(entry.at.ts_ms, entry.target, entry.body)

    async def count(self) -> None:
        """Count what the log has of today. Raises `GatewayError`; then it can be called again."""
        if self._heard is None:
            return
        self._today, seen, now_ms = Today(self._zone), set[str](), self._wall_ms()
        begin_ms = self._orders.begin_ms(self._orders.today())
        async for event in self._reader.since(begin_ms, now_ms + DAY_MS, EventKind.ORDER):
            if event.id not in seen:
                seen.add(event.id)
                self._today.take(event.at.ts_ms, *told(event))
        waiting, self._heard = self._heard, None
        for name, ts_ms, target, body in waiting:
            if name not in seen:
                self._today.take(ts_ms, target, body)

    async def trips(self) -> AsyncIterator[Document]:
        """Yield the trips that the log has of the last day, as they were told. Raises `GatewayError`."""
        now_ms = self._wall_ms()
        async for event in self._reader.since(now_ms - DAY_MS, now_ms + DAY_MS, EventKind.TRIP):
            target, body = told(event)
            yield {"id": event.id, "kind": str(event.kind), "target": target, "ts": event.at.ts_ms, "body": body}

    def sums(self) -> Document | None:
        """Return today's sums; None until the log has been read back."""
        return None if self._heard is not None else self._today.document(self._wall_ms())

    # ------------------------------------------------------------------ workings

    async def lines(self) -> Document | None:
        try:
            report: Document = json.loads(await asyncio.to_thread(self._report.read_bytes))
            return report | {"age_s": round(max(0.0, time.monotonic() - report["at_s"]), 1)}
        except (OSError, ValueError, KeyError, TypeError):
            return None

    async def uplinks(self) -> Sequence[Document]:
        stored = await self._log.standing()
        found = []
        for name, uplink in self._uplinks.running.items():
            standing, offsets = uplink.standing, stored.offsets.get(name, {})
            found.append(
                {
                    "name": name,
                    "where": standing.where,
                    "state": standing.state,
                    "reason": standing.reason,
                    "word": standing.word,
                    "detail": standing.detail,
                    "connections": standing.connections,
                    "failures": standing.failures,
                    "records": standing.records,
                    "commands": standing.commands,
                    "refused_records": standing.refused_records,
                    "refusal": standing.refusal,
                    "event_lag": stored.last_event_seq - offsets.get(Stream.EVENT, 0),
                    "reading_lag": stored.last_reading_seq - offsets.get(Stream.READING, 0),
                }
            )
        return found

    async def configuration(self) -> Document:
        """Return the site file with its budget; what understands files runs in a process of its own."""
        file = Path(self._site.file)
        try:
            text = await asyncio.to_thread(file.read_text, encoding="utf-8")
        except (OSError, ValueError) as error:
            raise GatewayError(f"{file}: {getattr(error, 'strerror', None) or error}") from error
        async with self._checking:
            out, problem = await _checked(file)
        budget = json.loads(out) if out else None
        return {"file": file.name, "text": text, "digest": self._site.digest, "budget": budget, "problem": problem}


async def _checked(file: Path) -> tuple[bytes, str]:
    """Return what `gateway check --json` says of a file, and what it says against it."""
    safe = ["-P"] if sys.flags.safe_path else []
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *safe,
        "-m",
        "gateway.cli",
        "check",
        "--json",
        str(file),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(CHECK_S):
            out, problem = await child.communicate()
    except TimeoutError as error:
        raise GatewayError("gateway check takes too long") from error
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return out, problem.decode("utf-8", "replace")


def stickers_of(site: Site) -> dict[str, str]:
    """Return the outlet of each code that is on one, in lower case."""
    names = {
        (device.name, each.number): f"{device.name}/{each.name}"
        for device in site.devices
        for each in device.model.outlets
    }
    coded = ((device.name, each) for device in site.devices for each in device.outlets if each.sticker)
    return {each.sticker.lower(): names[device, each.number] for device, each in coded}
