"""What one pile does by itself: relay times, welds, watchdog, supply, reboot, the age of its currents."""

from __future__ import annotations

from random import Random

import pytest

from simulators.physics.charger import some_charger
from simulators.physics.contact import Contact
from simulators.physics.outlet import Outlet, Plug
from simulators.physics.pile import Pile
from simulators.physics.resident import Habits, Resident

RELAY_S = 0.02
LONG_S = 5.0


def pile(refresh_s: float = 0.0, **more: object) -> Pile:
    outlets = {n: Outlet(seed=n, contact=Contact(relay_s=RELAY_S), refresh_s=refresh_s) for n in (1, 2)}
    return Pile(seed=1, outlets=outlets, born_s=0.0, **more)  # type: ignore[arg-type]


def charging(refresh_s: float = 0.0, **more: object) -> Pile:
    """Return a pile whose outlet 1 has been charging since 1 s."""
    made = pile(refresh_s, **more)
    made.outlets[1].plug_in(0.5, some_charger(Random(1)))  # noqa: S311 - repeatable chance
    made.command(1, 1.0, on=True)
    made.settle(1.0)
    return made


def is_closed(of: Pile) -> bool:
    return of.outlets[1].contact.closed


def amps(of: Pile, at_s: float, outlet: int = 1) -> float:
    of.settle(at_s)
    return of.outlets[outlet].metered_current_a(at_s)


def test_an_idle_outlet_stays_at_exactly_nothing() -> None:
    idle = charging()
    assert [amps(idle, at_s, 2) for at_s in (1.0, 2.0, 9.0)] == [0.0, 0.0, 0.0]


def test_current_flows_after_the_relay_time_and_stops_after_it() -> None:
    one = charging()
    assert amps(one, 1.0 + 0.9 * RELAY_S) == 0.0
    assert amps(one, LONG_S) > 0.3
    one.command(1, LONG_S, on=False)
    assert amps(one, LONG_S + 0.9 * RELAY_S) > 0.3
    assert amps(one, LONG_S + RELAY_S) == 0.0


def test_a_welded_contact_carries_on_and_a_mended_one_opens() -> None:
    one = charging()
    one.settle(LONG_S)
    one.disturb(1).weld(LONG_S, on=True)
    one.command(1, LONG_S, on=False)
    assert amps(one, LONG_S + 10.0) > 0.3
    assert not one.outlets[1].contact.commanded
    one.disturb(1).weld(LONG_S + 10.0, on=False)
    assert amps(one, LONG_S + 10.0 + RELAY_S) == 0.0


def test_a_weld_on_an_open_contact_waits_for_its_closing() -> None:
    one = pile()
    one.disturb(1).weld(0.0, on=True)
    one.disturb(1).overload(0.0, 9.0)
    assert amps(one, 1.0) == 0.0
    one.command(1, 1.0, on=True)
    one.settle(2.0)
    one.command(1, 2.0, on=False)
    assert amps(one, 3.0) == pytest.approx(9.0, rel=0.01)


def test_an_overload_is_the_current_that_was_asked_for_and_goes_with_its_plug() -> None:
    one = charging()
    one.settle(LONG_S)
    one.disturb(1).overload(LONG_S, 12.0)
    assert amps(one, LONG_S + 0.001) == pytest.approx(12.0, rel=0.01)
    one.disturb(1).plug_out(6.0)
    assert amps(one, 6.001) == 0.0
    assert one.outlets[1].plug is Plug.EMPTY


def test_a_ramp_reaches_its_current_in_its_time() -> None:
    one = charging()
    one.settle(LONG_S)
    one.disturb(1).overload(LONG_S, 14.0, over_s=10.0)
    assert amps(one, 10.0) == pytest.approx(7.3, abs=0.6)
    assert amps(one, 16.0) == pytest.approx(14.0, rel=0.01)


def test_inrush_passes_within_a_mains_cycle() -> None:
    one = charging()
    closed_s = 1.0 + RELAY_S
    assert 4.5 < amps(one, closed_s + 0.005) < 9.0
    assert amps(one, closed_s + 0.021) < 1.0


@pytest.mark.parametrize("at_s", [5.01, 5.1, 5.199])
def test_a_metering_chip_says_the_same_until_it_looks_again(at_s: float) -> None:
    one = charging(refresh_s=0.4)
    before = amps(one, 4.81)
    one.settle(5.0)
    one.disturb(1).overload(5.0, 12.0)
    assert amps(one, at_s) == before
    assert amps(one, 5.2001) == pytest.approx(12.0, rel=0.01)


def test_a_metering_chip_still_shows_a_current_that_has_ended() -> None:
    one = charging(refresh_s=0.4)
    one.settle(5.0)
    one.command(1, 5.0, on=False)
    assert amps(one, 5.19) > 0.3
    assert amps(one, 5.2001) == 0.0


def test_the_armed_watchdog_opens_everything_when_no_request_comes() -> None:
    one = charging()
    one.hear(2.0)
    one.arm(30.0)
    assert amps(one, 31.9) > 0.3
    counted_wh = one.outlets[1].energy_wh(31.9)
    one.settle(500.0)
    assert not one.outlets[1].contact.commanded
    assert amps(one, 500.0) == 0.0
    assert one.outlets[1].energy_wh(500.0) - counted_wh < 0.05  # it opened at 32 s, not when somebody looked


def test_requests_keep_the_watchdog_quiet_and_it_bites_a_second_time() -> None:
    one = charging()
    one.arm(30.0)
    for at_s in range(2, 100, 20):
        one.settle(float(at_s))
        one.hear(float(at_s))
    assert is_closed(one)
    one.settle(150.0)
    assert not is_closed(one)
    one.hear(150.0)
    one.command(1, 150.0, on=True)
    one.settle(151.0)
    assert is_closed(one)
    one.settle(200.0)
    assert not is_closed(one)


def test_a_contactor_cuts_the_outlets_at_its_own_moment() -> None:
    state = [(True, 0.0)]
    one = charging(supply=lambda: state[0])
    assert amps(one, 4.0) > 0.3
    state[0] = (False, 5.0)
    assert amps(one, 4.9) > 0.3
    at_five_wh = one.outlets[1].energy_wh(4.9)
    assert amps(one, 60.0) == 0.0
    assert one.voltage_v(60.0) == 0.0
    assert one.outlets[1].energy_wh(60.0) - at_five_wh < 0.02
    assert one.outlets[1].contact.closed
    state[0] = (True, 70.0)
    assert amps(one, 80.0) > 0.3


def test_a_reboot_opens_relays_forgets_the_watchdog_and_starts_the_uptime_again() -> None:
    one = charging()
    one.arm(30.0)
    one.settle(100.0)
    one.reboot(100.0, 3.0)
    one.settle(101.0)
    assert not one.outlets[1].contact.closed
    assert one.lease_s == 0.0
    assert (one.uptime_s(102.0), one.uptime_s(104.0)) == (0.0, 1.0)


def test_a_socket_warms_up_with_its_load_and_cools_without() -> None:
    one = pile()
    one.disturb(1).overload(0.0, 12.0)
    one.command(1, 0.0, on=True)
    one.settle(0.5)
    cold_c = one.outlets[1].temperature_c(0.5)
    one.settle(1200.0)
    hot_c = one.outlets[1].temperature_c(1200.0)
    one.command(1, 1200.0, on=False)
    one.settle(3000.0)
    assert hot_c > cold_c + 25
    assert one.outlets[1].temperature_c(3000.0) < cold_c + 5


def test_charging_power_rises_slowly_then_tapers_into_a_float() -> None:
    for seed in range(40):
        course = some_charger(Random(seed)).course  # noqa: S311 - repeatable chance
        rising_s = course.pieces[0].duration_s
        powers = [course.power_w(at_s) for at_s in (0.0, rising_s / 2, rising_s - 1, rising_s + 1800, 12 * 3600.0)]
        assert powers[0] < powers[1] < powers[2] > powers[3] > powers[4]
        assert powers[4] < 0.2 * powers[2]


def test_residents_do_the_same_on_the_same_seed_whenever_they_are_watched() -> None:
    def evening(steps: int, seed: int) -> list[str]:
        habits = Habits(stay_s=200.0, vacancy_s=200.0)
        outlets = {n: Outlet(seed=n, contact=Contact(relay_s=RELAY_S)) for n in range(1, 13)}
        residents = {n: Resident.of(habits, seed, "pile-01", n) for n in outlets}
        shed = Pile(seed=1, outlets=outlets, born_s=0.0, residents=residents)
        for step in range(1, steps + 1):
            shed.settle(3600.0 * step / steps)
        return [f"{outlet.plug.name} {outlet.energy_wh(3600.0):.6f}" for outlet in outlets.values()]

    assert evening(1, 3) == evening(977, 3)
    assert evening(1, 3) != evening(1, 4)
