"""pymodbus as the stranger, in both directions: its server reads our requests, we read the replies that it makes."""

from __future__ import annotations

from dataclasses import dataclass
from struct import unpack
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu import bit_message as bits
from pymodbus.pdu import register_message as registers

from drivers.modbus.driver import ModbusRtu, ModbusTcp
from gateway.sdk import Block, Refusal, Reply, Table, Write

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymodbus.framer import FramerBase

    from gateway.sdk import Driver, Request

READS: dict[Table, tuple[int, type[ModbusPDU], type[ModbusPDU]]] = {
    Table.COIL: (2000, bits.ReadCoilsRequest, bits.ReadCoilsResponse),
    Table.DISCRETE: (2000, bits.ReadDiscreteInputsRequest, bits.ReadDiscreteInputsResponse),
    Table.HOLDING: (125, registers.ReadHoldingRegistersRequest, registers.ReadHoldingRegistersResponse),
    Table.INPUT: (125, registers.ReadInputRegistersRequest, registers.ReadInputRegistersResponse),
}
UNITS = st.integers(1, 247)


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    table = draw(st.sampled_from(Table))
    count = draw(st.integers(1, READS[table][0]))
    return Block(table, draw(st.integers(0, 0x10000 - count)), count)


@st.composite
def writes(draw: st.DrawFn) -> Write:
    table = draw(st.sampled_from((Table.COIL, Table.HOLDING)))
    most, largest = (1968, 1) if table is Table.COIL else (123, 0xFFFF)
    values = draw(st.lists(st.integers(0, largest), min_size=1, max_size=draw(st.sampled_from((1, 16, most)))))
    address = draw(st.integers(0, 0x10000 - len(values)))
    return Write(table, address, tuple(values), multiple=draw(st.booleans()))


@dataclass(frozen=True, slots=True)
class Wire:
    """Our driver and pymodbus's two ends of the same framing."""

    make: Callable[[], Driver]
    framer: type[FramerBase]

    def at_server(self, frame: bytes) -> ModbusPDU:
        return self._decode(frame, is_server=True)

    def at_client(self, frame: bytes) -> ModbusPDU:
        return self._decode(frame, is_server=False)

    def _decode(self, frame: bytes, *, is_server: bool) -> ModbusPDU:
        used, pdu = self.framer(DecodePDU(is_server)).handleFrame(frame, 0, 0)
        assert used == len(frame)
        assert pdu is not None
        return pdu

    def encode(self, pdu: ModbusPDU, like: ModbusPDU) -> bytes:
        pdu.dev_id, pdu.transaction_id = like.dev_id, like.transaction_id
        return self.framer(DecodePDU(True)).buildFrame(pdu)


WIRES = pytest.mark.parametrize("wire", [Wire(ModbusRtu, FramerRTU), Wire(ModbusTcp, FramerSocket)], ids=["rtu", "tcp"])


def read_reply(seen: ModbusPDU, data: st.DataObject) -> ModbusPDU:
    """Answer a read as pymodbus's server does, with values drawn at random."""
    for table, (_, request, response) in READS.items():
        if type(seen) is request:
            raw = data.draw(st.binary(min_size=2 * seen.count, max_size=2 * seen.count))
            if table.is_bits:
                return response(bits=[bool(byte & 1) for byte in raw[: seen.count]])
            return response(registers=unpack(f">{seen.count}H", raw))
    raise AssertionError(seen)


def write_reply(seen: ModbusPDU) -> ModbusPDU:
    """Acknowledge a write as pymodbus's server does."""
    if isinstance(seen, bits.WriteMultipleCoilsRequest):
        return bits.WriteMultipleCoilsResponse(address=seen.address, count=seen.count)
    if isinstance(seen, registers.WriteMultipleRegistersRequest):
        return registers.WriteMultipleRegistersResponse(address=seen.address, count=seen.count)
    if isinstance(seen, bits.WriteSingleCoilRequest):
        return bits.WriteSingleCoilResponse(address=seen.address, bits=seen.bits)
    return registers.WriteSingleRegisterResponse(address=seen.address, registers=seen.registers)


def answer(driver: Driver, request: Request, frame: bytes) -> Reply | Refusal:
    driver.open(request)
    (received,) = driver.receive(frame)
    assert isinstance(received, Reply | Refusal)
    assert received.frame == frame
    return received


@WIRES
@given(unit=UNITS, block=blocks(), data=st.data())
def test_reads_are_understood_and_their_replies_too(wire: Wire, unit: int, block: Block, data: st.DataObject) -> None:
    driver = wire.make()
    request = driver.read(unit, block)
    seen = wire.at_server(request.frame)
    assert type(seen) is READS[block.table][1]
    assert (seen.dev_id, seen.address, seen.count) == (unit, block.address, block.count)

    frame = wire.encode(read_reply(seen, data), seen)
    received = answer(driver, request, frame)
    assert isinstance(received, Reply)
    at_client = wire.at_client(frame)
    if block.table.is_bits:
        ours = [byte >> bit & 1 for byte in received.payload for bit in range(8)]
        assert ours[: block.count] == [int(bit) for bit in at_client.bits][: block.count]
    else:
        ours = [int.from_bytes(received.payload[at : at + 2], "big") for at in range(0, 2 * block.count, 2)]
        assert ours == list(at_client.registers)


@WIRES
@given(unit=UNITS, write=writes())
def test_writes_are_understood_and_their_acknowledgements_too(wire: Wire, unit: int, write: Write) -> None:
    driver = wire.make()
    request = driver.write(unit, write)
    seen = wire.at_server(request.frame)
    is_multiple = write.multiple or len(write.values) > 1
    assert seen.function_code == {Table.COIL: (5, 15), Table.HOLDING: (6, 16)}[write.table][is_multiple]
    assert (seen.dev_id, seen.address) == (unit, write.address)
    values = seen.bits if write.table is Table.COIL else seen.registers
    assert tuple(int(value) for value in values) == write.values

    frame = wire.encode(write_reply(seen), seen)
    assert answer(driver, request, frame) == Reply(b"", frame)
    assert wire.at_client(frame).address == write.address


@WIRES
@given(unit=UNITS, ask=blocks() | writes(), code=st.integers(1, 255))
def test_exceptions_are_refusals(wire: Wire, unit: int, ask: Block | Write, code: int) -> None:
    driver = wire.make()
    request = driver.read(unit, ask) if isinstance(ask, Block) else driver.write(unit, ask)
    seen = wire.at_server(request.frame)
    frame = wire.encode(ExceptionResponse(seen.function_code, code), seen)
    assert answer(driver, request, frame) == Refusal(code, frame)
    at_client = wire.at_client(frame)
    assert isinstance(at_client, ExceptionResponse)
    assert at_client.exception_code == code


@WIRES
@given(unit=UNITS, block=blocks())
def test_a_read_is_what_pymodbus_would_send(wire: Wire, unit: int, block: Block) -> None:
    request = wire.make().read(unit, block)
    theirs = READS[block.table][1](address=block.address, count=block.count)
    assert request.frame == wire.encode(theirs, wire.at_server(request.frame))


@WIRES
@given(unit=UNITS, write=writes())
def test_a_write_is_what_pymodbus_would_send(wire: Wire, unit: int, write: Write) -> None:
    request = wire.make().write(unit, write)
    theirs = client_write(write, is_multiple=write.multiple or len(write.values) > 1)
    assert request.frame == wire.encode(theirs, wire.at_server(request.frame))


def client_write(write: Write, *, is_multiple: bool) -> ModbusPDU:
    if write.table is Table.COIL:
        on = [bool(value) for value in write.values]
        if is_multiple:
            return bits.WriteMultipleCoilsRequest(address=write.address, bits=on)
        return bits.WriteSingleCoilRequest(address=write.address, bits=on)
    words = list(write.values)
    if is_multiple:
        return registers.WriteMultipleRegistersRequest(address=write.address, registers=words)
    return registers.WriteSingleRegisterRequest(address=write.address, registers=words)
