"""How faults of devices become control commands. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.estate.directory import Level

if TYPE_CHECKING:
    from simulators.estate.wish import Maker, Order, Wish

LINE, DEVICE, OUTLET = (frozenset({level}) for level in Level)


def happen(what: str) -> Maker:
    """Let something happen to a device or an outlet; `for` ends it again."""

    def make(wish: Wish) -> list[Order]:
        common = {"unit": wish.unit, "outlet": wish.target.outlet, "what": what}
        if wish.off:
            return [wish.order("happen", **common)]
        asked = 1.0 if wish.value is None else wish.value
        orders = [wish.order("happen", **common, value=asked, seconds=wish.options.get("over", 0.0))]
        if "for" in wish.options:
            orders.append(wish.order("happen", wish.options["for"], **common))
        return orders

    return make
