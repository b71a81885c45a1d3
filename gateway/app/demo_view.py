"""The demo's screen: lines with load and cutoff, piles, doors with what lies behind them, orders and receipts. Pure."""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from rich.columns import Columns
from rich.console import Group
from rich.table import Table
from rich.text import Text

from gateway.app.demo_ends import LAST, RESIDENTS, OrderKind
from gateway.orders.tariff.text import yuan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import RenderableType

    from gateway.app.demo_ends import End
    from gateway.app.demo_picture import Picture
    from gateway.app.demo_words import Words

    Body = Mapping[str, Any]

COLOURS = {
    "on": "green",
    "off": "dim",
    "open": "green",
    "shut": "dim",
    "tripped": "bold red",
    "latched": "bold red",
    "unknown": "yellow",
}
MARKS = {"on": "●", "off": "·", "tripped": "X", "latched": "L"}
"""A letter for each state, so that colour is never needed."""


def screen(picture: Picture, words: Words) -> RenderableType:
    """Return the whole screen. A terminal with few rows cuts off its end: what matters most comes first."""
    trips = [words.sentence(*said) for said in picture.last_trips]
    events = [words.sentence(*said) for said in picture.events]
    counts = {name: picture.counts.get(name, 0) for name in ("reading", "event", "repeated")}
    return Group(
        Text(words.watermark, style="black on yellow"),
        Text("\n".join(trips) or words.no_trips, style="bold"),
        Text("\n".join(events) or words.no_events),
        Text(words.arrived.format(**counts), style="dim"),
        _orders(picture, words),
        "",
        _doors(picture, words),
        "",
        _lines(picture, words),
        "",
        _piles(picture, words),
    )


def total_of(kind: str, amount_mil: int, points: int, words: Words) -> str:
    """Return what orders of a kind come to."""
    return words.points.format(points=points) if kind == OrderKind.DEPOSIT else f"¥{yuan(amount_mil)}"


def _table(headings: tuple[str, ...]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold underline")
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    return table


def _lines(picture: Picture, words: Words) -> Table:
    """Return the lines with piles, and beside them the others."""
    piles = picture.community.piles
    named = sorted(picture.buses.items())
    guarded = [_guarded(picture, name, bus) for name, bus in named if name in piles.values()]
    others = [(name, _load(bus), ", ".join(bus["silent"])) for name, bus in named if name not in piles.values()]
    table = _table((*words.lines, *words.other_lines))
    for left, right in zip_longest(guarded, others):
        table.add_row(*(left or ("",) * len(words.lines)), *(right or ("",) * len(words.other_lines)))
    return table


def _guarded(picture: Picture, name: str, bus: Body) -> tuple[str, ...]:
    piles = [pile for pile, at in picture.community.piles.items() if at == name]
    bounds = [picture.bounds_ms[pile] for pile in piles if pile in picture.bounds_ms]
    worst = [cut.measured_ms for cut in picture.cuts if cut.outlet.split("/")[0] in piles]
    return (
        name,
        _load(bus),
        "" if bus["ring_ms"] is None else f"{bus['ring_ms']:.0f} ms",
        f"{max(bounds):.0f} ms" if bounds else "",
        f"{max(worst):.0f} ms" if worst else "",
        ", ".join(bus["silent"]),
    )


def _load(bus: Body) -> str:
    """Return how busy a line was; what took longer than the time it is booked in counts as all of it."""
    return "" if bus["load"] is None else f"{min(100, 100 * bus['load']):.0f} %"


def _piles(picture: Picture, words: Words) -> RenderableType:
    totals: Counter[str] = Counter()
    cells = []
    for pile in sorted(picture.community.piles):
        outlets = picture.states.get(pile, {}).get("outlets") or {}
        watts = sum(outlet.get("w") or 0 for outlet in outlets.values())
        cell = Text(f"{pile} ")
        for _, outlet in sorted(outlets.items()):
            cell.append(MARKS.get(outlet["state"], "?"), style=COLOURS.get(outlet["state"], ""))
        totals.update(outlet["state"] for outlet in outlets.values())
        cells.append(cell.append(f" {watts:4.0f} W"))
    states = words.comma.join(
        words.totals.format(state=words.of(state), count=count) for state, count in sorted(totals.items())
    )
    return Group(
        Text.assemble((words.piles, "bold underline"), f"  {states}"),
        Columns(cells, equal=True, column_first=True, padding=(0, 2, 0, 0)),
    )


def _doors(picture: Picture, words: Words) -> Table:
    """Return the doors of cabinets and bins with what the sensors behind them say."""
    table = _table(words.doors)
    for shelf in picture.community.shelves:
        grams = picture.latest.get(shelf.weigher, {}).get("weight")
        pieces = "" if grams is None else words.pieces.format(count=round(grams / shelf.unit_g))
        table.add_row(_short(shelf.door), *_door(picture, shelf.door, words.of(shelf.article), grams, pieces, words))
    for each in picture.community.bins:
        grams = picture.latest.get(each.weigher, {}).get("weight")
        distance_mm = picture.latest.get(each.level, {}).get("distance")
        level = "" if distance_mm is None else words.full.format(pct=each.level_pct(distance_mm))
        table.add_row(_short(each.door), *_door(picture, each.door, words.of(each.name), grams, level, words))
    return table


def _short(door: str) -> str:
    lock, _, number = door.partition("/outlet-")
    return f"{lock} {int(number)}"


def _door(
    picture: Picture, door: str, behind: str, grams: float | None, how_much: str, words: Words
) -> Iterator[RenderableType]:
    state = picture.state_of(door)
    word = state.get("state", "unknown")
    yield Text(words.of(word), style=COLOURS.get(word, ""))
    yield behind
    yield "" if grams is None else f"{grams:.0f} g"
    yield how_much
    yield f"{state.get('order_id', '')} {words.of(state.get('stage'))}".strip()


def _orders(picture: Picture, words: Words) -> Table:
    """Return what each kind of order comes to so far, with its last receipts."""
    table = _table(words.orders)
    for kind in RESIDENTS:
        tally = picture.tallies[kind]
        last = [_receipt(end, body, picture, words) for end, body in reversed(tally.last)]
        first, *others = [*last, *[""] * (LAST - len(last))]
        total = total_of(kind, tally.amount_mil, tally.points, words)
        table.add_row(words.kinds[kind], str(tally.under_way), str(tally.ended), total, first)
        for each in others:
            table.add_row("", "", "", "", each)
    return table


def _receipt(end: End, body: Body, picture: Picture, words: Words) -> str:
    """Return an ended order in one line."""
    place = words.of(body.get("cabinet") or body.get("category") or body.get("outlet"))
    if end.stage == "review":
        return words.to_a_person.format(place=place, doubts=words.comma.join(map(words.of, body["doubts"])))
    if end.stage == "cancelled":
        return words.cancelled.format(place=place, why=body.get("why", ""))
    amount = yuan(end.amount_mil)
    if end.kind is OrderKind.CHARGE:
        return words.charge.format(outlet=place, wh=body["wh"], amount=amount, reason=words.of(body.get("reason")))
    if end.kind is OrderKind.DEPOSIT:
        flags = words.comma.join(map(words.of, body["flags"]))
        return words.deposit.format(bin=place, net_g=body["net_g"], points=end.points, flags=flags).rstrip()
    lines = [(line["count"], words.of(picture.community.article(line["sku"]))) for line in body["lines"]]
    goods = words.comma.join(words.goods.format(count=count, article=article) for count, article in lines)
    return words.purchase.format(cabinet=place, goods=goods or words.nothing, amount=amount)
