"""Which frames open a set of outlets: as few as can be, and none that touches another outlet. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.wiring import Write

if TYPE_CHECKING:
    from collections.abc import Mapping


def merge_offs(offs: Mapping[int, Write]) -> list[tuple[Write, tuple[int, ...]]]:
    """Return (frame, outlets that it opens) for the OFF writes of some outlets.

    Neighbours go out as one frame. A gap is never bridged by rewriting the outlet in it: it may have been opened by
    the pile itself, and writing its old state would close it again.
    """
    merged: list[tuple[Write, tuple[int, ...]]] = []
    for outlet, write in sorted(offs.items(), key=lambda entry: (entry[1].table, entry[1].address)):
        if merged:
            last, outlets = merged[-1]
            is_next = last.table is write.table and last.address + len(last.values) == write.address
            if is_next and last.order is None and write.order is None:
                joined = Write(write.table, last.address, last.values + write.values, multiple=True)
                merged[-1] = joined, (*outlets, outlet)
                continue
        merged.append((write, (outlet,)))
    return merged
