"""Frames of the A02YYUW ultrasonic sensor: `FF`, distance high and low, and the low byte of their sum.

Source: wiki.dfrobot.com, SEN0311 and SEN0754; 9600 8N1.
"""

from __future__ import annotations

START = 0xFF
FRAME_BYTES = 4
NEAREST_MM, FARTHEST_MM = 30, 4500
ERRORS = range(0xFFFD, 0xFFFE + 1)
"""What newer models say in place of a distance."""


def distance_mm(frame: bytes) -> int:
    return int.from_bytes(frame[1:3], "big")


def is_intact(frame: bytes) -> bool:
    return sum(frame[:-1]) & 0xFF == frame[-1]


def measure(kept: bytearray, at: int) -> int:
    """Length of the frame that begins at `at`, 0 if none can: the distance must be one that the sensor can say."""
    seen = bytes(kept[at : at + FRAME_BYTES])
    if seen[0] != START:
        return 0
    lowest = int.from_bytes(seen[1:3].ljust(2, b"\x00"), "big")
    highest = int.from_bytes(seen[1:3].ljust(2, b"\xff"), "big")
    is_distance = lowest <= FARTHEST_MM and highest >= NEAREST_MM
    is_error = lowest <= ERRORS[-1] and highest >= ERRORS[0]
    return FRAME_BYTES if is_distance or is_error else 0
