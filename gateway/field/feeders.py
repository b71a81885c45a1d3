"""Meters that open contactors by themselves: what a trip of one opens, and what it keeps from being switched on.

To its relay such a meter is a pile with one outlet. That outlet is open when all of its contactors are, and closed as
soon as one of them is; these may hang on another line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.field.contactors import Contactors
    from gateway.field.device import FieldDevice
    from gateway.field.loop import ControlLoop
    from gateway.field.places import Place

ITS_OUTLET = 0


@dataclass(frozen=True, slots=True)
class Feeder:
    """One such meter, its number in its relay, and its contactors."""

    loop: ControlLoop
    device: FieldDevice
    pile: int
    contactors: tuple[Place, ...]

    @property
    def is_opening(self) -> bool:
        return (self.pile, ITS_OUTLET) in self.loop.relay.opening()


class Feeders:
    """All of one site. `contactors` knows how each of these stands."""

    def __init__(self, loops: Iterable[ControlLoop], places: Mapping[str, Place], contactors: Contactors) -> None:
        self._standings = contactors.standings
        self._acknowledged: set[str] = set()
        self._by_meter: dict[str, Feeder] = {}
        self._by_contactor: dict[str, list[Feeder]] = {}
        self._by_fed: dict[str, list[Feeder]] = {}
        for loop in loops:
            for device in loop.devices:
                if device.opens and device.pile is not None:
                    self._add(Feeder(loop, device, device.pile, tuple(places[name] for name in device.opens)))

    def _add(self, feeder: Feeder) -> None:
        self._by_meter[feeder.device.name] = feeder
        for name in feeder.device.opens:
            self._by_contactor.setdefault(name, []).append(feeder)
        for name in feeder.device.behind:
            self._by_fed.setdefault(name, []).append(feeder)

    def opened_by(self, device: FieldDevice) -> Sequence[Place]:
        """Return the contactors that open for a meter; empty for any other device."""
        feeder = self._by_meter.get(device.name)
        return () if feeder is None else feeder.contactors

    def is_opened_by_one(self, contactor: str) -> bool:
        """Return whether any meter opens this contactor."""
        return contactor in self._by_contactor

    # ------------------------------------------------------------------ how the contactors stand

    def switched(self, contactor: str, at_s: float, *, on: bool, acknowledged: bool, is_news: bool) -> None:
        """Take a frame that has switched a contactor to its meters' relays, once the last one of each is open.

        `is_news`: it stood otherwise. What is opened again, once its current is seen to be gone, proves nothing more.
        """
        (self._acknowledged.add if acknowledged and not on else self._acknowledged.discard)(contactor)
        for feeder in self._by_contactor.get(contactor, ()):
            if on:
                feeder.loop.relay.commanded(feeder.pile, ITS_OUTLET, True, at_s)
            elif self._stands(feeder) is False and (is_news or feeder.is_opening):
                feeder.loop.note_off(feeder.device, (ITS_OUTLET,), at_s)
                feeder.loop.relay.off_sent(feeder.pile, (ITS_OUTLET,), at_s)
                if self._acknowledged.issuperset(feeder.device.opens):
                    feeder.loop.relay.off_acknowledged(feeder.pile, (ITS_OUTLET,))

    def read(self, contactor: str, taken_s: float) -> None:
        """Take to its meters that a contactor was read."""
        for feeder in self._by_contactor.get(contactor, ()):
            is_on = self._stands(feeder)
            if is_on is not None:
                feeder.loop.found(feeder.device, taken_s, on=is_on)

    def _stands(self, feeder: Feeder) -> bool | None:
        """Return whether anything can flow through a meter's contactors; None while that is not known."""
        known = [self._standings[name].is_on for name in feeder.device.opens if name in self._standings]
        if any(known):
            return True
        return False if len(known) == len(feeder.device.opens) else None

    # ------------------------------------------------------------------ what they forbid

    def against_starting(self, device: FieldDevice, now_s: float) -> str:
        """Return why no outlet of a device may be switched on, as a word; empty for nothing."""
        found = (_against(feeder, now_s)[0] for feeder in self._by_fed.get(device.name, ()))
        return next((word for word in found if word), "")

    def against_closing(self, contactor: str, now_s: float) -> tuple[str, str]:
        """Return why a contactor must stay open, as a word and a line for people; two empty strings for nothing."""
        found = (_against(feeder, now_s) for feeder in self._by_contactor.get(contactor, ()))
        return next((why for why in found if why[0]), ("", ""))


def _against(feeder: Feeder, now_s: float) -> tuple[str, str]:
    relay, name = feeder.loop.relay, feeder.device.name
    latched = relay.latched(feeder.pile, ITS_OUTLET)
    if latched:
        return "feeder-latched", f"{name} is latched ({', '.join(latched)}): reset that first"
    for place in feeder.contactors:
        if place.loop.bus.planner.health[place.device.index].is_silent:
            return "feeder-disarmed", f"{place.device.name}, by which {name} would cut it off, does not answer"
    reasons = relay.may_close(feeder.pile, ITS_OUTLET, now_s)
    return ("feeder-not-ready", f"{name}: {reasons[0]}") if reasons else ("", "")
