"""From device models to the pieces that the planner moves about: cut, given shapes of their own, and timed. Pure.

Field and budget both take their pieces from here, so that what is promised is what is polled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.bus.cut import cut
from gateway.bus.job import Piece, PlannedDevice
from gateway.model.device import GroupClass, PollGroup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.bus.cut import Shape
    from gateway.bus.driver import Driver
    from gateway.bus.timing import LineTiming
    from gateway.model.device import DeviceModel
    from gateway.model.wiring import Block, Table

BITS_A_REGISTER = 16

LEASE_PERIOD_MS = 30_000.0
"""How often a device's own watchdog is read back."""


def plan_devices(
    units: Sequence[tuple[int, DeviceModel]], driver: Driver, line: LineTiming
) -> tuple[PlannedDevice, ...]:
    """Return the planned devices of one bus, in the order of `units` (unit address, model).

    Where the driver cuts no blocks, each is one command of the device and is read whole. Where else the bus has a
    protection ring, no slow piece is larger than the largest ring read, unless its points or
    shapes demand it: the slot between two rings delays every cutoff. Raises `Uncuttable` for an impossible map.
    """
    ring_registers = max((_registers(block) for _, model in units for block in _ring_blocks(model)), default=0)
    return tuple(
        PlannedDevice(
            pieces=tuple(_pieces(index, unit, model, ring_registers, driver, line)),
            late_reply_s=model.timing.late_reply_ms / 1000,
            command_gap_s=model.timing.command_gap_ms / 1000,
        )
        for index, (unit, model) in enumerate(units)
    )


def _pieces(
    index: int, unit: int, model: DeviceModel, ring_registers: int, driver: Driver, line: LineTiming
) -> Iterator[Piece]:
    taken: set[Shape] = set()
    layout = 0
    for group in sorted(
        (*model.groups, *_lease_group(model)), key=lambda group: group.group_class is not GroupClass.PROTECTION
    ):
        cuts = _cut_group(group, model, ring_registers, taken) if driver.cuts_blocks else group.blocks
        for block in cuts:
            request = driver.read(unit, block)
            sizes = (len(request.frame), request.reply_bytes)
            yield Piece(
                device=index,
                layout=layout,
                block=block,
                group_class=group.group_class,
                period_s=float("inf") if request.is_pushed else group.period_ms / 1000,
                cost_s=max(line.good_s(model.timing, *sizes), line.lost_s(model.timing, *sizes)),
            )
            layout += 1


def _lease_group(model: DeviceModel) -> Iterator[PollGroup]:
    """Yield what reads a device's own watchdog back, where no poll group does."""
    lease = model.lease
    if lease is None or any(block.contains(lease.armed) for group in model.groups for block in group.blocks):
        return
    yield PollGroup(
        name="lease", group_class=GroupClass.CONTROL, period_ms=LEASE_PERIOD_MS, points=(), blocks=(lease.armed,)
    )


def _cut_group(group: PollGroup, model: DeviceModel, ring_registers: int, taken: set[Shape]) -> Sequence[Block]:
    pieces: list[Block] = []
    for bits in (False, True):
        blocks = [block for block in group.blocks if block.table.is_bits is bits]
        limit = model.limits.bits if bits else model.limits.registers
        in_slot = group.group_class is not GroupClass.PROTECTION and ring_registers > 0
        largest = ring_registers * (BITS_A_REGISTER if bits else 1) if in_slot else limit
        pieces += cut(blocks, _insides(group), model.limits, largest, taken)
    return pieces


def _insides(group: PollGroup) -> list[tuple[Table, int]]:
    return [(p.table, p.address + offset) for p in group.points for offset in range(1, p.span)]


def _ring_blocks(model: DeviceModel) -> list[Block]:
    return [block for group in model.groups if group.group_class is GroupClass.PROTECTION for block in group.blocks]


def _registers(block: Block) -> int:
    return -(-block.count // BITS_A_REGISTER) if block.table.is_bits else block.count
