"""26: over-temperature (IEEE C37.2 device 26, apparatus thermal device).

80 degrees at the port is the AP3000's figure, which its maker switched off in 2021 after false trips: hence two
fresh samples here, as everywhere.
"""

from __future__ import annotations

from gateway.protection.definite_time import DefiniteTime

DROP_OFF_K = 5.0


def over_temperature(pickup_c: float, samples: int, refresh_s: float) -> DefiniteTime:
    """Build a 26 that drops off `DROP_OFF_K` below its pick-up."""
    return DefiniteTime(pickup=pickup_c, drop_off=pickup_c - DROP_OFF_K, samples=samples, refresh_s=refresh_s)
