"""Tariffs and charges as hypothesis draws them."""

from hypothesis import strategies as st

from gateway.orders.tariff.tariff import (
    BANDS,
    SLOTS,
    Band,
    BandPrices,
    ByBand,
    ByCount,
    ByEnergy,
    ByTier,
    ByTime,
    Counts,
    Rate,
    Refund,
    Tariff,
    TierRule,
    Tiers,
)
from gateway.orders.tariff.usage import Phase, Sample, Usage, nothing_used, take

TICK_S = 10
"""Everything in a drawn charge happens at whole ticks, so that the oracle can walk them one by one."""

EVENING_MS = 1_763_809_200_000
"""2025-11-22 19:00 in UTC+8."""

prices = st.integers(0, 4000)
ticks = st.integers(0, 90)


@st.composite
def slots(draw: st.DrawFn) -> tuple[Band, ...]:
    runs = draw(st.lists(st.tuples(st.sampled_from(BANDS), st.integers(1, 20)), min_size=1, max_size=12))
    return (tuple(band for band, length in runs for _ in range(length)) * SLOTS)[:SLOTS]


@st.composite
def tiers(draw: st.DrawFn) -> Tiers:
    edges = draw(st.lists(st.integers(1, 12).map(lambda step: step * 100), min_size=1, max_size=6, unique=True))
    rule = draw(st.sampled_from(TierRule))
    return Tiers(
        up_to_w=tuple(sorted(edges)),
        rule=rule,
        counts=draw(st.sampled_from((Counts.CHARGING, Counts.ENERGISED))),
        raise_after_s=draw(st.integers(0, 60)) * TICK_S,
        settle_s=draw(st.integers(1, 90)) * TICK_S if rule is TierRule.SETTLED else 0,
    )


def rates(used: tuple[Band, ...], tier_count: int) -> st.SearchStrategy[Rate]:
    by_time = st.builds(
        ByTime,
        price_mil_per_h=prices,
        counts=st.sampled_from(Counts),
        free_s=st.integers(0, 3600),
        step_s=st.sampled_from((0, 1, 60, 1800, 3600)),
    )
    kinds: list[st.SearchStrategy[Rate]] = [
        st.builds(ByEnergy, price_mil_per_kwh=prices),
        by_time,
        st.builds(ByCount, price_mil=prices),
    ]
    if used:
        by_band = st.fixed_dictionaries({band.value: prices for band in used})
        kinds.append(by_band.map(lambda given: ByBand(prices_mil_per_kwh=BandPrices(**given))))
    if tier_count:
        by_tier = st.lists(prices, min_size=tier_count, max_size=tier_count)
        kinds.append(by_tier.map(lambda given: ByTier(prices_mil_per_h=tuple(sorted(given)))))
    return st.one_of(kinds)


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff:
    held = draw(st.one_of(st.just(()), slots()))
    stepped = draw(st.one_of(st.none(), tiers()))
    one = rates(tuple(dict.fromkeys(held)), len(stepped.up_to_w) if stepped else 0)
    electricity, service = (tuple(draw(st.lists(one, max_size=3))) for _ in range(2))
    kinds = {type(rate) for rate in electricity + service}
    least = draw(st.sampled_from((0, 0, 10, 500)))
    return Tariff(
        id=draw(st.from_regex(r"[A-Za-z0-9_.-]{1,12}", fullmatch=True)),
        version=draw(st.integers(1, 2**53 - 1)),
        electricity=electricity,
        service=service,
        utc_offset_min=draw(st.sampled_from((480, 480, 0, -210, 330))),
        slots=held if ByBand in kinds else (),
        tiers=stepped if ByTier in kinds else None,
        min_mil=least,
        cap_mil=draw(st.one_of(st.none(), st.integers(0, 500).map(lambda fen: least + fen * 10))),
        refund=draw(st.sampled_from(Refund)),
    )


@st.composite
def charges(draw: st.DrawFn, *, most_gap: int = 720, phases: tuple[Phase, ...] = tuple(Phase)) -> list[Sample]:
    """Draw samples of one outlet: up to two hours apart, now and then without a register, a power or a clock."""
    at_ms = draw(st.integers(0, 10)) * 1000 * TICK_S
    wall_ms = EVENING_MS + draw(st.integers(0, 8640)) * 1000 * TICK_S - at_ms
    register_mwh, meter, made = draw(st.integers(0, 10**6)), 0, []
    for _ in range(draw(st.integers(1, 12))):
        register_mwh = max(0, register_mwh + draw(st.one_of(st.integers(0, 800_000), st.integers(-500_000, 0))))
        meter += draw(st.sampled_from((0, 0, 0, 0, 0, 1)))
        sample = Sample(
            at_ms=at_ms,
            phase=draw(st.sampled_from(phases)),
            register_mwh=draw(st.sampled_from((register_mwh, register_mwh, None))),
            power_mw=draw(st.one_of(st.none(), st.integers(0, 1_300_000), st.sampled_from((0, 200_000, 1_200_000)))),
            ts_ms=draw(st.sampled_from((wall_ms + at_ms, wall_ms + at_ms, wall_ms + at_ms, None))),
            meter=meter,
        )
        made.append(sample)
        at_ms += draw(st.one_of(st.integers(0, 12), st.integers(0, most_gap))) * 1000 * TICK_S
    return made


def used(tariff: Tariff, samples: list[Sample], begun: Usage | None = None) -> Usage:
    usage = nothing_used(tariff) if begun is None else begun
    for sample in samples:
        usage = take(usage, sample, tariff)
    return usage
