"""The fleet console's routes: each needs a role, as those of the local console do, and the same rows come from both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.routing import APIRoute

from gateway.app.fleet import FleetConsole
from gateway.console.access.roles import Role
from gateway.model.site import ConsoleSetup, MqttUplink
from tests.unit.console.access.test_matrix import OPEN, flat, role_of
from tests.unit.fleet.told import ZONE

if TYPE_CHECKING:
    from pathlib import Path

ACTS = {
    ("POST", "/api/commands"): Role.OPERATOR,
    ("POST", "/api/alarms/seen"): Role.OPERATOR,
    ("POST", "/api/alarms/shelf"): Role.OPERATOR,
    ("POST", "/api/alarms/service"): Role.INSTALLER,
    ("GET", "/api/order-table"): Role.OPERATOR,
}
LOOKS = ("orders", "stories", "outlets", "shed-days", "history", "reconciliation", "snapshot", "stream")


def test_every_route_of_the_fleet_needs_a_role_but_those_that_are_for_everybody(tmp_path: Path) -> None:
    console = FleetConsole(
        MqttUplink(host="127.0.0.1", port=9, prefix="gw/"), ConsoleSetup(port=8801), tmp_path, ZONE
    )  # nobody answers there, and nobody is asked
    found = {
        (method, route.path): role_of(route) if isinstance(route, APIRoute) else None
        for route in flat(console._app({"fleet"}).routes)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert {name for name, role in found.items() if role is None} == OPEN
    assert {name: found[name] for name in ACTS} == ACTS
    assert {found["GET", f"/api/{name}"] for name in LOOKS} == {Role.VIEWER}
    console._ledger.close()
    console._store.close()
