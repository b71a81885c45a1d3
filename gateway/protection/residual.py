"""Residual-current supervision and other contacts of a pile: alarm and interlock.

A reading over a bus every second is no residual-current device (IEC 61008-1 asks for 300 ms at 30 mA, whatever else
works). So this opens nothing: it raises an alarm and blocks starts until a person has looked.
"""

from __future__ import annotations

from gateway.protection.definite_time import DefiniteTime

DROP_OFF_RATIO = 0.5
"""IEC 61008-1: an RCD may operate from half its rated residual current; below that a circuit counts as sound."""

CONTACT = 0.5
"""Between the two states of a contact that reads 0 or 1."""


def residual(pickup_ma: float, samples: int, refresh_s: float) -> DefiniteTime:
    """Build the supervision of a residual current."""
    return DefiniteTime(pickup=pickup_ma, drop_off=DROP_OFF_RATIO * pickup_ma, samples=samples, refresh_s=refresh_s)


def contact(samples: int, refresh_s: float) -> DefiniteTime:
    """Build the supervision of a contact (smoke, door) that is closed when it reads 1."""
    return DefiniteTime(pickup=CONTACT, drop_off=CONTACT, samples=samples, refresh_s=refresh_s)
