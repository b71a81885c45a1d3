"""What a charge costs: the rates of one version of a tariff, electricity and service fee apart. Pure values.

Prices are whole 0.001 yuan (`_mil`) for a kWh, an hour or a charge. The two sides are priced separately, as the Chinese
price rule for charging facilities asks (NDRC 2024 no. 537); either side may have several rates, or none (free).
The time-of-use bands are the five of the trade, 48 half-hours of local wall time long. There is no surcharge for line
loss: what a user pays for is what the meter of the outlet counted.

A tariff comes from `gateway.orders.tariff.form.read_tariff`, which checks every field.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

SLOTS = 48
SLOT_MS = 1_800_000
DAY_MS = SLOTS * SLOT_MS
FEN_MIL = 10
"""The smallest coin, 0.01 yuan: what is paid is a whole number of these."""

STRICT = ConfigDict(extra="forbid", strict=True)

Price = Annotated[int, Field(ge=0, le=1_000_000)]
Seconds = Annotated[int, Field(ge=0, le=86_400)]


class Band(StrEnum):
    """A time-of-use band: 尖 峰 平 谷 深."""

    SHARP = "sharp"
    PEAK = "peak"
    FLAT = "flat"
    VALLEY = "valley"
    DEEP = "deep"


BANDS = tuple(Band)


class Counts(StrEnum):
    """Which time a rate counts."""

    CHARGING = "charging"
    ENERGISED = "energised"  # charging and float: the outlet is on
    CONNECTED = "connected"  # from the start until the plug is out
    OCCUPIED = "occupied"  # after the end, the plug still in


class TierRule(StrEnum):
    """What decides the tier that time is billed at."""

    HIGHEST = "highest"  # each moment at the highest tier that the charge had reached by then
    SETTLED = "settled"  # all of the time at the highest tier reached in the first `settle_s` of it


class Refund(StrEnum):
    """What becomes of prepaid money that the charge did not use."""

    UNUSED = "unused"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class BandPrices:
    """The price of each band, 0.001 yuan a kWh; None where the tariff never uses the band."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    sharp: Price | None = None
    peak: Price | None = None
    flat: Price | None = None
    valley: Price | None = None
    deep: Price | None = None

    def of(self, band: Band) -> int:
        """Return the price of `band`, 0 for one that the tariff never uses."""
        return getattr(self, band) or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ByEnergy:
    """One price for every kWh."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    price_mil_per_kwh: Price
    by: Literal["energy"] = "energy"


@dataclass(frozen=True, slots=True, kw_only=True)
class ByBand:
    """A price for a kWh that depends on the time of use; the tariff's `slots` say when which band holds."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    prices_mil_per_kwh: BandPrices
    by: Literal["band"] = "band"


@dataclass(frozen=True, slots=True, kw_only=True)
class ByTier:
    """A price for an hour that depends on the power; one price for each of the tariff's tiers, never falling."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    prices_mil_per_h: Annotated[tuple[Price, ...], Field(min_length=1, max_length=16)]
    by: Literal["tier"] = "tier"


@dataclass(frozen=True, slots=True, kw_only=True)
class ByTime:
    """A price for an hour of what `counts` says, after the first `free_s` seconds of it.

    With `step_s` every started step is billed whole; 0 bills to the millisecond.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    price_mil_per_h: Price
    counts: Counts = Counts.ENERGISED
    free_s: Seconds = 0
    step_s: Seconds = 0
    by: Literal["time"] = "time"


@dataclass(frozen=True, slots=True, kw_only=True)
class ByCount:
    """One price for each charge that began, however long it was."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    price_mil: Price
    by: Literal["count"] = "count"


Rate = Annotated[ByEnergy | ByBand | ByTier | ByTime | ByCount, Field(discriminator="by")]
Rates = Annotated[tuple[Rate, ...], Field(max_length=4)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiers:
    """The tiers of power: tier k holds for powers above `up_to_w[k - 1]` up to and with `up_to_w[k]`.

    The last tier also holds for everything above it. A tier is reached once the power has been in it or above for
    more than `raise_after_s` without a break, so that one wild sample need not cost anybody money.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    up_to_w: Annotated[tuple[Annotated[int, Field(ge=1, le=100_000)], ...], Field(min_length=1, max_length=16)]
    rule: TierRule = TierRule.HIGHEST
    counts: Literal[Counts.CHARGING, Counts.ENERGISED] = Counts.ENERGISED
    raise_after_s: Seconds = 0
    settle_s: Seconds = 0

    def __post_init__(self) -> None:
        if any(low >= high for low, high in pairwise(self.up_to_w)):
            raise ValueError("up_to_w: must rise from tier to tier")
        if (self.rule is TierRule.SETTLED) != (self.settle_s > 0):
            raise ValueError("settle_s: goes with the rule `settled`, and must be more than 0 there")

    def of(self, power_mw: int) -> int:
        """Return the tier of a power in milliwatts, counted from 0."""
        above = sum(power_mw > up_to_w * 1000 for up_to_w in self.up_to_w)
        return min(above, len(self.up_to_w) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """One version of a tariff; a price that changes is a new version.

    `slots` name the band of each half-hour of the day from 00:00, in wall time that is `utc_offset_min` (a whole number
    of half-hours) ahead of UTC. `min_mil` and `cap_mil` bound the amount of a charge that began; both are whole fen.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
    version: Annotated[int, Field(ge=1, le=2**53 - 1)]
    electricity: Rates = ()
    service: Rates = ()
    utc_offset_min: Annotated[int, Field(ge=-720, le=840, multiple_of=30)] = 480
    slots: Annotated[tuple[Band, ...], Field(max_length=SLOTS)] = ()
    tiers: Tiers | None = None
    min_mil: Annotated[int, Field(ge=0, le=10_000_000, multiple_of=FEN_MIL)] = 0
    cap_mil: Annotated[int, Field(ge=0, le=10_000_000, multiple_of=FEN_MIL)] | None = None
    refund: Refund = Refund.UNUSED

    def __post_init__(self) -> None:
        if self.cap_mil is not None and self.cap_mil < self.min_mil:
            raise ValueError("cap_mil: must not be below min_mil")
        self._check_bands()
        self._check_tiers()

    @property
    def rates(self) -> tuple[Rate, ...]:
        return self.electricity + self.service

    @property
    def settles(self) -> bool:
        """Whether the tier of the first part of a charge holds for all of it."""
        return self.tiers is not None and self.tiers.rule is TierRule.SETTLED

    @property
    def used_bands(self) -> tuple[Band, ...]:
        return tuple(band for band in BANDS if band in self.slots)

    @property
    def cheapest(self) -> Band:
        """The band with the lowest price of electricity and service together: what an unknown time is billed as."""
        return min(self.used_bands, key=self._price_of)

    @property
    def dearest(self) -> Band:
        """The band with the highest price of electricity and service together: what a ceiling has to reckon with."""
        return max(self.used_bands, key=self._price_of)

    def band_at(self, ts_ms: int) -> Band:
        """Return the band at a wall time, ms since 1970 (UTC)."""
        return self.slots[(ts_ms + self.utc_offset_min * 60_000) // SLOT_MS % SLOTS]

    def _price_of(self, band: Band) -> int:
        return sum(rate.prices_mil_per_kwh.of(band) for rate in self.rates if isinstance(rate, ByBand))

    def _check_bands(self) -> None:
        if self.slots and len(self.slots) != SLOTS:
            raise ValueError(f"slots: must name {SLOTS} half-hours, not {len(self.slots)}")
        priced = [rate for rate in self.rates if isinstance(rate, ByBand)]
        if bool(priced) != bool(self.slots):
            raise ValueError("slots: a rate by band and `slots` go together")
        for rate in priced:
            for band in BANDS:
                given = getattr(rate.prices_mil_per_kwh, band) is not None
                if given != (band in self.slots):
                    what = "is priced but not in `slots`" if given else "is in `slots` but has no price"
                    raise ValueError(f"prices_mil_per_kwh.{band}: {what}")

    def _check_tiers(self) -> None:
        priced = [rate for rate in self.rates if isinstance(rate, ByTier)]
        if bool(priced) != (self.tiers is not None):
            raise ValueError("tiers: a rate by tier and `tiers` go together")
        for rate in priced:
            prices = rate.prices_mil_per_h
            if self.tiers is not None and len(prices) != len(self.tiers.up_to_w):
                raise ValueError(f"prices_mil_per_h: must be {len(self.tiers.up_to_w)} prices, one for each tier")
            if any(low > high for low, high in pairwise(prices)):
                raise ValueError("prices_mil_per_h: must not fall from tier to tier")
