"""Judge what a profile says about reading: roles, poll groups, delivery of currents, blocks. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.device import Access, Delivery, GroupClass, Kind, PointType, Role
from gateway.profile.blocks import blocks_for, readable_ground
from gateway.profile.build import limits_of, points_of_group
from gateway.profile.expand import OUTLETS
from gateway.profile.findings import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.profile.document import Path
    from gateway.profile.expand import Placed
    from gateway.profile.findings import Findings
    from gateway.profile.schema import PointSpec, ProfileFile

ROLE_UNITS = {
    Role.CURRENT: "A",
    Role.TOTAL_CURRENT: "A",
    Role.CURRENT_L1: "A",
    Role.CURRENT_L2: "A",
    Role.CURRENT_L3: "A",
    Role.RESIDUAL_CURRENT: "mA",
    Role.POWER: "W",
    Role.ENERGY: "Wh",
    Role.VOLTAGE: "V",
    Role.TEMPERATURE: "°C",
    Role.WEIGHT: "g",
    Role.TARE: "g",
    Role.DISTANCE: "mm",
}
"""The unit in which protection and orders take a role's value; `scale` brings the device's own unit to it."""

OUTLET_ROLES = frozenset(
    {
        Role.CURRENT,
        Role.POWER,
        Role.ENERGY,
        Role.VOLTAGE,
        Role.RELAY,
        Role.PLUG,
        Role.TEMPERATURE,
        Role.DOOR,
        Role.WEIGHT,
    }
)
DEVICE_ROLES = frozenset(Role) - {Role.RELAY, Role.PLUG}

_STATE_ROLES = frozenset({Role.RELAY, Role.PLUG, Role.SMOKE, Role.DOOR, Role.STABLE})
_CURRENT_ROLES = frozenset({Role.CURRENT, Role.TOTAL_CURRENT})
_UNBOUNDED = frozenset({Role.ENERGY})


def lint_reading(profile: ProfileFile, placed: tuple[Placed, ...], findings: Findings) -> None:
    """Note every role, group and delivery that cannot work."""
    _lint_roles(profile, findings)
    _lint_groups(profile, findings)
    _lint_polled(profile, findings)
    _lint_delivery(profile, findings)
    _lint_blocks(profile, placed, findings)


def _roles(profile: ProfileFile) -> Iterator[tuple[Path, Role, str]]:
    """Yield (place in the file, role, reference of its point)."""
    for role, name in profile.roles.items():
        yield ("roles", role.value), role, name
    if profile.outlets is not None:
        for role, name in profile.outlets.roles.items():
            yield ("outlets", "roles", role.value), role, OUTLETS + name


def _spec(profile: ProfileFile, reference: str) -> PointSpec | None:
    if not reference.startswith(OUTLETS):
        return profile.points.get(reference)
    return None if profile.outlets is None else profile.outlets.points.get(reference.removeprefix(OUTLETS))


def _lint_roles(profile: ProfileFile, findings: Findings) -> None:
    for path, role, reference in _roles(profile):
        section: Path = ("outlets", "points") if reference.startswith(OUTLETS) else ("points",)
        known, name = findings.names(section), reference.removeprefix(OUTLETS)
        allowed = OUTLET_ROLES if reference.startswith(OUTLETS) else DEVICE_ROLES
        if role not in allowed:
            owner = "an outlet" if reference.startswith(OUTLETS) else "a whole device"
            findings.add(path, f"{owner} has no role `{role}`", did_you_mean(role, allowed), key=True)
        elif name not in known:
            findings.add(path, f"the role `{role}` names no point: `{name}`", did_you_mean(name, known))
        elif (spec := _spec(profile, reference)) is not None:
            _lint_role_point(path, role, spec, findings)


def _lint_role_point(path: Path, role: Role, spec: PointSpec, findings: Findings) -> None:
    unit = ROLE_UNITS.get(role)
    if unit is not None and spec.unit != unit:
        findings.add(path, f"the role `{role}` wants {unit}, its point has `{spec.unit}`", "set scale and unit so")
    if unit is not None and spec.range is None and role not in _UNBOUNDED:
        findings.add(path, f"the point of the role `{role}` has no range", "say what is plausible: range: [low, high]")
    if role in _STATE_ROLES and spec.type not in (PointType.BIT, PointType.ENUM):
        findings.add(
            path, f"the role `{role}` wants a bit or enum (0 = no), not {spec.type}", "change the point's type"
        )
    if spec.access is Access.WRITE:
        findings.add(path, f"the point of the role `{role}` cannot be read", "use access: read-write")


def _lint_groups(profile: ProfileFile, findings: Findings) -> None:
    known = findings.names(("points",)) | {OUTLETS + name for name in findings.names(("outlets", "points"))}
    names: set[str] = set()
    for index, group in enumerate(profile.poll_groups):
        path: Path = ("poll_groups", index)
        if group.name in names:
            findings.add((*path, "name"), f"a second group is called `{group.name}`", "give each its own name")
        names.add(group.name)
        if group.period_ms == 0 and group.group_class is not GroupClass.PROTECTION:
            findings.add(path, f"the group `{group.name}` needs a `period_ms`", "0 means every round: protection only")
        for place, reference in enumerate(group.points):
            spec = _spec(profile, reference)
            here: Path = (*path, "points", place)
            if reference not in known:
                findings.add(here, f"the group reads no point: `{reference}`", did_you_mean(reference, known))
            elif spec is not None and spec.access is Access.WRITE:
                findings.add(here, f"`{reference}` can only be written", "use access: read-write, or leave it out")
            elif reference in group.points[:place]:
                findings.add(here, f"`{reference}` stands in this group twice", "once is enough")


def _lint_polled(profile: ProfileFile, findings: Findings) -> None:
    """Note roles that nobody reads, and currents of outlets that are not read in every round."""
    polled = {reference for group in profile.poll_groups for reference in group.points}
    ringed = {
        reference
        for group in profile.poll_groups
        if group.group_class is GroupClass.PROTECTION
        for reference in group.points
    }
    for path, role, reference in _roles(profile):
        if findings.broken("poll_groups") or _spec(profile, reference) is None:
            continue
        if profile.currents.delivery is Delivery.POLLED and role is Role.CURRENT and reference.startswith(OUTLETS):
            if reference not in ringed:
                what = f"no poll group of the class protection reads `{reference}`"
                findings.add(path, what, "an outlet's current is protected only where every round reads it")
        elif reference not in polled and profile.currents.delivery is not Delivery.PUSHED:
            findings.add(path, f"no poll group reads `{reference}`, so the role `{role}` never has a value")


def _lint_delivery(profile: ProfileFile, findings: Findings) -> None:
    has_current = any(role in _CURRENT_ROLES for _, role, _ in _roles(profile))
    currents, written = profile.currents, findings.document.at(("currents",)) is not None
    if has_current and not written:
        what = "`currents` is missing: this device measures currents"
        findings.add(("currents",), what, "say `delivery` and `refresh_ms`")
    if written and currents.delivery is not Delivery.NEVER and currents.refresh_ms is None:
        what = "`refresh_ms` is missing: how old can a current be when it is read?"
        findings.add(
            ("currents", "refresh_ms"), what, "metering chips take 72 to 800 ms; 0 only if measured on request"
        )
    outlets = profile.outlets
    tells = frozenset() if outlets is None else outlets.roles.keys()
    is_polled, at_v = currents.delivery is Delivery.POLLED, currents.from_power_at_v
    if profile.kind is Kind.PILE and is_polled and Role.POWER in tells and Role.CURRENT not in tells and at_v is None:
        what = "its outlets tell `power` and no `current`, which protection looks at"
        findings.add(("currents",), what, "say `from_power_at_v`, as 220")
    if at_v is not None and (Role.POWER not in tells or Role.CURRENT in tells):
        what = "`from_power_at_v` is for outlets that tell `power` and no `current`"
        findings.add(("currents", "from_power_at_v"), what, "leave it out")
    if profile.kind is Kind.PILE and not has_current and not findings.broken("outlets"):
        findings.add(("kind",), "a pile needs outlets with the role `current`", "add outlets: roles: current")


def _lint_blocks(profile: ProfileFile, placed: tuple[Placed, ...], findings: Findings) -> None:
    limits = limits_of(profile)
    for item in {item.path: item for item in placed}.values():
        most = limits.bits if item.point.table.is_bits else limits.registers
        if item.point.span > most:
            what = f"{item.point.name} takes {item.point.span} registers, one read may ask for {most}"
            findings.add((*item.path, "type"), what, "half a value cannot be read: raise limits.registers")
    ground = readable_ground(profile.readable, (item.point for item in placed))
    for index, group in enumerate(profile.poll_groups):
        for block in blocks_for(points_of_group(group, placed), ground, limits):
            if limits.even_counts and not block.table.is_bits and (block.count % 2 or limits.registers % 2):
                what = f"{block.table} {block.address}..{block.end - 1} cannot be read in even numbers of registers"
                hint = "declare a neighbour under `readable`, and an even limits.registers"
                findings.add(("poll_groups", index, "points"), what, hint, key=True)
