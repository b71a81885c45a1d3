"""What is told of alarms: the bodies of their events, and what a command to them means. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.alarm.catalogue import about
from gateway.alarm.event import Acknowledged, Removed, Restored, Shelved, Unshelved
from gateway.alarm.incident import STANDING, UNSEEN, Stage
from gateway.model.command import CommandKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.alarm.alarms import Change
    from gateway.alarm.event import Event
    from gateway.alarm.incident import Act, Incident, Record
    from gateway.model.command import Command
    from gateway.orders.clock import Now

SHELF_LEAST_S, SHELF_MOST_S = 60, 86_400

TO_ALARMS = frozenset(
    {
        CommandKind.ALARM_ACK,
        CommandKind.ALARM_SHELVE,
        CommandKind.ALARM_UNSHELVE,
        CommandKind.ALARM_REMOVE,
        CommandKind.ALARM_RESTORE,
    }
)
RESTS = frozenset({CommandKind.ALARM_SHELVE, CommandKind.ALARM_REMOVE})


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDone:
    """Why a command to an alarm is refused."""

    reason: str
    detail: str


def standing(incident: Incident, revision: int) -> dict[str, object]:
    """Return how an alarm stands, as its event tells it."""
    said: dict[str, object] = {
        "alarm": incident.word,
        "active": incident.active,
        "state": incident.stage.value,
        "severity": about(incident.word).severity.value,
        "revision": revision,
        "since": incident.since_ts_ms,
    }
    if incident.until_ts_ms is not None:
        said["until"] = incident.until_ts_ms
    return said | ({"detail": incident.detail} if incident.active and incident.detail else {})


def acted(act: Act) -> dict[str, object]:
    """Return an act, as an event tells it."""
    said = {"what": act.what, "by": act.by, "why": act.why}
    return {name: value for name, value in said.items() if value}


def change_body(change: Change) -> dict[str, object]:
    """Return the body of the event of a change."""
    return standing(change.record.incident, change.revision) | acted(change.act)


def asked_body(command: Command) -> dict[str, object]:
    """Return the record of who has asked what of an alarm, whatever becomes of it."""
    detail = " ".join(str(command.args[name]) for name in ("alarm", "reason", "for_s") if command.args.get(name))
    return {"what": command.kind.value, "by": str(command.args["by"]), "detail": f"{command.target} {detail}"}


def wanted(command: Command, record: Record | None, now: Now) -> Event | NotDone:
    """Return what a command to an alarm means, or why it means nothing."""
    args = command.args
    by, why, ms = str(args["by"]), str(args.get("reason", "")), 1000 * _seconds(args)
    stage = Stage.NORMAL if record is None else record.incident.stage
    means: Mapping[CommandKind, tuple[frozenset[Stage], Event]] = {
        CommandKind.ALARM_ACK: (UNSEEN, Acknowledged(by=by)),
        CommandKind.ALARM_SHELVE: (
            STANDING,
            Shelved(by=by, why=why, until_ms=now.at_ms + ms, until_ts_ms=now.ts_ms + ms),
        ),
        CommandKind.ALARM_UNSHELVE: (frozenset({Stage.SHELVED}), Unshelved(by=by)),
        CommandKind.ALARM_REMOVE: (STANDING - {Stage.OUT_OF_SERVICE}, Removed(by=by, why=why)),
        CommandKind.ALARM_RESTORE: (frozenset({Stage.OUT_OF_SERVICE}), Restored(by=by)),
    }
    if command.kind in RESTS and about(str(args["alarm"])).latches:
        return NotDone(reason="latched", detail="it stands until it is reset with a reason")
    stages, event = means[command.kind]
    return event if stage in stages else NotDone(reason="not-so", detail=f"the alarm is {stage}")


def _seconds(args: Mapping[str, object]) -> int:
    asked = args.get("for_s")
    return min(max(asked if isinstance(asked, int) else SHELF_LEAST_S, SHELF_LEAST_S), SHELF_MOST_S)
