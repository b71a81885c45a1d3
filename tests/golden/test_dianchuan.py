"""Frames of the DianChuan board as they are computed elsewhere."""

from __future__ import annotations

from drivers.dianchuan.driver import DianChuan
from gateway.sdk import Block, Reply, Table, Write

ZEROS_14 = "00 " * 14
EVERYTHING = bytes.fromhex(
    "66 35 24 00 00 00 00 00 00 00 19 FF 00 05 05 F3 00 00 08 A2 " + ZEROS_14 + "01 36 00 00 00 80 " + ZEROS_14 + "19"
)


def test_everything_is_asked_for_and_read() -> None:
    driver = DianChuan()
    request = driver.read(1, Block(Table.INPUT, 0x2400, 23))
    assert request.frame == bytes.fromhex("EE 08 24 00 00 00 00 00 00 2C")
    assert request.reply_bytes == len(EVERYTHING) == 55
    driver.open(request)
    (reply,) = driver.receive(EVERYTHING)
    assert isinstance(reply, Reply)
    words = [int.from_bytes(reply.payload[at : at + 2], "big") for at in range(0, 46, 2)]
    assert words[:3] == [25, 255, 0b101], "2.5 A, no sensor, ports 1 and 3"
    assert words[3:13] == [1523, 0, 2210, 0, 0, 0, 0, 0, 0, 0]
    assert words[13:] == [310, 0, 128, 0, 0, 0, 0, 0, 0, 0]


def test_start_and_stop_as_the_published_firmware_sends_them() -> None:
    driver = DianChuan()
    start = driver.write(1, Write(Table.HOLDING, 0x0200, (100,)))
    assert start.frame[9:-1] == bytes.fromhex("01 00 00 00 64")
    stop = driver.write(1, Write(Table.HOLDING, 0x0B00, (0,)))
    assert stop.frame == bytes.fromhex("EE 09 0B 00 00 00 00 00 01 01 02")
