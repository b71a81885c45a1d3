"""A device at run time: the only code that binds roles and capabilities to points and blocks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gateway.model.device import GroupClass, Role
from gateway.model.protocol import PROTOCOLS
from gateway.profile.codec import plausible, unpacker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gateway.bus.job import PlannedDevice
    from gateway.model.device import DeviceModel, OwnLimit, Point
    from gateway.model.wiring import Block, Write

EPSILON = 1e-6
"""A limit is rounded down to the device's own step, but not by the error of a division."""

TOLD_ROLES = frozenset({Role.RELAY, Role.ENERGY})
"""What others than protection wait for: grants count energy, and an outlet found on must be explained."""


@dataclass(frozen=True, slots=True)
class RoleSlice:
    """Where the values of one role are among the unpacked values of a layout.

    They belong to the outlets from position `first` (counted from 0) on; None means the whole device. `picks_all`: the
    layout holds nothing else, so that nothing has to be picked. `are_phases`: the highest of them is the outlet's.
    `at_v`: they are watts, and the current is what flows at this voltage.
    """

    role: Role
    picks: tuple[int, ...]
    first: int | None
    picks_all: bool
    are_phases: bool = False
    at_v: float = 0.0


@dataclass(slots=True)
class Layout:
    """One piece of a device: its block, the points inside, and how raw bytes become values by role."""

    number: int
    block: Block
    group_class: GroupClass
    points: tuple[Point, ...]
    slices: tuple[RoleSlice, ...]
    values: Callable[[bytes], tuple[float | None, ...]]
    raws: Callable[[bytes], tuple[int, ...]]
    is_told: bool


@dataclass(slots=True)
class FieldDevice:
    """One device of a bus: `index` is its place on the bus, `pile` its number in the bus's relay if it is protected.

    Of a meter, `opens` names the contactors that its protection opens, and `behind` the devices that these feed.
    """

    name: str
    index: int
    unit: int
    model: DeviceModel
    layouts: tuple[Layout, ...]
    pile: int | None = None
    outlet_names: tuple[str, ...] = ()
    offs: dict[int, Write] = field(default_factory=dict)
    ons: dict[int, Write] = field(default_factory=dict)
    others: dict[int, Write] = field(default_factory=dict)
    keeps_orders: bool = False
    own_limit: Write | None = None
    opens: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()

    @property
    def ring_layouts(self) -> list[int]:
        """The layouts that bring the currents."""
        return [index for index, lay in enumerate(self.layouts) if lay.group_class is GroupClass.PROTECTION]

    def slow_layouts(self, role: Role) -> list[int]:
        """Return the layouts outside the ring that bring a role."""
        return [
            index
            for index, layout in enumerate(self.layouts)
            if layout.group_class is not GroupClass.PROTECTION and any(part.role is role for part in layout.slices)
        ]


def make_device(
    *,
    name: str,
    index: int,
    unit: int,
    model: DeviceModel,
    planned: PlannedDevice,
    first_layout: int,
    pile: int | None,
    own_limit_w: float | None = None,
) -> FieldDevice:
    """Resolve names, roles and writes of a device once, at start. Layout numbers count from `first_layout`.

    `own_limit_w`: the site's largest power of an outlet, in place of the profile's, for a device that holds it itself.
    """
    device = FieldDevice(
        name=name,
        index=index,
        unit=unit,
        model=model,
        pile=pile,
        layouts=tuple(
            make_layout(first_layout + offset, piece.block, piece.group_class, model)
            for offset, piece in enumerate(planned.pieces)
        ),
        outlet_names=tuple(f"{name}/{outlet.name}" for outlet in model.outlets),
        keeps_orders=model.driver in PROTOCOLS and PROTOCOLS[model.driver].keeps_orders,
        own_limit=None if model.own_limit is None else _own_limit(model.own_limit, own_limit_w),
    )
    for position, outlet in enumerate(model.outlets):
        if outlet.switch is not None:
            device.offs[position] = outlet.switch.off
            device.ons[position] = outlet.switch.on
            if outlet.switch.off_other is not None:
                device.others[position] = outlet.switch.off_other
    return device


def _own_limit(limit: OwnLimit, wanted_w: float | None) -> Write:
    values = list(limit.write.values)
    if wanted_w is not None:
        values[limit.value] = int((wanted_w - limit.shown.offset) / limit.shown.scale + EPSILON)
    return replace(limit.write, values=tuple(values))


def make_layout(number: int, block: Block, group_class: GroupClass, model: DeviceModel) -> Layout:
    """Return the layout of a block: the points that lie wholly inside it, and their roles."""
    points = tuple(
        point
        for point in model.points
        if point.table is block.table and block.address <= point.address and point.address + point.span <= block.end
    )
    unpacking = unpacker(block, points)
    slices = tuple(_slices(points, model))
    if group_class is GroupClass.PROTECTION and model.feed:  # never from a slow piece, whose last reading is long ago
        slices = (_phases(points, model), *slices)
    return Layout(
        number=number,
        block=block,
        group_class=group_class,
        points=points,
        slices=slices,
        values=plausible(unpacking),
        raws=unpacking.raws,
        is_told=any(part.role in TOLD_ROLES for part in slices),
    )


def _slices(points: Sequence[Point], model: DeviceModel) -> Iterable[RoleSlice]:
    where = {point.name: position for position, point in enumerate(points)}
    for role in Role:
        at_v = model.current_at_v or 0.0 if role is Role.CURRENT else 0.0
        found = {
            position: where[point.name]
            for position, outlet in enumerate(model.outlets)
            if (point := outlet.roles.get(Role.POWER if at_v else role)) is not None and point.name in where
        }
        for first, picks in _runs(found):
            yield RoleSlice(role, picks, first, picks == tuple(range(len(points))), at_v=at_v)
        whole = model.roles.get(role)
        if whole is not None and whole.name in where:
            yield RoleSlice(role, (where[whole.name],), None, len(points) == 1)


def _phases(points: Sequence[Point], model: DeviceModel) -> RoleSlice:
    """Return where a feeder's phases are. Raises `ValueError` where they are not read by one request."""
    names = [point.name for point in points]
    picks = tuple(names.index(point.name) for point in model.feed)
    return RoleSlice(Role.CURRENT, picks, 0, picks == tuple(range(len(names))), are_phases=True)


def _runs(found: Mapping[int, int]) -> Iterable[tuple[int, tuple[int, ...]]]:
    """Yield (first outlet, places of its values and of those that follow) for each run of neighbouring outlets."""
    run: list[int] = []
    for outlet in sorted(found):
        if run and outlet != run[-1] + 1:
            yield run[0], tuple(found[member] for member in run)
            run = []
        run.append(outlet)
    if run:
        yield run[0], tuple(found[member] for member in run)
