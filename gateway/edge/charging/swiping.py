"""A card was shown at an outlet: it starts a charge, ends its own, or is turned away with a reason.

What happens is stored in the transaction of the event that told of the card, and the device hears of it only then. In
no record stands the number of a card.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.edge.charging.hearing import at_outlet
from gateway.model.command import Command, CommandKind, Origin, Verdict
from gateway.model.event import EventKind
from gateway.orders.charge import event as happens
from gateway.orders.charge.authorise import Debts, Denied, Offline, by_card, holder
from gateway.orders.charge.order import Authority
from gateway.orders.reason import StopReason

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.edge.card_book import CardBook
    from gateway.edge.charging.beginning import Beginning
    from gateway.edge.charging.charge import Charge
    from gateway.edge.charging.ledger import Ledger
    from gateway.edge.charging.setup import SiteSetup
    from gateway.edge.charging.turn import Turn
    from gateway.edge.journal import Entry, Moment
    from gateway.model.site import Cards

CARD = "card"
"""The name of the message, and of the value in it, with which a driver tells of a card."""

NUMBERS = frozenset({CARD, "card_number", "raw"})
"""What of a message says the number of a card; of one that says little else its digest does so too."""

WORTH_S = 15.0
"""Who showed a card longer ago has gone, or has shown it again."""

START_S = 30.0
AGAIN_S = 20.0
"""The same card so soon after its start is the same hand, or a message told twice."""

KNOWN_S = 120.0
"""How long a message is known: a pile sends it once more after 15 s, and finding the pile anew takes a while."""

NO_LIST, REPEATED = "no-card-list", "repeated"
VERDICTS = {
    "started": Verdict.OK,
    "stopped": Verdict.OK,
    REPEATED: Verdict.OK,
    "left-to-the-platform": Verdict.OK,
    "card-unknown": Verdict.UNKNOWN,
    "card-in-use": Verdict.IN_USE,
    "card-limit": Verdict.LIMIT,
    "amount-too-small": Verdict.LIMIT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Swipe:
    """A card that was shown, and the event that told of it. `outlet` is empty where none is meant."""

    card: str
    outlet: str
    entry: Entry


def swipe_of(entry: Entry) -> Swipe | None:
    """Return the card in an event of field, if it is about one."""
    if entry.kind is not EventKind.DEVICE or entry.body.get("report") != CARD:
        return None
    return Swipe(card=str(entry.body.get(CARD)), outlet=entry.target if "/" in entry.target else "", entry=entry)


def without_number(entry: Entry) -> Entry:
    """Return a record that does not say which card it is about."""
    card = entry.body.get(CARD)
    if entry.kind is not EventKind.DEVICE or not isinstance(card, str) or not card.strip("0"):
        return entry
    hidden = NUMBERS | {"digest"} if entry.body.get("report") == CARD else NUMBERS
    return replace(entry, body={name: value for name, value in entry.body.items() if name not in hidden})


class Swipes:
    """One site's cards at its outlets."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        setup: SiteSetup,
        beginning: Beginning,
        cards: CardBook | None,
        is_cloud_there: Callable[[], bool],
        new_id: Callable[[], str],
    ) -> None:
        self._ledger = ledger
        self._setup = setup
        self._beginning = beginning
        self._cards = cards
        self._is_cloud_there = is_cloud_there
        self._new_id = new_id
        self._answered: dict[tuple[str, str, str], tuple[float, Verdict]] = {}

    def take(self, turn: Turn, swipe: Swipe, now: Moment) -> tuple[Entry, Command | None]:
        """Let a card act; return what is recorded of it, and what its device is told after the commit."""
        cards = self._cards
        known = None if cards is None or cards.cards is None else cards.cards.entry(swipe.card)
        user_ref = "" if known is None else known.user_ref
        word = self._result(turn, swipe, user_ref, now)
        entry = without_number(swipe.entry)
        said = {
            "user_ref": user_ref,
            "card_ref": "" if cards is None else cards.reference(swipe.card),
            "detail": cards.standing if cards is not None and word == NO_LIST else "",
        }
        body = {**entry.body, "result": word} | {name: value for name, value in said.items() if value}
        if word in {"too-late", "no-outlet"}:
            return replace(entry, body=body), None
        _, before = self._answered.get(message_of(swipe), (0.0, None))
        return replace(entry, body=body), _answer(swipe, before or VERDICTS.get(word, Verdict.FAULT))

    def answered(self, swipe: Swipe, answer: Command, now: Moment) -> None:
        """Take note that a card has acted and is on the disk: another field process may tell of it once more."""
        self._answered = {key: told for key, told in self._answered.items() if now.mono_s - told[0] < KNOWN_S}
        self._answered[message_of(swipe)] = now.mono_s, Verdict(str(answer.args["verdict"]))

    def _result(self, turn: Turn, swipe: Swipe, user_ref: str, now: Moment) -> str:
        """Let a card act; return in one word what became of it."""
        if now.mono_s - swipe.entry.at.mono_s > WORTH_S:
            return "too-late"
        if not swipe.outlet:
            return self._asked(swipe, now)
        if message_of(swipe) in self._answered:
            return REPEATED
        running = self._own(turn, swipe.outlet, user_ref)
        return self._start(turn, swipe, now) if running is None else self._stop(turn, running, now)

    def _asked(self, swipe: Swipe, now: Moment) -> str:
        """Return what a card is told that is only shown to hear its balance: whether it is none of ours.

        What a card of ours has is the platform's to know.
        """
        cards, allowed = self._cards, self._setup.cards
        if cards is None or cards.cards is None or allowed is None or self._is_left_to_the_platform(allowed):
            return "no-outlet"
        found = holder(swipe.card, cards.cards, allowed.list_age_most_s, self._ledger.clock.now(now))
        return "card-unknown" if isinstance(found, Denied) and found.reason == "card-unknown" else "no-outlet"

    def _is_left_to_the_platform(self, allowed: Cards) -> bool:
        return self._is_cloud_there() and not allowed.while_cloud_is_there

    def _start(self, turn: Turn, swipe: Swipe, now: Moment) -> str:
        cards, allowed = self._cards, self._setup.cards
        if cards is None or allowed is None or self._is_left_to_the_platform(allowed):
            return "left-to-the-platform"
        if cards.cards is None:
            return NO_LIST
        command = self._command(swipe.outlet, now)
        reason = self._beginning.against(command, now)
        if reason:
            return reason
        offline = Offline(
            tariff=self._setup.tariff_at(self._setup.outlets[swipe.outlet]),
            list_age_most_s=allowed.list_age_most_s,
            ceiling_mil=allowed.ceiling_mil,
        )
        place, at = self._beginning.place(turn, swipe.outlet), self._ledger.clock.now(now)
        order = by_card(swipe.card, cards.cards, offline, debts_of(turn), place, at, self._new_id())
        if isinstance(order, Denied):
            return order.reason
        self._beginning.begin(turn, order, command, now)
        return "started"

    @staticmethod
    def _own(turn: Turn, outlet: str, user_ref: str) -> Charge | None:
        """Return the charge that runs at an outlet for the user of a card."""
        here = (charge for charge in at_outlet(turn.all().values(), outlet) if charge.is_live)
        return next((charge for charge in here if user_ref and charge.order.user_ref == user_ref), None)

    def _stop(self, turn: Turn, charge: Charge, now: Moment) -> str:
        if self._ledger.clock.now(now).at_ms - charge.order.accepted.at_ms < 1000 * AGAIN_S:
            return REPEATED
        turn.step(charge.order.order_id, happens.StopAsked(reason=StopReason.CARD), now)
        return "stopped"

    def _command(self, outlet: str, now: Moment) -> Command:
        return Command(
            id=f"card-{self._new_id()}",
            kind=CommandKind.START,
            target=outlet,
            origin=Origin.LOCAL,
            expires_s=now.mono_s + START_S,
        )


def _answer(swipe: Swipe, verdict: Verdict) -> Command:
    """Return what tells the device."""
    device, number, digest = message_of(swipe)
    return Command(
        id=f"{swipe.entry.id}-answer",
        kind=CommandKind.ANSWER,
        target=device,
        origin=Origin.ORDER,
        args={"report": CARD, "number": number, "digest": digest, "verdict": verdict},
    )


def message_of(swipe: Swipe) -> tuple[str, str, str]:
    """Return what makes two sendings the same message: device, number, digest."""
    body = swipe.entry.body
    return swipe.entry.target.partition("/")[0], str(body.get("number")), str(body.get("digest"))


def debts_of(turn: Turn) -> Debts:
    """Return what the users of cards owe: open orders, and settlements of cards that the platform has not taken."""
    owed_mil: dict[str, int] = {}
    open_orders: dict[str, str] = {}
    for order in (charge.order for charge in turn.all().values() if charge.order.authority is Authority.CARD):
        if order.receipt is None:
            open_orders[order.user_ref] = order.outlet
        else:
            owed_mil[order.user_ref] = owed_mil.get(order.user_ref, 0) + order.receipt.total_mil
    return Debts(open_orders=open_orders, owed_mil=owed_mil)
