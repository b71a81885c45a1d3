"""The deposit, row by row: what a bin does, from the card that somebody shows to the record. Pure.

Points are credited only for weight that stays; whatever speaks against it goes before a person. After a restart an
order never opens a door.
"""

from __future__ import annotations

from typing import Any

from gateway.orders.deposit import act, guard
from gateway.orders.deposit.event import (
    BinStopped,
    CategorySensed,
    DoorSeen,
    Finished,
    HandSeen,
    Identified,
    Jammed,
    PhotoTaken,
    Refused,
    Restarted,
    StrangerIdentified,
    Tick,
    Weighed,
    Withdrawn,
)
from gateway.orders.deposit.order import Deposit, Doubt, Stage
from gateway.orders.deposit.take import CLOSES, FINALS, RELEASED, enter, take
from gateway.orders.machine import Machine, Row, row

IDENTIFYING = frozenset({Stage.IDENTIFYING})
TARING = frozenset({Stage.TARING})
OPENING = frozenset({Stage.OPENING})
OPEN = frozenset({Stage.OPEN})
CLOSING = frozenset({Stage.CLOSING})
WEIGHING = frozenset({Stage.WEIGHING})
CONFIRMING = frozenset({Stage.CONFIRMING})
SHUT = IDENTIFYING | TARING
AFTER = WEIGHING | CONFIRMING
S = Stage
DepositRow = Row[Deposit, Any]

BEFORE: tuple[DepositRow, ...] = (
    row(IDENTIFYING, Identified, S.TARING, "identified: weigh the bin", do=act.look),
    row(SHUT, Refused, S.CANCELLED, "refused", do=act.refuse),
    row(SHUT, Withdrawn, S.CANCELLED, "called off", do=act.cancel("withdrawn")),
    row(SHUT, BinStopped, S.CANCELLED, "the bin takes no more", when=guard.is_delivery, do=act.stop),
    row(SHUT, DoorSeen, S.CANCELLED, "the door is open", when=guard.is_open, do=act.not_shut),
    row(SHUT, Restarted, S.CANCELLED, "restarted before the opening", do=act.cancel("restarted")),
    row(
        SHUT,
        StrangerIdentified,
        S.CANCELLED,
        "two at one door",
        when=guard.somebody_else,
        do=act.cancel("two-residents"),
    ),
    row(IDENTIFYING, Tick, S.CANCELLED, "no answer", when=guard.no_answer, do=act.cancel("no-answer")),
    row(TARING, Weighed, S.CANCELLED, "too heavy", when=guard.too_heavy, do=act.too_heavy),
    row(TARING, Weighed, S.OPENING, "weight before known", when=guard.weight_known, do=act.open_door),
    row(TARING, DoorSeen, S.OPENING, "weight before known", when=guard.weight_known, do=act.open_door),
    row(TARING, Tick, S.CANCELLED, "no weight at rest", when=guard.no_weight_before, do=act.cancel("no-weight-before")),
)

DOOR: tuple[DepositRow, ...] = (
    row(OPENING, DoorSeen, S.OPEN, "the door is open", when=guard.is_open),
    row(OPENING, Tick, S.CLOSING, "the door does not open", when=guard.opens_too_late, do=act.not_opened),
    row(OPENING, Withdrawn, S.CLOSING, "called off", do=act.close_first),
    row(OPENING, Restarted, S.CLOSING, "restarted, nobody watched", when=guard.away_too_long, do=act.close_first),
    row(OPENING, Restarted, None, "restarted: wait for the door, open it no more", do=act.look_again),
    row(OPEN, DoorSeen, S.WEIGHING, "shut by hand", when=guard.is_shut, do=act.look_again),
    row(OPEN, Finished, None, "done, but a hand is in the door", when=guard.hand_in_the_door),
    row(OPEN, Finished, S.CLOSING, "done", do=act.close_first),
    row(OPEN, Withdrawn, S.CLOSING, "called off", do=act.close_first),
    row(OPEN, Tick, S.CLOSING, "open too long", when=guard.open_too_long, do=act.close_first),
    row(OPEN | AFTER, Restarted, None, "restarted: look anew", do=act.look_again),
    row(CLOSING, DoorSeen, S.WEIGHING, "the door is shut", when=guard.is_shut, do=act.look_again),
    row(
        CLOSES,
        Jammed,
        S.REVIEW,
        "jammed again and again",
        when=guard.jammed_too_often,
        do=act.review(Doubt.JAMMED),
    ),
    row(CLOSES, Jammed, None, "jammed: it opens and waits", do=act.note_jam),
    row(CLOSING, HandSeen, None, "the hand is gone: close", when=guard.hand_gone, do=act.close_door),
    row(CLOSING, Tick, S.REVIEW, "the door does not close", when=guard.will_not_close, do=act.review(Doubt.JAMMED)),
    row(CLOSING, Tick, None, "close once more", when=guard.close_again_due, do=act.close_door),
    row(CLOSING, Restarted, None, "restarted: close", do=act.close_first),
    row(AFTER, DoorSeen, S.OPEN, "opened again", when=guard.is_open),
)


WEIGHT: tuple[DepositRow, ...] = (
    row(
        WEIGHING, Weighed, S.CONFIRMING, "less is left: somebody leant on it", when=guard.leant_on, do=act.note_leaning
    ),
    row(WEIGHING, Weighed, S.CONFIRMING, "the weight is at rest", when=guard.weight_known),
    row(CONFIRMING, Weighed, S.WEIGHING, "the weight moves", when=guard.moved),
    row(CONFIRMING, Weighed, S.REVIEW, "a doubt", when=guard.doubtful, do=act.review()),
    row(CONFIRMING, Weighed, S.RECORDED, "collected", when=guard.emptied, do=act.record_collection),
    row(CONFIRMING, Weighed, S.RECORDED, "put in", when=guard.put_in, do=act.record),
    row(CONFIRMING, Weighed, S.RECORDED, "nothing put in", when=guard.nothing_put_in, do=act.record),
    row(AFTER, Tick, S.REVIEW, "never at rest", when=guard.unstable, do=act.review(Doubt.UNSTABLE)),
)

DEPOSIT: Machine[Deposit] = Machine(
    name="deposit",
    stages=Stage,
    initial=Stage.IDENTIFYING,
    finals=FINALS,
    rows=BEFORE + DOOR + WEIGHT,
    take=take,
    enter=enter,
    ignores={
        Identified: frozenset(Stage) - IDENTIFYING,
        Refused: RELEASED | FINALS,
        StrangerIdentified: frozenset(Stage),
        Withdrawn: CLOSING | AFTER | FINALS,
        BinStopped: frozenset(Stage),
        Weighed: frozenset(Stage),
        DoorSeen: frozenset(Stage),
        Finished: frozenset(Stage) - OPEN,
        HandSeen: frozenset(Stage),
        Jammed: frozenset(Stage) - CLOSES,
        CategorySensed: frozenset(Stage),
        PhotoTaken: frozenset(Stage),
        Tick: frozenset(Stage),
        Restarted: FINALS,
    },
)
