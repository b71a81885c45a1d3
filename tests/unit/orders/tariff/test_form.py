from collections.abc import Mapping
from hashlib import sha256

import jsonschema
import pytest

from gateway.orders.tariff.form import TariffError, digest, read_tariff, tariff_schema, write_tariff
from tests.unit.orders.tariff.making import SLOTS, TIME_OF_USE, juy_tiers

BANDS: Mapping[str, object] = {"by": "band", "prices_mil_per_kwh": {"sharp": 1, "peak": 1, "flat": 1, "valley": 1}}
NAMED = {"id": "a", "version": 1}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"version": 1}, "tariff.id: is missing"),
        (NAMED | {"id": "a b"}, "tariff.id: String should match pattern '^[A-Za-z0-9_.-]{1,64}$'"),
        (NAMED | {"version": 0}, "tariff.version: Input should be greater than or equal to 1"),
        (NAMED | {"version": True}, "tariff.version: must be a whole number"),
        (NAMED | {"prices": 1}, "tariff.prices: is not a field of a tariff"),
        (NAMED | {"electricity": {}}, "tariff.electricity: must be a list"),
        (NAMED | {"electricity": [5]}, "tariff.electricity[0]: must be an object"),
        (NAMED | {"electricity": [{}]}, "tariff.electricity[0]: needs `by`: energy, band, tier, time or count"),
        (NAMED | {"service": [{"by": "x"}]}, "tariff.service[0]: needs `by`: energy, band, tier, time or count"),
        (
            NAMED | {"service": [{"by": "energy", "price_mil_per_kwh": 0.5}]},
            "tariff.service[0].price_mil_per_kwh: must be a whole number",
        ),
        (
            NAMED | {"service": [{"by": "energy", "price_mil_per_kwh": -1}]},
            "tariff.service[0].price_mil_per_kwh: Input should be greater than or equal to 0",
        ),
        (NAMED | {"cap_mil": 1005}, "tariff.cap_mil: Input should be a multiple of 10"),
        (NAMED | {"cap_mil": 10, "min_mil": 20}, "tariff: cap_mil: must not be below min_mil"),
        (NAMED | {"slots": ["flat"]}, "tariff: slots: must name 48 half-hours, not 1"),
        (NAMED | {"slots": list(SLOTS)}, "tariff: slots: a rate by band and `slots` go together"),
        (NAMED | {"service": [BANDS]}, "tariff: slots: a rate by band and `slots` go together"),
        (
            NAMED | {"service": [BANDS], "slots": ["flat"] * 48},
            "tariff: prices_mil_per_kwh.sharp: is priced but not in `slots`",
        ),
        (
            NAMED | {"service": [BANDS], "slots": ["deep", *SLOTS[1:]]},
            "tariff: prices_mil_per_kwh.deep: is in `slots` but has no price",
        ),
        (juy_tiers() | {"tiers": None}, "tariff: tiers: a rate by tier and `tiers` go together"),
        (juy_tiers() | {"service": []}, "tariff: tiers: a rate by tier and `tiers` go together"),
        (
            juy_tiers() | {"tiers": {"up_to_w": [200, 300]}},
            "tariff: prices_mil_per_h: must be 2 prices, one for each tier",
        ),
        (
            juy_tiers() | {"tiers": {"up_to_w": [1, 2]}, "service": [{"by": "tier", "prices_mil_per_h": [2, 1]}]},
            "tariff: prices_mil_per_h: must not fall from tier to tier",
        ),
        (juy_tiers() | {"tiers": {"up_to_w": [3, 3]}}, "tariff.tiers: up_to_w: must rise from tier to tier"),
        (
            juy_tiers() | {"tiers": {"up_to_w": [200], "settle_s": 900}},
            "tariff.tiers: settle_s: goes with the rule `settled`, and must be more than 0 there",
        ),
        (
            juy_tiers() | {"tiers": {"up_to_w": [200], "rule": "settled"}},
            "tariff.tiers: settle_s: goes with the rule `settled`, and must be more than 0 there",
        ),
        (NAMED | {"x": {1, 2}}, "tariff: cannot be written as JSON (Object of type set is not JSON serializable)"),
    ],
)
def test_a_mistake_is_named_with_its_field(data: Mapping[str, object], problem: str) -> None:
    with pytest.raises(TariffError) as caught:
        read_tariff(data)
    assert str(caught.value) == problem


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(TariffError) as caught:
        read_tariff({"id": 5, "cap_mil": "1"})
    assert caught.value.problems == (
        "tariff.id: must be text",
        "tariff.version: is missing",
        "tariff.cap_mil: must be a whole number",
    )


def test_a_tariff_that_contains_itself_is_refused() -> None:
    circle: dict[str, object] = dict(NAMED)
    circle["service"] = circle
    with pytest.raises(TariffError, match="cannot be written as JSON"):
        read_tariff(circle)


def test_the_digest_is_of_the_meaning_not_of_the_writing() -> None:
    short = {"version": 1, "id": "a"}
    assert digest(read_tariff(short)) == digest(read_tariff(write_tariff(read_tariff(short))))
    assert digest(read_tariff(NAMED | {"utc_offset_min": 0})) != digest(read_tariff(NAMED))
    canonical = (
        b'{"cap_mil":null,"electricity":[],"id":"a","min_mil":0,"refund":"unused","service":[],"slots":[],'
        b'"tiers":null,"utc_offset_min":480,"version":1}'
    )
    assert digest(read_tariff(NAMED)) == sha256(canonical).hexdigest()


def test_the_schema_accepts_what_is_written_and_refuses_what_is_not() -> None:
    validator = jsonschema.Draft202012Validator(tariff_schema())
    assert validator.is_valid(write_tariff(TIME_OF_USE))
    assert validator.is_valid(juy_tiers())
    assert not validator.is_valid(NAMED | {"prices": 1})
