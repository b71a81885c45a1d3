"""A site file becomes the values that the program runs on, or is refused with every problem at once."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import jsonschema
import pytest

from gateway.model.errors import ConfigError, Problem
from gateway.model.site import RtuOverTcpLink, SerialLink, Site, TcpLink, Upstream
from gateway.profile.document import parse
from gateway.profile.load import BUILT_IN, Library
from gateway.profile.protection import OutletProtection, PileProtection
from gateway.protection.settings import OutletSettings, PileSettings
from gateway.site.load import compile_site, load_site
from gateway.site.schema_files import DIRECTORY, MODELS, rendered
from gateway.site.settings import pile_settings

SITES = BUILT_IN.parent / "sites"
LIBRARY = Library((BUILT_IN,))
GOOD = """\
site: shed-1
buses:
  - {name: line-1, link: {kind: serial, path: /dev/serial/by-path/a, baud: 9600, parity: even}}
  - {name: line-2, link: {kind: rtu-over-tcp, host: 10.0.0.2, port: 4001}, timing: {turnaround_max_ms: 20}}
  - {name: line-3, link: {kind: tcp, host: 10.0.0.3}}
protection: {pickup_a: 8, over_temperature_c: null, bus_total_pickup_a: 60}
devices:
  - name: pile-01
    bus: line-1
    profile: pile/generic_pile_12
    unit: 1
    sticker: A01
    upstream: {device: contactors, channel: 3}
    timing: {refresh_ms: 400}
    protection: {total_pickup_a: 25, inverse: {curve: VI, setting_a: 6}}
    outlets:
      7: {sticker: CARE-7, protection: {pickup_a: 4, inverse: null}}
  - {name: pile-02, bus: line-1, profile: pile/generic_pile_12, unit: 2}
  - {name: contactors, bus: line-2, profile: relay/waveshare_relay_8, unit: 1}
  - {name: meter, bus: line-3, profile: meter/eastron_sdm630, unit: 1}
uplinks:
  mqtt: {host: broker, password_file: secret, tls: {}}
"""


def loaded(text: str = GOOD) -> Site:
    return compile_site(text, Path("/etc/gateway/site.yaml"), LIBRARY)


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        compile_site(text, Path("s.yaml"), LIBRARY)
    return caught.value.problems


def changed(*replacements: tuple[str, str]) -> str:
    text = GOOD
    for old, new in replacements:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def test_links_carry_what_the_line_needs() -> None:
    site = loaded()
    serial, server, tcp = (bus.link for bus in site.buses)
    assert isinstance(serial, SerialLink)
    assert (serial.char_bits, serial.latency_timer_ms) == (11, 1)
    assert server == RtuOverTcpLink(host="10.0.0.2", port=4001)
    assert tcp == TcpLink(host="10.0.0.3", port=502)


def test_settings_are_inherited_from_profile_to_outlet_and_null_switches_off() -> None:
    pile = pile_settings(loaded().device("pile-01"))
    first, seventh = pile.outlets[0], pile.outlets[6]
    assert (first.pickup_a, seventh.pickup_a) == (8.0, 4.0)
    assert first.over_temperature_c is None
    assert first.over_voltage_v == 270.0
    assert first.inverse is not None
    assert seventh.inverse is None
    assert (pile.total_pickup_a, pile.refresh_ms) == (25.0, 400.0)
    assert pile_settings(loaded().device("pile-02")).outlets[6].inverse is None


def test_a_bus_inherits_the_total_of_the_site_and_can_refuse_it() -> None:
    assert loaded().bus("line-1").total_pickup_a == 60.0
    text = changed(("baud: 9600, parity: even}}", "baud: 9600}, bus_total_pickup_a: null}"))
    assert loaded(text).bus("line-1").total_pickup_a is None


def test_measured_timing_replaces_the_profile_bus_before_device() -> None:
    site = loaded()
    assert site.device("pile-01").timing.refresh_ms == 400.0
    assert site.device("pile-02").timing.refresh_ms == 0.0
    assert site.device("contactors").timing.turnaround_max_ms == 20.0
    assert site.device("contactors").model.timing.turnaround_max_ms == 50.0


def test_stickers_come_from_the_outlet_else_from_the_device() -> None:
    outlets = loaded().device("pile-01").outlets
    assert [outlet.sticker for outlet in outlets[5:8]] == ["A01-06", "CARE-7", "A01-08"]
    assert all(outlet.sticker == "" for outlet in loaded().device("pile-02").outlets)


def test_the_broker_is_resolved_with_port_prefix_and_secret() -> None:
    mqtt = loaded().mqtt
    assert mqtt is not None
    assert (mqtt.port, mqtt.prefix, mqtt.password_file) == (8883, "gw/shed-1/gw-1/", "/etc/gateway/secret")
    assert loaded().device("pile-01").upstream == Upstream(device="contactors", channel=3)


def test_the_digest_changes_with_the_site_and_with_a_profile(tmp_path: Path) -> None:
    (tmp_path / "pile").mkdir()
    text = (BUILT_IN / "pile" / "generic_pile_12.yaml").read_text(encoding="utf-8")
    (tmp_path / "pile" / "generic_pile_12.yaml").write_text(text + "\n", encoding="utf-8")
    shadowed = compile_site(GOOD, Path("/etc/gateway/site.yaml"), Library((tmp_path, BUILT_IN)))
    assert len({loaded().digest, loaded(GOOD + "\n").digest, shadowed.digest}) == 3
    assert loaded().digest == loaded().digest


CASES = {
    "unknown key": ("sticker: A01", "stiker: A01", 12, "unknown key `stiker`", "did you mean `sticker`?"),
    "profile": ("profile: pile/generic_pile_12\n", "profile: pile/generic_pile12\n", 10, "no profile", "pile_12`?"),
    "bus": ("bus: line-3", "bus: lin-3", 20, "there is no bus `lin-3`", "did you mean `line-3`?"),
    "unit twice": ("unit: 2}", "unit: 1}", 18, "unit 1 on line-1 is taken by pile-01", "address of its own"),
    "unit 0": ("unit: 2}", "unit: 0}", 18, "pile-02 has the unit 0", "modbus knows 1..247"),
    "unit 248": ("unit: 2}", "unit: 248}", 18, "pile-02 has the unit 248", "modbus knows 1..247"),
    "device twice": ("name: pile-02", "name: pile-01", 18, "a second device `pile-01`", "line 8"),
    "bus twice": ("name: line-3", "name: line-2", 5, "a second bus `line-2`", "line 4"),
    "name for a topic": ("name: pile-02", "name: Pile_02", 18, "pattern", "unique"),
    "host twice": ("host: 10.0.0.3}", "host: 10.0.0.2, port: 4001}", 5, "a second bus on `10.0.0.2:4001`", "line 4"),
    "two protocols": (
        "profile: relay/waveshare_relay_8, unit: 1}",
        "profile: relay/waveshare_relay_8, unit: 1}\n  - {name: m-2, bus: line-2, profile: meter/generic_dlt645, unit: 9}",
        20,
        "line-2 speaks modbus (contactors), m-2 speaks dlt645",
        "a bus of its own",
    ),
    "no such unit": ("meter/eastron_sdm630, unit: 1", "meter/eastron_sdm630, unit: 500", 20, "unit 500", "1..247"),
    "not over tcp": ("meter/eastron_sdm630", "meter/generic_dlt645", 5, "line-3 speaks dlt645", "rtu-over-tcp"),
    "seven bits": ("parity: even", "parity: even, data_bits: 7", 3, "modbus needs 8 data bits", "leave"),
    "parity": ("parity: even", "parity: evn", 3, "found 'evn'", "did you mean `even`?"),
    "baud": ("baud: 9600", "baud: 9601", 3, "9600", ""),
    "link kind": ("kind: tcp", "kind: udp", 5, "`link`", ""),
    "upstream unknown": ("device: contactors", "device: contactor", 13, "no device `contactor`", "`contactors`?"),
    "upstream channel": ("channel: 3", "channel: 9", 13, "contactors has no channel 9", "1..8"),
    "upstream is no relay": ("device: contactors", "device: meter", 13, "meter is a meter, not a relay board", "relay"),
    "upstream itself": ("device: contactors", "device: pile-01", 13, "cannot feed itself", "relay board"),
    "upstream on the same link": (
        "contactors, bus: line-2",
        "contactors, bus: line-1",
        13,
        "hangs on the same link as pile-01 (line-1)",
        "another bus",
    ),
    "outlet number": ("7: {sticker", "13: {sticker", 17, "pile-01 has no outlet 13", "1..12"),
    "sticker twice": ("CARE-7", "A01-06", 17, "outlet with the sticker `A01-06`", "line 12"),
    "pile key at an outlet": ("pickup_a: 4,", "total_pickup_a: 4,", 17, "unknown key `total_pickup_a`", "`pickup_a`?"),
    "contradiction over levels": (
        "protection: {pickup_a: 8,",
        "protection: {pickup_a: 8, under_voltage_v: 280,",
        6,
        "under_voltage_v 280 is not below over_voltage_v 270",
        "merged",
    ),
    "half a custom curve": ("curve: VI,", "curve: custom,", 15, "`k` and `alpha` belong to the curve `custom`", ""),
    "protection of a meter": ("630, unit: 1}", "630, unit: 1, protection: {pickup_a: 1}}", 20, "no outlets to", "pile"),
    "turnaround": ("{refresh_ms: 400}", "{turnaround_min_ms: 9}", 14, "exceeds turnaround_max_ms 4", "merged"),
    "influx target": (
        "uplinks:\n",
        "uplinks:\n  influx: {url: 'http://x', dialect: v1, bucket: b}\n",
        22,
        "the dialect v1 needs `database`",
        "",
    ),
}


@pytest.mark.parametrize(("old", "new", "line", "what", "hint"), CASES.values(), ids=CASES.keys())
def test_a_mistake_is_told_with_place_and_hint(old: str, new: str, line: int, what: str, hint: str) -> None:
    found = problems_of(changed((old, new)))
    problem = next((one for one in found if what in one.what), None)
    assert problem is not None, found
    assert problem.line == line
    assert problem.column > 0
    assert hint in problem.hint


def test_every_problem_comes_in_one_go() -> None:
    text = changed(("unit: 2}", "unit: 0}"), ("bus: line-3", "bus: lin-3"), ("channel: 3", "channel: 9"))
    assert [problem.line for problem in problems_of(text)] == [13, 18, 20]


def test_a_broken_profile_is_told_in_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "pile").mkdir()
    (tmp_path / "pile" / "acme_x.yaml").write_text("kind: pile\nvendr: acme\n", encoding="utf-8")
    text = GOOD.replace("pile/generic_pile_12\n", "pile/acme_x\n")
    with pytest.raises(ConfigError) as caught:
        compile_site(text, Path("s.yaml"), Library((tmp_path, BUILT_IN)))
    files = {problem.file for problem in caught.value.problems}
    assert files == {str(tmp_path / "pile" / "acme_x.yaml")}


def test_a_simulator_gives_buses_other_ends(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(GOOD, encoding="utf-8")
    site = load_site(path, LIBRARY, {"line-1": "/dev/pts/7", "line-3": "127.0.0.1:5020"})
    link = site.bus("line-1").link
    assert isinstance(link, SerialLink)
    assert (link.path, link.baud) == ("/dev/pts/7", 9600)
    assert site.bus("line-3").link == TcpLink(host="127.0.0.1", port=5020)
    with pytest.raises(ConfigError, match=r"did you mean `line-1`\?"):
        load_site(path, LIBRARY, {"line-11": "/dev/pts/7"})


@pytest.mark.parametrize("path", sorted(SITES.glob("*.yaml")), ids=str)
def test_every_shipped_site_loads_and_its_settings_are_possible(path: Path) -> None:
    site = load_site(path, LIBRARY)
    piles = [device for device in site.devices if device.protection]
    assert all(pile_settings(pile).outlets for pile in piles)
    schema = json.loads((DIRECTORY / "site.schema.json").read_text(encoding="utf-8"))
    data = json.loads(json.dumps(parse(path.read_text(encoding="utf-8"), str(path)).data))
    jsonschema.Draft7Validator(schema).validate(data)


def test_the_demo_is_two_sheds_with_twenty_piles_whose_contactors_hang_on_another_link() -> None:
    site = load_site(SITES / "demo.yaml", LIBRARY)
    piles = [device for device in site.devices if device.protection]
    assert len(piles) == 20
    assert {len(site.devices_on(f"line-{n}")) for n in range(1, 5)} == {5}
    assert all(pile.upstream is not None and site.device(pile.upstream.device).bus == "line-5" for pile in piles)
    stickers = [outlet.sticker for pile in piles for outlet in pile.outlets]
    assert len(set(stickers)) == 240


@pytest.mark.parametrize("name", MODELS)
def test_the_schema_files_are_not_stale(name: str) -> None:
    assert (DIRECTORY / name).read_text(encoding="utf-8") == rendered(name), "run: python -m gateway.site.schema_files"
    jsonschema.Draft7Validator.check_schema(json.loads(rendered(name)))


def test_the_words_and_defaults_of_the_file_are_those_of_the_elements() -> None:
    words = {name: info.default for name, info in OutletProtection.model_fields.items()}
    of_the_profile = ("number", "step_w", "step_wh")
    elements = {found.name: found.default for found in fields(OutletSettings) if found.name not in of_the_profile}
    assert {**words, "trip_within_ms": None} == {**elements, "trip_within_ms": None}
    pile_words = {name: info.default for name, info in PileProtection.model_fields.items()}
    pile_words["rating_a"] = pile_words.pop("total_rating_a")
    for found in fields(PileSettings):
        if found.name not in ("name", "outlets", "refresh_ms", "is_feeder"):
            assert pile_words[found.name] == found.default, found.name


STREAMS = """\
site: bins
buses:
  - {name: scale, link: {kind: serial, path: /dev/serial/by-path/a, baud: 9600, parity: even, data_bits: 7}}
  - {name: meters, link: {kind: serial, path: /dev/serial/by-path/b, baud: 2400, parity: even}}
devices:
  - {name: weigher, bus: scale, profile: weigher/toledo_continuous, unit: 1}
  - {name: meter, bus: meters, profile: meter/generic_dlt645, unit: 202107072529}
"""


def test_a_device_without_an_address_is_alone_on_its_line_and_a_meter_is_called_by_its_number() -> None:
    site = loaded(STREAMS)
    assert site.device("meter").unit == 202107072529
    link = site.bus("scale").link
    assert isinstance(link, SerialLink)
    assert (link.data_bits, link.char_bits) == (7, 10)
    second = STREAMS + "  - {name: other, bus: scale, profile: weigher/toledo_continuous, unit: 2}\n"
    told = {(problem.what, problem.hint) for problem in problems_of(second)}
    assert told == {
        ("other has the unit 2", "toledo knows 1: it has no addresses"),
        (
            "other cannot share scale with weigher: toledo has no addresses",
            "such a line holds one device: give it a bus of its own",
        ),
    }


TARIFFS = """
tariffs:
  - {id: day, version: 2, electricity: [{by: energy, price_mil_per_kwh: 600}]}
charging: {tariff: day, most_mil: 5000, plug_wait_s: 60, cloud_away_s: 900}
"""


def test_charges_inherit_from_the_site_and_differ_by_the_pile() -> None:
    text = GOOD.replace(
        "    unit: 1\n    sticker", "    unit: 1\n    charging: {tariff: free, float_s: 0}\n    sticker"
    )
    site = loaded(text + TARIFFS)
    assert site.device("pile-01").charging == {"tariff": "free", "most_mil": 5000, "plug_wait_s": 60, "float_s": 0}
    assert site.device("pile-02").charging == {"tariff": "day", "most_mil": 5000, "plug_wait_s": 60}
    assert (len(site.tariffs), site.cloud_away_s) == (1, 900)


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("tariff: day,", "tariff: dax,", 26, "there is no tariff `dax`"),
        ("price_mil_per_kwh: 600", "price_mil_per_kwh: 0.6", 25, "tariff.electricity[0].price_mil_per_kwh: must be"),
        ("by: energy, price_mil_per_kwh: 600", "by: count", 25, "tariff.electricity[0].price_mil: is missing"),
        ("version: 2,", "", 25, "tariff.version: is missing"),
        ("id: day, version: 2", "id: free, version: 1", 25, "is there already"),
    ],
)
def test_a_wrong_tariff_is_found_where_it_is_written(old: str, new: str, line: int, what: str) -> None:
    text = GOOD + TARIFFS
    assert text.count(old) == 1
    problems = problems_of(text.replace(old, new))
    assert problems[0].line == line
    assert what in problems[0].what
