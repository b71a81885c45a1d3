"""What is always there to be seen: status, inventory, states; and the echo that proves that the line carries."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from gateway.uplink.connection import ConnectionEnded
from gateway.uplink.message import Status
from gateway.uplink.schedule import Schedule
from gateway.uplink.standing import Down

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.uplink.alarms import AlarmList
    from gateway.uplink.answer import Publish
    from gateway.uplink.inventory import Inventory
    from gateway.uplink.message import DeviceState
    from gateway.uplink.settings import MqttPace
    from gateway.uplink.topic import Topics

LOOK_S = 1.0
_AT_ONCE = 16


class Board(Protocol):
    """How everything stands. A revision changes with what must be told at once: state, order, latch, link."""

    @property
    def version(self) -> str: ...
    @property
    def config_hash(self) -> str: ...
    def revisions(self) -> Mapping[str, int]: ...
    def state(self, device: str) -> DeviceState: ...
    def inventory_revision(self) -> int: ...
    def inventory(self) -> Inventory: ...
    def alarms_revision(self) -> object: ...
    def alarms(self) -> AlarmList: ...


class Presence:
    """One connection's presence, under its session."""

    def __init__(
        self, *, pace: MqttPace, topics: Topics, board: Board, session: str, wall_ms: Callable[[], int]
    ) -> None:
        self._pace = pace
        self._topics = topics
        self._board = board
        self._session = session
        self._wall_ms = wall_ms
        self._schedule = Schedule()
        self._told_inventory: int | None = None
        self._told_alarms: object = None
        self._echoed_s = 0.0

    def will(self) -> bytes:
        """Return what the broker says when the connection ends without a word, at a time that nobody knows yet."""
        return Status(state="offline", session=self._session).model_dump_json(exclude_none=True).encode()

    def status(self, *, online: bool) -> bytes:
        return (
            Status(
                state="online" if online else "offline",
                session=self._session,
                ts=self._wall_ms(),
                version=self._board.version,
                config_hash=self._board.config_hash,
            )
            .model_dump_json()
            .encode()
        )

    async def be_born(self, publish: Publish) -> None:
        """Say that the gateway is there, and with what."""
        await publish(self._topics.status, self.status(online=True), retain=True)
        await self._look(publish)

    async def run(self, publish: Publish) -> None:
        """Keep the retained topics current."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self._look(publish)

    async def _look(self, publish: Publish) -> None:
        inventory = self._board.inventory_revision()
        if inventory != self._told_inventory:
            await publish(self._topics.inventory, self._board.inventory().model_dump_json().encode(), retain=True)
            self._told_inventory = inventory
        alarms = self._board.alarms_revision()
        if alarms != self._told_alarms:
            await publish(self._topics.alarms, self._board.alarms().model_dump_json().encode(), retain=True)
            self._told_alarms = alarms
        now_s = asyncio.get_running_loop().time()
        revisions = self._board.revisions()
        due = self._schedule.due(revisions, now_s)
        for first in range(0, len(due), _AT_ONCE):
            devices = due[first : first + _AT_ONCE]
            await asyncio.gather(*(self._tell_state(device, publish) for device in devices))
            for device in devices:
                self._schedule.sent(device, revisions[device], now_s)

    async def _tell_state(self, device: str, publish: Publish) -> None:
        payload = self._board.state(device).model_dump_json(exclude_none=True).encode()
        await publish(self._topics.state(device), payload, retain=True)

    # ------------------------------------------------------------------ echo

    def heard(self, payload: bytes) -> None:
        """Take an echo; one of an earlier session proves nothing."""
        if payload == self._session.encode():
            self._echoed_s = asyncio.get_running_loop().time()

    async def call(self, publish_lightly: Publish) -> None:
        """Call and listen. Raises `ConnectionEnded` when the own voice has not come back for too long."""
        loop = asyncio.get_running_loop()
        self._echoed_s = loop.time()
        while True:
            await publish_lightly(self._topics.echo, self._session.encode())
            await asyncio.sleep(self._pace.echo_s)
            silent_s = loop.time() - self._echoed_s
            if silent_s > self._pace.echo_limit_s:
                said = f"the broker has not returned our own echo for {silent_s:.0f} s"
                raise ConnectionEnded(said, Down.NO_ECHO, f"{silent_s:.0f}")
