"""Modbus slaves: pymodbus finds requests in bytes and makes reply frames; a `World` gives the values.

pymodbus is a stranger to this project's own codec, so a mistake there cannot cancel itself out here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pymodbus.exceptions import ModbusIOException
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.bit_message import (
    ReadCoilsResponse,
    ReadDiscreteInputsResponse,
    WriteMultipleCoilsRequest,
    WriteMultipleCoilsResponse,
    WriteSingleCoilResponse,
)
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersResponse,
    ReadInputRegistersResponse,
    WriteMultipleRegistersRequest,
    WriteMultipleRegistersResponse,
    WriteSingleRegisterResponse,
)

from gateway.model.wiring import Table
from simulators.vendor.said import Said
from simulators.world import ExceptionCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulators.world import World

BROADCAST = 0
REFUSED = 0x80
MOST_REGISTERS_WRITTEN = 123
PROTOCOL_ID = slice(2, 4)
MBAP_HEADER = 6
CRC_BYTES = 2

READS: dict[int, tuple[Table, type[ModbusPDU]]] = {
    1: (Table.COIL, ReadCoilsResponse),
    2: (Table.DISCRETE, ReadDiscreteInputsResponse),
    3: (Table.HOLDING, ReadHoldingRegistersResponse),
    4: (Table.INPUT, ReadInputRegistersResponse),
}
WRITES = {5: Table.COIL, 6: Table.HOLDING, 15: Table.COIL, 16: Table.HOLDING}


class StreamBrokenError(Exception):
    """A TCP peer speaks something else: its bytes can never be in step again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as pymodbus understood it; `refusal` where its fields make no sense."""

    unit: int
    function: int
    transaction: int
    pdu: ModbusPDU | None
    refusal: ExceptionCode | None = None


class Modbus:
    """The slaves' end of one Modbus line, RTU or (`mbap`) TCP. Implements `simulators.tongue.Tongue`."""

    def __init__(self, world: World, *, mbap: bool) -> None:
        self._world = world
        self._mbap = mbap
        self._decoder = DecodePDU(is_server=True)
        self._framer = FramerSocket(self._decoder) if mbap else FramerRTU(self._decoder)

    def take(self, data: bytes) -> tuple[int, Asked | None]:
        """Find the first request. Raises `StreamBrokenError` for TCP bytes that are not Modbus."""
        if self._mbap and len(data) >= MBAP_HEADER and any(data[PROTOCOL_ID]):
            raise StreamBrokenError
        used, unit, transaction, body = self._framer.decode(data)
        if not used or not body:
            return used, None
        function = body[0]
        try:
            pdu = self._decoder.decode(body)
        except ModbusIOException:
            pdu = None
        if pdu is not None and function < REFUSED:
            return used, Asked(unit, function, transaction, pdu)
        known = function in READS or function in WRITES
        refusal = ExceptionCode.ILLEGAL_VALUE if known else ExceptionCode.ILLEGAL_FUNCTION
        return used, Asked(unit, function & ~REFUSED, transaction, None, refusal)

    def is_for_all(self, asked: Asked) -> bool:
        return asked.unit == BROADCAST

    def answer(self, asked: Asked, unit: int, at_s: float) -> tuple[Said, ...]:
        """Do what is asked of `unit` and return its reply."""
        return (Said(self._frame(self._answer(asked, unit, at_s), asked.unit, asked.transaction), 0.0),)

    def refuse(self, asked: Asked, code: int) -> bytes:
        """Return an exception reply."""
        return self._frame(_refusal(asked, code), asked.unit, asked.transaction)

    def foreign(self, asked: Asked, reply: bytes) -> bytes:
        """Return the bytes of the same reply as if another unit gave it to another request."""
        body = reply[MBAP_HEADER + 1 :] if self._mbap else reply[1:-CRC_BYTES]
        return self._framer.encode(body, asked.unit % 247 + 1, (asked.transaction + 1) % 0x10000)

    def greet(self, _unit: int, _at_s: float) -> bytes:
        return b""

    def speak(self, _unit: int, _at_s: float) -> bytes:
        return b""

    def _answer(self, asked: Asked, unit: int, at_s: float) -> ModbusPDU:
        pdu = asked.pdu
        if pdu is None or asked.refusal is not None:
            return _refusal(asked, asked.refusal or ExceptionCode.ILLEGAL_FUNCTION)
        if asked.function in READS:
            table = READS[asked.function][0]
            return _read(asked, pdu, self._world.read(unit, table, pdu.address, pdu.count, at_s))
        if asked.function in WRITES:
            return self._write(asked, unit, pdu, at_s)
        return _refusal(asked, ExceptionCode.ILLEGAL_FUNCTION)

    def _frame(self, reply: ModbusPDU, unit: int, transaction: int) -> bytes:
        reply.dev_id = unit
        reply.transaction_id = transaction
        return self._framer.buildFrame(reply)

    def _write(self, asked: Asked, unit: int, pdu: ModbusPDU, at_s: float) -> ModbusPDU:
        if not _is_whole(pdu):
            return _refusal(asked, ExceptionCode.ILLEGAL_VALUE)
        table = WRITES[asked.function]
        values = [int(bit) for bit in pdu.bits] if table is Table.COIL else list(pdu.registers)
        refusal = self._world.write(unit, table, pdu.address, values, at_s)
        if refusal is not None:
            return _refusal(asked, refusal)
        match asked.function:
            case 5:
                return WriteSingleCoilResponse(address=pdu.address, bits=pdu.bits)
            case 6:
                return WriteSingleRegisterResponse(address=pdu.address, registers=pdu.registers)
            case 15:
                return WriteMultipleCoilsResponse(address=pdu.address, count=pdu.count)
            case _:
                return WriteMultipleRegistersResponse(address=pdu.address, count=pdu.count)


def _refusal(asked: Asked, code: int) -> ModbusPDU:
    return ExceptionResponse(asked.function, code)


def _read(asked: Asked, pdu: ModbusPDU, values: Sequence[int] | ExceptionCode) -> ModbusPDU:
    if isinstance(values, ExceptionCode):
        return _refusal(asked, values)
    table, response = READS[asked.function]
    if table.is_bits:
        return response(bits=[bool(value) for value in values], count=pdu.count)
    return response(registers=values)


def _is_whole(pdu: ModbusPDU) -> bool:
    """Tell whether a write carries as many values as it says."""
    if isinstance(pdu, WriteMultipleRegistersRequest):
        return 1 <= pdu.count <= MOST_REGISTERS_WRITTEN and pdu.byte_count == 2 * pdu.count == 2 * len(pdu.registers)
    if isinstance(pdu, WriteMultipleCoilsRequest):
        return pdu.byte_count == (pdu.count + 7) // 8 and pdu.count == len(pdu.bits)
    return True
