"""The purchase, row by row: what a cabinet does, from the code that somebody shows to the receipt. Pure.

Whatever ends after the unlock ends with the doors shut and the shelves read, or before a person; only proved absence is
charged. After a restart an order never unlocks.
"""

from __future__ import annotations

from typing import Any

from gateway.orders.machine import Machine, Row, row
from gateway.orders.purchase import act, guard
from gateway.orders.purchase.event import (
    Authorised,
    Declared,
    DoorSeen,
    LockAnswered,
    PhotoTaken,
    Refused,
    Restarted,
    SaleStopped,
    ShelfRead,
    Tick,
    Withdrawn,
)
from gateway.orders.purchase.order import Doubt, Purchase, Stage
from gateway.orders.purchase.take import FINALS, RELEASED, enter, take

ASKING = frozenset({Stage.ASKING})
LOOKING = frozenset({Stage.LOOKING})
UNLOCKING = frozenset({Stage.UNLOCKING})
UNLOCKED = frozenset({Stage.UNLOCKED})
OPEN = frozenset({Stage.OPEN})
SETTLING = frozenset({Stage.SETTLING})
LOCKED = ASKING | LOOKING
WAITING = UNLOCKING | UNLOCKED
S = Stage
PurchaseRow = Row[Purchase, Any]

BEFORE: tuple[PurchaseRow, ...] = (
    row(ASKING, Authorised, S.LOOKING, "authorised", when=guard.has_ceiling, do=act.look),
    row(ASKING, Authorised, S.CANCELLED, "no money is held", do=act.cancel("no-ceiling")),
    row(LOCKED, Refused, S.CANCELLED, "refused", do=act.refuse),
    row(LOCKED, Withdrawn, S.CANCELLED, "called off", do=act.cancel("withdrawn")),
    row(LOCKED, SaleStopped, S.CANCELLED, "stop-sale", when=guard.concerns_us, do=act.stop_sale),
    row(LOCKED, DoorSeen, S.CANCELLED, "a door is open", when=guard.is_open, do=act.not_closed),
    row(LOCKED, Restarted, S.CANCELLED, "restarted before the unlock", do=act.cancel("restarted")),
    row(ASKING, Tick, S.CANCELLED, "no answer", when=guard.no_answer, do=act.cancel("no-answer")),
    row(LOOKING, DoorSeen, S.UNLOCKING, "shelves known", when=guard.shelves_known, do=act.unlock),
    row(LOOKING, ShelfRead, S.UNLOCKING, "shelves known", when=guard.shelves_known, do=act.unlock),
    row(
        LOOKING,
        Tick,
        S.CANCELLED,
        "shelves or doors cannot be read",
        when=guard.no_baseline,
        do=act.cancel("no-baseline"),
    ),
)

UNLOCK: tuple[PurchaseRow, ...] = (
    row(UNLOCKING, LockAnswered, S.UNLOCKED, "the lock says released", when=guard.released),
    row(
        UNLOCKING,
        LockAnswered,
        None,
        "the lock refuses: once more",
        when=guard.refused_once,
        do=act.unlock_refused_door,
    ),
    row(UNLOCKING, LockAnswered, S.SETTLING, "the lock refuses", when=guard.refused_again, do=act.lock_and_look),
    row(WAITING, DoorSeen, S.OPEN, "the door opens", when=guard.own_door_opens),
    row(WAITING, Tick, S.SETTLING, "nobody opens the door", when=guard.opens_too_late, do=act.lock_and_look),
    row(UNLOCKING, Tick, None, "the lock is silent: once more", when=guard.lock_silent, do=act.unlock_again),
    row(WAITING, Withdrawn, S.SETTLING, "called off", do=act.lock_and_look),
    row(WAITING, Restarted, S.SETTLING, "restarted, nobody watched", when=guard.away_too_long, do=act.lock_and_look),
    row(WAITING, Restarted, S.UNLOCKED, "restarted: wait for the door, unlock no more", do=act.look_again),
)

DOOR: tuple[PurchaseRow, ...] = (
    row(
        RELEASED, DoorSeen, None, "a door that nobody unlocked opens", when=guard.foreign_door_opens, do=act.note_forced
    ),
    row(OPEN, DoorSeen, S.SETTLING, "the doors are closed", when=guard.all_closed, do=act.lock_and_look),
    row(OPEN, DoorSeen, S.UNLOCKED, "closed, another door is still to open", when=guard.closed_but_more_to_open),
    row(OPEN, Tick, S.REVIEW, "left open", when=guard.open_too_long, do=act.review(Doubt.LEFT_OPEN)),
    row(OPEN, Tick, None, "open too long: alarm", when=guard.alarm_due, do=act.alarm),
    row(OPEN, Tick, None, "open long: say so", when=guard.warning_due, do=act.warn),
    row(OPEN | SETTLING, Restarted, None, "restarted: look anew", do=act.look_again),
    row(SETTLING, DoorSeen, S.OPEN, "opened again", when=guard.own_door_opens),
)


def _settle_on(event: type) -> tuple[PurchaseRow, ...]:
    """Return the rows that end an order as soon as doors and shelves are known; whichever of them comes last."""
    return (
        row(SETTLING, event, S.REVIEW, "a doubt", when=guard.doubtful, do=act.review()),
        row(SETTLING, event, S.SETTLED, "goods taken", when=guard.goods_taken, do=act.settle),
        row(SETTLING, event, S.SETTLED, "nothing taken", when=guard.nothing_taken, do=act.settle),
        row(SETTLING, event, S.SETTLED, "restock counted", when=guard.declared_and_read, do=act.settle_restock),
    )


END: tuple[PurchaseRow, ...] = (
    *_settle_on(ShelfRead),
    *_settle_on(DoorSeen),
    row(SETTLING, Declared, S.SETTLED, "restock counted", when=guard.declared_and_read, do=act.settle_restock),
    row(
        SETTLING,
        Tick,
        S.REVIEW,
        "doors or shelves cannot be read",
        when=guard.unreadable,
        do=act.review(Doubt.NO_READING),
    ),
    row(SETTLING, Tick, S.REVIEW, "staff declares nothing", when=guard.undeclared, do=act.review(Doubt.UNDECLARED)),
)

PURCHASE: Machine[Purchase] = Machine(
    name="purchase",
    stages=Stage,
    initial=Stage.ASKING,
    finals=FINALS,
    rows=BEFORE + UNLOCK + DOOR + END,
    take=take,
    enter=enter,
    ignores={
        Authorised: frozenset(Stage) - ASKING,
        Refused: RELEASED | FINALS,
        Withdrawn: OPEN | SETTLING | FINALS,
        SaleStopped: frozenset(Stage),
        ShelfRead: frozenset(Stage),
        DoorSeen: frozenset(Stage),
        LockAnswered: frozenset(Stage),
        PhotoTaken: frozenset(Stage),
        Declared: frozenset(Stage),
        Tick: frozenset(Stage),
        Restarted: FINALS,
    },
)
