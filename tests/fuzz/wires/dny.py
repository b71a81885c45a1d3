"""The DNY pile as the fuzzer knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.dny.driver import DnyHost
from drivers.dny.server import DnyServer
from gateway.sdk import Block, OrderTerms, Table, Write
from tests.fuzz.wires.wire import VendorWire

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from gateway.sdk import Driver, Request

_PILES = (0x070004D2, 0x05000007, 0x04AB373B)
_TOLD = {1: 10, 2: 8, 3: 29, 4: 24, 5: 3, 6: 31, 0x20: 6, 0x21: 5, 0x22: 0, 0x41: 9, 0x42: 2, 0x43: 29, 0x44: 18}
_MOST = {
    1: 98,
    2: 40,
    3: 45,
    4: 32,
    5: 15,
    6: 55,
    0x20: 16,
    0x21: 29,
    0x22: 4,
    0x41: 17,
    0x42: 8,
    0x43: 45,
    0x44: 26,
    0x81: 4,
    0x82: 48,
    0x84: 34,
    0x85: 16,
    0x8A: 8,
    0x91: 34,
    0x92: 16,
}


def _pile_frame(physical: int, message: bytes, command: int, data: bytes) -> bytes:
    body = b"DNY" + (9 + len(data)).to_bytes(2, "little") + physical.to_bytes(4, "little") + message
    body += bytes([command]) + data
    return body + (sum(body) % 65536).to_bytes(2, "little")


def _pile_ask(random: Random, driver: Driver) -> Request:
    pile, port = random.choice(_PILES), random.randrange(16)
    if random.randrange(2):
        return driver.read(pile, Block(Table.INPUT, *random.choice(((0, 1), (0, 1), (0x9200, 4), (0x9100, 14)))))
    terms = random.choice((None, OrderTerms("o-1"), OrderTerms("00" * 15 + "ff", max_s=70000, max_w=9000)))
    writes = (
        Write(Table.HOLDING, 0x8200 + 2 * port, (random.randrange(2),), order=terms),
        Write(Table.HOLDING, 0x8500, (36000, 5000)),
        Write(Table.HOLDING, 0x8A00 + 2 * port, (2, 100)),
    )
    return driver.write(pile, random.choice(writes))


def _dialled_ask(random: Random, driver: Driver) -> Request:
    """Ask a pile that has dialled in: nobody polls it."""
    while not (request := _pile_ask(random, driver)).frame:
        pass
    return request


def _pile_good(random: Random, request: Request) -> tuple[bytes, bytes]:
    command, message, asked = request.frame[11], request.frame[9:11], request.frame[12:-2]
    if command == 0:
        command = random.choice((0x21, 0x06, 0x03, 0x20, 0x01))
        count = random.randrange(17)
        data = {
            0x21: random.randbytes(2) + bytes([count]) + random.randbytes(count + 2),
            0x01: random.randbytes(4) + bytes([count]) + random.randbytes(5 * count + 5),
            0x06: bytes([random.randrange(16)]) + random.randbytes(random.choice((30, 40, 46))),
        }.get(command, random.randbytes(random.choice((29, 31, 37)) if command == 3 else random.choice((6, 8, 10))))
        return _pile_frame(request.unit, random.randbytes(2), command, data), bytes([0, command])
    if command == 0x92:
        words = [random.randrange(65536) for _ in range(random.choice((2, 4)))]
        data = b"".join(word.to_bytes(2, "little") for word in words)
        return _pile_frame(request.unit, message, command, data), b"".join(
            word.to_bytes(2, "big") for word in [*words, 0xFFFF, 0xFFFF][:4]
        )
    if command == 0x91:
        data = random.randbytes(23)
        words = []
        at = 0
        for size in (2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1):
            words.append(int.from_bytes(data[at : at + size], "little"))
            at += size
        return _pile_frame(request.unit, message, command, data), b"".join(word.to_bytes(2, "big") for word in words)
    done = b"\x00" + (asked[9:25] + asked[5:6] + b"\x00\x00" if command == 0x82 else b"")
    return _pile_frame(request.unit, message, command, done), b""


def _pile_whole(request: Request, rest: bytes) -> bytes | None:
    size = 5 + int.from_bytes(rest[3:5], "little")
    frame = rest[:size]
    if rest[:3] != b"DNY" or not 14 <= size <= min(len(rest), request.reply_bytes) or frame == request.frame:
        return None
    if sum(frame[:-2]) % 65536 != int.from_bytes(frame[-2:], "little") or frame[5:9] != request.unit.to_bytes(
        4, "little"
    ):
        return None
    command, data = frame[11], frame[12:-2]
    if len(data) > _MOST.get(command, 242):
        return None
    if request.frame[11] == 0:
        return frame if _pile_tells(command, data) else None
    return frame if _pile_answers(request, frame[9:12], data) else None


def _pile_answers(request: Request, named: bytes, data: bytes) -> bool:
    if named != request.frame[9:12] or not data:
        return False
    if named[2] == 0x82:
        asked = request.frame[12:-2]
        return len(data) >= 20 and data[1:18] == asked[9:25] + asked[5:6]
    return named[2] not in (0x91, 0x92) or len(data) in {0x91: (23,), 0x92: (4, 8)}[named[2]]


def _pile_tells(command: int, data: bytes) -> bool:
    if command not in _TOLD or len(data) < _TOLD[command]:
        return False
    if command == 0x21:
        return data[2] <= 16 and len(data) >= 5 + data[2]
    if command == 0x01:
        return data[4] <= 16 and len(data) >= 10 + 5 * data[4]
    return command != 0x06 or data[0] < 16


def _pile_neighbours(random: Random, request: Request) -> Sequence[bytes]:
    pile, message = random.choice(_PILES), random.choice((request.frame[9:11], random.randbytes(2)))
    return (
        _pile_frame(pile, message, random.randrange(256), random.randbytes(random.randrange(14))),
        _pile_frame(pile, message, random.choice(list(_TOLD)), random.randbytes(random.randrange(40))),
        _pile_frame(request.unit, message, request.frame[11], random.randbytes(random.randrange(30))),
    )


WIRES = {
    "dny": VendorWire(make=DnyHost, ask=_pile_ask, good=_pile_good, whole=_pile_whole, neighbours=_pile_neighbours),
    "dny_dialled": VendorWire(
        make=DnyServer, ask=_dialled_ask, good=_pile_good, whole=_pile_whole, neighbours=_pile_neighbours
    ),
}
