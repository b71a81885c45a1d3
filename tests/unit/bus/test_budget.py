"""The sums against numbers made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.modbus.driver import ModbusRtu, ModbusTcp
from gateway.bus.budget import Bound, BusBudget
from gateway.bus.pieces import plan_devices
from gateway.bus.timing import LineTiming
from gateway.model.device import Action, Delivery, GroupClass, Lease
from gateway.model.wiring import Block, Table, Timing, Write
from tests.scenario.shed import CURRENTS, Shed, cutoff_pile, group, pile


def budget(shed: Shed) -> BusBudget:
    return BusBudget(shed.units, shed.planned, ModbusRtu(), shed.line)


def bound(shed: Shed, device: int = 0, samples: int = 2) -> Bound:
    found = budget(shed).bound(device, samples=samples)
    assert found is not None
    return found


def test_the_cutoff_case_at_9600_term_by_term() -> None:
    found = bound(Shed.cutoff(9600, 4.0, 5.0))
    assert [term.ms for term in found.terms] == pytest.approx(
        [
            4 * 47.1875,  # 37 characters of 1.04167, 4 turnaround, 3.64583 silence, 1 host
            45.10417,  # 11 registers: 35 characters
            38.85417,  # without the 8 characters of the request
            47.1875,
            9.33333,  # 8 characters and the host
        ]
    )
    assert found.total_ms == pytest.approx(329.229, abs=0.001)
    assert found.total_one_lost_ms == pytest.approx(329.229 + 47.625, abs=0.001)
    assert found.total_ms <= 335
    assert found.total_one_lost_ms <= 380
    assert found.each_trip_ms == pytest.approx(47.1875 + 8.3333 * 2 + 4 + 3.64583 + 1, abs=0.001)


def test_the_cutoff_case_at_115200_term_by_term() -> None:
    found = bound(Shed.cutoff(115200, 2.0, 1.0))
    assert [term.ms for term in found.terms] == pytest.approx(
        [
            4 * 7.96181,  # 3.21181 of characters, 2 turnaround, 1.75 silence, 1 host
            11.69444,  # a silent device: 0.69444 request, 10 first-byte timeout, 1 host
            7.26736,
            7.96181,
            1.69444,
        ],
        abs=1e-4,
    )
    assert found.total_ms <= 62
    assert found.total_one_lost_ms <= 78


def test_what_a_neighbour_can_be_told_to_do_is_counted_in_the_slot() -> None:
    quiet = cutoff_pile(Timing(turnaround_max_ms=4.0), 5.0)
    long = Write(Table.HOLDING, 500, (0,) * 40, multiple=True)
    acting = replace(quiet, actions={Action.ZERO: long})
    leased = replace(quiet, lease=Lease(arm=long, armed=Block(Table.HOLDING, 500, 1), timeout_s=30.0))
    alone = bound(Shed.of(LineTiming.serial(9600), quiet, quiet)).total_ms
    # 89 characters out, 8 back, 4 turnaround, 3.64583 silence, 1 host; instead of 45.10417
    for neighbour in (acting, leased):
        longer = bound(Shed.of(LineTiming.serial(9600), quiet, neighbour)).total_ms
        assert longer - alone == pytest.approx(97 * 1.0416667 + 4 + 3.64583 + 1 - 45.10417, abs=0.001)


def test_a_meter_that_refreshes_every_400_ms_delays_the_second_sample() -> None:
    quick, slow = bound(Shed.cutoff(9600, 4.0, 5.0)), bound(Shed.cutoff(9600, 4.0, 5.0, refresh_ms=400.0))
    # 400 after the first was taken, one transaction in the way, the read itself; less what is already counted
    assert slow.total_ms - quick.total_ms == pytest.approx(400 + 47.625 + 47.1875 - 38.854 - 47.1875, abs=0.01)
    assert slow.physical_ms - slow.total_ms == pytest.approx(400)


def test_each_sample_more_costs_a_read_and_one_alone_none() -> None:
    shed = Shed.cutoff(9600, 4.0, 5.0)
    one, two, three = (bound(shed, samples=samples).total_ms for samples in (1, 2, 3))
    assert two - one == pytest.approx(three - two) == pytest.approx(47.1875)


def test_the_declared_delay_is_in_the_sum() -> None:
    shed = Shed.cutoff(9600, 4.0, 5.0)
    delayed = budget(shed).bound(0, samples=2, trip_delay_ms=100.0)
    assert delayed is not None
    assert delayed.total_ms == pytest.approx(bound(shed).total_ms + 100)


def test_a_usb_adapter_s_latency_counts_at_every_reply() -> None:
    model = cutoff_pile(Timing(turnaround_max_ms=2.0), 1.0)
    bare = bound(Shed.of(LineTiming.serial(115200), *[model] * 4))
    usb = bound(Shed.of(LineTiming.serial(115200, latency_s=0.016), *[model] * 4))
    assert usb.total_ms - bare.total_ms == pytest.approx(8 * 16)  # ring of 4, slot, rest, confirm, OFF


def test_a_slow_neighbour_s_lost_frame_is_the_one_that_counts() -> None:
    line = LineTiming.serial(9600)
    quick = cutoff_pile(Timing(turnaround_max_ms=4.0), 5.0)
    slow = cutoff_pile(Timing(turnaround_max_ms=100.0), 5.0)
    assert bound(Shed.of(line, quick, slow)).one_lost_ms == bound(Shed.of(line, quick, slow), 1).one_lost_ms
    assert bound(Shed.of(line, quick, slow)).one_lost_ms > bound(Shed.of(line, quick, quick)).one_lost_ms + 90


def test_a_ring_that_waits_for_its_period_is_as_long_as_that_and_the_spread_of_its_turnarounds() -> None:
    line = LineTiming.serial(9600)
    paced = cutoff_pile(Timing(turnaround_min_ms=3.0, turnaround_max_ms=4.0), 5.0, ring_ms=500.0)
    assert budget(Shed.of(line, *[paced] * 4)).ring_s() * 1000 == pytest.approx(500 + 4 * (1 + 1))
    hurried = cutoff_pile(Timing(turnaround_max_ms=4.0), 5.0, ring_ms=100.0)
    assert budget(Shed.of(line, *[hurried] * 4)).ring_s() * 1000 == pytest.approx(188.75)


def test_how_often_the_bus_gets_round() -> None:
    refresh = budget(Shed.cutoff(9600, 4.0, 5.0)).refresh
    slow_ms = [(8 + 5 + 2 * count) * 10 / 9.6 + 4 + 3.64583 + 1 for count in range(4, 12)]
    slow_ms.append((8 + 7) * 10 / 9.6 + 4 + 3.64583 + 1)
    assert refresh.ring_ms == pytest.approx(188.75 + max(slow_ms), abs=0.001)
    assert refresh.slow_ms == pytest.approx(4 * (sum(slow_ms) + 9 * 188.75), abs=0.01)


@pytest.mark.parametrize("delivery", [Delivery.PUSHED, Delivery.NEVER])
def test_what_is_not_polled_gets_no_promise(delivery: Delivery) -> None:
    told = pile(Timing(), group("currents", GroupClass.PROTECTION, 0, CURRENTS), delivery=delivery)
    assert budget(Shed.of(LineTiming.serial(9600), told)).bound(0, samples=2) is None


def test_what_is_not_in_a_ring_gets_no_promise() -> None:
    meter = pile(Timing(), group("values", GroupClass.TELEMETRY, 1000, Block(Table.INPUT, 0, 20)))
    shed = Shed.of(LineTiming.serial(9600), meter)
    assert budget(shed).bound(0, samples=2) is None
    assert budget(shed).ring_s() == 0


def test_modbus_tcp_is_a_matter_of_round_trips() -> None:
    line, model = LineTiming.network(0.004), cutoff_pile(Timing(turnaround_max_ms=10.0), 1.0)
    units = [(1, model)]
    planned = plan_devices(units, ModbusTcp(), line)
    found = BusBudget(units, planned, ModbusTcp(), line).bound(0, samples=2)
    assert found is not None
    # ring, rest, confirm: 14 + 1 host; slot: silence after 10 + 8 + 4 + 1; OFF: 4 + 1
    assert found.total_ms == pytest.approx(3 * 15 + 23 + 5)
