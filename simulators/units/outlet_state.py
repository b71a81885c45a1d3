"""What an outlet truly does, as JSON values: nothing on the wire tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulators.physics.pile import Pile

PLUG_WORDS = ("empty", "plugged", "charging")


def outlet_states(pile: Pile, at_s: float) -> list[dict[str, Any]]:
    """Return each outlet's true state."""
    return [
        {
            "outlet": number,
            "commanded": outlet.contact.commanded,
            "closed": outlet.contact.closed,
            "welded": outlet.contact.welded,
            "plug": PLUG_WORDS[outlet.plug],
            "watts": outlet.power_w(at_s),
            "amps": outlet.metered_current_a(at_s),
            "wh": outlet.energy_wh(at_s),
        }
        for number, outlet in pile.outlets.items()
    ]
