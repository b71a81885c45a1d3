"""What time and readings do to charge orders: samples, ticks, sight lost and back, a cloud that is away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.edge.charging.sensing import HALF
from gateway.edge.charging.sight import AWAY_MS
from gateway.model.device import Role
from gateway.orders.charge import event as happens
from gateway.orders.charge.stage import Stage
from gateway.orders.orphan import table as stray
from gateway.orders.reason import StopReason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.edge.book import Book
    from gateway.edge.charging.charge import Charge
    from gateway.edge.charging.sensing import Sensed
    from gateway.edge.charging.turn import Turn
    from gateway.edge.journal import Moment
    from gateway.edge.wishes import Wish
    from gateway.orders.orphan.orphan import Orphan

TICK_S = 1.0
SETTLED_TICK_S = 15.0
"""A settled order only has to be told again, every minute at most."""

UNACKNOWLEDGED_MOST = 1000
"""So many settlements are told again until somebody acknowledges them; the records of older ones stay in the log."""


class Passing:
    """One site. Moments are of edge's monotonic clock."""

    def __init__(self, now_s: float, cloud_away_s: float, *, had_power_cut: bool) -> None:
        self._cloud_away_s = cloud_away_s
        self._had_power_cut = had_power_cut
        self._field_seen_s = self._cloud_seen_s = now_s
        self._met_s: float | None = None
        self._ticked_s = self._settled_ticked_s = now_s

    def cloud(self, now_s: float, *, is_there: bool) -> None:
        """Take note whether the cloud can be reached."""
        if is_there:
            self._cloud_seen_s = now_s

    def until(self, expires_s: float | None, now: Moment) -> Moment | None:
        """Return when a command expires, on both clocks."""
        if expires_s is None:
            return None
        return replace(now, ts_ms=now.ts_ms + round((expires_s - now.mono_s) * 1000), mono_s=expires_s)

    def look(self, turn: Turn, now: Moment, *, is_met: bool) -> None:
        """Take note whether field is here and has told everything; what is out of sight for long is lost."""
        if self._had_power_cut:
            turn.lose(StopReason.POWER_FAIL, now)
        if not is_met:
            self._met_s = None
            if 1000 * (now.mono_s - self._field_seen_s) >= AWAY_MS:
                turn.lose(StopReason.DEVICE_LOST, now)
            return
        self._met_s = now.mono_s if self._met_s is None else self._met_s
        self._field_seen_s, turn.sight = now.mono_s, turn.sight.seen(turn.at_ms(now))

    def pass_time(
        self, turn: Turn, charges: Mapping[str, Charge], book: Book, fresh: Mapping[str, Sensed], now: Moment
    ) -> None:
        """Let everything happen that is due."""
        for order_id, charge in charges.items():
            if charge.order.receipt is None and (sensed := fresh.get(charge.order.outlet)) is not None:
                self._sense(turn, order_id, sensed, book, _moment(now, sensed.taken_s))
        if now.mono_s - self._ticked_s >= TICK_S:
            self._tick(turn, charges, book, now)
            turn.drop_oldest(UNACKNOWLEDGED_MOST)

    def pass_by(
        self, turn: Turn, orphans: Mapping[str, Orphan], book: Book, fresh: Mapping[str, Sensed], now: Moment
    ) -> None:
        """Let the incidents of outlets that are on without an order go on."""
        for outlet in orphans:
            if (sensed := fresh.get(outlet)) is not None:
                relay = book.places.value(outlet, Role.RELAY)
                is_on = None if relay is None else relay[0] > HALF  # power alone says nothing of a relay without a load
                register_wh = None if turn.is_counted(outlet) else sensed.register_wh
                sample = stray.Sample(power_w=sensed.power_w, register_wh=register_wh, is_on=is_on)
                turn.happen_at(outlet, sample, _moment(now, sensed.taken_s))
            if now.mono_s - self._ticked_s >= TICK_S:
                turn.happen_at(outlet, stray.Tick(), now)

    def passed(self, now_s: float) -> None:
        """Take note that it has happened."""
        self._had_power_cut = False
        if now_s - self._ticked_s >= TICK_S:
            self._ticked_s = now_s
            if now_s - self._settled_ticked_s >= SETTLED_TICK_S:
                self._settled_ticked_s = now_s

    def _waits(self, charge: Charge, now: Moment) -> bool:
        """Return whether time does nothing to an order yet: what field has still to tell comes first.

        An outlet that is on stays on while only edge was away. An end waits for its last reading, as long as an outlet
        may be out of sight, and after that as long as for any last reading.
        """
        settings = charge.order.settings
        if charge.order.stage is Stage.ENDING:
            if self._met_s is None:
                return now.mono_s - self._field_seen_s < settings.away_s
            return now.mono_s - self._met_s < settings.final_s
        return self._met_s is None and charge.is_live and charge.order.stage is not Stage.INTERRUPTED

    def _sense(self, turn: Turn, order_id: str, sensed: Sensed, book: Book, taken: Moment) -> None:
        charge = turn.charge(order_id)
        if charge is None:
            return
        device = charge.order.outlet.partition("/")[0]
        is_seen = book.is_field_here and device not in book.silent | book.lost
        is_asked = charge.order.stage in {Stage.INTERRUPTED, Stage.ENDING}
        if sensed.is_on is not None and is_asked and is_seen and turn.is_news(order_id, taken):
            start = book.wishes.get(charge.command_id)
            is_first = charge.order.stage is Stage.INTERRUPTED and charge.order.permits <= 1
            if is_first and not sensed.is_on and start is not None and _has_run_out(start, book, taken):
                _give_up(turn, start, taken)
            turn.step(order_id, happens.Back(is_on=sensed.is_on), taken)
        power_w, register_wh, plugged = sensed.power_w, sensed.register_wh, sensed.plugged
        if register_wh is not None and sensed.register_s < sensed.taken_s:
            sample = happens.Sample(power_w=power_w, register_wh=register_wh)
            turn.step(order_id, sample, _moment(taken, sensed.register_s))
            register_wh = None
        if power_w is not None or register_wh is not None or plugged is not None:
            turn.step(order_id, happens.Sample(power_w=power_w, register_wh=register_wh, plugged=plugged), taken)

    def _tick(self, turn: Turn, charges: Mapping[str, Charge], book: Book, now: Moment) -> None:
        is_settled_due = now.mono_s - self._settled_ticked_s >= SETTLED_TICK_S
        is_cloud_lost = now.mono_s - self._cloud_seen_s >= self._cloud_away_s
        for order_id, charge in charges.items():
            if (charge.order.receipt is None or is_settled_due) and not self._waits(charge, now):
                turn.step(order_id, happens.Tick(), now)
            if is_cloud_lost and charge.is_live:
                turn.step(order_id, happens.CloudLost(), now)
        for wish in [wish for wish in book.wishes.values() if wish.starts]:
            asker = turn.charge(wish.order_id)
            if asker is None or asker.order.receipt is not None:
                turn.forget(wish, "ended-meanwhile")
            elif self._met_s is not None and _has_run_out(wish, book, now):
                _answer_late(turn, wish, asker, book, now)


def _has_run_out(start: Wish, book: Book, now: Moment) -> bool:
    """Return whether a start without an answer is worth nothing any more."""
    left_s = start.left_s(now, book.machine)
    return left_s is not None and left_s <= 0


def _answer_late(turn: Turn, start: Wish, asker: Charge, book: Book, now: Moment) -> None:
    """Answer a start whose answer field has taken to its grave: what is known of the outlet says what became of it.

    Of an outlet out of sight nothing is known: it is read first.
    """
    held, order = book.held.get(asker.order.outlet), asker.order
    holds = held is not None and held.order_id == order.order_id and held.is_on
    if holds or order.permits > 1:
        turn.forget(start, "", state="done")
    elif order.stage is not Stage.INTERRUPTED:
        _give_up(turn, start, now)


def _give_up(turn: Turn, start: Wish, now: Moment) -> None:
    turn.forget(start, "expired")
    turn.step(start.order_id, happens.Refused(word="expired", was_sent=True), now)


def _moment(now: Moment, mono_s: float) -> Moment:
    """Return another moment of the monotonic clock, on both clocks."""
    return replace(now, ts_ms=now.ts_ms + round((mono_s - now.mono_s) * 1000), mono_s=mono_s)
