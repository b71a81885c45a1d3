"""Inverse-time curves of IEC 60255-151:2009 (annex A, curves A, B, C) and of common practice.

`t = tms * k / ((I / setting) ** alpha - 1)`, for currents above the setting.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

CEILING = 20.0
"""Multiple of the setting above which the time stays that of 20 times (Siemens 7UT6 manual, p. 444)."""


class Curve(StrEnum):
    """SI, VI, EI: IEC 60255-151 curves A, B, C. LTI: long-time inverse (ABB REG670 manual, table 969)."""

    SI = "SI"
    VI = "VI"
    EI = "EI"
    LTI = "LTI"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constants:
    """`k` in seconds, `alpha` without a unit."""

    k: float
    alpha: float


PUBLISHED = {
    Curve.SI: Constants(k=0.14, alpha=0.02),
    Curve.VI: Constants(k=13.5, alpha=1.0),
    Curve.EI: Constants(k=80.0, alpha=2.0),
    Curve.LTI: Constants(k=120.0, alpha=1.0),
}


def operate_s(multiple: float, tms: float, constants: Constants) -> float:
    """Return the time to trip at a constant `multiple` of the setting; infinite at or below the setting."""
    if multiple <= 1.0:
        return math.inf
    return tms * constants.k / (math.pow(min(multiple, CEILING), constants.alpha) - 1.0)
