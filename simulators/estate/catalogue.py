"""Every fault that can be asked for, and the control commands that make those of wires and slaves. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.estate.bikes import BIKES
from simulators.estate.device_faults import OF_DEVICES, ONLY_MODBUS, PILE
from simulators.estate.directory import Level
from simulators.estate.happen import DEVICE, LINE, OUTLET
from simulators.estate.manner import MANNERS, STREAMING
from simulators.estate.people import PEOPLE
from simulators.estate.quantity import CODE, COUNT, REPLY_TIME, TIME
from simulators.estate.wish import Form, Maker, Order, Wish
from simulators.tongue import MODBUS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulators.estate.directory import Place


def _reply(kind: str, argument: str = "", factor: float = 1.0) -> Maker:
    """Spoil the next replies of a device, or of any on a line."""

    def make(wish: Wish) -> list[Order]:
        times = int(wish.options.get("times", 1))
        details: dict[str, object] = {"kind": kind, "unit": wish.unit, "times": times}
        if wish.value is not None:
            value = wish.value * factor
            details[argument] = value if argument == "ms" else int(value)
        return [wish.order("fault", **details)]

    return make


def _flag(command: str) -> Maker:
    """Switch something of a line or a device on, and off again after `for`."""

    def make(wish: Wish) -> list[Order]:
        unit = {} if wish.unit is None else {"unit": wish.unit}
        orders = [wish.order(command, **unit, on=not wish.off)]
        if "for" in wish.options and not wish.off:
            orders.append(wish.order(command, wish.options["for"], **unit, on=False))
        return orders

    return make


def _slow(wish: Wish) -> list[Order]:
    usual_ms = wish.place.turnaround_ms
    ms = usual_ms if wish.value is None else 1000.0 * wish.value
    orders = [wish.order("turnaround", unit=wish.unit, ms=ms)]
    if "for" in wish.options:
        orders.append(wish.order("turnaround", wish.options["for"], unit=wish.unit, ms=usual_ms))
    return orders


def _babble(wish: Wish) -> list[Order]:
    return [wish.order("babble", ms=1000.0 * (wish.value or 0.0))]


def _unplug(wish: Wish) -> list[Order]:
    if wish.off:
        return [wish.order("return")]
    return [wish.order("vanish"), wish.order("return", wish.value or 0.0)]


def _reboot(wish: Wish) -> list[Order]:
    down_s = wish.value or 0.0
    return [
        wish.order("silence", unit=wish.unit, on=True),
        wish.order("happen", unit=wish.unit, what="reboot", seconds=down_s),
        wish.order("silence", down_s, unit=wish.unit, on=False),
    ]


def _clear(wish: Wish) -> list[Order]:
    if wish.target.level is not Level.LINE:
        whole = [] if wish.target.outlet is not None else _clear_wire(wish, wish.place)
        return [*whole, wish.order("happen", unit=wish.unit, outlet=wish.target.outlet, what="clear")]
    orders = [
        wish.order("return"),
        wish.order("clear-faults"),
        wish.order("echo", on=False),
        wish.order("strict", on=False),
    ]
    for place in wish.directory.devices.values():
        if place.bus == wish.target.bus:
            orders += [*_clear_wire(wish, place), wish.order("happen", unit=place.unit, what="clear")]
    return orders


def _clear_wire(wish: Wish, place: Place) -> list[Order]:
    return [
        wish.order("silence", unit=place.unit, on=False),
        wish.order("turnaround", unit=place.unit, ms=place.turnaround_ms),
    ]


WIRE = LINE | DEVICE


ASKED = frozenset(MANNERS) - STREAMING
"""What answers requests, and so can miss one or answer it late."""

TELLING_APART = frozenset({MODBUS, "dlt645", "lockboard_8a", "wkly", "dianchuan", "dny"})
"""Protocols in which a reply says whose it is, or to which request."""

REFUSING = frozenset({MODBUS, "dlt645", "wkly"})
"""Protocols with a general way of saying no."""

_WIRES: Mapping[str, Form] = {
    "reboot": Form(
        kinds=PILE,
        says="the controller starts anew and is away for 3 s",
        levels=DEVICE,
        make=_reboot,
        value=TIME,
        usual=3.0,
    ),
    "silent": Form(says="answers nothing", levels=DEVICE, make=_flag("silence"), options=("for",), ends=True),
    "slow": Form(
        drivers=ASKED,
        says="answers after this time from now on",
        levels=DEVICE,
        make=_slow,
        value=REPLY_TIME,
        options=("for",),
        ends=True,
    ),
    "late": Form(
        says="the next reply or frame comes so much later",
        levels=WIRE,
        make=_reply("late", "ms", 1000.0),
        value=REPLY_TIME,
        usual=0.1,
        options=("times",),
    ),
    "lose": Form(
        drivers=ASKED, says="the next request is not heard", levels=WIRE, make=_reply("lose"), options=("times",)
    ),
    "mute": Form(
        says="the next request is obeyed in silence; the next frame is not sent",
        levels=WIRE,
        make=_reply("mute"),
        options=("times",),
    ),
    "foreign": Form(
        drivers=TELLING_APART,
        says="another unit's reply comes before the next",
        levels=WIRE,
        make=_reply("foreign"),
        options=("times",),
    ),
    "duplicate": Form(says="the next reply comes twice", levels=WIRE, make=_reply("duplicate"), options=("times",)),
    "flip": Form(
        says="so many bits of the next reply are wrong",
        levels=WIRE,
        make=_reply("flip", "count"),
        value=COUNT,
        usual=1,
        options=("times",),
    ),
    "truncate": Form(
        says="so many last bytes of the next reply are missing",
        levels=WIRE,
        make=_reply("truncate", "count"),
        value=COUNT,
        usual=1,
        options=("times",),
    ),
    "garbage": Form(
        says="so many bytes of rubbish stand before the next reply",
        levels=WIRE,
        make=_reply("garbage", "count"),
        value=COUNT,
        usual=1,
        options=("times",),
    ),
    "exception": Form(
        drivers=REFUSING,
        says="the next answer is this exception",
        levels=WIRE,
        make=_reply("exception", "code"),
        value=CODE,
        usual=4,
        options=("times",),
    ),
    "refuse": Form(
        drivers=ONLY_MODBUS,
        says="the next write is not carried out, but answered with this exception",
        levels=WIRE,
        make=_reply("refuse", "code"),
        value=CODE,
        usual=4,
        options=("times",),
    ),
    "deny": Form(
        drivers=ONLY_MODBUS,
        says="the next write is carried out, and answered with this exception",
        levels=WIRE,
        make=_reply("deny", "code"),
        value=CODE,
        usual=4,
        options=("times",),
    ),
    "echo": Form(says="the adapter hears what it sends", levels=LINE, make=_flag("echo"), options=("for",), ends=True),
    "strict": Form(
        drivers=ONLY_MODBUS,
        says="requests within t3.5 are ignored",
        levels=LINE,
        make=_flag("strict"),
        options=("for",),
        ends=True,
    ),
    "babble": Form(says="random bytes fill the line for 1 s", levels=LINE, make=_babble, value=TIME, usual=1.0),
    "unplug": Form(
        says="the adapter is away for 3 s and returns under another name",
        levels=LINE,
        make=_unplug,
        value=TIME,
        usual=3.0,
        ends=True,
    ),
    "clear": Form(says="everything works again", levels=LINE | DEVICE | OUTLET, make=_clear),
}

FAULTS: Mapping[str, Form] = {**OF_DEVICES, **BIKES, **_WIRES, **PEOPLE}
