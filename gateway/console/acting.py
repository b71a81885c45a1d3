"""The routes of those who act: every wish goes the way of the cloud's commands, and is answered with how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Protocol

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from gateway.console.access.guard import Operator  # noqa: TC001 - read by FastAPI
from gateway.console.access.signing import Said
from gateway.console.commanded import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from gateway.model.command import Outcome

Kind = Literal["stop", "safety-off", "reset", "read-now"]
NAME = r"[a-z0-9-]{1,64}"


class Wanted(Said):
    """A wish. The same `id` is the same wish, however often it is sent."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{8,64}$")]
    gateway: Annotated[str, Field(pattern=rf"^{NAME}/{NAME}$", description="SITE/GATEWAY")]
    kind: Kind
    target: Annotated[str, Field(pattern=rf"^(\*|{NAME}(/{NAME})?)$", description="`*`, device or device/outlet")]
    order_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{0,64}$", description="of a stop: whose charge")] = ""
    reason: Annotated[str, Field(max_length=200, description="of a reset: why it is safe now")] = ""


class Stands(BaseModel):
    """How a wish stands at once; what is measured later stands in its document."""

    id: str
    standing: str
    reason: str = ""
    detail: str = ""


class Wishes(Protocol):
    """What was asked of gateways, and how each wish stands."""

    def find(self, command_id: str) -> Mapping[str, Any] | None:
        """Return how a wish stands; None where it was not made here."""

    def ask(self, asked: Asked, now_ms: int) -> None:
        """Show that something is asked."""

    def told(self, outcome: Mapping[str, Any]) -> None:
        """Take an outcome."""


class Hands(Protocol):
    """Who carries wishes out, here or far away."""

    async def act(self, asked: Asked) -> Outcome | None:
        """Return what became of it so far, recorded with who has asked; None for a gateway that is not known."""


def acting(commanded: Wishes, hands: Hands, now_ms: Callable[[], int]) -> APIRouter:
    """Return the routes. `now_ms` is the clock of the gateway that reads."""
    router = APIRouter(prefix="/api", tags=["acting"])

    @router.post(
        "/commands",
        status_code=202,
        summary="Stop, open, reset or read now; what becomes of it stands in the document `k/…`",
        responses={400: {"description": "An order or a reason is missing."}},
    )
    async def command(wanted: Wanted, who: Operator) -> Stands:
        if missing := _missing(wanted):
            raise HTTPException(400, missing)
        if commanded.find(wanted.id) is None:
            asked = Asked(
                id=wanted.id,
                gateway=wanted.gateway,
                kind=wanted.kind,
                target=wanted.target,
                by=who.name,
                order_id=wanted.order_id,
                why=wanted.reason.strip(),
            )
            commanded.ask(asked, now_ms())
            outcome = await hands.act(asked)
            refused = {"state": "refused", "reason": "unknown-gateway"}
            told = refused if outcome is None else _said(outcome)
            commanded.told(told | {"id": wanted.id})
        known = commanded.find(wanted.id) or {"standing": "failed", "reason": "too-many"}
        return Stands(
            id=wanted.id,
            standing=known["standing"],
            reason=known.get("reason", ""),
            detail=known.get("detail", ""),
        )

    return router


def _missing(wanted: Wanted) -> str:
    """Return what a wish lacks, as a word; empty: nothing."""
    if wanted.kind == "stop" and not (wanted.order_id and "/" in wanted.target):
        return "order-missing"
    if wanted.kind == "reset" and not wanted.reason.strip():
        return "reason-missing"
    return ""


def _said(outcome: Outcome) -> dict[str, str]:
    return {"state": outcome.state, "reason": outcome.reason, "detail": outcome.detail}
