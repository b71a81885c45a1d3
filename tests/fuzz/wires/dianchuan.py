"""The DianChuan board as the fuzzer knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.dianchuan.driver import DianChuan
from gateway.sdk import Block, Table, Write
from tests.fuzz.wires.wire import VendorWire, block_of, xor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from gateway.sdk import Driver, Request


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
    return b"\x66" + body + bytes([xor(body)])


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
    first = block_of(request).address % 0x100
    asked = numbers[first : first + block_of(request).count]
    return _board_frame(command, session, data), b"".join(number.to_bytes(2, "big") for number in asked)


def _board_whole(request: Request, rest: bytes) -> bytes | None:
    command = request.frame[2]
    size = {0x24: 45, 0x0C: 11, 0x25: 2, 0x02: 2, 0x0B: 3, 0x28: 1}[command]
    frame = rest[: 10 + size]
    if len(frame) < 10 + size or frame[:3] != bytes([0x66, 8 + size, command]) or xor(frame[1:]):
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


WIRES = {
    "dianchuan": VendorWire(
        make=DianChuan, ask=_board_ask, good=_board_good, whole=_board_whole, neighbours=_board_neighbours
    ),
}
