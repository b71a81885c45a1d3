"""One protocol as the fuzzer knows it, and the pieces that several share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.sdk import Block

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


def xor(data: bytes) -> int:
    total = 0
    for byte in data:
        total ^= byte
    return total


def with_xor(data: bytes) -> bytes:
    return data + bytes([xor(data)])


def block_of(request: Request) -> Block:
    assert isinstance(request.asks, Block)
    return request.asks
