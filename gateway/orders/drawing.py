"""A machine drawn from its own rows, for the documentation: it cannot say anything else than what is done. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from enum import StrEnum

    from gateway.orders.machine import Machine

COLON = "#58;"
"""A colon inside a label: most releases of Mermaid refuse the character itself there."""


def diagram(machine: Machine[Any]) -> str:
    """Return a Mermaid state diagram of every change of stage."""
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{stage}" as {_name(stage)}' for stage in machine.stages]
    lines.append(f"    [*] --> {_name(machine.initial)}")
    drawn: dict[tuple[StrEnum, StrEnum], list[str]] = {}
    for row in machine.rows:
        if row.to is not None:
            for stage in _in_order(machine, row.stages - {row.to}):
                drawn.setdefault((stage, row.to), []).append(row.says.replace(":", COLON))
    for (stage, to), reasons in drawn.items():
        lines.append(f"    {_name(stage)} --> {_name(to)} : {'<br>'.join(dict.fromkeys(reasons))}")
    lines += [f"    {_name(stage)} --> [*]" for stage in _in_order(machine, machine.finals)]
    return "\n".join(lines) + "\n"


def table(machine: Machine[Any]) -> str:
    """Return the rows as a Markdown table, in the order in which they are tried."""
    lines = ["| in | on | when | to | what it means |", "|---|---|---|---|---|"]
    for row in machine.rows:
        stages = ", ".join(_in_order(machine, row.stages))
        lines.append(f"| {stages} | {row.on.__name__} | {_said(row.when)} | {row.to or 'stays'} | {row.says} |")
    return "\n".join(lines) + "\n"


def _in_order(machine: Machine[Any], stages: Iterable[StrEnum]) -> list[StrEnum]:
    return [stage for stage in machine.stages if stage in set(stages)]


def _said(guard: Callable[..., bool] | None) -> str:
    return "" if guard is None else guard.__name__.strip("_").replace("_", " ")


def _name(stage: StrEnum) -> str:
    return stage.replace("-", "_")
