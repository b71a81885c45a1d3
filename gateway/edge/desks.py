"""The desks of a site as one: field's link and the cloud come here, and each desk gets what is its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.edge.alarming.saying import TO_ALARMS
from gateway.edge.pushed import PUSHED
from gateway.edge.trading.desk import TRADING
from gateway.model.command import CommandKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.edge.acting import ActDesk
    from gateway.edge.alarming.desk import AlarmDesk
    from gateway.edge.charging.desk import ChargingDesk
    from gateway.edge.link import Heard
    from gateway.edge.pushed import PushedDesk
    from gateway.edge.trading.desk import TradingDesk
    from gateway.model.command import Command, Outcome
    from gateway.model.event import Event
    from gateway.model.scan import Scan
    from gateway.wire.messages import Snapshot


class Desks:
    """One site. What the trading desk hears of field is stored by then: it decides in transactions of its own."""

    def __init__(
        self,
        charging: ChargingDesk,
        trading: TradingDesk,
        pushed: PushedDesk,
        acts: ActDesk,
        alarms: AlarmDesk | None = None,
    ) -> None:
        self._charging = charging
        self._trading = trading
        self._pushed = pushed
        self._acts = acts
        self._alarms = alarms

    async def seen(self, command_id: str) -> Outcome | None:
        """Return what became of a command of this id; None where it is new."""
        return await self._charging.seen(command_id)

    async def submit(self, command: Command) -> Outcome:
        """Take a command; later outcomes come as events. Raises `GatewayError` when it cannot be recorded."""
        if command.kind in PUSHED:
            return await self._pushed.submit(command)
        if command.kind is CommandKind.ACT:
            return await self._acts.submit(command)
        if self._alarms is not None and command.kind in TO_ALARMS:
            return await self._alarms.submit(command)
        if self._alarms is not None and command.kind is CommandKind.RESET:
            self._alarms.resetting(command)
        is_trade = command.kind in TRADING or (
            command.kind is CommandKind.SETTLED_ACK and self._trading.knows(str(command.args.get("order_id", "")))
        )
        desk = self._trading if is_trade else self._charging
        return await desk.submit(command)

    def means(self, event: Event) -> Sequence[tuple[str, object]]:
        """Return what an event means to which charge, before the book has taken it."""
        return self._charging.means(event)

    async def store(self, heard: Sequence[Heard]) -> None:
        """Store events with what they mean. Raises `GatewayError`: nothing is stored, and nothing has happened."""
        closed = [(self._acts.closed(entry), happened) for entry, happened in heard]
        await self._charging.store(closed)
        for entry, _ in closed:
            self._acts.stored(entry)
        self._trading.heard(entry for entry, _ in closed)

    def scanned(self, scan: Scan) -> None:
        """Take a scan."""
        self._charging.scanned(scan)
        self._trading.scanned(scan)

    async def meet(self, snapshot: Snapshot) -> None:
        """Field has come: bring both sides together."""
        await self._charging.meet(snapshot)
        if self._alarms is not None:
            await self._alarms.met(snapshot.alarms)
