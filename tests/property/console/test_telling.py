"""Who applies every delta in order has what a newcomer's snapshot has; nothing urgent waits."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.console.telling import CREEP_MS, CREEPING, Delta, Teller

names = st.sampled_from(["condition", "state", "latch", "w", "wh", "as_of"])
documents = st.dictionaries(st.sampled_from("abcde"), st.dictionaries(names, st.integers(0, 2)), max_size=5)
steps = st.lists(st.tuples(documents, st.integers(0, 2 * CREEP_MS)), max_size=12)


def applied(known: dict[str, Any], delta: Delta) -> dict[str, Any]:
    """Do what the page does with a delta."""
    result = dict(known)
    for key, patch in delta.patches.items():
        merged = {**result.get(key, {}), **patch}
        result[key] = {name: value for name, value in merged.items() if value is not None}
    for key in delta.gone:
        del result[key]
    return result


@given(steps)
def test_deltas_add_up_to_the_snapshot_and_only_what_creeps_may_wait(steps: list[tuple[dict[str, Any], int]]) -> None:
    known: dict[str, Any] = {}
    teller, now_ms = Teller(), 1_000_000
    for shown, passed_ms in steps:
        now_ms += passed_ms
        before = teller.revision
        delta = teller.delta(shown, now_ms)
        assert teller.revision == before + (delta is not None)
        known = known if delta is None else applied(known, delta)
        assert known == teller.told
        assert known.keys() == shown.keys()
        for key, document in shown.items():
            late = {name for name in known[key].keys() | document.keys() if known[key].get(name) != document.get(name)}
            assert late <= CREEPING
    delta = teller.delta(steps[-1][0], now_ms + 2 * CREEP_MS) if steps else None
    known = known if delta is None else applied(known, delta)
    assert known == (steps[-1][0] if steps else {})


@given(documents)
def test_what_has_not_changed_is_not_told(shown: dict[str, Any]) -> None:
    teller = Teller()
    teller.delta(shown, 0)
    assert teller.delta(shown, CREEP_MS) is None
    assert teller.delta({key: dict(document) for key, document in shown.items()}, 2 * CREEP_MS) is None
