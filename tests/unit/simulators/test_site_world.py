"""Every shipped profile behind its registers, read back with the gateway's own codec, which is a stranger here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.model.device import Order, PointType, Role
from gateway.model.wiring import Table
from gateway.profile.codec import decode
from gateway.profile.load import BUILT_IN, Library
from gateway.site.load import compile_site, load_site
from simulators.arguments import Arguments
from simulators.errors import SimulatorError
from simulators.estate.plant import Plant, line_specs, plant_of, plant_options, wiring_of
from simulators.estate.site_world import SiteWorld
from simulators.physics.resident import Habits
from simulators.spec import LineKind
from simulators.units.encode import encoder
from simulators.world import ExceptionCode

if TYPE_CHECKING:
    from gateway.model.device import Point
    from gateway.model.site import Device, Site

DEMO = Path("configs/sites/demo.yaml")
PROFILES = [name for name in Library((BUILT_IN,)).names() if Library((BUILT_IN,)).load(name).driver == "modbus"]
LATER_S = 500.0


def site_of(profile: str, count: int = 1) -> Site:
    devices = "".join(f"  - {{name: d-{n}, bus: b, profile: {profile}, unit: {n}}}\n" for n in range(1, count + 1))
    text = f"site: s\nbuses:\n  - {{name: b, link: {{kind: serial, path: /dev/x, baud: 9600}}}}\ndevices:\n{devices}"
    return compile_site(text, Path("s.yaml"), Library((BUILT_IN,)))


def world_of(site: Site, bus: str = "b", habits: Habits | None = None, board: str = "") -> SiteWorld:
    plant = Plant(devices=site.devices_on(bus), wiring=wiring_of(site), seed=1, habits=habits, board=board)
    return SiteWorld(plant_of(plant_options(plant)), 0.0)


def tell(world: SiteWorld, at_s: float, command: str, **arguments: object) -> Any:
    action = world.prepare(command, Arguments(command, arguments))
    assert action is not None
    return action(at_s)


def value(world: SiteWorld, unit: int, point: Point, at_s: float) -> float:
    words = world.read(unit, point.table, point.address, point.span, at_s)
    assert isinstance(words, list), f"{point.name}: {words!r}"
    found = decode(point, words)
    assert found is not None
    return found


def role_of(device: Device, role: Role, outlet: int | None = None) -> Point:
    return device.model.roles[role] if outlet is None else device.model.outlet(outlet).roles[role]


def closes(world: SiteWorld, device: Device, outlet: int, at_s: float) -> None:
    switch = device.model.outlet(outlet).switch
    assert switch is not None
    assert world.write(device.unit, switch.on.table, switch.on.address, switch.on.values, at_s) is None


@pytest.mark.parametrize("profile", PROFILES)
def test_every_block_that_a_profile_polls_can_be_read_and_every_value_is_plausible(profile: str) -> None:
    (device,) = site_of(profile).devices
    even = device.model.limits.even_counts
    world = world_of(site_of(profile), habits=Habits(plugged=1.0, running=1.0))
    for group in device.model.groups:
        for block in group.blocks:
            found = world.read(1, block.table, block.address, block.count, LATER_S)
            assert isinstance(found, list)
            assert len(found) == block.count
        for point in group.points:
            if even and not point.table.is_bits and point.span % 2:
                continue
            number = value(world, 1, point, LATER_S)
            assert point.low is None or point.high is None or point.low <= number <= point.high, point.name


@pytest.mark.parametrize("profile", [name for name in PROFILES if name.startswith("pile/")])
def test_any_pile_profile_serves_overload_off_and_readback(profile: str) -> None:
    (device,) = site_of(profile).devices
    world, outlet = world_of(site_of(profile)), device.model.outlets[-1]
    assert outlet.switch is not None
    current, relay, energy = (outlet.roles[role] for role in (Role.CURRENT, Role.RELAY, Role.ENERGY))
    closes(world, device, outlet.number, 1.0)
    tell(world, 5.0, "happen", unit=1, what="overload", outlet=outlet.number, value=12.0)
    assert value(world, 1, current, 5.1) == pytest.approx(12.0, rel=0.01)
    assert value(world, 1, relay, 5.1) == 1
    before_wh = value(world, 1, energy, 6.0)
    assert value(world, 1, energy, 606.0) - before_wh == pytest.approx(12 * 220 * 0.95 / 6, abs=2)
    off = outlet.switch.off_other or outlet.switch.off
    assert world.write(1, off.table, off.address, off.values, 700.0) is None
    assert value(world, 1, current, 700.0 + device.timing.relay_ms / 1000 + 0.001) == 0.0
    assert value(world, 1, relay, 701.0) == 0


@pytest.mark.parametrize("profile", [name for name in PROFILES if name.startswith(("pile/", "relay/"))])
def test_the_whole_opens_with_its_one_frame(profile: str) -> None:
    (device,) = site_of(profile).devices
    world = world_of(site_of(profile))
    for outlet in device.model.outlets:
        closes(world, device, outlet.number, 1.0)
    assert all(state["closed"] for state in tell(world, 2.0, "outlets", unit=1))
    frame = device.model.all_off
    assert frame is not None
    assert world.write(1, frame.table, frame.address, frame.values, 3.0) is None
    assert not any(state["closed"] for state in tell(world, 4.0, "outlets", unit=1))


def test_a_welded_contact_shows_on_the_auxiliary_contact_and_not_on_the_output() -> None:
    (device,) = site_of("pile/generic_pile_2").devices
    world = world_of(site_of("pile/generic_pile_2"))
    closes(world, device, 1, 1.0)
    tell(world, 2.0, "happen", unit=1, what="welded", outlet=1, value=1.0)
    assert world.write(1, Table.HOLDING, 0, [0], 3.0) is None
    assert world.read(1, Table.HOLDING, 0, 2, 4.0) == [0, 0]
    assert world.read(1, Table.DISCRETE, 0, 2, 4.0) == [1, 0]


def test_what_a_profile_does_not_have_is_refused_and_changes_nothing() -> None:
    world = world_of(site_of("pile/generic_pile_12"))
    assert world.read(1, Table.HOLDING, 58, 5, 1.0) is ExceptionCode.ILLEGAL_ADDRESS
    assert world.read(1, Table.HOLDING, 0, 126, 1.0) is ExceptionCode.ILLEGAL_VALUE
    assert world.write(1, Table.HOLDING, 0, [1], 1.0) is ExceptionCode.ILLEGAL_ADDRESS
    assert world.write(1, Table.COIL, 11, [1, 1], 1.0) is ExceptionCode.ILLEGAL_ADDRESS
    assert world.read(1, Table.COIL, 0, 12, 2.0) == [0] * 12
    meter = world_of(site_of("meter/eastron_sdm120"))
    assert meter.read(1, Table.INPUT, 0, 3, 1.0) is ExceptionCode.ILLEGAL_VALUE


def test_the_watchdog_is_armed_over_the_wire_and_opens_when_the_wire_falls_silent() -> None:
    (device,) = site_of("pile/generic_pile_12").devices
    world = world_of(site_of("pile/generic_pile_12"))
    closes(world, device, 3, 1.0)
    assert world.write(1, Table.HOLDING, 300, [30], 2.0) is None
    assert world.read(1, Table.HOLDING, 300, 1, 3.0) == [30]
    assert world.read(1, Table.COIL, 2, 1, 32.0) == [1]
    assert world.read(1, Table.COIL, 2, 1, 62.5) == [0]


def test_a_frozen_pile_still_switches_but_its_values_stand_still() -> None:
    (device,) = site_of("pile/generic_pile_12").devices
    world = world_of(site_of("pile/generic_pile_12"))
    closes(world, device, 1, 1.0)
    tell(world, 5.0, "happen", unit=1, what="overload", outlet=1, value=5.0)
    world.read(1, Table.HOLDING, 0, 60, 6.0)
    tell(world, 6.0, "happen", unit=1, what="frozen", value=1.0)
    frozen = [world.read(1, Table.HOLDING, 0, 60, at_s) for at_s in (6.1, 60.0, 600.0)]
    assert frozen[0] == frozen[1] == frozen[2]
    assert world.write(1, Table.COIL, 0, [0], 601.0) is None
    assert world.read(1, Table.COIL, 0, 1, 602.0) == [0]
    assert value(world, 1, role_of(device, Role.CURRENT, 1), 602.0) == pytest.approx(5.0, rel=0.01)
    tell(world, 603.0, "happen", unit=1, what="frozen")
    assert value(world, 1, role_of(device, Role.CURRENT, 1), 604.0) == 0.0


def test_the_age_of_currents_is_that_of_the_site() -> None:
    site = site_of("pile/generic_pile_12")
    (device,) = site.devices
    aged = replace(site, devices=(replace(device, timing=replace(device.timing, refresh_ms=400.0)),))
    world = world_of(aged)
    closes(world, device, 1, 1.0)
    tell(world, 8.05, "happen", unit=1, what="overload", outlet=1, value=12.0)
    current = role_of(device, Role.CURRENT, 1)
    assert [value(world, 1, current, at_s) > 11 for at_s in (8.1, 8.39, 8.41)] == [False, False, True]


def test_a_contactor_on_another_line_cuts_its_piles_and_the_meter_sees_it(tmp_path: Path) -> None:
    site = load_site(DEMO)
    board = str(tmp_path / "board")
    piles = world_of(site, "line-1", Habits(plugged=1.0, running=1.0), board)
    others = world_of(site, "line-5", board=board)
    contactors, meter, pile = (site.device(name) for name in ("contactors-a", "meter-a", "pile-01"))
    piles.idle(99.0)
    assert value(piles, pile.unit, role_of(pile, Role.TOTAL_CURRENT), 100.0) > 3
    feed_a = value(others, meter.unit, role_of(meter, Role.TOTAL_CURRENT), 100.0)
    assert feed_a > 15
    switch = contactors.model.outlet(1).switch
    assert switch is not None
    assert others.write(contactors.unit, switch.off.table, switch.off.address, switch.off.values, 100.0) is None
    assert value(piles, pile.unit, role_of(pile, Role.TOTAL_CURRENT), 100.02) > 3
    assert value(piles, pile.unit, role_of(pile, Role.TOTAL_CURRENT), 100.5) == 0
    piles.idle(102.0)
    assert 0 < value(others, meter.unit, role_of(meter, Role.TOTAL_CURRENT), 102.0) < 0.8 * feed_a  # two of five gone


def test_a_meter_is_the_feed_of_the_piles_on_its_line_or_behind_the_board_beside_it() -> None:
    wiring = wiring_of(load_site(DEMO))
    assert [len(wiring.metered.get(name, ())) for name in ("meter-a", "meter-b", "meter-lights")] == [10, 10, 0]


@pytest.mark.parametrize(
    ("profile", "arguments", "problem"),
    [
        ("pile/generic_pile_12", {"unit": 9, "what": "smoke"}, "there is no unit 9"),
        ("pile/generic_pile_12", {"unit": 1, "what": "smoke", "outlet": 3}, "happens to the whole"),
        ("pile/generic_pile_12", {"unit": 1, "what": "overload", "value": 3}, "happens to one outlet"),
        ("pile/generic_pile_12", {"unit": 1, "what": "overload", "outlet": 13, "value": 3}, "no outlet 13"),
        ("meter/eastron_sdm120", {"unit": 1, "what": "smoke"}, "does not happen to d-1"),
        ("relay/waveshare_relay_8", {"unit": 1, "what": "overload", "outlet": 1}, "it only switches"),
    ],
)
def test_what_cannot_happen_is_refused(profile: str, arguments: dict[str, object], problem: str) -> None:
    with pytest.raises(SimulatorError, match=problem):
        tell(world_of(site_of(profile)), 1.0, "happen", **arguments)


def test_every_type_and_order_of_a_point_is_encoded_as_the_gateway_decodes_it() -> None:
    (device,) = site_of("pile/generic_pile_12").devices
    (plain,) = [point for point in device.model.points if point.name == "voltage"]
    for kind in set(PointType) - {PointType.BIT}:
        for word_order in Order:
            for byte_order in Order:
                point = replace(plain, type=kind, word_order=word_order, byte_order=byte_order, scale=0.5, offset=3.0)
                for number in (3.0, 220.5, 3003.0):
                    assert decode(point, encoder(point)(number)) == number
                low = encoder(point)(-20.0)
                assert decode(point, low) == (-20.0 if kind in (PointType.S16, PointType.S32, PointType.F32) else 3.0)
    counter = replace(plain, type=PointType.U32, scale=1.0)
    assert encoder(counter, wraps=True)(2.0**32 + 7) == (0, 7)


def test_each_link_of_a_site_becomes_the_line_that_it_needs(tmp_path: Path) -> None:
    text = (
        "site: s\nbuses:\n"
        "  - {name: a, link: {kind: serial, path: /dev/x, baud: 19200, parity: even}}\n"
        "  - {name: b, link: {kind: tcp, host: h}}\n"
        "  - {name: c, link: {kind: rtu-over-tcp, host: h, port: 4001}}\n"
        "devices:\n"
        + "".join(f"  - {{name: d-{bus}, bus: {bus}, profile: pile/generic_pile_12, unit: 1}}\n" for bus in "abc")
    )
    site = compile_site(text, Path("s.yaml"), Library((BUILT_IN,)))
    lines = line_specs(site, folder=tmp_path, seed=1, habits=None)
    assert [(line.kind, line.baud, line.char_bits, bool(line.symlink)) for line in lines] == [
        (LineKind.PTY, 19200, 11, True),
        (LineKind.TCP, 9600, 10, False),
        (LineKind.RTU_TCP, 9600, 10, False),
    ]
    assert {line.slaves[0].turnaround_ms for line in lines} == {2.5}  # between the 1 and 4 ms that the profile declares


def test_a_welded_contactor_goes_on_feeding_its_piles_until_it_is_mended(tmp_path: Path) -> None:
    site, board = load_site(DEMO), str(tmp_path / "board")
    piles, others = world_of(site, "line-1", board=board), world_of(site, "line-5", board=board)
    contactors, pile = site.device("contactors-a"), site.device("pile-01")
    supply = role_of(pile, Role.VOLTAGE)
    tell(others, 1.0, "happen", unit=contactors.unit, what="welded", outlet=1, value=1.0)
    frame = contactors.model.all_off
    assert frame is not None
    assert others.write(contactors.unit, frame.table, frame.address, frame.values, 2.0) is None
    assert others.read(contactors.unit, Table.COIL, 0, 8, 3.0) == [0] * 8
    assert [state["closed"] for state in tell(others, 3.0, "outlets", unit=contactors.unit)] == [True] + [False] * 7
    assert value(piles, pile.unit, supply, 3.0) > 200
    tell(others, 4.0, "happen", unit=contactors.unit, what="clear")
    assert value(piles, pile.unit, supply, 5.0) == 0


def test_a_sensor_feels_what_it_is_told_and_a_frozen_one_nothing_new() -> None:
    site = site_of("sensor/generic_xy_md02")
    (device,) = site.devices
    world, felt = world_of(site), role_of(site.devices[0], Role.TEMPERATURE)
    tell(world, 1.0, "happen", unit=1, what="temperature", value=61.0)
    assert value(world, 1, felt, 2.0) == 61.0
    tell(world, 3.0, "happen", unit=1, what="frozen", value=1.0)
    tell(world, 4.0, "happen", unit=1, what="temperature")
    assert value(world, device.unit, felt, 5.0) == 61.0
    tell(world, 6.0, "happen", unit=1, what="clear")
    assert value(world, 1, felt, 7.0) < 40
