"""Put an edge process together: log, link to field, order desk, uplinks. A composition root: it decides nothing.

`python -m gateway.app.edge SITE --socket PATH --log FILE` is the process that remembers and delivers.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gateway.app.board import SiteBoard
from gateway.app.clock import machine_boot, wall_ms
from gateway.app.life import Arguments, end_of_life, give_way, new_id, report
from gateway.app.logbook import Logbook, LogSource, stamp
from gateway.app.patience import FirstReason, patiently
from gateway.app.reading import ReadingError, read_site
from gateway.app.voice import Voice
from gateway.edge.book import Book
from gateway.edge.carrier import Carrier
from gateway.edge.charging.desk import ChargingDesk
from gateway.edge.charging.setup import SiteSetup
from gateway.edge.desks import Desks
from gateway.edge.journal import Entry
from gateway.edge.link import FieldLink
from gateway.edge.trading.desk import TradingDesk
from gateway.edge.trading.setup import TradingSetup
from gateway.field.watchdog import notify
from gateway.model.errors import GatewayError
from gateway.model.event import EventKind
from gateway.store.log import Log
from gateway.store.record import Stream
from gateway.uplink.settings import Identity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.model.site import InfluxUplink, MqttUplink, Site
    from gateway.store.record import Standing as LogStanding
    from gateway.uplink.standing import Standing

WATCH_S = 1.0
DRAIN_LOOK_S = 0.05
COMMIT_AT_LEAST_S = 10.0
"""Edge asks for commits itself, and acknowledges by them; this bounds what nobody has asked for."""


class Uplink(Protocol):
    """What runs beside the link to field."""

    standing: Standing

    async def run(self) -> None: ...


class EdgeHouse:
    """A whole edge process of one site, ready to run."""

    def __init__(
        self, site: Site, log: Log, logbook: Logbook, book: Book, link: FieldLink, states: Mapping[str, bytes]
    ) -> None:
        self._site = site
        self._log = log
        self.logbook = logbook
        self.book = book
        self.link = link
        self._carrier = Carrier(book=book, journal=logbook, link=link, new_id=new_id)
        self.desk = ChargingDesk(
            book=book, journal=logbook, carrier=self._carrier, setup=SiteSetup(site), states=states, new_id=new_id
        )
        trading = TradingSetup(site)
        self._doors = trading.doors
        self._trading = TradingDesk(
            book=book,
            journal=logbook,
            link=link,
            clock=self.desk.clock,
            setup=trading,
            states=states,
            new_id=new_id,
        )
        self._desks = link.orders = Desks(self.desk, self._trading)
        self._identity = Identity(site=site.name, gateway=site.gateway)
        self._told: dict[str, str] = {}
        self._uplinks: dict[str, Uplink] = {}
        self._refusal = FirstReason()
        self._voice = Voice({device.name: device.bus for device in site.devices})
        logbook.heard = self._heard

    @classmethod
    async def build(cls, site: Site, log: Log, socket: Path) -> EdgeHouse:
        """Take up what the log remembers."""
        logbook = Logbook(log, (await log.standing()).last_event_seq)
        states = await logbook.states()
        book = Book(site, machine_boot(), states)
        link = FieldLink(path=socket, config_hash=site.digest, boot=log.boot, book=book, journal=logbook, states=states)
        return cls(site, log, logbook, book, link, states)

    async def run(self) -> None:
        """Remember and deliver until cancelled."""
        body = {"what": "edge-started", "version": program_version(), "config_hash": self._site.digest}
        started = Entry(id=new_id(), kind=EventKind.GATEWAY, target="*", at=self.logbook.now(), body=body)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.link.run(), name="field")
            tasks.create_task(self._carrier.run(), name="carrier")
            tasks.create_task(self.desk.run(), name="desk")
            tasks.create_task(self._trading.run(), name="trading")
            tasks.create_task(self._watch(), name="watch")
            self._uplinks = await patiently(self._make_uplinks, self._refusal)
            for name, uplink in self._uplinks.items():
                tasks.create_task(uplink.run(), name=name)
            await patiently(lambda: self.logbook.append(started), self._refusal)

    async def wind_down(self, within_s: float) -> None:
        """Take in what field has still sent, commit it, and give the uplinks time to deliver everything."""
        deadline_s = asyncio.get_running_loop().time() + within_s
        while not self.link.standing and asyncio.get_running_loop().time() < deadline_s:  # noqa: ASYNC110 - field tells nobody
            await asyncio.sleep(DRAIN_LOOK_S)
        with contextlib.suppress(GatewayError):  # a log that refuses has been told; what it has can still be delivered
            await self.logbook.commit()
        while not await self._is_drained() and asyncio.get_running_loop().time() < deadline_s:  # noqa: ASYNC110 - as above
            await asyncio.sleep(DRAIN_LOOK_S)

    async def _is_drained(self) -> bool:
        standing = await self._log.standing()
        heads = {Stream.EVENT: standing.last_event_seq, Stream.READING: standing.last_reading_seq}
        return all(of.get(stream, 0) >= head for of in standing.offsets.values() for stream, head in heads.items())

    async def _make_uplinks(self) -> dict[str, Uplink]:
        uplinks: dict[str, Uplink] = {}
        for name, wanted in (("mqtt", self._site.mqtt), ("influx", self._site.influx)):
            if wanted is None:
                await self._log.forget_consumer(name)
            else:
                await self._log.add_consumer(name)
        if self._site.mqtt is not None:
            uplinks["mqtt"] = self._mqtt(self._site.mqtt)
        if self._site.influx is not None:
            uplinks["influx"] = self._influx(self._site.influx)
        return uplinks

    def _mqtt(self, target: MqttUplink) -> Uplink:
        from gateway.uplink.mqtt import MqttConsumer  # noqa: PLC0415 - loaded only where it is wanted

        return MqttConsumer(
            target=target,
            identity=self._identity,
            source=LogSource(self._log, self.logbook, "mqtt"),
            board=SiteBoard(
                self._site,
                self.book,
                charges=self.desk.orders,
                trades=self._trading.orders,
                doors=self._doors,
                now=self.logbook.now,
                version=program_version(),
            ),
            desk=self._desks,
            nonce=new_id,
            chance=random.random,
            wall_ms=wall_ms,
        )

    def _influx(self, target: InfluxUplink) -> Uplink:
        from gateway.uplink.influx import InfluxConsumer  # noqa: PLC0415 - loaded only where it is wanted

        source = LogSource(self._log, self.logbook, "influx")
        return InfluxConsumer(target=target, identity=self._identity, source=source, chance=random.random)

    async def _watch(self) -> None:
        """Say in one line when something is away, and when it is back; feed systemd's watchdog."""
        while True:
            self._compare("field", self.link.standing)
            self._compare("log", self._refusal.text or self.link.log_standing)
            for name, uplink in self._uplinks.items():
                self._compare(name, "" if uplink.standing.state == "online" else uplink.standing.reason)
            mqtt = self._uplinks.get("mqtt")
            self.desk.cloud(is_there=mqtt is None or mqtt.standing.state == "online")
            notify("WATCHDOG=1")
            await asyncio.sleep(WATCH_S)

    def _compare(self, name: str, reason: str) -> None:
        if reason != self._told.get(name, ""):
            self._told[name] = reason
            _say(f"{name}: {reason or 'back'}")

    def _heard(self, entry: Entry) -> None:
        if entry.kind is EventKind.ALARM and (line := self._voice.line(entry.target, entry.body)):
            _say(line)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def program_version() -> str:
    try:
        return version("community-gateway")
    except PackageNotFoundError:
        return "unpackaged"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the edge process until it is told to end; return its exit code."""
    parser = Arguments("gateway.app.edge", "The process that remembers and delivers.")
    parser.epilog = "Example: python -m gateway.app.edge /etc/gateway/site.yaml --socket /run/x/s --log /var/lib/x/log"
    parser.add_argument("--log", type=Path, required=True, help="the log's file")
    parser.add_argument(
        "--drain", type=float, default=0.0, metavar="S", help="at the end, wait so long for the uplinks"
    )
    parser.add_argument("--closing", type=Path, help="at the end, write here which records this run has logged")
    given = parser.parse_args(arguments)
    give_way()
    try:
        site = read_site(given.site, dict(given.link), to_protect=False)
    except ReadingError as error:
        return error.exit_code
    end = Ending(drain_s=given.drain, closing=given.closing, watch_stdin=given.watch_stdin)
    return asyncio.run(_serve(site, given.socket, given.log, end))


@dataclass(frozen=True, slots=True)
class Ending:
    """How this process ends."""

    drain_s: float
    closing: Path | None
    watch_stdin: bool


class Life:
    """One edge process from start to end. A log that cannot be opened yet is waited for: field goes on meanwhile."""

    def __init__(self, site: Site, socket: Path, file: Path, end: Ending) -> None:
        self._site = site
        self._socket = socket
        self._file = file
        self._end = end
        self._log: Log | None = None
        self._house: EdgeHouse | None = None
        self._before: LogStanding | None = None

    async def run(self) -> None:
        """Open the log, and then be edge until cancelled. Raises `GatewayError` for a log that is not ours to open."""
        refusal = FirstReason()

        def tell(reason: str) -> None:
            before = refusal.text
            refusal(reason)
            if refusal.text != before:
                _say(f"log: {f'{reason}; trying again, field goes on without it' if reason else 'back'}")

        self._log = log = await patiently(self._open, tell)
        self._before = await log.standing()
        self._house = await EdgeHouse.build(self._site, log, self._socket)
        await self._house.run()

    async def _open(self) -> Log:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return await Log.open(self._file, clock=stamp, readings_commit_s=COMMIT_AT_LEAST_S)

    async def wind_down(self) -> None:
        """Deliver what can still be delivered, if that is wanted."""
        if self._house is not None and self._end.drain_s:
            await self._house.wind_down(self._end.drain_s)

    async def leave_word(self) -> None:
        """Write what was logged, if that is wanted."""
        if self._end.closing is not None and self._log is not None and self._before is not None:
            text = closing(self._before, await self._log.standing())
            await asyncio.to_thread(self._end.closing.write_text, text, encoding="ascii")

    async def close(self) -> None:
        if self._log is not None:
            await self._log.close()


async def _serve(site: Site, socket: Path, file: Path, end: Ending) -> int:
    life = Life(site, socket, file, end)
    work = asyncio.create_task(life.run())
    notify("READY=1")
    try:
        await end_of_life(work, watch_stdin=end.watch_stdin, last_act=life.wind_down)
        await life.leave_word()
    except GatewayError as error:
        return report(error)
    finally:
        await life.close()
    return 0


def closing(before: LogStanding, after: LogStanding) -> str:
    """Return which records this run has logged, as ranges with both ends included."""
    spans = {
        "event": (before.last_event_seq + 1, after.last_event_seq),
        "reading": (before.last_reading_seq + 1, after.last_reading_seq),
    }
    return json.dumps([{"boot": after.boot, "stream": name, "ranges": [span]} for name, span in spans.items()])


if __name__ == "__main__":
    sys.exit(main())
