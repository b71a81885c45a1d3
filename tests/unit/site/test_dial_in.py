"""Site files whose piles dial in: what they become, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.app.check import judge
from gateway.app.lines import driver_of
from gateway.model.errors import ConfigError
from gateway.model.site import DialInLink
from gateway.profile.load import BUILT_IN, Library
from gateway.site.check import Promise, as_text
from gateway.site.load import compile_site, load_site

SITE = """\
site: shed
protection: {bus_total_pickup_a: 60}
buses:
  - {name: net, link: {kind: dial-in, port: 7054}}
devices:
  - {name: pile-01, bus: net, profile: pile/ap3000_12, unit: 117441746}
  - {name: pile-02, bus: net, profile: pile/ap3000_12, unit: 117441747}
"""
LIBRARY = Library((BUILT_IN,))


def test_each_pile_has_a_line_of_its_own_and_only_this_machine_reaches_it_unless_it_is_said() -> None:
    site = compile_site(SITE, Path("s.yaml"), LIBRARY)
    assert [bus.name for bus in site.buses] == ["net-pile-01", "net-pile-02"]
    assert [bus.link for bus in site.buses] == [
        DialInLink(host="127.0.0.1", port=7054, unit=unit, protocol="dny") for unit in (117441746, 117441747)
    ]
    assert [bus.total_pickup_a for bus in site.buses] == [None, None], "nothing sums up what is on several lines"
    assert [device.bus for device in site.devices] == ["net-pile-01", "net-pile-02"]
    said = site.devices[0].model.groups[0].blocks[0]
    assert all(driver_of(site, bus).read(1, said).is_pushed for bus in site.buses), "nobody polls"


def test_such_a_pile_is_pile_protected_and_no_age_is_promised_for_its_currents() -> None:
    result = judge(compile_site(SITE, Path("s.yaml"), LIBRARY))
    assert result.ok
    assert {pile.promise for bus in result.buses for pile in bus.piles} == {Promise.PILE_PROTECTED}
    assert not any("is renewed within" in line for line in as_text(result))


def test_the_shipped_shed_can_run_and_says_what_protects_whom() -> None:
    result = judge(load_site(BUILT_IN.parent / "sites" / "dny_shed.yaml", LIBRARY))
    assert result.ok
    assert "(currents are told every 300 s, an outlet is cut off by the pile above 1500 W)" in "\n".join(
        as_text(result)
    )
    assert {pile.name: pile.promise for bus in result.buses for pile in bus.piles} == dict.fromkeys(
        ("pile-01", "pile-02", "pile-03"), Promise.PILE_PROTECTED
    ) | {"feeder": Promise.GUARANTEED}


@pytest.mark.parametrize(
    ("old", "new", "line", "what", "hint"),
    [
        ("port: 7054", "port: 502", 4, "the port 502 is not this program's", "1024"),
        ("port: 7054", "host: gateway.local, port: 7054", 4, "host", ""),
        ("port: 7054", "host: 1.2.3, port: 7054", 4, "`1.2.3` is no address of a machine", ""),
        ("7054}}", "7054}, bus_total_pickup_a: 9}", 4, "whose currents nothing sums up", "leave it out"),
        ("pile/ap3000_12, unit: 117441746", "pile/generic_pile_12, unit: 1", 4, "modbus has nothing for that", "rtu"),
        ("7054}}", "7054}}\n  - {name: other, link: {kind: dial-in, port: 7054}}", 5, "a second bus on", "line 4"),
        ("7054}}", "7054}}\n  - {name: net-pile-01, link: {kind: tcp, host: x}}", 7, "as another bus is", "rename"),
        ("unit: 117441747", "unit: 117441746", 7, "unit 117441746 on net is taken by pile-01", ""),
    ],
)
def test_a_mistake_is_told_with_place_and_hint(old: str, new: str, line: int, what: str, hint: str) -> None:
    assert old in SITE
    with pytest.raises(ConfigError) as caught:
        compile_site(SITE.replace(old, new), Path("s.yaml"), LIBRARY)
    problem = next((one for one in caught.value.problems if what in one.what), None)
    assert problem is not None, caught.value.problems
    assert problem.line == line
    assert hint in problem.hint
