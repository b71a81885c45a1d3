from __future__ import annotations

import pytest

from gateway.bus.dating import OpenRequests
from gateway.model.transaction import Exchange, Failure
from gateway.model.wiring import Timing

TIMING = Timing(late_reply_ms=500)
KEY, OTHER_PIECE, OTHER_DEVICE = (0, 0), (0, 1), (1, 0)
LOST = [Failure.TIMEOUT, Failure.CRC, Failure.TRUNCATED, Failure.FOREIGN]


def asked(requests: OpenRequests, end_s: float, failure: Failure | None = None, key: tuple[int, int] = KEY) -> float:
    """Let a request that ended at `end_s` be over 40 ms later; return the moment that it is dated by."""
    exchange = Exchange(unit=1, request=b"", sent_s=end_s - 0.008, request_end_s=end_s, asked_s=end_s, failure=failure)
    requests.date(key, exchange, TIMING, end_s + 0.04)
    return exchange.asked_s


def test_a_reply_is_dated_by_its_own_request() -> None:
    requests = OpenRequests()
    assert [asked(requests, at_s) for at_s in (1.0, 1.1, 1.2)] == [1.0, 1.1, 1.2]


@pytest.mark.parametrize("failure", LOST)
def test_after_a_loss_it_is_dated_by_the_oldest_that_is_open(failure: Failure) -> None:
    requests = OpenRequests()
    asked(requests, 1.0, failure)
    asked(requests, 1.1, failure)
    assert [asked(requests, at_s) for at_s in (1.2, 1.3, 1.4)] == [1.0, 1.1, 1.2]


def test_a_refusal_closes_a_request_as_an_answer_does() -> None:
    requests = OpenRequests()
    asked(requests, 1.0, Failure.TIMEOUT)
    assert asked(requests, 1.1, Failure.EXCEPTION) == 1.0
    assert asked(requests, 1.2) == 1.1


def test_what_can_no_longer_be_answered_is_forgotten() -> None:
    # Over at 1.04, a reply may begin until 1.54: a request sent before then can hear it, one sent after cannot.
    for end_s, date_s in ((1.54, 1.0), (1.56, 1.56)):
        requests = OpenRequests()
        asked(requests, 1.0, Failure.TIMEOUT)
        assert asked(requests, end_s) == date_s


@pytest.mark.parametrize("other", [OTHER_PIECE, OTHER_DEVICE])
def test_another_piece_or_device_is_not_dated_by_it(other: tuple[int, int]) -> None:
    requests = OpenRequests()
    asked(requests, 1.0, Failure.TIMEOUT)
    assert asked(requests, 1.1, key=other) == 1.1


def test_a_device_that_has_answered_a_later_request_owes_no_reply_to_an_earlier_one() -> None:
    requests = OpenRequests()
    asked(requests, 1.0, Failure.TIMEOUT)
    asked(requests, 1.1, key=OTHER_PIECE)
    assert asked(requests, 1.2) == 1.2


def test_another_device_s_answer_says_nothing() -> None:
    requests = OpenRequests()
    asked(requests, 1.0, Failure.TIMEOUT)
    asked(requests, 1.1, key=OTHER_DEVICE)
    assert asked(requests, 1.2) == 1.0


def test_only_what_is_open_is_kept() -> None:
    requests = OpenRequests()
    for number in range(1000):
        asked(requests, 1.0 + number * 0.1, Failure.TIMEOUT)
    assert sum(len(entries) for entries in requests._open.values()) <= 6
    asked(requests, 200.0)
    assert not requests._open
