"""Why an order stopped, who answers for it, and what the operator's platform calls it. Pure.

A superset of China Tower's `stopReason` list (two-wheel push API): each of ours has the code to send.
"""

from __future__ import annotations

from enum import StrEnum


class FaultSide(StrEnum):
    """Whose side the cause lies on.

    `user`: what was wanted, paid for or brought along; `facility`: our equipment or its operator; `grid`: the supply;
    `safety`: cut for the safety of people, whoever caused it.
    """

    USER = "user"
    FACILITY = "facility"
    GRID = "grid"
    SAFETY = "safety"


class StopReason(StrEnum):
    """One word for machines; the trade's own words are in the terms list."""

    FULL = "full"
    UNPLUGGED = "unplugged"
    SECOND_LOAD = "second-load"
    NO_LOAD = "no-load"
    PREPAID_USED = "prepaid-used"
    SET_LIMIT = "set-limit"
    MAX_TIME = "max-time"
    CARD = "card"
    USER = "user"
    BLUETOOTH = "bluetooth"
    PLATFORM = "platform"
    CONSOLE = "console"
    CLOUD_LOST = "cloud-lost"
    POWER_FAIL = "power-fail"
    DEVICE_LOST = "device-lost"
    DEVICE_STOPPED = "device-stopped"
    START_REFUSED = "start-refused"
    START_FAILED = "start-failed"
    PILE_FAULT = "pile-fault"
    RELAY_WELDED = "relay-welded"
    BATTERY_FAULT = "battery-fault"
    BATTERY_TEMPERATURE = "battery-temperature"
    BATTERY_VOLTAGE = "battery-voltage"
    BATTERY_TEMPERATURE_SPREAD = "battery-temperature-spread"
    BATTERY_VOLTAGE_SPREAD = "battery-voltage-spread"
    FLUCTUATION = "fluctuation"
    OVER_POWER = "over-power"
    OVERCURRENT = "overcurrent"
    PILE_TOTAL = "pile-total"
    OVER_VOLTAGE = "over-voltage"
    UNDER_VOLTAGE = "under-voltage"
    RESIDUAL = "residual"
    OVER_TEMPERATURE = "over-temperature"
    DOOR = "door"
    SMOKE_FIRE = "smoke-fire"
    WATER = "water"
    SIGHT_LOST = "sight-lost"
    SAFETY_OFF = "safety-off"
    OTHER = "other"

    @property
    def tower_code(self) -> int:
        """Return China Tower's `stopReason` code; 8, "other", where it has none of its own."""
        return _TOWER.get(self, OTHER_CODE)

    @property
    def fault_side(self) -> FaultSide:
        """Return whose side it lies on, where the event itself knows no better."""
        return next((side for side, reasons in _SIDES.items() if self in reasons), FaultSide.USER)


OTHER_CODE = 8

_R = StopReason

_TOWER: dict[StopReason, int] = {
    _R.SET_LIMIT: 0,
    _R.CARD: 1,
    _R.USER: 2,
    _R.PLATFORM: 3,
    _R.CONSOLE: 3,
    _R.SAFETY_OFF: 3,
    _R.UNPLUGGED: 4,
    _R.SECOND_LOAD: 4,
    _R.POWER_FAIL: 5,
    _R.DEVICE_LOST: 6,
    _R.START_REFUSED: 6,
    _R.START_FAILED: 6,
    _R.PILE_FAULT: 6,
    _R.RELAY_WELDED: 6,
    _R.BATTERY_FAULT: 7,
    _R.FULL: 9,
    _R.PREPAID_USED: 10,
    _R.OVER_POWER: 11,
    _R.OVERCURRENT: 11,
    _R.OVER_VOLTAGE: 12,
    _R.UNDER_VOLTAGE: 13,
    _R.PILE_TOTAL: 14,
    _R.BLUETOOTH: 15,
    _R.RESIDUAL: 16,
    _R.OVER_TEMPERATURE: 17,
    _R.DOOR: 18,
    _R.BATTERY_TEMPERATURE: 19,
    _R.BATTERY_VOLTAGE: 20,
    _R.BATTERY_TEMPERATURE_SPREAD: 21,
    _R.BATTERY_VOLTAGE_SPREAD: 22,
    _R.FLUCTUATION: 23,
    _R.MAX_TIME: 24,
}

_SIDES: dict[FaultSide, frozenset[StopReason]] = {
    FaultSide.GRID: frozenset({_R.POWER_FAIL, _R.OVER_VOLTAGE, _R.UNDER_VOLTAGE}),
    FaultSide.FACILITY: frozenset(
        {
            _R.PLATFORM,
            _R.CONSOLE,
            _R.CLOUD_LOST,
            _R.DEVICE_LOST,
            _R.DEVICE_STOPPED,
            _R.START_REFUSED,
            _R.START_FAILED,
            _R.PILE_FAULT,
            _R.RELAY_WELDED,
            _R.PILE_TOTAL,
            _R.SIGHT_LOST,
            _R.OTHER,
        }
    ),
    FaultSide.SAFETY: frozenset(
        {_R.OVERCURRENT, _R.RESIDUAL, _R.OVER_TEMPERATURE, _R.SMOKE_FIRE, _R.WATER, _R.DOOR, _R.SAFETY_OFF}
    ),
}

_ELEMENTS: dict[str, StopReason] = {
    "definite-time": _R.OVERCURRENT,
    "inverse-time": _R.OVERCURRENT,
    "thermal": _R.OVERCURRENT,
    "power-limit": _R.OVER_POWER,
    "over-voltage": _R.OVER_VOLTAGE,
    "under-voltage": _R.UNDER_VOLTAGE,
    "over-temperature": _R.OVER_TEMPERATURE,
    "pile-total": _R.PILE_TOTAL,
    "bus-total": _R.PILE_TOTAL,
    "smoke": _R.SMOKE_FIRE,
    "leakage": _R.RESIDUAL,
    "sight": _R.SIGHT_LOST,
    "uncommanded": _R.PILE_FAULT,
    "weld": _R.RELAY_WELDED,
    "breaker-failure": _R.RELAY_WELDED,
    "lock-out": _R.PILE_FAULT,
}

_GRANT_ENDS: dict[str, StopReason] = {
    "max-time": _R.MAX_TIME,
    "set-limit": _R.SET_LIMIT,
    "stopped": _R.SAFETY_OFF,
    "tripped": _R.SAFETY_OFF,
    "not-started": _R.START_FAILED,
    "revoked": _R.PLATFORM,
    "opened-by-device": _R.DEVICE_STOPPED,
}


_DEVICE_WORDS: dict[str, StopReason] = {
    "full": _R.FULL,
    "max-time": _R.MAX_TIME,
    "preset-time": _R.MAX_TIME,
    "used-up": _R.MAX_TIME,
    "preset-energy": _R.SET_LIMIT,
    "unplugged": _R.UNPLUGGED,
    "unplugged-or-spring": _R.UNPLUGGED,
    "no-charger": _R.NO_LOAD,
    "no-power": _R.NO_LOAD,
    "low-power": _R.NO_LOAD,
    "overload": _R.OVER_POWER,
    "dynamic-overload": _R.OVER_POWER,
    "over-power": _R.OVER_POWER,
    "over-current": _R.OVERCURRENT,
    "over-voltage": _R.OVER_VOLTAGE,
    "under-voltage": _R.UNDER_VOLTAGE,
    "around-too-hot": _R.OVER_TEMPERATURE,
    "port-too-hot": _R.OVER_TEMPERATURE,
    "water": _R.WATER,
    "fire-this-port": _R.SMOKE_FIRE,
    "fire-other-port": _R.SMOKE_FIRE,
    "fire-system": _R.SMOKE_FIRE,
    "door-not-closed": _R.DOOR,
    "server": _R.PLATFORM,
    "forced-by-server": _R.PLATFORM,
    "card": _R.CARD,
    "card-refund": _R.CARD,
    "manual": _R.USER,
    "checked-relay-or-fuse": _R.PILE_FAULT,
    "memory": _R.PILE_FAULT,
    "device-fault": _R.PILE_FAULT,
}


def reason_of_element(element: str) -> StopReason:
    """Return why an order stops when this element of protection opens its outlet."""
    return _ELEMENTS.get(element, _R.OTHER)


def reason_of_device(word: str) -> StopReason:
    """Return why an order stops when its device ends it with this word of a driver."""
    return _DEVICE_WORDS.get(word, _R.DEVICE_STOPPED)


def reason_of_grant_end(word: str) -> StopReason:
    """Return why an order stops when field ends its grant with this word."""
    return _GRANT_ENDS.get(word, _R.OTHER)
