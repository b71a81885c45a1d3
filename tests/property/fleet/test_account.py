"""What is known of an order does not depend on when its records arrive, or how often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.fleet.account import Account, At, begun, from_json, taken, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable

STAGES = ("accepted", "charging", "progress", "ended", "settled", "review")
Record = tuple[At, str, dict[str, Any]]
FACTS = st.dictionaries(st.sampled_from(["wh", "user_ref", "reason"]), st.integers(0, 9) | st.none())


@st.composite
def records(draw: st.DrawFn) -> list[Record]:
    """Return the records of one order as its gateway gave them; a clock may stand still or jump back."""
    count = draw(st.integers(1, 6))
    return [
        (At(draw(st.integers(1, 4)), seq), draw(st.sampled_from(["p/a", "p/b"])),
         {"stage": draw(st.sampled_from(STAGES)), **draw(FACTS)})
        for seq in range(1, count + 1)
    ]  # fmt: skip


def account(told: Iterable[Record]) -> Account:
    known: Account | None = None
    for at, place, body in told:
        made = begun(at, place, body) if known is None else taken(known, at, place, body)
        known = from_json(to_json(made))
    assert known is not None
    return known


@given(told=records(), data=st.data())
def test_records_in_any_order_and_repeated_tell_the_same(told: list[Record], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(told), max_size=3))
    assert account(data.draw(st.permutations([*told, *again]))) == account(told)


@given(told=records())
def test_what_is_said_is_what_the_last_record_says_and_an_end_stays_an_end(told: list[Record]) -> None:
    known = account(told)
    for name in ("wh", "user_ref", "reason"):
        said = [(at, body[name]) for at, _, body in told if body.get(name) is not None]
        assert known.value(name) == (max(said)[1] if said else None)
    ends = [at for at, _, body in told if body["stage"] in {"settled", "review"}]
    assert known.ended == min(ends, default=None)
    assert (known.stage in {"settled", "review"}) is bool(ends)
