"""The alarm desk of a fleet console: its own alarms, and those of all gateways, for who tells people.

Its own are a gateway that has vanished, the broker, and people who are not reached. They are worked as those of a
gateway are (ISA-18.2), and kept in the console's own store.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Protocol

from gateway.alarm.alarms import Alarms, Turn, alarms_of
from gateway.alarm.ground import WHOLE, Ground
from gateway.alarm.incident import key_of
from gateway.app.alarm_board import alarm_list
from gateway.app.clock import machine_boot
from gateway.console.alarm_picture import EMPTY, SHOWN
from gateway.edge.alarming.saying import NotDone, wanted
from gateway.edge.charging.clock import STATE as CLOCK
from gateway.edge.charging.clock import BusinessClock
from gateway.fleet.absence import AWAY_S, Absence
from gateway.fleet.alarms import FarAlarms
from gateway.model.errors import GatewayError
from gateway.model.event import EventKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.alarm.incident import Record
    from gateway.edge.journal import Entry, Moment
    from gateway.fleet.estate import Estate
    from gateway.model.command import Command
    from gateway.uplink.standing import Standing

LOOK_S = 1.0
HERE = "fleet/console"
"""What stands for a gateway where an alarm is about this console itself."""

GATEWAY_AWAY, BROKER_AWAY, CONFIG_CHANGED = "gateway-away", "broker-away", "config-changed"
CONFIG = "config/"
"""Of the names under which the configuration is stored that each gateway had last, by its hash."""

HASH_SHOWN = 8


class Shelf(Protocol):
    async def keep(self, state: Mapping[str, bytes | None]) -> None:
        """Store values by name (None: gone). Raises `GatewayError`."""

    async def note(self, who: str, what: str, detail: str) -> None:
        """Record an act. Raises `GatewayError`."""


class FleetAlarms:
    """`states` are the stored values; `line` says how our line to the broker stands. Its targets are `SITE/GATEWAY`."""

    def __init__(
        self,
        estate: Estate,
        shelf: Shelf,
        states: Mapping[str, bytes],
        *,
        line: Callable[[], Standing],
        moment: Callable[[], Moment],
    ) -> None:
        self._moment = moment
        self._estate = estate
        self._shelf = shelf
        self._line = line
        self._alone = asyncio.Lock()
        self._absence = Absence()
        self._broker_since_s: float | None = None
        self._configs = {name.removeprefix(CONFIG): value for name, value in states.items() if name.startswith(CONFIG)}
        self._shown: dict[str, dict[str, Any]] = {}
        self.far = FarAlarms()
        self.ground = Ground(line_of={})
        self.clock = BusinessClock(states, self.now(), machine_boot())
        self.own: Alarms = alarms_of(states)
        self._show()

    # ------------------------------------------------------------------ for who tells people

    @property
    def alarms(self) -> Alarms:
        """Its own alarms, and those of all gateways by `SITE/GATEWAY/TARGET:WORD`."""
        now = self.now()
        clocks_ms = {name: shed.clock_ms(now.mono_s, now.ts_ms) for name, shed in self._estate.sheds.items()}
        far = self.far.records(self._estate.sheds, clocks_ms, self.clock.now(now))
        return Alarms(records={**far, **self.own.records}, revision=self.own.revision)

    def now(self) -> Moment:
        return self._moment()

    async def append(self, entry: Entry) -> None:
        """Store what is kept beside an event, and take an alarm; what was told to whom is noted. `GatewayError`."""
        async with self._alone:
            turn = self._turn()
            if entry.kind is EventKind.ALARM:
                self._say(turn, entry.target, str(entry.body["alarm"]), str(entry.body.get("detail", "")),
                          holds=entry.body.get("active") is not False)  # fmt: skip
            await self._commit(turn, entry.state)
        if entry.kind is EventKind.GATEWAY:
            said = (str(entry.body.get(name, "")) for name in ("receiver", "notice", "detail"))
            await self._shelf.note(HERE, str(entry.body.get("what", "")), " ".join(filter(None, said)))

    # ------------------------------------------------------------------ time

    async def run(self) -> None:
        """Look again and again who is there."""
        while True:
            with contextlib.suppress(GatewayError):  # a store that refuses says so elsewhere: the same is seen again
                await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Raise and clear what can be seen by now. Raises `GatewayError` where that cannot be stored."""
        now_s, line = self.now().mono_s, self._line()
        is_up = line.state == "online"
        self._broker_since_s = None if is_up else self._broker_since_s or now_s
        standings = {name: shed.standing(now_s) for name, shed in self._estate.sheds.items()}
        away = self._absence.look(standings, line.since_s if is_up else None, now_s)
        async with self._alone:
            turn = self._turn()
            for name in self._estate.sheds:
                self._say(turn, name, GATEWAY_AWAY, "", holds=name in away)
            lost = self._broker_since_s is not None and now_s - self._broker_since_s >= AWAY_S
            if is_up or lost:
                self._say(turn, WHOLE, BROKER_AWAY, f"{line.where} {line.reason}".strip(), holds=lost)
            turn.tick()
            configs = self._compare(turn)
            await self._commit(turn, {f"{CONFIG}{name}": value for name, value in configs.items()})
            self._configs |= configs

    def _compare(self, turn: Turn) -> dict[str, bytes]:
        """Return the configurations that are new; one that is another than before is told."""
        found = {name: shed.config_hash.encode() for name, shed in self._estate.sheds.items() if shed.config_hash}
        fresh = {name: value for name, value in found.items() if self._configs.get(name) != value}
        for name, value in fresh.items():
            if name in self._configs:
                before, now = (each.decode()[:HASH_SHOWN] for each in (self._configs[name], value))
                turn.raised(name, CONFIG_CHANGED, f"{before} → {now}")
        return fresh

    # ------------------------------------------------------------------ from people

    def record(self, target: str, word: str) -> Record | None:
        """Return one of its own alarms; None where it never was."""
        return self.own.records.get(key_of(target, word))

    async def work(self, command: Command) -> NotDone | None:
        """Do what a command wants of one of its own alarms; return why not. Raises `GatewayError`."""
        async with self._alone:
            turn, word = self._turn(), str(command.args["alarm"])
            event = wanted(command, self.record(command.target, word), turn.now)
            if isinstance(event, NotDone):
                return event
            turn.happen(command.target, word, event)
            await self._commit(turn, {})
            return None

    # ------------------------------------------------------------------ inside

    def _turn(self) -> Turn:
        return Turn(self.own, self.ground, self.clock.now(self.now()))

    def _say(self, turn: Turn, target: str, word: str, detail: str, *, holds: bool) -> None:
        known = turn.record(key_of(target, word))
        is_known = known is not None and known.incident.active
        if holds and not is_known:
            turn.raised(target, word, detail)
        elif is_known and not holds:
            turn.cleared(target, word)

    async def _commit(self, turn: Turn, beside: Mapping[str, bytes | None]) -> None:
        """Store a turn with what is kept beside it; then it counts."""
        state = {**turn.state(), **beside}
        if not state:
            return
        await self._shelf.keep({**state, CLOCK: self.clock.to_bytes(self.now())})
        self.own = turn.after()
        self._show()

    def _show(self) -> None:
        """Show its own alarms among those of the gateways that they are about."""
        shown: dict[str, dict[str, Any]] = {}
        beside: dict[str, dict[str, dict[str, Any]]] = {}
        for each in alarm_list(self.own, self.ground, self.clock.now(self.now())).alarms:
            said = each.model_dump()
            document = {"detail": ""} | {name: said[name] for name in SHOWN if said[name] not in EMPTY}
            if each.target == WHOLE:
                shown[f"a/{HERE}/{WHOLE}:{each.alarm}"] = document
            else:
                beside.setdefault(each.target, {})[f"a/{each.target}/{WHOLE}:{each.alarm}"] = document
        for key in self._shown.keys() - shown.keys():
            self._estate.put(key, None)
        for key, document in shown.items():
            self._estate.put(key, document)
        self._shown = shown
        for name in self._estate.sheds:
            self._estate.put_beside(name, beside.get(name, {}))
