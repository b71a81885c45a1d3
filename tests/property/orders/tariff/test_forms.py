"""Claims about what is written down and read again."""

import json
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.orders.tariff.bill import bill
from gateway.orders.tariff.form import TariffError, digest, read_tariff, write_tariff
from gateway.orders.tariff.receipt import read_receipt, write_receipt
from gateway.orders.tariff.tariff import Tariff
from gateway.orders.tariff.text import Language, receipt_text
from gateway.orders.tariff.usage import Sample
from tests.property.orders.tariff.making import charges, tariffs, used

untimed = settings(deadline=None)  # a loaded machine must not fail a claim about forms
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=True), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=8,
)


@untimed
@given(tariffs())
def test_a_tariff_survives_being_written(tariff: Tariff) -> None:
    assert read_tariff(json.loads(json.dumps(write_tariff(tariff)))) == tariff


@untimed
@given(tariffs(), tariffs())
def test_two_tariffs_share_a_digest_exactly_when_they_are_equal(one: Tariff, other: Tariff) -> None:
    assert (digest(one) == digest(other)) == (one == other)


@untimed
@given(tariffs(), st.data())
def test_every_field_is_in_the_digest(tariff: Tariff, data: st.DataObject) -> None:
    written = write_tariff(tariff)
    field = data.draw(st.sampled_from(sorted(written)))
    written[field] = data.draw(anything)
    with suppress(TariffError):
        changed = read_tariff(written)
        assert (digest(changed) == digest(tariff)) == (changed == tariff)


@untimed
@given(st.dictionaries(st.sampled_from(sorted(Tariff.__dataclass_fields__)), anything))
def test_whatever_is_sent_is_a_tariff_or_a_clear_refusal(data: dict[str, object]) -> None:
    problems: tuple[str, ...] = ()
    try:
        assert isinstance(read_tariff(data), Tariff)
    except TariffError as error:
        problems = error.problems
    assert all(problem.startswith("tariff") and "\n" not in problem for problem in problems)


@untimed
@given(tariffs(), charges(), st.integers(0, 5000))
def test_a_receipt_survives_being_written_and_can_be_read_aloud(
    tariff: Tariff, samples: list[Sample], ceiling_mil: int
) -> None:
    receipt = bill(tariff, used(tariff, samples), ceiling_mil=ceiling_mil)
    assert read_receipt(json.loads(json.dumps(write_receipt(receipt)))) == receipt
    for language in Language:
        rows = receipt_text(receipt, language).splitlines()
        assert len(rows) >= 5 + len(receipt.lines) + len(receipt.flags)
