"""Mettler-Toledo continuous output: STX, three status bytes, weight, tare, CR, checksum; 18 characters of 7 bits.

Sources: Rice Lake 680 manual, page 64; WildCat technical manual, 6-4; KERN FTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

STX, CR = 0x02, 0x0D
FRAME_BYTES = 18
_WEIGHT, _TARE, _CR_AT = slice(4, 10), slice(10, 16), 16

_NET, _NEGATIVE, _OUT_OF_RANGE, _MOTION, _KILOGRAMS, _NOT_ZEROED = (1 << bit for bit in (0, 1, 2, 3, 4, 6))
_UNIT, _PRINT, _EXPANDED = 0b111, 1 << 3, 1 << 4
_POINT = 0b111
_UNITS_POINT = 2
"""Value of the point's bits that means "times one"."""

POUND_G = Fraction("453.59237")
_GRAMS = {1: Fraction(1), 2: Fraction(1_000_000)}
_DIGITS = frozenset(b" 0123456789")


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """What the indicator shows, in whole grams; None where it shows no number."""

    weight_g: int | None
    tare_g: int | None
    is_stable: bool
    is_net: bool
    is_out_of_range: bool
    is_expanded: bool
    is_not_zeroed: bool
    wants_print: bool


def checksum(body: bytes) -> int:
    return -sum(body) & 0x7F


def is_intact(frame: bytes) -> bool:
    return checksum(frame[:-1]) == frame[-1]


def measure(kept: bytearray, at: int) -> int:
    """Length of the frame that begins at `at`, 0 if none can; every byte so far must be one that may stand there."""
    seen = bytes(kept[at : at + FRAME_BYTES])
    is_plausible = (
        seen[:1] == b"\x02"
        and all(byte & 0xA0 == 0x20 for byte in seen[1:4])  # noqa: PLR2004 - bit 5 set, bit 7 not
        and _DIGITS.issuperset(seen[4:_CR_AT])
        and seen[_CR_AT : _CR_AT + 1] in (b"", b"\r")
        and all(byte < 0x80 for byte in seen[_CR_AT + 1 :])  # noqa: PLR2004 - 7 bits
    )
    return FRAME_BYTES if is_plausible else 0


def display(frame: bytes) -> Display:
    """Read an intact frame."""
    status_a, status_b, status_c = frame[1:4]
    unit_g = _GRAMS.get(status_c & _UNIT) if status_c & _UNIT else _pounds_or_kilograms(status_b)
    step_g = None if unit_g is None else unit_g * Fraction(10) ** (_UNITS_POINT - (status_a & _POINT))
    weight_g = _grams(frame[_WEIGHT], step_g)
    return Display(
        weight_g=-weight_g if weight_g is not None and status_b & _NEGATIVE else weight_g,
        tare_g=_grams(frame[_TARE], step_g),
        is_stable=not status_b & _MOTION,
        is_net=bool(status_b & _NET),
        is_out_of_range=bool(status_b & _OUT_OF_RANGE),
        is_expanded=bool(status_c & _EXPANDED),
        is_not_zeroed=bool(status_b & _NOT_ZEROED),
        wants_print=bool(status_c & _PRINT),
    )


def _pounds_or_kilograms(status_b: int) -> Fraction:
    return Fraction(1000) if status_b & _KILOGRAMS else POUND_G


def _grams(field: bytes, step_g: Fraction | None) -> int | None:
    digits = field.decode("ascii").lstrip(" ")
    return round(int(digits) * step_g) if digits.isdecimal() and step_g is not None else None
