"""Cabinets and bins over the lines of their sites, in virtual time: what people do is what the other lines show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from gateway.model.device import Role
from gateway.profile.codec import decode
from gateway.site.load import load_site
from simulators.estate.directory import Directory
from simulators.estate.furnishing import furnishings
from simulators.estate.injection import read_injection
from simulators.physics.shelf import Shelf
from tests.unit.simulators.site_line import SiteLine

if TYPE_CHECKING:
    from gateway.model.site import Site

CABINETS = load_site(Path("configs/sites/cabinet_row.yaml"))
BINS = load_site(Path("configs/sites/bin_station.yaml"))
SHELF = "cabinet-01-shelf-1"


class Row:
    """Several lines of one site that share their numbers and their time."""

    def __init__(self, site: Site, folder: Path, *buses: str) -> None:
        self.site = site
        self.lines = {bus: SiteLine(site, bus, folder) for bus in buses}

    def inject(self, target: str, fault: str) -> None:
        orders = read_injection(target, fault, Directory.of(self.site))
        self.lines[orders[0].bus].obey(orders)

    def run(self, until_s: float) -> None:
        """Let time pass, in steps as small as those of real lines."""
        at_s = next(iter(self.lines.values())).now_s
        while at_s < until_s:
            at_s = min(at_s + 0.1, until_s)
            for line in self.lines.values():
                line.run(at_s)

    def weight_g(self, name: str) -> float:
        device = self.site.device(name)
        point = device.model.roles[Role.WEIGHT]
        line = self.lines[device.bus]
        words = line.world.read(device.unit, point.table, point.address, point.span, line.now_s)
        assert isinstance(words, list)
        found = decode(point, words)
        assert found is not None
        return found

    def temperature_c(self, name: str) -> float:
        device = self.site.device(name)
        point = device.model.roles[Role.TEMPERATURE]
        line = self.lines[device.bus]
        words = line.world.read(device.unit, point.table, point.address, point.span, line.now_s)
        assert isinstance(words, list)
        found = decode(point, words)
        assert found is not None
        return found

    def doors(self, board: str) -> list[dict[str, Any]]:
        device = self.site.device(board)
        states: list[dict[str, Any]] = self.lines[device.bus].tell("outlets", unit=device.unit)
        return states


@pytest.fixture
def row(tmp_path: Path) -> Row:
    return Row(CABINETS, tmp_path, "locks", "scales", "climate")


@pytest.fixture
def bins(tmp_path: Path) -> Row:
    return Row(BINS, tmp_path, "doors", "scales", "indicator", "level-2")


def opens(row: Row, number: int = 1) -> None:
    """Send the order to a lock of cabinet-01."""
    frame = bytes([0x8A, 1, number, 0x11])
    line = row.lines["locks"]
    line.host.arrive(frame + bytes([0x8A ^ 1 ^ number ^ 0x11]), line.now_s)


def test_names_tell_what_stands_behind_which_door() -> None:
    found = furnishings(replace(CABINETS, trading={}))
    assert found["cabinet-01"].scales == {f"cabinet-01-shelf-{number}": number for number in (1, 2, 3, 4)}
    assert set(found["cabinet-02"].scales.values()) == {1}
    assert (found["cabinet-01"].is_freezer, found["cabinet-02"].is_freezer) == (False, True)
    assert not any(room.is_station for room in found.values())
    (bins,) = furnishings(replace(BINS, trading={})).values()
    assert bins.is_station
    assert (bins.scales["bins-2-scale"], bins.levels["bins-2-level"]) == (2, 2)


@pytest.mark.parametrize(
    ("fault", "missing"), [("takes", 1), ("takes=2", 2), ("takes=2,back=1", 1), ("takes=1,people=2", 2)]
)
def test_what_somebody_takes_is_missing_on_the_scale_and_the_door_is_shut_again(
    fault: str, missing: int, row: Row
) -> None:
    row.inject("cabinet-01", fault)
    row.run(2.0)
    before_g = row.weight_g(SHELF)
    opens(row)
    row.run(3.0)
    assert row.doors("cabinet-01")[0]["open"]
    row.run(12.0)
    assert not row.doors("cabinet-01")[0]["open"]
    shelf = row.doors("cabinet-01")[0]["shelves"][SHELF]
    assert (shelf["pieces"], len(shelf["taken_g"])) == (12 - missing, missing)
    assert before_g - row.weight_g(SHELF) == pytest.approx(sum(shelf["taken_g"]), abs=12)


def test_the_weight_moves_while_somebody_takes_something(row: Row) -> None:
    row.inject("cabinet-01/outlet-01", "takes=1")
    row.run(1.0)
    opens(row)
    seen = []
    for tick in range(60):
        row.run(1.0 + tick / 10)
        seen.append(row.weight_g(SHELF))
    assert len(set(seen)) > 3, "it is no single step"


def test_who_forgets_leaves_it_open_and_warm_until_somebody_shuts_it(row: Row) -> None:
    row.inject("cabinet-01", "forgets-to-close=1")
    row.run(1.0)
    opens(row)
    row.run(120.0)
    assert row.doors("cabinet-01")[0]["open"]
    assert row.temperature_c("cabinet-01-climate") > 6.0
    row.inject("cabinet-01", "shuts")
    row.run(121.0)
    assert not row.doors("cabinet-01")[0]["open"]


def test_a_forced_door_and_a_jammed_lock(row: Row) -> None:
    row.inject("cabinet-01/outlet-03", "forces,for=20s")
    row.inject("cabinet-01/outlet-01", "jammed")
    row.run(1.0)
    assert row.doors("cabinet-01")[2]["open"]
    opens(row)
    row.run(5.0)
    assert not row.doors("cabinet-01")[0]["open"]
    row.run(30.0)
    assert not row.doors("cabinet-01")[2]["open"]


def test_a_cabinet_whose_contactor_opens_grows_warm_and_a_freezer_is_cold(row: Row) -> None:
    row.run(1.0)
    assert row.temperature_c("cabinet-02-frozen-climate") < -18.0
    climate = row.lines["climate"].world
    board = CABINETS.device("compressors")
    switch = board.model.outlet(1).switch
    assert switch is not None
    assert climate.write(board.unit, switch.off.table, switch.off.address, switch.off.values, 1.0) is None
    for line in row.lines.values():
        line.run(7200.0)
    assert row.temperature_c("cabinet-01-climate") > 9.0
    assert row.temperature_c("cabinet-02-frozen-climate") < -18.0


def bin_opens(bins: Row, number: int) -> None:
    body = b"WKLY" + bytes([9, 0, 0x82, number])
    total = 0
    for byte in body:
        total ^= byte
    line = bins.lines["doors"]
    line.host.arrive(body + bytes([total]), line.now_s)


@pytest.mark.parametrize(
    ("fault", "content_g"),
    [
        ("throws=2.5kg", 2500),
        ("throws=2.5kg,leans=8kg", 2500),
        ("throws=2kg,out=2kg", 0),
        ("throws=1kg,people=2", 2000),
    ],
)
def test_what_is_thrown_in_and_stays_there_is_weighed(fault: str, content_g: int, bins: Row) -> None:
    bins.inject("bins/outlet-03", fault)
    bins.run(1.0)
    before_g = bins.weight_g("bins-3-scale")
    bin_opens(bins, 3)
    most_g = before_g
    for tick in range(200):
        bins.run(1.0 + tick / 10)
        most_g = max(most_g, bins.weight_g("bins-3-scale"))
    assert not bins.doors("bins")[2]["open"]
    assert bins.weight_g("bins-3-scale") - before_g == pytest.approx(content_g, abs=15)
    assert (most_g > 9000) is ("leans" in fault)


def test_a_bin_behind_an_indicator_and_its_level_sensor_see_the_same_waste(bins: Row) -> None:
    bins.run(1.0)
    bins.inject("bins/outlet-02", "throws=30kg")
    bin_opens(bins, 2)
    bins.run(25.0)
    frame = bins.lines["indicator"].received.split(b"\x02")[-2]
    assert int(frame[3:9]) == pytest.approx(30_000, abs=40)
    high, low = bins.lines["level-2"].received[-3:-1]
    assert 256 * high + low == pytest.approx(900 - 390, abs=4)


def test_a_hand_holds_the_door_and_leaning_alone_is_a_weight(bins: Row) -> None:
    bins.inject("bins/outlet-01", "hand")
    bin_opens(bins, 1)
    bins.run(60.0)
    assert bins.doors("bins")[0]["leaf"] == "stuck"
    bins.inject("bins/outlet-01", "clear")
    bins.inject("bins/outlet-01", "leans=12kg,for=5s")
    bins.run(63.0)
    assert bins.weight_g("bins-1-scale") == pytest.approx(12_000, abs=100)
    bins.run(70.0)
    assert bins.weight_g("bins-1-scale") == pytest.approx(0, abs=15)
    assert not bins.doors("bins")[0]["open"]


def test_a_scale_tares_and_zeroes_by_its_registers(bins: Row) -> None:
    device = BINS.device("bins-1-scale")
    bins.inject("bins-1-scale", "load=5kg")
    bins.run(5.0)
    world = bins.lines["scales"].world
    acts = {action.value: write for action, write in device.model.actions.items()}
    for action, seen_g in (("tare", 0), ("clear-tare", 5000), ("zero", 0)):
        write = acts[action]
        assert world.write(device.unit, write.table, write.address, write.values, 5.0) is None
        assert bins.weight_g("bins-1-scale") == pytest.approx(seen_g, abs=11)


TRADING = {
    "price_lists": [{"id": "p", "articles": [{"sku": "cola", "unit_g": 340}, {"sku": "milk", "unit_g": 505}]}],
    "cabinets": [
        {
            "name": "fridge",
            "lock": "cabinet-01",
            "climate": "frozen",
            "thermometer": "cabinet-01-climate",
            "shelves": [
                {"name": "top", "door": 2, "weigher": "cabinet-01-shelf-1", "articles": ["cola", "milk"]},
                {"name": "slot", "door": 3, "weigher": None, "articles": ["cola"]},
            ],
        }
    ],
}


def test_what_the_site_file_says_comes_before_what_names_tell() -> None:
    found = furnishings(replace(CABINETS, trading=TRADING))
    room = found["cabinet-01"]
    assert (room.scales, room.sensors, room.is_freezer) == ({SHELF: 2}, ("cabinet-01-climate",), True)
    assert room.goods == {SHELF: (("cola", 340), ("milk", 505))}
    assert found["cabinet-02"] == furnishings(replace(CABINETS, trading={}))["cabinet-02"]
    shelf = Shelf.some(Random(1), room.goods[SHELF])  # noqa: S311 - repeatable, not secret
    assert shelf.stock == {"cola": 6, "milk": 6}
    assert shelf.weight_g == pytest.approx(6 * 340 + 6 * 505, rel=0.01)


@pytest.mark.parametrize("site", [CABINETS, BINS], ids=["cabinets", "bins"])
def test_the_shipped_sites_say_what_their_names_tell(site: Site) -> None:
    said, told = furnishings(site), furnishings(replace(site, trading={}))
    for board, room in told.items():
        found = said[board]
        assert (found.scales, found.levels, set(found.sensors)) == (room.scales, room.levels, set(room.sensors))
        assert (found.is_station, found.is_freezer) == (room.is_station, room.is_freezer)


def test_a_cabinet_and_a_bin_go_by_their_own_names_as_well() -> None:
    directory = Directory.of(replace(CABINETS, trading=TRADING))
    assert directory.find("fridge") == directory.find("cabinet-01")
    assert directory.find("fridge/outlet-02") == directory.find("cabinet-01/outlet-02")
    bins = [{"name": "kitchen", "lock": "bins", "door": 2, "weigher": "bins-2-scale", "level": None}]
    kitchen = Directory.of(replace(BINS, trading={"bins": bins})).find("kitchen")
    assert (kitchen.device, kitchen.outlet) == ("bins", 2)
