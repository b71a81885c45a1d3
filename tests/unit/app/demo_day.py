"""A demo's day as its subscriber heard it: real records of every kind of order, a trip, alarms, all that is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.app.demo_estate import community_of
from gateway.app.demo_picture import Picture
from gateway.orders.charge.event import StopAsked
from gateway.orders.charge.record import accepted, settled, settlement_digest
from gateway.orders.deposit.event import Weighed
from gateway.orders.deposit.order import Purpose as BinPurpose
from gateway.orders.purchase.event import Declared, Line
from gateway.orders.purchase.order import Purpose
from gateway.orders.reason import StopReason
from tests.unit.orders.charging import Run
from tests.unit.orders.deposit.bin_run import BinRun
from tests.unit.orders.purchase.shop import COLA, SCALE, Shop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.site import Site

Body = dict[str, Any]


def body(order_id: str, stage: str, said: Mapping[str, object]) -> Body:
    return {"order_id": order_id, "stage": stage, **said}


def charge(order_id: str) -> list[Body]:
    run = Run().charging(power_w=200.0, for_s=900.0)
    run(StopAsked(reason=StopReason.USER))
    run.off()
    names: Body = {"outlet": run.order.outlet, "user_ref": "u"}
    end = settled(run.order) | {"digest": settlement_digest(run.order)}
    return [body(order_id, "accepted", names | accepted(run.order)), body(order_id, "settled", names | end)]


def purchase(order_id: str, left_g: int = 10_000 - 340) -> list[Body]:
    """Return a purchase that leaves so much of 10 kg on the shelf."""
    shop = Shop(replace(SCALE, stock=(replace(COLA, sku="cola-330"),))).opened()
    shop.shut()
    stage = str(shop.weigh(left_g))
    return [body(order_id, "looking", shop.told("looking")), body(order_id, stage, shop.told(stage))]


def restock(order_id: str) -> list[Body]:
    shop = Shop(purpose=Purpose.RESTOCK).opened()
    shop(Declared(lines=(Line(shelf="s1", sku="cola", found=3, added=1),)))
    shop.shut()
    shop.weigh(10_340)
    return [body(order_id, "settled", shop.told("settled"))]


def deposit(order_id: str, after_g: int = 7_400, seen_g: int = 0) -> list[Body]:
    """Return a delivery into a bin of 5 kg; `seen_g` is what the scale says while the door is open."""
    run = BinRun().opened()
    if seen_g:
        run(Weighed(grams=seen_g), after_ms=100)
    run.shut().hold(after_g)
    stage = str(run.order.stage)
    return [body(order_id, "taring", run.told("taring")), body(order_id, stage, run.told(stage))]


def collection(order_id: str) -> list[Body]:
    run = BinRun(purpose=BinPurpose.COLLECTION, tare_g=900).opened()
    run.shut().hold(900)
    return [body(order_id, "recorded", run.told("recorded"))]


def heard(picture: Picture, *bodies: Body) -> None:
    """Let order events arrive."""
    for each in bodies:
        event(picture, "order", body=each)


def event(picture: Picture, kind: str, **message: object) -> None:
    picture.heard({"topic": f"event/{kind}", "message": message})


def trip(picture: Picture, outlet: str, measured_ms: float) -> None:
    cause = {"outlet": outlet, "ansi": "50", "element": "definite-time", "measured": 16.03, "pickup": 10.0}
    event(picture, "trip", body={"stage": "tripped", "causes": [cause]})
    over = {"stage": "recorded", "outlets": [outlet], "measured_ms": measured_ms, "bound_ms": 437.1}
    event(picture, "trip", body=over)


def a_day(site: Site) -> Picture:
    """Return a picture with everything in it that a screen has room for."""
    picture = Picture(community_of(site))
    for device in site.devices:
        state = "shut" if device.name in ("cabinet-01", "bins") else "on"
        outlets = {outlet.name: {"state": state, "w": 412.5} for outlet in device.model.outlets}
        outlets = {n: o | {"order_id": "throw-123", "stage": "confirming"} for n, o in outlets.items()}
        picture.heard({"topic": f"state/{device.name}", "message": {"outlets": outlets}})
    latest = {name: {"weight": 12_340.0, "distance": 870} for name in picture.community.sensors}
    picture.heard({"counts": {"reading": 123_456, "event": 12_345, "repeated": 0}, "latest": latest})
    bus = {"load": 1.03, "ring_ms": 250.0, "silent": ["pile-01"]}
    picture.reported(
        {"buses": {bus_.name: bus for bus_ in site.buses}, "bounds_ms": dict.fromkeys(picture.community.piles, 437.1)}
    )
    for number in range(1, 4):
        trip(picture, f"pile-0{number}/outlet-12", 338.9)
        heard(picture, *charge(f"charge-{number}"), *purchase(f"buy-{number}"), *deposit(f"throw-{number}"))
    for _ in range(9):
        picture.say("takes-out", place="recyclable")
    return picture
