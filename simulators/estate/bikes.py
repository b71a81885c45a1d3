"""What residents plug into outlets, and what registers say of it that is not so. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.device import Kind
from simulators.estate.happen import OUTLET, happen
from simulators.estate.quantity import ENERGY, POWER
from simulators.estate.wish import Form
from simulators.tongue import MODBUS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulators.estate.wish import Order, Wish

PILE = frozenset({Kind.PILE})
USUAL_W = 180.0
LONG_S = 4 * 3600.0
USUAL_FLOAT_W = 3.0


def _charger(wish: Wish, *, joins: bool) -> list[Order]:
    options = wish.options
    return [
        wish.order(
            "charger",
            unit=wish.unit,
            outlet=wish.target.outlet,
            watts=USUAL_W if wish.value is None else wish.value,
            left_s=options.get("left", LONG_S),
            waits_s=options.get("waits", 0.0),
            float_w=options.get("float", USUAL_FLOAT_W),
            joins=joins,
        )
    ]


def _bike(wish: Wish) -> list[Order]:
    return _charger(wish, joins=False)


def _splitter(wish: Wish) -> list[Order]:
    return _charger(wish, joins=True)


BIKES: Mapping[str, Form] = {
    "bike": Form(
        kinds=PILE,
        says="somebody plugs in a charger of this power that is full after `left`",
        levels=OUTLET,
        make=_bike,
        value=POWER,
        usual=USUAL_W,
        options=("left", "waits", "float"),
    ),
    "splitter": Form(
        kinds=PILE,
        says="somebody adds a charger of this power beside what draws already",
        levels=OUTLET,
        make=_splitter,
        value=POWER,
        usual=USUAL_W,
        options=("left", "float"),
    ),
    "local-stop": Form(
        kinds=PILE,
        drivers=frozenset({MODBUS}),
        says="somebody switches it off at the pile itself",
        levels=OUTLET,
        make=happen("local-stop"),
    ),
    "register": Form(
        kinds=PILE,
        drivers=frozenset({MODBUS}),
        says="the energy register goes on from here: a reset, or another meter",
        levels=OUTLET,
        make=happen("register"),
        value=ENERGY,
    ),
    "wild": Form(
        kinds=PILE,
        drivers=frozenset({MODBUS}),
        says="the energy register is read as this",
        levels=OUTLET,
        make=happen("wild"),
        value=ENERGY,
        options=("for",),
        ends=True,
    ),
}
