"""DL/T 645 as the fuzzer knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.dlt645.driver import Dlt645
from gateway.sdk import Block, Table
from tests.fuzz.wires.wire import VendorWire, block_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from gateway.sdk import Driver, Request

_METER_ITEMS = {
    0x0000: (0, 4),
    0x0100: (0x00010000, 4),
    0x0200: (0x02010100, 2),
    0x0300: (0x02020100, 3),
    0x0400: (0x02030000, 3),
}


def _meter_frame(address: bytes, control: int, data: bytes) -> bytes:
    body = b"\x68" + address + b"\x68" + bytes([control, len(data)]) + bytes((byte + 0x33) % 256 for byte in data)
    return body + bytes([sum(body) % 256, 0x16])


def _meter_ask(random: Random, driver: Driver) -> Request:
    address = random.choice(list(_METER_ITEMS))
    words = 1 if address == 0x0200 else 2
    return driver.read(random.randrange(1, 10**12), Block(Table.INPUT, address, words))


def _meter_good(random: Random, request: Request) -> tuple[bytes, bytes]:
    identifier, size = _METER_ITEMS[block_of(request).address]
    signed = block_of(request).address >= 0x0300
    value = random.randrange(10 ** (2 * size) * (8 if signed else 10) // 10)
    digits = bytearray.fromhex(f"{value:0{2 * size}}")[::-1]
    if signed and random.randrange(2):
        digits[-1] |= 0x80
        value = -value
    wakes = b"\xfe" * random.randrange(5)
    frame = _meter_frame(request.frame[5:11], 0x91, identifier.to_bytes(4, "little") + bytes(digits))
    return wakes + frame, value.to_bytes(request.payload_bytes, "big", signed=signed)


def _meter_whole(request: Request, rest: bytes) -> bytes | None:
    """The frame with up to four wake-up bytes before it; a fifth belongs to nothing."""
    wakes = len(rest) - len(rest.lstrip(b"\xfe"))
    frame = rest[wakes:]
    identifier, size = _METER_ITEMS[block_of(request).address]
    data = bytes((byte + 0x33) % 256 for byte in identifier.to_bytes(4, "little"))
    reads = b"\x68" + request.frame[5:11] + b"\x68\x91" + bytes([4 + size]) + data
    refuses = b"\x68" + request.frame[5:11] + b"\x68\xd1\x01"
    length = 12 + 4 + size if frame.startswith(reads) else 13 if frame.startswith(refuses) else 0
    frame = frame[:length]
    if not 0 < length <= len(frame) or wakes > 4 or frame[-1] != 0x16 or sum(frame[:-2]) % 256 != frame[-2]:
        return None
    return rest[: wakes + length]


def _meter_neighbours(random: Random, request: Request) -> Sequence[bytes]:
    mine, other = request.frame[5:11], random.randbytes(6)
    return (
        _meter_frame(other, 0x91, random.randbytes(random.randrange(20))),
        _meter_frame(mine, 0x91, random.randbytes(random.randrange(20))),
        _meter_frame(mine, 0xD1, random.randbytes(1)),
        _meter_frame(mine, 0x93, random.randbytes(6)),
    )


WIRES = {
    "dlt645": VendorWire(
        make=Dlt645, ask=_meter_ask, good=_meter_good, whole=_meter_whole, neighbours=_meter_neighbours
    ),
}
