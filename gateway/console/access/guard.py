"""Every route says which role it needs, and is refused without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, HTTPException, Request

from gateway.console.access.roles import Role, Who

if TYPE_CHECKING:
    from collections.abc import Callable


def needs(role: Role) -> Callable[[Request], Who]:
    """Return the dependency of a route: who asks, where the role is enough. Raises `HTTPException` 401 and 403."""

    def check(request: Request) -> Who:
        who = getattr(request.state, "who", None)
        if not isinstance(who, Who):
            raise HTTPException(401, "sign-in")
        if who.role < role:
            raise HTTPException(403, f"needs-{role.name.lower()}")
        return who

    return check


Scraper = Annotated[Who, Depends(needs(Role.SCRAPER))]
Viewer = Annotated[Who, Depends(needs(Role.VIEWER))]
Operator = Annotated[Who, Depends(needs(Role.OPERATOR))]
Installer = Annotated[Who, Depends(needs(Role.INSTALLER))]
