"""Whatever arrives on a command topic, the answer is a command or a reason."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from gateway.model.command import Outcome
from gateway.uplink.judge import Accepted, Arrived, judge
from gateway.uplink.topic import Authority, Topics

TOPICS = Topics("gw/shed/box/")
SESSION = "session-0001"
GOOD = {
    "v": 1,
    "id": "c-1",
    "kind": "start",
    "target": "pile-01/outlet-07",
    "args": {"order_id": "o", "limits": {"s": 60}},
    "session": SESSION,
    "ttl_s": 30,
}
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def verdict(payload: bytes, authority: Authority) -> Accepted | Outcome:
    arrived = Arrived(authority=authority, payload=payload, retained=False)
    return judge(arrived, topics=TOPICS, session=SESSION, now_s=0.0)


@given(st.binary(max_size=200) | ANY.map(lambda value: json.dumps(value).encode()), st.sampled_from(Authority))
def test_nothing_that_arrives_raises(payload: bytes, authority: Authority) -> None:
    answer = verdict(payload, authority)
    assert isinstance(answer, Outcome)
    assert answer.state == "refused"
    assert answer.reason


@given(st.sampled_from([*GOOD, "extra"]), ANY)
def test_a_good_command_with_one_thing_changed_is_taken_only_if_nothing_changed(key: str, value: object) -> None:
    answer = verdict(json.dumps({**GOOD, key: value}).encode(), Authority.ORDER)
    if isinstance(answer, Accepted):
        assert key in {"id", "ttl_s", "v"}
        assert not isinstance(value, bool)
    assert isinstance(verdict(json.dumps(GOOD).encode(), Authority.ORDER), Accepted)
