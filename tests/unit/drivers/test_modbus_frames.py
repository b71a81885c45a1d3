"""Golden frames: vendors' manuals and captures, and what the protocol cannot say."""

from __future__ import annotations

import pytest

from drivers.modbus.driver import ModbusRtu, ModbusTcp
from drivers.modbus.frames import crc16
from gateway.sdk import Block, DriverError, Reply, Table, Write

READS = [
    ("XY-MD02 temperature and humidity", 1, Block(Table.INPUT, 1, 2), "01 04 00 01 00 02 20 0B"),
    ("SDM120 voltage", 1, Block(Table.INPUT, 0, 2), "01 04 00 00 00 02 71 CB"),
    ("SDM630 block of 80", 1, Block(Table.INPUT, 0, 80), "01 04 00 00 00 50 F0 36"),
    ("DDSU666 block", 1, Block(Table.HOLDING, 0x2000, 6), "01 03 20 00 00 06 CE 08"),
    ("EPEVER real time", 1, Block(Table.INPUT, 0x3100, 19), "01 04 31 00 00 13 BF 3B"),
    ("EPEVER status", 1, Block(Table.INPUT, 0x3200, 3), "01 04 32 00 00 03 BE B3"),
    ("scale status", 1, Block(Table.HOLDING, 8, 1), "01 03 00 08 00 01 05 C8"),
    ("scale weight", 1, Block(Table.HOLDING, 0x50, 2), "01 03 00 50 00 02 C4 1A"),
]
WRITES = [
    ("relay 1 on", 1, Write(Table.COIL, 0, (1,)), "01 05 00 00 FF 00 8C 3A"),
    ("relay 1 off", 1, Write(Table.COIL, 0, (0,)), "01 05 00 00 00 00 CD CA"),
    ("all relays off", 1, Write(Table.COIL, 0xFF, (0,)), "01 05 00 FF 00 00 FD FA"),
    ("relay mask 0x55", 1, Write(Table.COIL, 0, (1, 0, 1, 0, 1, 0, 1, 0)), "01 0F 00 00 00 08 01 55 3E AA"),
    ("BSQ zero", 1, Write(Table.HOLDING, 0x16, (17,)), "01 06 00 16 00 11 A8 02"),
    ("BSQ tare", 1, Write(Table.HOLDING, 0x11, (1,)), "01 06 00 11 00 01 18 0F"),
    ("Waveshare id 1 to all", 0, Write(Table.HOLDING, 0x4000, (1,)), "00 06 40 00 00 01 5C 1B"),
]
REPLIES = [
    ("XY-MD02: 24.6 C, 51.3 %", Block(Table.INPUT, 1, 2), "01 04 04 00 F6 02 01 DB 16", (246, 513)),
    ("scale status", Block(Table.HOLDING, 8, 1), "01 03 02 08 02 3E 45", (0x0802,)),
]


@pytest.mark.parametrize(("what", "unit", "block", "frame"), READS)
def test_read_is_the_documented_frame(what: str, unit: int, block: Block, frame: str) -> None:
    request = ModbusRtu().read(unit, block)
    assert request.frame == bytes.fromhex(frame), what
    assert (request.unit, request.is_write) == (unit, False)
    assert (request.payload_bytes, request.reply_bytes) == (2 * block.count, 2 * block.count + 5)


@pytest.mark.parametrize(("what", "unit", "write", "frame"), WRITES)
def test_write_is_the_documented_frame(what: str, unit: int, write: Write, frame: str) -> None:
    request = ModbusRtu().write(unit, write)
    assert request.frame == bytes.fromhex(frame), what
    assert (request.unit, request.is_write, request.payload_bytes) == (unit, True, 0)
    assert request.reply_bytes == (8 if unit else 0)


@pytest.mark.parametrize(("what", "block", "frame", "values"), REPLIES)
def test_reply_is_read_as_documented(what: str, block: Block, frame: str, values: tuple[int, ...]) -> None:
    driver = ModbusRtu()
    driver.open(driver.read(1, block))
    payload = b"".join(value.to_bytes(2, "big") for value in values)
    assert driver.receive(bytes.fromhex(frame)) == (Reply(payload, bytes.fromhex(frame)),), what


@pytest.mark.parametrize(
    ("write", "function"),
    [
        (Write(Table.COIL, 3, (1,)), 5),
        (Write(Table.COIL, 3, (1,), multiple=True), 15),
        (Write(Table.COIL, 3, (1, 0)), 15),
        (Write(Table.HOLDING, 3, (1,)), 6),
        (Write(Table.HOLDING, 3, (1,), multiple=True), 16),
        (Write(Table.HOLDING, 3, (1, 0)), 16),
    ],
)
def test_one_value_takes_the_single_function_unless_multiple_is_asked(write: Write, function: int) -> None:
    assert ModbusRtu().write(1, write).frame[1] == function


def test_each_tcp_request_has_its_own_transaction_id() -> None:
    driver = ModbusTcp()
    ids = [driver.read(1, Block(Table.COIL, 0, 1)).frame[:2] for _ in range(0x10001)]
    assert ids[:2] == [b"\x00\x01", b"\x00\x02"]
    assert ids[0xFFFF:] == [b"\x00\x00", b"\x00\x01"]


def test_tcp_frame_of_the_messaging_guide() -> None:
    request = ModbusTcp().read(0xFF, Block(Table.HOLDING, 4, 1))
    assert request.frame == bytes.fromhex("00 01 00 00 00 06 FF 03 00 04 00 01")
    assert request.reply_bytes == 11


@pytest.mark.parametrize("make", [ModbusRtu, ModbusTcp])
@pytest.mark.parametrize(
    ("block", "message"),
    [
        (Block(Table.HOLDING, 0, 0), "read of holding: count 0 is outside 1..125"),
        (Block(Table.INPUT, 0, 126), "read of input: count 126 is outside 1..125"),
        (Block(Table.COIL, 0, 2001), "read of coil: count 2001 is outside 1..2000"),
        (Block(Table.DISCRETE, 0, -1), "read of discrete: count -1 is outside 1..2000"),
        (Block(Table.HOLDING, 0xFFFF, 2), "read of holding: 2 from address 65535 is outside 0..65535"),
        (Block(Table.HOLDING, -1, 2), "read of holding: 2 from address -1 is outside 0..65535"),
    ],
)
def test_impossible_read_is_refused(make: type[ModbusRtu], block: Block, message: str) -> None:
    with pytest.raises(DriverError, match=message):
        make().read(1, block)


@pytest.mark.parametrize("make", [ModbusRtu, ModbusTcp])
@pytest.mark.parametrize(
    ("write", "message"),
    [
        (Write(Table.INPUT, 0, (1,)), "the input table cannot be written"),
        (Write(Table.DISCRETE, 0, (1,)), "the discrete table cannot be written"),
        (Write(Table.COIL, 0, ()), "write of coil: count 0 is outside 1..1968"),
        (Write(Table.COIL, 0, (0,) * 1969), "write of coil: count 1969 is outside 1..1968"),
        (Write(Table.HOLDING, 0, (0,) * 124), "write of holding: count 124 is outside 1..123"),
        (Write(Table.HOLDING, 0x10000, (0,)), "write of holding: 1 from address 65536 is outside 0..65535"),
        (Write(Table.COIL, 5, (0, 2)), r"write of coil 5: values \(0, 2\) are not all within 0..1"),
        (Write(Table.HOLDING, 5, (0x10000,)), r"write of holding 5: values \(65536,\) are not all within 0..65535"),
        (Write(Table.HOLDING, 5, (-1,)), r"write of holding 5: values \(-1,\) are not all within 0..65535"),
    ],
)
def test_impossible_write_is_refused(make: type[ModbusRtu], write: Write, message: str) -> None:
    with pytest.raises(DriverError, match=message):
        make().write(1, write)


@pytest.mark.parametrize(("make", "unit"), [(ModbusRtu, 248), (ModbusRtu, -1), (ModbusTcp, 256), (ModbusTcp, -1)])
def test_unit_that_does_not_exist_is_refused(make: type[ModbusRtu], unit: int) -> None:
    with pytest.raises(DriverError, match=f"unit {unit} is outside 0..2[45][57]"):
        make().read(unit, Block(Table.COIL, 0, 1))
    with pytest.raises(DriverError, match=f"unit {unit} is outside 0..2[45][57]"):
        make().write(unit, Write(Table.COIL, 0, (0,)))


@pytest.mark.parametrize("make", [ModbusRtu, ModbusTcp])
def test_a_read_cannot_be_broadcast(make: type[ModbusRtu]) -> None:
    with pytest.raises(DriverError, match="a read cannot be broadcast"):
        make().read(0, Block(Table.COIL, 0, 1))


def test_the_checksum_is_that_of_a_frame_which_no_write_makes() -> None:
    flash = bytes.fromhex("01 05 02 00 00 07 8D B0")  # a relay board's flash, 0.7 s: a form that no OFF may have
    assert crc16(flash[:-2]) == int.from_bytes(flash[-2:], "little")
