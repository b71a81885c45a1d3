"""What all fuzzing of drivers shares: the finding, damage, and the cutting of streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

MOST_KEPT_BYTES = 1024


class Finding(AssertionError):  # noqa: N818 - the word of fuzzing, not "FindingError"
    """The driver and the rules disagree."""


def flipped(random: Random, frame: bytes) -> bytes:
    damaged = bytearray(frame)
    for _ in range(random.randrange(1, 4)):
        damaged[random.randrange(len(damaged))] ^= 1 << random.randrange(8)
    return bytes(damaged)


def chunks(random: Random, stream: bytes) -> list[bytes]:
    size = random.choice((1, 3, 8, 32, 1000))
    out = []
    while stream:
        cut = random.randrange(1, size + 1)
        out.append(stream[:cut])
        stream = stream[cut:]
    return out
