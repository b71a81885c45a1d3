"""Frames of weighers and of a level sensor as they are printed and computed elsewhere, and forms seen in the field."""

from __future__ import annotations

import pytest

from drivers.a02yyuw.driver import A02yyuw
from drivers.ascii_weigher.driver import AsciiWeigher
from drivers.toledo.driver import Toledo
from gateway.sdk import Block, Driver, Refusal, Reply, Table
from tests.conformance.test_streams import toledo_frame

STABLE, NET = 1, 2


def heard(driver: Driver, count: int, data: bytes) -> object:
    driver.open(driver.read(1, Block(Table.INPUT, 0, count)))
    (answer,) = driver.receive(data)
    return answer


def weighed(grams: int, status: int) -> bytes:
    return grams.to_bytes(4, "big", signed=True) + status.to_bytes(2, "big")


def test_toledo_12_34_kg_stable_gross() -> None:
    frame = bytes.fromhex("02 2C 30 20 30 30 31 32 33 34 30 30 30 30 30 30 0D 2B")
    assert heard(Toledo(), 5, frame) == Reply((12340).to_bytes(4, "big") + bytes(4) + b"\x00\x01", frame)


@pytest.mark.parametrize(
    ("status_a", "status_b", "status_c", "digits", "grams"),
    [
        (0x20, 0x30, 0x20, 12, 1_200_000),  # x 100 kg
        (0x21, 0x30, 0x20, 12, 120_000),
        (0x22, 0x30, 0x20, 12, 12_000),
        (0x25, 0x30, 0x20, 12_345, 12_345),
        (0x27, 0x30, 0x20, 123_456, 1_235),  # 1.23456 kg
        (0x22, 0x30, 0x21, 512, 512),  # g
        (0x25, 0x30, 0x22, 1_500, 1_500_000),  # t
        (0x24, 0x20, 0x20, 100, 454),  # 1.00 lb
        (0x6D, 0x30, 0x20, 1_250, 1_250),  # clones set bit 6 too
    ],
)
def test_toledo_points_and_units(status_a: int, status_b: int, status_c: int, digits: int, grams: int) -> None:
    frame = toledo_frame(digits, 0, status_a=status_a, status_b=status_b, status_c=status_c)
    assert heard(Toledo(), 2, frame) == Reply(grams.to_bytes(4, "big"), frame)


@pytest.mark.parametrize(
    ("text", "grams", "status"),
    [
        ("ST,GS,+  1.250kg\r\n", 1250, STABLE),
        ("ST,NT,- 12.5  kg\r\n", -12500, STABLE | NET),
        ("US,GS,+    815 g\r\n", 815, 0),
        ("ST,US,+  1.250kg\r\n", 1250, 0),  # unstable told in the second field
        ("ST,GS,+  0.0015t\r\n", 1500, STABLE),
        ("ST,GS,   2.2lb\r\n", 998, STABLE),
    ],
)
def test_lines_of_text(text: str, grams: int, status: int) -> None:
    frame = text.encode()
    assert heard(AsciiWeigher(), 3, frame) == Reply(weighed(grams, status), frame)


def test_an_overload_is_no_weight() -> None:
    frame = b"OL,GS,+999.999kg\r\n"
    assert heard(AsciiWeigher(), 3, frame) == Refusal(1, frame)


def test_a02yyuw_1953_mm() -> None:
    frame = bytes.fromhex("FF 07 A1 A7")
    assert heard(A02yyuw(), 1, frame) == Reply((1953).to_bytes(2, "big"), frame)
