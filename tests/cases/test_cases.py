"""Every case of the orders ends as it has to, and the pages show exactly that."""

from __future__ import annotations

from functools import cache

import pytest

from gateway.orders.tariff.text import Language
from tests.cases.__main__ import page_of
from tests.cases.case import Case, Kind
from tests.cases.collection import CASES
from tests.cases.judgement import faults_of
from tests.cases.play import play
from tests.cases.script import seconds
from tests.cases.telling import row, section
from tests.depth import sample

LONGEST_S = sample(15 * 60, deep=24 * 3600)
"""The few that run for longer take far more time than their share. `python -m tests.cases --all` plays these as well."""


@cache
def shown(language: Language) -> str:
    return page_of(language).read_text(encoding="utf-8")


def marked(case: Case) -> object:
    """Return a case as pytest takes it; one that the gateway lacks something for has to fail."""
    marks = [pytest.mark.xfail(reason=case.lacking, raises=AssertionError)] if case.lacking else []
    return pytest.param(case, marks=marks, id=case.name)


@pytest.mark.parametrize("case", [marked(case) for case in CASES if seconds(case.lasts) <= LONGEST_S])
def test_a_case_ends_as_it_has_to_and_as_the_pages_show(case: Case) -> None:
    played = play(case)
    assert faults_of(played) == []
    for language in Language:
        assert row(played, language) in shown(language), "stale: python -m tests.cases --write"
        assert section(played, language) in shown(language), "stale: python -m tests.cases --write"


@pytest.mark.parametrize("language", Language)
def test_the_pages_show_these_cases_and_no_others(language: Language) -> None:
    told = [line.removeprefix("### ") for line in shown(language).splitlines() if line.startswith("### ")]
    assert told == [case.name for kind in Kind for case in CASES if case.kind is kind]
    assert len(set(told)) == len(told)
