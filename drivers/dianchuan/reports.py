"""What a DianChuan board tells by itself: coins (03), the end of a charge (05), faults (0D).

A charge's end and a fault want an answer under their session; nothing says how often the board repeats them, nor what
stands in a coin's data, so that is handed on as it is. The session is taken as the message's own number: a board that
counted none would name all its messages alike, so repetitions are looked for only for a short while.

Source: the published gateway firmware for this board (dianchuan.c: PowerComplete, ReportError, CoinReport).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.dianchuan import frames
from gateway.sdk import Report

if TYPE_CHECKING:
    from collections.abc import Mapping

UNIT = 1
NAMES = {frames.COIN: "coin", frames.COMPLETE: "charge-complete", frames.FAULT: "fault"}
REPEATS_FOR_S = 60.0

REFUND_ALL = 0xFFFF
"""What a board says is left where the whole price is to be given back."""

REASONS = {
    0: "used-up",
    1: "manual",
    2: "full",
    3: "device-fault",
    4: "over-power",
    5: "card-refund",
    6: "no-charger",
}
FAULTS = {1: "output", 2: "total-over-power", 3: "supply"}

_COMPLETE_BYTES, _CARD_BYTES = 4, 11
_FAULT_BYTES = 2


def report_of(frame: bytes) -> Report | None:
    """Return what an intact frame of the board tells unasked; None if it is no such message."""
    command, data = frame[frames.COMMAND_AT], frame[frames.DATA_AT : -1]
    values = _VALUES[command](data) if command in _VALUES else None
    if values is None:
        return None
    session = frame[frames.SESSION]
    return Report(
        unit=UNIT,
        name=NAMES[command],
        frame=frame,
        payload=data,
        values=values,
        outlet=data[0] if command in frames.ANSWERED and 0 < data[0] <= frames.PORTS else None,
        number=session.hex(),
        answer=frames.answer_to(command, session) if command in frames.ANSWERED else None,
        repeats_for_s=REPEATS_FOR_S,
    )


def _coin(_data: bytes) -> Mapping[str, int | float | str] | None:
    return {}


def _complete(data: bytes) -> Mapping[str, int | float | str] | None:
    """Return minutes or 0.01 kWh that are left, the reason, and the card where one is given money back."""
    if len(data) < _COMPLETE_BYTES:
        return None
    left, reason = int.from_bytes(data[1:3], "big"), data[3]
    values: dict[str, int | float | str] = {"reason": REASONS.get(reason, "unknown"), "reason_code": reason}
    values |= {"refund": "all"} if left == REFUND_ALL else {"left_min_or_10wh": left}
    if len(data) >= _CARD_BYTES:
        values |= {
            "card": data[4:8].hex(),
            "refund_fen": 10 * data[8],
            "card_kind": int.from_bytes(data[9:_CARD_BYTES], "big"),
        }
    return values


def _fault(data: bytes) -> Mapping[str, int | float | str] | None:
    if len(data) < _FAULT_BYTES:
        return None
    code = int.from_bytes(data[1:], "big")
    return {"fault": FAULTS.get(code, "unknown"), "fault_code": code}


_VALUES = {frames.COIN: _coin, frames.COMPLETE: _complete, frames.FAULT: _fault}
