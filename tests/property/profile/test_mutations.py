"""Whatever is written in a profile or a site, only `ConfigError` comes out, and every problem has a place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.model.errors import ConfigError
from gateway.profile.load import BUILT_IN, Library, compile_profile
from gateway.site.load import compile_site
from tests.depth import examples

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.errors import Problem

PILE = (BUILT_IN / "pile" / "generic_pile_2.yaml").read_text(encoding="utf-8")
SITE_FILE = BUILT_IN.parent / "sites" / "single_bus.yaml"
SITE = SITE_FILE.read_text(encoding="utf-8")
LIBRARY = Library((BUILT_IN,))

JUNK = st.one_of(
    st.sampled_from(
        ["", "null", ".nan", "-1", "0", "65536", "1e400", "[]", "{}", "[1, [2]]", "{a: {b: c}}", "'", "\t", "- ", ":"]
    ),
    st.sampled_from(
        ["*x", "&x ", "!!set {}", "<<: {}", "? ", "true", "2020-01-01", "0x", "outlets/", "outlet", "input", "coil"]
    ),
    st.text(max_size=8),
)


def _mutated(text: str, cuts: list[tuple[int, int, str]]) -> str:
    for start, length, junk in cuts:
        at = start % (len(text) + 1)
        text = text[:at] + junk + text[at + length :]
    return text


def _with_other_values(text: str, changes: list[tuple[int, str]]) -> str:
    """Replace what stands behind the colon in some lines: most of the file stays YAML."""
    lines = text.splitlines()
    for index, junk in changes:
        at = index % len(lines)
        lines[at] = lines[at].split(":")[0] + ": " + junk
    return "\n".join(lines)


def _without_lines(text: str, dropped: set[int]) -> str:
    lines = text.splitlines()
    gone = {index % len(lines) for index in dropped}
    return "\n".join(line for index, line in enumerate(lines) if index not in gone)


INDEX = st.integers(0, 100_000)
MUTATIONS = st.one_of(
    st.lists(st.tuples(INDEX, st.integers(0, 12), JUNK), min_size=1, max_size=4).map(lambda cuts: (_mutated, cuts)),
    st.lists(st.tuples(INDEX, JUNK), min_size=1, max_size=4).map(lambda changes: (_with_other_values, changes)),
    st.sets(INDEX, min_size=1, max_size=6).map(lambda dropped: (_without_lines, dropped)),
)


def _problems(load: Callable[[], object]) -> tuple[Problem, ...] | None:
    """Return what is wrong; None when nothing is. Whatever else is raised fails the test."""
    try:
        load()
    except ConfigError as error:
        return error.problems
    return None


def _judge_profile(text: str) -> None:
    problems = _problems(lambda: compile_profile(text, "pile/generic_pile_2", "p.yaml"))
    assert problems is None or (problems and all(found.file == "p.yaml" and found.what for found in problems))


def _judge_site(text: str) -> None:
    problems = _problems(lambda: compile_site(text, Path("s.yaml"), LIBRARY))
    assert problems is None or (problems and all(found.file == "s.yaml" and found.what for found in problems))


@settings(max_examples=examples(60), deadline=None)
@given(MUTATIONS)
def test_a_mutated_profile_is_good_or_refused_in_words(mutation: tuple[object, object]) -> None:
    mutate, how = mutation
    _judge_profile(mutate(PILE, how))  # type: ignore[operator] # one of the three mutators with its own argument


@settings(max_examples=examples(60), deadline=None)
@given(MUTATIONS)
def test_a_mutated_site_is_good_or_refused_in_words(mutation: tuple[object, object]) -> None:
    mutate, how = mutation
    _judge_site(mutate(SITE, how))  # type: ignore[operator] # as above


@settings(max_examples=examples(40), deadline=None)
@given(st.text(max_size=60))
@example("%YAML 1.1\n---\nkind: 0777")
@example("? {a: b}\n: c")
@example("\ufeffkind: pile")
@example("kind: 2020-99-99")
@example("kind: &a 1\nmodel: &a 2")
def test_any_text_is_good_or_refused_in_words(text: str) -> None:
    _judge_profile(text)
    _judge_site(text)
