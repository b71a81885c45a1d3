"""Modbus weight transmitters: what their profiles make of vectors that were checked elsewhere."""

from __future__ import annotations

import pytest

from drivers.modbus.driver import ModbusRtu
from gateway.model.device import Action, Role
from gateway.profile.codec import decode, unpacker
from gateway.profile.load import Library
from gateway.sdk import Block, Reply, Table

BSQ, AJE = "weigher/jinnuo_bsq_dg_v2", "weigher/aje_scale"


@pytest.mark.parametrize(
    ("action", "frame"), [(Action.ZERO, "01 06 00 16 00 11 A8 02"), (Action.TARE, "01 06 00 11 00 01 18 0F")]
)
def test_a_bsq_transmitter_is_zeroed_and_tared(action: Action, frame: str) -> None:
    model = Library().load(BSQ)
    assert ModbusRtu().write(1, model.actions[action]).frame == bytes.fromhex(frame)


def test_a_bsq_display_of_minus_2_50_kg() -> None:
    weight = Library().load(BSQ).roles[Role.WEIGHT]
    assert decode(weight, (0x10000 - 250,)) == -2500.0


def test_the_status_of_an_aje_scale_is_asked_for_and_read() -> None:
    model = Library().load(AJE)
    driver = ModbusRtu()
    (status,) = next(group for group in model.groups if group.name == "status").blocks
    assert status == Block(Table.HOLDING, 8, 1)
    request = driver.read(1, status)
    assert request.frame == bytes.fromhex("01 03 00 08 00 01 05 C8")
    driver.open(request)
    (reply,) = driver.receive(bytes.fromhex("01 03 02 08 02 3E 45"))
    assert isinstance(reply, Reply)
    points = [point for point in model.points if point.address == 8]
    assert {p.name: v for p, v in zip(points, unpacker(status, points).values(reply.payload), strict=True)} == {
        "status": 0x0802,
        "moving": 0.0,
        "overload": 0.0,
    }


def test_the_weight_of_an_aje_scale_is_one_read_of_two_values() -> None:
    model = Library().load(AJE)
    (weights,) = next(group for group in model.groups if group.name == "weight").blocks
    assert weights == Block(Table.HOLDING, 0x50, 4)
    assert ModbusRtu().read(1, Block(Table.HOLDING, 0x50, 2)).frame == bytes.fromhex("01 03 00 50 00 02 C4 1A")
    assert decode(model.roles[Role.WEIGHT], (0, 1234)) == 12340.0
