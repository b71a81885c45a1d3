from __future__ import annotations

import signal
import time

from gateway.field.lateness import FORGET_S, LATE_S, Lateness

PERIOD_S = 0.05


def test_a_loop_on_time_is_nothing_to_tell() -> None:
    told: list[str] = []
    lateness = Lateness(told.append, PERIOD_S)
    for beat in range(100):
        assert abs(lateness.beat(beat * PERIOD_S)) < 1e-9
    assert told == []


def test_a_late_loop_is_told_and_forgotten_after_a_while() -> None:
    told: list[str] = []
    lateness = Lateness(told.append, PERIOD_S)
    lateness.beat(0.0)
    assert lateness.beat(1.0) > LATE_S
    assert told == ["950 ms late, held by the machine"]
    moment = 1.0
    while moment < 2.0 + FORGET_S:
        moment += PERIOD_S
        lateness.beat(moment)
    assert told[1:] == [""]
    assert lateness.worst_s == 0.95


def test_what_holds_the_loop_is_named() -> None:
    told: list[str] = []
    lateness = Lateness(told.append, PERIOD_S)
    before = signal.getsignal(signal.SIGALRM)
    try:
        lateness.watch()
        lateness.beat(time.monotonic())
        hold_the_loop(LATE_S + 3 * PERIOD_S)
        lateness.beat(time.monotonic())
    finally:
        lateness.stop()
        signal.signal(signal.SIGALRM, before)
    assert "test_lateness.py" in told[0]
    assert "hold_the_loop" in told[0]


def hold_the_loop(seconds: float) -> None:
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        pass
