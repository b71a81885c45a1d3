"""Judge the points of a profile one by one and against each other: form, address, overlap. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.device import Access, PointType
from gateway.profile.expand import span_of, stride_of
from gateway.profile.schema import OutletPointSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.model.device import Point
    from gateway.model.wiring import Table
    from gateway.profile.document import Path
    from gateway.profile.expand import Placed
    from gateway.profile.findings import Findings
    from gateway.profile.schema import PointSpec, ProfileFile

LAST_ADDRESS = 65535
_STATES = frozenset({PointType.BIT, PointType.BITS, PointType.ENUM})
_LABELLED = frozenset({PointType.BITS, PointType.ENUM})


def lint_points(profile: ProfileFile, placed: Iterable[Placed], findings: Findings) -> None:
    """Note every point that makes no sense alone, leaves the address space, or lies on another."""
    for path, spec in point_specs(profile):
        _lint_form(spec, path, findings)
        _lint_numbers(spec, path, findings)
    placed = tuple(placed)
    _lint_addresses(placed, findings)
    _lint_overlap(placed, findings)
    for table, spans in profile.readable:
        for index, (first, last) in enumerate(spans):
            if first > last:
                findings.add(("readable", table, index), f"[{first}, {last}] ends before it starts", "[first, last]")


def point_specs(profile: ProfileFile) -> Iterator[tuple[Path, PointSpec]]:
    """Yield every point as it is written, with its place in the file."""
    for name, spec in profile.points.items():
        yield ("points", name), spec
    if profile.outlets is not None:
        for name, outlet_spec in profile.outlets.points.items():
            yield ("outlets", "points", name), outlet_spec


def _lint_form(spec: PointSpec, path: Path, findings: Findings) -> None:
    is_bit, in_bits = spec.type is PointType.BIT, spec.table.is_bits
    if in_bits and not is_bit:
        findings.add((*path, "type"), f"the table {spec.table} holds single bits, not {spec.type}", "use the type bit")
    if in_bits and spec.bit is not None:
        findings.add((*path, "bit"), f"the table {spec.table} has no bits to choose from", "leave `bit` out", key=True)
    if not in_bits and is_bit and spec.bit is None:
        findings.add(path, "a bit of a register needs `bit`", "0 is the lowest, 15 the highest", key=True)
    if not is_bit and spec.bit is not None:
        findings.add((*path, "bit"), f"`bit` means nothing for the type {spec.type}", "use the type bit", key=True)
    if spec.access is not Access.READ and spec.table.value in ("discrete", "input"):
        findings.add((*path, "access"), f"the table {spec.table} cannot be written", "use access: read")
    if spec.labels and spec.type not in _LABELLED:
        findings.add((*path, "labels"), f"labels mean nothing for the type {spec.type}", "use enum or bits", key=True)
    if isinstance(spec, OutletPointSpec) and spec.bit_stride and spec.bit is None:
        findings.add((*path, "bit_stride"), "`bit_stride` needs `bit`", "give the first outlet's bit", key=True)


def _lint_numbers(spec: PointSpec, path: Path, findings: Findings) -> None:
    if spec.scale == 0:
        findings.add((*path, "scale"), "scale 0 would make every reading the same", "raw x scale = value in the unit")
    if spec.type in _STATES and (spec.scale != 1 or spec.offset != 0):
        findings.add((*path, "scale"), f"a state ({spec.type}) has no scale or offset", "leave them out", key=True)
    if spec.range is not None and not spec.range[0] < spec.range[1]:
        findings.add((*path, "range"), f"the range {spec.range} is empty", "[low, high] in the unit")
    if isinstance(spec, OutletPointSpec) and not spec.bit_stride and stride_of(spec) < span_of(spec):
        what = f"stride {spec.stride} lays one outlet's point on the next one's ({span_of(spec)} addresses each)"
        findings.add((*path, "stride"), what, "leave `stride` out where the points follow one another")


def _lint_addresses(placed: tuple[Placed, ...], findings: Findings) -> None:
    told: set[Path] = set()
    for item in placed:
        last = item.point.address + item.point.span - 1
        if last > LAST_ADDRESS and item.path not in told:
            told.add(item.path)
            what = f"{item.point.name} reaches address {last}, beyond {LAST_ADDRESS}"
            findings.add((*item.path, "address"), what, "addresses count from 0, without the 4xxxx of manuals")


def _lint_overlap(placed: tuple[Placed, ...], findings: Findings) -> None:
    """Note each pair of definitions once, at the one that stands later in the file."""
    owners: dict[tuple[Table, int], list[Placed]] = {}
    told: set[tuple[Path, Path]] = set()
    for item in placed:
        for address in range(item.point.address, item.point.address + item.point.span):
            cell = owners.setdefault((item.point.table, address), [])
            for other in cell:
                if (other.path, item.path) not in told and not _may_share(item, other):
                    told.add((other.path, item.path))
                    _tell_overlap(item, other, address, findings)
            cell.append(item)


def _tell_overlap(item: Placed, other: Placed, address: int, findings: Findings) -> None:
    if item.path == other.path and findings.document.at((*item.path, "stride")) is not None:
        return  # a stride that is too short has been told already
    line = findings.document.where(other.path, key=True).line
    what = f"{item.point.name} lies on {other.point.name} ({item.point.table} {address}) with another meaning"
    findings.add((*item.path, "address"), what, f"the other is in line {line}")


def _may_share(item: Placed, other: Placed) -> bool:
    """Bits of one register live together; so do what is only written and what is only read."""
    a, b = item.point, other.point
    if {a.access, b.access} == {Access.READ, Access.WRITE}:
        return True
    if a.table.is_bits or not {a.type, b.type} <= {PointType.BIT, PointType.BITS}:
        return False
    return a.type is not b.type or _distinct_bits(a, b)


def _distinct_bits(a: Point, b: Point) -> bool:
    return a.type is PointType.BIT and a.bit != b.bit
