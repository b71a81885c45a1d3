"""The driver suite over the two families of lock boards. Frames are made here, not by the codec under test."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from drivers.lockboard_8a.driver import LockBoard8A
from drivers.wkly.driver import Wkly
from gateway.sdk import Block, Report, Table, Write
from gateway.testing.driver_suite import Case, DriverSuite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.sdk import Driver, Request

BOARD, OTHER = 3, 4
OPEN_SEVENTH = Write(Table.COIL, 6, (1,))


def with_xor(*body: int) -> bytes:
    return bytes((*body, reduce(lambda a, b: a ^ b, body)))


def bits_of(payload: bytes, block: Block) -> int:
    return int.from_bytes(payload, "little") << block.address % 0x100


class TestLockBoard8A(DriverSuite):
    noticed_flips = 1
    refusal_codes = ()

    def driver(self) -> Driver:
        return LockBoard8A()

    def cases(self) -> Sequence[Case]:
        return (
            Case("all", lambda driver: driver.read(BOARD, Block(Table.DISCRETE, 0, 24)), b"\x05\x80\x41"),
            Case("none", lambda driver: driver.read(BOARD, Block(Table.DISCRETE, 0, 24)), bytes(3)),
            Case("some", lambda driver: driver.read(BOARD, Block(Table.DISCRETE, 5, 9)), b"\x81\x01"),
            Case("turned", lambda driver: driver.read(BOARD, Block(Table.DISCRETE, 0x100, 12)), b"\xf0\x0a"),
            Case("open", lambda driver: driver.write(BOARD, OPEN_SEVENTH)),
        )

    def reply(self, request: Request, payload: bytes) -> bytes:
        block = request.asks
        if not isinstance(block, Block):
            return with_xor(0x8A, BOARD, 7, 0x11)
        states = bits_of(payload, block)
        if block.address >= 0x100:
            states ^= 0xFFFFFF
        return with_xor(0x80, BOARD, 0, *states.to_bytes(3, "big"), 0x33)

    def foreign(self, request: Request) -> Sequence[bytes]:
        del request
        return (with_xor(0x8A, OTHER, 7, 0x11), with_xor(0x80, OTHER, 0, 1, 2, 3, 0x33))

    def late(self, request: Request) -> Sequence[bytes]:
        states = with_xor(0x80, BOARD, 0, 1, 2, 3, 0x33)
        opened = with_xor(0x8A, BOARD, 8, 0x00)
        return (opened, states) if request.is_write else (opened,)


class TestWkly(DriverSuite):
    noticed_flips = 1
    refusal_codes = (0xFF,)
    reply_varies = True

    def driver(self) -> Driver:
        return Wkly()

    def cases(self) -> Sequence[Case]:
        return (
            Case("all", lambda driver: driver.read(BOARD, Block(Table.DISCRETE, 0, 24)), b"\x05\x80\x41"),
            Case("all shut", lambda driver: driver.read(BOARD, Block(Table.DISCRETE, 0, 12)), bytes(2)),
            Case("some", lambda driver: driver.read(BOARD, Block(Table.DISCRETE, 3, 9)), b"\x81\x01"),
            Case("turned", lambda driver: driver.read(BOARD, Block(Table.DISCRETE, 0x100, 12)), b"\xf0\x0a"),
            Case("open", lambda driver: driver.write(BOARD, OPEN_SEVENTH)),
        )

    def frame(self, board: int, command: int, *data: int) -> bytes:
        return with_xor(*b"WKLY", 8 + len(data), board, command, *data)

    def reply(self, request: Request, payload: bytes) -> bytes:
        block = request.asks
        if not isinstance(block, Block):
            return self.frame(BOARD, 0x82, 0, 7, 0)
        bits = bits_of(payload, block)
        says_closed = block.address >= 0x100
        count = max(12, block.address % 0x100 + block.count)
        states = [int((bits >> place & 1) == says_closed) for place in range(count)]
        return self.frame(BOARD, 0x84, 0, count, *states)

    def refusal(self, request: Request, code: int) -> bytes:
        return self.frame(BOARD, 0x82 if request.is_write else 0x84, code)

    def foreign(self, request: Request) -> Sequence[bytes]:
        del request
        return (self.frame(OTHER, 0x82, 0, 7, 0), self.frame(OTHER, 0x84, 0, 2, 1, 1))

    def late(self, request: Request) -> Sequence[bytes]:
        other = self.frame(BOARD, 0x82, 0, 8, 0)
        return (self.frame(BOARD, 0x80, 0), other) if request.is_write else (other,)

    def reports(self) -> Sequence[tuple[str, bytes]]:
        return (("door-moved", self.frame(BOARD, 0x85, 3, 0)), ("door-moved", self.frame(OTHER, 0x85, 32, 1)))

    def test_a_door_that_moves_by_itself_is_told_with_its_state(self) -> None:
        for state, word in ((0, "open"), (1, "closed"), (0xFF, "unknown")):
            (report,) = self.driver().receive(self.frame(BOARD, 0x85, 3, state))
            assert isinstance(report, Report)
            assert (report.unit, report.outlet, report.values, report.answer) == (BOARD, 3, {"state": word}, None)

    def test_a_push_about_no_door_or_no_state_is_no_report(self) -> None:
        for data in ((0, 1), (33, 1), (3, 2), (3,), (3, 1, 1)):
            received = self.driver().receive(self.frame(BOARD, 0x85, *data))
            assert not any(isinstance(one, Report) for one in received)
