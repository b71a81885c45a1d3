"""The figures of a settings dataclass as a Markdown table: every one of them, with its default. Pure."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Figure = tuple[str, object]
"""A name, with that of the dataclass around it in front, and its value."""


def figures(settings: Any) -> tuple[Figure, ...]:
    """Return every figure of a settings value; `load.drawing_w` is one of the dataclass in its field `load`."""
    return tuple(_figures(settings, ""))


def figure_table(settings: Any) -> str:
    """Return the figures as a Markdown table."""
    rows = [f"| `{name}` | {said(value)} |" for name, value in figures(settings)]
    return "\n".join(["| figure | default |", "|---|---|", *rows]) + "\n"


def change_table(base: Any, named: dict[str, Any]) -> str:
    """Return what named settings have otherwise than `base` has it."""
    rows = [
        f"| `{word}` | `{name}` | {said(value)} |"
        for word, settings in named.items()
        for (name, value), usual in zip(figures(settings), figures(base), strict=True)
        if (name, value) != usual
    ]
    return "\n".join(["| name | figure | value |", "|---|---|---|", *rows]) + "\n"


def said(value: object) -> str:
    """Write one value for people."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(said(each) for each in value)
    if is_dataclass(value):
        told = [f"{name} {said(inner)}" for name, inner in figures(value) if inner and name != "name"]
        return f"{getattr(value, 'name', '')} {', '.join(told)}".strip()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _figures(settings: Any, prefix: str) -> Iterator[Figure]:
    for field in fields(settings):
        value = getattr(settings, field.name)
        if is_dataclass(value):
            yield from _figures(value, f"{prefix}{field.name}.")
        else:
            yield prefix + field.name, value
