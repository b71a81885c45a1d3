"""The driver suite over Modbus RTU and TCP. Frames are made by pymodbus's framers, never by the codec under test."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU

from drivers.modbus.driver import ModbusRtu, ModbusTcp
from gateway.sdk import Block, Table, Write
from gateway.testing.driver_suite import Case, DriverSuite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.sdk import Driver, Request

UNIT = 3
CASES = (
    Case("one register", lambda driver: driver.read(UNIT, Block(Table.HOLDING, 8, 1)), b"\x08\x02"),
    Case("currents", lambda driver: driver.read(UNIT, Block(Table.HOLDING, 100, 12)), bytes(range(24))),
    Case("idle pile", lambda driver: driver.read(UNIT, Block(Table.INPUT, 0, 12)), bytes(24)),
    Case("longest reply", lambda driver: driver.read(UNIT, Block(Table.INPUT, 0, 125)), bytes(range(250))),
    Case("coils", lambda driver: driver.read(UNIT, Block(Table.COIL, 0, 12)), b"\x55\x0a"),
    Case("inputs", lambda driver: driver.read(UNIT, Block(Table.DISCRETE, 0x2000, 1)), b"\x01"),
    Case("coil off", lambda driver: driver.write(UNIT, Write(Table.COIL, 7, (0,)))),
    Case("register", lambda driver: driver.write(UNIT, Write(Table.HOLDING, 0x16, (17,)))),
    Case("coils off", lambda driver: driver.write(UNIT, Write(Table.COIL, 0, (0,) * 12))),
    Case("registers", lambda driver: driver.write(UNIT, Write(Table.HOLDING, 0x12, (3, 4)))),
)


class ModbusSuite(DriverSuite):
    header_bytes: int
    """What stands before the function code."""

    @abstractmethod
    def frame(self, request: Request, pdu: bytes, *, unit: int | None = None, age: int = 0) -> bytes:
        """Put a reply PDU on the wire. `age`: how many requests ago its transaction id was issued."""

    def cases(self) -> Sequence[Case]:
        return CASES

    def pdu(self, request: Request, payload: bytes) -> bytes:
        asked = request.frame[self.header_bytes :]
        return asked[:5] if request.is_write else asked[:1] + bytes((len(payload),)) + payload

    def reply(self, request: Request, payload: bytes) -> bytes:
        return self.frame(request, self.pdu(request, payload))

    def refusal(self, request: Request, code: int) -> bytes:
        return self.frame(request, bytes((request.frame[self.header_bytes] | 0x80, code)))

    def foreign(self, request: Request) -> Sequence[bytes]:
        good = self.pdu(request, bytes(request.payload_bytes))
        other = b"\x05\x00\x01\xff\x00" if good[0] != 5 else b"\x03\x02\x00\x01"
        return (
            self.frame(request, good, unit=UNIT + 1),
            self.frame(request, bytes((good[0] | 0x80, 2)), unit=UNIT + 4),
            self.frame(request, other),
        )


class TestModbusRtu(ModbusSuite):
    header_bytes = 1

    def driver(self) -> Driver:
        return ModbusRtu()

    def frame(self, request: Request, pdu: bytes, *, unit: int | None = None, age: int = 0) -> bytes:
        del age
        return FramerRTU(DecodePDU(False)).encode(pdu, request.unit if unit is None else unit, 0)

    def late(self, request: Request) -> Sequence[bytes]:
        """The same function in another shape: what the planner's rule of one shape a block makes visible."""
        good = self.pdu(request, bytes(request.payload_bytes))
        other = good[:1] + b"\x7f" + good[2:] if request.is_write else good[:1] + b"\x04\x00\x01\x00\x02"
        return (self.frame(request, other),)


class TestModbusTcp(ModbusSuite):
    header_bytes = 7

    def driver(self) -> Driver:
        driver = ModbusTcp()
        for _ in range(3):
            driver.read(UNIT, Block(Table.COIL, 0, 1))
        return driver

    def frame(self, request: Request, pdu: bytes, *, unit: int | None = None, age: int = 0) -> bytes:
        tid = int.from_bytes(request.frame[:2], "big") - age
        return FramerSocket(DecodePDU(False)).encode(pdu, request.unit if unit is None else unit, tid)

    def late(self, request: Request) -> Sequence[bytes]:
        """Even a reply of the same shape is known as late here."""
        good = self.pdu(request, bytes(request.payload_bytes))
        return tuple(self.frame(request, good, age=age) for age in (1, 2, 3))

    def protected_bytes(self, reply: bytes) -> range:
        """TCP guards the bits; what must be noticed here is a header that belongs to something else."""
        return range(min(len(reply), 9))
