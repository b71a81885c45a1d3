"""Frames of lock boards as they are printed and computed elsewhere."""

from __future__ import annotations

import pytest

from drivers.lockboard_8a import frames as frames_8a
from drivers.lockboard_8a.driver import LockBoard8A
from drivers.wkly import frames as frames_wkly
from drivers.wkly.driver import Wkly
from gateway.sdk import Block, Driver, DriverError, Refusal, Reply, Table, Write

FIRST = Write(Table.COIL, 0, (1,))


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        ("80 01 01 33", "80 01 01 33 B3"),  # ask one
        ("80 01 01 00", "80 01 01 00 80"),
        ("80 01 00 99", "80 01 00 99 18"),  # give it the address 1
    ],
)
def test_the_check_of_an_8a_board(body: str, whole: str) -> None:
    assert frames_8a.sealed(bytes.fromhex(body)) == bytes.fromhex(whole)
    assert frames_8a.is_intact(bytes.fromhex(whole))


@pytest.mark.parametrize("reply_hex", ["8A 01 01 11 9B", "8A 01 01 00 8A"])
def test_an_8a_board_is_told_to_open(reply_hex: str) -> None:
    driver = LockBoard8A()
    request = driver.write(1, FIRST)
    assert request.frame == bytes.fromhex("8A 01 01 11 9B")
    driver.open(request)
    assert driver.receive(bytes.fromhex(reply_hex)) == (Reply(b"", bytes.fromhex(reply_hex)),)


def test_an_8a_board_is_asked_for_all_its_locks() -> None:
    driver = LockBoard8A()
    request = driver.read(1, Block(Table.DISCRETE, 0, 24))
    assert request.frame == bytes.fromhex("80 01 00 33 B2")
    driver.open(request)
    first_and_ninth = frames_8a.sealed(bytes.fromhex("80 01 00 00 01 01 33"))
    assert driver.receive(first_and_ninth) == (Reply(b"\x01\x01\x00", first_and_ninth),)


@pytest.mark.parametrize(
    ("board", "command", "data", "whole"),
    [
        (0, 0x82, "01", "57 4B 4C 59 09 00 82 01 83"),
        (0x0A, 0x82, "01", "57 4B 4C 59 09 0A 82 01 89"),
        (0, 0x82, "00 01 00", "57 4B 4C 59 0B 00 82 00 01 00 81"),
        (0, 0x80, "00", "57 4B 4C 59 09 00 80 00 80"),
        (0, 0x81, "00 01", "57 4B 4C 59 0A 00 81 00 01 83"),
    ],
)
def test_the_frames_of_a_wkly_board(board: int, command: int, data: str, whole: str) -> None:
    assert frames_wkly.frame(board, command, bytes.fromhex(data)) == bytes.fromhex(whole)
    assert frames_wkly.measure(bytearray.fromhex(whole), 0) == len(bytes.fromhex(whole))


def test_a_wkly_board_is_told_to_open() -> None:
    driver = Wkly()
    request = driver.write(0, FIRST)
    assert request.frame == bytes.fromhex("57 4B 4C 59 09 00 82 01 83")
    driver.open(request)
    reply = bytes.fromhex("57 4B 4C 59 0B 00 82 00 01 00 81")
    assert driver.receive(reply) == (Reply(b"", reply),)


def test_a_wkly_board_with_fewer_doors_than_asked_refuses_and_an_unknown_door_counts_as_open() -> None:
    driver = Wkly()
    driver.open(driver.read(0, Block(Table.DISCRETE, 0, 4)))
    three = frames_wkly.frame(0, 0x84, b"\x00\x03\x01\x00\xff")
    assert driver.receive(three) == (Refusal(0xFF, three),)
    driver.open(driver.read(0, Block(Table.DISCRETE, 0, 3)))
    assert driver.receive(three) == (Reply(b"\x06", three),)
    driver.open(driver.read(0, Block(Table.DISCRETE, 0x100, 3)))
    assert driver.receive(three) == (Reply(b"\x01", three),)


@pytest.mark.parametrize("driver", [LockBoard8A(), Wkly()], ids=["8a", "wkly"])
@pytest.mark.parametrize(
    "write",
    [
        Write(Table.COIL, 0, (0,)),
        Write(Table.COIL, 0, (1, 1)),
        Write(Table.COIL, 99, (1,)),
        Write(Table.HOLDING, 0, (1,)),
    ],
)
def test_a_lock_can_only_be_opened(driver: Driver, write: Write) -> None:
    with pytest.raises(DriverError, match="opened by writing 1"):
        driver.write(1, write)


@pytest.mark.parametrize("driver", [LockBoard8A(), Wkly()], ids=["8a", "wkly"])
@pytest.mark.parametrize(
    "block", [Block(Table.COIL, 0, 1), Block(Table.DISCRETE, 30, 10), Block(Table.DISCRETE, 0x200, 1)]
)
def test_what_the_map_does_not_have_is_refused(driver: Driver, block: Block) -> None:
    with pytest.raises(DriverError, match=r"no (locks|doors)"):
        driver.read(1, block)


@pytest.mark.parametrize(("driver", "board"), [(LockBoard8A(), 0), (LockBoard8A(), 201), (Wkly(), 256)])
def test_a_board_that_cannot_be_is_refused(driver: Driver, board: int) -> None:
    with pytest.raises(DriverError, match="outside"):
        driver.write(board, FIRST)
