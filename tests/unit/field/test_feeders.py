"""A meter's contactors stand as one outlet to its relay: open when all are, closed as soon as one is."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.field.contactors import DARK_WITHIN_S, Contactors
from gateway.field.feeders import Feeders

NAMES = ("board/outlet-01", "board/outlet-03", "other/outlet-02")
frames = st.tuples(st.sampled_from(NAMES), st.booleans(), st.booleans())


@dataclass
class Loop:
    """A loop and its relay in one, which write down what they are told."""

    said: list[tuple[str, bool]] = field(default_factory=list)
    is_opening: bool = False
    devices: list[Any] = field(default_factory=list)
    noted: int = 0

    @property
    def relay(self) -> Loop:
        return self

    def commanded(self, _pile: int, _outlet: int, on: bool, _now_s: float) -> None:  # noqa: FBT001 - the relay's
        self.said.append(("commanded", on))
        self.is_opening = False

    def off_sent(self, _pile: int, _outlets: object, _now_s: float) -> None:
        self.said.append(("off", False))
        self.is_opening = True

    def off_acknowledged(self, _pile: int, _outlets: object) -> None:
        self.said.append(("acknowledged", False))

    def opening(self) -> list[tuple[int, int]]:
        return [(0, 0)] if self.is_opening else []

    def note_off(self, _device: object, _outlets: object, _at_s: float) -> None:
        self.noted += 1

    def found(self, _device: object, _taken_s: float, *, on: bool) -> None:
        self.said.append(("found", on))


def made() -> tuple[Contactors, Feeders, Loop]:
    loop, contactors = Loop(), Contactors()
    loop.devices.append(SimpleNamespace(name="feeder", pile=0, opens=NAMES, behind=("pile-01",)))
    places: Any = dict.fromkeys(NAMES)
    loops: Any = [loop]
    return contactors, Feeders(loops, places, contactors), loop


def send(contactors: Contactors, feeders: Feeders, name: str, at_s: float, *, on: bool, acknowledged: bool) -> None:
    is_news = contactors.switched(name, at_s, on=on)
    feeders.switched(name, at_s, on=on, acknowledged=acknowledged, is_news=is_news)


@given(st.lists(frames, max_size=30))
def test_off_is_told_only_when_nothing_can_flow_any_more(sent: list[tuple[str, bool, bool]]) -> None:
    contactors, feeders, loop = made()
    stands: dict[str, bool] = {}
    acknowledged: set[str] = set()
    for at_s, (name, on, answered) in enumerate(sent):
        told = len(loop.said)
        send(contactors, feeders, name, float(at_s), on=on, acknowledged=answered)
        stands[name] = on
        acknowledged = acknowledged | {name} if answered and not on else acknowledged - {name}
        new = loop.said[told:]
        if on:
            assert new == [("commanded", True)]
        elif len(stands) < len(NAMES) or any(stands.values()):
            assert new == []
        elif new:
            assert new[0] == ("off", False)
            assert (("acknowledged", False) in new) == (acknowledged == set(NAMES))


def test_all_of_them_off_is_told_once_and_again_only_while_it_is_not_proved() -> None:
    contactors, feeders, loop = made()
    for at_s, name in enumerate((*NAMES, NAMES[0])):
        send(contactors, feeders, name, float(at_s), on=False, acknowledged=True)
    assert [what for what, _ in loop.said] == ["off", "acknowledged"] * 2
    loop.is_opening = False
    send(contactors, feeders, NAMES[1], 9.0, on=False, acknowledged=True)
    assert len(loop.said) == 4
    assert loop.noted == 2


def test_what_was_read_before_a_switching_says_nothing_about_it() -> None:
    contactors, feeders, loop = made()
    for name in NAMES:
        contactors.read(name, 1.0, on=True)
        feeders.read(name, 1.0)
    assert loop.said == [("found", True)] * 3, "one that is closed is enough"
    for name in NAMES:
        send(contactors, feeders, name, 5.0, on=False, acknowledged=True)
    contactors.read(NAMES[0], 4.9, on=True)
    feeders.read(NAMES[0], 4.9)
    assert loop.said[-1] == ("found", False)
    contactors.read(NAMES[0], 6.0, on=True)
    feeders.read(NAMES[0], 6.0)
    assert loop.said[-1] == ("found", True)


def fed_by_a_contactor() -> tuple[Contactors, Any]:
    health = SimpleNamespace(is_silent=False)
    bus = SimpleNamespace(planner=SimpleNamespace(health=[health]))
    pile = SimpleNamespace(name="pile-01", pile=None, index=0, outlet_names=("pile-01/outlet-01",))
    loops: Any = [SimpleNamespace(devices=[pile], bus=bus)]
    return Contactors(loops, {"pile-01": NAMES[0]}), health


@given(st.integers(-100, 200), st.booleans())
def test_only_a_silence_that_its_opening_explains_keeps_no_contactor_open(after_s: int, is_heard: bool) -> None:  # noqa: FBT001 - drawn
    contactors, health = fed_by_a_contactor()
    contactors.switched(NAMES[0], 1000.0, on=False)
    health.is_silent = True
    contactors.lost("pile-01", 1000.0 + after_s)
    if is_heard:
        contactors.heard("pile-01")
    assert contactors.against_closing(NAMES[0], {"pile-01/outlet-01"})[0] == "feeds-silent", "no meter, no excuse"
    word, _ = contactors.against_closing(NAMES[0], {"pile-01/outlet-01"}, excuses_dark=True)
    is_dark = 0.0 <= after_s <= DARK_WITHIN_S and not is_heard
    assert word == ("" if is_dark else "feeds-silent")


def test_an_off_that_waits_keeps_a_contactor_open_while_its_pile_is_there() -> None:
    contactors, _ = fed_by_a_contactor()
    contactors.switched(NAMES[0], 1000.0, on=False)
    assert contactors.against_closing(NAMES[0], {"pile-01/outlet-01"}, excuses_dark=True)[0] == "feeds-opening"
    contactors.lost("pile-01", 1001.0)
    contactors.switched(NAMES[0], 1002.0, on=True)
    assert contactors.against_closing(NAMES[0], {"pile-01/outlet-01"}, excuses_dark=True)[0] == "feeds-opening"
