"""The routes of accounts, for installers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import BaseModel

from gateway.console.access.guard import Installer  # noqa: TC001 - read by FastAPI
from gateway.console.access.roles import Role
from gateway.console.access.signing import WORDS, Name, Password, RoleWord, Said, or_say

if TYPE_CHECKING:
    from gateway.console.access.keeper import Keeper


class NewAccount(Said):
    name: Name
    password: Password
    role: RoleWord


class OtherAccount(Said):
    """What is left out stays as it is."""

    password: Password | None = None
    role: RoleWord | None = None


class AccountShown(BaseModel):
    name: str
    role: RoleWord


def staff(keeper: Keeper) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api", tags=["access"])

    @router.get("/accounts", summary="Who has an account")
    async def accounts(_who: Installer) -> list[AccountShown]:
        return [AccountShown(name=name, role=WORDS[role]) for name, role in sorted(keeper.names().items())]

    @router.post("/accounts", status_code=204, summary="Make an account")
    async def add(said: NewAccount, who: Installer) -> None:
        await or_say(keeper.add(who, said.name, said.password, Role[said.role.upper()]))

    @router.patch("/accounts/{name}", status_code=204, summary="Change a password or a role; its sessions end")
    async def change(name: str, said: OtherAccount, who: Installer) -> None:
        role = None if said.role is None else Role[said.role.upper()]
        await or_say(keeper.change(who, name, password=said.password, role=role))

    @router.delete("/accounts/{name}", status_code=204, summary="End an account; its sessions end")
    async def remove(name: str, who: Installer) -> None:
        await or_say(keeper.remove(who, name))

    return router
