"""Lock boards as the fuzzer knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.lockboard_8a.driver import LockBoard8A
from drivers.wkly.driver import Wkly
from gateway.sdk import Block, Table, Write
from tests.fuzz.wires.wire import VendorWire, block_of, with_xor, xor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from gateway.sdk import Driver, Request


def _door_ask(random: Random, driver: Driver, boards: range, doors: int) -> Request:
    board = random.choice(boards)
    if random.randrange(3) == 0:
        return driver.write(board, Write(Table.COIL, random.randrange(doors), (1,)))
    count = random.randrange(1, doors + 1)
    first = random.randrange(doors - count + 1)
    return driver.read(board, Block(Table.DISCRETE, first + random.choice((0, 0x100)), count))


def _door_bits(request: Request, is_set: Callable[[int], bool]) -> bytes:
    """Pack doors from the block's first on; the range from 0x100 is turned round."""
    block = block_of(request)
    bits = [is_set(block.address % 0x100 + place) is (block.address < 0x100) for place in range(block.count)]
    number = int("".join("1" if bit else "0" for bit in reversed(bits)), 2)
    return number.to_bytes((block.count + 7) // 8, "little")


def _8a_good(random: Random, request: Request) -> tuple[bytes, bytes]:
    if request.is_write:
        return with_xor(request.frame[:3] + random.choice((b"\x11", b"\x00"))), b""
    states = random.randbytes(4)
    number = int.from_bytes(states, "big")
    payload = _door_bits(request, lambda lock: bool(number >> lock & 1))
    return with_xor(bytes([0x80, request.unit]) + states + b"\x33"), payload


def _8a_whole(request: Request, rest: bytes) -> bytes | None:
    if request.is_write:
        frame = rest[:5]
        good = len(frame) == 5 and frame[:3] == request.frame[:3] and frame[3] in (0x11, 0x00)
    else:
        frame = rest[:8]
        good = len(frame) == 8 and frame[:2] == request.frame[:2] and frame[6] == 0x33
    return frame if good and xor(frame) == 0 else None


def _8a_neighbours(random: Random, request: Request) -> Sequence[bytes]:
    board = random.choice((request.unit, random.randrange(1, 201)))
    return (
        with_xor(bytes([0x8A, board, random.randrange(1, 25), random.choice((0x11, 0))])),
        with_xor(bytes([0x80, board]) + random.randbytes(4) + b"\x33"),
        with_xor(bytes([0x80, board, random.randrange(1, 25), random.choice((0x11, 0))])),
    )


def _wkly_frame(board: int, command: int, data: bytes) -> bytes:
    return with_xor(b"WKLY" + bytes([8 + len(data), board, command]) + data)


def _wkly_good(random: Random, request: Request) -> tuple[bytes, bytes]:
    if request.is_write:
        state = bytes([random.randrange(2)])
        return _wkly_frame(request.unit, 0x82, b"\x00" + request.frame[7:8] + state), b""
    block = block_of(request)
    count = random.randrange(block.address % 0x100 + block.count, 33)
    states = bytes(random.choice((0, 1, 0xFF)) for _ in range(count))
    payload = _door_bits(request, lambda door: states[door] != 1)
    return _wkly_frame(request.unit, 0x84, bytes([0, count]) + states), payload


def _wkly_whole(request: Request, rest: bytes) -> bytes | None:
    if len(rest) < 9 or rest[:4] != b"WKLY" or not 9 <= rest[4] <= min(len(rest), request.reply_bytes):
        return None
    frame = rest[: rest[4]]
    if xor(frame) or frame[5:7] != request.frame[5:7]:
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


WIRES = {
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
}
