"""The driver suite over the DianChuan board. Frames are made here, not by the codec under test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.dianchuan.driver import DianChuan
from gateway.sdk import Block, DriverError, Noise, Refusal, Report, Skipped, Table, Write
from gateway.testing.driver_suite import Case, DriverSuite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.sdk import Driver, Request

ALL = bytes((0, 25, 0, 21, 0, 5)) + b"".join(
    n.to_bytes(2, "big") for n in (1523, 0, 2210, *[0] * 7, 310, 0, 128, *[0] * 7)
)
EVERYTHING = Block(Table.INPUT, 0x2400, 23)
LIMITS = Block(Table.INPUT, 0x0C00, 7)
START_THIRD = Write(Table.HOLDING, 0x0202, (600,))
STOP_THIRD = Write(Table.HOLDING, 0x0B02, (0,))
SET_LIMITS = Write(Table.HOLDING, 0x0800, (500, 1, 255, 256, 257))
SET_FLOAT = Write(Table.HOLDING, 0x2800, (300, 600))


def frame(command: int, session: int, *data: int, start: int = 0x66) -> bytes:
    body = bytes((8 + len(data), command)) + session.to_bytes(6, "big") + bytes(data)
    check = 0
    for byte in body:
        check ^= byte
    return bytes((start,)) + body + bytes((check,))


def session_of(request: Request) -> int:
    return int.from_bytes(request.frame[3:9], "big")


class TestDianChuan(DriverSuite):
    noticed_flips = 1
    refusal_codes = ()

    def driver(self) -> Driver:
        driver = DianChuan()
        for _ in range(3):
            driver.read(1, LIMITS)
        return driver

    def cases(self) -> Sequence[Case]:
        return (
            Case("everything", lambda driver: driver.read(1, EVERYTHING), ALL),
            Case("idle", lambda driver: driver.read(1, EVERYTHING), bytes(46)),
            Case("powers", lambda driver: driver.read(1, Block(Table.INPUT, 0x2403, 10)), ALL[6:26]),
            Case("limits", lambda driver: driver.read(1, LIMITS), bytes((1, 0xF4, 0, 1, 0, 9, 0, 8, 0, 7, 0, 1, 0, 0))),
            Case("start", lambda driver: driver.write(1, START_THIRD)),
            Case("stop", lambda driver: driver.write(1, STOP_THIRD)),
            Case("set limits", lambda driver: driver.write(1, SET_LIMITS)),
            Case("set float", lambda driver: driver.write(1, SET_FLOAT)),
        )

    def reply(self, request: Request, payload: bytes) -> bytes:
        return frame(request.frame[2], session_of(request), *self.data(request, payload))

    def data(self, request: Request, payload: bytes) -> bytes:
        match request.frame[2]:
            case 0x24:
                first = (request.asks.address & 0xFF) * 2 if isinstance(request.asks, Block) else 0
                words = bytes(first) + payload
                words += bytes(46 - len(words))
                return words[:2] + words[3:4] + words[4:]
            case 0x0C:
                return payload[:2] + payload[3:10] + payload[11:12] + payload[13:]
            case 0x02:
                return b"\x03\x01"
            case 0x0B:
                return b"\x03\x00\x10"
        return b"\x01"

    def foreign(self, request: Request) -> Sequence[bytes]:
        return (frame(0x07, session_of(request), 1, 2, 3, 4), frame(0x24, 0x00FF_0000_0000, *bytes(45)))

    def late(self, request: Request) -> Sequence[bytes]:
        """Even a reply of the same shape is known as late here."""
        return tuple(
            frame(request.frame[2], session_of(request) - age, *self.data(request, bytes(request.payload_bytes)))
            for age in (1, 2, 3)
        )

    def reports(self) -> Sequence[tuple[str, bytes]]:
        return (
            ("charge-complete", frame(0x05, 0x1234, 3, 0, 16, 2)),
            ("fault", frame(0x0D, 0x1235, 0xFF, 2)),
            ("coin", frame(0x03, 0x1236, 1, 2)),
        )

    @pytest.mark.parametrize(
        ("data", "values", "outlet"),
        [
            ((3, 0, 16, 2), {"reason": "full", "reason_code": 2, "left_min_or_10wh": 16}, 3),
            ((10, 255, 255, 3), {"reason": "device-fault", "reason_code": 3, "refund": "all"}, 10),
            ((11, 0, 0, 9), {"reason": "unknown", "reason_code": 9, "left_min_or_10wh": 0}, None),
            (
                (1, 0, 5, 5, 1, 2, 3, 4, 25, 0, 0x55),
                {
                    "reason": "card-refund",
                    "reason_code": 5,
                    "left_min_or_10wh": 5,
                    "card": "01020304",
                    "refund_fen": 250,
                    "card_kind": 0x55,
                },
                1,
            ),
        ],
    )
    def test_the_end_of_a_charge_is_told_with_its_reason_and_what_is_left(
        self, data: tuple[int, ...], values: dict[str, object], outlet: int | None
    ) -> None:
        (report,) = self.driver().receive(frame(0x05, 0xABC, *data))
        assert isinstance(report, Report)
        assert (report.unit, report.outlet, report.values, report.payload) == (1, outlet, values, bytes(data))

    def test_a_report_is_answered_under_its_session_and_nothing_is_waited_for(self) -> None:
        driver = self.driver()
        (report,) = driver.receive(frame(0x05, 0xABC, 3, 0, 16, 2))
        assert isinstance(report, Report)
        assert report.answer is not None
        request = driver.write(1, report.answer)
        assert request.frame == frame(0x05, 0xABC, 1, start=0xEE)
        assert request.reply_bytes == 0
        (coin,) = driver.receive(frame(0x03, 0xABD, 1, 2))
        assert isinstance(coin, Report)
        assert coin.answer is None

    @pytest.mark.parametrize("data", [(), (3,), (3, 0, 16)])
    def test_an_end_of_a_charge_that_is_too_short_is_no_report(self, data: tuple[int, ...]) -> None:
        (skipped,) = self.driver().receive(frame(0x05, 0xABC, *data))
        assert skipped == Skipped(Noise.FOREIGN, frame(0x05, 0xABC, *data))

    @pytest.mark.parametrize(("write", "data"), [(START_THIRD, (3, 2)), (SET_LIMITS, (0,)), (SET_FLOAT, (0,))])
    def test_what_the_board_does_not_do_is_a_refusal_with_its_code(self, write: Write, data: tuple[int, ...]) -> None:
        driver = self.driver()
        request = driver.write(1, write)
        driver.open(request)
        refused = frame(request.frame[2], session_of(request), *data)
        assert driver.receive(refused) == (Refusal(data[-1], refused),)

    @pytest.mark.parametrize(
        "write",
        [
            Write(Table.HOLDING, 0x0200, (0,)),
            Write(Table.HOLDING, 0x020A, (10,)),
            Write(Table.HOLDING, 0x0B00, (1,)),
            Write(Table.COIL, 0x0B00, (0,)),
            Write(Table.HOLDING, 0x0800, (1, 256, 3, 4, 5)),
            Write(Table.HOLDING, 0x2800, (1,)),
            Write(Table.HOLDING, 0x9900, (1,)),
            Write(Table.HOLDING, 0x0500, (1,)),
            Write(Table.HOLDING, 0x0500, (0,), data=bytes(6)),
            Write(Table.HOLDING, 0x0501, (1,), data=bytes(6)),
        ],
    )
    def test_what_the_map_does_not_have_is_not_written(self, write: Write) -> None:
        with pytest.raises(DriverError, match=r"no (command|report) of the board"):
            self.driver().write(1, write)

    @pytest.mark.parametrize(
        "block", [Block(Table.HOLDING, 0x2400, 1), Block(Table.INPUT, 0x2416, 2), Block(Table.INPUT, 0x0600, 1)]
    )
    def test_what_the_map_does_not_have_is_not_read(self, block: Block) -> None:
        with pytest.raises(DriverError, match="no command"):
            self.driver().read(1, block)
