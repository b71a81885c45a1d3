"""A meter that opens contactors by itself: its model, its settings, its bound, and what a site file may not say of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.app.check import judge
from gateway.model.device import GroupClass, Role
from gateway.model.errors import ConfigError, Problem
from gateway.model.site import Site, Upstream
from gateway.profile.load import BUILT_IN, Library
from gateway.protection.settings import PileSettings
from gateway.site.check import PileCheck, Promise, as_text
from gateway.site.load import compile_site
from gateway.site.settings import pile_settings

LIBRARY = Library((BUILT_IN,))
GOOD = """\
site: shed
buses:
  - {name: piles, link: {kind: serial, path: /dev/a, baud: 9600}}
  - {name: feed, link: {kind: serial, path: /dev/b, baud: 9600}}
  - {name: boards, link: {kind: serial, path: /dev/c, baud: 9600}}
protection: {pickup_a: 8, max_power_w: 1500}
devices:
  - {name: pile-01, bus: piles, profile: pile/ap3000_12, unit: 117441746, upstream: {device: contactors, channel: 1}}
  - {name: contactors, bus: feed, profile: relay/waveshare_relay_8, unit: 1}
  - {name: others, bus: boards, profile: relay/waveshare_relay_8, unit: 1}
  - name: feeder
    bus: feed
    profile: meter/eastron_sdm630
    unit: 2
    feeds: [pile-01]
    opens: [{device: contactors, channel: 1}]
    protection: {pickup_a: 63}
"""


def loaded(text: str = GOOD) -> Site:
    return compile_site(text, Path("/etc/site.yaml"), LIBRARY)


def changed(*replacements: tuple[str, str]) -> str:
    text = GOOD
    for old, new in replacements:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def checked(text: str = GOOD) -> dict[str, PileCheck]:
    return {pile.name: pile for bus in judge(loaded(text)).buses for pile in bus.piles}


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        compile_site(text, Path("s.yaml"), LIBRARY)
    return caught.value.problems


def test_it_is_a_pile_with_one_outlet_whose_phases_go_round_in_the_ring() -> None:
    feeder = loaded().device("feeder")
    assert feeder.opens == (Upstream(device="contactors", channel=1),)
    assert [outlet.number for outlet in feeder.model.outlets] == [1]
    assert [point.name for point in feeder.model.feed] == ["current-l1", "current-l2", "current-l3"]
    (ring,) = [group for group in feeder.model.groups if group.group_class is GroupClass.PROTECTION]
    assert [(block.address, block.count) for block in ring.blocks] == [(6, 6)]
    assert Role.TOTAL_CURRENT not in feeder.model.roles, "three phases of 50 A are no 150 A through a contactor"


@pytest.mark.parametrize(
    ("profile", "unit", "current"), [("eastron_sdm120", "2", "current"), ("generic_dlt645", "202107072529", "current")]
)
def test_every_meter_that_tells_a_current_can_do_it(profile: str, unit: str, current: str) -> None:
    text = changed(
        (
            "bus: feed\n    profile: meter/eastron_sdm630\n    unit: 2",
            f"bus: meters\n    profile: meter/{profile}\n    unit: {unit}",
        )
    )
    text = text.replace(
        "protection: {pickup_a: 8",
        "  - {name: meters, link: {kind: serial, path: /dev/d, baud: 2400, parity: even}}\nprotection: {pickup_a: 8",
    )
    assert [point.name for point in loaded(text).device("feeder").model.feed] == [current]
    assert checked(text)["feeder"].bound is not None


def test_settings_of_the_site_are_for_outlets_and_its_own_count() -> None:
    feeder = pile_settings(loaded().device("feeder"))
    (outlet,) = feeder.outlets
    assert feeder.is_feeder
    assert (outlet.pickup_a, outlet.rating_a, outlet.max_power_w, outlet.rejections_to_latch) == (63.0, 63.0, None, 1)
    assert (outlet.over_voltage_v, outlet.under_voltage_v, outlet.over_temperature_c) == (None, None, None)
    assert (feeder.total_pickup_a, feeder.residual_ma, feeder.refresh_ms) == (None, None, 1000.0)
    assert not pile_settings(loaded().device("pile-01")).is_feeder
    assert PileSettings(name="x", outlets=()).is_feeder is False


def test_the_pile_stays_pile_protected_and_the_bound_of_its_feed_stands_beside_it() -> None:
    found = checked()
    pile, feeder = found["pile-01"], found["feeder"]
    assert (pile.promise, pile.feeder) == (Promise.PILE_PROTECTED, "feeder")
    assert feeder.promise is Promise.GUARANTEED
    assert feeder.bound is not None
    assert pile.feeder_ms == feeder.bound.total_one_lost_ms
    text = "\n".join(as_text(judge(loaded())))
    assert f"its whole feed is cut off by feeder within {pile.feeder_ms:.0f} ms, one frame lost" in text
    assert "an overcurrent through it opens contactors 1" in text


def test_contactors_on_another_line_cost_what_can_be_under_way_there() -> None:
    own = checked()["feeder"].bound
    far = checked(
        changed(("opens: [{device: contactors", "opens: [{device: others"), ("feeds: [pile-01]", "feeds: []"))
    )
    other = far["feeder"].bound
    assert own is not None
    assert other is not None
    terms = {term.what: term.ms for term in other.terms}
    waits_ms = terms["a transaction under way on the contactors' line"]
    # 8 characters out, 8 back, 50 turnaround, 3.65 silence, 1 latency, 1 host
    assert waits_ms == pytest.approx(16 / 0.96 + 50 + 3.5 / 0.96 + 2, abs=6.0)
    assert not any("under way" in term.what for term in own.terms)


def test_each_contactor_more_costs_its_frame() -> None:
    one = checked()["feeder"].bound
    two = checked(
        changed(
            (
                "opens: [{device: contactors, channel: 1}]",
                "opens: [{device: contactors, channel: 1}, {device: contactors, channel: 5}]",
            )
        )
    )["feeder"].bound
    assert one is not None
    assert two is not None
    # 8 characters out, 8 back, 50 turnaround, 3.65 silence, 1 latency of the adapter, 1 host
    assert two.total_ms - one.total_ms == pytest.approx(16 / 0.96 + 50 + 3.5 / 0.96 + 2, abs=0.01)


def test_a_promise_that_cannot_be_kept_is_refused() -> None:
    result = judge(loaded(changed(("{pickup_a: 63}", "{pickup_a: 63, trip_within_ms: 500}"))))
    assert not result.ok
    assert any("an overcurrent at feeder can last" in refusal for refusal in result.refusals)
    short = judge(loaded(changed(("{pickup_a: 63}", "{pickup_a: 63, bf_ms: 1500}"))))
    assert any("bf_ms 1500 is too short for feeder" in refusal for refusal in short.refusals)


def test_nothing_is_promised_where_either_line_is_a_network() -> None:
    text = changed(("{kind: serial, path: /dev/c, baud: 9600}", "{kind: tcp, host: 10.0.0.2}"))
    text = text.replace("opens: [{device: contactors", "opens: [{device: others").replace(
        "feeds: [pile-01]", "feeds: []"
    )
    feeder = checked(text)["feeder"]
    assert (feeder.bound, feeder.promise) == (None, Promise.MONITORED_ONLY)


def test_a_meter_that_opens_nothing_is_polled_as_ever() -> None:
    plain = GOOD[: GOOD.index("    opens:")]
    meter = loaded(plain).device("feeder")
    assert (meter.model.outlets, meter.model.feed, meter.opens) == ((), (), ())
    assert all(group.group_class is not GroupClass.PROTECTION for group in meter.model.groups)
    assert "feeder" not in checked(plain)


@pytest.mark.parametrize(
    ("old", "new", "what", "hint"),
    [
        ("{pickup_a: 63}", "{samples: 3}", "nothing says above which current", "pickup_a"),
        ("{pickup_a: 63}", "{pickup_a: 63, max_power_w: 9}", "`max_power_w` is nothing", "it takes"),
        ("[{device: contactors, channel: 1}]", "[{device: contactor, channel: 1}]", "no device `contactor`", "did you"),
        ("[{device: contactors, channel: 1}]", "[{device: pile-01, channel: 1}]", "not a relay board", "relay board"),
        ("[{device: contactors, channel: 1}]", "[{device: contactors, channel: 9}]", "has no channel 9", "1..8"),
        (
            "[{device: contactors, channel: 1}]",
            "[{device: contactors, channel: 2}]",
            "hangs on no contactor",
            "upstream",
        ),
        (
            "[{device: contactors, channel: 1}]",
            "[{device: contactors, channel: 1}, {device: contactors, channel: 1}]",
            "opens this contactor already",
            "once",
        ),
        ("meter/eastron_sdm630", "sensor/generic_xy_md02", "is a sensor, not a meter", "only a meter"),
        ("    bus: feed\n    profile: meter", "    bus: feeds\n    profile: meter", "no bus `feeds`", "feed"),
    ],
)
def test_what_cannot_work_is_refused_with_its_reason(old: str, new: str, what: str, hint: str) -> None:
    found = [problem for problem in problems_of(changed((old, new))) if what in problem.what]
    assert found, problems_of(changed((old, new)))
    assert hint in found[0].hint
    assert found[0].line > 0
