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
from gateway.orders.deposit.take import FINALS, RELEASED, enter, take
from gateway.orders.machine import Machine, Row

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
    Row(stages=IDENTIFYING, on=Identified, to=S.TARING, do=act.look, says="identified: weigh the bin"),
    Row(stages=SHUT, on=Refused, to=S.CANCELLED, do=act.refuse, says="refused"),
    Row(stages=SHUT, on=Withdrawn, to=S.CANCELLED, do=act.cancel("withdrawn"), says="called off"),
    Row(stages=SHUT, on=BinStopped, to=S.CANCELLED, do=act.stop, says="the bin takes no more"),
    Row(stages=SHUT, on=DoorSeen, when=guard.is_open, to=S.CANCELLED, do=act.not_shut, says="the door is open"),
    Row(stages=SHUT, on=Restarted, to=S.CANCELLED, do=act.cancel("restarted"), says="restarted before the opening"),
    Row(
        stages=SHUT,
        on=StrangerIdentified,
        when=guard.somebody_else,
        to=S.CANCELLED,
        do=act.cancel("two-residents"),
        says="two at one door",
    ),
    Row(
        stages=IDENTIFYING, on=Tick, when=guard.no_answer, to=S.CANCELLED, do=act.cancel("no-answer"), says="no answer"
    ),
    Row(stages=TARING, on=Weighed, when=guard.too_heavy, to=S.CANCELLED, do=act.too_heavy, says="too heavy"),
    Row(stages=TARING, on=Weighed, when=guard.weight_known, to=S.OPENING, do=act.open_door, says="weight before known"),
    Row(
        stages=TARING, on=DoorSeen, when=guard.weight_known, to=S.OPENING, do=act.open_door, says="weight before known"
    ),
    Row(
        stages=TARING,
        on=Tick,
        when=guard.no_weight_before,
        to=S.CANCELLED,
        do=act.cancel("no-weight-before"),
        says="no weight at rest",
    ),
)

DOOR: tuple[DepositRow, ...] = (
    Row(stages=OPENING, on=DoorSeen, when=guard.is_open, to=S.OPEN, says="the door is open"),
    Row(
        stages=OPENING,
        on=Tick,
        when=guard.opens_too_late,
        to=S.CLOSING,
        do=act.not_opened,
        says="the door does not open",
    ),
    Row(stages=OPENING, on=Withdrawn, to=S.CLOSING, do=act.close_first, says="called off"),
    Row(
        stages=OPENING,
        on=Restarted,
        when=guard.away_too_long,
        to=S.CLOSING,
        do=act.close_first,
        says="restarted, nobody watched",
    ),
    Row(
        stages=OPENING,
        on=Restarted,
        to=None,
        do=act.look_again,
        says="restarted: wait for the door, open it no more",
    ),
    Row(stages=OPEN, on=DoorSeen, when=guard.is_shut, to=S.WEIGHING, do=act.look_again, says="shut by hand"),
    Row(stages=OPEN, on=Finished, when=guard.hand_in_the_door, to=None, says="done, but a hand is in the door"),
    Row(stages=OPEN, on=Finished, to=S.CLOSING, do=act.close_first, says="done"),
    Row(stages=OPEN, on=Withdrawn, to=S.CLOSING, do=act.close_first, says="called off"),
    Row(stages=OPEN, on=Tick, when=guard.open_too_long, to=S.CLOSING, do=act.close_first, says="open too long"),
    Row(stages=OPEN | AFTER, on=Restarted, to=None, do=act.look_again, says="restarted: look anew"),
    Row(stages=CLOSING, on=DoorSeen, when=guard.is_shut, to=S.WEIGHING, do=act.look_again, says="the door is shut"),
    Row(
        stages=CLOSING,
        on=Jammed,
        when=guard.closed_too_often,
        to=S.REVIEW,
        do=act.review(Doubt.JAMMED),
        says="jammed again and again",
    ),
    Row(stages=CLOSING, on=Jammed, to=None, do=act.note_jam, says="jammed: it opens and waits"),
    Row(stages=CLOSING, on=HandSeen, when=guard.hand_gone, to=None, do=act.close_door, says="the hand is gone: close"),
    Row(
        stages=CLOSING,
        on=Tick,
        when=guard.will_not_close,
        to=S.REVIEW,
        do=act.review(Doubt.JAMMED),
        says="the door does not close",
    ),
    Row(stages=CLOSING, on=Tick, when=guard.close_again_due, to=None, do=act.close_door, says="close once more"),
    Row(stages=CLOSING, on=Restarted, to=None, do=act.close_first, says="restarted: close"),
    Row(stages=AFTER, on=DoorSeen, when=guard.is_open, to=S.OPEN, says="opened again"),
)


WEIGHT: tuple[DepositRow, ...] = (
    Row(
        stages=WEIGHING,
        on=Weighed,
        when=guard.leant_on,
        to=S.CONFIRMING,
        do=act.note_leaning,
        says="less is left: somebody leant on it",
    ),
    Row(stages=WEIGHING, on=Weighed, when=guard.weight_known, to=S.CONFIRMING, says="the weight is at rest"),
    Row(stages=CONFIRMING, on=Weighed, when=guard.moved, to=S.WEIGHING, says="the weight moves"),
    Row(stages=CONFIRMING, on=Weighed, when=guard.doubtful, to=S.REVIEW, do=act.review(), says="a doubt"),
    Row(stages=CONFIRMING, on=Weighed, when=guard.emptied, to=S.RECORDED, do=act.record_collection, says="collected"),
    Row(stages=CONFIRMING, on=Weighed, when=guard.put_in, to=S.RECORDED, do=act.record, says="put in"),
    Row(stages=CONFIRMING, on=Weighed, when=guard.nothing_put_in, to=S.RECORDED, do=act.record, says="nothing put in"),
    Row(stages=AFTER, on=Tick, when=guard.unstable, to=S.REVIEW, do=act.review(Doubt.UNSTABLE), says="never at rest"),
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
        BinStopped: RELEASED | FINALS,
        Weighed: frozenset(Stage),
        DoorSeen: frozenset(Stage),
        Finished: frozenset(Stage) - OPEN,
        HandSeen: frozenset(Stage),
        Jammed: frozenset(Stage) - CLOSING,
        CategorySensed: frozenset(Stage),
        PhotoTaken: frozenset(Stage),
        Tick: frozenset(Stage),
        Restarted: FINALS,
    },
)
