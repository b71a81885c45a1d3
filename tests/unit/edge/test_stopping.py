"""What is recorded of who cuts off."""

from __future__ import annotations

import pytest

from gateway.edge.charging.stopping import pressed
from gateway.model.command import Command, CommandKind, Origin


@pytest.mark.parametrize(
    ("kind", "args", "detail"),
    [
        (CommandKind.SAFETY_OFF, {"by": "Li"}, "p/a"),
        (CommandKind.SAFETY_OFF, {"by": "Li", "why": "smoke"}, "p/a smoke"),
        (CommandKind.STOP, {"by": "Li", "order_id": "o-1", "why": "asked to"}, "p/a o-1 asked to"),
    ],
)
def test_who_what_and_why_are_on_record(kind: CommandKind, args: dict[str, object], detail: str) -> None:
    command = Command(id="c-1", kind=kind, target="p/a", origin=Origin.CLOUD, args=args)
    assert pressed(command) == {"what": kind.value, "by": "Li", "detail": detail}


def test_what_a_program_cuts_off_is_nobody_s() -> None:
    command = Command(id="c-1", kind=CommandKind.STOP, target="p/a", origin=Origin.CLOUD, args={"order_id": "o-1"})
    assert pressed(command) is None
