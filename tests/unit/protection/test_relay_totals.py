"""Whole-pile and whole-bus totals, and who has to go."""

from dataclasses import replace

from gateway.model.device import Role
from gateway.protection.decision import Confirm, Element, Raise, Rung, RungKind, Trip
from tests.unit.protection.injector import OUTLET, PILE, Injector, bus, cleared, raised, trips

TIGHT = replace(PILE, total_pickup_a=20.0)


def running(piles: int = 1, **more: float | None) -> Injector:
    """Three outlets, started one second apart: 0, then 1, then 2."""
    rig = Injector(bus(pile=TIGHT if piles == 1 else PILE, piles=piles, **more))  # type: ignore[arg-type]
    for pile in range(piles):
        rig.idle(pile=pile)
    for outlet in range(3):
        for pile in range(piles):
            rig.wait(1.0).on(outlet, pile)
    return rig


def test_the_outlet_that_was_started_last_goes_first_and_no_more_than_needed() -> None:
    rig = running()
    assert rig.currents(7.0, 8.0, 6.0) == [Confirm(pile=0, not_before_s=rig.now_s)]
    said = rig.currents(7.0, 8.0, 6.0)
    (cause,) = trips(said)
    assert (cause.outlet, cause.element, cause.measured, cause.pickup) == (2, Element.PILE_TOTAL, 21.0, 20.0)
    assert not cause.latches
    assert raised(said) == ["pile-total"]


def test_a_shed_outlet_is_given_its_time_before_another_has_to_go() -> None:
    rig = running()
    rig.currents(7.0, 8.0, 6.0)
    rig.currents(7.0, 8.0, 6.0)
    rig.off(2)
    assert trips(rig.currents(7.0, 8.0, 6.0)) == []
    rig.wait(2.0)
    assert [cause.outlet for cause in trips(rig.currents(7.0, 8.0, 6.0))] == [1]


def test_between_outlets_found_on_the_one_that_draws_more_goes() -> None:
    rig = Injector(bus(pile=TIGHT))
    rig.found(True, True, True)
    rig.currents(6.0, 9.0, 7.0)
    (cause,) = trips(rig.currents(6.0, 9.0, 7.0))
    assert cause.outlet == 1


def test_a_measured_total_counts_even_where_the_outlets_do_not_explain_it() -> None:
    rig = running()
    rig.currents(1.0, 1.0, 0.0)
    rig.read(Role.TOTAL_CURRENT, 25.0)
    assert [cause.outlet for cause in trips(rig.read(Role.TOTAL_CURRENT, 25.0))] == [0, 1]
    assert cleared(rig.read(Role.TOTAL_CURRENT, 5.0)) == ["pile-total"]


def test_a_total_is_not_judged_from_ratings() -> None:
    rig = Injector(bus(pile=TIGHT))
    for _ in range(4):
        rig.read(Role.CURRENT, 1.0, first=0)
    assert trips(rig.said) == []


def test_a_total_that_falls_says_so() -> None:
    rig = running()
    rig.currents(7.0, 8.0, 6.0)
    rig.currents(7.0, 8.0, 6.0)
    rig.off(2)
    rig.currents(7.0, 8.0, 0.0)
    assert cleared(rig.said) == ["pile-total"]


def test_a_bus_total_is_confirmed_by_the_pile_that_made_it_pass() -> None:
    rig = running(piles=2, bus_total_pickup_a=20.0)
    rig.currents(5.0, 0.0, 5.0, pile=0)
    rig.currents(5.0, 5.0, 5.0, pile=1)
    assert trips(rig.currents(5.0, 0.0, 5.0, pile=0)) == [], "pile 1 was not read again"
    causes = trips(rig.currents(5.0, 5.0, 5.0, pile=1))
    assert [cause.element for cause in causes] == [Element.BUS_TOTAL] * 2
    assert Raise in {type(said) for said in rig.said}
    assert {cause.outlet for cause in causes} == {2}, "the last started of either pile"


def test_a_bus_total_is_not_judged_before_every_pile_was_read_or_lost() -> None:
    rig = Injector(bus(piles=2, bus_total_pickup_a=20.0))
    rig.found(True, True, True)
    for _ in range(4):
        rig.currents(5.0, 0.0, 0.0)
    assert trips(rig.said) == []
    rig.missed(20, pile=1)
    rig.currents(5.0, 0.0, 0.0)
    (cause,) = trips(rig.currents(5.0, 0.0, 0.0))
    assert cause.measured == 45.0, "a pile that was never read counts with its rating"


def test_a_dead_pile_keeps_its_last_value_and_another_confirms_in_its_place() -> None:
    rig = Injector(bus(piles=2, bus_total_pickup_a=20.0))
    rig.found(True, True, True, pile=0)
    rig.found(True, True, True, pile=1)
    rig.currents(5.0, 5.0, 0.0, pile=0)
    rig.currents(6.0, 5.0, 0.0, pile=1)
    rig.missed(20, pile=1)
    assert "the bus's total of 21.0 A leaves no room below 20.0 A" in rig.relay.may_close(0, 2, rig.now_s)
    causes = trips(rig.currents(5.0, 5.0, 0.0, pile=0))
    assert [cause.outlet for cause in causes] == [1], "only what is seen is shed"


def test_a_bus_total_that_falls_says_so() -> None:
    rig = running(piles=2, bus_total_pickup_a=20.0)
    rig.currents(5.0, 5.0, 5.0, pile=0)
    rig.currents(5.0, 0.0, 1.0, pile=1)
    rig.currents(5.0, 0.0, 1.0, pile=1)
    assert raised(rig.said) == ["bus-total"]
    rig.currents(0.0, 0.0, 0.0, pile=0)
    assert cleared(rig.said) == ["bus-total"]


def test_an_idle_outlet_is_never_shed() -> None:
    rig = Injector(bus(replace(OUTLET, pickup_a=None), TIGHT))
    rig.found(True, True, True)
    rig.currents(30.0, 0.0, 0.01)
    assert [cause.outlet for cause in trips(rig.currents(30.0, 0.0, 0.01))] == [0]


def test_a_shed_outlet_of_another_pile_is_watched_until_it_opens() -> None:
    rig = running(piles=2, bus_total_pickup_a=20.0)
    rig.on(0, 1)
    rig.currents(9.0, 0.0, 0.0, pile=1)
    rig.tick()
    rig.currents(9.0, 0.0, 0.0, pile=0)
    rig.tick()
    rig.currents(9.0, 3.0, 0.0, pile=0)
    rig.tick()
    rig.currents(9.0, 3.0, 0.0, pile=0)
    (first,) = [decision for decision in rig.said if isinstance(decision, Trip)]
    assert first.pile == 0
    rig.off(1, pile=0)
    rig.wait(2.0)
    rig.currents(9.0, 4.0, 0.0, pile=0)
    later = [decision for decision in rig.said if isinstance(decision, Trip)][1:]
    assert [trip.pile for trip in later] == [1]
    rung = [decision for decision in rig.tick(2.0) if isinstance(decision, Rung) and decision.pile == 1]
    assert rung == [Rung(pile=1, outlets=(0,), rung=RungKind.REPEAT)]
