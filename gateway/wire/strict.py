"""Typed values out of a peer's JSON: each is what it must be, or the message is refused with its name. Pure.

What is accepted here is used without another look: no NaN, no infinity, no bool for a number, no text that cannot be
written out again.
"""

from __future__ import annotations

import json
from math import inf, isfinite
from typing import Any

from gateway.model.nesting import is_deeper
from gateway.wire.frames import MessageError

LONGEST_TEXT = 256
"""Ids, names and reasons; the longest that the uplink takes has 200 characters."""

DEEPEST = 16
"""Containers in one another; the deepest of ours, a memory of protection, has half as many."""

LARGEST = 2**53
"""Above this a JSON number is not exact."""


class Fields:
    """One JSON object. `what` names it in errors."""

    def __init__(self, what: str, values: object) -> None:
        if not isinstance(values, dict):
            raise MessageError(f"{what} is not a JSON object")
        self._what = what
        self._values: dict[str, Any] = values

    def only(self, *names: str) -> None:
        """Refuse what is not known by name: a limit that is not understood must not be ignored."""
        for name in self._values:
            if name not in names:
                raise MessageError(f"{self._what}: unknown {name[:40]!a}")

    def text(self, name: str, default: str | None = None) -> str:
        value = self._value(name, default)
        if not isinstance(value, str) or len(value) > LONGEST_TEXT:
            raise self._wrong(name, f"a text of at most {LONGEST_TEXT} characters")
        return value

    def name(self, name: str) -> str:
        """Return a text that is not empty."""
        value = self.text(name)
        if not value:
            raise self._wrong(name, "a text that is not empty")
        return value

    def flag(self, name: str) -> bool:
        value = self._value(name, None)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def whole(self, name: str, default: int | None = None, *, low: int = 0, high: int = LARGEST) -> int:
        value = self._value(name, default)
        if not _is_number(value) or not isinstance(value, int) or not low <= value <= high:
            raise self._wrong(name, f"a whole number in {low}..{high}")
        return value

    def number(self, name: str, default: float | None = None, *, low: float = -inf, high: float = inf) -> float:
        value = self._value(name, default)
        if not _is_number(value) or not low <= value <= high:
            raise self._wrong(name, f"a number in {low:g}..{high:g}")
        return float(value)

    def number_or_none(self, name: str) -> float | None:
        """Return a number, or None where the message says null."""
        return None if name in self._values and self._values[name] is None else self.number(name)

    def table(self, name: str, *, may_miss: bool = False) -> dict[str, Any]:
        """Return a JSON object as it is."""
        value = self._value(name, {} if may_miss else None)
        if not isinstance(value, dict):
            raise self._wrong(name, "a JSON object")
        return value

    def rows(self, name: str, *, may_miss: bool = False) -> list[Any]:
        """Return a JSON array as it is."""
        value = self._value(name, [] if may_miss else None)
        if not isinstance(value, list):
            raise self._wrong(name, "a JSON array")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return an array of texts; an empty one where it is missing."""
        rows = self.rows(name, may_miss=True)
        if not all(isinstance(row, str) for row in rows):
            raise self._wrong(name, "an array of texts")
        return tuple(rows)

    def inner(self, name: str) -> Fields:
        """Return a JSON object within this one."""
        return Fields(f"{self._what}.{name}", self._value(name, None))

    def _value(self, name: str, default: object) -> Any:
        value = self._values.get(name, default)
        if value is None and name not in self._values:
            raise MessageError(f"{self._what}: `{name}` is missing")
        return value

    def _wrong(self, name: str, wanted: str) -> MessageError:
        found = repr(self._values.get(name))
        return MessageError(f"{self._what}: `{name}` must be {wanted}, not {found[:40]!a}")


def _is_number(value: object) -> bool:
    if isinstance(value, float):
        return isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST


def object_of(what: str, payload: bytes) -> dict[str, Any]:
    """Return the JSON object in a payload. Raises `MessageError`."""
    try:
        values = json.loads(payload, parse_constant=_no_number, parse_float=_finite)
        if b"\\u" in payload:
            json.dumps(values, ensure_ascii=False).encode()  # half a surrogate pair could not be told to anybody
    except (ValueError, RecursionError) as error:
        raise MessageError(f"{what} is not JSON: {str(error)[:80]}") from None
    if not isinstance(values, dict):
        raise MessageError(f"{what} is not a JSON object")
    if is_deeper(values, DEEPEST):
        raise MessageError(f"{what} is nested deeper than {DEEPEST} levels")
    return values


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"{text[:20]} is too large")
    return value
