"""The driver suite over DNY piles that have dialled in: who calls, what they are told, what time it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.dny.caller import caller_of
from drivers.dny.driver import QUIET_S, DnyHost
from drivers.dny.image import HEARTBEAT, LIMITS, SAID, port_block
from drivers.dny.server import DnyServer
from gateway.sdk import DriverError, Report, Table, Write
from tests.conformance import test_dny as on_rs485
from tests.conformance.test_dny import (
    NUMBER,
    OTHER,
    PILE,
    STOP,
    STRANGER,
    frame,
    heartbeat,
    port_power,
    settlement,
)

if TYPE_CHECKING:
    from gateway.sdk import Driver


class TestDnyDialledIn(on_rs485.TestDnyCommands):
    """The same commands over a connection that the pile has made, where it speaks between them as it likes."""

    def driver(self) -> Driver:
        return DnyServer()

    def test_nothing_is_polled(self) -> None:
        driver = DnyServer()
        for block in (SAID, HEARTBEAT, port_block(0)):
            assert driver.read(PILE, block).is_pushed

    def test_a_setting_that_is_not_read_back_is_no_silence_and_an_unanswered_stop_is_a_miss(self) -> None:
        driver = DnyServer()
        assert driver.read(PILE, LIMITS).quiet_s == QUIET_S
        assert driver.write(PILE, STOP).quiet_s == 0.0

    def test_what_a_modem_says_between_the_frames_is_passed_over(self) -> None:
        driver = DnyServer()
        received = driver.receive(b"89860400000000000000" + heartbeat() + b"link" + settlement())
        assert [one.name for one in received if isinstance(one, Report)] == ["heartbeat", "settlement"]

    def test_a_stop_without_a_number_names_the_one_that_the_pile_has_told(self) -> None:
        driver = DnyServer()
        driver.read(PILE, SAID)
        driver.receive(port_power())
        assert driver.write(PILE, Write(Table.HOLDING, 0x8206, (0,))).frame[21:37] == NUMBER

    def test_the_number_of_a_pile_that_is_not_served_is_not_kept(self) -> None:
        driver = DnyServer()
        driver.read(OTHER, SAID)
        driver.receive(port_power())
        assert driver.write(PILE, Write(Table.HOLDING, 0x8206, (0,))).frame[21:37] == bytes(16)


class TestCallers:
    @pytest.mark.parametrize("first", [heartbeat(), settlement(), port_power(), frame(PILE, 1, 0x22)])
    @given(before=st.binary(max_size=60), cut=st.integers(1, 13))
    def test_a_caller_is_known_by_its_first_whole_message_and_not_before(
        self, first: bytes, before: bytes, cut: int
    ) -> None:
        before = before.replace(b"D", b"-")
        assert caller_of(before + first[:-cut]) is None
        assert caller_of(before + first) == PILE
        assert caller_of(before + first + heartbeat(OTHER)) == PILE

    def test_a_damaged_message_names_nobody_and_the_next_one_does(self) -> None:
        broken = bytearray(heartbeat(STRANGER))
        broken[6] ^= 1
        assert caller_of(bytes(broken)) is None
        assert caller_of(bytes(broken) + heartbeat()) == PILE

    @pytest.mark.parametrize(
        "said", [b"", b"DNY", b"DNY\xff\xff", frame(PILE, 1, 0x82, b"\x00"), frame(0, 1, 0x22), frame(PILE, 1, 0x21)]
    )
    def test_what_no_pile_says_by_itself_names_nobody(self, said: bytes) -> None:
        assert caller_of(said) is None

    @given(st.binary(max_size=600))
    def test_no_bytes_make_it_fail(self, said: bytes) -> None:
        assert caller_of(said) is None or b"DNY" in said


class TestTime:
    WISH = frame(PILE, 0x0102, 0x22)

    def answer(self) -> Write:
        (report,) = DnyHost().receive(self.WISH)
        assert isinstance(report, Report)
        assert report.wants_time
        assert report.answer is not None
        return report.answer

    def test_the_time_is_told_under_the_message_id_of_the_wish(self) -> None:
        told = replace(self.answer(), values=divmod(0x5FA90E09, 0x10000))
        request = DnyHost().write(PILE, told)
        assert (request.frame, request.reply_bytes) == (frame(PILE, 0x0102, 0x22, b"\x09\x0e\xa9\x5f"), 0)

    def test_an_unknown_time_is_never_told(self) -> None:
        with pytest.raises(DriverError, match="no message"):
            DnyHost().write(PILE, self.answer())
