"""What every driver owes the bus, as tests: subclass `DriverSuite`, say how your protocol's frames look, run pytest.

    class TestMyProtocol(DriverSuite):
        def driver(self): return MyProtocol()
        def cases(self): return (Case("currents", lambda driver: driver.read(1, block), payload=bytes(24)), ...)
        def reply(self, request, payload): return ...

Frames should be made by other code than the driver under test, so that one mistake cannot cancel itself out.
"""
# ruff: noqa: S101 - a test suite asserts

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.sdk import Driver, Noise, Received, Refusal, Reply, Report, Request, Skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pytest

_PROPERTY = settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.differing_executors],  # one suite is meant for many subclasses
)
_GARBAGE = st.binary(max_size=64)
_TAIL = b"\x00\xff\x55"
_MOST_SAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Case:
    """One request, as the driver under test builds it, and the data that its good reply carries."""

    name: str
    ask: Callable[[Driver], Request]
    payload: bytes = b""

    def __str__(self) -> str:
        return self.name


def feed(driver: Driver, chunks: Iterable[bytes]) -> list[Received]:
    """Hand over chunks one after the other; return all that the driver made of them."""
    return [received for chunk in chunks for received in driver.receive(chunk)]


def answers(received: Iterable[Received]) -> list[Reply | Refusal]:
    return [one for one in received if isinstance(one, Reply | Refusal)]


def all_bytes(received: Iterable[Received]) -> bytes:
    """Join everything that came back, in order: no byte may be lost, doubled or moved."""
    return b"".join(one.data if isinstance(one, Skipped) else one.frame for one in received)


def one_by_one(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


class DriverSuite(ABC):
    """The rules of `gateway.bus.driver.Driver`. Abstract methods say what only the protocol knows."""

    most_kept_bytes = 1024
    """A driver never holds more than this, whatever a line babbles."""

    reply_varies = False
    """Whether a request foretells only the longest of its good replies."""

    refusal_codes: Sequence[int] = (1, 2, 3, 4, 6)
    """Codes with which a device can refuse; none where the protocol has no refusal."""

    noticed_flips = 3
    """How many flipped bits of a reply the protocol surely notices: 3 by a CRC, 1 by a sum of 8 bits.

    Below 3, noise can look like a reply, and the suite allows for that.
    """

    @abstractmethod
    def driver(self) -> Driver:
        """Make a new driver."""

    @abstractmethod
    def cases(self) -> Sequence[Case]:
        """List requests that get an answer: at least one for each form of reply."""

    @abstractmethod
    def reply(self, request: Request, payload: bytes) -> bytes:
        """Make the good reply to a request."""

    def refusal(self, request: Request, code: int) -> bytes:
        """Make the frame by which a device refuses a request; asked for `refusal_codes` only."""
        raise AssertionError(f"give {type(self).__name__} a refusal({request}, {code}), or no refusal_codes")

    def harmless(self, noise: bytes) -> bytes:
        """Take out of random bytes what may by chance belong to a frame, where the protocol's own check is weak."""
        return noise

    @abstractmethod
    def foreign(self, request: Request) -> Sequence[bytes]:
        """List intact frames of others: another unit, another function."""

    @abstractmethod
    def late(self, request: Request) -> Sequence[bytes]:
        """List intact frames of the asked device that answer something else: what comes after a timeout."""

    def reports(self) -> Sequence[tuple[str, bytes]]:
        """List what devices of the protocol send unasked, by its name: none, where they only answer."""
        return ()

    def protected_bytes(self, reply: bytes) -> range:
        """Positions at which a damaged bit must be noticed: all, unless the transport below has the checksum."""
        return range(len(reply))

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "case" in metafunc.fixturenames:
            metafunc.parametrize("case", self.cases(), ids=str)

    def opened(self, case: Case) -> tuple[Driver, Request, bytes]:
        """Make a driver with the window of the case's request open, and the good reply."""
        driver = self.driver()
        request = case.ask(driver)
        driver.open(request)
        return driver, request, self.reply(request, case.payload)

    # ------------------------------------------------------------------ the good reply

    def test_request_foretells_its_reply(self, case: Case) -> None:
        _, request, reply = self.opened(case)
        assert len(reply) == request.reply_bytes or (self.reply_varies and len(reply) < request.reply_bytes)
        assert len(case.payload) == request.payload_bytes

    def test_good_reply_is_the_answer_at_its_last_byte_wherever_it_is_split(self, case: Case) -> None:
        _, _, reply = self.opened(case)
        for at in range(len(reply)):
            driver, _, _ = self.opened(case)
            assert driver.receive(reply[:at]) == ()
            assert driver.receive(reply[at:]) == (Reply(case.payload, reply),)
        driver, _, _ = self.opened(case)
        assert feed(driver, one_by_one(reply)) == [Reply(case.payload, reply)]

    def test_refusal_is_an_answer_wherever_it_is_split(self, case: Case) -> None:
        _, request, _ = self.opened(case)
        for code in self.refusal_codes:
            frame = self.refusal(request, code)
            for at in range(len(frame)):
                driver, _, _ = self.opened(case)
                assert feed(driver, (frame[:at], frame[at:])) == [Refusal(code, frame)]

    # ------------------------------------------------------------------ what stands around it

    def test_bytes_after_the_answer_are_skipped(self, case: Case) -> None:
        driver, _, reply = self.opened(case)
        received = driver.receive(reply + _TAIL) + driver.receive(_TAIL)
        assert received[0] == Reply(case.payload, reply)
        assert all_bytes(received[1:]) == 2 * _TAIL
        assert answers(received[1:]) == []

    def test_doubled_reply_is_one_answer(self, case: Case) -> None:
        for is_split in (False, True):
            driver, _, reply = self.opened(case)
            received = feed(driver, (reply, reply) if is_split else (reply + reply,))
            assert received == [Reply(case.payload, reply), Skipped(Noise.LATE, reply)]

    @_PROPERTY
    @given(garbage=_GARBAGE, at=st.integers(0, 64))
    def test_reply_is_found_behind_garbage(self, case: Case, garbage: bytes, at: int) -> None:
        driver, _, reply = self.opened(case)
        garbage = self.harmless(garbage)
        received = feed(driver, (garbage[:at], garbage[at:] + reply))
        assert answers(received) == [Reply(case.payload, reply)]
        assert all_bytes(received) == garbage + reply

    def test_reply_is_found_behind_any_piece_of_itself(self, case: Case) -> None:
        _, _, reply = self.opened(case)
        protected = self.protected_bytes(reply)
        for at in range(protected.start + 1, len(reply)):
            for piece in (reply[:at], reply[at:]) if at in protected else (reply[at:],):
                driver, _, _ = self.opened(case)
                assert answers(driver.receive(piece + reply)) == [Reply(case.payload, reply)]

    def test_foreign_frames_are_named_and_the_reply_behind_them_is_found(self, case: Case) -> None:
        _, request, _ = self.opened(case)
        for frame in self.foreign(request):
            self._check_passed_over(case, frame, Noise.FOREIGN)

    def test_late_frames_are_named_and_the_reply_behind_them_is_found(self, case: Case) -> None:
        _, request, _ = self.opened(case)
        for frame in self.late(request):
            self._check_passed_over(case, frame, Noise.LATE)

    def _check_passed_over(self, case: Case, frame: bytes, noise: Noise) -> None:
        _, _, reply = self.opened(case)
        expected = [Skipped(noise, frame), Reply(case.payload, reply)]
        for chunks in ([frame + reply], [frame, reply], one_by_one(frame + reply)):
            driver, _, _ = self.opened(case)
            assert feed(driver, chunks) == expected
        driver, _, _ = self.opened(case)
        assert [*driver.receive(frame), *driver.close()] == expected[:1]

    # ------------------------------------------------------------------ what nobody asked for

    def test_report_is_told_once_wherever_it_stands_and_is_no_answer(self, case: Case) -> None:
        for name, frame in self.reports():
            driver, _, reply = self.opened(case)
            for chunks in ([frame + reply], [reply + frame], one_by_one(frame + reply), one_by_one(reply + frame)):
                driver, _, _ = self.opened(case)
                received = feed(driver, chunks)
                assert answers(received) == [Reply(case.payload, reply)]
                assert [(one.name, one.frame) for one in received if isinstance(one, Report)] == [(name, frame)]
                assert len(received) == 2  # noqa: PLR2004 - the answer and the report, and nothing else

    def test_report_is_told_between_windows_wherever_it_is_split(self, case: Case) -> None:
        for name, frame in self.reports():
            for at in range(len(frame)):
                driver = self.driver()
                request = case.ask(driver)
                early = driver.receive(frame[:at])
                driver.open(request)
                reply = self.reply(request, case.payload)
                received = [*early, *driver.receive(frame[at:] + reply)]
                assert [one.name for one in received if isinstance(one, Report)] == [name]
                assert answers(received) == [Reply(case.payload, reply)]
                again = feed(driver, (frame[:at], frame[at:]))
                assert [(one.name, one.frame) for one in again if isinstance(one, Report)] == [(name, frame)]

    def test_damaged_report_is_told_by_nobody(self, case: Case) -> None:
        for _, frame in self.reports():
            for bit in self._bits(frame):
                damaged = bytearray(frame)
                damaged[bit // 8] ^= 1 << bit % 8
                driver, _, _ = self.opened(case)
                received = [*driver.receive(bytes(damaged)), *driver.close()]
                received += [*driver.receive(bytes(damaged)), *driver.close()]
                assert not any(isinstance(one, Report) for one in received)
                assert all_bytes(received) == 2 * damaged

    # ------------------------------------------------------------------ damage

    def test_one_flipped_bit_is_never_a_reply(self, case: Case) -> None:
        _, _, reply = self.opened(case)
        for bit in self._bits(reply):
            self._check_damaged(case, reply, (bit,))

    def test_two_or_three_flipped_bits_are_never_a_reply(self, case: Case) -> None:
        _, _, reply = self.opened(case)
        bits = self._bits(reply)
        if self.noticed_flips < 3:  # noqa: PLR2004 - as the test's name says
            return
        random = Random(reply)  # noqa: S311 - samples, not secrets
        pairs = list(combinations(bits, 2))
        for flipped in pairs if len(pairs) <= _MOST_SAMPLES else random.sample(pairs, _MOST_SAMPLES):
            self._check_damaged(case, reply, flipped)
        for _ in range(_MOST_SAMPLES):
            self._check_damaged(case, reply, random.sample(bits, 3))

    def _bits(self, reply: bytes) -> list[int]:
        return [8 * at + bit for at in self.protected_bytes(reply) for bit in range(8)]

    def _check_damaged(self, case: Case, reply: bytes, bits: Iterable[int]) -> None:
        damaged = bytearray(reply)
        for bit in bits:
            damaged[bit // 8] ^= 1 << bit % 8
        driver, _, _ = self.opened(case)
        received = [*driver.receive(bytes(damaged)), *driver.close()]
        assert not any(isinstance(one, Reply) for one in received), f"bits {bits} of {reply.hex(' ')}"
        assert all_bytes(received) == damaged

    def test_reply_is_found_behind_a_damaged_one(self, case: Case) -> None:
        _, _, reply = self.opened(case)
        for bit in self._bits(reply):
            damaged = bytearray(reply)
            damaged[bit // 8] ^= 1 << bit % 8
            driver, _, _ = self.opened(case)
            received = driver.receive(bytes(damaged) + reply)
            assert Reply(case.payload, reply) in received
            assert all_bytes(received) == damaged + reply

    def test_truncated_reply_is_no_answer_and_close_reports_it(self, case: Case) -> None:
        _, _, reply = self.opened(case)
        for at in range(1, len(reply)):
            driver, _, _ = self.opened(case)
            assert driver.receive(reply[:at]) == ()
            assert all_bytes(driver.close()) == reply[:at]
            assert driver.close() == ()

    # ------------------------------------------------------------------ anything at all

    @_PROPERTY
    @given(chunks=st.lists(_GARBAGE, max_size=20))
    def test_any_bytes_come_back_once_and_in_order(self, case: Case, chunks: list[bytes]) -> None:
        driver, _, _ = self.opened(case)
        received = [*feed(driver, chunks), *driver.close()]
        assert all_bytes(received) == b"".join(chunks)
        assert len(answers(received)) <= 1

    def test_babbling_line_does_not_grow_the_driver(self, case: Case) -> None:
        driver, request, reply = self.opened(case)
        random = Random(reply)  # noqa: S311 - samples, not secrets
        heads = [frame[:size] for frame in (reply, *self.foreign(request)) for size in range(1, 4)]
        fed = returned = 0
        while fed < 100 * self.most_kept_bytes:
            chunk = random.choice((random.randbytes(random.randrange(300)), random.choice(heads)))
            fed += len(chunk)
            received = driver.receive(chunk)
            returned += len(all_bytes(received))
            assert fed - returned <= self.most_kept_bytes
            if answers(received) and self.noticed_flips < 3:  # noqa: PLR2004 - see there
                driver.open(request)
        assert answers(driver.receive(reply)) == [Reply(case.payload, reply)]

    # ------------------------------------------------------------------ windows

    def test_open_forgets_what_came_before(self, case: Case) -> None:
        _, _, reply = self.opened(case)
        for at in range(self.protected_bytes(reply).start + 1, len(reply)):
            driver, request, _ = self.opened(case)
            driver.receive(reply[:at])
            driver.open(request)
            assert answers(driver.receive(reply[at:])) == []
            driver.open(request)
            assert driver.receive(reply) == (Reply(case.payload, reply),)

    def test_nothing_is_an_answer_outside_a_window(self, case: Case) -> None:
        driver = self.driver()
        request = case.ask(driver)
        reply = self.reply(request, case.payload)
        received = [*driver.receive(reply), *driver.close()]
        driver.open(request)
        received += [*driver.close(), *driver.receive(reply), *driver.close()]
        assert answers(received) == []
        assert all_bytes(received) == 2 * reply
