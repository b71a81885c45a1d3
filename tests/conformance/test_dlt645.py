"""The driver suite over DL/T 645-2007. Frames are made here from the standard's words, not by the codec under test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.dlt645.driver import Dlt645
from gateway.sdk import Block, Table
from gateway.testing.driver_suite import Case, DriverSuite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.sdk import Driver, Request

METER = 123456
OTHER = 654321
ENERGY, VOLTAGE, CURRENT, POWER = 0x00010000, 0x02010100, 0x02020100, 0x02030000
IDENTIFIERS = {0x0000: 0, 0x0100: ENERGY, 0x0200: VOLTAGE, 0x0300: CURRENT, 0x0400: POWER}
BCD_BYTES = {0x0000: 4, 0x0100: 4, 0x0200: 2, 0x0300: 3, 0x0400: 3}


def read(address: int, count: int) -> Block:
    return Block(Table.INPUT, address, count)


def sealed(meter: int, control: int, data: bytes) -> bytes:
    digits = f"{meter:012}"
    address = bytes(int(digits[at : at + 2], 16) for at in range(10, -1, -2))
    body = b"\x68" + address + b"\x68" + bytes((control, len(data))) + bytes((byte + 0x33) % 256 for byte in data)
    return body + bytes((sum(body) % 256, 0x16))


class TestDlt645(DriverSuite):
    noticed_flips = 1
    refusal_codes = (1, 2, 4, 8, 16, 32, 64)
    wakes = b""
    reply_varies = True

    def driver(self) -> Driver:
        return Dlt645()

    def cases(self) -> Sequence[Case]:
        return (
            Case("energy", lambda driver: driver.read(METER, read(0x0100, 2)), (12345).to_bytes(4, "big")),
            Case("nothing used", lambda driver: driver.read(METER, read(0x0000, 2)), bytes(4)),
            Case("voltage", lambda driver: driver.read(METER, read(0x0200, 1)), (2201).to_bytes(2, "big")),
            Case("current", lambda driver: driver.read(METER, read(0x0300, 2)), (5123).to_bytes(4, "big")),
            Case(
                "fed back", lambda driver: driver.read(METER, read(0x0400, 2)), (-1200).to_bytes(4, "big", signed=True)
            ),
        )

    def reply(self, request: Request, payload: bytes) -> bytes:
        assert isinstance(request.asks, Block)
        place = request.asks.address
        value = int.from_bytes(payload, "big", signed=place >= 0x0300)
        pairs = bytearray.fromhex(f"{abs(value):0{2 * BCD_BYTES[place]}}")[::-1]
        if value < 0:
            pairs[-1] |= 0x80
        return self.wakes + sealed(METER, 0x91, IDENTIFIERS[place].to_bytes(4, "little") + bytes(pairs))

    def refusal(self, request: Request, code: int) -> bytes:
        del request
        return self.wakes + sealed(METER, 0xD1, bytes((code,)))

    def foreign(self, request: Request) -> Sequence[bytes]:
        del request
        return (
            sealed(OTHER, 0x91, ENERGY.to_bytes(4, "little") + bytes(4)),
            sealed(OTHER, 0xD1, b"\x02"),
            sealed(METER, 0x93, bytes(6)),
        )

    def late(self, request: Request) -> Sequence[bytes]:
        """What the meter was asked before."""
        assert isinstance(request.asks, Block)
        before = VOLTAGE if request.asks.address != 0x0200 else CURRENT
        return (sealed(METER, 0x91, before.to_bytes(4, "little") + b"\x11" * (2 if before == VOLTAGE else 3)),)

    def harmless(self, noise: bytes) -> bytes:
        """A wake-up byte before a reply belongs to it."""
        return noise.replace(b"\xfe", b"\xfd")

    def protected_bytes(self, reply: bytes) -> range:
        """The wake-up bytes say nothing: without them it is the same reply."""
        return range(len(self.wakes), len(reply))


class TestDlt645Waking(TestDlt645):
    """A meter that wakes its line as we do."""

    wakes = b"\xfe" * 4
    reply_varies = False
