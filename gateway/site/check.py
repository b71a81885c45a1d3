"""Judge a site before it runs: what is promised for each pile, whether that keeps its word, what cannot work. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING

from gateway.bus.slow_reads import LEAST
from gateway.model.device import Delivery, Kind
from gateway.protection.decision import Element
from gateway.site.element_bounds import element_bounds_ms
from gateway.site.feeder_bounds import bound_of, opening_ms
from gateway.site.note import Note, NoteWord
from gateway.site.settings import own_limit_w, pile_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gateway.bus.budget import Bound
    from gateway.model.site import Device, Site
    from gateway.site.plan import BusPlan

NEAR = 0.8
"""A slow read that needs more than this share of its period will miss it when anything is lost."""


class Promise(StrEnum):
    """What a pile's protection by this gateway is worth."""

    GUARANTEED = "guaranteed"
    MONITORED_ONLY = "monitored only"
    PILE_PROTECTED = "pile-protected"
    NOT_PROTECTED = "not protected"


@dataclass(frozen=True, slots=True, kw_only=True)
class PileCheck:
    """One pile, or one meter that opens contactors: its promise, its bound, and what its site file asks of it.

    A pile that protects itself tells its currents every `told_every_s`, and cuts an outlet off above `own_limit_w`.
    `feeder` is the meter that cuts its whole feed off, within `feeder_ms` where that can be promised; `opens` are the
    contactors that a meter opens. `elements_ms`: how long what is read outside the ring (smoke, heat) may take to open.
    """

    name: str
    promise: Promise
    bound: Bound | None
    trip_within_ms: float | None
    needs_bf_ms: float
    bf_ms: float
    told_every_s: float | None = None
    own_limit_w: float | None = None
    feeder: str = ""
    feeder_ms: float | None = None
    opens: tuple[str, ...] = ()
    current_at_v: float | None = None
    elements_ms: Mapping[Element, float] = field(default_factory=dict)

    @property
    def complaints(self) -> Iterator[Note]:
        """Yield why this pile cannot run as it is set, and what to do."""
        wanted, bound = self.trip_within_ms, self.bound
        if wanted is not None and bound is None:
            text = f"trip_within_ms {wanted:g} cannot be promised: {self.name} is {self.promise}"
            given = {"wanted": f"{wanted:g}", "name": self.name, "promise": self.promise.value}
            yield Note(word=NoteWord.NOT_PROMISED, given=given, text=text)
        elif wanted is not None and bound is not None and bound.total_one_lost_ms > wanted:
            takes, hint = f"{bound.total_one_lost_ms:.0f}", f"{_rounded_up(bound.total_one_lost_ms)}"
            text = (
                f"trip_within_ms {wanted:g} cannot be kept: an overcurrent at {self.name} can last {takes} ms until "
                f"the OFF frame has arrived, one frame lost (hint: fewer piles on this bus, a higher baud rate, "
                f"samples: 1, or trip_within_ms {hint})"
            )
            given = {"wanted": f"{wanted:g}", "name": self.name, "takes": takes, "hint": hint}
            yield Note(word=NoteWord.NOT_KEPT, given=given, text=text)
        if bound is not None and self.bf_ms < self.needs_bf_ms:
            takes, hint = f"{self.needs_bf_ms:.0f}", f"{_rounded_up(self.needs_bf_ms)}"
            text = (
                f"bf_ms {self.bf_ms:g} is too short for {self.name}: relay, two refreshes and one round of the bus "
                f"take {takes} ms, and a good relay would be called welded (hint: bf_ms {hint})"
            )
            given = {"bf": f"{self.bf_ms:g}", "name": self.name, "takes": takes, "hint": hint}
            yield Note(word=NoteWord.BF_TOO_SHORT, given=given, text=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class BusCheck:
    """One bus: its piles, and how fresh the rest is."""

    name: str
    ring_ms: float
    slow_ms: float
    piles: tuple[PileCheck, ...]
    warnings: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCheck:
    """A whole site. `refusals` keep it from running."""

    site: str
    gateway: str
    buses: tuple[BusCheck, ...]

    @property
    def complaints(self) -> tuple[Note, ...]:
        """Return what keeps it from running."""
        return tuple(complaint for bus in self.buses for pile in bus.piles for complaint in pile.complaints)

    @property
    def refusals(self) -> tuple[str, ...]:
        return tuple(complaint.text for complaint in self.complaints)

    @property
    def ok(self) -> bool:
        return not self.refusals


def check_site(site: Site, plans: Iterable[BusPlan]) -> SiteCheck:
    """Judge every bus of a site."""
    plans = tuple(plans)
    return SiteCheck(site=site.name, gateway=site.gateway, buses=tuple(_check_bus(plans, plan) for plan in plans))


def _check_bus(plans: Sequence[BusPlan], plan: BusPlan) -> BusCheck:
    refresh = plan.budget.refresh
    return BusCheck(
        name=plan.bus.name,
        ring_ms=refresh.ring_ms,
        slow_ms=refresh.slow_ms,
        piles=tuple(
            _check_pile(plans, plan, index, refresh.ring_ms)
            for index, device in enumerate(plan.devices)
            if device.model.kind is Kind.PILE or device.opens
        ),
        warnings=tuple(_warnings(plan)),
    )


def _check_pile(plans: Sequence[BusPlan], plan: BusPlan, index: int, ring_ms: float) -> PileCheck:
    device = plan.devices[index]
    bound = bound_of(plans, plan, index)
    feeder, feeder_ms = _feeder(plans, device)
    wanted = [outlet.trip_within_ms for outlet in device.outlets if outlet.trip_within_ms is not None]
    timing, slower = device.timing, element_bounds_ms(plans, plan, index)
    return PileCheck(
        name=device.name,
        promise=_promise(device, bound, is_protected=plan.is_protected(index)),
        bound=bound,
        trip_within_ms=min(wanted, default=None),
        needs_bf_ms=(opening_ms(plans, device) if device.opens else timing.relay_ms) + 2 * timing.refresh_ms + ring_ms,
        bf_ms=min((outlet.bf_ms for outlet in pile_settings(device).outlets), default=0.0),
        told_every_s=timing.refresh_ms / 1000 if device.model.delivery is Delivery.PUSHED else None,
        own_limit_w=_own_limit_w(device),
        feeder=feeder,
        feeder_ms=feeder_ms,
        opens=tuple(f"{contactor.device} {contactor.channel}" for contactor in device.opens),
        current_at_v=device.model.current_at_v,
        elements_ms={each: ms for each, ms in slower.items() if each is not Element.DEFINITE_TIME},
    )


def _feeder(plans: Sequence[BusPlan], device: Device) -> tuple[str, float | None]:
    """Return the meter that opens the contactor of a device, and its bound; the soonest of several."""
    found = [
        (each.name, None if (bound := bound_of(plans, plan, place)) is None else bound.total_one_lost_ms)
        for plan in plans
        for place, each in enumerate(plan.devices)
        if device.upstream in each.opens
    ]
    return min(found, key=lambda entry: inf if entry[1] is None else entry[1], default=("", None))


def _own_limit_w(device: Device) -> float | None:
    """Return the power above which a device cuts an outlet off itself, as the gateway sets it."""
    limit = device.model.own_limit
    if limit is None:
        return None
    wanted_w = own_limit_w(device)
    return limit.write.values[limit.value] * limit.shown.scale + limit.shown.offset if wanted_w is None else wanted_w


def _promise(device: Device, bound: Bound | None, *, is_protected: bool) -> Promise:
    if bound is not None:
        return Promise.GUARANTEED
    if device.model.delivery is Delivery.PUSHED:
        return Promise.PILE_PROTECTED
    return Promise.MONITORED_ONLY if is_protected else Promise.NOT_PROTECTED


def _warnings(plan: BusPlan) -> Iterator[Note]:
    """Say which slow reads will not be as fresh as their profile wishes: the slot has no room for more."""
    if all(not plan.is_protected(index) for index in range(len(plan.devices))):
        return
    share = plan.slow.share()
    if share > NEAR:
        pieces = [piece for piece in plan.slow.pieces if piece.group_class is LEAST] or plan.slow.pieces
        tightest = min(pieces, key=lambda piece: piece.period_s)
        late = max(share, plan.slow.share(LEAST) / plan.slow.left(LEAST))
        period, age = f"{tightest.period_s:g}", f"{late * tightest.period_s:.1f}"
        text = (
            f"slow reads of {plan.bus.name} need {100 * share:.0f} % of its slots: values that should be renewed every "
            f"{period} s will be up to {age} s old "
            f"(hint: fewer devices on this bus, a higher baud rate, or longer periods in the profile)"
        )
        given = {"name": plan.bus.name, "share": f"{100 * share:.0f}", "period": period, "age": age}
        yield Note(word=NoteWord.SLOW_READS, given=given, text=text)


def _rounded_up(ms: float) -> int:
    return -(-int(ms + 1) // 10) * 10


def as_text(check: SiteCheck) -> Sequence[str]:
    """Return what people read: the sum of each pile, line by line, then what is wrong."""
    lines = [f"{check.site}/{check.gateway}"]
    for bus in check.buses:
        is_read = any(pile.promise is not Promise.PILE_PROTECTED for pile in bus.piles)
        current = f"a current is renewed within {bus.ring_ms:.0f} ms, " if is_read else ""
        lines.append(f"  {bus.name}: {current}one turn of all slow reads takes {bus.slow_ms / 1000:.1f} s")
        lines += _pile_lines(bus.piles)
        lines += [f"    warning: {warning.text}" for warning in bus.warnings]
    lines += [f"  refused: {refusal}" for refusal in check.refusals]
    lines.append("this site cannot run as it is set" if check.refusals else "this site can run")
    return lines


def _shown(pile: PileCheck) -> tuple[object, ...]:
    own = pile.told_every_s, pile.own_limit_w, pile.feeder, pile.feeder_ms, pile.opens, pile.current_at_v
    return pile.bound, pile.trip_within_ms, pile.promise, pile.elements_ms, *own


def _pile_lines(piles: Sequence[PileCheck]) -> Iterator[str]:
    """Write equal sums once: piles of one model on one bus have the same."""
    groups: list[tuple[PileCheck, list[str]]] = []
    for pile in piles:
        same = next(
            (names for first, names in groups if _shown(first) == _shown(pile)),
            None,
        )
        if same is None:
            groups.append((pile, [pile.name]))
        else:
            same.append(pile.name)
    for pile, names in groups:
        yield f"    {', '.join(names)}: {pile.promise}{_own_protection(pile)}"
        if pile.opens:
            yield f"      an overcurrent through it opens {', '.join(pile.opens)}"
        if pile.feeder:
            within = "without a bound" if pile.feeder_ms is None else f"within {pile.feeder_ms:.0f} ms, one frame lost"
            yield f"      its whole feed is cut off by {pile.feeder} {within}"
        if pile.bound is not None:
            yield from _bound_lines(
                pile.bound, pile.trip_within_ms, "on top" if pile.opens else "on top, inside the pile"
            )
        for element, ms in sorted(pile.elements_ms.items(), key=lambda entry: entry[1]):
            yield f"      {ms / 1000:8.1f} s   {element}: until OFF, one frame lost"


def _own_protection(pile: PileCheck) -> str:
    if pile.current_at_v is not None:
        return f" (it tells watts: a current is its power at {pile.current_at_v:g} V, whatever the power factor)"
    if pile.promise is not Promise.PILE_PROTECTED:
        return ""
    limit = "" if pile.own_limit_w is None else f", an outlet is cut off by the pile above {pile.own_limit_w:g} W"
    return f" (currents are told every {pile.told_every_s:g} s{limit})"


def _bound_lines(bound: Bound, trip_within_ms: float | None, outside: str) -> Iterator[str]:
    for term in bound.terms:
        yield f"      {term.ms:8.1f} ms  {term.what}"
    yield f"      {bound.total_ms:8.1f} ms  = from overcurrent to the last byte of OFF, no frame lost"
    promised = "" if trip_within_ms is None else f" (promised: {trip_within_ms:g})"
    yield f"      {bound.total_one_lost_ms:8.1f} ms  with one frame lost{promised}"
    yield f"      {bound.each_trip_ms:8.1f} ms  more for each other pile that trips at the same moment"
    for term in bound.physical:
        yield f"      {term.ms:8.1f} ms  {outside}: {term.what}"
