"""The alarms of all gateways in the form in which people are told of them; whether a wish has come true. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.alarm.incident import STANDING, Act, Incident, Record, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.fleet.shed import Shed
    from gateway.orders.clock import Now
    from gateway.uplink.message import EventMessage

OVER_KEPT = 2000
"""Alarms that are over are known for a while, so that their end can be told."""


class FarAlarms:
    """By `SITE/GATEWAY/TARGET:WORD`: those that stand, and the last that are over."""

    def __init__(self) -> None:
        self._turns: dict[str, int] = {}
        self._of: dict[str, dict[str, Record]] = {}
        self._ends: dict[str, tuple[str, str]] = {}
        self._over: dict[str, Record] = {}

    def heard(self, gateway: str, event: EventMessage) -> None:
        """Remember who ended an alarm, and why."""
        body = event.body
        if event.kind == "alarm" and isinstance(body, dict) and body.get("state") == Stage.NORMAL.value:
            key = f"{gateway}/{event.target}:{body.get('alarm', '')}"
            self._ends[key] = str(body.get("by", "")), str(body.get("why", ""))
            _bound(self._ends)

    def records(self, sheds: Mapping[str, Shed], clocks_ms: Mapping[str, int], now: Now) -> Mapping[str, Record]:
        """Return them as they are told by now; `clocks_ms` are the gateways' own clocks."""
        for name, shed in sheds.items():
            if self._turns.get(name) != shed.alarm_turn:
                self._turns[name] = shed.alarm_turn
                self._renew(shed, clocks_ms[name], now)
        return {**self._over, **{key: record for own in self._of.values() for key, record in own.items()}}

    def _renew(self, shed: Shed, clock_ms: int, now: Now) -> None:
        prefix, before = f"a/{shed.name}/", self._of.get(shed.name, {})
        standing = {
            key[2:]: _record(key[2:], document, clock_ms, now)
            for key, document in shed.picture.documents.items()
            if key.startswith(prefix) and document.get("state") in STANDING
        }
        for key in before.keys() - standing.keys():
            self._over[key] = _ended(before[key].incident, *self._ends.pop(key, ("", "")), now)
        for key in standing:
            self._over.pop(key, None)
        _bound(self._over)
        self._of[shed.name] = standing


def is_as_wished(document: Mapping[str, Any] | None, act: str) -> bool:
    """Return whether an alarm stands as an act wants it; None: it does not stand."""
    state = Stage.NORMAL.value if document is None else document.get("state")
    match act:
        case "ack":
            return state not in (Stage.UNACKNOWLEDGED.value, Stage.RETURNED.value)
        case "shelve":
            return state == Stage.SHELVED.value
        case "remove":
            return state == Stage.OUT_OF_SERVICE.value
        case "unshelve":
            return state != Stage.SHELVED.value
        case _:
            return state != Stage.OUT_OF_SERVICE.value


def _record(name: str, document: Mapping[str, Any], clock_ms: int, now: Now) -> Record:
    target, _, word = name.rpartition(":")
    since_ts_ms = int(document.get("since", clock_ms))
    incident = Incident(
        target=target,
        word=word,
        stage=Stage(document["state"]),
        active=bool(document.get("active")),
        detail=str(document.get("detail", "")),
        since_ts_ms=since_ts_ms,
        unseen_ms=now.at_ms - max(0, clock_ms - since_ts_ms),
        under=str(document.get("cause", "")),
        by=str(document.get("by", "")),
        why=str(document.get("why", "")),
    )
    act = Act(what="", at_ms=now.at_ms, ts_ms=now.ts_ms, stage=incident.stage, by=incident.by, why=incident.why)
    return Record(incident=incident, acts=(act,))


def _ended(known: Incident, by: str, why: str, now: Now) -> Record:
    incident = Incident(target=known.target, word=known.word, stage=Stage.NORMAL, since_ts_ms=known.since_ts_ms)
    act = Act(what="cleared", at_ms=now.at_ms, ts_ms=now.ts_ms, stage=Stage.NORMAL, by=by, why=why)
    return Record(incident=incident, acts=(act,))


def _bound(found: dict[str, Any]) -> None:
    while len(found) > OVER_KEPT:
        del found[next(iter(found))]
