"""In which condition an outlet, a door or a gateway is: one word for people, made of what is told of it. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class Condition(StrEnum):
    """What a person wants to know first, the worst first. UNKNOWN is never FREE: what is not told is not known."""

    FAULT = "fault"
    TRIPPED = "tripped"
    OFFLINE = "offline"
    UNKNOWN = "unknown"
    OPEN = "open"
    FULL = "full"
    CHARGING = "charging"
    STARTING = "starting"
    BUSY = "busy"
    PLUGGED = "plugged"
    PARTED = "parted"
    FREE = "free"
    CLOSED = "closed"


ABNORMAL = frozenset({Condition.FAULT, Condition.TRIPPED, Condition.OFFLINE, Condition.UNKNOWN})
"""What is drawn in colour; everything else stays grey (ISA-101)."""

RANK = {condition: place for place, condition in enumerate(Condition)}
"""0 is the worst."""

FAULTS = frozenset(
    {"breaker-failure", "energy-without-order", "frozen", "implausible", "over-temperature", "smoke", "weld"}
)
"""Alarms after which an outlet must not be trusted."""

_OF_STATE = {"latched": Condition.TRIPPED, "tripped": Condition.TRIPPED, "starting": Condition.STARTING}
_AT_REST = {
    ("off", False): Condition.FREE,
    ("off", True): Condition.PLUGGED,
    ("on", False): Condition.CHARGING,
    ("on", True): Condition.CHARGING,
}
_OF_STAGE = {
    "starting": Condition.STARTING,
    "waiting-plug": Condition.STARTING,
    "charging": Condition.CHARGING,
    "unplugged": Condition.STARTING,
    "interrupted": Condition.STARTING,
    "floating": Condition.FULL,
    "occupied": Condition.FULL,
}


def outlet_condition(link: str, told: Mapping[str, Any], alarms: Collection[str]) -> Condition:
    """Return the condition of an outlet; `link` is its device's, `alarms` are the words of those that stand for it."""
    if link != "ok":
        return Condition.OFFLINE
    state, stage = str(told.get("state", "unknown")), str(told.get("stage", ""))
    if not FAULTS.isdisjoint(alarms):
        return Condition.FAULT
    if state in _OF_STATE:
        return _OF_STATE[state]
    if stage in _OF_STAGE and state != "unknown":
        return _OF_STAGE[stage]
    is_plugged = bool(told.get("plugged"))
    return _AT_REST.get((state, is_plugged), Condition.UNKNOWN)


def contactor_condition(link: str, told: Mapping[str, Any], alarms: Collection[str]) -> Condition:
    """Return the condition of a contactor: closed is its everyday; nothing charges there."""
    found = outlet_condition(link, told, alarms)
    if found in ABNORMAL or found is Condition.STARTING:
        return found
    return Condition.CLOSED if told.get("state") == "on" else Condition.PARTED


def door_condition(link: str, told: Mapping[str, Any], alarms: Collection[str]) -> Condition:
    """Return the condition of a door of a cabinet or bin."""
    if link != "ok":
        return Condition.OFFLINE
    if alarms:
        return Condition.FAULT
    state = str(told.get("state", "unknown"))
    if state == "open":
        return Condition.OPEN
    if told.get("order_id"):
        return Condition.BUSY
    return Condition.FREE if state == "shut" else Condition.UNKNOWN
