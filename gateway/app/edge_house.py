"""Put edge together: link to field, desks, uplinks, console. A composition root: it decides nothing."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from gateway.app.alarm_house import AlarmHouse
from gateway.app.asked_past import AskedPast
from gateway.app.board import SiteBoard
from gateway.app.box_acts import CONSOLE
from gateway.app.clock import machine_boot, wall_ms
from gateway.app.console_readings import LocalReadings
from gateway.app.life import new_id, say
from gateway.app.log_alarm import watch_for_damage
from gateway.app.logbook import Logbook, LogRecords
from gateway.app.patience import FirstReason, patiently
from gateway.app.pushing import act_desk, card_book, pushed_desk
from gateway.app.uplinks import Uplinks
from gateway.app.version import program_version
from gateway.app.voice import Voice
from gateway.app.zone import zone_of
from gateway.edge.book import Book
from gateway.edge.carrier import Carrier
from gateway.edge.charging.desk import ChargingDesk
from gateway.edge.charging.setup import SiteSetup
from gateway.edge.daily import Daily
from gateway.edge.desks import Desks
from gateway.edge.frames import Frames
from gateway.edge.journal import Entry
from gateway.edge.link import FieldLink
from gateway.edge.marking import Business, Marker
from gateway.edge.trading.desk import TradingDesk
from gateway.edge.trading.pricing import PriceTaker
from gateway.edge.trading.setup import TradingSetup
from gateway.edge.trading.showing import PlaceViews
from gateway.field.watchdog import notify
from gateway.model.command import CommandKind
from gateway.model.errors import GatewayError
from gateway.model.event import EventKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gateway.app.console import LocalConsole
    from gateway.edge.trading.showing import PlaceView
    from gateway.model.site import ConsoleSetup, Site
    from gateway.store.log import Log

WATCH_S = 1.0
DRAIN_LOOK_S = 0.05


class EdgeHouse:
    """A whole edge process of one site, ready to run."""

    def __init__(
        self,
        site: Site,
        log: Log,
        logbook: Logbook,
        book: Book,
        link: FieldLink,
        alarms: AlarmHouse,
        states: Mapping[str, bytes],
        *,
        folder: Path,
        runtime: Path,
    ) -> None:
        self._site = site
        self._log = log
        self.logbook = logbook
        self.book = book
        self.link = link
        self.alarms = alarms
        journal = alarms.desk
        self._carrier = Carrier(book=book, journal=journal, link=link, new_id=new_id)
        charging, cards, trading = SiteSetup(site), card_book(site), TradingSetup(site)
        self.desk = ChargingDesk(
            book=book, journal=journal, carrier=self._carrier, setup=charging, states=states, new_id=new_id, cards=cards
        )
        self._places = PlaceViews(book, trading)
        self._trading = TradingDesk(
            book=book,
            journal=journal,
            link=link,
            clock=self.desk.clock,
            setup=trading,
            states=states,
            new_id=new_id,
            cards=cards,
        )
        self._daily = Daily(
            book=book,
            journal=journal,
            records=LogRecords(log, logbook),
            marker=Marker(site, book, trading),
            business=self._business,
            states=states,
            zone=zone_of(site.timezone),
        )
        prices = PriceTaker(trading)
        takers = {CommandKind.TARIFFS: charging.tariffs, CommandKind.CARDS: cards, CommandKind.PRICES: prices}
        self._pushed = pushed_desk(takers=takers, desk=self.desk, journal=journal, book=book, states=states)
        self._acts = act_desk(
            trading=self._trading, setup=trading, journal=journal, link=link, book=book, states=states
        )
        self._desks = link.orders = Desks(self.desk, self._trading, self._pushed, self._acts, journal)
        self._board = SiteBoard(
            site=site,
            book=book,
            charges=self.desk.orders,
            trades=self._trading.orders,
            doors=trading.doors,
            places=self._places_behind,
            documents=self._pushed.documents,
            tariff_of=charging.tariff_name,
            alarms=alarms.desk,
            now=logbook.now,
            version=program_version(),
        )
        asked = AskedPast(self._desks, LocalReadings(log))
        self._uplinks = Uplinks(site, log, logbook, board=self._board, desk=asked)
        self._console = None if site.console is None else self._local_console(site.console, log, folder, runtime)
        self._told: dict[str, str] = {}
        self._refusal = FirstReason()
        self._voice = Voice({device.name: device.bus for device in site.devices})
        logbook.heard = self._heard

    @classmethod
    async def build(cls, site: Site, log: Log, socket: Path, folder: Path, *, runtime: Path | None = None) -> EdgeHouse:
        """Take up what the log remembers; `folder` keeps what is no record, `runtime` what field leaves in memory."""
        logbook = Logbook(log, (await log.standing()).last_event_seq)
        states = await logbook.states()
        book = Book(site, machine_boot(), states)
        alarms = AlarmHouse(site, logbook, book, states)
        link = FieldLink(
            path=socket, config_hash=site.digest, boot=log.boot, book=book, journal=alarms.desk, states=states
        )
        return cls(site, log, logbook, book, link, alarms, states, folder=folder, runtime=runtime or socket.parent)

    async def run(self) -> None:
        """Remember and deliver until cancelled."""
        body = {"what": "edge-started", "version": program_version(), "config_hash": self._site.digest}
        started = Entry(id=new_id(), kind=EventKind.GATEWAY, target="*", at=self.logbook.now(), body=body)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.link.run(), name="field")
            tasks.create_task(self._carrier.run(), name="carrier")
            tasks.create_task(self.desk.run(), name="desk")
            tasks.create_task(self._trading.run(), name="trading")
            tasks.create_task(self._acts.run(), name="acts")
            tasks.create_task(self._daily.run(), name="daily")
            tasks.create_task(self.alarms.run(self.link, self.desk.clock), name="alarms")
            tasks.create_task(self._watch(), name="watch")
            tasks.create_task(watch_for_damage(self._log, self.alarms.desk), name="damage")
            if self._console is not None:
                tasks.create_task(self._console.run(), name="console")
            await patiently(self._uplinks.make, self._refusal)
            for name, uplink in self._uplinks.running.items():
                tasks.create_task(uplink.run(), name=name)
            await patiently(lambda: self.logbook.append(started), self._refusal)

    async def wind_down(self, within_s: float) -> None:
        """Take in what field has still sent, commit it, and give the uplinks time to deliver everything."""
        deadline_s = asyncio.get_running_loop().time() + within_s
        while not self.link.standing and asyncio.get_running_loop().time() < deadline_s:  # noqa: ASYNC110 - field tells nobody
            await asyncio.sleep(DRAIN_LOOK_S)
        with contextlib.suppress(GatewayError):  # a log that refuses has been told; what it has can still be delivered
            await self.logbook.commit()
        while not await self._uplinks.are_drained() and asyncio.get_running_loop().time() < deadline_s:  # noqa: ASYNC110 - as above
            await asyncio.sleep(DRAIN_LOOK_S)

    def _places_behind(self, lock: str, now_s: float) -> Mapping[str, PlaceView]:
        return self._places.behind(lock, self._trading.books, now_s)

    def _business(self) -> Business:
        return Business(
            books=self._trading.books,
            busy=frozenset(trade.place for trade in self._trading.trades.values()),
            running=len(self.desk.orders()) + len(self._trading.trades),
            unacknowledged=(*self.desk.unacknowledged(), *self._trading.owed),
        )

    async def _watch(self) -> None:
        """Say in one line when something is away, and when it is back; feed systemd's watchdog."""
        while True:
            self._compare("field", self.link.standing)
            self._compare("log", self._refusal.text or self.link.log_standing)
            self._compare("console", "" if self._console is None else self._console.standing)
            for name, uplink in self._uplinks.running.items():
                self._compare(name, "" if uplink.standing.state == "online" else uplink.standing.reason)
            self.desk.cloud(is_there=self._uplinks.is_cloud_there)
            notify("WATCHDOG=1")
            await asyncio.sleep(WATCH_S)

    def _compare(self, name: str, reason: str) -> None:
        if reason != self._told.get(name, ""):
            self._told[name] = reason
            say(f"{name}: {reason or 'back'}")

    def _local_console(self, setup: ConsoleSetup, log: Log, folder: Path, runtime: Path) -> LocalConsole:
        from gateway.app.alarm_works import alarm_routes  # noqa: PLC0415 - loaded only where it is wanted
        from gateway.app.console import LocalConsole  # noqa: PLC0415 - as above
        from gateway.app.console_pages import LocalPages  # noqa: PLC0415 - as above
        from gateway.app.console_past import past_routes  # noqa: PLC0415 - as above
        from gateway.console.frames import frames as frame_routes  # noqa: PLC0415 - as above

        name = f"{self._site.name}/{self._site.gateway}"
        pages = LocalPages(
            self._site,
            log,
            self.logbook,
            uplinks=self._uplinks,
            running=self._daily.running,
            runtime=runtime,
            version=program_version(),
            wall_ms=wall_ms,
        )
        frames = self.link.frames = Frames([bus.name for bus in self._site.buses], self.link.send, time.monotonic)
        works = alarm_routes(name, self.alarms.desk), *past_routes(log), frame_routes(frames)
        folder = folder / CONSOLE
        return LocalConsole(
            name, setup, self._board, self.logbook, folder, runtime, wall_ms, desk=self._desks, pages=pages, works=works
        )

    def _heard(self, entry: Entry) -> None:
        if self._console is not None:
            self._console.heard(entry)
        if entry.kind is EventKind.ALARM and (line := self._voice.line(entry.target, entry.body)):
            say(line)
