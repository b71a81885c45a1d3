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
    for took_s, power_w in [(0, 0), *steps]:
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
