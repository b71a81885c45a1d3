"""The charge, row by row. Of the rows for a stage and an event the first whose guard holds is the one. Pure.

Read a row as: in <stages>, on <event>, go to <stage or stay>, <what it means>, when <guard>, doing <action>.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.orders.charge import actions as do_
from gateway.orders.charge import device_settling as own
from gateway.orders.charge import ending
from gateway.orders.charge import event as on_
from gateway.orders.charge import guards as if_
from gateway.orders.charge.stage import EVERY, LIVE, ON, OVER, Stage
from gateway.orders.charge.take import enter, take
from gateway.orders.machine import Machine, Row, row
from gateway.orders.reason import StopReason as Why

if TYPE_CHECKING:
    from gateway.orders.charge.order import ChargeOrder

(STARTING, WAITING, CHARGING, FLOATING, UNPLUGGED, INTERRUPTED, ENDING, OCCUPIED, SETTLED, CLOSED) = Stage
STAY = None


_OPENED: tuple[Row[ChargeOrder, Any], ...] = (
    row(LIVE, on_.Tripped, ENDING, "protection tripped", do=ending.end_tripped),
    row(LIVE, on_.StopAsked, ENDING, "stopped by a person", do=ending.end_asked),
    row(LIVE, on_.GrantEnded, ENDING, "field ended the grant", do=ending.end_granted),
    row(LIVE, on_.DeviceStopped, ENDING, "the pile stopped", do=ending.end_stopped),
    row(LIVE, on_.DeviceSettled, STAY, "a settlement told again", when=if_.is_a_repetition),
    row(LIVE, on_.DeviceSettled, STAY, "corrected by the pile", when=if_.contradicts_an_earlier_one, do=own.dispute),
    row(LIVE, on_.DeviceSettled, STAY, "an earlier run settled", when=if_.is_of_an_earlier_run, do=own.keep),
    row(INTERRUPTED, on_.DeviceSettled, STAY, "settled, ours to resume", when=if_.will_be_resumed, do=own.keep),
    row(LIVE, on_.DeviceSettled, ENDING, "the pile settled", do=own.end_settled),
    row(LIVE, on_.CloudLost, ENDING, "no cloud", when=if_.cloud_is_needed, do=ending.ends(Why.CLOUD_LOST)),
)

_STARTING: tuple[Row[ChargeOrder, Any], ...] = (
    row(STARTING, on_.Begin, STAY, "begun already", when=if_.was_permitted_before),
    row(STARTING, on_.Begin, SETTLED, "the money buys nothing", when=if_.money_buys_nothing, do=ending.buy_nothing),
    row(STARTING, on_.Begin, STAY, "accepted: permitted within its limits", do=do_.begin),
    row(STARTING, on_.Refused, SETTLED, "refused, never sent", when=if_.was_never_sent, do=ending.turn_down),
    row(STARTING, on_.Refused, INTERRUPTED, "not to be resumed yet", when=if_.may_be_resumed_again, do=do_.wait_again),
    row(STARTING, on_.Refused, ENDING, "refused by the pile: off, verify, nothing to pay", do=ending.refuse),
    row(STARTING, on_.SwitchedOn, CHARGING, "on", when=if_.shows_its_power_too_late, do=do_.charge),
    row(STARTING, on_.SwitchedOn, WAITING, "on", do=do_.confirm),
    row(STARTING, on_.Sample, CHARGING, "draws", when=if_.is_drawing, do=do_.charge),
    row(STARTING, on_.Tick, ENDING, "no answer", when=if_.start_wait_is_over, do=ending.ends(Why.START_FAILED)),
)

_WAITING: tuple[Row[ChargeOrder, Any], ...] = (
    row(WAITING, on_.Refused, ENDING, "refused after all", when=if_.is_the_first_start, do=ending.refuse),
    row(WAITING, on_.Sample, CHARGING, "draws", when=if_.is_drawing, do=do_.charge),
    row(WAITING, on_.Sample, CHARGING, "has drawn", when=if_.its_register_shows_a_load, do=do_.charge),
    row(WAITING, on_.Tick, ENDING, "no load came", when=if_.plug_wait_is_over, do=ending.ends(Why.NO_LOAD)),
)

_CHARGING: tuple[Row[ChargeOrder, Any], ...] = (
    row(CHARGING, on_.Refused, ENDING, "refused, yet charging", when=if_.is_the_first_start, do=ending.refuse),
    row(CHARGING, on_.Sample, ENDING, "energy used up", when=if_.energy_is_used, do=ending.end_used),
    row(CHARGING, on_.Sample, UNPLUGGED, "nothing draws", when=if_.load_is_gone, do=do_.say("unplugged")),
    row(CHARGING, on_.Sample, FLOATING, "full", when=if_.battery_is_full, do=do_.say("full")),
    row(CHARGING, on_.Sample, STAY, "a second load on a splitter", when=if_.a_load_was_added, do=do_.say_step),
    row(CHARGING, on_.Sample, STAY, "a higher tier of power", when=if_.tier_has_risen, do=do_.say_tier),
    row(CHARGING, on_.Tick, ENDING, "time used up", when=if_.time_is_used, do=ending.end_timed_out),
    row(CHARGING, on_.Tick, ENDING, "no real load", when=if_.nothing_real_ever_drew, do=ending.ends(Why.NO_LOAD)),
    row(CHARGING, on_.Tick, STAY, "limits asked for again", when=if_.limits_are_near, do=do_.widen),
    row(CHARGING, on_.Tick, STAY, "progress", when=if_.progress_is_due, do=do_.progress),
)

_FLOATING: tuple[Row[ChargeOrder, Any], ...] = (
    row(FLOATING, on_.Sample, ENDING, "energy used up", when=if_.energy_is_used, do=ending.end_used),
    row(FLOATING, on_.Sample, ENDING, "unplugged, full", when=if_.load_is_gone, do=ending.ends(Why.FULL)),
    row(FLOATING, on_.Sample, CHARGING, "charges again", when=if_.power_is_up_again, do=do_.say("charging-again")),
    row(FLOATING, on_.Tick, ENDING, "time used up", when=if_.time_is_used, do=ending.end_timed_out),
    row(FLOATING, on_.Tick, ENDING, "float over", when=if_.float_is_over, do=ending.ends(Why.FULL)),
    row(FLOATING, on_.Tick, STAY, "limits asked for again", when=if_.limits_are_near, do=do_.widen),
    row(FLOATING, on_.Tick, STAY, "progress", when=if_.progress_is_due, do=do_.progress),
)

_UNPLUGGED: tuple[Row[ChargeOrder, Any], ...] = (
    row(UNPLUGGED, on_.Sample, CHARGING, "plugged in again", when=if_.same_load_is_back, do=do_.say("replugged")),
    row(UNPLUGGED, on_.Sample, ENDING, "another load", when=if_.another_load_is_there, do=ending.ends(Why.SECOND_LOAD)),
    row(UNPLUGGED, on_.Tick, ENDING, "charger cut off", when=if_.charger_has_finished, do=ending.ends(Why.FULL)),
    row(UNPLUGGED, on_.Tick, ENDING, "unplugged", when=if_.replug_window_is_over, do=ending.ends(Why.UNPLUGGED)),
)

_INTERRUPTED: tuple[Row[ChargeOrder, Any], ...] = (
    row(ON | {STARTING}, on_.Lost, INTERRUPTED, "power, pile or field away", do=do_.lose),
    row(INTERRUPTED, on_.Back, ENDING, "back, all is used up", when=if_.nothing_is_left, do=ending.end_used),
    row(INTERRUPTED, on_.Back, CHARGING, "back, still on", when=if_.went_on_charging, do=do_.go_on),
    row(INTERRUPTED, on_.Back, WAITING, "back, still on, nothing drew", when=if_.went_on_waiting, do=do_.go_on),
    row(INTERRUPTED, on_.Back, STARTING, "back, off, ours to resume", when=if_.is_ours_to_resume, do=do_.resume),
    row(INTERRUPTED, on_.Back, ENDING, "back, not to go on", do=ending.end_lost),
    row(INTERRUPTED, on_.Refused, ENDING, "its start ran out unseen", when=if_.is_the_first_start, do=ending.refuse),
    row(INTERRUPTED, on_.Tick, ENDING, "away too long", when=if_.away_for_too_long, do=ending.end_lost),
)

_ENDING: tuple[Row[ChargeOrder, Any], ...] = (
    *(
        each
        for event in (on_.SwitchedOff, on_.Sample)
        for each in (
            row(ENDING, event, OCCUPIED, "plug left in", when=if_.all_is_known_but_the_plug_is_in, do=ending.occupy),
            row(ENDING, event, SETTLED, "all is known", when=if_.all_is_known, do=ending.settle),
        )
    ),
    row(
        ENDING,
        on_.Tick,
        OCCUPIED,
        "waited long enough, plug left in",
        when=if_.final_wait_is_over_but_the_plug_is_in,
        do=ending.occupy,
    ),
    row(ENDING, on_.Tick, SETTLED, "waited long enough", when=if_.final_wait_is_over, do=ending.settle),
    row(ENDING, on_.Tripped, STAY, "the element's own word", when=if_.field_only_said_tripped, do=ending.correct),
    row(OCCUPIED, on_.Sample, SETTLED, "plug out", when=if_.plug_is_out, do=ending.settle),
    row(OCCUPIED, on_.Tick, SETTLED, "counted enough", when=if_.occupied_for_long_enough, do=ending.settle),
    row(OCCUPIED, on_.OutletTaken, SETTLED, "the next order is here", do=ending.settle),
    row(ENDING, on_.OutletTaken, SETTLED, "the next order is here", when=if_.lacks_only_the_total, do=ending.settle),
    row(
        ENDING,
        on_.DeviceStopped,
        STAY,
        "the pile's own word",
        when=if_.field_only_found_it_off,
        do=ending.correct_stopped,
    ),
)

_AFTER: tuple[Row[ChargeOrder, Any], ...] = (
    row(OVER, on_.SwitchedOn, STAY, "an ON that came too late is taken back", do=ending.open_again),
    row(ENDING, on_.Back, STAY, "back and still on: off again", when=if_.is_back_on, do=ending.open_again),
    row(OVER, on_.DeviceSettled, STAY, "a settlement told again", when=if_.is_a_repetition),
    row(OVER, on_.DeviceSettled, STAY, "corrected by the pile", when=if_.contradicts_an_earlier_one, do=own.dispute),
    row(ENDING, on_.DeviceSettled, SETTLED, "all is known", when=if_.all_is_known, do=own.settle_with_total),
    row(OVER, on_.DeviceSettled, STAY, "the pile's own settlement", do=own.keep),
    row(SETTLED, on_.Tick, STAY, "settlement told again", when=if_.time_to_tell_again, do=ending.tell_again),
    row(SETTLED, on_.SettlementAcknowledged, CLOSED, "acknowledged", when=if_.is_this_settlement, do=own.close),
)

CHARGE: Machine[ChargeOrder] = Machine(
    name="charge",
    stages=Stage,
    initial=STARTING,
    finals=frozenset({CLOSED}),
    rows=(
        *_OPENED,
        *_STARTING,
        *_WAITING,
        *_CHARGING,
        *_FLOATING,
        *_UNPLUGGED,
        *_INTERRUPTED,
        *_ENDING,
        *_AFTER,
    ),
    ignores={
        on_.Begin: EVERY - {STARTING},
        on_.SwitchedOn: LIVE - {STARTING},
        on_.Refused: EVERY - {STARTING},
        on_.Sample: EVERY,
        on_.Tick: EVERY,
        on_.StopAsked: OVER,
        on_.Tripped: OVER,
        on_.GrantEnded: OVER,
        on_.DeviceStopped: OVER,
        on_.SwitchedOff: EVERY,
        on_.Lost: OVER | {INTERRUPTED},
        on_.Back: EVERY - {INTERRUPTED},
        on_.CloudLost: EVERY,
        on_.OutletTaken: EVERY - {OCCUPIED},
        on_.SettlementAcknowledged: EVERY,
    },
    take=take,
    enter=enter,
)
