"""DL/T 645-2007: reads energy meters. The unit is the meter's 12-digit number, leading zeros left out.

Register map (all in the table `input`; each line is one data identifier and one read):

    address  words  identifier  value                          as a point
    0x0000   2      00000000    combined active energy         u32, 0.01 kWh
    0x0100   2      00010000    forward active energy          u32, 0.01 kWh
    0x0200   1      02010100    voltage of phase A             u16, 0.1 V
    0x0300   2      02020100    current of phase A             s32, 0.001 A
    0x0400   2      02030000    active power, all phases       s32, 0.0001 kW

Digits come as BCD and are given as binary numbers. The highest bit of a current or power is its direction (DL/T
645-2007, annex A: 1 is reverse, so they reach 799.999 and 79.9999 only). An identifier that a meter does not have is
refused by the meter with its error byte; a value that is not made of digits counts as refused with `NO_DIGITS`.
Nothing can be written: a relay needs a password and an operator's number, which no profile carries.

Sources: DL/T 645-2007, clauses 5 and 7, annex A.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.dlt645 import frames
from gateway.sdk import Block, DriverError, FrameWindow, Noise, Refusal, Reply, Request, Table

if TYPE_CHECKING:
    from gateway.sdk import Received, Report, Skipped, Write

NO_DIGITS = 0xFF
"""Refusal code for a value that is no number: what meters send for something that they do not measure."""

_WORD_BYTES = 2
_IDENTIFIER_BYTES = 4
_DIRECTION = 0x80


@dataclass(frozen=True, slots=True)
class Item:
    """What one data identifier brings: BCD bytes on the wire, words in the register map."""

    identifier: int
    data_bytes: int
    words: int
    is_signed: bool = False


ITEMS = {
    0x0000: Item(0x00000000, 4, 2),
    0x0100: Item(0x00010000, 4, 2),
    0x0200: Item(0x02010100, 2, 1),
    0x0300: Item(0x02020100, 3, 2, is_signed=True),
    0x0400: Item(0x02030000, 3, 2, is_signed=True),
}


class Dlt645:
    """A line of meters. Implements `gateway.sdk.Driver`."""

    cuts_blocks = False

    def __init__(self) -> None:
        self._window = FrameWindow(_Framing())

    def read(self, unit: int, block: Block) -> Request:
        item = _item_of(block)
        body = frames.frame(
            frames.address_bytes(unit), frames.READ, item.identifier.to_bytes(_IDENTIFIER_BYTES, "little")
        )
        return Request(
            unit=unit,
            frame=bytes((frames.WAKE,)) * frames.WAKE_BYTES + body,
            reply_bytes=frames.WAKE_BYTES + frames.AROUND_DATA_BYTES + _IDENTIFIER_BYTES + item.data_bytes,
            is_write=False,
            payload_bytes=block.payload_bytes,
            asks=block,
        )

    def write(self, unit: int, write: Write) -> Request:
        raise DriverError(f"a meter takes no writes ({write.table} {write.address} of meter {unit})")

    def open(self, request: Request) -> None:
        self._window.open(request)

    def receive(self, data: bytes) -> tuple[Received, ...]:
        return self._window.receive(data)

    def close(self) -> tuple[Skipped | Report, ...]:
        return self._window.close()


class _Framing:
    """Implements `gateway.sdk.Framing`."""

    def heads(self, request: Request) -> tuple[bytes, ...]:
        asked = request.frame[frames.WAKE_BYTES :]
        address, identifier = asked[1:7], asked[10:14]
        item = _item_of(request.asks)
        size = _IDENTIFIER_BYTES + item.data_bytes
        answers = (
            frames.head(address, frames.ANSWERED, size) + identifier,
            frames.head(address, frames.REFUSED, 1),
        )
        return tuple(bytes((frames.WAKE,)) * wakes + head for head in answers for wakes in range(frames.WAKE_BYTES + 1))

    def measure(self, kept: bytearray, at: int) -> int:
        return frames.measure(kept, at)

    def is_intact(self, frame: bytes) -> bool:
        return frames.is_intact(frame)

    def answer(self, frame: bytes, request: Request) -> Reply | Refusal | None:
        body = frame[frames.wake_bytes(frame) :]
        data = frames.plain(body[10:-2])
        if body[8] == frames.REFUSED:
            return Refusal(data[0], frame)
        payload = _words(data[_IDENTIFIER_BYTES:], _item_of(request.asks))
        return Refusal(NO_DIGITS, frame) if payload is None else Reply(payload, frame)

    def judge(self, frame: bytes, request: Request) -> Noise:
        """LATE if the asked meter says it; our own request heard back is no frame of a meter's."""
        body, asked = frame[frames.wake_bytes(frame) :], request.frame[frames.WAKE_BYTES :]
        if body == asked:
            return Noise.GARBAGE
        return Noise.LATE if body[1:7] == asked[1:7] and body[8] in (frames.ANSWERED, frames.REFUSED) else Noise.FOREIGN


def _item_of(asks: Block | Write | None) -> Item:
    item = ITEMS.get(asks.address) if isinstance(asks, Block) and asks.table is Table.INPUT else None
    if item is None or not isinstance(asks, Block) or asks.count != item.words:
        raise DriverError(f"no data identifier belongs to {asks}")
    return item


def _words(data: bytes, item: Item) -> bytes | None:
    """Return BCD digits, lowest pair first, as words; None where they are no digits."""
    highest = data[-1] & ~_DIRECTION & 0xFF if item.is_signed else data[-1]
    digits = bytes((*data[:-1], highest))[::-1].hex()
    if not digits.isdecimal():
        return None
    is_reverse = item.is_signed and bool(data[-1] & _DIRECTION)
    value = -int(digits) if is_reverse else int(digits)
    return value.to_bytes(_WORD_BYTES * item.words, "big", signed=item.is_signed)
