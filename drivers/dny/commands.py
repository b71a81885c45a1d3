"""What a DNY pile can be told, and how its answers read.

    holding                 command  values
    0x8200 + 2 * port       82       1: start, 0: stop, under the order that goes with the write
    0x8A00 + 2 * port       8A       how (0: by time, 1: by time or when full, 2: by energy or when full), s or 0.01 kWh
    0x8500, 2 or 4 words    85       longest time s, overload 0.1 W, voltage above, below 0.1 V (old firmware: only two)
    0x8400, 14 words        84       the parameters, in the order of clause 4.3.2
    0x8100                  81       1: tell how you are; the pile answers with messages of its own, when it likes
    0xCC00                  CC       0: the answer to message CC of the pile, under its message id (`data`)
    0x0200, 2 words         02       the answer to a card: account, port (`data`: message id, then the card's number)
    0x2200, 2 words         22       the time, Unix seconds, high word first: the answer to message 22

A start asks for "until full": the gateway stops by time and energy. It takes the order's own limits along, so that the
pile cuts off by itself above the power, and after the time, that the order allows. A stop without a number names the
one that the pile itself has told last for this port, or else none: a pile may refuse that.

Source: AP3000 device-to-server protocol V8.6, clause 4.
"""

from __future__ import annotations

from struct import calcsize, error, pack, unpack
from typing import TYPE_CHECKING, NamedTuple

from drivers.dny import image
from drivers.dny.messages import (
    ACCOUNTS,
    ANSWERED,
    CARD,
    NO_PORT,
    RECEIVED,
    RUNNING,
    UID_BYTES,
    UNKNOWN_TIME,
    WANTS_TIME,
)
from drivers.dny.order_no import ORDER_BYTES, order_bytes
from gateway.sdk import DriverError, Refusal, Reply, Table, Verdict

if TYPE_CHECKING:
    from gateway.sdk import Block, OrderTerms, Write

SWITCH, CHANGE, LIMITS, PARAMETERS, QUERY = 0x82, 0x8A, 0x85, 0x84, 0x81
READ_PARAMETERS, READ_LIMITS = 0x91, 0x92
START, STOP = 1, 0
BY_TIME = 0
SWITCHED_BYTES = 20
DONE_BYTES = 1

_WORD = 0xFFFF
_PORT_STRIDE = 2
_OLD_LIMIT_WORDS, _LIMIT_WORDS = 2, 4
_PARAMETER_FORM = "<HHHBHHHHHHBBBB"
_PARAMETER_WORDS = 14
_PARAMETER_BYTES = calcsize(_PARAMETER_FORM)
_WAYS = 3
_CHANGE_WORDS = 2
_MESSAGE_BYTES = 2
_CARD_WORDS = 2
ALREADY = 0x02
_PORT_AT, _ACTION_AT, _ORDER = 5, 6, slice(9, 25)
"""Where they are in the data of command 82."""


class Command(NamedTuple):
    """What goes to a pile, and how many data bytes come back; 0 where nothing does."""

    command: int
    data: bytes
    reply_bytes: int


def command_of(write: Write, known_order: bytes) -> Command:
    """Return the command for a write. Raises `DriverError` where there is none.

    `known_order`: the number under which the port runs, as far as the pile has told it.
    """
    command, place, values = write.address >> 8, write.address & 0xFF, write.values
    port, is_between = divmod(place, _PORT_STRIDE)
    is_word = write.table is Table.HOLDING and all(0 <= value <= _WORD for value in values) and not write.data
    if is_word and not is_between and port < image.PORTS:
        if command == SWITCH and values in ((START,), (STOP,)):
            return Command(SWITCH, _switch(write, port, known_order), SWITCHED_BYTES)
        if command == CHANGE and len(values) == _CHANGE_WORDS and values[0] < _WAYS:
            return Command(CHANGE, pack("<BBH", values[0], port, values[1]), DONE_BYTES)
    if is_word and place == 0:
        if command == LIMITS and len(values) in (_OLD_LIMIT_WORDS, _LIMIT_WORDS):
            return Command(LIMITS, pack(f"<{len(values)}H", *values), DONE_BYTES)
        if command == PARAMETERS and len(values) == _PARAMETER_WORDS:
            return Command(PARAMETERS, _parameters(write), DONE_BYTES)
        if command == QUERY and values == (1,):
            return Command(QUERY, b"", 0)
    raise DriverError(f"no command of the pile does {write}")


def answer_of(write: Write) -> bytes:
    """Return the data of the answer to a message. Raises `DriverError` where no message has such an answer."""
    command, values = write.address >> 8, write.values
    is_word = all(0 <= value <= _WORD for value in values)
    is_named = write.table is Table.HOLDING and write.address & 0xFF == 0 and len(write.data) == _MESSAGE_BYTES
    if is_named and is_word and command == WANTS_TIME and len(values) == len(UNKNOWN_TIME) and values != UNKNOWN_TIME:
        return pack("<I", values[0] << 16 | values[1])
    is_right = len(values) == 1 + (command == RUNNING) and values[-1] == RECEIVED
    if not (is_named and is_word and is_right) or command not in ANSWERED - {WANTS_TIME}:
        raise DriverError(f"no message of the pile is answered by {write}")
    return bytes(value & 0xFF for value in values)


def answer_to_card(write: Write) -> bytes:
    """Return the data of the answer to a card; no balance is told. Raises `DriverError` where no card has such one."""
    is_named = write.table is Table.HOLDING and write.address == CARD << 8
    if not is_named or len(write.data) != _MESSAGE_BYTES + UID_BYTES or len(write.values) != _CARD_WORDS:
        raise DriverError(f"no card is answered by {write}")
    account, port = write.values
    is_at_port = 0 <= port < image.PORTS or (port == NO_PORT and account != ACCOUNTS[Verdict.OK])
    if account not in ACCOUNTS.values() or not is_at_port:
        raise DriverError(f"no card is answered by {write}")
    return write.data[_MESSAGE_BYTES:] + pack("<BBIB", account, BY_TIME, 0, port)


def asking_of(block: Block) -> Command:
    """Return the command that brings a block. Raises `DriverError` where there is none."""
    if image.LIMITS.contains(block):
        return Command(READ_LIMITS, b"", 2 * _LIMIT_WORDS)
    if image.PARAMETERS.contains(block):
        return Command(READ_PARAMETERS, b"", _PARAMETER_BYTES)
    raise DriverError(f"no command of the pile brings {block}")


def payload_of(command: int, data: bytes, block: Block) -> bytes | None:
    """Return the asked words of what a command has brought; None where it is no such answer."""
    if command == READ_LIMITS and len(data) in (2 * _OLD_LIMIT_WORDS, 2 * _LIMIT_WORDS):
        whole, words = image.LIMITS, unpack(f"<{len(data) // 2}H", data)
    elif command == READ_PARAMETERS and len(data) == _PARAMETER_BYTES:
        whole, words = image.PARAMETERS, unpack(_PARAMETER_FORM, data)
    else:
        return None
    first = 2 * (block.address - whole.address)
    return image.reading(whole, words).payload[first : first + block.payload_bytes]


def done(command: int, data: bytes, asked: bytes, frame: bytes) -> Reply | Refusal | None:
    """Say whether a pile has done what it was told; None where the answer is about something else.

    A port that is in the wished state already has nothing left to do. Code 09 (welded) executes a start all the same.
    """
    if not data:
        return None
    if command != SWITCH:
        return Reply(b"", frame) if data[0] == 0 else Refusal(data[0], frame)
    if len(data) < SWITCHED_BYTES or data[17] != asked[_PORT_AT] or data[1:17] != asked[_ORDER]:
        return None
    is_stop = asked[_ACTION_AT] == STOP
    is_done = data[0] == 0 or (is_stop and data[0] == ALREADY)
    return Reply(b"", frame) if is_done else Refusal(data[0], frame)


def is_start(data: bytes) -> bool:
    return data[_ACTION_AT] == START


def order_in(data: bytes) -> tuple[int, bytes]:
    """Return the port and the order's number in a command to start or stop."""
    return data[_PORT_AT], data[_ORDER]


def _switch(write: Write, port: int, known_order: bytes) -> bytes:
    order, action = write.order, write.values[0]
    number = _number(order, known_order if action == STOP else None)
    max_s, overload = (order.max_s, 10 * order.max_w) if order is not None and action == START else (0, 0)
    return pack("<BIBBH", BY_TIME, 0, port, action, 0) + number + pack("<HH", min(max_s, _WORD), min(overload, _WORD))


def _number(order: OrderTerms | None, known_order: bytes | None) -> bytes:
    """Return the number to name; a stop goes out under what is known, where its own cannot be said."""
    if order is None:
        return bytes(ORDER_BYTES) if known_order is None else known_order
    try:
        return order_bytes(order.number)
    except DriverError:
        if known_order is None:
            raise
        return known_order


def _parameters(write: Write) -> bytes:
    try:
        return pack(_PARAMETER_FORM, *write.values)
    except error as wrong:
        raise DriverError(f"a parameter of one byte is larger than 255: {write.values}") from wrong
