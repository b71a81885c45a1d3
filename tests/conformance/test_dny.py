"""The driver suite over DNY piles. Frames are made here, not by the codec under test."""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING

import pytest

from drivers.dny.driver import QUIET_S, DnyHost
from drivers.dny.image import HEARTBEAT, LIMITS, PARAMETERS, POWERS, SAID, port_block
from drivers.dny.order_no import order_bytes, order_text
from drivers.dny.piles import SEARCHED_AFTER
from gateway.sdk import Block, DriverError, OrderTerms, Refusal, Reply, Report, Table, Write
from gateway.testing.driver_suite import Case, DriverSuite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.sdk import Driver, Request

PILE, OTHER, STRANGER = 0x07_00_04_D2, 0x07_00_04_D3, 0x05_00_00_07
ORDER = "order-20261122"
NUMBER = ORDER.encode().ljust(16, b"\x00")
START = Write(Table.HOLDING, 0x8206, (1,), order=OrderTerms(ORDER, max_s=3600, max_w=700))
STOP = Write(Table.HOLDING, 0x8206, (0,), order=OrderTerms(ORDER))
SET_LIMITS = Write(Table.HOLDING, 0x8500, (36000, 5000, 2700, 1000))
SET_PARAMETERS = Write(Table.HOLDING, 0x8400, (800, 30, 1800, 10, 300, 10800, 300, 300, 1800, 300, 80, 80, 0, 1))
CHANGE = Write(Table.HOLDING, 0x8A06, (1, 7200))
STATES = bytes((0, 1, 5, 9, 2, 3, 0, 0, 0, 0, 0, 0x0E))


def frame(physical: int, message: int, command: int, data: bytes = b"") -> bytes:
    body = b"DNY" + pack("<HIHB", 9 + len(data), physical, message, command) + data
    return body + pack("<H", sum(body) % 65536)


def heartbeat(physical: int = PILE, message: int = 7) -> bytes:
    return frame(physical, message, 0x21, pack("<HB", 2310, 12) + STATES + bytes((0, 65 + 31)))


def settlement(physical: int = PILE, message: int = 8, sent_s: int = 1) -> bytes:
    data = pack("<HHHBB4sB16sHI", 3600, 4321, 88, 3, 1, bytes(4), 6, NUMBER, 4000, sent_s)
    return frame(physical, message, 0x03, data)


def port_power(message: int = 9, tail: bytes = pack("<HHHHBB", 240, 4500, 2298, 1950, 90, 91)) -> bytes:
    data = pack("<BBHHBHHHH16s", 3, 1, 600, 12, 1, 4400, 4450, 4300, 4390, NUMBER) + tail
    return frame(PILE, message, 0x06, data)


def message_of(request: Request) -> int:
    return int.from_bytes(request.frame[9:11], "little")


class TestDnyPolls(DriverSuite):
    """What a pile says when it is given leave to speak is the answer."""

    noticed_flips = 1
    reply_varies = True
    refusal_codes = ()

    def driver(self) -> Driver:
        return DnyHost()

    def cases(self) -> Sequence[Case]:
        return (
            Case("heartbeat", lambda driver: driver.read(PILE, SAID), b"\x00\x21"),
            Case("settlement", lambda driver: driver.read(PILE, SAID), b"\x00\x03"),
            Case("port power", lambda driver: driver.read(PILE, SAID), b"\x00\x06"),
        )

    def reply(self, request: Request, payload: bytes) -> bytes:
        del request
        return {0x21: heartbeat(), 0x03: settlement(), 0x06: port_power()}[payload[1]]

    def foreign(self, request: Request) -> Sequence[bytes]:
        del request
        return (frame(STRANGER, 3, 0x85, b"\x00"), frame(OTHER, 3, 0x92, bytes(8)))

    def late(self, request: Request) -> Sequence[bytes]:
        del request
        return (frame(PILE, 3, 0x85, b"\x00"), frame(PILE, 3, 0x82, b"\x00" + NUMBER + b"\x03\x00\x00"))

    def test_another_piles_words_are_a_report_of_that_one(self, case: Case) -> None:
        driver, _, reply = self.opened(case)
        told, answer = driver.receive(heartbeat(OTHER) + reply)
        assert isinstance(told, Report)
        assert (told.unit, told.name) == (OTHER, "heartbeat")
        assert isinstance(answer, Reply)

    def test_an_answer_carries_what_it_tells(self, case: Case) -> None:
        driver, _, reply = self.opened(case)
        (answer,) = driver.receive(reply)
        assert isinstance(answer, Reply)
        assert answer.report is not None
        assert (answer.report.unit, answer.report.frame) == (PILE, reply)


class TestDnyCommands(DriverSuite):
    noticed_flips = 1
    refusal_codes = ()

    def driver(self) -> Driver:
        return DnyHost()

    def cases(self) -> Sequence[Case]:
        return (
            Case("limits", lambda driver: driver.read(PILE, LIMITS), pack(">4H", 36000, 5000, 2700, 1000)),
            Case("one limit", lambda driver: driver.read(PILE, Block(Table.INPUT, 0x9201, 1)), b"\x13\x88"),
            Case("parameters", lambda driver: driver.read(PILE, PARAMETERS), pack(">14H", *SET_PARAMETERS.values)),
            Case("start", lambda driver: driver.write(PILE, START)),
            Case("stop", lambda driver: driver.write(PILE, STOP)),
            Case("set limits", lambda driver: driver.write(PILE, SET_LIMITS)),
            Case("set parameters", lambda driver: driver.write(PILE, SET_PARAMETERS)),
            Case("change", lambda driver: driver.write(PILE, CHANGE)),
        )

    def reply(self, request: Request, payload: bytes) -> bytes:
        command = request.frame[11]
        data = {
            0x92: pack("<4H", 36000, 5000, 2700, 1000),
            0x91: pack("<HHHBHHHHHHBBBB", *SET_PARAMETERS.values),
            0x82: b"\x00" + NUMBER + b"\x03\x00\x00",
        }.get(command, b"\x00")
        if not payload.strip(b"\x00"):
            data = bytes(len(data)) if command in (0x91, 0x92) else data
        return frame(PILE, message_of(request), command, data)

    def foreign(self, request: Request) -> Sequence[bytes]:
        return (frame(OTHER, message_of(request), request.frame[11], b"\x00"), frame(STRANGER, 1, 0x99))

    def late(self, request: Request) -> Sequence[bytes]:
        return (
            frame(PILE, message_of(request) + 1, request.frame[11], b"\x00"),
            frame(PILE, message_of(request), 0x87, b"\x00"),
        )

    def reports(self) -> Sequence[tuple[str, bytes]]:
        return (
            ("heartbeat", heartbeat()),
            ("settlement", settlement()),
            ("port-power", port_power()),
            ("alarm", frame(PILE, 1, 0x42, b"\x04\x00\x01")),
        )

    @pytest.mark.parametrize("code", range(1, 0x0F))
    def test_a_start_that_is_not_carried_out_is_refused_with_the_piles_code(self, code: int) -> None:
        driver = self.driver()
        request = driver.write(PILE, START)
        driver.open(request)
        refused = frame(PILE, message_of(request), 0x82, bytes((code,)) + NUMBER + b"\x03\x00\x00")
        assert driver.receive(refused) == (Refusal(code, refused),)

    def test_a_stop_of_what_has_stopped_already_is_done(self) -> None:
        driver = self.driver()
        request = driver.write(PILE, STOP)
        driver.open(request)
        already = frame(PILE, message_of(request), 0x82, b"\x02" + NUMBER + b"\x03\x00\x00")
        assert driver.receive(already) == (Reply(b"", already),)

    @pytest.mark.parametrize("write", [SET_LIMITS, SET_PARAMETERS, CHANGE])
    def test_a_setting_that_is_not_taken_is_refused(self, write: Write) -> None:
        driver = self.driver()
        request = driver.write(PILE, write)
        driver.open(request)
        refused = frame(PILE, message_of(request), request.frame[11], b"\x01")
        assert driver.receive(refused) == (Refusal(1, refused),)

    def test_limits_of_old_firmware_have_no_voltages(self) -> None:
        driver = self.driver()
        request = driver.read(PILE, LIMITS)
        driver.open(request)
        (reply,) = driver.receive(frame(PILE, message_of(request), 0x92, pack("<2H", 36000, 5000)))
        assert isinstance(reply, Reply)
        assert reply.payload == pack(">4H", 36000, 5000, 0xFFFF, 0xFFFF)


class TestReadings:
    def reading(self, said: bytes) -> list[tuple[Block, list[int]]]:
        (report,) = DnyHost().receive(said)
        assert isinstance(report, Report)
        return [
            (r.block, [int.from_bytes(r.payload[at : at + 2], "big") for at in range(0, len(r.payload), 2)])
            for r in report.readings
        ]

    def test_a_heartbeat_shows_what_is_live(self) -> None:
        ((block, words),) = self.reading(heartbeat())
        assert block == HEARTBEAT
        assert words[:5] == [2310, 96, 0, 12, 0b1000_0000_1110], "charging, float, and two that are welded"
        assert words[5:] == [*STATES, *[0xFFFF] * 4]

    def test_the_power_of_a_port_is_of_that_message_alone(self) -> None:
        ((block, words),) = self.reading(port_power())
        assert block == port_block(3)
        assert words == [1, 1, 600, 12, 4400, 4450, 4300, 4390, 4500, 2298, 1950, 90, 91]

    def test_what_old_firmware_does_not_tell_is_absent_and_never_an_old_value(self) -> None:
        driver = DnyHost()
        driver.receive(port_power())
        (report,) = driver.receive(port_power(tail=b""))
        assert isinstance(report, Report)
        words = report.readings[0].payload
        assert words[16:] == b"\xff\xff" * 5

    def test_an_old_heartbeat_is_states_and_powers(self) -> None:
        data = pack("<HHB", 126, 2250, 2) + b"\x00\x01" + pack("<4H", 0, 2280, 0, 2300) + bytes((2, 41, 7, 90, 0))
        (states, powers) = self.reading(frame(PILE, 1, 0x01, data))
        assert states[1][:7] == [2250, 90, 41, 2, 0b10, 0, 1]
        assert (powers[0], powers[1][:3]) == (POWERS, [0, 2280, 0xFFFF])

    def test_a_message_that_counts_more_ports_than_it_has_is_no_report(self) -> None:
        for data in (pack("<HB", 2200, 12) + bytes(13), pack("<HB", 2200, 17) + bytes(19), b"\x00" * 4):
            assert not any(isinstance(one, Report) for one in DnyHost().receive(frame(PILE, 1, 0x21, data)))


class TestSettlements:
    def test_a_repetition_says_the_same_whenever_it_is_sent(self) -> None:
        first, again = (DnyHost().receive(settlement(sent_s=sent_s))[0] for sent_s in (1, 1801))
        assert isinstance(first, Report)
        assert isinstance(again, Report)
        assert first.frame != again.frame
        assert (first.number, first.payload, first.answer) == (ORDER, again.payload, again.answer)

    def test_it_is_answered_under_its_message_id_and_nothing_is_waited_for(self) -> None:
        driver = DnyHost()
        (report,) = driver.receive(settlement(message=0x1234))
        assert isinstance(report, Report)
        assert report.answer is not None
        request = driver.write(PILE, report.answer)
        assert (request.frame, request.reply_bytes) == (frame(PILE, 0x1234, 0x03, b"\x00"), 0)

    def test_the_words_of_an_unknown_stop_are_not_guessed(self) -> None:
        data = pack("<HHHBB4sB16sH", 1, 1, 1, 0, 2, bytes(4), 0x7F, bytes(16), 1)
        (report,) = DnyHost().receive(frame(PILE, 1, 0x03, data))
        assert isinstance(report, Report)
        assert (report.values["reason"], report.values["reason_code"], report.values["started"]) == (
            "unknown",
            0x7F,
            "unknown",
        )


class TestOrders:
    def test_a_stop_without_a_number_names_the_one_that_the_pile_has_told(self) -> None:
        driver = DnyHost()
        driver.read(PILE, SAID)
        plain = Write(Table.HOLDING, 0x8206, (0,))
        assert driver.write(PILE, plain).frame[21:37] == bytes(16)
        driver.receive(port_power())
        assert driver.write(PILE, plain).frame[21:37] == NUMBER
        driver.receive(settlement())
        assert driver.write(PILE, plain).frame[21:37] == bytes(16), "it has ended"

    def test_a_start_takes_the_orders_limits_along_and_a_stop_does_not(self) -> None:
        start, stop = (DnyHost().write(PILE, write).frame for write in (START, STOP))
        assert start[12:-2] == pack("<BIBBH16sHH", 0, 0, 3, 1, 0, NUMBER, 3600, 7000)
        assert stop[12:-2] == pack("<BIBBH16sHH", 0, 0, 3, 0, 0, NUMBER, 0, 0)

    @pytest.mark.parametrize("text", ["a", ORDER, "0123456789abcdef", "00" * 16, "ff" * 16, "local-1a2b3c4d5e"])
    def test_a_number_comes_back_as_it_was(self, text: str) -> None:
        sent = order_bytes(text)
        assert len(sent) == 16
        assert order_bytes(order_text(sent)) == sent
        assert order_text(sent) == text

    @pytest.mark.parametrize("text", ["x" * 17, "über", "a b", "\n", "FF" * 16])
    def test_a_number_that_has_no_place_is_refused_before_it_is_sent(self, text: str) -> None:
        with pytest.raises(DriverError, match="32 hex digits or up to 16"):
            DnyHost().write(PILE, Write(Table.HOLDING, 0x8200, (1,), order=OrderTerms(text)))


class TestPlaces:
    def test_a_pile_is_looked_for_and_then_polled_where_it_was_found(self) -> None:
        driver = DnyHost()
        tried = set()
        for _ in range(50):
            request = driver.read(PILE, SAID)
            tried.add(request.frame[12])
            driver.open(request)
            driver.close()
        assert tried == set(range(50))
        request = driver.read(PILE, SAID)
        driver.open(request)
        driver.receive(heartbeat())
        assert {driver.read(PILE, SAID).frame[12] for _ in range(20)} == {request.frame[12]}

    def test_one_that_is_found_is_not_polled_for_another(self) -> None:
        driver = DnyHost()
        request = driver.read(PILE, SAID)
        driver.open(request)
        driver.receive(heartbeat())
        found, tried = request.frame[12], set()
        for _ in range(100):
            request = driver.read(OTHER, SAID)
            tried.add(request.frame[12])
            driver.open(request)
            driver.close()
        assert len(tried) == 49
        assert found not in tried

    def test_what_is_only_planned_uses_up_no_id(self) -> None:
        driver = DnyHost()
        assert {driver.read(PILE, SAID).frame[12] for _ in range(10)} == {0}

    def test_one_that_never_answers_where_it_was_is_looked_for_again(self) -> None:
        driver = DnyHost()
        request = driver.read(PILE, SAID)
        driver.open(request)
        driver.receive(heartbeat())
        tried = set()
        for _ in range(SEARCHED_AFTER + 60):
            request = driver.read(PILE, SAID)
            tried.add(request.frame[12])
            driver.open(request)
            driver.close()
        assert len(tried) == 50

    def test_a_poll_may_stay_unanswered_and_a_command_may_not(self) -> None:
        driver = DnyHost()
        assert driver.read(PILE, SAID).quiet_s == QUIET_S
        assert driver.read(PILE, LIMITS).quiet_s == driver.write(PILE, START).quiet_s == 0.0

    def test_what_is_pushed_is_never_asked_for(self) -> None:
        for block in (HEARTBEAT, POWERS, port_block(15), Block(Table.INPUT, 0x0604, 2)):
            assert DnyHost().read(PILE, block).is_pushed


@pytest.mark.parametrize(
    "write",
    [
        Write(Table.HOLDING, 0x8200, (2,)),
        Write(Table.HOLDING, 0x8201, (1,)),
        Write(Table.HOLDING, 0x8220, (1,)),
        Write(Table.COIL, 0x8200, (1,)),
        Write(Table.HOLDING, 0x8500, (1, 2, 3)),
        Write(Table.HOLDING, 0x8400, (800, 30, 1800, 256, 300, 10800, 300, 300, 1800, 300, 80, 80, 0, 1)),
        Write(Table.HOLDING, 0x8A00, (3, 100)),
        Write(Table.HOLDING, 0x0300, (0,)),
        Write(Table.HOLDING, 0x0300, (1,), data=b"\x01\x00"),
        Write(Table.HOLDING, 0x0600, (0,), data=b"\x01\x00"),
        Write(Table.HOLDING, 0x8700, (1,)),
    ],
)
def test_what_the_map_does_not_have_is_not_written(write: Write) -> None:
    with pytest.raises(DriverError):
        DnyHost().write(PILE, write)


@pytest.mark.parametrize("block", [Block(Table.HOLDING, 0, 1), Block(Table.INPUT, 0, 2), Block(Table.INPUT, 0x9204, 1)])
def test_what_the_map_does_not_have_is_not_read(block: Block) -> None:
    with pytest.raises(DriverError, match="no command"):
        DnyHost().read(PILE, block)
