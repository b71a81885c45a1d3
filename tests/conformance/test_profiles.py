"""What every profile file must keep: a new file under configs/profiles adds its own tests."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from gateway.app.lines import SERIAL_DRIVERS
from gateway.model.device import Access, Delivery, DeviceModel, GroupClass, Kind, PointType, Role
from gateway.model.protocol import PROTOCOLS
from gateway.model.wiring import Block, Table, Write
from gateway.profile.codec import decode, encode, unpacker
from gateway.profile.document import parse
from gateway.profile.load import BUILT_IN, Library

FILES = sorted(BUILT_IN.rglob("*.yaml"))
LIBRARY = Library((BUILT_IN,))
MODELS = [pytest.param(LIBRARY.load(name), id=name) for name in LIBRARY.names()]
SCHEMA = json.loads((BUILT_IN.parent / "schema" / "profile.schema.json").read_text(encoding="utf-8"))

every_profile = pytest.mark.parametrize("model", MODELS)


@pytest.mark.parametrize("path", FILES, ids=str)
def test_an_editor_that_follows_the_schema_accepts_it(path: Path) -> None:
    data = json.loads(json.dumps(parse(path.read_text(encoding="utf-8"), str(path)).data))
    jsonschema.Draft7Validator(SCHEMA).validate(data)


@every_profile
def test_its_name_is_its_place_and_it_says_where_its_facts_come_from(model: DeviceModel) -> None:
    assert Path(model.file).parts[-2:] == (model.kind.value, f"{model.vendor}_{model.model}.yaml")
    assert len(model.source.manual) > 10
    assert "#" in Path(model.file).read_text(encoding="utf-8"), "assumptions are told in comments"


@every_profile
def test_every_point_of_a_group_lies_in_one_of_its_blocks(model: DeviceModel) -> None:
    for group in model.groups:
        for point in group.points:
            home = Block(point.table, point.address, point.span)
            assert sum(block.contains(home) for block in group.blocks) == 1, point.name


@every_profile
def test_no_point_is_larger_than_a_read_and_protection_needs_no_cut(model: DeviceModel) -> None:
    for group in model.groups:
        for block in group.blocks:
            most = model.limits.bits if block.table.is_bits else model.limits.registers
            assert group.group_class is not GroupClass.PROTECTION or block.count <= most
            assert not model.limits.even_counts or block.table.is_bits or block.count % 2 == 0
    assert all(point.span <= model.limits.registers for point in model.points if not point.table.is_bits)


@every_profile
def test_every_point_survives_the_wire_within_half_a_step(model: DeviceModel) -> None:
    for point in model.points:
        if point.type is PointType.BIT and not point.table.is_bits:
            continue
        value = 1.0 if point.table.is_bits else ((point.low or 0.0) + (point.high or 40.0)) / 2
        back = decode(point, encode(point, value))
        assert back == pytest.approx(value, abs=0.501 * abs(point.scale)), point.name


@every_profile
def test_its_plausible_ranges_can_be_said_on_the_wire(model: DeviceModel) -> None:
    for point in model.points:
        for limit in (point.low, point.high):
            assert limit is None or encode(point, limit), point.name


@every_profile
def test_every_group_unpacks_into_one_value_a_point(model: DeviceModel) -> None:
    for group in model.groups:
        for block in group.blocks:
            inside = [p for p in group.points if block.contains(Block(p.table, p.address, p.span))]
            assert len(unpacker(block, inside).values(bytes(block.payload_bytes))) == len(inside)


@every_profile
def test_every_off_is_a_plain_write_that_differs_from_on(model: DeviceModel) -> None:
    offs: list[Write] = [] if model.all_off is None else [model.all_off]
    for outlet in model.outlets:
        if outlet.switch is not None:
            assert outlet.switch.off != outlet.switch.on
            assert outlet.switch.off != outlet.switch.off_other
            offs += [outlet.switch.off, *([outlet.switch.off_other] if outlet.switch.off_other else [])]
    assert all(not any(write.values) for write in offs if write.table is Table.COIL)


@every_profile
def test_what_switches_says_what_silence_does(model: DeviceModel) -> None:
    if any(outlet.switch is not None for outlet in model.outlets):
        assert (model.lease is not None) != model.holds_on_silence


@every_profile
def test_a_pile_reads_every_current_in_every_round(model: DeviceModel) -> None:
    if model.kind is not Kind.PILE or model.delivery is not Delivery.POLLED:
        return
    ringed = {p.name for group in model.groups if group.group_class is GroupClass.PROTECTION for p in group.points}
    currents = {outlet.roles[Role.CURRENT].name for outlet in model.outlets if Role.CURRENT in outlet.roles}
    totals = {model.roles[Role.TOTAL_CURRENT].name} if Role.TOTAL_CURRENT in model.roles else set()
    assert currents | totals
    assert currents <= ringed


@every_profile
def test_every_writable_point_is_a_coil_or_holding_register(model: DeviceModel) -> None:
    writable = [point for point in model.points if point.access is not Access.READ]
    assert all(point.table in (Table.COIL, Table.HOLDING) for point in writable)


@every_profile
def test_its_driver_can_say_every_read_and_write_of_it(model: DeviceModel) -> None:
    driver, unit = SERIAL_DRIVERS[model.driver](), PROTOCOLS[model.driver].units[0]
    for group in model.groups:
        for block in group.blocks:
            request = driver.read(unit, block)
            assert (request.payload_bytes, request.is_write) == (block.payload_bytes, False)
            assert request.reply_bytes > 0 or request.is_pushed
    writes = [*model.actions.values(), *([model.all_off] if model.all_off else [])]
    for outlet in model.outlets:
        writes += outlet.actions.values()
        if outlet.switch is not None:
            writes += [outlet.switch.on, outlet.switch.off]
    assert all(driver.write(unit, write).is_write for write in writes)


def test_every_protocol_that_profiles_may_name_has_its_driver() -> None:
    assert set(PROTOCOLS) == set(SERIAL_DRIVERS)
