"""The console answers as its own OpenAPI document says, whatever it is asked: no 500, no status or shape unsaid."""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from gateway.console.access.roles import Role, Who
from gateway.console.acting import acting
from gateway.console.alarms import alarming
from gateway.console.commanded import Commanded
from gateway.console.finding import finding
from gateway.console.frames import frames
from gateway.console.history import history
from gateway.console.live import Live
from gateway.console.looking import looking
from gateway.console.machines import machines
from gateway.console.orders import orders
from gateway.console.records import records
from gateway.console.server import console
from gateway.console.workings import workings
from tests.depth import sample
from tests.unit.console.access.porter import Porter, cheap_passwords
from tests.unit.console.test_alarms import Works
from tests.unit.console.test_pages_routes import Idle, Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from schemathesis import Case

EACH, EACH_DEEP = 4, 60
ENDLESS = ("/api/stream",)
ME = Who(name="ines", role=Role.INSTALLER)


class Working(Idle):
    """A gateway that knows its own site file."""

    async def configuration(self) -> dict[str, Any]:
        return {"file": "site.yaml", "text": ""}


class Desk(Shelf):
    """An order book that can write either kind of table."""

    async def table(self, day: date, gateway: str, *, is_xlsx: bool) -> bytes:
        return f"{day} {gateway} {is_xlsx}".encode()


class Nothing:
    """What passes on no line, and no trip."""

    def look(self, name: str, after: int) -> dict[str, Any] | None:
        return {"frames": [], "last": after, "dropped": 0} if name == "line-1" else None

    def kept(self, name: str) -> Sequence[Mapping[str, Any]] | None:
        return [] if name == "line-1" else None

    async def trip(self, trip_id: str) -> dict[str, Any] | None:
        return {"ts": 1, "device": "pile-01"} if trip_id < "m" else None


@pytest.fixture
def operations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    if importlib.util.find_spec("schemathesis") is None:
        (pytest.fail if os.environ.get("GATEWAY_REQUIRE_REAL") else pytest.skip)("schemathesis is not installed")
    import schemathesis  # noqa: PLC0415 - where it is missing this test is skipped
    from schemathesis.core.result import Ok  # noqa: PLC0415 - as above

    cheap_passwords(monkeypatch)
    porter = Porter(tmp_path)
    monkeypatch.setattr(porter.keeper, "who", lambda _token: ME)
    live = Live(porter.picture, lambda: None, lambda: 0)
    app = console(
        [
            looking(live), acting(Commanded(porter.picture), porter, lambda: 0), finding(porter), history(porter),
            machines(porter.scrape), orders(Desk()), workings(Working()), alarming(Works()), frames(Nothing()),
            records(Nothing()),
        ],
        porter.keeper,
        timezone="UTC",
        names={"testserver"},
    )  # fmt: skip
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app)
    return [operation.ok() for operation in schema.get_all_operations() if isinstance(operation, Ok)]


def test_every_answer_is_one_that_the_openapi_document_says(operations: list[Any]) -> None:
    assert len(operations) > 20
    found = [
        complaint for operation in operations if operation.path not in ENDLESS for complaint in complaints(operation)
    ]
    assert found == [], "\n".join(found)


def complaints(operation: Any) -> Iterator[str]:
    """Ask for one operation in every way that the document allows, and in some that it does not.

    That what is allowed is also done is not asked: what makes a good password or a known name is in no schema.
    """
    from schemathesis.checks import CHECKS  # noqa: PLC0415 - as above

    beyond: list[Any] = [CHECKS.get_one("positive_data_acceptance")]

    @settings(max_examples=sample(EACH, deep=EACH_DEEP), suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def ask(case: Case[Any]) -> None:
        case.call_and_validate(excluded_checks=beyond)

    try:
        ask()
    except BaseExceptionGroup as group:  # that is how it reports
        yield from (f"{operation.label}: {error}" for error in group.exceptions)
