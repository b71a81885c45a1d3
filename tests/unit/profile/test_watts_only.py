"""A device that tells watts and no current: the profile says at which voltage, and protection works on that."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from gateway.field.device import make_layout
from gateway.model.device import GroupClass, Role
from gateway.model.errors import ConfigError
from gateway.profile.load import Library, compile_profile

NAME = "pile/dianchuan_board_10"
TEXT = Path("configs/profiles/pile/dianchuan_board_10.yaml").read_text(encoding="utf-8")
AT = ", from_power_at_v: 220"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (AT, "", "say `from_power_at_v`"),
        ("  roles: {power: power, relay: relay}", "  roles: {current: power, relay: relay}", "leave it out"),
    ],
)
def test_it_is_said_where_it_is_needed_and_nowhere_else(old: str, new: str, told: str) -> None:
    assert TEXT.count(old) == 1
    with pytest.raises(ConfigError) as caught:
        compile_profile(TEXT.replace(old, new), NAME, "p.yaml")
    assert any(told in f"{problem}" for problem in caught.value.problems)


def test_its_watts_stand_for_currents_beside_their_own_role() -> None:
    model = Library().load(NAME)
    (group,) = [group for group in model.groups if group.group_class is GroupClass.PROTECTION]
    (block,) = group.blocks
    layout = make_layout(0, block, GroupClass.PROTECTION, model)
    slices = {part.role: part for part in layout.slices}
    assert slices[Role.CURRENT].at_v == 220
    assert slices[Role.POWER].at_v == 0
    assert slices[Role.CURRENT].picks == slices[Role.POWER].picks
    words = [0] * block.count
    words[model.outlets[3].roles[Role.POWER].address - block.address] = 6600
    values = layout.values(struct.pack(f">{block.count}H", *words))
    assert values[slices[Role.CURRENT].picks[3]] == pytest.approx(660), "watts, made amps by the loop: 3 A"
