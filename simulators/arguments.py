"""The arguments of a control command, read with a clear line for each mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from simulators.errors import SimulatorError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

Choice = TypeVar("Choice", bound="StrEnum")

MOST_VALUES = 2000
MODBUS_UNITS = (1, 247)
UNITS = (0, 999_999_999_999)
"""Modbus units, lock boards from 0 on, the 12-digit numbers of meters."""
ADDRESSES = (0, 65535)


class Arguments:
    """Reads arguments by name and type; `done` refuses those that nobody read. Raises `SimulatorError`."""

    def __init__(self, command: str, given: Mapping[str, object]) -> None:
        self._command = command
        self._given = dict(given)

    def integer(self, name: str, limits: tuple[int, int], default: int | None = None) -> int:
        """Return a whole number within `limits`, both included; required without a default."""
        value = self._take(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not limits[0] <= value <= limits[1]:
            raise self._error(f"{name} must be a whole number from {limits[0]} to {limits[1]}, not {value!r}")
        return value

    def optional_integer(self, name: str, limits: tuple[int, int]) -> int | None:
        """Return a whole number, or None where it is not given."""
        if self._given.get(name) is None:
            self._given.pop(name, None)
            return None
        return self.integer(name, limits)

    def number(self, name: str, limits: tuple[float, float], default: float | None = None) -> float:
        """Return a number within `limits`, both included; required without a default."""
        value = self._take(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not limits[0] <= value <= limits[1]:
            raise self._error(f"{name} must be a number from {limits[0]:g} to {limits[1]:g}, not {value!r}")
        return float(value)

    def optional_number(self, name: str, limits: tuple[float, float]) -> float | None:
        """Return a number, or None where it is not given."""
        if self._given.get(name) is None:
            self._given.pop(name, None)
            return None
        return self.number(name, limits)

    def flag(self, name: str, *, default: bool | None = None) -> bool:
        """Return true or false; required without a default."""
        value = self._take(name, default)
        if not isinstance(value, bool):
            raise self._error(f"{name} must be true or false, not {value!r}")
        return value

    def choice(self, name: str, choices: type[Choice]) -> Choice:
        """Return a member of an enumeration by its value."""
        value = self._take(name, None)
        for member in choices:
            if member.value == value:
                return member
        raise self._error(f"{name} must be one of {', '.join(choices)}, not {value!r}")

    def values(self, name: str, highest: int) -> tuple[int, ...]:
        """Return a non-empty list of whole numbers from 0 to `highest`."""
        value = self._take(name, None)
        if not isinstance(value, list | tuple) or not 0 < len(value) <= MOST_VALUES:
            raise self._error(f"{name} must be a list of 1 to {MOST_VALUES} whole numbers, not {value!r}")
        for item in value:
            if isinstance(item, bool) or not isinstance(item, int) or not 0 <= item <= highest:
                raise self._error(f"{name} must hold whole numbers from 0 to {highest}, not {item!r}")
        return tuple(value)

    def done(self) -> None:
        """Refuse what is left over: it would have been ignored."""
        if self._given:
            raise self._error(f"unknown argument {', '.join(sorted(self._given))}")

    def _take(self, name: str, default: object) -> object:
        if name in self._given:
            return self._given.pop(name)
        if default is None:
            raise self._error(f"{name} is missing")
        return default

    def _error(self, what: str) -> SimulatorError:
        return SimulatorError(f"{self._command}: {what}")
