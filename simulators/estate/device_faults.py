"""What goes wrong inside piles, relays, meters and sensors. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.model.device import Kind
from simulators.estate.happen import DEVICE, OUTLET, happen
from simulators.estate.manner import MANNERS
from simulators.estate.quantity import CARD, CURRENT, ENERGY, LEAKAGE, TEMPERATURE, VOLTAGE
from simulators.estate.wish import Form
from simulators.tongue import MODBUS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulators.estate.wish import Order, Wish

BURST_S = 0.2
PILE = frozenset({Kind.PILE})
ONLY_MODBUS = frozenset({MODBUS})
ONLY_DNY = frozenset({"dny"})


def _burst(wish: Wish) -> list[Order]:
    return happen("overload")(replace(wish, options={"for": BURST_S, **wish.options}))


OF_DEVICES: Mapping[str, Form] = {
    "overload": Form(
        kinds=PILE,
        says="draw this current from now on",
        levels=OUTLET,
        make=happen("overload"),
        value=CURRENT,
        options=("for",),
        ends=True,
    ),
    "ramp": Form(
        kinds=PILE,
        says="draw more and more, up to this current",
        levels=OUTLET,
        make=happen("overload"),
        value=CURRENT,
        options=("over", "for"),
        ends=True,
    ),
    "burst": Form(
        kinds=PILE, says="draw this current for 200 ms", levels=OUTLET, make=_burst, value=CURRENT, options=("for",)
    ),
    "welded": Form(
        kinds=frozenset({Kind.PILE, Kind.RELAY}),
        says="the contact never opens again",
        levels=OUTLET,
        make=happen("welded"),
        options=("for",),
        ends=True,
    ),
    "frozen": Form(
        kinds=frozenset({Kind.PILE, Kind.METER, Kind.SENSOR, Kind.WEIGHER, Kind.LEVEL}),
        drivers=frozenset(MANNERS) - {"dianchuan", "lockboard_8a", "wkly"},
        says="the meter's values stand still",
        levels=DEVICE | OUTLET,
        make=happen("frozen"),
        options=("for",),
        ends=True,
    ),
    "local-start": Form(
        kinds=PILE,
        drivers=ONLY_MODBUS,
        says="somebody switches it on at the pile itself",
        levels=OUTLET,
        make=happen("local-start"),
    ),
    "plug-in": Form(kinds=PILE, says="somebody plugs a bike in", levels=OUTLET, make=happen("plug-in")),
    "plug-out": Form(kinds=PILE, says="somebody pulls the plug", levels=OUTLET, make=happen("plug-out")),
    "card": Form(
        kinds=PILE,
        drivers=ONLY_DNY,
        says="somebody holds a card with this number to it",
        levels=OUTLET,
        make=happen("card"),
        value=CARD,
    ),
    "gives-up": Form(
        kinds=PILE,
        drivers=ONLY_DNY,
        says="the pile ends and settles the order that runs there for want of power",
        levels=OUTLET,
        make=happen("gives-up"),
    ),
    "settled-again": Form(
        kinds=PILE,
        drivers=ONLY_DNY,
        says="the pile sends the settlement of its last charge once more, with this energy",
        levels=OUTLET,
        make=happen("settled-again"),
        value=ENERGY,
    ),
    "temperature": Form(
        kinds=frozenset({Kind.PILE, Kind.SENSOR}),
        drivers=ONLY_MODBUS,
        says="this hot",
        levels=DEVICE | OUTLET,
        make=happen("temperature"),
        value=TEMPERATURE,
        options=("for",),
        ends=True,
    ),
    "voltage": Form(
        kinds=PILE,
        drivers=ONLY_MODBUS,
        says="this supply voltage",
        levels=DEVICE,
        make=happen("voltage"),
        value=VOLTAGE,
        options=("for",),
        ends=True,
    ),
    "residual": Form(
        kinds=PILE,
        drivers=ONLY_MODBUS,
        says="this residual current",
        levels=DEVICE,
        make=happen("residual"),
        value=LEAKAGE,
        options=("for",),
        ends=True,
    ),
    "smoke": Form(
        kinds=PILE,
        drivers=ONLY_MODBUS | {"dny"},
        says="smoke is seen",
        levels=DEVICE,
        make=happen("smoke"),
        options=("for",),
        ends=True,
    ),
    "door": Form(
        kinds=PILE,
        drivers=ONLY_MODBUS,
        says="the door is open",
        levels=DEVICE,
        make=happen("door"),
        options=("for",),
        ends=True,
    ),
}
