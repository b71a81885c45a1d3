"""Acting through the real application: who may, what is refused at the door, and that a repetition acts once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.console.access.porter import Porter, cheap_passwords

if TYPE_CHECKING:
    from pathlib import Path

WISH = {"id": "wish-0001", "gateway": "shed/gw-1", "kind": "safety-off", "target": "*"}


@pytest.fixture
async def porter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Porter:
    cheap_passwords(monkeypatch)
    made = Porter(tmp_path)
    await made.employ()
    return made


async def test_an_operator_acts_and_the_same_wish_acts_once(porter: Porter) -> None:
    client = await porter.signed_in("otto")
    for _ in range(2):
        answer = await client.post("/api/commands", json=WISH)
        assert (answer.status_code, answer.json()["standing"]) == (202, "sent")
    assert [(wish.kind, wish.target, wish.by) for wish in porter.acts] == [("safety-off", "*", "otto")]
    assert porter.picture.documents["k/shed/gw-1/wish-0001"]["by"] == "otto"


async def test_a_viewer_acts_on_nothing(porter: Porter) -> None:
    client = await porter.signed_in("vera")
    answer = await client.post("/api/commands", json=WISH)
    assert (answer.status_code, answer.json()) == (403, {"detail": "needs-operator"})
    assert porter.acts == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "stop", "target": "p/a"}, "order-missing"),
        ({"kind": "stop", "target": "p", "order_id": "A1"}, "order-missing"),
        ({"kind": "reset", "target": "p/a", "reason": "  "}, "reason-missing"),
        ({"kind": "start"}, None),
        ({"target": "p/a/b"}, None),
        ({"gateway": "shed"}, None),
        ({"extra": 1}, None),
    ],
)
async def test_a_wish_that_lacks_something_is_refused(porter: Porter, change: dict[str, Any], said: str | None) -> None:
    client = await porter.signed_in("otto")
    answer = await client.post("/api/commands", json=WISH | change)
    assert answer.status_code == (422 if said is None else 400)
    assert said is None or answer.json()["detail"] == said
    assert porter.acts == []


async def test_a_gateway_that_is_not_here_is_refused(porter: Porter) -> None:
    client = await porter.signed_in("otto")
    answer = await client.post("/api/commands", json=WISH | {"gateway": "shed/gw-2"})
    assert (answer.json()["standing"], answer.json()["reason"]) == ("refused", "unknown-gateway")
