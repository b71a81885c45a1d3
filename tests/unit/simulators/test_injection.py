"""What people write to make something go wrong, and what they are told when it makes no sense."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.app.scenario import load_scenario
from gateway.model.errors import ConfigError
from gateway.site.load import load_site
from simulators.commands import obey
from simulators.errors import SimulatorError
from simulators.estate.catalogue import FAULTS
from simulators.estate.directory import Directory
from simulators.estate.injection import OPTIONS, read_injection
from simulators.estate.plant import line_specs
from simulators.estate.shipped import SCENARIOS, shipped_names
from simulators.estate.site_world import world_of
from simulators.physics.resident import Habits
from simulators.station import Station

if TYPE_CHECKING:
    from gateway.model.site import Site
    from simulators.estate.wish import Form, Order

SITE = load_site(Path("configs/sites/demo.yaml"))
CABINETS = load_site(Path("configs/sites/cabinet_row.yaml"))
PILES = load_site(Path("configs/sites/dny_shed.yaml"))
BINS = load_site(Path("configs/sites/bin_station.yaml"))
DIRECTORY = Directory.of(SITE)
TARGETS = (
    (SITE, ("line-1", "pile-02", "pile-02/outlet-05", "contactors-a/outlet-01", "meter-a", "climate-a")),
    (CABINETS, ("locks", "cabinet-01", "cabinet-03/outlet-02", "feed", "cabinet-01-shelf-1", "cabinet-01-climate")),
    (PILES, ("piles", "net-pile-03", "pile-01", "pile-02/outlet-05", "pile-03/outlet-12")),
    (BINS, ("level-1", "bins", "bins/outlet-02", "bins-2-scale", "bins-1-level", "bins-1-scale")),
)


def orders(target: str, fault: str, site: Site = SITE) -> list[Order]:
    return read_injection(target, fault, Directory.of(site))


def applies(form: Form, target: str, directory: Directory) -> bool:
    found = directory.find(target)
    spoken = directory.drivers_on(found.bus) if found.place is None else {found.place.driver}
    return (
        found.level in form.levels
        and (found.place is None or (found.place.kind in form.kinds and form.room in ("", found.place.room)))
        and (form.drivers is None or bool(form.drivers & spoken))
    )


class VirtualLine:
    """A line that obeys, without terminal or process."""

    path = "virtual"

    def __init__(self, bus: str, folder: Path, site: Site = SITE) -> None:
        specs = line_specs(site, folder=folder, seed=1, habits=Habits())
        (spec,) = [spec for spec in specs if spec.name == bus]
        self.station = Station(spec, world_of(spec), lambda: 0.0)

    def obey(self, order: Order, now_s: float) -> dict[str, Any]:
        given = {name: value for name, value in order.arguments.items() if value is not None}
        return obey(self, {"do": order.command, **given}, now_s)

    def vanish(self) -> None: ...

    def come_back(self) -> None: ...

    def babble(self, start_s: float, duration_s: float) -> None: ...

    def stop(self) -> None: ...


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_obeyed_wherever_it_is_said_to_apply(name: str, tmp_path: Path) -> None:
    form, begun_s = FAULTS[name], time.monotonic()
    value = f"={form.value.example}" if form.value is not None else ""
    options = "".join(f",{option}={OPTIONS[option].example}" for option in form.options)
    texts = [f"{name}{value}", f"{name}{value}{options}", *([f"{name}=off"] if form.ends else [])]
    obeyed = 0
    for number, (site, targets) in enumerate(TARGETS):
        folder = tmp_path / str(number)
        folder.mkdir()
        lines: dict[str, VirtualLine] = {}
        for target in (target for target in targets if applies(form, target, Directory.of(site))):
            for text in texts:
                asked = orders(target, text, site)
                assert asked
                for order in asked:
                    line = lines.setdefault(order.bus, VirtualLine(order.bus, folder, site))
                    answer = line.obey(order, begun_s + order.delay_s)
                    assert answer["ok"], (target, text, order, answer)
                    obeyed += 1
    assert obeyed


def test_a_fault_goes_to_the_line_and_unit_of_its_target_with_its_numbers() -> None:
    (order,) = orders("pile-07/outlet-05", "overload=12.5A")
    assert (order.bus, order.command) == ("line-2", "happen")
    assert order.arguments == {"unit": 2, "outlet": 5, "what": "overload", "value": 12.5, "seconds": 0.0}
    (order,) = orders("pile-07", "late=40ms,times=3")
    assert order.arguments == {"kind": "late", "unit": 2, "times": 3, "ms": 40.0}
    assert orders("pile-02/5", "burst=500mA")[1].delay_s == 0.2
    away, back = orders("line-1", "unplug=3s")
    assert (away.command, away.delay_s, back.command, back.delay_s) == ("vanish", 0.0, "return", 3.0)


@pytest.mark.parametrize(
    ("target", "fault", "problem"),
    [
        ("pile-02/outlet-05", "overlod=12A", "there is no fault 'overlod': did you mean 'overload'?"),
        ("pil-02/outlet-05", "overload=12A", "there is no 'pil-02' here: did you mean 'pile-02'?"),
        ("lin-1", "unplug", "there is no 'lin-1' here: did you mean 'line-1'?"),
        ("pile-02/outlet-13", "welded", "pile-02 has no 'outlet-13': did you mean 'outlet-"),
        ("meter-a/outlet-01", "welded", "meter-a has no 'outlet-01'"),
        ("pile-02", "overload=12A", "overload happens to a outlet such as pile-02/outlet-05, and pile-02 is a device"),
        ("line-1", "smoke", "smoke happens to a device such as pile-02, and line-1 is a line"),
        ("meter-a", "smoke", "smoke does not happen to meter-a, a meter"),
        ("contactors-a/outlet-01", "overload=9A", "overload does not happen to contactors-a/outlet-01, a relay"),
        ("pile-02/outlet-05", "overload", "overload needs a current such as overload=12A"),
        ("pile-02/outlet-05", "overload=12V", "overload needs a current such as 12A, not '12V'"),
        ("pile-02/outlet-05", "overload=", "overload needs a current such as 12A, not ''"),
        ("pile-02/outlet-05", "overload=900A", "overload=900A: a current from 0 to 600 A is possible"),
        ("pile-02/outlet-05", "overload=12A,fro=2s", "overload has no option 'fro': did you mean 'for'?"),
        ("pile-02/outlet-05", "overload=12A,for=2", "for needs a time such as 3s, not '2'"),
        ("pile-02/outlet-05", "welded=yes", "welded takes no value but welded=off"),
        ("pile-02", "flip=1.5", "flip needs a whole number such as 3, not '1.5'"),
        ("pile-02", "lose=3", "lose takes no value"),
        ("pile-02", "", "there is no fault ''"),
        ("pile-02", "takes=1", "takes does not happen to pile-02, a pile"),
    ],
)
def test_a_mistake_gets_one_line_that_says_what_was_meant(target: str, fault: str, problem: str) -> None:
    with pytest.raises(SimulatorError) as caught:
        orders(target, fault)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("target", "fault", "problem"),
    [
        ("bins", "takes=1", "takes happens to a cabinet, and bins is a station of bins"),
        (
            "bins-1-level",
            "exception",
            "exception happens where dlt645, modbus, wkly is spoken, and bins-1-level speaks",
        ),
        ("level-1", "strict", "strict happens where modbus is spoken, and level-1 speaks a02yyuw"),
        ("bins-2-scale", "lose", "lose happens where "),
        ("bins/outlet-02", "throws=2A", "throws needs a weight such as 2.5kg, not '2A'"),
        ("bins/outlet-02", "throws=2kg,people=9", "people=9: a number of people from 1 to 5 is possible"),
    ],
)
def test_a_fault_is_refused_where_it_cannot_happen(target: str, fault: str, problem: str) -> None:
    with pytest.raises(SimulatorError) as caught:
        orders(target, fault, BINS)
    assert problem in str(caught.value)


def test_a_directory_survives_its_way_to_another_process() -> None:
    assert Directory.from_json(json.loads(json.dumps(DIRECTORY.to_json()))) == DIRECTORY


@pytest.mark.parametrize("name", shipped_names())
def test_a_shipped_scenario_fits_the_site_that_it_names(name: str) -> None:
    first_line = (SCENARIOS / f"{name}.yaml").read_text(encoding="utf-8").partition("\n")[0]
    site = first_line.removeprefix("# For ").partition(",")[0]
    steps = load_scenario(Path(name), Directory.of(load_site(Path(site))))
    assert [step.at_s for step in steps] == sorted(step.at_s for step in steps)


def test_a_broken_scenario_names_every_line_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(
        "scenario: x\n"
        "steps:\n"
        "  - {at_s: 1, target: pile-02/outlet-05, fault: overlod=12A}\n"
        "  - {at_s: -2, target: pile-02, fault: smoke}\n"
        "  - {at_s: 3, target: pile-99, fault: smoke}\n"
        "  - {at_s: 4, taget: pile-02, fault: smoke}\n"
        "  - {at_s: 5, target: line-1, fault: unplug=3s}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        load_scenario(path, DIRECTORY)
    told = [(problem.line, problem.what) for problem in caught.value.problems]
    assert {line for line, _ in told} == {3, 4, 5, 6}
    assert (3, "there is no fault 'overlod': did you mean 'overload'?") in told
    assert next(problem.column for problem in caught.value.problems if problem.line == 3) == 49


def test_a_scenario_that_is_not_there_is_one_problem() -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        load_scenario(Path("nowhere.yaml"), DIRECTORY)
