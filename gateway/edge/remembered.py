"""Edge's copy of what protection remembers, while field's own is not whole: a latch in either is a latch. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def merged(kept: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the memory of a line as `told`, with the latches that only `kept` has."""
    piles, others = _table(told.get("piles")), _table(kept.get("piles"))
    both = {name: _pile(_table(others.get(name)), _table(piles.get(name))) for name in {**others, **piles}}
    return {**told, "piles": both}


def _pile(kept: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    outlets, others = _table(told.get("outlets")), _table(kept.get("outlets"))
    numbers = {**others, **outlets}
    both = {number: _latched(_table(others.get(number)), _table(outlets.get(number))) for number in numbers}
    return {**_latched(kept, told), "outlets": both}


def _latched(kept: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    latched = dict.fromkeys((*_row(told.get("latched")), *_row(kept.get("latched"))))
    both = {**kept, **told, "latched": list(latched)}
    if "rejected" in both:
        both["rejected"] = told.get("rejected") or kept.get("rejected")
    return both


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _row(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
