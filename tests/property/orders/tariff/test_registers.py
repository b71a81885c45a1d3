"""Claims about registers that roll over, reset, jump and are swapped."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.orders.tariff.register import MOST_SEGMENTS, Meter
from gateway.orders.tariff.tariff import Counts, Tariff
from gateway.orders.tariff.usage import Phase, Sample, nothing_used, take

untimed = settings(deadline=None)  # a loaded machine must not fail a claim about arithmetic
FREE = Tariff(id="free", version=1)
meters = st.builds(
    Meter,
    span_mwh=st.sampled_from((0, 10_000_000)),
    from_zero=st.booleans(),
    most_w=st.sampled_from((0, 500, 2200)),
    step_mwh=st.sampled_from((0, 10_000)),
)


@untimed
@given(st.integers(0, 99_999), st.lists(st.tuples(st.integers(1, 600), st.integers(0, 1000)), max_size=60))
def test_a_register_that_rolls_over_loses_nothing(start_mwh: int, steps: list[tuple[int, int]]) -> None:
    meter = Meter(span_mwh=500_000, most_w=1000)
    at_ms, true_mwh, usage = 0, 0, nothing_used(FREE)
    for took_s, power_w in [(0, 0), *steps, (1, 0)]:  # the last reading confirms the one before it
        at_ms += took_s * 1000
        true_mwh += power_w * took_s * 10 // 36
        shown_mwh = (start_mwh + true_mwh) % 500_000
        usage = take(usage, Sample(at_ms=at_ms, phase=Phase.CHARGING, register_mwh=shown_mwh), FREE, meter)
    assert usage.energy_mwh == true_mwh
    assert usage.gaps == 0


@untimed
@given(
    meters,
    st.lists(
        st.tuples(st.integers(0, 10_000_000), st.integers(-10, 7200), st.integers(0, 1), st.sampled_from(Phase)),
        max_size=60,
    ),
)
def test_whatever_a_register_shows_energy_is_never_negative_impossible_or_unaccounted(
    meter: Meter, readings: list[tuple[int, int, int, Phase]]
) -> None:
    at_ms, first_ms, last_ms, usage = 100_000, 100_000, 100_000, nothing_used(FREE)
    for register_mwh, took_s, number, phase in readings:
        at_ms += took_s * 1000
        last_ms = max(last_ms, at_ms)
        before = usage
        sample = Sample(at_ms=at_ms, phase=phase, register_mwh=register_mwh, meter=number)
        usage = take(usage, sample, FREE, meter)
        assert usage.energy_mwh >= before.energy_mwh
        assert usage.loss_mwh >= before.loss_mwh
        assert all(usage.times.counted_ms(counts) >= before.times.counted_ms(counts) for counts in Counts)
    assert sum(segment.energy_mwh for segment in usage.segments) == usage.energy_mwh + usage.loss_mwh
    assert len(usage.segments) == min(MOST_SEGMENTS, usage.gaps + bool(readings))
    if meter.most_w:
        possible_mwh = meter.most_w * (last_ms - first_ms) // 3600 + meter.step_mwh * len(readings)
        assert usage.energy_mwh + usage.loss_mwh <= possible_mwh


@untimed
@given(
    powers=st.lists(st.integers(0, 2000), min_size=4, max_size=30),
    place=st.integers(0, 10**6),
    wild_mwh=st.one_of(st.just(0), st.integers(0, 2**40)),
)
def test_one_wild_reading_anywhere_between_two_others_changes_no_bill(
    powers: list[int], place: int, wild_mwh: int
) -> None:
    meter = Meter(most_w=2200, step_mwh=2000)
    at_ms, shown_mwh, true = 0, 50_000_000, []
    for power_w in powers:
        at_ms, shown_mwh = at_ms + 10_000, shown_mwh + power_w * 10_000 // 3600
        true.append((at_ms, shown_mwh))
    wild = 1 + place % (len(true) - 2)
    usages = []
    for is_wild in (False, True):
        usage = nothing_used(FREE)
        for index, (moment_ms, mwh) in enumerate(true):
            register_mwh = wild_mwh if is_wild and index == wild else mwh
            usage = take(usage, Sample(at_ms=moment_ms, phase=Phase.CHARGING, register_mwh=register_mwh), FREE, meter)
        usages.append(usage)
    honest, disturbed = usages
    believable_mwh = meter.most_w * 10_000 // 3600 + meter.step_mwh
    if true[wild - 1][1] <= wild_mwh <= true[wild - 1][1] + believable_mwh:
        return  # nothing shows that it is wild
    assert (disturbed.energy_mwh, disturbed.gaps, disturbed.doubt) == (honest.energy_mwh, 0, None)
