from dataclasses import replace

import pytest

from gateway.orders.tariff.banding import AT_EDGE_MS
from gateway.orders.tariff.register import MOST_SEGMENTS, Meter, Opening
from gateway.orders.tariff.tariff import BANDS, Band, Counts, Tariff
from gateway.orders.tariff.usage import Phase, Sample, Times, drop_doubt
from tests.unit.orders.tariff.making import H_MS, NINE_PM_MS, PLAIN, TIME_OF_USE, powers, reading, tiered, used

TEN_PM_MS = NINE_PM_MS + H_MS


def by_band(usage_mwh: tuple[int, ...]) -> dict[Band, int]:
    return {band: mwh for band, mwh in zip(BANDS, usage_mwh, strict=True) if mwh}


def at_wall(ts_ms: int | None, register_mwh: int, at_ms: int | None = None) -> Sample:
    business_ms = (ts_ms or 0) - NINE_PM_MS if at_ms is None else at_ms
    return reading(business_ms, register_mwh, ts_ms)


def test_a_reading_at_the_edge_makes_the_bands_exact() -> None:
    usage = used(TIME_OF_USE, [at_wall(NINE_PM_MS, 0), at_wall(TEN_PM_MS, 700_000), at_wall(TEN_PM_MS + H_MS, 800_000)])
    assert by_band(usage.band_mwh) == {Band.PEAK: 700_000, Band.VALLEY: 100_000}
    assert usage.estimated_edges == 0


def test_without_one_the_energy_is_shared_out_by_time_rounded_down_before_the_edge() -> None:
    usage = used(TIME_OF_USE, [at_wall(TEN_PM_MS - 100_000, 0), at_wall(TEN_PM_MS + 200_000, 1001)])
    assert by_band(usage.band_mwh) == {Band.PEAK: 333, Band.VALLEY: 668}
    assert usage.estimated_edges == 1


def test_readings_close_to_the_edge_on_both_sides_are_the_reading_at_it() -> None:
    before = at_wall(TEN_PM_MS - 10_000, 0)
    near, far = (at_wall(TEN_PM_MS - 10_000 + AT_EDGE_MS + more_ms, 900) for more_ms in (0, 1))
    usage = used(TIME_OF_USE, [before, near])
    assert by_band(usage.band_mwh) == {Band.PEAK: 600, Band.VALLEY: 300}
    assert usage.estimated_edges == 0
    assert used(TIME_OF_USE, [before, far]).estimated_edges == 1


def test_a_half_hour_in_which_the_band_stays_is_no_edge() -> None:
    usage = used(TIME_OF_USE, [at_wall(NINE_PM_MS, 0), at_wall(TEN_PM_MS, 700_000)])
    assert usage.estimated_edges == 0


def test_the_slots_are_local_time() -> None:
    utc = replace(TIME_OF_USE, utc_offset_min=0)
    assert TIME_OF_USE.band_at(NINE_PM_MS) is Band.PEAK
    assert utc.band_at(NINE_PM_MS) is Band.PEAK  # 13:00
    assert utc.band_at(NINE_PM_MS + H_MS) is Band.FLAT  # 14:00
    assert TIME_OF_USE.band_at(TEN_PM_MS) is Band.VALLEY


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (at_wall(None, 0, 0), at_wall(NINE_PM_MS + 60_000, 500, 60_000)),
        (at_wall(NINE_PM_MS, 0, 0), at_wall(None, 500, 60_000)),
        (at_wall(NINE_PM_MS, 0, 0), at_wall(NINE_PM_MS + 2_400_000, 500, 60_000)),
        (at_wall(NINE_PM_MS, 0, 0), at_wall(NINE_PM_MS - 2_400_000, 500, 60_000)),
        (at_wall(NINE_PM_MS, 0, 0), at_wall(NINE_PM_MS + 25 * H_MS, 500, 25 * H_MS)),
    ],
    ids=["unknown-first", "unknown-then", "set-forward", "set-back", "more-than-a-day"],
)
def test_a_time_that_nobody_knows_belongs_to_no_band(first: Sample, second: Sample) -> None:
    usage = used(TIME_OF_USE, [first, second])
    assert usage.unknown_mwh == usage.energy_mwh == 500
    assert by_band(usage.band_mwh) == {}


def test_a_wall_clock_that_is_nudged_stays_known() -> None:
    usage = used(TIME_OF_USE, [at_wall(NINE_PM_MS, 0, 0), at_wall(NINE_PM_MS - 500, 500, 1000)])
    assert by_band(usage.band_mwh) == {Band.PEAK: 500}


def test_a_flat_tariff_needs_no_clock() -> None:
    usage = used(PLAIN, [reading(0, 0), reading(1000, 500)])
    assert (usage.energy_mwh, usage.unknown_mwh) == (500, 0)


@pytest.mark.parametrize(
    ("meter", "register_mwh", "number", "energy_mwh", "opening"),
    [
        (Meter(), 900, 0, 0, Opening.RESET),
        (Meter(from_zero=True), 900, 0, 900, Opening.RESET),
        (Meter(from_zero=True, most_w=1), 900, 0, 0, Opening.RESET),
        (Meter(span_mwh=10_000), 900, 0, 0, Opening.RESET),
        (Meter(span_mwh=10_000, most_w=100), 900, 0, 1900, None),
        (Meter(span_mwh=10_000, most_w=5), 900, 0, 0, Opening.RESET),
        (Meter(span_mwh=5_000, most_w=100), 900, 0, 0, Opening.RESET),
        (Meter(), 9900, 1, 0, Opening.SWAP),
        (Meter(), 99_900, 0, 90_900, None),
        (Meter(most_w=100), 99_900, 0, 0, Opening.JUMP),
        (Meter(most_w=100, step_mwh=100_000), 99_900, 0, 90_900, None),
    ],
)
def test_what_a_register_that_breaks_off_is_believed(
    meter: Meter, register_mwh: int, number: int, energy_mwh: int, opening: Opening | None
) -> None:
    samples = [reading(at_ms, register_mwh, meter=number) for at_ms in (100_000, 100_001)]
    usage = used(PLAIN, [reading(0, 9000), *samples], meter)
    assert usage.energy_mwh == energy_mwh
    assert [segment.opening for segment in usage.segments[1:]] == ([opening] if opening else [])
    assert usage.gaps == bool(opening)


def test_a_segment_says_from_where_to_where_it_counted() -> None:
    samples = [reading(0, 9000), reading(1000, 9500), reading(2000, 40), reading(3000, 100)]
    first, second = used(PLAIN, samples, Meter(from_zero=True)).segments
    assert (first.first_mwh, first.last_mwh, first.energy_mwh) == (9000, 9500, 500)
    assert (second.at_ms, second.first_mwh, second.last_mwh, second.energy_mwh) == (2000, 0, 100, 100)


def test_a_flapping_register_fills_no_memory_and_loses_no_energy() -> None:
    samples = [reading(1000 * index, index % 2 * 50, meter=index // 2) for index in range(200)]
    usage = used(PLAIN, samples)
    assert len(usage.segments) == MOST_SEGMENTS
    assert usage.segments[0].opening is Opening.START
    assert usage.energy_mwh == sum(segment.energy_mwh for segment in usage.segments) == 100 * 50


BELIEVABLE = Meter(most_w=3600)  # 1 Wh in a second


@pytest.mark.parametrize("wild", [[0], [900], [5_000_000], [2**42], [900, 0], [2**42, 5_000_000]])
def test_a_wild_reading_neither_bills_nor_loses(wild: list[int]) -> None:
    seen = [reading(2000 + place, mwh) for place, mwh in enumerate(wild)]
    samples = [reading(0, 1000), reading(1000, 1500), *seen, reading(3000, 2500), reading(4000, 3000)]
    usage = used(PLAIN, samples, BELIEVABLE)
    assert (usage.energy_mwh, usage.gaps, usage.doubt) == (2000, 0, None)


def test_what_two_readings_say_counts_from_the_first_of_them() -> None:
    samples = [reading(0, 1000), reading(1000, 7_000_000), reading(2000, 7_000_400), reading(3000, 7_000_900)]
    usage = used(PLAIN, samples, BELIEVABLE)
    assert (usage.energy_mwh, usage.gaps) == (900, 1)
    assert [segment.opening for segment in usage.segments] == [Opening.START, Opening.JUMP]


def test_a_register_that_lags_behind_is_believed_once_its_rise_can_have_flowed() -> None:
    samples = [reading(0, 1000), reading(60_000, 1000), reading(60_100, 5000), reading(61_000, 5100)]
    assert used(PLAIN, samples[:3], Meter(most_w=240)).energy_mwh == 0
    usage = used(PLAIN, samples, Meter(most_w=240, step_mwh=5000))
    assert (usage.energy_mwh, usage.gaps) == (4100, 0)


def test_what_was_drawn_before_and_after_a_confirmed_break_goes_to_whom_it_belongs() -> None:
    """Off until the break, on after it: only what came after is the user's; and the other way round."""
    first, last = reading(0, 9000), reading(3000, 70)
    off = [replace(first, phase=Phase.OCCUPIED), replace(reading(1000, 9500), phase=Phase.OCCUPIED)]
    usage = used(PLAIN, [*off, reading(2000, 40), last], Meter(from_zero=True))
    assert (usage.energy_mwh, usage.loss_mwh) == (30, 540)
    broken = replace(reading(2000, 40), phase=Phase.OCCUPIED)
    usage = used(PLAIN, [first, broken, last], Meter(from_zero=True))
    assert (usage.energy_mwh, usage.loss_mwh) == (40, 30)


def test_a_doubt_that_nothing_has_resolved_is_a_gap_and_no_energy() -> None:
    usage = drop_doubt(used(PLAIN, [reading(0, 1000), reading(1000, 10)]))
    assert (usage.energy_mwh, usage.gaps, usage.doubt) == (0, 1, None)
    assert drop_doubt(usage) == usage


def test_energy_while_the_outlet_was_off_is_nobodys() -> None:
    samples = [reading(0, 0), replace(reading(1000, 100), phase=Phase.OCCUPIED), reading(2000, 130), reading(3000, 200)]
    usage = used(PLAIN, samples)
    assert (usage.energy_mwh, usage.loss_mwh) == (170, 30)


def test_energy_that_was_read_only_after_the_off_is_still_the_users() -> None:
    off = replace(reading(1000, None), phase=Phase.OCCUPIED)
    assert used(PLAIN, [reading(0, 0), off, replace(off, at_ms=2000, register_mwh=100)]).energy_mwh == 100


def test_each_phase_has_its_own_time_and_apart_has_none() -> None:
    order = (Phase.CHARGING, Phase.FLOAT, Phase.OCCUPIED, Phase.PAUSED, Phase.APART, Phase.APART)
    times = used(PLAIN, [Sample(at_ms=2**index, phase=phase) for index, phase in enumerate(order)]).times
    assert times == Times(charging_ms=1, float_ms=2, occupied_ms=4, paused_ms=8)
    assert [times.counted_ms(counts) for counts in Counts] == [1, 3, 15, 4]


def test_a_business_clock_that_goes_back_stands_still() -> None:
    samples = [reading(5000, 0), reading(4000, 10), reading(4500, 15), reading(6000, 20)]
    seen = [used(PLAIN, samples[:count]) for count in (1, 2, 3, 4)]
    assert [usage.times.charging_ms for usage in seen] == [0, 0, 0, 1000]
    assert [usage.energy_mwh for usage in seen] == [0, 10, 15, 20]


def test_the_peak_is_what_an_outlet_drew_while_on() -> None:
    assert used(PLAIN, powers((10, 180), (10, 210), (10, 90))).peak_mw == 210_000
    assert used(PLAIN, powers((10, 180), phase=Phase.OCCUPIED)).peak_mw == 0


def in_s(tariff: Tariff, *steps: tuple[int, int]) -> list[int]:
    return [took_ms // 1000 for took_ms in used(tariff, powers(*steps)).tiers.in_ms][:4]


def test_each_moment_is_at_the_highest_tier_reached_by_then() -> None:
    assert in_s(tiered(), (60, 200), (60, 450), (60, 100)) == [60, 0, 120, 0]


def test_the_edge_of_a_tier_belongs_to_it_and_the_last_tier_has_none() -> None:
    tiers = tiered().tiers
    assert tiers is not None
    assert [tiers.of(mw) for mw in (0, 200_000, 200_001, 2_500_000, 9_000_000)] == [0, 0, 1, 7, 7]


def test_a_short_spike_raises_no_tier() -> None:
    assert in_s(tiered(raise_after_s=30), (60, 150), (30, 450), (60, 150)) == [150, 0, 0, 0]


def test_a_longer_one_does_from_the_moment_that_it_has_lasted() -> None:
    assert in_s(tiered(raise_after_s=30), (60, 150), (31, 450), (60, 150)) == [90, 0, 61, 0]


def test_tiers_are_reached_one_after_the_other_within_one_interval() -> None:
    assert in_s(tiered(raise_after_s=30), (20, 250), (20, 450)) == [30, 10, 0, 0]
    assert in_s(tiered(raise_after_s=30), (20, 250), (40, 450)) == [30, 20, 10, 0]


def test_two_short_spikes_do_not_add_up() -> None:
    assert in_s(tiered(raise_after_s=30), (20, 450), (20, 100), (20, 450), (20, 100)) == [80, 0, 0, 0]


def test_a_pause_breaks_off_what_was_nearly_reached() -> None:
    tariff = tiered(raise_after_s=30)
    on = [replace(sample, at_ms=sample.at_ms + 40_000) for sample in powers((20, 450))]
    usage = used(tariff, [*powers((20, 450))[:1], Sample(at_ms=20_000, phase=Phase.PAUSED), *on])
    assert usage.tiers.in_ms[:3] == (40_000, 0, 0)
