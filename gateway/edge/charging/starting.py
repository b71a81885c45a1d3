"""From a start command to a charge order, or to the reason why there is none. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.orders.charge.authorise import Denied, Start, by_platform
from gateway.orders.charge.order import Policy
from gateway.orders.tariff.tariff import Tariff

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.edge.charging.setup import OutletSetup, SiteSetup
    from gateway.orders.charge.authorise import Place
    from gateway.orders.charge.order import ChargeOrder
    from gateway.orders.clock import Now

FOR_EVER_MS = 2**62


def place_of(outlet: OutletSetup, latch_of: Callable[[str], str], *, is_taken: bool) -> Place:
    """Return an outlet as it stands: `latch_of` says what latched an outlet, `is_taken` that an order is under way."""
    latch = latch_of(outlet.place.outlet)
    feeder = "feeder-latched" if any(map(latch_of, outlet.feeders)) else ""
    return replace(outlet.place, is_taken=is_taken, blocked=f"latched until reset: {latch}" if latch else feeder)


def order_of(
    args: Mapping[str, object],
    setup: SiteSetup,
    outlet: OutletSetup,
    place: Place,
    now: Now,
    device_order_no: str,
) -> ChargeOrder | Denied:
    """Return the order that a start's arguments ask for, completed by the site's defaults."""
    said: dict[str, Any] = dict(args)
    tariff = tariff_of(said.get("tariff"), setup, outlet)
    if isinstance(tariff, Denied):
        return tariff
    amount_mil = said.get("amount_mil")
    if amount_mil is None:
        amount_mil = outlet.ceiling_mil if tariff.rates else 0
    if amount_mil is None:
        detail = f"tariff {tariff.id} has a price: the start must name limits.amount_mil"
        return Denied(reason="no-ceiling", detail=detail)
    start = Start(
        order_id=str(said["order_id"]),
        user_ref=str(said.get("user_ref") or ""),
        tariff=tariff,
        amount_mil=amount_mil,
        valid_until_ms=said.get("valid_until") or FOR_EVER_MS,
        max_s=said.get("max_s") or 0,
        max_wh=said.get("max_wh") or 0,
        max_w=said.get("max_w") or 0,
        on_power_fail=Policy(said.get("on_power_fail") or Policy.GO_ON),
        on_cloud_loss=Policy(said.get("on_cloud_loss") or Policy.GO_ON),
    )
    order = by_platform(start, place, now, device_order_no)
    prepaid_mil = said.get("prepaid_mil")
    if isinstance(order, Denied) or prepaid_mil is None:
        return order
    return replace(order, prepaid_mil=prepaid_mil)


def tariff_of(wanted: object, setup: SiteSetup, outlet: OutletSetup) -> Tariff | Denied:
    """Return the tariff that came along, one that the site has by (id, version), or the outlet's own."""
    if wanted is None:
        return setup.tariff_at(outlet)
    if isinstance(wanted, Tariff):
        return wanted
    tariff_id, version = wanted if isinstance(wanted, tuple) else ("", 0)
    found = setup.tariffs.find(tariff_id, version)
    if found is not None:
        return found
    newest = setup.tariffs.find(tariff_id)
    has = "" if newest is None else f", but version {newest.version}"
    return Denied(reason="unknown-tariff", detail=f"this site has no tariff {tariff_id} version {version}{has}")
