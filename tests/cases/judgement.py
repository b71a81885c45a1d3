"""What is wrong with a case that was played: what it expected of itself, and what holds for every case."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.cases.case import Kind
from tests.cases.play import ORPHAN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cases.case import Case, Expect
    from tests.cases.play import Played

NOISE_G = 20
"""How far a bin's scale may be off, for each order."""


def faults_of(played: Played) -> list[str]:
    """Return everything that is not as it has to be, one line each."""
    case = played.case
    wrong = [*_of_site(played, case)]
    for expect in case.expects:
        wrong += (f"{expect.order}: {fault}" for fault in _of_order(played, expect))
    for order_id in played.orders:
        wrong += (f"{order_id}: {fault}" for fault in _of_any_order(played, order_id))
    match case.kind:
        case Kind.CHARGE:
            wrong += _of_energy(played, case)
        case Kind.PURCHASE:
            wrong += _of_goods(played, case)
        case Kind.DEPOSIT:
            wrong += _of_waste(played, case)
    return wrong


def _of_site(played: Played, case: Case) -> Iterator[str]:
    expected = {expect.order for expect in case.expects}
    found = {order for order in played.orders if not order.startswith(ORPHAN)}
    if found != expected:
        yield f"orders {sorted(found)} instead of {sorted(expected)}"
    if played.swipes != case.swipes:
        yield f"cards {played.swipes} instead of {case.swipes}"
    if played.answers != case.answers:
        yield f"answers {played.answers} instead of {case.answers}"
    if set(played.alarms) != set(case.alarms):
        yield f"alarms {sorted(played.alarms)} instead of {sorted(case.alarms)}"
    orphans = [order for order in played.orders if order.startswith(ORPHAN)]
    stages = tuple(stage for order in orphans for stage in played.stages(order))
    if stages != case.orphan:
        yield f"energy without an order told {stages} instead of {case.orphan}"


def _of_order(played: Played, expect: Expect) -> Iterator[str]:
    last = played.last(expect.order)
    if not last:
        return
    stages = played.stages(expect.order)
    if stages != expect.stages:
        yield f"stages {stages} instead of {expect.stages}"
    for name, wanted in (("reason", expect.reason), ("fault_side", expect.side), ("points", expect.points)):
        if wanted not in ("", None) and last.get(name) != wanted:
            yield f"{name} {last.get(name)} instead of {wanted}"
    if expect.flags and tuple(_receipt(last).get("flags", ())) != expect.flags:
        yield f"flags {_receipt(last).get('flags')} instead of {expect.flags}"
    if expect.word and _word(last) != expect.word:
        yield f"{_word(last)} instead of {expect.word}"
    for name in ("wh", "loss_wh", "amount_mil", "net_g"):
        pair = getattr(expect, name)
        if pair is not None and not _is_near(last.get(name), pair):
            yield f"{name} {last.get(name)} instead of {pair[0]} (by {pair[1]} at most)"


def _word(last: dict[str, Any]) -> tuple[str, ...]:
    if last["stage"] == "review":
        return tuple(last["doubts"])
    if "outcome" in last:
        return (last["outcome"],)
    return tuple(last.get("flags", ()))


def _is_near(value: object, pair: tuple[float, float]) -> bool:
    return isinstance(value, int | float) and abs(value - pair[0]) <= pair[1]


def _of_any_order(played: Played, order_id: str) -> Iterator[str]:
    """Look at what holds for every order: one end, one receipt that adds up, somebody who answers for it."""
    for stage in ("ended", "settled", "recorded", "review", "cancelled"):
        told = [each for each in played.records(order_id) if each.body["stage"] == stage]
        if len(told) > 1:
            yield f"{stage} was told {len(told)} times, and differently"
    last = played.last(order_id)
    if "reason" in last and last["stage"] == "settled" and not last.get("fault_side"):
        yield "nobody answers for its end"
    yield from _of_receipt(_receipt(last))


def _of_receipt(receipt: dict[str, Any]) -> Iterator[str]:
    if not receipt:
        return
    lines, total = receipt["lines"], receipt["total_mil"]
    if sum(line["amount_mil"] for line in lines) != total:
        yield "the lines of the receipt are not its total"
    if receipt["electricity_mil"] + receipt["service_mil"] != total:
        yield "electricity and service fee are not its total"
    for line in lines:
        per = {"mwh": 1_000_000, "ms": 3_600_000, "charge": 1}.get(line["unit"])
        if per is not None and abs(line["quantity"] * line["price_mil"] / per - line["amount_mil"]) >= 1:
            yield f"{line['quantity']} {line['unit']} at {line['price_mil']} are not {line['amount_mil']}"
    if receipt["prepaid_mil"] and total + receipt["refund_mil"] + receipt["kept_mil"] != receipt["prepaid_mil"]:
        yield "what was paid before is not what was used and given back"


def _of_energy(played: Played, case: Case) -> Iterator[str]:
    """Look whether all energy that flowed is in a record, and nothing beside it."""
    recorded = 0.0
    for order_id in played.orders:
        last = played.last(order_id)
        recorded += last.get("wh", 0.0) + last.get("loss_wh", 0.0)
    unseen = played.flows.wh - recorded
    if not _is_near(unseen, case.unseen_wh):
        yield f"{unseen:.1f} Wh that flowed are in no record; expected {case.unseen_wh[0]} by {case.unseen_wh[1]}"


def _of_goods(played: Played, case: Case) -> Iterator[str]:
    """Look whether everything that left the shelves is on a receipt, or is named as paid by nobody, and nothing else."""
    unpaid = Counter(played.flows.gone)
    for order_id in played.orders:
        last = played.last(order_id)
        if last.get("outcome") == "bought":
            for line in (line for line in last["lines"] if line["sku"] in unpaid):
                unpaid[line["sku"]] -= line["count"]
    found = {sku: count for sku, count in unpaid.items() if count}
    if found != dict(case.unpaid):
        yield f"{found} left the shelves and are on no receipt; expected {dict(case.unpaid)}"


def _of_waste(played: Played, case: Case) -> Iterator[str]:
    """Look whether what really went into each bin is on a record, or is named as counting for nobody, and nothing else."""
    unrecorded = Counter(played.flows.thrown_g)
    for order_id in played.orders:
        last = played.last(order_id)
        if last["stage"] == "recorded":
            unrecorded[played.records(order_id)[0].target] -= last.get("net_g", 0) - last.get("collected_g", 0)
    for name, grams in unrecorded.items():
        expected_g = dict(case.uncounted_g).get(name, 0)
        if abs(grams - expected_g) > NOISE_G * max(1, len(played.orders)):
            yield f"{grams:.0f} g really went into {name} and count for nobody; expected {expected_g} g"


def _receipt(last: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = last.get("receipt") or {}
    return found
