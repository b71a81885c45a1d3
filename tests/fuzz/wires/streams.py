"""Weighers and level sensors that talk by themselves, as the fuzzer knows them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from drivers.a02yyuw.driver import A02yyuw
from drivers.ascii_weigher.driver import AsciiWeigher
from drivers.toledo.driver import Toledo
from gateway.sdk import Block, Table
from tests.fuzz.wires.wire import VendorWire

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from gateway.sdk import Driver, Request


def _listen(driver: Driver, words: int) -> Request:
    return driver.read(1, Block(Table.INPUT, 0, words))


def _toledo_frame(random: Random) -> tuple[bytes, int]:
    grams = random.randrange(10**6)
    body = (
        b"\x02\x2d" + random.choice((b"\x30", b"\x38")) + b" " + f"{grams:6d}{random.randrange(10**6):06d}\r".encode()
    )
    return body + bytes([-sum(body) % 128]), grams


def _toledo_good(random: Random, request: Request) -> tuple[bytes, bytes]:
    frame, grams = _toledo_frame(random)
    del request
    return frame, grams.to_bytes(4, "big")


def _toledo_whole(request: Request, rest: bytes) -> bytes | None:
    del request
    frame = rest[:18]
    form = re.fullmatch(rb"\x02[ -?`-\x7f]{3}[ 0-9]{12}\r[\x00-\x7f]", frame, re.DOTALL)
    return frame if form and -sum(frame[:17]) % 128 == frame[17] else None


def _text_good(random: Random, request: Request) -> tuple[bytes, bytes]:
    del request
    grams = random.randrange(-99_999, 10**5)
    line = f"{random.choice(('ST', 'US'))},{random.choice(('GS', 'NT'))},{'-' if grams < 0 else '+'}{abs(grams) / 1000:7.3f}kg\r\n"
    return line.encode(), grams.to_bytes(4, "big", signed=True)


def _text_whole(request: Request, rest: bytes) -> bytes | None:
    del request
    line = re.match(rb"(ST|US|OL),(GS|NT|US),[+\- ][0-9. ]{1,10}[a-z ]{1,3}\r\n", rest)
    return None if line is None else line[0]


def _sonic_good(random: Random, request: Request) -> tuple[bytes, bytes]:
    del request
    distance = random.randrange(30, 4501).to_bytes(2, "big")
    return b"\xff" + distance + bytes([(255 + sum(distance)) % 256]), distance


def _sonic_whole(request: Request, rest: bytes) -> bytes | None:
    del request
    frame = rest[:4]
    if len(frame) < 4 or frame[0] != 255 or sum(frame[:3]) % 256 != frame[3]:
        return None
    distance = frame[1] * 256 + frame[2]
    return frame if 30 <= distance <= 4500 or distance in (0xFFFD, 0xFFFE) else None


def _sonic_neighbours(random: Random, request: Request) -> Sequence[bytes]:
    """Errors, and distances with the right sum that the sensor cannot say."""
    del request
    wild = random.choice((random.randrange(30), random.randrange(4501, 0xFFFD))).to_bytes(2, "big")
    return (
        b"\xff\xff\xfd\xfb",
        b"\xff\xff\xfe\xfc",
        b"\xff" + wild + bytes([(255 + sum(wild)) % 256]),
        b"\xff" + random.randbytes(3),
    )


WIRES = {
    "toledo": VendorWire(
        make=Toledo,
        ask=lambda _random, driver: _listen(driver, 2),
        good=_toledo_good,
        whole=_toledo_whole,
        neighbours=lambda random, _request: (_toledo_frame(random)[0][:17],),
    ),
    "ascii_weigher": VendorWire(
        make=AsciiWeigher,
        ask=lambda _random, driver: _listen(driver, 2),
        good=_text_good,
        whole=_text_whole,
        neighbours=lambda _random, _request: (
            b"ST,TR,+  0.500kg\r\n",
            b"QT,GS,+     12pcs\r\n",
            b"OL,GS,+       kg\r\n",
        ),
    ),
    "a02yyuw": VendorWire(
        make=A02yyuw,
        ask=lambda _random, driver: _listen(driver, 1),
        good=_sonic_good,
        whole=_sonic_whole,
        neighbours=_sonic_neighbours,
    ),
}
