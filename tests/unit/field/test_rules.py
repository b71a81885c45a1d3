from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.field.rules import Acting, Closing, refuse_acting, refuse_closing, refuse_command
from gateway.model.command import Command, CommandKind, Origin

ALLOWED = Closing(can_switch=True, state_known=True, in_sight=True, blocked_by=(), events_full=False, grant_refusal="")


def test_an_outlet_may_be_closed_when_nothing_speaks_against_it() -> None:
    assert refuse_closing(ALLOWED) == ""


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"can_switch": False}, "cannot-switch"),
        ({"state_known": False}, "state-unknown"),
        ({"in_sight": False}, "silent"),
        ({"blocked_by": ("latched", "door")}, "latched"),
        ({"events_full": True}, "event-ring-full"),
        ({"grant_refusal": "expired"}, "expired"),
    ],
)
def test_each_single_reason_keeps_an_outlet_open(change: dict[str, object], reason: str) -> None:
    assert refuse_closing(replace(ALLOWED, **change)) == reason  # type: ignore[arg-type] # a table of fields


@pytest.mark.parametrize(
    ("kind", "origin", "args", "expires_s", "running", "reason"),
    [
        (CommandKind.STOP, Origin.CLOUD, {"order_id": "a"}, None, "a", ""),
        (CommandKind.STOP, Origin.CLOUD, {"order_id": "b"}, None, "a", "order-mismatch"),
        (CommandKind.STOP, Origin.CLOUD, {}, None, "a", "order-mismatch"),
        (CommandKind.STOP, Origin.CLOUD, {"order_id": "a"}, None, None, "not-running"),
        (CommandKind.STOP, Origin.LOCAL, {}, None, "a", ""),
        (CommandKind.STOP, Origin.CLOUD, {"order_id": "a"}, 99.0, "a", ""),
        (CommandKind.SAFETY_OFF, Origin.CLOUD, {}, 99.0, None, ""),
        (CommandKind.RESET, Origin.LOCAL, {"reason": "replaced"}, None, None, ""),
        (CommandKind.RESET, Origin.LOCAL, {"reason": "  "}, None, None, "reason-missing"),
        (CommandKind.RESET, Origin.LOCAL, {"reason": "replaced"}, 99.0, None, "expired"),
        (CommandKind.READ_NOW, Origin.CLOUD, {}, 100.5, None, ""),
        (CommandKind.READ_NOW, Origin.CLOUD, {}, 100.0, None, "expired"),
    ],
)
def test_commands_are_judged(
    kind: CommandKind,
    origin: Origin,
    args: dict[str, object],
    expires_s: float | None,
    running: str | None,
    reason: str,
) -> None:
    command = Command(id="c", kind=kind, target="t", origin=origin, args=args, expires_s=expires_s)
    assert refuse_command(command, 100.0, running_order=running) == reason


def test_each_single_reason_keeps_something_from_acting() -> None:
    free = Acting(is_known=True, can_act=True, expires_s=100.5, in_sight=True, is_busy=False, events_full=False)
    changes: dict[str, dict[str, object]] = {
        "": {},
        "unknown-target": {"is_known": False},
        "cannot-act": {"can_act": False},
        "expiry-missing": {"expires_s": None},
        "expired": {"expires_s": 100.0},
        "silent": {"in_sight": False},
        "busy": {"is_busy": True},
        "event-ring-full": {"events_full": True},
    }
    found = {reason: refuse_acting(replace(free, **change), 100.0) for reason, change in changes.items()}  # type: ignore[arg-type] # a table of fields
    assert found == {reason: reason for reason in changes}
