"""The driver suite over devices that talk by themselves. Frames are made here, not by the codec under test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.a02yyuw.driver import A02yyuw
from drivers.ascii_weigher.driver import AsciiWeigher
from drivers.toledo.driver import Toledo
from gateway.sdk import Block, DriverError, Table, Write
from gateway.testing.driver_suite import Case, DriverSuite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.sdk import Driver, Request

STABLE, NET = 1, 2


def listen(driver: Driver, count: int) -> Request:
    return driver.read(1, Block(Table.INPUT, 0, count))


def words(*numbers: int, status: int | None = None) -> bytes:
    grams = b"".join(number.to_bytes(4, "big", signed=True) for number in numbers)
    return grams if status is None else grams + status.to_bytes(2, "big")


def toledo_frame(weight: int, tare: int, *, status_a: int = 0x2D, status_b: int = 0x30, status_c: int = 0x20) -> bytes:
    """Make a frame that shows grams as kilograms with three decimals."""
    text = bytes((0x02, status_a, status_b, status_c)) + f"{abs(weight):6d}{tare:06d}".encode() + b"\r"
    return text + bytes(((0x100 - sum(text) % 0x100) % 0x80,))


class Listening(DriverSuite):
    """A stream names nobody: there are no strangers on it."""

    noticed_flips = 1

    def foreign(self, request: Request) -> Sequence[bytes]:
        del request
        return ()

    def late(self, request: Request) -> Sequence[bytes]:
        del request
        return ()

    def test_it_sends_nothing(self, case: Case) -> None:
        _, request, _ = self.opened(case)
        assert request.listens
        assert not request.is_write


class TestToledo(Listening):
    refusal_codes = (1, 2, 3)

    def driver(self) -> Driver:
        return Toledo()

    def cases(self) -> Sequence[Case]:
        return (
            Case("light", lambda driver: listen(driver, 5), words(1250, 0, status=STABLE)),
            Case("net", lambda driver: listen(driver, 5), words(12340, 500, status=STABLE | NET)),
            Case("moving", lambda driver: listen(driver, 5), words(-20, 0, status=0)),
            Case("weight", lambda driver: listen(driver, 2), words(999999)),
        )

    def reply(self, request: Request, payload: bytes) -> bytes:
        del request
        weight, tare = int.from_bytes(payload[:4], "big", signed=True), int.from_bytes(payload[4:8], "big")
        status = payload[9] if len(payload) > 8 else STABLE
        moving, net = not status & STABLE, bool(status & NET)
        return toledo_frame(weight, tare, status_b=0x30 | net | (weight < 0) << 1 | moving << 3)

    def refusal(self, request: Request, code: int) -> bytes:
        del request
        changes = {1: {"status_b": 0x34}, 2: {"status_c": 0x25}, 3: {"status_c": 0x30}}
        return toledo_frame(100, 0, **changes[code])

    @pytest.mark.parametrize(("address", "sent"), [(0, b"T\r\n"), (1, b"Z\r\n"), (2, b"C\r\n")])
    def test_what_it_is_told_is_answered_by_nobody(self, address: int, sent: bytes) -> None:
        request = Toledo().write(1, Write(Table.COIL, address, (1,)))
        assert (request.frame, request.reply_bytes, request.is_write) == (sent, 0, True)


class TestAsciiWeigher(Listening):
    refusal_codes = (1, 2)
    reply_varies = True

    def driver(self) -> Driver:
        return AsciiWeigher()

    def cases(self) -> Sequence[Case]:
        return (
            Case("stable", lambda driver: listen(driver, 3), words(1250, status=STABLE)),
            Case("net and moving", lambda driver: listen(driver, 3), words(-12340, status=NET)),
            Case("weight", lambda driver: listen(driver, 2), words(0)),
        )

    def reply(self, request: Request, payload: bytes) -> bytes:
        del request
        grams = int.from_bytes(payload[:4], "big", signed=True)
        status = payload[5] if len(payload) > 4 else STABLE
        heads = f"{'ST' if status & STABLE else 'US'},{'NT' if status & NET else 'GS'}"
        return f"{heads},{'-' if grams < 0 else '+'}{abs(grams) / 1000:7.3f}kg\r\n".encode()

    def refusal(self, request: Request, code: int) -> bytes:
        del request
        return {1: b"OL,GS,+       kg\r\n", 2: b"ST,GS,+  1..20kg\r\n"}[code]

    def foreign(self, request: Request) -> Sequence[bytes]:
        del request
        return (b"ST,TR,+  0.500kg\r\n",)

    def protected_bytes(self, reply: bytes) -> range:
        """The two fields and the sign: there is no checksum, and a damaged digit can be another digit."""
        del reply
        return range(7)


class TestA02yyuw(Listening):
    refusal_codes = (0xFE, 0xFD)

    def driver(self) -> Driver:
        return A02yyuw()

    def cases(self) -> Sequence[Case]:
        return tuple(
            Case(f"{mm} mm", lambda driver: listen(driver, 1), mm.to_bytes(2, "big")) for mm in (30, 1953, 4500)
        )

    def reply(self, request: Request, payload: bytes) -> bytes:
        del request
        return b"\xff" + payload + bytes((sum(b"\xff" + payload) % 256,))

    def refusal(self, request: Request, code: int) -> bytes:
        return self.reply(request, bytes((0xFF, code)))

    def harmless(self, noise: bytes) -> bytes:
        return noise.replace(b"\xff", b"\xfe")


@pytest.mark.parametrize("driver", [Toledo(), AsciiWeigher(), A02yyuw()], ids=["toledo", "ascii", "a02yyuw"])
def test_what_the_map_does_not_have_is_refused(driver: Driver) -> None:
    for unit, block in ((2, Block(Table.INPUT, 0, 1)), (1, Block(Table.INPUT, 5, 1)), (1, Block(Table.HOLDING, 0, 1))):
        with pytest.raises(DriverError):
            driver.read(unit, block)
    with pytest.raises(DriverError):
        driver.write(1, Write(Table.COIL, 0, (0,)))
