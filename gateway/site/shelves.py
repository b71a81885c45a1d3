"""Shelves and their doors as a site file writes them, as values of the purchase. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.orders.purchase.prices import priced
from gateway.orders.purchase.shelf import Proof, Shelf, Stock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.orders.purchase.prices import PriceList


def outlet_of(lock: str, number: int) -> str:
    """Return the path of a door by its number on the lock board."""
    return f"{lock}/outlet-{number:02d}"


def shelf_of(cabinet: Mapping[str, Any], said: Mapping[str, Any], prices: PriceList) -> Shelf:
    """Return a shelf as a site file describes it, priced and empty.

    Raises `ValueError` where its sensors cannot prove its articles, `PriceListError` for an article without a price.
    """
    places = {stock.sku: (stock.unit_g, stock.tolerance_g) for stock in prices.articles}
    shelf = Shelf(
        name=f"{cabinet['name']}/{said['name']}",
        door=outlet_of(cabinet["lock"], said["door"]),
        proofs=_proofs(said),
        stock=tuple(_stock(sku, *places.get(sku, (2_000_000, 0))) for sku in said["articles"]),
        noise_g=said.get("noise_g", 10),
    )
    return priced(shelf, prices)


def _proofs(said: Mapping[str, Any]) -> tuple[Proof, ...]:
    """Return what proves that something is gone: every sensor that is there, else the door."""
    sensors = {Proof.PRESENCE: "presence", Proof.WEIGHT: "weigher", Proof.RFID: "rfid"}
    return tuple(proof for proof, name in sensors.items() if said.get(name)) or (Proof.OPENING,)


def _stock(sku: str, unit_g: int, tolerance_g: int) -> Stock:
    return Stock(sku=sku, price_mil=0, unit_g=unit_g, tolerance_g=tolerance_g)


def newest(versions: Iterable[Any]) -> dict[str, Any]:
    """Return the newest version of each list or rule, by its id."""
    found: dict[str, Any] = {}
    for each in versions:
        if each.id not in found or each.version > found[each.id].version:
            found[each.id] = each
    return found
