"""The alarms that stand, in the shape of the contract."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, cast

from gateway.alarm.catalogue import about
from gateway.alarm.flood import cause_of, is_flood, raised_lately
from gateway.alarm.word import RANK
from gateway.uplink.alarms import AlarmList, StandingAlarm

if TYPE_CHECKING:
    from gateway.alarm.alarms import Alarms
    from gateway.alarm.ground import Ground
    from gateway.alarm.incident import Incident, Record
    from gateway.orders.clock import Now
    from gateway.uplink.alarms import State

LISTED = 400
"""Of these a message has room for; the worst and newest come first."""


def is_flooded(alarms: Alarms, now: Now) -> bool:
    return is_flood(raised_lately(alarms.records.values(), now.at_ms))


def alarm_list(alarms: Alarms, ground: Ground, now: Now) -> AlarmList:
    """Return the list as it is told."""
    standing = sorted(alarms.standing(), key=_urgency)
    return AlarmList(
        ts=now.ts_ms,
        revision=alarms.revision,
        flood=is_flooded(alarms, now),
        unlisted=max(0, len(standing) - LISTED),
        alarms=tuple(_standing(record.incident, ground) for record in islice(standing, LISTED)),
    )


def _urgency(record: Record) -> tuple[int, int]:
    incident = record.incident
    return RANK[about(incident.word).severity], -incident.since_ms


def _standing(incident: Incident, ground: Ground) -> StandingAlarm:
    return StandingAlarm(
        target=incident.target,
        alarm=incident.word,
        state=cast("State", incident.stage.value),
        severity=about(incident.word).severity.value,
        active=incident.active,
        since=incident.since_ts_ms,
        detail=incident.detail[:500],
        raised=incident.raised,
        cause=cause_of(incident, ground),
        group=incident.group,
        first=incident.is_first,
        until=incident.until_ts_ms,
        by=incident.by,
        why=incident.why,
    )
