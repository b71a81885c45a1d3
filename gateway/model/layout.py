"""What the raw bytes of a scan are: stored once beside the scans, so that old ones stay readable after a change."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from gateway.model.device import Access, Order, Point, PointType
from gateway.model.wiring import Block, Table

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One block of one device and the points inside it. `kind` is the device's (`pile`, `meter`, ...)."""

    device: str
    kind: str
    block: Block
    points: tuple[Point, ...]


def describe(layout: Layout) -> bytes:
    """Return the layout as JSON; equal layouts give equal bytes."""
    block = layout.block
    return json.dumps(
        {
            "device": layout.device,
            "kind": layout.kind,
            "table": block.table,
            "address": block.address,
            "count": block.count,
            "points": [_described(point) for point in layout.points],
        },
        separators=(",", ":"),
        ensure_ascii=False,
    ).encode()


def understand(description: bytes) -> Layout:
    """Reverse of describe. Raises `ValueError` for anything else."""
    try:
        said = json.loads(description)
        block = Block(Table(said["table"]), int(said["address"]), int(said["count"]))
        points = tuple(_point(point) for point in said["points"])
        return Layout(device=str(said["device"]), kind=str(said["kind"]), block=block, points=points)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a layout: {error!r}") from error


_DEFAULTS = {entry.name: entry.default for entry in fields(Point)}
_ENUMS = {"table": Table, "type": PointType, "word_order": Order, "byte_order": Order, "access": Access}


def _described(point: Point) -> dict[str, Any]:
    said = {name: getattr(point, name) for name in _DEFAULTS}
    said["labels"] = {str(raw): label for raw, label in sorted(point.labels.items())} or None
    return {name: value for name, value in said.items() if value is not None and value != _DEFAULTS[name]}


def _point(said: Mapping[str, Any]) -> Point:
    values: dict[str, Any] = {name: _ENUMS[name](value) if name in _ENUMS else value for name, value in said.items()}
    values["labels"] = {int(raw): label for raw, label in said.get("labels", {}).items()}
    return Point(**values)
