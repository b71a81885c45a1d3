"""What a site file says for the reconciliation of its days: where they begin, and which meter feeds what."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.app.zone import zone_of
from gateway.model.errors import ConfigError, GatewayError
from gateway.profile.load import BUILT_IN, Library
from gateway.site.load import compile_site

LIBRARY = Library((BUILT_IN,))
TEXT = """\
site: shed
timezone: Asia/Urumqi
buses:
  - {name: line, link: {kind: serial, path: /dev/line, baud: 9600}}
devices:
  - name: feed
    bus: line
    profile: meter/eastron_sdm630
    unit: 1
    feeds: [pile, lights]
  - name: pile
    bus: line
    profile: pile/generic_pile_12
    unit: 2
  - name: lights
    bus: line
    profile: meter/eastron_sdm120
    unit: 3
"""


def test_feeders_and_zone_are_the_site_s() -> None:
    site = compile_site(TEXT, Path("s.yaml"), LIBRARY)
    assert site.timezone == "Asia/Urumqi"
    assert {device.name: device.feeds for device in site.devices} == {
        "feed": ("pile", "lights"),
        "pile": (),
        "lights": (),
    }
    default = compile_site(TEXT.replace("timezone: Asia/Urumqi\n", ""), Path("s.yaml"), LIBRARY)
    assert default.timezone == "Asia/Shanghai"


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("Asia/Urumqi", "Asia/Shangai", 2, "there is no time zone `Asia/Shangai`"),
        ("Asia/Urumqi", "localtime", 2, "there is no time zone `localtime`"),
        ("[pile, lights]", "[pile, light]", 10, "there is no device `light`"),
        ("[pile, lights]", "[pile, feed]", 10, "feed cannot feed itself"),
        ("[pile, lights]", "[pile, pile]", 10, "pile is fed by feed already"),
        ("    unit: 2\n", "    unit: 2\n    feeds: [lights]\n", 15, "pile is no meter of energy"),
    ],
)
def test_what_cannot_be_is_noted_where_it_is_written(old: str, new: str, line: int, what: str) -> None:
    with pytest.raises(ConfigError) as raised:
        compile_site(TEXT.replace(old, new), Path("s.yaml"), LIBRARY)
    assert (line, what) in [(problem.line, problem.what) for problem in raised.value.problems]


def test_a_zone_that_nobody_knows_is_refused_in_one_line() -> None:
    with pytest.raises(GatewayError, match="timezone Mars/Olympus: this machine does not know it"):
        zone_of("Mars/Olympus")
