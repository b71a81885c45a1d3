"""Resolve a sound profile into the values that the program runs on. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.device import (
    Capability,
    DeviceModel,
    Lease,
    Outlet,
    OwnLimit,
    PollGroup,
    Source,
    Switch,
)
from gateway.model.wiring import Block, ReadLimits, Timing
from gateway.profile.blocks import blocks_for, readable_ground
from gateway.profile.expand import OUTLETS, outlet_name, place_write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.device import Action, Point, Role
    from gateway.model.wiring import Write
    from gateway.profile.expand import Placed
    from gateway.profile.schema import DeviceCapabilities, GroupSpec, OutletCapabilities, OutletsSpec, ProfileFile


def build(profile: ProfileFile, placed: tuple[Placed, ...], name: str, file: str) -> DeviceModel:
    """Return the device model of a profile in which lint has found nothing."""
    points = {item.point.name: item.point for item in placed}
    outlets = profile.outlets
    return DeviceModel(
        name=name,
        kind=profile.kind,
        vendor=profile.vendor,
        model=profile.model,
        source=Source(manual=profile.source.manual, page=profile.source.page, url=profile.source.url),
        driver=profile.driver,
        timing=Timing(
            turnaround_min_ms=profile.timing.turnaround_min_ms,
            turnaround_max_ms=profile.timing.turnaround_max_ms,
            late_reply_ms=profile.timing.late_reply_ms,
            refresh_ms=profile.currents.refresh_ms or 0.0,
            relay_ms=profile.timing.relay_ms,
            command_gap_ms=profile.timing.command_gap_ms,
        ),
        limits=limits_of(profile),
        delivery=profile.currents.delivery,
        current_at_v=profile.currents.from_power_at_v,
        resumes=profile.resumes,
        holds_on_silence=profile.on_silence is not None and profile.on_silence.holds,
        capabilities=_capabilities(profile),
        points=tuple(points.values()),
        groups=_groups(profile, placed),
        outlets=()
        if outlets is None
        else tuple(_outlet(profile, outlets, index, points) for index in range(outlets.count)),
        roles={role: points[point] for role, point in profile.roles.items()},
        all_off=_all_off(profile),
        actions={act: place_write(profile, profile.commands[name]) for act, name in profile.capabilities.act.items()},
        lease=_lease(profile, points),
        rated_closings=profile.rated_closings,
        own_limit=_own_limit(profile, points),
        query=None if profile.query is None else place_write(profile, profile.commands[profile.query]),
        protection=profile.protection.model_dump(exclude_unset=True),
        workarounds=frozenset(item.value for item in profile.workarounds),
        file=file,
    )


def limits_of(profile: ProfileFile) -> ReadLimits:
    """Return what one read of this device may ask for."""
    limits = profile.limits
    return ReadLimits(registers=limits.registers, bits=limits.bits, even_counts=limits.even_counts)


def points_of_group(group: GroupSpec, placed: tuple[Placed, ...]) -> tuple[Point, ...]:
    """Return the points that a group names, those of every outlet included, in the group's order."""
    return tuple(item.point for reference in group.points for item in placed if item.reference == reference)


def _groups(profile: ProfileFile, placed: tuple[Placed, ...]) -> tuple[PollGroup, ...]:
    ground = readable_ground(profile.readable, (item.point for item in placed))
    limits = limits_of(profile)
    groups = []
    for group in profile.poll_groups:
        points = points_of_group(group, placed)
        blocks = blocks_for(points, ground, limits)
        groups.append(
            PollGroup(
                name=group.name,
                group_class=group.group_class,
                period_ms=group.period_ms,
                points=points,
                blocks=blocks,
            )
        )
    return tuple(groups)


def _outlet(profile: ProfileFile, outlets: OutletsSpec, index: int, points: Mapping[str, Point]) -> Outlet:
    number = outlets.first + index
    prefix = f"{outlet_name(number)}/"
    roles: dict[Role, Point] = {role: points[prefix + name] for role, name in outlets.roles.items()}
    actions: dict[Action, Write] = {
        act: place_write(profile, outlets.commands[name], index) for act, name in outlets.capabilities.act.items()
    }
    return Outlet(number=number, roles=roles, switch=_switch(profile, outlets, index, points), actions=actions)


def _switch(profile: ProfileFile, outlets: OutletsSpec, index: int, points: Mapping[str, Point]) -> Switch | None:
    spec = outlets.capabilities.switch
    if spec is None:
        return None
    prefix = f"{outlet_name(outlets.first + index)}/"
    off = outlets.commands[spec.off]

    def seen_at(reference: str | None) -> Point | None:
        return None if reference is None else points[reference.replace(OUTLETS, prefix, 1)]

    return Switch(
        on=place_write(profile, outlets.commands[spec.on], index),
        off=place_write(profile, off, index),
        off_other=None if spec.off_other is None else place_write(profile, outlets.commands[spec.off_other], index),
        feedback=seen_at(off.feedback),
        read_back=seen_at(off.read_back),
    )


def _all_off(profile: ProfileFile) -> Write | None:
    switch = profile.capabilities.switch
    return None if switch is None else place_write(profile, profile.commands[switch.all_off])


def _lease(profile: ProfileFile, points: Mapping[str, Point]) -> Lease | None:
    spec = None if profile.on_silence is None else profile.on_silence.lease
    if spec is None:
        return None
    armed = points[spec.armed]
    return Lease(
        arm=place_write(profile, profile.commands[spec.arm]),
        armed=Block(armed.table, armed.address, armed.span),
        timeout_s=spec.timeout_s,
    )


def _own_limit(profile: ProfileFile, points: Mapping[str, Point]) -> OwnLimit | None:
    spec = profile.own_limit
    if spec is None:
        return None
    write = place_write(profile, profile.commands[spec.command])
    return OwnLimit(write=write, value=spec.value, shown=points[spec.shown])


def _capabilities(profile: ProfileFile) -> frozenset[Capability]:
    asked: list[DeviceCapabilities | OutletCapabilities] = [profile.capabilities]
    if profile.outlets is not None:
        asked.append(profile.outlets.capabilities)
    found = {Capability.SWITCH} if any(item.switch is not None for item in asked) else set()
    found |= {Capability.METER} if any(item.meter for item in asked) else set()
    found |= {Capability.SENSE} if any(item.sense for item in asked) else set()
    found |= {Capability.ACT} if any(item.act for item in asked) else set()
    return frozenset(found)
