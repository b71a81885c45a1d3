"""A sound profile becomes exactly the values that bus and protection run on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.model.device import Access, Capability, Delivery, GroupClass, Order, Point, PointType, Role
from gateway.model.errors import ConfigError
from gateway.model.wiring import Block, ReadLimits, Table, Write
from gateway.profile.blocks import MERGE_GAP_REGISTERS, blocks_for, readable_ground
from gateway.profile.load import BUILT_IN, Library, compile_profile, read_text
from gateway.profile.schema import ReadableSpec

if TYPE_CHECKING:
    from pathlib import Path

LIBRARY = Library((BUILT_IN,))
PILE = LIBRARY.load("pile/generic_pile_12")


def register(address: int, access: Access = Access.READ) -> Point:
    return Point(
        name=f"r{address}",
        table=Table.HOLDING,
        address=address,
        type=PointType.U16,
        word_order=Order.HIGH_FIRST,
        byte_order=Order.HIGH_FIRST,
        access=access,
    )


def blocks(addresses: list[int], readable: list[list[int]], limits: ReadLimits | None = None) -> list[tuple[int, int]]:
    points = [register(address) for address in addresses]
    ground = readable_ground(ReadableSpec(holding=readable), points)
    return [(block.address, block.count) for block in blocks_for(points, ground, limits or ReadLimits())]


def test_the_pile_of_the_cutoff_case_has_the_stated_map() -> None:
    found = {group.name: (group.group_class, group.blocks) for group in PILE.groups}
    assert found["currents"] == (GroupClass.PROTECTION, (Block(Table.HOLDING, 100, 12),))
    assert found["whole"] == (GroupClass.SAFETY, (Block(Table.HOLDING, 48, 8),))
    assert found["telemetry"] == (GroupClass.TELEMETRY, (Block(Table.HOLDING, 0, 48),))
    assert found["controller"] == (GroupClass.TELEMETRY, (Block(Table.HOLDING, 56, 4),))
    assert found["relays"] == (GroupClass.CONTROL, (Block(Table.COIL, 0, 12),))
    assert PILE.timing.refresh_ms == 0.0
    assert PILE.delivery is Delivery.POLLED


def test_every_role_of_the_seventh_outlet_lies_where_the_map_says() -> None:
    outlet = PILE.outlet(7)
    assert {role: (point.table.value, point.address) for role, point in outlet.roles.items()} == {
        Role.CURRENT: ("holding", 106),
        Role.POWER: ("holding", 6),
        Role.ENERGY: ("holding", 24),
        Role.VOLTAGE: ("input", 6),
        Role.TEMPERATURE: ("input", 18),
        Role.PLUG: ("holding", 42),
        Role.RELAY: ("coil", 6),
    }
    assert outlet.roles[Role.CURRENT].name == "outlet-07/current"


def test_an_outlet_opens_by_fc05_and_for_breaker_failure_by_fc15() -> None:
    switch = PILE.outlet(7).switch
    assert switch is not None
    assert switch.off == Write(Table.COIL, 6, (0,))
    assert switch.off_other == Write(Table.COIL, 6, (0,), multiple=True)
    assert switch.on == Write(Table.COIL, 6, (1,))
    assert switch.feedback is None
    assert switch.read_back is PILE.outlet(7).roles[Role.RELAY]
    assert PILE.all_off == Write(Table.COIL, 0, (0,) * 12, multiple=True)


def test_the_watchdog_is_armed_and_read_back_at_its_register() -> None:
    assert PILE.lease is not None
    assert PILE.lease.arm == Write(Table.HOLDING, 300, (30,))
    assert PILE.lease.armed == Block(Table.HOLDING, 300, 1)
    assert PILE.lease.timeout_s == 30.0
    assert not PILE.holds_on_silence


def test_feedback_is_the_contact_and_not_the_commanded_register() -> None:
    switch = LIBRARY.load("pile/generic_pile_2").outlet(2).switch
    assert switch is not None
    assert switch.feedback is not None
    assert (switch.feedback.table, switch.feedback.address) == (Table.DISCRETE, 1)


def test_a_relay_board_holds_its_outputs_and_says_so() -> None:
    model = LIBRARY.load("relay/waveshare_relay_8")
    assert model.holds_on_silence
    assert model.lease is None
    assert model.capabilities >= {Capability.SWITCH}
    assert [outlet.number for outlet in model.outlets] == list(range(1, 9))


def test_a_device_that_knows_only_multiple_writes_gets_no_other() -> None:
    text = (BUILT_IN / "pile" / "generic_pile_2.yaml").read_text(encoding="utf-8")
    text = text.replace("off: open, off_other: open-by-block", "off: open") + "\nworkarounds: [only-multiple-writes]\n"
    model = compile_profile(text, "pile/generic_pile_2", "p.yaml")
    assert all(outlet.switch is not None and outlet.switch.off.multiple for outlet in model.outlets)


def test_outlets_packed_in_one_register_go_on_in_the_next() -> None:
    text = (BUILT_IN / "pile" / "generic_pile_12.yaml").read_text(encoding="utf-8")
    text = text.replace(
        "relay: {table: coil, address: 0, type: bit, access: read-write}",
        "relay: {table: holding, address: 400, type: bit, bit: 10, bit_stride: 1}",
    ).replace(", read_back: outlets/relay}", "}")
    model = compile_profile(text, "pile/generic_pile_12", "p.yaml")
    places = [(outlet.roles[Role.RELAY].address, outlet.roles[Role.RELAY].bit) for outlet in model.outlets]
    assert places[:8] == [(400, 10), (400, 11), (400, 12), (400, 13), (400, 14), (400, 15), (401, 0), (401, 1)]


def test_a_gap_is_read_across_only_where_all_of_it_is_readable_and_short() -> None:
    assert blocks([0, 5], []) == [(0, 1), (5, 1)]
    assert blocks([0, 5], [[0, 3]]) == [(0, 1), (5, 1)]
    assert blocks([0, 5], [[0, 5]]) == [(0, 6)]
    assert blocks([0, MERGE_GAP_REGISTERS + 1], [[0, 100]]) == [(0, MERGE_GAP_REGISTERS + 2)]
    assert blocks([0, MERGE_GAP_REGISTERS + 2], [[0, 100]]) == [(0, 1), (MERGE_GAP_REGISTERS + 2, 1)]


def test_other_points_are_readable_ground_unless_they_are_only_written() -> None:
    wanted = [register(0), register(2)]
    for between, expected in ((Access.READ, 1), (Access.WRITE, 2)):
        ground = readable_ground(ReadableSpec(), [*wanted, register(1, between)])
        assert len(blocks_for(wanted, ground, ReadLimits())) == expected


def test_an_odd_block_takes_a_readable_neighbour_where_counts_must_be_even() -> None:
    even = ReadLimits(even_counts=True)
    assert blocks([4], [[4, 5]], even) == [(4, 2)]
    assert blocks([4], [[3, 4]], even) == [(3, 2)]


def test_a_profile_beside_the_program_shadows_the_built_in_one(tmp_path: Path) -> None:
    text = (BUILT_IN / "sensor" / "generic_xy_md02.yaml").read_text(encoding="utf-8")
    (tmp_path / "sensor").mkdir()
    (tmp_path / "sensor" / "generic_xy_md02.yaml").write_text(text.replace("30000", "5000"), encoding="utf-8")
    library = Library((tmp_path, BUILT_IN))
    assert library.load("sensor/generic_xy_md02").groups[0].period_ms == 5000
    assert library.digest("sensor/generic_xy_md02") != LIBRARY.digest("sensor/generic_xy_md02")
    assert "pile/generic_pile_12" in library.names()


def test_an_unknown_profile_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"did you mean `pile/generic_pile_12`\?"):
        LIBRARY.load("pile/generic_pile12")


def test_a_file_that_cannot_be_read_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"kind: \xe9")
    for path, what in (
        (tmp_path / "none.yaml", "no such file"),
        (tmp_path, "directory"),
        (tmp_path / "latin.yaml", "UTF-8"),
    ):
        with pytest.raises(ConfigError, match=what):
            read_text(path)
