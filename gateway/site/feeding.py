"""A meter that opens contactors by itself: its model with one outlet, and what such an outlet is set to. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.model.device import PHASES, GroupClass, Outlet, PollGroup, Role
from gateway.model.wiring import Table
from gateway.profile.blocks import blocks_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.device import DeviceModel, Point

READS_A_REFRESH = 10
"""A meter is read so often while its value is renewed once, where its line has time for that: more tells nothing."""

TRIPPING = ("pickup_a", "inverse", "thermal")
"""The settings of which one at least makes a meter protect what it feeds."""

SETTABLE = frozenset(
    {
        *TRIPPING,
        "samples",
        "trip_delay_ms",
        "drop_off_ratio",
        "arming_delay_ms",
        "rating_a",
        "noise_floor_a",
        "frozen_after_s",
        "bf_ms",
        "residue_a",
        "sight_loss_misses",
        "sight_loss_s",
        "upstream_after_s",
        "trip_within_ms",
    }
)
"""What can be set for it; the rest belongs to outlets with a plug, a voltage and a temperature of their own."""

DEFAULTS: Mapping[str, object] = {
    "pickup_a": None,
    "bf_ms": 4000.0,
    "residue_a": 0.5,
    "rejections_to_latch": 1,
    "over_temperature_c": None,
    "over_voltage_v": None,
    "under_voltage_v": None,
    "total_pickup_a": None,
    "residual_ma": None,
}
"""What differs from a pile's outlet: it has no plug whose pulling ends a rejection, so that each of its trips latches;
`bf_ms` covers twice the second in which such meters renew their value; `residue_a` leaves room for what hangs on the
meter before its contactors. A voltage that comes back must not find a shed that stays dark."""


def phases_of(model: DeviceModel) -> tuple[Point, ...]:
    """Return the currents of a meter by its phases, or its only one; empty where it tells none."""
    phases = tuple(model.roles[role] for role in PHASES if role in model.roles)
    total = model.roles.get(Role.TOTAL_CURRENT)
    return phases or (() if total is None else (total,))


def as_feeder(model: DeviceModel, refresh_ms: float) -> DeviceModel:
    """Return the model of a meter with one outlet, whose currents go round in the protection ring.

    `refresh_ms` is how often its value is renewed at this site.
    """
    feed = phases_of(model)
    blocks = [block for group in model.groups for block in group.blocks]
    ground = {table: tuple((b.address, b.end) for b in blocks if b.table is table) for table in Table}
    ring = PollGroup(
        name="feed",
        group_class=GroupClass.PROTECTION,
        period_ms=refresh_ms / READS_A_REFRESH,
        points=feed,
        blocks=blocks_for(feed, ground, model.limits),
    )
    counted = {*PHASES, Role.TOTAL_CURRENT}
    roles = {role: point for role, point in model.roles.items() if role not in counted}
    return replace(model, groups=(ring, *model.groups), outlets=(Outlet(number=1, roles={}),), roles=roles, feed=feed)


def settings_of(own: Mapping[str, object]) -> dict[str, object]:
    """Return the settings of such a meter: only its own, because those of the site are meant for outlets."""
    settings = {**DEFAULTS, **own}
    if "rating_a" not in own:
        settings["rating_a"] = _lowest(own)
    return settings | {"total_rating_a": settings["rating_a"]}


def _lowest(own: Mapping[str, object]) -> float:
    """Return the current above which the first of its elements picks up: what it counts with before it was read."""
    inverse, thermal = own.get("inverse"), own.get("thermal")
    found = [own.get("pickup_a")]
    found += [inverse.get("setting_a")] if isinstance(inverse, dict) else []
    found += [thermal.get("base_a")] if isinstance(thermal, dict) else []
    return min(float(value) for value in found if isinstance(value, int | float))
