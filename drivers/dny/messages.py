"""What DNY piles tell by themselves: each message with its fields named, and how it is answered.

Fields are told apart by the length of a message: firmware adds them at the end. A settlement (03) stands in the pile's
EEPROM until it is answered; its time stamp is that of the sending, so it is no part of what names the message. Of an
order that is still running (04, old firmware) the same goes for its duration. A pile's clock begins at 1970 after each
power failure: its times are not handed on. Its wish for the time (22) is answered by whoever knows it. A card (02) that
is shown to charge is answered by whoever decides, and the start is a command of its own; one that is shown to hear a
balance can only be refused, because a 0 would be said aloud. Balances, and a wish for new firmware (05), are the
platform's.

Source: AP3000 device-to-server protocol V8.6, clauses 1.05 (units) and 3 (messages).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.dny import image
from drivers.dny.frames import Frame, split
from drivers.dny.order_no import ORDER_BYTES, order_text
from drivers.dny.words import ALARMS, STARTS, STATES, STOPS
from gateway.sdk import Report, Table, Verdict, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.sdk import Reading

OLD_HEARTBEAT, CARD, SETTLEMENT, RUNNING, WANTS_FIRMWARE, PORT_POWER = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
REGISTER, HEARTBEAT, WANTS_TIME = 0x20, 0x21, 0x22
CABINET, ALARM, FULL, PUSH = 0x41, 0x42, 0x43, 0x44

RECEIVED = 0x00
REPEATS_FOR_S = 7200.0
"""A settlement is repeated every 30 min until it is answered; the same order number ends only once."""

REGISTER_REPEATS_FOR_S = 200.0
"""A registration is repeated every 180 s; the next one after that is another start of the pile."""

UNKNOWN_TIME = (0, 0)
"""1970: where a pile's own clock begins, and no time to tell it."""

CARD_REPEATS_FOR_S = 60.0
"""A card that was not answered is sent once more, after 15 s, under the message id that it had."""

ACCOUNTS = {Verdict.OK: 0x00, Verdict.UNKNOWN: 0x01, Verdict.IN_USE: 0x04, Verdict.LIMIT: 0x06, Verdict.FAULT: 0x08}
"""Clause 3.2: what the pile says aloud for each; nothing for 0, where a start follows."""

UID_BYTES = 4
NO_PORT = 0xFF
"""Where a card is shown to hear its balance."""

Values = dict[str, int | float | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a message says: `port` from 0, `number` the order's, `lasting` what is the same in each sending."""

    name: str
    values: Values = field(default_factory=dict)
    port: int | None = None
    number: str = ""
    lasting: bytes | None = None
    readings: tuple[Reading, ...] = ()


def report_of(frame: bytes) -> Report | None:
    """Return what an intact frame of a pile tells; None if it is no message that piles send by themselves."""
    said = split(frame)
    reader = _READERS.get(said.command)
    told = None if reader is None or len(said.data) < _SHORTEST[said.command] else reader(said.data)
    if told is None:
        return None
    return Report(
        unit=said.physical,
        name=told.name,
        frame=frame,
        payload=said.data if told.lasting is None else told.lasting,
        values=told.values,
        outlet=None if told.port is None or told.port >= image.PORTS else told.port + 1,
        number=str(said.message) if said.command == CARD else told.number,
        answer=answer_to(said),
        answers=answers_to(said),
        repeats_for_s=_REPEATS.get(said.command, REPEATS_FOR_S),
        readings=told.readings,
        wants_time=said.command == WANTS_TIME,
        has_started=said.command == REGISTER,
    )


def answer_to(said: Frame) -> Write | None:
    """Return the write that answers a message, under its message id; None where it wants none."""
    if said.command not in ANSWERED:
        return None
    values: tuple[int, ...] = (RECEIVED,)
    if said.command == RUNNING:
        values = (said.data[0], RECEIVED)
    elif said.command == WANTS_TIME:
        values = UNKNOWN_TIME
    return Write(Table.HOLDING, said.command << 8, values, data=said.message.to_bytes(2, "little"))


def answers_to(said: Frame) -> dict[Verdict, Write]:
    """Return the writes that answer a card, by what is decided about it: the message's id, and then the card."""
    if said.command != CARD:
        return {}
    named = said.message.to_bytes(2, "little") + said.data[:UID_BYTES]
    port = said.data[5]
    return {
        verdict: Write(Table.HOLDING, CARD << 8, (account, port), data=named)
        for verdict, account in ACCOUNTS.items()
        if port != NO_PORT or verdict is not Verdict.OK
    }


# ---------------------------------------------------------------------------------------------------- each message


def _old_heartbeat(data: bytes) -> Told | None:
    count = data[4]
    if len(data) < 10 + 5 * count or count > image.PORTS:
        return None
    states, powers = data[5 : 5 + count], data[5 + count : 5 + 3 * count]
    _, signal, _, temperature, _ = data[5 + 5 * count : 10 + 5 * count]
    readings = (
        image.heartbeat(_u16(data, 2), temperature, signal, states),
        image.reading(image.POWERS, (_u16(powers, 2 * port) for port in range(count))),
    )
    return Told(name="heartbeat", readings=readings)


def _heartbeat(data: bytes) -> Told | None:
    count = data[2]
    if len(data) < 5 + count or count > image.PORTS:
        return None
    signal, temperature = data[3 + count], data[4 + count]
    return Told(name="heartbeat", readings=(image.heartbeat(_u16(data, 0), temperature, signal, data[3 : 3 + count]),))


def _port_power(data: bytes) -> Told | None:
    port = data[0]
    if port >= image.PORTS:
        return None
    powers = tuple(_u16(data, at) for at in (7, 9, 11, 13))
    peak, voltage, current = (_u16(data, at, image.ABSENT) for at in (33, 35, 37))
    around, inside = (data[at] if at < len(data) else image.ABSENT for at in (39, 40))
    words = (data[1], data[6], _u16(data, 2), _u16(data, 4), *powers, peak, voltage, current, around, inside)
    return Told(
        name="port-power",
        values={"state": STATES.get(data[1], "unknown")},
        port=port,
        number=order_text(data[15 : 15 + ORDER_BYTES]),
        readings=(image.reading(image.port_block(port), words),),
    )


def _settlement(data: bytes, name: str = "settlement") -> Told | None:
    stop = data[12]
    values: Values = {
        "duration_s": _u16(data, 0),
        "max_power_w": _u16(data, 2) / 10,
        "energy_wh": 10 * _u16(data, 4),
        "started": STARTS.get(data[7], "unknown"),
        "card": data[8:12].hex(),
        "reason": STOPS.get(stop, "unknown"),
        "reason_code": stop,
    }
    lasting = data
    if name == "settlement":
        lasting = data[:31] + data[35:]
        if len(data) >= 31:  # noqa: PLR2004 - up to the second largest power
            values["second_max_power_w"] = _u16(data, 29) / 10
        if len(data) >= 37:  # noqa: PLR2004 - cabinets only
            values["occupied_min"] = _u16(data, 35)
    return Told(name=name, values=values, port=data[6], number=order_text(data[13:29]), lasting=lasting)


def _full(data: bytes) -> Told | None:
    return _settlement(data, "full-not-settled")


def _running(data: bytes) -> Told:
    values: Values = {
        "started": STARTS.get(data[1], "unknown"),
        "card": data[2:6].hex(),
        "duration_s": _u16(data, 6),
    }
    return Told(
        name="order-running",
        values=values,
        port=data[0],
        number=order_text(data[8 : 8 + ORDER_BYTES]),
        lasting=data[:6] + data[8:],
    )


def _register(data: bytes) -> Told:
    values: Values = {
        "firmware_no": _u16(data, 0),
        "ports": data[2],
        "virtual_id": data[3],
        "device_type": data[4],
        "work_mode_bits": data[5],
    }
    if len(data) >= 8:  # noqa: PLR2004 - with a power board
        values["power_board_firmware_no"] = _u16(data, 6)
    return Told(name="registered", values=values)


def _card(data: bytes) -> Told:
    values: Values = {
        "card": data[:4].hex(),
        "card_number": int.from_bytes(data[:4], "big"),
        "card_kind": data[4],
        "balance_fen": _u16(data, 6),
    }
    return Told(name="card", values=values, port=None if data[5] == NO_PORT else data[5], lasting=data[:6])


def _alarm(data: bytes) -> Told:
    kind = data[0]
    values: Values = {"alarm": ALARMS.get(kind, "unknown"), "alarm_code": kind, "place": data[1]}
    if len(data) >= 3:  # noqa: PLR2004 - with the input that triggered
        values["trigger_bits"] = data[2]
    return Told(name="alarm", values=values)


def _push(data: bytes) -> Told:
    values: Values = {"told": "door-not-closed" if data[0] == 1 else "unknown", "told_code": data[0]}
    return Told(name="port-told", values=values, port=data[1], number=order_text(data[2 : 2 + ORDER_BYTES]))


def _cabinet(data: bytes) -> Told:
    doors, fans = (int.from_bytes(data[at : at + 4], "little") for at in (1, 5))
    return Told(name="cabinet", values={"doors": data[0], "open_door_bits": doors, "fan_bits": fans})


def _wants_time(_data: bytes) -> Told:
    return Told(name="wants-time")


def _wants_firmware(data: bytes) -> Told:
    return Told(name="wants-firmware", values={"device_type": data[0], "firmware_no": _u16(data, 1)})


def _u16(data: bytes, at: int, absent: int = 0) -> int:
    return int.from_bytes(data[at : at + 2], "little") if at + 2 <= len(data) else absent


_READERS: Mapping[int, Callable[[bytes], Told | None]] = {
    OLD_HEARTBEAT: _old_heartbeat,
    CARD: _card,
    SETTLEMENT: _settlement,
    RUNNING: _running,
    WANTS_FIRMWARE: _wants_firmware,
    PORT_POWER: _port_power,
    REGISTER: _register,
    HEARTBEAT: _heartbeat,
    WANTS_TIME: _wants_time,
    CABINET: _cabinet,
    ALARM: _alarm,
    FULL: _full,
    PUSH: _push,
}
_SHORTEST = {
    OLD_HEARTBEAT: 10,
    CARD: 8,
    SETTLEMENT: 29,
    RUNNING: 24,
    WANTS_FIRMWARE: 3,
    PORT_POWER: 31,
    REGISTER: 6,
    HEARTBEAT: 5,
    WANTS_TIME: 0,
    CABINET: 9,
    ALARM: 2,
    FULL: 29,
    PUSH: 18,
}
"""Data bytes without what later firmware has added."""

_REPEATS = {REGISTER: REGISTER_REPEATS_FOR_S, CARD: CARD_REPEATS_FOR_S}

TELLING = frozenset(_READERS)
ANSWERED = frozenset((OLD_HEARTBEAT, SETTLEMENT, RUNNING, REGISTER, HEARTBEAT, WANTS_TIME))
"""The messages that a pile repeats, or counts as lost, until it has an answer."""
