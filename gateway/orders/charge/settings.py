"""The figures by which a charge is run, as the pile's profile and the site set them; locked into each order.

`AP3000`, `X10P` and `JUY` are the figures of those piles' own firmware, for piles whose rules the gateway takes over.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from gateway.orders.charge import full
from gateway.orders.charge.load import Gone, LoadSettings
from gateway.orders.tariff.register import Meter


class Resumes(StrEnum):
    """Who switches on again after a power failure."""

    DEVICE = "device"
    GATEWAY = "gateway"
    NOBODY = "nobody"


class Settler(StrEnum):
    """Whose total is the bill; the other is only compared."""

    GATEWAY = "gateway"
    PILE = "pile"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeSettings:
    """Durations in seconds.

    `start_wait_s`: for a confirmed ON. `plug_wait_s`: for a load (JUY: insert wait 120 s); `late_start_s` where the
    plug is seen to be in, because charger and battery may have to recognise each other first (GB 43854).
    `confirmed_by_power` False: the pile shows its power too late, its own ON is believed. `least_peak_w`,
    `least_peak_s`: what never drew more by then is no load (AP3000: 30 W at 1,800 s). `replug_s`: how long an outlet
    stays on without its load. `float_s` after full (AP3000: 3,600 s). `longest_s`: of a whole order,
    whatever its limits and the device say (X10P: 24 h). `away_s`: out of sight for longer, and it ends. `resumes_most`
    bounds the resumptions. `final_s`: how long the end waits for its last figures, `total_s`
    for the pile's total where the pile settles and nothing else is missing (AP3000: told again after 30 min); the next
    order on the outlet ends that wait. `residue_w`: what an open outlet may
    still show. `occupied_s`: how long a plug that stays in is counted before the settlement; 0 settles at once.
    `retell_s` doubles six times. `differs_wh`, `differs_share`: beyond both, pile and gateway disagree on the energy.
    """

    start_wait_s: int = 20
    plug_wait_s: int = 120
    late_start_s: int = 300
    confirmed_by_power: bool = True
    least_peak_w: float = 30.0
    least_peak_s: int = 1800
    replug_s: int = 60
    float_s: int = 3600
    longest_s: int = 86_400
    away_s: int = 1800
    resumes: Resumes = Resumes.NOBODY
    resumes_most: int = 3
    settler: Settler = Settler.GATEWAY
    final_s: int = 30
    total_s: int = 2100
    residue_w: float = 5.0
    occupied_s: int = 1800
    progress_s: int = 60
    retell_s: int = 60
    differs_wh: float = 20.0
    differs_share: float = 0.03
    load: LoadSettings = field(default_factory=LoadSettings)
    meter: Meter = field(default_factory=Meter)


AP3000 = ChargeSettings(load=LoadSettings(full=full.AP3000))

X10P = ChargeSettings(
    float_s=0,
    load=LoadSettings(full=full.X10P, gone=(Gone(below_w=1.5, for_s=300),)),
)

JUY = replace(
    ChargeSettings(float_s=0), load=LoadSettings(full=full.JUY, drawing_w=2.0, gone=(Gone(below_w=2.0, for_s=120),))
)
