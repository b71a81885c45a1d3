"""The routes of signing in and out, and of the first set-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.console.access.keeper import Refused
from gateway.console.access.password import LONGEST
from gateway.console.access.roles import Role, Who
from gateway.console.access.sessions import LONGEST_S
from gateway.model.errors import GatewayError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from gateway.console.access.keeper import Keeper

RoleWord = Literal["viewer", "operator", "installer"]
COOKIE = "gateway-session"
WORDS: dict[Role, RoleWord] = {Role.VIEWER: "viewer", Role.OPERATOR: "operator", Role.INSTALLER: "installer"}
T = TypeVar("T")

Name = Annotated[str, Field(min_length=1, max_length=64)]
Password = Annotated[str, Field(min_length=1, max_length=LONGEST)]


class Said(BaseModel):
    """What is sent to us: these fields and no others."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SignIn(Said):
    """With name and password, or with a ticket that was handed out on the box."""

    name: Name | None = None
    password: Password | None = None
    ticket: Annotated[str, Field(min_length=16, max_length=64)] | None = None


class SetUp(Said):
    """The first account. `code` is shown on the box."""

    code: Annotated[str, Field(min_length=4, max_length=32)]
    name: Name
    password: Password


class Me(BaseModel):
    """Who asks. `can_set_up`: a set-up code is armed on the box; `has_accounts`: somebody can sign in.

    `timezone`: by which the pages write every time, as in the tz database.
    """

    name: str = ""
    role: str = ""
    has_accounts: bool
    can_set_up: bool
    timezone: str


def signing(keeper: Keeper, timezone: str) -> APIRouter:
    """Return the routes; times are shown by `timezone`."""
    router = APIRouter(prefix="/api", tags=["access"])

    def let_in(request: Request, response: Response, token: str) -> None:
        is_secure = request.url.scheme == "https"  # then the cookie goes no other way
        response.set_cookie(
            COOKIE, token, max_age=round(LONGEST_S), httponly=True, samesite="strict", secure=is_secure, path="/"
        )

    @router.get("/me", summary="Who you are")
    async def me(request: Request) -> Me:
        who = getattr(request.state, "who", None)
        known = {"name": who.name, "role": who.role.name.lower()} if isinstance(who, Who) else {}
        return Me(has_accounts=keeper.has_accounts, can_set_up=keeper.is_armed, timezone=timezone, **known)

    @router.post("/session", status_code=204, summary="Sign in")
    async def sign_in(said: SignIn, request: Request, response: Response) -> None:
        if said.ticket is not None:
            let_in(request, response, await or_say(keeper.show_ticket(said.ticket, _address(request))))
        elif said.name is not None and said.password is not None:
            let_in(request, response, await or_say(keeper.sign_in(said.name, said.password, _address(request))))
        else:
            raise HTTPException(422, "name-and-password")

    @router.delete("/session", status_code=204, summary="Sign out")
    async def sign_out(request: Request, response: Response) -> None:
        await keeper.sign_out(request.cookies.get(COOKIE, ""))
        response.delete_cookie(COOKIE, path="/")

    @router.post("/set-up", status_code=204, summary="Make the first account, with the code shown on the box")
    async def set_up(said: SetUp, request: Request, response: Response) -> None:
        let_in(request, response, await or_say(keeper.set_up(said.code, said.name, said.password, _address(request))))

    return router


async def or_say(doing: Awaitable[T]) -> T:
    """Return what was done. Raises `HTTPException` with the word of a refusal."""
    try:
        return await doing
    except Refused as refused:
        raise HTTPException(refused.status, refused.word) from None
    except GatewayError as error:  # what cannot be recorded is not done
        raise HTTPException(503, f"not-recorded: {error}") from None


def _address(request: Request) -> str:
    return "" if request.client is None else request.client.host
