from __future__ import annotations

import pytest

from gateway.bus.timing import LineTiming
from gateway.model.wiring import Timing


@pytest.mark.parametrize(
    ("baud", "char_bits", "t35_ms"),
    [
        (9600, 10, 3.6458),
        (9600, 11, 4.0104),
        (19200, 10, 1.8229),
        (19201, 10, 1.75),
        (38400, 10, 1.75),
        (115200, 11, 1.75),
    ],
)
def test_the_silence_is_three_and_a_half_characters_and_fixed_above_19200(
    baud: int, char_bits: int, t35_ms: float
) -> None:
    assert LineTiming.serial(baud, char_bits).t35_s * 1000 == pytest.approx(t35_ms, abs=1e-4)


@pytest.mark.parametrize(
    ("baud", "turnaround_ms", "reply_bytes", "wait_ms"),
    [
        (9600, 4, 29, 34.0),  # 30.2 ms of reply, of which no more than 30 are waited for
        (9600, 4, 13, 17.542),  # as long as the reply
        (9600, 4, 5, 12.0),  # never less than 8 ms
        (115200, 2, 29, 10.0),
        (115200, 50, 255, 72.135),
    ],
)
def test_silence_costs_hardly_more_than_a_good_read(
    baud: int, turnaround_ms: float, reply_bytes: int, wait_ms: float
) -> None:
    line, timing = LineTiming.serial(baud), Timing(turnaround_max_ms=turnaround_ms)
    assert line.first_byte_timeout_s(timing, reply_bytes) * 1000 == pytest.approx(wait_ms, abs=1e-3)


def test_a_good_read_of_twelve_registers_at_9600() -> None:
    # 8 + 29 characters of 1.0417 ms, 4 ms turnaround, 3.646 ms silence
    assert LineTiming.serial(9600).good_s(Timing(turnaround_max_ms=4), 8, 29) * 1000 == pytest.approx(46.1875)


def test_a_lost_read_is_the_longer_of_silence_and_damage() -> None:
    slow, fast = LineTiming.serial(9600), LineTiming.serial(115200)
    # damaged: 38.542 of characters, 4 turnaround, 2 + 2 x 1.0417 pause; silent: 8.333 + 34
    assert slow.lost_s(Timing(turnaround_max_ms=4), 8, 29) * 1000 == pytest.approx(46.625)
    # silent: 0.694 + 10; damaged would be 3.212 + 2 + 2.174
    assert fast.lost_s(Timing(turnaround_max_ms=2), 8, 29) * 1000 == pytest.approx(10.694, abs=1e-3)


def test_latency_of_an_adapter_is_in_every_wait() -> None:
    timing = Timing(turnaround_max_ms=2)
    bare, usb = LineTiming.serial(115200), LineTiming.serial(115200, latency_s=0.016)
    assert usb.good_s(timing, 8, 29) - bare.good_s(timing, 8, 29) == pytest.approx(0.016)
    assert usb.lost_s(timing, 8, 29) - bare.lost_s(timing, 8, 29) >= 0.016
    assert usb.gap_s - bare.gap_s == pytest.approx(0.016)


def test_a_network_link_takes_its_round_trip_and_the_device_s_time() -> None:
    line, timing = LineTiming.network(0.005), Timing(turnaround_max_ms=20)
    assert line.good_s(timing, 12, 33) == pytest.approx(0.025)
    assert line.first_byte_timeout_s(timing, 33) == pytest.approx(0.033)
    assert line.t35_s == 0
