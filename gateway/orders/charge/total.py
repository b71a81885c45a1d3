"""A pile's own total in place of what was measured, where the profile says that the pile settles. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.orders.tariff.tariff import Tariff
    from gateway.orders.tariff.usage import Usage


def adopt_total(usage: Usage, tariff: Tariff, total_wh: float) -> Usage:
    """Return the usage with the pile's energy; its times and powers stay as measured.

    With time of use, energy that we did not measure belongs to a time that nobody knows (the cheapest band), and what
    we measured in excess comes off the unknown first, then off all bands in proportion.
    """
    total_mwh = max(0, round(1000 * total_wh))
    if not tariff.slots:
        return replace(usage, energy_mwh=total_mwh)
    known_mwh = sum(usage.band_mwh)
    if total_mwh >= known_mwh:
        return replace(usage, energy_mwh=total_mwh, unknown_mwh=total_mwh - known_mwh)
    bands = tuple(mwh * total_mwh // known_mwh for mwh in usage.band_mwh)
    return replace(usage, energy_mwh=total_mwh, band_mwh=bands, unknown_mwh=total_mwh - sum(bands))
