"""What protection is set to: values in, no files. Impossible values are refused when a setting is made.

`None` switches an element off. The figures are defaults of real equipment, not promises; a site sets its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.protection.curve import PUBLISHED, Constants, Curve


def _refuse(owner: object, **rules: bool) -> None:
    """Raise `ValueError` naming the settings whose rule does not hold."""
    wrong = [f"{name} = {getattr(owner, name)!r}" for name, holds in rules.items() if not holds]
    if wrong:
        raise ValueError(f"impossible protection setting: {', '.join(wrong)}")


def _is_off_or_positive(value: float | None) -> bool:
    return value is None or value > 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class InverseSettings:
    """51 (IEC 60255-151). `k` (s) and `alpha` belong to the curve `custom` and are needed there."""

    curve: Curve
    setting_a: float
    tms: float = 1.0
    k: float | None = None
    alpha: float | None = None

    def __post_init__(self) -> None:
        custom = self.curve is Curve.CUSTOM
        _refuse(
            self,
            setting_a=self.setting_a > 0.0,
            tms=self.tms > 0.0,
            k=(self.k is not None and self.k > 0.0) == custom,
            alpha=(self.alpha is not None and self.alpha > 0.0) == custom,
        )

    @property
    def constants(self) -> Constants:
        if self.k is not None and self.alpha is not None:
            return Constants(k=self.k, alpha=self.alpha)
        return PUBLISHED[self.curve]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThermalSettings:
    """49 (IEC 60255-149): trips at `k` times `base_a` in the long run, heats with the time constant `tau_s`."""

    base_a: float
    tau_s: float
    k: float = 1.05

    def __post_init__(self) -> None:
        _refuse(self, base_a=self.base_a > 0.0, tau_s=self.tau_s > 0.0, k=self.k >= 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletSettings:
    """One outlet.

    Where the defaults come from:
    `pickup_a`: 2,000 W a socket (AP3000 command 0x85) is 9.1 A at 220 V, times 1.1. `rating_a`: a 10 A socket.
    `drop_off_ratio`: 0.95..0.98 is usual for digital definite time. `over_voltage_v`, `under_voltage_v`: AP3000 0x85.
    `over_temperature_c`: AP3000, 80 degrees at the port. `arming_delay_ms`: 250 ms is usual for a pile's own MCU.
    `plug_out_s`: AP3000 takes 10 s without load for an unplug. `residue_a`, `residue_w`: what a welded relay shows.
    `max_power_w` is the outlet's own limit; an order's limit (set at run time) can only be lower.
    `bf_ms` must be at least relay time + 2 x refresh + the pile's own loop + one ring; 2 s covers 2 x 800 ms.
    `step_w`, `step_wh` are the profile's: what one step of the registers of power and energy is worth, 0 W where it has
    none (a float), None where it is not known.
    """

    number: int
    pickup_a: float | None = 10.0
    samples: int = 2
    trip_delay_ms: float = 0.0
    drop_off_ratio: float = 0.95
    inverse: InverseSettings | None = None
    thermal: ThermalSettings | None = None
    max_power_w: float | None = None
    rating_a: float = 10.0
    over_temperature_c: float | None = 80.0
    over_voltage_v: float | None = 270.0
    under_voltage_v: float | None = 100.0
    arming_delay_ms: float = 250.0
    noise_floor_a: float = 0.05
    residue_a: float = 0.05
    residue_w: float = 5.0
    frozen_after_s: float | None = 60.0
    bf_ms: float = 2000.0
    plug_out_s: float = 10.0
    rejections_to_latch: int = 3
    step_w: float = 0.0
    step_wh: float | None = None

    def __post_init__(self) -> None:
        _refuse(
            self,
            pickup_a=_is_off_or_positive(self.pickup_a),
            samples=self.samples >= 1,
            trip_delay_ms=self.trip_delay_ms >= 0.0,
            drop_off_ratio=0.0 < self.drop_off_ratio <= 1.0,
            max_power_w=_is_off_or_positive(self.max_power_w),
            rating_a=self.rating_a > 0.0,
            over_temperature_c=_is_off_or_positive(self.over_temperature_c),
            over_voltage_v=_is_off_or_positive(self.over_voltage_v),
            under_voltage_v=_is_off_or_positive(self.under_voltage_v),
            arming_delay_ms=self.arming_delay_ms >= 0.0,
            noise_floor_a=self.noise_floor_a >= 0.0,
            residue_a=self.residue_a >= 0.0,
            residue_w=self.residue_w >= 0.0,
            frozen_after_s=_is_off_or_positive(self.frozen_after_s),
            bf_ms=self.bf_ms > 0.0,
            plug_out_s=self.plug_out_s >= 0.0,
            rejections_to_latch=self.rejections_to_latch >= 1,
            step_w=self.step_w >= 0.0,
            step_wh=_is_off_or_positive(self.step_wh),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PileSettings:
    """One pile. `rating_a` is what it counts with before it was ever read.

    `total_pickup_a`, `rating_a`: 8,700 W a 12-socket pile (X10P) is 39.5 A at 220 V. `residual_ma`: supervision,
    not an RCD. `refresh_ms` is the profile's: how old a current can be when it is read. `samples` are those of the
    whole-pile elements. The floors of loss of sight (4 misses and 1 s) cannot be set lower.
    `is_feeder`: it is a meter whose one outlet is the contactor of others. It counts in no total, because what flows
    through it is counted there, and losing sight of it opens nothing that had not been picked up.
    """

    name: str
    outlets: tuple[OutletSettings, ...]
    samples: int = 2
    total_pickup_a: float | None = 40.0
    rating_a: float = 40.0
    over_temperature_c: float | None = 80.0
    residual_ma: float | None = 30.0
    frozen_after_s: float | None = 60.0
    sight_loss_misses: int = 4
    sight_loss_s: float = 1.0
    upstream_after_s: float = 10.0
    refresh_ms: float = 0.0
    is_feeder: bool = False

    def __post_init__(self) -> None:
        _refuse(
            self,
            samples=self.samples >= 1,
            total_pickup_a=_is_off_or_positive(self.total_pickup_a),
            rating_a=self.rating_a > 0.0,
            over_temperature_c=_is_off_or_positive(self.over_temperature_c),
            residual_ma=_is_off_or_positive(self.residual_ma),
            frozen_after_s=_is_off_or_positive(self.frozen_after_s),
            sight_loss_misses=self.sight_loss_misses >= 4,  # noqa: PLR2004 - the stated floor
            sight_loss_s=self.sight_loss_s >= 1.0,
            upstream_after_s=self.upstream_after_s > 0.0,
            refresh_ms=self.refresh_ms >= 0.0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BusSettings:
    """Every pile of one bus, in the order in which the control loop numbers them."""

    piles: tuple[PileSettings, ...]
    bus_total_pickup_a: float | None = None

    def __post_init__(self) -> None:
        _refuse(self, bus_total_pickup_a=_is_off_or_positive(self.bus_total_pickup_a))
