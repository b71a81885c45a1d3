"""How deep a JSON value is nested. Pure; without recursion, so that no depth of it can harm."""

from __future__ import annotations


def is_deeper(value: object, levels: int) -> bool:
    """Return whether a value has containers nested deeper than so many levels."""
    layer: list[object] = [value]
    for _ in range(levels):
        parts = [part.values() if isinstance(part, dict) else part for part in layer if isinstance(part, dict | list)]
        layer = [inner for part in parts for inner in part]
        if not layer:
            return False
    return True
