"""What was taken, by the sensors: counts that are proved, or the doubts that send an order to a person. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.orders.purchase.basket import explanations, fits
from gateway.orders.purchase.order import Doubt
from gateway.orders.purchase.shelf import Proof, Reading, Shelf

if TYPE_CHECKING:
    from gateway.orders.purchase.basket import Counts
    from gateway.orders.purchase.order import Purchase


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one shelf says: the counts that have gone (aligned to its stock), or why nobody can say."""

    counts: Counts
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Pieces of one article that are proved to have gone."""

    shelf: str
    sku: str
    count: int
    price_mil: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a purchase comes to. With a doubt, `taken` is only what a person may start from."""

    taken: tuple[Taken, ...]
    doubts: tuple[Doubt, ...]

    @property
    def amount_mil(self) -> int:
        return sum(each.count * each.price_mil for each in self.taken)


def judge(order: Purchase) -> Verdict:
    """Return what has gone from every shelf since the unlock; before that there is nothing to judge."""
    rows = tuple(zip(order.shelves, order.before, order.readings, strict=True))
    findings = [judge_shelf(shelf, before, after, was_open=_was_open(order, shelf)) for shelf, before, after in rows]
    doubts = [*order.doubts, *(finding.doubt for finding in findings if finding.doubt)]
    if Doubt.FOREIGN_OBJECT in doubts and _has_strayed(rows):
        doubts = [Doubt.WRONG_SHELF if doubt is Doubt.FOREIGN_OBJECT else doubt for doubt in doubts]
    verdict = Verdict(taken=_taken(order.shelves, findings), doubts=())
    if any(_went_early(order, *row) for row in rows):
        doubts.append(Doubt.TAKEN_EARLY)
    if order.restarts and _only_opening(order):
        doubts.append(Doubt.UNPROVED)
    if order.is_unwatched and (verdict.taken or doubts):
        doubts.append(Doubt.UNWATCHED)
    if order.limit_mil is not None and verdict.amount_mil > order.limit_mil:
        doubts.append(Doubt.ABOVE_LIMIT)
    return Verdict(taken=verdict.taken, doubts=tuple(dict.fromkeys(doubts)))


def judge_shelf(shelf: Shelf, before: Reading, after: Reading, *, was_open: bool) -> Finding:
    """Return what the sensors of one shelf prove. All of them have to say the same.

    With a reading missing it finds only what is left to see; the order never settles on that (`Purchase.is_read`).
    """
    if _put_in(shelf, before, after):
        return _in_doubt(shelf, Doubt.FOREIGN_OBJECT)
    if Proof.RFID in shelf.proofs and _gone(before, after) - {tag for stock in shelf.stock for tag in stock.tags}:
        return _in_doubt(shelf, Doubt.UNEXPLAINED)
    counted = (_counted(proof, shelf, before, after, was_open=was_open) for proof in shelf.proofs)
    told = {counts for counts in counted if counts is not None}
    lost_g = _lost_g(before, after)
    ways = tuple(told) if told else explanations(shelf, lost_g)
    if len(ways) != 1:
        return _in_doubt(shelf, _doubt_of(ways, told))
    if Proof.WEIGHT in shelf.proofs and not fits(shelf, ways[0], lost_g):
        return _in_doubt(shelf, Doubt.PROOFS_DIFFER)
    return Finding(counts=ways[0])


def _in_doubt(shelf: Shelf, doubt: Doubt) -> Finding:
    return Finding(counts=(0,) * len(shelf.stock), doubt=doubt)


def _doubt_of(ways: tuple[Counts, ...], told: set[Counts]) -> Doubt:
    if told:
        return Doubt.PROOFS_DIFFER
    return Doubt.AMBIGUOUS if ways else Doubt.UNEXPLAINED


def _put_in(shelf: Shelf, before: Reading, after: Reading) -> bool:
    if Proof.WEIGHT in shelf.proofs and _lost_g(before, after) < -shelf.noise_g:
        return True
    if Proof.RFID in shelf.proofs and _gone(after, before):
        return True
    return Proof.PRESENCE in shelf.proofs and before.present is False and after.present is True


def _counted(proof: Proof, shelf: Shelf, before: Reading, after: Reading, *, was_open: bool) -> Counts | None:
    """Return what one proof counts; None for weight, which explains rather than counts."""
    if proof is Proof.OPENING:
        return (int(was_open and shelf.stock[0].count > 0),)
    if proof is Proof.PRESENCE:
        return (int(_is_emptied(before, after)),)
    if proof is Proof.RFID:
        return tuple(len(_gone(before, after) & set(stock.tags)) for stock in shelf.stock)
    return None


def _has_strayed(rows: tuple[tuple[Shelf, Reading, Reading], ...]) -> bool:
    """Return whether something went from one shelf while another got something: goods on the wrong shelf."""
    return any(_lacks(*row) for row in rows)


def _went_early(order: Purchase, shelf: Shelf, before: Reading, after: Reading) -> bool:
    """Return whether a shelf lacks something that went while its door was still shut: who took it nobody knows."""
    never_open = not order.restarts and not _was_open(order, shelf)
    return _lacks(shelf, before, after) and (never_open or shelf.name in order.early)


def _lacks(shelf: Shelf, before: Reading, after: Reading) -> bool:
    return _lost_g(before, after) > shelf.noise_g or bool(_gone(before, after)) or _is_emptied(before, after)


def _is_emptied(before: Reading, after: Reading) -> bool:
    return before.present is True and after.present is False


def _lost_g(before: Reading, after: Reading) -> int:
    return 0 if before.grams is None or after.grams is None else before.grams - after.grams


def _gone(before: Reading, after: Reading) -> set[str]:
    return set() if before.tags is None or after.tags is None else set(before.tags) - set(after.tags)


def _taken(shelves: tuple[Shelf, ...], findings: list[Finding]) -> tuple[Taken, ...]:
    return tuple(
        Taken(shelf=shelf.name, sku=stock.sku, count=count, price_mil=stock.price_mil)
        for shelf, finding in zip(shelves, findings, strict=True)
        for stock, count in zip(shelf.stock, finding.counts, strict=True)
        if count
    )


def _was_open(order: Purchase, shelf: Shelf) -> bool:
    return any(door.was_open for door in order.doors if door.name == shelf.door)


def _only_opening(order: Purchase) -> bool:
    """Return whether a slot has no other witness than its door, which was not seen open."""
    return any(shelf.proofs == (Proof.OPENING,) and not _was_open(order, shelf) for shelf in order.shelves)
