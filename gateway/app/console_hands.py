"""What is asked in the local console, on the way that the cloud's commands go: recorded, and known by its id.

Who cuts off is recorded by the desk that takes the command, as that of the fleet's consoles is.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from gateway.model.command import Command, CommandKind, Origin, Outcome
from gateway.model.errors import GatewayError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from gateway.console.commanded import Asked

OPENS = frozenset({CommandKind.STOP, CommandKind.SAFETY_OFF})
"""What opens waits for no record."""

EXPIRES_S = 10.0
NOT_RECORDED = "not-recorded"


class Desk(Protocol):
    """Edge's desks."""

    async def seen(self, command_id: str) -> Outcome | None:
        """Return what became of a command of this id; None where it is new."""

    async def submit(self, command: Command) -> Outcome:
        """Take a command. Raises `GatewayError` when it cannot be recorded."""


class Audit(Protocol):
    async def note(self, who: str, what: str, detail: str) -> None:
        """Record an act. Raises `GatewayError`."""


class LocalHands:
    """The hands of one gateway's own console. `name` is `SITE/GATEWAY`; `now_s` the clock of expiries."""

    def __init__(self, name: str, desk: Desk, audit: Audit, now_s: Callable[[], float]) -> None:
        self._name = name
        self._desk = desk
        self._audit = audit
        self._now_s = now_s
        self._still_to_do: set[asyncio.Task[None]] = set()

    async def act(self, asked: Asked) -> Outcome | None:
        """Carry out a wish; what opens is sent even where nothing can be recorded, and says so."""
        if asked.gateway != self._name:
            return None
        command = self._command(asked)
        if command.kind in OPENS:
            return await self._open(asked, command)
        try:
            known = await self._desk.seen(command.id)
            if known is not None:
                return known
            await self._note(asked)
            outcome = await self._desk.submit(command)
        except GatewayError as error:
            return Outcome(id=asked.id, state="failed", reason=NOT_RECORDED, detail=str(error))
        if command.kind is not CommandKind.READ_NOW:
            self._later(self._read(asked))
        return outcome

    async def _open(self, asked: Asked, command: Command) -> Outcome:
        try:
            known = await self._desk.seen(command.id)
        except GatewayError:
            known = None
        if known is not None:
            return known
        try:
            return await self._desk.submit(command)
        except GatewayError as error:  # field has it by now: what opens leaves first
            return Outcome(id=asked.id, state="accepted", reason=NOT_RECORDED, detail=str(error))
        finally:
            self._later(self._read(asked))

    def _command(self, asked: Asked) -> Command:
        """Return it as the cloud would say it: a stop must name its order, and all but what opens expires."""
        kind = CommandKind(asked.kind)
        args: dict[str, object] = {} if kind is CommandKind.READ_NOW else {"by": asked.by}
        if kind in OPENS and asked.why:
            args["why"] = asked.why
        if kind is CommandKind.STOP:
            args["order_id"] = asked.order_id
        elif kind is CommandKind.RESET:
            args["reason"] = asked.why
        expires_s = None if kind in OPENS else self._now_s() + EXPIRES_S
        return Command(id=asked.id, kind=kind, target=asked.target, origin=Origin.CLOUD, args=args, expires_s=expires_s)

    async def _note(self, asked: Asked) -> None:
        parts = (asked.target, asked.order_id, asked.why)
        await self._audit.note(asked.by, asked.kind, " ".join(part for part in parts if part))

    async def _read(self, asked: Asked) -> None:
        """Have what was switched read at once: only a reading confirms it."""
        reading = replace(asked, id=f"{asked.id[:58]}-read", kind=CommandKind.READ_NOW.value)
        await self._desk.submit(self._command(reading))

    def _later(self, act: Coroutine[object, object, None]) -> None:
        """Do what nobody waits for; a log that refuses it has been told elsewhere."""
        doing = asyncio.create_task(_if_possible(act))
        self._still_to_do.add(doing)
        doing.add_done_callback(self._still_to_do.discard)


async def _if_possible(act: Coroutine[object, object, None]) -> None:
    with contextlib.suppress(GatewayError):
        await act
