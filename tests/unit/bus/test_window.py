from __future__ import annotations

from itertools import pairwise

import pytest

from drivers.modbus.driver import ModbusRtu
from gateway.bus.driver import Noise
from gateway.bus.timing import LineTiming
from gateway.bus.window import BABBLE_BYTES, Echo, Window
from gateway.model.transaction import Exchange, Failure
from gateway.model.wiring import Block, Table, Timing, Write
from tests.scenario.shed import sealed

LINE = LineTiming.serial(9600)
CHAR_S = 10 / 9600
TIMING = Timing(turnaround_max_ms=4.0)
BLOCK = Block(Table.HOLDING, 100, 12)
PAYLOAD = bytes(range(24))
REPLY = sealed(b"\x01\x03\x18" + PAYLOAD)
OFF = Write(Table.COIL, 3, (0,))
SENT_S = 50.0
END_S = SENT_S + 8 * CHAR_S


def read(echo: Echo, timing: Timing = TIMING, line: LineTiming = LINE) -> Window:
    driver = ModbusRtu()
    return Window(driver, driver.read(1, BLOCK), line, timing, echo, SENT_S)


def write(echo: Echo, order: Write = OFF, unit: int = 1) -> Window:
    driver = ModbusRtu()
    return Window(driver, driver.write(unit, order), LINE, TIMING, echo, SENT_S)


def hear(window: Window, data: bytes, begin_s: float, chunk: int = 8) -> bool:
    """Feed bytes at the line's own speed; return whether the transaction is over. A window past its end is closed."""
    for first in range(0, len(data), chunk):
        part = data[first : first + chunk]
        now_s = begin_s + (first + len(part)) * CHAR_S
        if now_s > window.deadline_s:
            window.expire()
            return True
        if window.take(part, now_s):
            return True
    return False


def answered(exchange: Exchange) -> bool:
    return exchange.ok and exchange.payload == PAYLOAD


class TestReply:
    @pytest.mark.parametrize("chunk", range(1, 25))
    def test_it_ends_the_window_at_its_last_byte(self, chunk: int) -> None:
        window = read(Echo(present=False))
        assert hear(window, REPLY, END_S + 0.004, chunk)
        assert answered(window.exchange)
        assert window.exchange.reply == REPLY
        assert window.exchange.request_end_s == pytest.approx(END_S)
        assert window.exchange.asked_s == pytest.approx(END_S)
        assert window.exchange.reply_end_s == pytest.approx(END_S + 0.004 + 29 * CHAR_S)
        assert window.exchange.first_byte_s == pytest.approx(END_S + 0.004 + chunk * CHAR_S)

    def test_an_adapter_that_hands_over_whole_frames_is_one_with_latency(self) -> None:
        window = read(Echo(present=False), line=LineTiming.serial(9600, latency_s=0.016))
        assert hear(window, REPLY, END_S + 0.004, len(REPLY))
        assert answered(window.exchange)

    def test_a_refusal_ends_it_too(self) -> None:
        window = read(Echo(present=False))
        assert hear(window, sealed(b"\x01\x83\x02"), END_S + 0.004)
        assert (window.exchange.failure, window.exchange.exception_code) == (Failure.EXCEPTION, 2)
        assert window.exchange.payload == b""

    @pytest.mark.parametrize("garbage", [b"\x00", b"\xff\xfe", b"\x01", b"\x01\x03", bytes(range(16))])
    def test_garbage_before_it_is_passed_over(self, garbage: bytes) -> None:
        window = read(Echo(present=False))
        assert hear(window, garbage + REPLY, END_S + 0.001, chunk=2)
        assert answered(window.exchange)
        assert b"".join(part.data for part in window.noise) == garbage

    def test_a_glitch_at_the_turn_of_the_line_takes_no_time_from_a_slow_device(self) -> None:
        fast, char_s = LineTiming.serial(115200), 10 / 115200
        window = read(Echo(present=False), Timing(turnaround_max_ms=20.0), fast)
        assert not window.take(b"\x00", window.exchange.request_end_s + char_s)
        reply_s = window.exchange.request_end_s + 0.020 + 29 * char_s
        assert window.deadline_s > window.exchange.request_end_s + 0.020 + char_s
        assert window.take(REPLY, reply_s)

    def test_what_another_device_sends_in_the_window_does_not_end_it(self) -> None:
        window = read(Echo(present=False))
        assert not hear(window, sealed(b"\x02\x83\x02"), END_S + 0.001)
        assert hear(window, REPLY, END_S + 0.010)
        assert answered(window.exchange)
        assert [part.noise for part in window.noise] == [Noise.FOREIGN]


class TestFailure:
    @pytest.mark.parametrize(
        ("data", "failure"),
        [
            (b"", Failure.TIMEOUT),
            (REPLY[:-3], Failure.TRUNCATED),
            (REPLY[:5] + b"\x77" + REPLY[6:], Failure.CRC),
            (sealed(b"\x02\x03\x18" + PAYLOAD), Failure.FOREIGN),
            (sealed(b"\x01\x03\x16" + PAYLOAD[2:]), Failure.FOREIGN),
            (sealed(b"\x01\x04\x18" + PAYLOAD), Failure.FOREIGN),
        ],
    )
    def test_each_has_its_name(self, data: bytes, failure: Failure) -> None:
        window = read(Echo(present=False))
        assert not hear(window, data, END_S + 0.004)
        exchange = window.expire()
        assert exchange.failure is failure
        assert exchange.payload == b""
        assert exchange.reply == data


class TestDeadline:
    def test_silence_is_given_up_on_after_the_slowest_turnaround_and_a_margin(self) -> None:
        assert read(Echo(present=False)).deadline_s == pytest.approx(END_S + 0.004 + 0.030)

    def test_a_reply_that_has_begun_may_take_its_length_and_a_pause(self) -> None:
        window = read(Echo(present=False))
        window.take(REPLY[:8], END_S + 0.020)
        assert window.deadline_s == pytest.approx(END_S + 0.020 + 29 * CHAR_S + 0.002 + 2 * CHAR_S)

    def test_the_latency_of_an_adapter_is_waited_for(self) -> None:
        line = LineTiming.serial(9600, latency_s=0.016)
        assert read(Echo(present=False), line=line).deadline_s == pytest.approx(END_S + 0.034 + 0.016)

    def test_a_line_that_never_falls_silent_is_left(self) -> None:
        window, now_s = read(Echo(present=False)), END_S
        while now_s < window.deadline_s:
            assert not window.take(b"\x55", now_s)
            now_s += CHAR_S
            assert now_s < END_S + 10
        assert now_s - END_S < 0.034 + (29 + BABBLE_BYTES + 3) * CHAR_S + 0.004

    def test_nobody_answers_a_broadcast(self) -> None:
        window = write(Echo(present=False), unit=0)
        assert window.deadline_s == pytest.approx(END_S + 0.004)
        assert window.expire().ok


class TestEcho:
    @pytest.mark.parametrize("chunk", range(1, 25))
    @pytest.mark.parametrize("known", [None, True])
    def test_it_is_taken_off_a_reply(self, chunk: int, *, known: bool | None) -> None:
        echo = Echo(present=known)
        window = read(echo)
        request = window.exchange.request
        assert not hear(window, request, SENT_S, chunk)
        assert hear(window, REPLY, END_S + 0.004, chunk)
        assert answered(window.exchange)
        assert window.noise == []
        assert echo.present is True

    @pytest.mark.parametrize("split", range(1, 37))
    def test_it_may_arrive_together_with_the_reply(self, split: int) -> None:
        window = read(Echo())
        heard = window.exchange.request + REPLY
        over = window.take(heard[:split], END_S + 0.04) or window.take(heard[split:], END_S + 0.04)
        assert over
        assert answered(window.exchange)

    @pytest.mark.parametrize("chunk", range(1, 25))
    def test_a_reply_without_it_shows_that_there_is_none(self, chunk: int) -> None:
        echo = Echo()
        window = read(echo)
        assert hear(window, REPLY, END_S + 0.004, chunk)
        assert answered(window.exchange)
        assert echo.present is False

    def test_heard_without_a_reply_it_is_a_timeout(self) -> None:
        echo = Echo()
        window = read(echo)
        assert not hear(window, window.exchange.request, SENT_S)
        assert window.expire().failure is Failure.TIMEOUT
        assert echo.present is True

    def test_a_short_reply_that_begins_like_its_request_is_an_answer(self) -> None:
        driver = ModbusRtu()
        replies = (sealed(bytes((unit, 1, 1, data))) for unit in range(1, 248) for data in range(256))
        reply = next(reply for reply in replies if reply[4] == 0 and 1 <= reply[5] <= 8)
        request = driver.read(reply[0], Block(Table.COIL, 0x100 | reply[3], reply[5]))
        assert request.frame.startswith(reply)
        window = Window(driver, request, LINE, TIMING, Echo(), SENT_S)
        assert not hear(window, reply, END_S + 0.004)
        exchange = window.expire()
        assert exchange.ok
        assert exchange.payload == reply[3:4]

    def test_once_a_read_has_shown_that_there_is_none_an_early_acknowledgement_is_believed(self) -> None:
        window = write(Echo(present=False))
        assert hear(window, window.exchange.request, SENT_S + CHAR_S)
        assert window.exchange.ok

    @pytest.mark.parametrize("split", range(9))
    @pytest.mark.parametrize("known", [None, True])
    def test_a_write_is_never_acknowledged_by_it(self, split: int, *, known: bool | None) -> None:
        window = write(Echo(present=known))
        request = window.exchange.request
        assert not window.take(request[:split], SENT_S + split * CHAR_S)
        assert not window.take(request[split:], END_S)
        assert window.expire().failure is Failure.TIMEOUT

    @pytest.mark.parametrize("chunk", range(1, 9))
    @pytest.mark.parametrize("known", [None, True])
    def test_a_write_is_acknowledged_by_what_comes_after_it(self, chunk: int, *, known: bool | None) -> None:
        window = write(Echo(present=known))
        request = window.exchange.request
        assert not hear(window, request, SENT_S, chunk)
        assert hear(window, request, END_S + 0.004, chunk)
        assert window.exchange.ok
        assert window.exchange.first_byte_s > window.exchange.request_end_s

    @pytest.mark.parametrize("split", range(1, 16))
    def test_a_known_echo_may_come_late_and_together_with_the_acknowledgement(self, split: int) -> None:
        window = write(Echo(present=True))
        heard = window.exchange.request * 2
        over = window.take(heard[:split], END_S + 0.02) or window.take(heard[split:], END_S + 0.02)
        assert over
        assert window.exchange.ok

    def test_a_damaged_echo_does_not_hide_the_acknowledgement(self) -> None:
        for at in range(8):
            window = write(Echo(present=True))
            request = bytearray(window.exchange.request)
            request[at] ^= 0x10
            assert not hear(window, bytes(request), SENT_S)
            assert hear(window, window.exchange.request, END_S + 0.004), at
            assert window.exchange.ok

    def test_a_write_is_acknowledged_where_there_is_none(self) -> None:
        for known in (None, False):
            window = write(Echo(present=known))
            assert hear(window, window.exchange.request, END_S + 0.0001)
            assert window.exchange.ok

    def test_many_coils_in_one_frame_too(self) -> None:
        window = write(Echo(present=True), Write(Table.COIL, 0, (0,) * 12))
        request = window.exchange.request
        end_s = SENT_S + len(request) * CHAR_S
        assert not hear(window, request, SENT_S)
        assert hear(window, sealed(request[:6]), end_s + 0.004)
        assert window.exchange.ok


def test_frames_of_this_file_are_what_they_seem() -> None:
    assert len(REPLY) == 29
    assert all(a != b for a, b in pairwise([REPLY, read(Echo()).exchange.request, write(Echo()).exchange.request]))
