"""Commands from the cloud to the desk, and their outcomes back. Deciding is `judge`'s; this only carries."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from gateway.model.command import CommandKind, Outcome
from gateway.model.errors import GatewayError
from gateway.uplink.answer import answer
from gateway.uplink.judge import Accepted, Arrived, judge
from gateway.uplink.replay import REPLAYS_WAITING, Replay
from gateway.uplink.topic import Authority

if TYPE_CHECKING:
    from collections import deque
    from typing import Any

    from gateway.model.command import Command
    from gateway.uplink.answer import Publish
    from gateway.uplink.standing import Standing
    from gateway.uplink.topic import Topics

WAITING_EACH = 32


class Desk(Protocol):
    """Who carries commands out, and remembers durably that it did."""

    async def seen(self, command_id: str) -> Outcome | None:
        """Return what became of a command of this id; None where it is new."""

    async def submit(self, command: Command) -> Outcome:
        """Take a command; later outcomes come as events. Raises `GatewayError` when it cannot be recorded."""


class Downlink:
    """One connection's commands. Each authority has a queue of its own, so that a safety-off waits for nothing else."""

    def __init__(
        self,
        *,
        topics: Topics,
        desk: Desk,
        replays: deque[Replay],
        publish: Publish,
        session: str,
        standing: Standing,
    ) -> None:
        self._topics = topics
        self._desk = desk
        self._replays = replays
        self._publish = publish
        self._session = session
        self._standing = standing
        self._queues: dict[Authority, asyncio.Queue[Arrived]] = {
            authority: asyncio.Queue(WAITING_EACH) for authority in Authority
        }
        self._running: set[str] = set()

    def offer(self, topic: str, payload: bytes, *, retained: bool) -> None:
        """Take a message; when too many wait it is dropped and counted, and its sender sees no outcome."""
        authority = self._topics.commands.get(topic)
        if authority is None:
            return
        self._standing.commands += 1
        try:
            self._queues[authority].put_nowait(Arrived(authority=authority, payload=payload, retained=retained))
        except asyncio.QueueFull:
            self._standing.dropped_commands += 1

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for queue in self._queues.values():
                tasks.create_task(self._work(queue))

    async def _work(self, queue: asyncio.Queue[Arrived]) -> None:
        while True:
            await self._handle(await queue.get())

    async def _handle(self, arrived: Arrived) -> None:
        now_s = asyncio.get_running_loop().time()
        verdict = judge(arrived, topics=self._topics, session=self._session, now_s=now_s)
        if isinstance(verdict, Outcome):
            await self._tell(verdict, None)
            return
        command_id = verdict.command.id
        if command_id in self._running:
            return  # the first of the two is answered
        self._running.add(command_id)
        try:
            outcome = await self._outcome(verdict)
            await self._tell(outcome, verdict.reply_to)
            if verdict.command.kind is CommandKind.REPLAY and outcome.state == "accepted":
                args: dict[str, Any] = dict(verdict.command.args)
                self._replays.append(Replay(**args, id=outcome.id, reply_to=verdict.reply_to))
        finally:
            self._running.discard(command_id)

    async def _outcome(self, accepted: Accepted) -> Outcome:
        command = accepted.command
        try:
            if command.kind is CommandKind.REPLAY:
                return self._replay(command)
            return await self._desk.seen(command.id) or await self._desk.submit(command)
        except GatewayError as error:
            return Outcome(id=command.id, state="failed", reason="not-recorded", detail=str(error))

    def _replay(self, command: Command) -> Outcome:
        """Asking twice is sending twice, so it needs no memory. It begins once it is known to be accepted."""
        if len(self._replays) >= REPLAYS_WAITING:
            return Outcome(id=command.id, state="refused", reason="busy", detail="other replays are under way")
        return Outcome(id=command.id, state="accepted")

    async def _tell(self, outcome: Outcome, reply_to: str | None) -> None:
        session = self._session if outcome.reason == "stale-session" else None
        await answer(self._publish, self._topics, outcome, reply_to, session)
