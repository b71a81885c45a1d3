"""Give every point and command of a profile its place: one for the device, or one for each outlet. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model.device import Point, PointType
from gateway.model.wiring import Write
from gateway.profile.schema import OutletCommandSpec, OutletPointSpec, Workaround

if TYPE_CHECKING:
    from gateway.profile.document import Path
    from gateway.profile.schema import CommandSpec, PointSpec, ProfileFile

OUTLETS = "outlets/"
"""Prefix of a reference that means the point of every outlet."""

_BITS_OF_A_REGISTER = 16


@dataclass(frozen=True, slots=True)
class Placed:
    """A point with the reference that poll groups use for it, and where its definition stands in the file."""

    reference: str
    path: Path
    point: Point


def place_points(profile: ProfileFile) -> tuple[Placed, ...]:
    """Return every point of the device and of each outlet."""
    placed = [Placed(name, ("points", name), _point(spec, name, None, 0)) for name, spec in profile.points.items()]
    if profile.outlets is None:
        return tuple(placed)
    for name, spec in profile.outlets.points.items():
        path: Path = ("outlets", "points", name)
        for index in range(profile.outlets.count):
            number = profile.outlets.first + index
            placed.append(Placed(OUTLETS + name, path, _point(spec, name, number, index)))
    return tuple(placed)


def _point(spec: PointSpec, name: str, number: int | None, index: int) -> Point:
    address, bit = spec.address, spec.bit
    if isinstance(spec, OutletPointSpec):
        address += index * stride_of(spec)
        if bit is not None:
            bit += index * spec.bit_stride
            address, bit = address + bit // _BITS_OF_A_REGISTER, bit % _BITS_OF_A_REGISTER
    low, high = spec.range if spec.range is not None else (None, None)
    return Point(
        name=name if number is None else f"{outlet_name(number)}/{name}",
        table=spec.table,
        address=address,
        type=spec.type,
        word_order=spec.word_order,
        byte_order=spec.byte_order,
        scale=spec.scale,
        offset=spec.offset,
        unit=spec.unit,
        low=low,
        high=high,
        access=spec.access,
        bit=bit,
        labels=dict(spec.labels),
        outlet=number,
    )


def outlet_name(number: int) -> str:
    """Return the name of an outlet in paths and topics."""
    return f"outlet-{number:02d}"


def span_of(spec: PointSpec) -> int:
    """Return how many addresses a point takes."""
    return 1 if spec.table.is_bits or spec.type is PointType.BIT else spec.type.words


def stride_of(spec: OutletPointSpec) -> int:
    """Return the addresses from one outlet's point to the next one's."""
    if spec.stride is not None:
        return spec.stride
    return 0 if spec.bit_stride else span_of(spec)


def place_write(profile: ProfileFile, spec: CommandSpec, index: int = 0) -> Write:
    """Return the write of a command, for the outlet at `index` where it is one of an outlet."""
    address = spec.address
    if isinstance(spec, OutletCommandSpec):
        address += index * (len(spec.values) if spec.stride is None else spec.stride)
    multiple = spec.multiple or Workaround.ONLY_MULTIPLE_WRITES in profile.workarounds
    return Write(spec.table, address, tuple(spec.values), multiple=multiple)
