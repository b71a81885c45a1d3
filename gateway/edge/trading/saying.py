"""What people and terminals say of an order that is under way: staff of a restock, a camera, a reader of tags. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.model.command import Outcome
from gateway.orders.deposit import event as deposit
from gateway.orders.deposit.order import Deposit
from gateway.orders.deposit.points_rule import Category
from gateway.orders.purchase import event as purchase
from gateway.orders.purchase.shelf import Proof

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.command import Command
    from gateway.orders.purchase.order import Purchase


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """Why nothing comes of a command: one stable word, and a line for people."""

    reason: str
    detail: str = ""


def refused(command: Command, reason: str, detail: str = "") -> Outcome:
    """Return that nothing comes of a command."""
    return Outcome(id=command.id, state="refused", reason=reason, detail=detail)


def declared(said: Any, order: Purchase) -> tuple[purchase.Declared] | Denied:
    """Return what staff declares; an article that is not sold there would be forgotten, so it is refused."""
    lines = tuple(purchase.Line(**{**line, "tags": _tags(line.get("tags"))}) for line in said)
    known = {(shelf.name, stock.sku) for shelf in order.shelves for stock in shelf.stock}
    unknown = [f"{line.shelf} {line.sku}" for line in lines if (line.shelf, line.sku) not in known]
    if unknown:
        return Denied(reason="unknown-article", detail=", ".join(unknown))
    if len({(line.shelf, line.sku) for line in lines}) < len(lines):
        return Denied(reason="named-twice", detail="one line for each article of a shelf")
    return _against_tags(lines, order) or (purchase.Declared(lines=lines),)


def seen(said: Mapping[str, Any], order: Purchase | Deposit) -> tuple[object, ...] | Denied:
    """Return what a terminal has seen: photos for any order, a category for a bin, a round of tags for a shelf."""
    return _seen_at_bin(said) if isinstance(order, Deposit) else _seen_at_cabinet(said, order)


def _seen_at_bin(said: Mapping[str, Any]) -> tuple[object, ...] | Denied:
    photo, category = said.get("photo"), said.get("category")
    if said.get("tags") is not None:
        return Denied(reason="other-kind-of-order", detail="tags are of a cabinet")
    photos = () if photo is None else (deposit.PhotoTaken(ref=photo),)
    return photos if category is None else (*photos, deposit.CategorySensed(category=Category(category)))


def _seen_at_cabinet(said: Mapping[str, Any], order: Purchase) -> tuple[object, ...] | Denied:
    photo, tags = said.get("photo"), _tags(said.get("tags"))
    if said.get("category") is not None:
        return Denied(reason="other-kind-of-order", detail="a category is of a bin")
    photos = () if photo is None else (purchase.PhotoTaken(ref=photo),)
    if tags is None:
        return photos
    shelf = next((shelf for shelf in order.shelves if shelf.name == said.get("shelf")), None)
    if shelf is None or Proof.RFID not in shelf.proofs:
        return Denied(reason="unknown-shelf", detail=f"{said.get('shelf')} is no shelf of this order with RFID")
    if order.stage.value != said.get("stage"):  # read before a door moved, it says nothing about now
        return Denied(reason="too-late", detail=f"the order is {order.stage}")
    if not order.is_closed:  # what is read before may still change
        return Denied(reason="too-early", detail="its doors have not been seen shut yet")
    return (*photos, purchase.ShelfRead(shelf=shelf.name, tags=tags))


def _against_tags(lines: tuple[purchase.Line, ...], order: Purchase) -> Denied | None:
    """Return why the tags of a declaration cannot be: goods that tags sell would be sold by wrong ones."""
    tagged = {shelf.name for shelf in order.shelves if Proof.RFID in shelf.proofs}
    for line in lines:
        left = line.found + line.added - line.removed
        if line.shelf in tagged and line.tags is None and (line.added or line.removed):
            return Denied(reason="tags-missing", detail=f"{line.shelf} {line.sku}: its pieces are sold by their tags")
        if line.tags is not None and len(line.tags) != left:
            return Denied(reason="tags-differ", detail=f"{line.shelf} {line.sku}: {len(line.tags)} tags, {left} pieces")
    twice = [tag for tag, count in Counter(tag for line in lines for tag in line.tags or ()).items() if count > 1]
    return Denied(reason="named-twice", detail=", ".join(sorted(twice))) if twice else None


def _tags(said: Any) -> tuple[str, ...] | None:
    return None if said is None else tuple(said)
