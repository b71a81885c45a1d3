"""The purchase, row by row: what a cabinet does, from the code that somebody shows to the receipt. Pure.

Whatever ends after the unlock ends with the doors shut and the shelves read, or before a person; only proved absence is
charged. After a restart an order never unlocks.
"""

from __future__ import annotations

from typing import Any

from gateway.orders.machine import Machine, Row
from gateway.orders.purchase import act, guard
from gateway.orders.purchase.event import (
    Authorised,
    Declared,
    DoorSeen,
    LockAnswered,
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
    Row(stages=ASKING, on=Authorised, when=guard.has_ceiling, to=S.LOOKING, do=act.look, says="authorised"),
    Row(stages=ASKING, on=Authorised, to=S.CANCELLED, do=act.cancel("no-ceiling"), says="no money is held"),
    Row(stages=LOCKED, on=Refused, to=S.CANCELLED, do=act.refuse, says="refused"),
    Row(stages=LOCKED, on=Withdrawn, to=S.CANCELLED, do=act.cancel("withdrawn"), says="called off"),
    Row(stages=LOCKED, on=SaleStopped, when=guard.concerns_us, to=S.CANCELLED, do=act.stop_sale, says="stop-sale"),
    Row(stages=LOCKED, on=DoorSeen, when=guard.is_open, to=S.CANCELLED, do=act.not_closed, says="a door is open"),
    Row(stages=LOCKED, on=Restarted, to=S.CANCELLED, do=act.cancel("restarted"), says="restarted before the unlock"),
    Row(stages=ASKING, on=Tick, when=guard.no_answer, to=S.CANCELLED, do=act.cancel("no-answer"), says="no answer"),
    Row(stages=LOOKING, on=DoorSeen, when=guard.shelves_known, to=S.UNLOCKING, do=act.unlock, says="shelves known"),
    Row(stages=LOOKING, on=ShelfRead, when=guard.shelves_known, to=S.UNLOCKING, do=act.unlock, says="shelves known"),
    Row(
        stages=LOOKING,
        on=Tick,
        when=guard.no_baseline,
        to=S.CANCELLED,
        do=act.cancel("no-baseline"),
        says="shelves or doors cannot be read",
    ),
)

UNLOCK: tuple[PurchaseRow, ...] = (
    Row(stages=UNLOCKING, on=LockAnswered, when=guard.released, to=S.UNLOCKED, says="the lock says released"),
    Row(
        stages=UNLOCKING,
        on=LockAnswered,
        when=guard.refused_once,
        to=None,
        do=act.unlock_refused_door,
        says="the lock refuses: once more",
    ),
    Row(
        stages=UNLOCKING,
        on=LockAnswered,
        when=guard.refused_again,
        to=S.SETTLING,
        do=act.lock_and_look,
        says="the lock refuses",
    ),
    Row(stages=WAITING, on=DoorSeen, when=guard.own_door_opens, to=S.OPEN, says="the door opens"),
    Row(
        stages=WAITING,
        on=Tick,
        when=guard.opens_too_late,
        to=S.SETTLING,
        do=act.lock_and_look,
        says="nobody opens the door",
    ),
    Row(
        stages=UNLOCKING,
        on=Tick,
        when=guard.lock_silent,
        to=None,
        do=act.unlock_again,
        says="the lock is silent: once more",
    ),
    Row(stages=WAITING, on=Withdrawn, to=S.SETTLING, do=act.lock_and_look, says="called off"),
    Row(
        stages=WAITING,
        on=Restarted,
        when=guard.away_too_long,
        to=S.SETTLING,
        do=act.lock_and_look,
        says="restarted, nobody watched",
    ),
    Row(
        stages=WAITING,
        on=Restarted,
        to=S.UNLOCKED,
        do=act.look_again,
        says="restarted: wait for the door, unlock no more",
    ),
)

DOOR: tuple[PurchaseRow, ...] = (
    Row(
        stages=RELEASED,
        on=DoorSeen,
        when=guard.foreign_door_opens,
        to=None,
        do=act.note_forced,
        says="a door that nobody unlocked opens",
    ),
    Row(
        stages=OPEN,
        on=DoorSeen,
        when=guard.all_closed,
        to=S.SETTLING,
        do=act.lock_and_look,
        says="the doors are closed",
    ),
    Row(
        stages=OPEN,
        on=DoorSeen,
        when=guard.closed_but_more_to_open,
        to=S.UNLOCKED,
        says="closed, another door is still to open",
    ),
    Row(
        stages=OPEN,
        on=Tick,
        when=guard.open_too_long,
        to=S.REVIEW,
        do=act.review(Doubt.LEFT_OPEN),
        says="left open",
    ),
    Row(stages=OPEN, on=Tick, when=guard.alarm_due, to=None, do=act.alarm, says="open too long: alarm"),
    Row(stages=OPEN, on=Tick, when=guard.warning_due, to=None, do=act.warn, says="open long: say so"),
    Row(stages=OPEN | SETTLING, on=Restarted, to=None, do=act.look_again, says="restarted: look anew"),
    Row(stages=SETTLING, on=DoorSeen, when=guard.own_door_opens, to=S.OPEN, says="opened again"),
)


def _settle_on(event: type) -> tuple[PurchaseRow, ...]:
    """Return the rows that end an order as soon as doors and shelves are known; whichever of them comes last."""
    return (
        Row(stages=SETTLING, on=event, when=guard.doubtful, to=S.REVIEW, do=act.review(), says="a doubt"),
        Row(stages=SETTLING, on=event, when=guard.goods_taken, to=S.SETTLED, do=act.settle, says="goods taken"),
        Row(stages=SETTLING, on=event, when=guard.nothing_taken, to=S.SETTLED, do=act.settle, says="nothing taken"),
        Row(
            stages=SETTLING,
            on=event,
            when=guard.declared_and_read,
            to=S.SETTLED,
            do=act.settle_restock,
            says="restock counted",
        ),
    )


END: tuple[PurchaseRow, ...] = (
    *_settle_on(ShelfRead),
    *_settle_on(DoorSeen),
    Row(
        stages=SETTLING,
        on=Declared,
        when=guard.declared_and_read,
        to=S.SETTLED,
        do=act.settle_restock,
        says="restock counted",
    ),
    Row(
        stages=SETTLING,
        on=Tick,
        when=guard.unreadable,
        to=S.REVIEW,
        do=act.review(Doubt.NO_READING),
        says="doors or shelves cannot be read",
    ),
    Row(
        stages=SETTLING,
        on=Tick,
        when=guard.undeclared,
        to=S.REVIEW,
        do=act.review(Doubt.UNDECLARED),
        says="staff declares nothing",
    ),
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
        Declared: frozenset(Stage),
        Tick: frozenset(Stage),
        Restarted: FINALS,
    },
)
