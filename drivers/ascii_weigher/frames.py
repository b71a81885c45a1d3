"""Lines of text from weighing terminals: `ST,GS,+  1.250kg` and CR LF, without any checksum.

The first field is ST stable, US unstable, OL overload or QT count; the second GS gross, NT net or TR tare (some devices
put US there for unstable). Then a sign, the right-aligned number, the unit.

Source: the A&D form as ten published programs read it; there is no standard.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

LONGEST_BYTES = 22
_END = b"\r\n"
_WHOLE = re.compile(rb"([A-Z]{2}),([A-Z]{2}),([+\- ])([0-9. ]{1,10})([a-z ]{1,3})\r\n")
_BEGUN = re.compile(rb"[A-Z](?:[A-Z](?:,(?:[A-Z](?:[A-Z](?:,(?:[+\- ](?:[0-9. ]{1,10}(?:[a-z ]{1,3}\r?)?)?)?)?)?)?)?)?")
_NUMBER = re.compile(r" *(\d+(?:\.\d+)?) *")
_GRAMS = {"g": Fraction(1), "kg": Fraction(1000), "t": Fraction(1_000_000), "lb": Fraction("453.59237")}

OVERLOAD, STABLE, UNSTABLE = b"OL", b"ST", b"US"
NET = b"NT"
_WEIGHTS = frozenset((b"GS", NET, UNSTABLE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line about a weight; None grams where it shows no number in a known unit."""

    grams: int | None
    is_stable: bool
    is_net: bool
    is_overload: bool


def measure(kept: bytearray, at: int) -> int:
    """Length of the line that begins at `at`, 0 if none can; every byte so far must be one that may stand there."""
    seen = bytes(kept[at : at + LONGEST_BYTES])
    whole = _WHOLE.match(seen)
    if whole is not None:
        return whole.end()
    return LONGEST_BYTES if len(seen) < LONGEST_BYTES and _BEGUN.fullmatch(seen) is not None else 0


def line(frame: bytes) -> Line | None:
    """Read a whole line; None when it is about something else than a weight (a count, a tare)."""
    whole = _WHOLE.fullmatch(frame)
    if whole is None:
        return None
    first, second, sign, number, unit = whole.groups()
    if first not in (STABLE, UNSTABLE, OVERLOAD) or second not in _WEIGHTS:
        return None
    digits = _NUMBER.fullmatch(number.decode("ascii"))
    unit_g = _GRAMS.get(unit.decode("ascii").strip())
    grams = None if digits is None or unit_g is None else round(Fraction(digits[1]) * unit_g)
    return Line(
        grams=-grams if grams is not None and sign == b"-" else grams,
        is_stable=first == STABLE and second != UNSTABLE,
        is_net=second == NET,
        is_overload=first == OVERLOAD,
    )
