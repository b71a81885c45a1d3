"""Frames of DL/T 645-2007 as they are printed and computed elsewhere."""

from __future__ import annotations

import pytest

from drivers.dlt645 import frames
from drivers.dlt645.driver import Dlt645
from gateway.sdk import Block, DriverError, Refusal, Reply, Table, Write

FORWARD, COMBINED = Block(Table.INPUT, 0x0100, 2), Block(Table.INPUT, 0x0000, 2)
CURRENT = Block(Table.INPUT, 0x0300, 2)


@pytest.mark.parametrize(
    ("meter", "block", "request_hex", "reply_hex", "value"),
    [
        (
            123456,
            FORWARD,
            "FE FE FE FE 68 56 34 12 00 00 00 68 11 04 33 33 34 33 4E 16",
            "FE FE FE FE 68 56 34 12 00 00 00 68 91 08 33 33 34 33 78 56 34 33 07 16",
            12345,
        ),
        (
            202107072529,
            COMBINED,
            "FE FE FE FE 68 29 25 07 07 21 20 68 11 04 33 33 33 33 4E 16",
            "68 29 25 07 07 21 20 68 91 08 33 33 33 33 A9 4A 36 33 2E 16",
            31776,
        ),
    ],
)
def test_energy_is_asked_for_and_read(meter: int, block: Block, request_hex: str, reply_hex: str, value: int) -> None:
    driver = Dlt645()
    request = driver.read(meter, block)
    assert request.frame == bytes.fromhex(request_hex)
    driver.open(request)
    reply = bytes.fromhex(reply_hex)
    assert driver.receive(reply) == (Reply(value.to_bytes(4, "big"), reply),)


def test_the_frame_that_asks_any_meter_for_its_number() -> None:
    asked = frames.frame(b"\xaa" * 6, frames.READ_ADDRESS, b"")
    assert b"\xfe" * 4 + asked == bytes.fromhex("FE FE FE FE 68 AA AA AA AA AA AA 68 13 00 DF 16")


def test_a_value_without_digits_is_a_refusal_not_a_number() -> None:
    driver = Dlt645()
    request = driver.read(123456, CURRENT)
    driver.open(request)
    frame = frames.frame(frames.address_bytes(123456), frames.ANSWERED, b"\x00\x01\x02\x02\xff\xff\xff")
    assert driver.receive(frame) == (Refusal(0xFF, frame),)


@pytest.mark.parametrize(
    "block", [Block(Table.HOLDING, 0, 2), Block(Table.INPUT, 0, 1), Block(Table.INPUT, 1, 1), Block(Table.INPUT, 0, 4)]
)
def test_what_the_map_does_not_have_is_refused(block: Block) -> None:
    with pytest.raises(DriverError, match="no data identifier"):
        Dlt645().read(1, block)


def test_nothing_is_written_and_no_number_has_13_digits() -> None:
    with pytest.raises(DriverError, match="no writes"):
        Dlt645().write(1, Write(Table.COIL, 0, (1,)))
    with pytest.raises(DriverError, match=r"outside 1\.\."):
        Dlt645().read(10**12, FORWARD)
