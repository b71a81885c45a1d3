"""Protection settings as they are written: in a profile (what fits the hardware), a site, a device, an outlet.

Each level may set any key that it knows; what it does not set comes from the level above: built-in < profile < site <
device < outlet. `null` switches an element off that a level above has set; a nested block (`inverse`, `thermal`) is
replaced whole, never mixed from two levels. Words and built-in defaults are those of `gateway.protection.settings`,
which says where the figures come from; a test holds the two together.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from gateway.profile.strict import Strict

Amps = Annotated[float, Field(gt=0, le=10_000)]
Millis = Annotated[float, Field(ge=0, le=3_600_000)]


class InverseSettings(Strict):
    """51, inverse time: t = tms x k / ((I / setting)^alpha - 1), IEC 60255-151."""

    curve: Literal["SI", "VI", "EI", "LTI", "custom"] = Field(
        description="IEC curve, or custom with its own k and alpha."
    )
    setting_a: Amps = Field(description="Setting current; picks up at 1.1 times this.")
    tms: Annotated[float, Field(gt=0, le=100)] = Field(default=1.0, description="Time multiplier.")
    k: Annotated[float, Field(gt=0, le=10_000)] | None = Field(default=None, description="Constant of a custom curve.")
    alpha: Annotated[float, Field(gt=0, le=10)] | None = Field(default=None, description="Exponent of a custom curve.")

    @model_validator(mode="after")
    def _constants_belong_to_custom(self) -> Self:
        if (self.curve == "custom") != (self.k is not None and self.alpha is not None):
            raise ValueError("`k` and `alpha` belong to the curve `custom`, and it needs both")
        return self


class ThermalSettings(Strict):
    """49, thermal replica, IEC 60255-149."""

    base_a: Amps = Field(description="Base current Ib.")
    k: Annotated[float, Field(ge=1, le=5)] = Field(default=1.05, description="Trips at k times the base current.")
    tau_s: Annotated[float, Field(gt=0, le=100_000)] = Field(description="Heating time constant.")


class OutletProtection(Strict):
    """What can be set for one outlet, and above it for all."""

    pickup_a: Amps | None = Field(default=10.0, description="50: current above which the outlet is opened.")
    samples: Annotated[int, Field(ge=1, le=10)] = Field(
        default=2, description="50: readings above the pick-up that decide, the first included."
    )
    trip_delay_ms: Millis = Field(default=0.0, description="50: intended delay between pick-up and trip.")
    inverse: InverseSettings | None = Field(default=None, description="51: inverse-time overload.")
    thermal: ThermalSettings | None = Field(default=None, description="49: thermal replica.")
    max_power_w: Annotated[float, Field(gt=0, le=1_000_000)] | None = Field(
        default=None, description="Power above which the load is rejected; an order's own limit can only be lower."
    )
    rating_a: Amps = Field(default=10.0, description="Rated current of the outlet.")
    over_temperature_c: Annotated[float, Field(ge=20, le=200)] | None = Field(
        default=80.0, description="26: temperature above which the outlet is opened."
    )
    over_voltage_v: Annotated[float, Field(gt=0, le=1000)] | None = Field(
        default=270.0, description="59: voltage above which the outlet is opened."
    )
    under_voltage_v: Annotated[float, Field(gt=0, le=1000)] | None = Field(
        default=100.0, description="27: voltage below which the outlet is opened."
    )
    drop_off_ratio: Annotated[float, Field(ge=0.5, le=1)] = Field(
        default=0.95, description="Drop-off as a share of pick-up."
    )
    arming_delay_ms: Millis = Field(default=250.0, description="50 is inhibited this long after a start (inrush).")
    noise_floor_a: Annotated[float, Field(ge=0, le=10)] = Field(
        default=0.05, description="Current below which an outlet counts as idle."
    )
    frozen_after_s: Annotated[float, Field(gt=0, le=86_400)] | None = Field(
        default=60.0,
        description="Readings that stand still this long count as frozen, where energy or power must have moved.",
    )
    bf_ms: Annotated[float, Field(gt=0, le=600_000)] = Field(
        default=2000.0,
        description="50BF: time after OFF at which a current that still flows climbs the ladder. "
        "At least relay time + 2 x refresh + the pile's own loop + one round of the bus.",
    )
    residue_a: Annotated[float, Field(ge=0, le=10)] = Field(
        default=0.05, description="A current above this that stays after OFF shows a welded relay."
    )
    residue_w: Annotated[float, Field(ge=0, le=1000)] = Field(
        default=5.0, description="A power above this that stays after OFF shows a welded relay."
    )
    plug_out_s: Annotated[float, Field(ge=0, le=3600)] = Field(
        default=10.0, description="After a load rejection the outlet is free once the plug has been out this long."
    )
    rejections_to_latch: Annotated[int, Field(ge=1, le=100)] = Field(
        default=3, description="Load rejections in 24 h that latch the outlet."
    )
    trip_within_ms: Annotated[float, Field(gt=0, le=600_000)] | None = Field(
        default=None, description="Promise that `gateway check` holds the site to: from overcurrent to OFF frame."
    )


class PileProtection(OutletProtection):
    """What can be set for one pile, and for the site."""

    total_pickup_a: Amps | None = Field(default=40.0, description="50 on the sum of the pile's outlets.")
    total_rating_a: Amps = Field(default=40.0, description="Rated current of the pile; counts before it was ever read.")
    residual_ma: Annotated[float, Field(gt=0, le=10_000)] | None = Field(
        default=30.0, description="Residual current above which supervision raises its alarm."
    )
    sight_loss_misses: Annotated[int, Field(ge=4, le=1000)] = Field(
        default=4, description="Loss of sight: consecutive misses, at least 4, and ..."
    )
    sight_loss_s: Annotated[float, Field(ge=1, le=3600)] = Field(
        default=1.0, description="... this long without a good reading, at least 1 s."
    )
    upstream_after_s: Annotated[float, Field(gt=0, le=3600)] = Field(
        default=10.0, description="A silent pile's upstream contactor opens after this time."
    )


class SiteProtection(PileProtection):
    """What can be set for the whole site."""

    bus_total_pickup_a: Amps | None = Field(default=None, description="50 on the sum of everything on one bus.")


def contradiction(settings: Mapping[str, object]) -> str:
    """Say what contradicts itself in settings that are each right, built-in defaults included; empty when nothing."""
    known = {key: value for key, value in settings.items() if key in OutletProtection.model_fields}
    whole = OutletProtection.model_validate(known)
    low, high = whole.under_voltage_v, whole.over_voltage_v
    if low is not None and high is not None and low >= high:
        return f"under_voltage_v {low:g} is not below over_voltage_v {high:g}"
    return ""
