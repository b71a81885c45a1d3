"""What the fuzzer knows of each protocol that is not Modbus: how answers look, by plain rules of its own.

`whole` says what frame, if any, stands complete at the beginning of some bytes and answers the request; `good` makes
one and the payload that belongs to it; `neighbours` makes intact frames that answer something else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.a02yyuw.driver import A02yyuw
from drivers.ascii_weigher.driver import AsciiWeigher
from drivers.dianchuan.driver import DianChuan
from drivers.dlt645.driver import Dlt645
from drivers.dny.driver import DnyHost
from drivers.lockboard_8a.driver import LockBoard8A
from drivers.toledo.driver import Toledo
from drivers.wkly.driver import Wkly
from gateway.sdk import Block, OrderTerms, Table, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from gateway.sdk import Driver, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorWire:
    """One protocol as the fuzzer knows it."""

    make: Callable[[], Driver]
    ask: Callable[[Random, Driver], Request]
    good: Callable[[Random, Request], tuple[bytes, bytes]]
    whole: Callable[[Request, bytes], bytes | None]
    neighbours: Callable[[Random, Request], Sequence[bytes]]


def _xor(data: bytes) -> int:
    total = 0
    for byte in data:
        total ^= byte
    return total


def _with_xor(data: bytes) -> bytes:
    return data + bytes([_xor(data)])


def _block(request: Request) -> Block:
    assert isinstance(request.asks, Block)
    return request.asks


# ------------------------------------------------------------------------------------------------ DL/T 645

_METER_ITEMS = {
    0x0000: (0, 4),
    0x0100: (0x00010000, 4),
    0x0200: (0x02010100, 2),
    0x0300: (0x02020100, 3),
    0x0400: (0x02030000, 3),
}


def _meter_frame(address: bytes, control: int, data: bytes) -> bytes:
    body = b"\x68" + address + b"\x68" + bytes([control, len(data)]) + bytes((byte + 0x33) % 256 for byte in data)
    return body + bytes([sum(body) % 256, 0x16])


def _meter_ask(random: Random, driver: Driver) -> Request:
    address = random.choice(list(_METER_ITEMS))
    words = 1 if address == 0x0200 else 2
    return driver.read(random.randrange(1, 10**12), Block(Table.INPUT, address, words))


def _meter_good(random: Random, request: Request) -> tuple[bytes, bytes]:
    identifier, size = _METER_ITEMS[_block(request).address]
    signed = _block(request).address >= 0x0300
    value = random.randrange(10 ** (2 * size) * (8 if signed else 10) // 10)
    digits = bytearray.fromhex(f"{value:0{2 * size}}")[::-1]
    if signed and random.randrange(2):
        digits[-1] |= 0x80
        value = -value
    wakes = b"\xfe" * random.randrange(5)
    frame = _meter_frame(request.frame[5:11], 0x91, identifier.to_bytes(4, "little") + bytes(digits))
    return wakes + frame, value.to_bytes(request.payload_bytes, "big", signed=signed)


def _meter_whole(request: Request, rest: bytes) -> bytes | None:
    """The frame with up to four wake-up bytes before it; a fifth belongs to nothing."""
    wakes = len(rest) - len(rest.lstrip(b"\xfe"))
    frame = rest[wakes:]
    identifier, size = _METER_ITEMS[_block(request).address]
    data = bytes((byte + 0x33) % 256 for byte in identifier.to_bytes(4, "little"))
    reads = b"\x68" + request.frame[5:11] + b"\x68\x91" + bytes([4 + size]) + data
    refuses = b"\x68" + request.frame[5:11] + b"\x68\xd1\x01"
    length = 12 + 4 + size if frame.startswith(reads) else 13 if frame.startswith(refuses) else 0
    frame = frame[:length]
    if not 0 < length <= len(frame) or wakes > 4 or frame[-1] != 0x16 or sum(frame[:-2]) % 256 != frame[-2]:
        return None
    return rest[: wakes + length]


def _meter_neighbours(random: Random, request: Request) -> Sequence[bytes]:
    mine, other = request.frame[5:11], random.randbytes(6)
    return (
        _meter_frame(other, 0x91, random.randbytes(random.randrange(20))),
        _meter_frame(mine, 0x91, random.randbytes(random.randrange(20))),
        _meter_frame(mine, 0xD1, random.randbytes(1)),
        _meter_frame(mine, 0x93, random.randbytes(6)),
    )


# ------------------------------------------------------------------------------------------------ lock boards


def _door_ask(random: Random, driver: Driver, boards: range, doors: int) -> Request:
    board = random.choice(boards)
    if random.randrange(3) == 0:
        return driver.write(board, Write(Table.COIL, random.randrange(doors), (1,)))
    count = random.randrange(1, doors + 1)
    first = random.randrange(doors - count + 1)
    return driver.read(board, Block(Table.DISCRETE, first + random.choice((0, 0x100)), count))


def _door_bits(request: Request, is_set: Callable[[int], bool]) -> bytes:
    """Pack doors from the block's first on; the range from 0x100 is turned round."""
    block = _block(request)
    bits = [is_set(block.address % 0x100 + place) is (block.address < 0x100) for place in range(block.count)]
    number = int("".join("1" if bit else "0" for bit in reversed(bits)), 2)
    return number.to_bytes((block.count + 7) // 8, "little")


def _8a_good(random: Random, request: Request) -> tuple[bytes, bytes]:
    if request.is_write:
        return _with_xor(request.frame[:3] + random.choice((b"\x11", b"\x00"))), b""
    states = random.randbytes(4)
    number = int.from_bytes(states, "big")
    payload = _door_bits(request, lambda lock: bool(number >> lock & 1))
    return _with_xor(bytes([0x80, request.unit]) + states + b"\x33"), payload


def _8a_whole(request: Request, rest: bytes) -> bytes | None:
    if request.is_write:
        frame = rest[:5]
        good = len(frame) == 5 and frame[:3] == request.frame[:3] and frame[3] in (0x11, 0x00)
    else:
        frame = rest[:8]
        good = len(frame) == 8 and frame[:2] == request.frame[:2] and frame[6] == 0x33
    return frame if good and _xor(frame) == 0 else None


def _8a_neighbours(random: Random, request: Request) -> Sequence[bytes]:
    board = random.choice((request.unit, random.randrange(1, 201)))
    return (
        _with_xor(bytes([0x8A, board, random.randrange(1, 25), random.choice((0x11, 0))])),
        _with_xor(bytes([0x80, board]) + random.randbytes(4) + b"\x33"),
        _with_xor(bytes([0x80, board, random.randrange(1, 25), random.choice((0x11, 0))])),
    )


def _wkly_frame(board: int, command: int, data: bytes) -> bytes:
    return _with_xor(b"WKLY" + bytes([8 + len(data), board, command]) + data)


def _wkly_good(random: Random, request: Request) -> tuple[bytes, bytes]:
    if request.is_write:
        state = bytes([random.randrange(2)])
        return _wkly_frame(request.unit, 0x82, b"\x00" + request.frame[7:8] + state), b""
    block = _block(request)
    count = random.randrange(block.address % 0x100 + block.count, 33)
    states = bytes(random.choice((0, 1, 0xFF)) for _ in range(count))
    payload = _door_bits(request, lambda door: states[door] != 1)
    return _wkly_frame(request.unit, 0x84, bytes([0, count]) + states), payload


def _wkly_whole(request: Request, rest: bytes) -> bytes | None:
    if len(rest) < 9 or rest[:4] != b"WKLY" or not 9 <= rest[4] <= min(len(rest), request.reply_bytes):
        return None
    frame = rest[: rest[4]]
    if _xor(frame) or frame[5:7] != request.frame[5:7]:
        return None
    data = frame[7:-1]
    if frame[6] == 0x84 and len(data) > 1 and len(data) != 2 + data[1]:
        return None
    if data[0] == 0xFF:
        return frame
    if request.is_write:
        return frame if data[0] == 0 and len(data) == 3 and data[1] == request.frame[7] else None
    return frame if data[0] == 0 and len(data) > 1 and set(data[2:]) <= {0, 1, 0xFF} else None


def _wkly_neighbours(random: Random, request: Request) -> Sequence[bytes]:
    board = random.choice((request.unit, random.randrange(256)))
    return (
        _wkly_frame(board, 0x85, random.randbytes(2)),
        _wkly_frame(board, random.randrange(0x80, 0x8A), random.randbytes(random.randrange(1, 30))),
        _wkly_frame(board, 0x84, bytes([0, 3]) + random.randbytes(3)),
        _wkly_frame(request.unit, request.frame[6], b"\xff"),
    )


# ------------------------------------------------------------------------------------------------ streams


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


# ------------------------------------------------------------------------------------------------ DianChuan


def _board_ask(random: Random, driver: Driver) -> Request:
    port = random.randrange(10)
    writes = (
        Write(Table.HOLDING, 0x0200 + port, (random.randrange(1, 65536),)),
        Write(Table.HOLDING, 0x0B00 + port, (0,)),
        Write(Table.HOLDING, 0x2800, (300, 600)),
    )
    if random.randrange(3) == 0:
        return driver.write(1, random.choice(writes))
    return driver.read(1, Block(Table.INPUT, *random.choice(((0x2400, 23), (0x2403, 10), (0x0C00, 7), (0x2500, 1)))))


def _board_frame(command: int, session: bytes, data: bytes) -> bytes:
    body = bytes([8 + len(data), command]) + session + data
    return b"\x66" + body + bytes([_xor(body)])


def _board_good(random: Random, request: Request) -> tuple[bytes, bytes]:
    command, session, port = request.frame[2], request.frame[3:9], request.frame[9:10]
    data = {0x02: port + b"\x01", 0x0B: port + random.randbytes(2), 0x28: b"\x01"}.get(command)
    if data is not None:
        return _board_frame(command, session, data), b""
    size = {0x24: 45, 0x0C: 11, 0x25: 2}[command]
    data = random.randbytes(size)
    narrow = {0x24: {2}, 0x0C: {2, 9, 10}, 0x25: set()}[command]
    numbers, at = [], 0
    while at < size:
        wide = at not in narrow
        numbers.append(int.from_bytes(data[at : at + 1 + wide], "big"))
        at += 1 + wide
    first = _block(request).address % 0x100
    asked = numbers[first : first + _block(request).count]
    return _board_frame(command, session, data), b"".join(number.to_bytes(2, "big") for number in asked)


def _board_whole(request: Request, rest: bytes) -> bytes | None:
    command = request.frame[2]
    size = {0x24: 45, 0x0C: 11, 0x25: 2, 0x02: 2, 0x0B: 3, 0x28: 1}[command]
    frame = rest[: 10 + size]
    if len(frame) < 10 + size or frame[:3] != bytes([0x66, 8 + size, command]) or _xor(frame[1:]):
        return None
    is_other_port = command in (0x02, 0x0B) and frame[9] != request.frame[9]
    return None if frame[3:9] != request.frame[3:9] or is_other_port else frame


def _board_neighbours(random: Random, request: Request) -> Sequence[bytes]:
    session = random.choice((request.frame[3:9], random.randbytes(6)))
    return (
        _board_frame(random.choice((0x03, 0x05, 0x0D)), session, random.randbytes(4)),
        _board_frame(request.frame[2], session, random.randbytes(random.randrange(50))),
        request.frame,
    )


# ------------------------------------------------------------------------------------------------ DNY

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


def _listen(driver: Driver, words: int) -> Request:
    return driver.read(1, Block(Table.INPUT, 0, words))


WIRES = {
    "dlt645": VendorWire(
        make=Dlt645, ask=_meter_ask, good=_meter_good, whole=_meter_whole, neighbours=_meter_neighbours
    ),
    "lockboard_8a": VendorWire(
        make=LockBoard8A,
        ask=lambda random, driver: _door_ask(random, driver, range(1, 201), 24),
        good=_8a_good,
        whole=_8a_whole,
        neighbours=_8a_neighbours,
    ),
    "wkly": VendorWire(
        make=Wkly,
        ask=lambda random, driver: _door_ask(random, driver, range(256), 32),
        good=_wkly_good,
        whole=_wkly_whole,
        neighbours=_wkly_neighbours,
    ),
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
    "dianchuan": VendorWire(
        make=DianChuan, ask=_board_ask, good=_board_good, whole=_board_whole, neighbours=_board_neighbours
    ),
    "dny": VendorWire(make=DnyHost, ask=_pile_ask, good=_pile_good, whole=_pile_whole, neighbours=_pile_neighbours),
}
