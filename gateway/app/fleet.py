"""The fleet console: the pages over many gateways, fed by the broker alone. A composition root: it decides nothing."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.alarm.post import Place
from gateway.app.box_acts import write_private
from gateway.app.clock import clock_quality, wall_ms
from gateway.app.console_door import Door
from gateway.app.fleet_alarm_works import FleetAlarmWorks
from gateway.app.fleet_alarms import FleetAlarms
from gateway.app.fleet_orders import FleetOrders
from gateway.app.fleet_past import FleetPast
from gateway.app.life import end_of_life, new_id, say
from gateway.app.posting import HttpPost
from gateway.app.serving import url_of
from gateway.app.version import program_version
from gateway.console.access.keeper import Keeper
from gateway.console.acting import acting
from gateway.console.alarms import alarming
from gateway.console.doorkeeper import LOOPBACK
from gateway.console.finding import finding
from gateway.console.history import history
from gateway.console.looking import looking
from gateway.console.orders import orders
from gateway.console.scopes import Scopes
from gateway.console.seeking import seeking
from gateway.console.server import console
from gateway.edge.alarming.notices import NoticeDesk
from gateway.edge.journal import Moment
from gateway.fleet.daily import daily
from gateway.fleet.estate import Estate
from gateway.fleet.ledger import Ledger
from gateway.fleet.listener import Listener
from gateway.fleet.readings import FarReadings
from gateway.fleet.recovery import Recovery
from gateway.fleet.scribe import Scribe
from gateway.fleet.store import FleetStore
from gateway.fleet.wishes import FarHands, Wishes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from fastapi import FastAPI

    from gateway.fleet.estate import Heard
    from gateway.model.site import ConsoleSetup, MqttUplink, Receiver

LOOK_S = 0.25
SHOWN_MS = 7 * 86_400_000
"""Trips and reports of a week are shown again after a restart."""

NOTIFIES_AS = "fleet"
"""As what a notice from here names itself; each alarm in it names its gateway."""

ACCOUNTS, STORE, NAME = "accounts.json", "fleet.db", "name"


class FleetConsole:
    """`folder` keeps accounts, events, orders and the name under which the broker holds messages back.

    `roster`: who is told of alarms from here. Raises `GatewayError` where the store cannot be used.
    """

    def __init__(
        self, target: MqttUplink, setup: ConsoleSetup, folder: Path, zone: ZoneInfo, roster: tuple[Receiver, ...] = ()
    ) -> None:
        self._store = FleetStore(folder / STORE)
        self._estate = Estate(target.prefix, zone, self._store.gaps())
        self._restore(zone)
        self._timezone = zone.key
        self._ledger = Ledger(folder / STORE)
        self._orders = FleetOrders(self._ledger, self._estate, zone, wall_ms)
        self._past = FleetPast(self._ledger, wall_ms)
        self._scribe = Scribe(self._store, self._estate, wall_ms=wall_ms, say=say)
        self._listener = Listener(
            target,
            self._estate,
            identifier=f"fleet-{_name(folder)}",
            heard=self._heard,
            now_s=time.monotonic,
            chance=random.random,
        )
        self._recovery = Recovery(self._estate, self._listener, new_id=new_id, now_s=time.monotonic)
        states, line = self._store.states(), self._listener
        self._readings = FarReadings(self._estate, line, new_id=new_id, now_s=time.monotonic)
        self._alarms = FleetAlarms(self._estate, self._scribe, states, line=lambda: line.standing, moment=_moment)
        self._works = FleetAlarmWorks(self._estate, self._alarms, line, self._scribe, self._ledger)
        self._notices = self._told_by(roster, states, zone)
        self._wishes = Wishes(self._estate, time.monotonic)
        self._hands = FarHands(self._estate, self._listener, self._scribe)
        self._scopes = Scopes(self._estate, self._refresh, wall_ms)
        self._looked_s = 0.0
        self._keeper = Keeper(folder / ACCOUNTS, write=write_private, audit=self._scribe, now_s=time.monotonic, say=say)
        self._door = Door(setup, folder, self._keeper, app=self._app, beside=(self._scopes.run,))
        self._url = url_of(setup.address, setup.port, is_secure=setup.address not in LOOPBACK or bool(setup.cert_file))

    def _told_by(self, roster: tuple[Receiver, ...], states: Mapping[str, bytes], zone: tzinfo) -> NoticeDesk | None:
        if not roster:
            return None
        place = Place(name=NOTIFIES_AS, zone=zone)
        return NoticeDesk(
            alarms=self._alarms, roster=roster, post=HttpPost(), place=place, states=states, new_id=new_id
        )

    def _restore(self, zone: tzinfo) -> None:
        now_ms, now_s = wall_ms(), time.monotonic()
        for name, area, payload in self._store.kept():
            self._estate.restore(name, area, payload, now_s)
        midnight = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone)
        midnight = midnight.replace(hour=0, minute=0, second=0, microsecond=0)
        for name, event in self._store.shown(now_ms - SHOWN_MS, round(midnight.timestamp() * 1000)):
            self._estate.show(name, event)

    def _heard(self, heard: Heard, payload: bytes) -> None:
        self._scribe.heard(heard, payload)
        if heard.event is not None:
            self._alarms.far.heard(heard.at, heard.event)
        if heard.outcome is not None:
            self._wishes.told(heard.outcome.model_dump())

    def _refresh(self) -> None:
        """Bring the documents up to date; several parts are looked at one after the other, at the same moment."""
        now_s = time.monotonic()
        if now_s - self._looked_s >= LOOK_S / 2:
            self._looked_s = now_s
            self._wishes.look(wall_ms())
            self._estate.look(now_s, wall_ms())

    def _app(self, names: set[str]) -> FastAPI:
        routers = [looking(self._scopes), acting(self._wishes, self._hands, wall_ms)]
        routers += [orders(self._orders), daily(self._orders), finding(self._past), seeking(self._estate)]
        routers += [alarming(self._works), history(self._readings)]
        return console(routers, self._keeper, timezone=self._timezone, names=names, version=program_version())

    async def run(self) -> None:
        """Listen and serve until cancelled."""
        say(f"fleet: {self._url} shows what {self._listener.standing.where} carries")
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listener.run())
                tasks.create_task(self._recovery.run())
                tasks.create_task(self._scribe.run())
                tasks.create_task(self._door.run())
                tasks.create_task(self._alarms.run())
                tasks.create_task(self._tell())
                if self._notices is not None:
                    tasks.create_task(self._notices.run())
        finally:
            self._ledger.close()
            self._store.close()

    async def _tell(self) -> None:
        """Say what is wrong where whoever runs it sees it."""
        told = ("", "")
        while True:
            await asyncio.sleep(1.0)
            found = (self._door.standing, self._listener.standing.reason)
            for reason, before in zip(found, told, strict=True):
                if reason and reason != before:
                    say(f"fleet: {reason}")
            told = found


def _moment() -> Moment:
    return Moment(ts_ms=wall_ms(), clock=clock_quality(), mono_s=time.monotonic())


def _name(folder: Path) -> str:
    """Return the name under which the broker keeps what is sent while this console is away; it is made once."""
    file = folder / NAME
    with contextlib.suppress(FileNotFoundError):
        return file.read_text(encoding="ascii").strip()
    name = secrets.token_hex(6)
    write_private(file, name)
    return name


async def fleet(
    target: MqttUplink, setup: ConsoleSetup, folder: Path, zone: ZoneInfo, roster: tuple[Receiver, ...]
) -> None:
    """Run a fleet console until a signal. Raises `GatewayError` where the store cannot be used."""
    made = FleetConsole(target, setup, folder, zone, roster)
    await end_of_life(asyncio.create_task(made.run()), watch_stdin=False)
