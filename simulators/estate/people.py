"""What people do at cabinets and bins, and what goes wrong with doors and scales there. Pure.

A cabinet or a station of bins goes by the name of its lock board, a door by its outlet. Whoever comes acts when the
door opens next, or at once where it stands open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.device import Kind
from simulators.estate.directory import BINS, CABINET
from simulators.estate.happen import DEVICE, OUTLET, happen
from simulators.estate.quantity import PIECES, SHARE, TIME, WEIGHT
from simulators.estate.wish import Form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulators.estate.wish import Order, Wish

ROOM = frozenset({Kind.LOCK})
SCALE = frozenset({Kind.WEIGHER})


def _visit(wish: Wish, **does: object) -> list[Order]:
    people = int(wish.options.get("people", 1))
    return [wish.order("visit", unit=wish.unit, door=wish.target.outlet, people=people, **does)]


def _takes(wish: Wish) -> list[Order]:
    stays = {"stays_s": wish.options["for"]} if "for" in wish.options else {}
    pieces = {name: int(wish.options.get(name, 0)) for name in ("back", "peels", "astray")}
    left_g = wish.options.get("leaves", 0.0)
    return _visit(wish, takes=int(wish.value or 0), **pieces, leaves_g=left_g, **stays)


def _steals(wish: Wish) -> list[Order]:
    return _visit(wish, takes=int(wish.value or 0), sneaks=True)


def _puts_back(wish: Wish) -> list[Order]:
    return _visit(wish, back=int(wish.value or 0))


def _forgets(wish: Wish) -> list[Order]:
    taken = int(wish.value or 0)
    if "for" in wish.options:
        return _visit(wish, takes=taken, stays_s=wish.options["for"])
    return _visit(wish, takes=taken, forgets=True)


def _leaves(wish: Wish) -> list[Order]:
    return _visit(wish, leaves_g=wish.value or 0.0)


def _throws(wish: Wish) -> list[Order]:
    options = wish.options
    leans = {"leans_s": options["for"]} if "for" in options else {}
    return _visit(wish, throws_g=wish.value, out_g=options.get("out", 0.0), leans_g=options.get("leans", 0.0), **leans)


def _throws_wrong(wish: Wish) -> list[Order]:
    return _visit(wish, throws_g=wish.value, wrong=True)


def _reaches_in(wish: Wish) -> list[Order]:
    return _visit(wish, throws_g=wish.options.get("throws", 0.0), reaches_s=wish.value)


PEOPLE: Mapping[str, Form] = {
    "takes": Form(
        kinds=ROOM,
        room=CABINET,
        says="somebody takes so many pieces, puts some back or astray, peels tags off, leaves something, shuts up",
        levels=DEVICE | OUTLET,
        make=_takes,
        value=PIECES,
        usual=1,
        options=("back", "peels", "astray", "leaves", "people", "for"),
    ),
    "steals": Form(
        kinds=ROOM,
        room=CABINET,
        says="somebody takes so many pieces through a gap, at once, the door stays shut",
        levels=OUTLET,
        make=_steals,
        value=PIECES,
        usual=1,
    ),
    "puts-back": Form(
        kinds=ROOM,
        room=CABINET,
        says="somebody puts so many pieces back that were taken before",
        levels=DEVICE | OUTLET,
        make=_puts_back,
        value=PIECES,
        usual=1,
        options=("people",),
    ),
    "forgets-to-close": Form(
        kinds=ROOM,
        room=CABINET,
        says="somebody takes so many pieces and leaves the door open",
        levels=DEVICE | OUTLET,
        make=_forgets,
        value=PIECES,
        usual=1,
        options=("people", "for"),
    ),
    "leaves": Form(
        kinds=ROOM,
        room=CABINET,
        says="somebody leaves something so heavy on a shelf",
        levels=DEVICE | OUTLET,
        make=_leaves,
        value=WEIGHT,
        options=("people",),
    ),
    "throws": Form(
        kinds=ROOM,
        room=BINS,
        says="somebody throws so much into a bin, leans on it, takes something out",
        levels=DEVICE | OUTLET,
        make=_throws,
        value=WEIGHT,
        options=("leans", "out", "people", "for"),
    ),
    "throws-wrong": Form(
        kinds=ROOM,
        room=BINS,
        says="somebody throws so much into a bin that belongs into another",
        levels=DEVICE | OUTLET,
        make=_throws_wrong,
        value=WEIGHT,
        options=("people",),
    ),
    "reaches-in": Form(
        kinds=ROOM,
        room=BINS,
        says="somebody throws something in and has his hand in the closing door for so long",
        levels=DEVICE | OUTLET,
        make=_reaches_in,
        value=TIME,
        options=("throws",),
    ),
    "leans": Form(
        kinds=ROOM,
        room=BINS,
        says="somebody leans on a bin with so much",
        levels=OUTLET,
        make=happen("leaning"),
        value=WEIGHT,
        options=("for",),
        ends=True,
    ),
    "forces": Form(
        kinds=ROOM,
        says="somebody pries the door open",
        levels=OUTLET,
        make=happen("forced"),
        options=("for",),
        ends=True,
    ),
    "shuts": Form(
        kinds=ROOM, room=CABINET, says="somebody shuts what is open", levels=DEVICE | OUTLET, make=happen("shut")
    ),
    "hand": Form(
        kinds=ROOM,
        room=BINS,
        says="a hand is in the gap",
        levels=OUTLET,
        make=happen("hand"),
        options=("for",),
        ends=True,
    ),
    "jammed": Form(
        kinds=ROOM,
        says="the lock does not let go",
        levels=DEVICE | OUTLET,
        make=happen("jammed"),
        options=("for",),
        ends=True,
    ),
    "compressor": Form(
        kinds=ROOM,
        room=CABINET,
        says="the compressor stands still",
        levels=DEVICE,
        make=happen("compressor"),
        options=("for",),
        ends=True,
    ),
    "defrost": Form(
        kinds=ROOM,
        room=CABINET,
        says="the evaporator is heated free of ice",
        levels=DEVICE,
        make=happen("defrost"),
        options=("for",),
        ends=True,
    ),
    "level": Form(
        kinds=ROOM, room=BINS, says="the bin looks so full", levels=OUTLET, make=happen("level"), value=SHARE, ends=True
    ),
    "load": Form(
        kinds=SCALE,
        says="something so heavy stands on the scale besides",
        levels=DEVICE,
        make=happen("load"),
        value=WEIGHT,
        options=("for",),
        ends=True,
    ),
    "vibration": Form(
        kinds=SCALE,
        says="the scale is shaken by so much",
        levels=DEVICE,
        make=happen("vibration"),
        value=WEIGHT,
        options=("for",),
        ends=True,
    ),
    "drift": Form(
        kinds=SCALE,
        says="the zero of the scale wanders off by so much",
        levels=DEVICE,
        make=happen("drift"),
        value=WEIGHT,
        options=("over", "for"),
        ends=True,
    ),
}
