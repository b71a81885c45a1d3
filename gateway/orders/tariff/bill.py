"""From usage to a receipt: minimum, cap, ceiling, and the one rounding. Pure.

The rule: all lines are added exactly, then bounded, and the sum is rounded once, to the fen, half up. The electricity
is rounded by the same rule and the service fee is the rest of the total, which is never negative, so that the two
always add up. What the bounds add is service fee; what they take off comes off the service fee first, then off the
electricity. Lines are shown in 0.001 yuan, cut so that they add up; what is left to the fen is a line of its own.
"""

from fractions import Fraction
from math import floor

from gateway.orders.tariff.form import digest
from gateway.orders.tariff.rating import Item, began, items
from gateway.orders.tariff.receipt import Flag, Line, Receipt, Side, What
from gateway.orders.tariff.tariff import FEN_MIL, Refund, Tariff
from gateway.orders.tariff.usage import Usage

_FLAG_OF = {
    What.MINIMUM: Flag.MINIMUM,
    What.CAP: Flag.CAPPED,
    What.CEILING: Flag.CEILING,
    What.WAIVED: Flag.WAIVED,
}


def bill(
    tariff: Tariff, usage: Usage, *, ceiling_mil: int | None = None, prepaid_mil: int = 0, waived: bool = False
) -> Receipt:
    """Return the receipt. The total never exceeds `ceiling_mil`, is 0 if `waived`, and never below 0.

    `prepaid_mil` bounds nothing by itself: what is used beyond it is due. Where the tariff refunds nothing, the rest of
    it is kept.
    """
    exact = _bounded(tariff, usage, ceiling_mil, waived=waived)
    electricity_mil, total_mil = to_fen(_sum(exact, Side.ELECTRICITY)), to_fen(_sum(exact))
    service_mil = total_mil - electricity_mil
    left_mil = max(0, prepaid_mil - total_mil)
    refunds = tariff.refund is Refund.UNUSED or waived or not began(usage)
    return Receipt(
        tariff_id=tariff.id,
        tariff_version=tariff.version,
        tariff_digest=digest(tariff),
        energy_mwh=usage.energy_mwh,
        times=usage.times,
        peak_mw=usage.peak_mw,
        lines=(*_lines(exact, Side.ELECTRICITY, electricity_mil), *_lines(exact, Side.SERVICE, service_mil)),
        electricity_mil=electricity_mil,
        service_mil=service_mil,
        total_mil=total_mil,
        prepaid_mil=prepaid_mil,
        refund_mil=left_mil if refunds else 0,
        kept_mil=0 if refunds else left_mil,
        due_mil=max(0, total_mil - prepaid_mil),
        flags=_flags(usage, exact),
    )


def amount_mil(tariff: Tariff, usage: Usage) -> int:
    """Return the total of the bill without a ceiling: what quotes and limits are made of."""
    exact = _bounded(tariff, usage, None, waived=False)
    return to_fen(_sum(exact))


def to_fen(worth_mil: Fraction) -> int:
    """Return an exact amount in whole fen, as 0.001 yuan; half a fen is rounded up. The only rounding of money."""
    return floor(worth_mil / FEN_MIL + Fraction(1, 2)) * FEN_MIL


def _sum(exact: tuple[Item, ...], side: Side | None = None) -> Fraction:
    return sum((item.worth_mil for item in exact if side in {None, item.side}), Fraction(0))


def _bounded(tariff: Tariff, usage: Usage, ceiling_mil: int | None, *, waived: bool) -> tuple[Item, ...]:
    exact = items(tariff, usage)
    if began(usage):
        exact = _adjusted(exact, What.MINIMUM, max(_sum(exact), Fraction(tariff.min_mil)))
    if tariff.cap_mil is not None:
        exact = _adjusted(exact, What.CAP, min(_sum(exact), Fraction(tariff.cap_mil)))
    if ceiling_mil is not None:
        whole_fen_mil = max(0, ceiling_mil) // FEN_MIL * FEN_MIL
        exact = _adjusted(exact, What.CEILING, min(_sum(exact), Fraction(whole_fen_mil)))
    return _adjusted(exact, What.WAIVED, Fraction(0)) if waived else exact


def _adjusted(exact: tuple[Item, ...], what: What, wanted_mil: Fraction) -> tuple[Item, ...]:
    """Return the items with those added that bring their sum to `wanted_mil`, and no side of it below 0."""
    change_mil = wanted_mil - _sum(exact)
    service_mil = max(change_mil, -_sum(exact, Side.SERVICE))
    added = (
        Item(side=Side.SERVICE, what=what, worth_mil=service_mil),
        Item(side=Side.ELECTRICITY, what=what, worth_mil=change_mil - service_mil),
    )
    return (*exact, *(item for item in added if item.worth_mil))


def _lines(exact: tuple[Item, ...], side: Side, side_mil: int) -> tuple[Line, ...]:
    """Return the lines of one side, each cut at the whole 0.001 yuan of the running sum, and the rounding last."""
    made: list[Line] = []
    running_mil, shown_mil = Fraction(0), 0
    for item in exact:
        if item.side is side:
            running_mil += item.worth_mil
            made.append(_line(item, floor(running_mil) - shown_mil))
            shown_mil = floor(running_mil)
    if side_mil != shown_mil:
        made.append(Line(side=side, what=What.ROUNDING, amount_mil=side_mil - shown_mil))
    return tuple(made)


def _line(item: Item, amount_mil: int) -> Line:
    return Line(
        side=item.side,
        what=item.what,
        of=item.of,
        quantity=item.quantity,
        unit=item.unit,
        price_mil=item.price_mil,
        amount_mil=amount_mil,
    )


def _flags(usage: Usage, exact: tuple[Item, ...]) -> tuple[Flag, ...]:
    found = {_FLAG_OF[item.what] for item in exact if item.what in _FLAG_OF}
    if usage.unknown_mwh:
        found.add(Flag.CLOCK_UNKNOWN)
    if usage.estimated_edges:
        found.add(Flag.EDGE_ESTIMATED)
    if usage.gaps:
        found.add(Flag.REGISTER_GAP)
    return tuple(flag for flag in Flag if flag in found)
