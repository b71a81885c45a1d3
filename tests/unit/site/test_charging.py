"""What a site file says of cards and of free charging."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.edge.charging.setup import SiteSetup
from gateway.model.errors import ConfigError
from gateway.model.site import Cards
from gateway.orders.tariff.quote import Limits
from gateway.profile.load import BUILT_IN, Library
from gateway.site.load import compile_site

SITE = """\
site: shed
buses:
  - {name: line-1, link: {kind: tcp, host: a}}
  - {name: line-2, link: {kind: serial, path: /dev/b, baud: 9600}}
devices:
  - {name: seeing, bus: line-1, profile: pile/generic_pile_12, unit: 1SEEING}
  - {name: blind, bus: line-2, profile: pile/dianchuan_board_10, unit: 1, protection: {max_power_w: 500}BLIND}
charging:
  longest_s: 3000
"""
FREE = "free: {most_s: 7200, most_wh: 300, most_w: 500}"


def setup(more: str = "", seeing: str = "", blind: str = "") -> SiteSetup:
    text = SITE.replace("SEEING", seeing).replace("BLIND", blind) + more
    return SiteSetup(compile_site(text, Path("/etc/gateway/site.yaml"), Library((BUILT_IN,))))


def problem(more: str = "", blind: str = "") -> str:
    with pytest.raises(ConfigError) as caught:
        setup(more, blind=blind)
    (found,) = caught.value.problems
    return str(found)


def test_free_charging_stays_within_the_place_and_needs_a_plug_that_is_seen() -> None:
    made = setup(f"  {FREE}\n")
    assert made.outlets["seeing/outlet-01"].free == Limits(max_s=3000, max_wh=300, max_w=500)
    assert made.outlets["blind/outlet-01"].free is None
    assert setup().outlets["seeing/outlet-01"].free is None
    assert setup(seeing=f", charging: {{{FREE}}}").outlets["seeing/outlet-12"].free is not None


def test_free_charging_where_no_plug_can_be_seen_is_refused_by_its_line() -> None:
    said = problem(blind=f", charging: {{{FREE}}}")
    assert "site.yaml:7:" in said
    assert "blind cannot see a plug" in said


def test_a_site_without_any_plug_sensor_has_no_free_charging() -> None:
    text = SITE.replace("generic_pile_12", "dianchuan_board_10").replace("SEEING", "").replace("BLIND", "")
    text = text.replace("{kind: tcp, host: a}", "{kind: serial, path: /dev/a, baud: 9600}") + f"  {FREE}\n"
    with pytest.raises(ConfigError, match="no outlet of this site can see a plug"):
        compile_site(text, Path("/etc/site.yaml"), Library((BUILT_IN,)))


def test_cards_are_resolved_with_their_key_file_beside_the_site_file() -> None:
    cards = setup("  cards: {key_file: cards.key, ceiling_mil: 3000, when: cloud-away}\n").cards
    assert cards == Cards(
        key_file="/etc/gateway/cards.key", ceiling_mil=3000, list_age_most_s=604_800, while_cloud_is_there=False
    )


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("cards: {ceiling_mil: 3000}", "key_file"),
        ("cards: {key_file: k, ceiling_mil: 0}", "ceiling_mil"),
        ("cards: {key_file: k}", "a charge by card needs a ceiling"),
        ("cards: {key_file: k, ceiling_mil: 3000, key: secret}", "unknown key `key`"),
        ("cards: {key_file: k, ceiling_mil: 3000, when: never}", "when"),
        ("free: {most_s: 60}", "most_wh"),
    ],
)
def test_what_is_wrong_is_named(written: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        setup(f"  {written}\n")
    assert says in " ".join(map(str, caught.value.problems))


def test_a_site_says_how_long_the_total_of_a_pile_that_settles_is_waited_for() -> None:
    made = setup(seeing=", charging: {settler: pile, total_s: 120}").outlets
    waits = [made[f"{name}/outlet-01"].place.settings.total_s for name in ("seeing", "blind")]
    assert waits == [120, 2100]
