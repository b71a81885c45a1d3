"""The routes of alarms: who has seen which, who does not want to hear of it until when, and what has happened to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, Protocol

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, Field

from gateway.console.access.guard import Installer, Operator, Viewer  # noqa: TC001 - read by FastAPI
from gateway.console.access.signing import Said
from gateway.model.errors import GatewayError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.console.access.roles import Who

GatewayName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}/[a-z0-9-]{1,64}$", description="site/gateway")]
TargetName = Annotated[str, Field(pattern=r"^(\*|[a-z0-9-]{1,64}(/[a-z0-9-]{1,64})?)$")]
Word = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")]
Why = Annotated[str, Field(min_length=1, max_length=200)]


class OneAlarm(Said):
    """Which alarm is meant."""

    gateway: GatewayName
    target: TargetName
    alarm: Word


class Seen(OneAlarm):
    """Somebody has seen it, or wants to hear of it again."""

    act: Literal["ack", "unshelve"]


class Shelve(OneAlarm):
    """Somebody does not want to hear of it for `for_s`."""

    reason: Why
    for_s: Annotated[int, Field(ge=60, le=86_400)]


class Service(OneAlarm):
    """It is taken out of service, or put back."""

    act: Literal["remove", "restore"]
    reason: Why


class Done(BaseModel):
    """What became of it: `done`, or `refused` with a word and a line."""

    state: str
    reason: str = ""
    detail: str = ""


class ActShown(BaseModel):
    """What happened to an alarm, and where somebody did it, who and why."""

    what: str
    ts: int
    state: str
    by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmWish:
    """What somebody wants of one alarm. `act` is ack, shelve, unshelve, remove or restore."""

    gateway: str
    target: str
    alarm: str
    act: str
    by: str
    reason: str = ""
    for_s: int = 0


class AlarmWorks(Protocol):
    """Who carries it out, and knows what happened."""

    async def work(self, wish: AlarmWish) -> Done:
        """Do it. Raises `GatewayError` when it cannot be recorded, `LookupError` for a gateway that is not known."""

    async def history(self, gateway: str, target: str, alarm: str) -> Sequence[ActShown]:
        """Return the last acts of an alarm, the oldest first. Raises `LookupError` as above."""


def alarming(works: AlarmWorks) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/alarms", tags=["alarms"])

    async def do(said: OneAlarm, who: Who, act: str, reason: str = "", for_s: int = 0) -> Done:
        wish = AlarmWish(
            gateway=said.gateway,
            target=said.target,
            alarm=said.alarm,
            act=act,
            by=who.name,
            reason=reason,
            for_s=for_s,
        )
        try:
            return await works.work(wish)
        except LookupError:
            raise HTTPException(404, "unknown-gateway") from None
        except GatewayError as error:
            raise HTTPException(503, "not-recorded") from error

    @router.post("/seen", summary="Acknowledge an alarm, or take it off its shelf")
    async def seen(said: Seen, who: Operator) -> Done:
        return await do(said, who, said.act)

    @router.post("/shelf", summary="Shelve an alarm for a while, with a reason")
    async def shelve(said: Shelve, who: Operator) -> Done:
        return await do(said, who, "shelve", said.reason, said.for_s)

    @router.post("/service", summary="Take an alarm out of service, or put it back, with a reason")
    async def service(said: Service, who: Installer) -> Done:
        return await do(said, who, said.act, said.reason)

    @router.get("/history", summary="What has happened to one alarm, the oldest first")
    async def history(
        _who: Viewer,
        gateway: Annotated[GatewayName, Query()],
        target: Annotated[TargetName, Query()],
        alarm: Annotated[Word, Query()],
    ) -> list[ActShown]:
        try:
            return list(await works.history(gateway, target, alarm))
        except LookupError:
            raise HTTPException(404, "unknown-gateway") from None

    return router
