"""The uplinks of one site, each a consumer of the log. A composition root: it decides nothing."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Protocol

from gateway.app.clock import wall_ms
from gateway.app.life import new_id
from gateway.app.logbook import LogSource
from gateway.store.record import Stream
from gateway.uplink.settings import Identity

if TYPE_CHECKING:
    from gateway.app.logbook import Logbook
    from gateway.model.site import InfluxUplink, MqttUplink, Site
    from gateway.store.log import Log
    from gateway.uplink.downlink import Desk
    from gateway.uplink.presence import Board
    from gateway.uplink.standing import Standing


class Uplink(Protocol):
    """What runs beside the link to field."""

    standing: Standing

    async def run(self) -> None: ...


class Uplinks:
    """What a site file asks for, by name; none before `make`."""

    def __init__(self, site: Site, log: Log, logbook: Logbook, *, board: Board, desk: Desk) -> None:
        self._site = site
        self._log = log
        self._logbook = logbook
        self._board = board
        self._desk = desk
        self._identity = Identity(site=site.name, gateway=site.gateway)
        self.running: dict[str, Uplink] = {}

    @property
    def is_cloud_there(self) -> bool:
        """Whether commands can come; true where none are to be expected."""
        mqtt = self.running.get("mqtt")
        return mqtt is None or mqtt.standing.state == "online"

    async def make(self) -> None:
        """Make them, and tell the log who reads it. Raises `GatewayError`."""
        for name, wanted in (("mqtt", self._site.mqtt), ("influx", self._site.influx)):
            if wanted is None:
                await self._log.forget_consumer(name)
            else:
                await self._log.add_consumer(name)
        if self._site.mqtt is not None:
            self.running["mqtt"] = self._mqtt(self._site.mqtt)
        if self._site.influx is not None:
            self.running["influx"] = self._influx(self._site.influx)

    async def are_drained(self) -> bool:
        """Return whether everything that is logged has been delivered."""
        standing = await self._log.standing()
        heads = {Stream.EVENT: standing.last_event_seq, Stream.READING: standing.last_reading_seq}
        return all(of.get(stream, 0) >= head for of in standing.offsets.values() for stream, head in heads.items())

    def _mqtt(self, target: MqttUplink) -> Uplink:
        from gateway.uplink.mqtt import MqttConsumer  # noqa: PLC0415 - loaded only where it is wanted

        return MqttConsumer(
            target=target,
            identity=self._identity,
            source=LogSource(self._log, self._logbook, "mqtt"),
            board=self._board,
            desk=self._desk,
            nonce=new_id,
            chance=random.random,
            wall_ms=wall_ms,
        )

    def _influx(self, target: InfluxUplink) -> Uplink:
        from gateway.uplink.influx import InfluxConsumer  # noqa: PLC0415 - loaded only where it is wanted

        source = LogSource(self._log, self._logbook, "influx")
        return InfluxConsumer(target=target, identity=self._identity, source=source, chance=random.random)
