"""Commands of a profile as writable registers: closing and opening contacts, all at once, arming a watchdog."""

from __future__ import annotations

from functools import partial
from operator import eq
from typing import TYPE_CHECKING

from simulators.units.registers import Sink

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.device import Point, Switch
    from gateway.model.wiring import Table, Write
    from simulators.physics.contact import Contact
    from simulators.units.registers import Registers


def is_output(point: Point, switch: Switch | None) -> bool:
    """Tell whether a point is the very register that commands a contact, so that it says what was told."""
    return switch is not None and (point.table, point.address) in _places(switch)


def output_source(contact: Contact, switch: Switch) -> Callable[[float], float]:
    """Return what the commanding register reads: the last order, whatever the contact does."""
    on, off = float(switch.on.values[0]), float(switch.off.values[0])
    return lambda _at_s: on if contact.commanded else off


def place_switch(registers: Registers, switch: Switch, obey: Callable[[bool, float], None]) -> None:
    """Let an outlet's commands be written, and refuse every other value."""
    meanings = {switch.on.values[0]: True, switch.off.values[0]: False}
    sink = Sink(meanings.__contains__, lambda value, at_s: obey(meanings[value], at_s))
    for table, address in _places(switch):
        registers.on_write(table, address, sink)


def place_all_off(registers: Registers, write: Write | None, open_all: Callable[[float], None]) -> None:
    """Let the command that opens everything be written, where it is not just every outlet's own register."""
    if write is None or registers.is_writable(write.table, write.address):
        return
    for offset, wanted in enumerate(write.values):
        registers.on_write(
            write.table, write.address + offset, Sink(partial(eq, wanted), lambda _v, at_s: open_all(at_s))
        )


def _places(switch: Switch) -> set[tuple[Table, int]]:
    writes = (switch.on, switch.off, switch.off_other)
    return {(write.table, write.address) for write in writes if write is not None}
