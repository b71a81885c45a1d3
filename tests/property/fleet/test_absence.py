"""Who has vanished: nobody is missed who was heard, nobody longer than it takes to know, and nobody by our own fault."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.fleet.absence import AWAY_S, SETTLE_S, Absence

STEP_S = 5.0
SEEN = st.lists(
    st.tuples(st.sampled_from(["online", "offline", "silent", "awaited"]), st.booleans()), min_size=1, max_size=40
)


@given(seen=SEEN)
def test_an_absence_is_told_once_it_is_sure_and_ends_with_the_first_sign_of_life(seen: list[tuple[str, bool]]) -> None:
    absence, line_since_s, gone_s = Absence(), None, 0.0
    for turn, (standing, is_line_up) in enumerate(seen):
        now_s = turn * STEP_S
        line_since_s = (line_since_s if line_since_s is not None else now_s) if is_line_up else None
        is_sure = line_since_s is not None and now_s - line_since_s >= SETTLE_S
        gone_s = gone_s + STEP_S if is_sure and standing != "online" else 0.0
        before = absence.away
        away = absence.look({"a/b": standing}, line_since_s, now_s)
        if standing == "online":
            assert not away
        elif not is_sure:
            assert away == before
        elif standing == "silent" or gone_s > AWAY_S:
            assert away == {"a/b"}


def test_a_connection_that_is_made_anew_is_no_absence() -> None:
    absence = Absence()
    for now_s, standing in ((100.0, "online"), (101.0, "offline"), (120.0, "offline"), (125.0, "online")):
        assert not absence.look({"a/b": standing}, 0.0, now_s)
