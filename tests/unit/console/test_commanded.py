"""A wish is confirmed by what is measured after it, and by nothing else."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.console.commanded import KEPT, WITHIN_MS, Asked, Commanded
from gateway.console.picture import Picture

GATEWAY = "shed/gw-1"
AT_MS = 1_000_000
STATES = ("off", "on", "starting", "latched", "tripped", "unknown")


def picture(**outlets: str) -> Picture:
    """Return a pile `p` of these outlets and a lock `l`; nothing has been read since."""
    made = Picture()
    made.put(f"d/{GATEWAY}/p", {"kind": "pile", "link": "ok", "as_of": AT_MS - 1})
    made.put(f"d/{GATEWAY}/l", {"kind": "lock", "link": "ok", "as_of": AT_MS - 1})
    made.put(f"o/{GATEWAY}/l/door-1", {"state": "open"})
    for name, state in outlets.items():
        made.put(f"o/{GATEWAY}/p/{name}", {"state": state})
    return made


def read(made: Picture, **states: str) -> None:
    """Show how outlets stand, newly read; whatever is off was read open."""
    made.put(f"d/{GATEWAY}/p", {"kind": "pile", "link": "ok", "as_of": AT_MS + 500})
    for name, state in states.items():
        made.put(f"o/{GATEWAY}/p/{name}", {"state": state})
        made.opened[f"{GATEWAY}/p/{name}"] = AT_MS + 500 if state == "off" else AT_MS


def asked(kind: str, target: str = "p/a", command_id: str = "wish-0001") -> Asked:
    return Asked(id=command_id, gateway=GATEWAY, kind=kind, target=target, by="otto")


def shown(made: Picture) -> dict[str, Any]:
    return made.documents[f"k/{GATEWAY}/wish-0001"]


def test_an_answer_of_the_device_alone_confirms_nothing() -> None:
    made = picture(a="off")
    commanded = Commanded(made)
    commanded.ask(asked("stop"), AT_MS)
    commanded.told({"id": "wish-0001", "state": "done"})
    commanded.look(AT_MS + 100)
    assert shown(made)["standing"] == "sent"
    read(made, a="off")
    commanded.look(AT_MS + 600)
    assert shown(made)["standing"] == "confirmed"
    assert shown(made)["confirmed"] == AT_MS + 600


def test_what_is_read_later_than_promised_still_confirms() -> None:
    made = picture(a="on")
    commanded = Commanded(made)
    commanded.ask(asked("stop"), AT_MS)
    read(made, a="on")
    commanded.look(AT_MS + WITHIN_MS + 1)
    assert shown(made)["standing"] == "unconfirmed"
    assert shown(made)["left"] == 1
    read(made, a="off")
    commanded.look(AT_MS + WITHIN_MS + 2000)
    assert shown(made)["standing"] == "confirmed"


def test_a_refusal_stands_whatever_is_measured() -> None:
    made = picture(a="off")
    commanded = Commanded(made)
    commanded.ask(asked("stop"), AT_MS)
    commanded.told({"id": "wish-0001", "state": "refused", "reason": "order-mismatch", "detail": "x"})
    read(made, a="off")
    commanded.look(AT_MS + 600)
    assert (shown(made)["standing"], shown(made)["reason"]) == ("refused", "order-mismatch")


@given(st.lists(st.sampled_from(STATES), min_size=1, max_size=6), st.booleans())
def test_an_emergency_stop_counts_every_switched_outlet_that_is_not_seen_open(
    states: list[str],
    is_read: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    made = picture(**{f"n{number}": "on" for number in range(len(states))})
    commanded = Commanded(made)
    commanded.ask(asked("safety-off", "*"), AT_MS)
    if is_read:
        read(made, **{f"n{number}": state for number, state in enumerate(states)})
    commanded.look(AT_MS + 600)
    left = sum(state != "off" for state in states) if is_read else len(states)
    assert shown(made)["left"] == left
    assert shown(made)["standing"] == ("sent" if left else "confirmed")


def test_an_outlet_is_open_when_it_was_read_open_since_whatever_is_told_of_it_meanwhile() -> None:
    for opened_ms, standing in ((AT_MS, "sent"), (AT_MS + 1, "confirmed")):
        made = picture(a="on")
        made.take_status(GATEWAY, {"state": "online"})
        commanded = Commanded(made)
        commanded.ask(asked("safety-off"), AT_MS)
        made.opened[f"{GATEWAY}/p/a"] = opened_ms
        commanded.look(AT_MS + 600)
        assert shown(made)["standing"] == standing


def test_a_contactor_is_reset_when_it_is_read_closed() -> None:
    made = picture(a="off")
    made.put(f"d/{GATEWAY}/p", {"kind": "relay", "link": "ok", "as_of": AT_MS + 500})
    commanded = Commanded(made)
    commanded.ask(asked("reset"), AT_MS)
    commanded.told({"id": "wish-0001", "state": "done"})
    commanded.look(AT_MS + 600)
    assert shown(made)["standing"] == "sent"
    made.put(f"o/{GATEWAY}/p/a", {"state": "on"})
    commanded.look(AT_MS + 700)
    assert shown(made)["standing"] == "confirmed"


def test_a_reading_is_confirmed_by_being_newer_and_a_lost_device_confirms_nothing() -> None:
    made = picture(a="on")
    commanded = Commanded(made)
    commanded.ask(asked("read-now", "p"), AT_MS)
    made.put(f"d/{GATEWAY}/p", {"kind": "pile", "link": "lost", "as_of": AT_MS + 500})
    commanded.look(AT_MS + 600)
    assert shown(made)["standing"] == "sent"
    read(made, a="on")
    commanded.look(AT_MS + 700)
    assert shown(made)["standing"] == "confirmed"


def test_a_target_that_nobody_has_is_never_confirmed() -> None:
    made = picture(a="off")
    commanded = Commanded(made)
    commanded.ask(asked("safety-off", "q"), AT_MS)
    read(made, a="off")
    commanded.look(AT_MS + 600)
    assert shown(made)["standing"] == "sent"


def test_only_the_last_wishes_are_shown() -> None:
    made = picture(a="on")
    commanded = Commanded(made)
    for number in range(KEPT + 3):
        commanded.ask(asked("stop", command_id=f"wish-{number:04d}"), AT_MS)
    assert sum(key.startswith("k/") for key in made.documents) == KEPT
    assert commanded.find("wish-0000") is None
    commanded.told({"id": "wish-0000", "state": "done"})
    commanded.look(AT_MS + 1)


def test_a_reset_of_a_latch_is_confirmed_by_field_which_keeps_it_and_only_once_the_latch_is_gone() -> None:
    made = picture(a="latched")
    commanded = Commanded(made)
    commanded.ask(asked("reset"), AT_MS)
    read(made, a="off")
    commanded.look(AT_MS + 100)
    assert shown(made)["standing"] == "sent"
    commanded.told({"id": "wish-0001", "state": "done"})
    made.put(f"o/{GATEWAY}/p/a", {"state": "latched"})
    commanded.look(AT_MS + 200)
    assert shown(made)["standing"] == "sent"
    made.put(f"o/{GATEWAY}/p/a", {"state": "off"})
    commanded.look(AT_MS + 300)
    assert shown(made)["standing"] == "confirmed"
