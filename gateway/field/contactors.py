"""The contactors upstream of piles: how each stands, which one feeds what, and what speaks against closing one again.

Protection opens one as its last rung, a meter that protects what it feeds opens those it names, a safety-off of the
site or of the board opens it with everything else. Nothing closes one by itself: a reset that names it does, from a
person with a reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.protection.decision import Element

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from gateway.field.device import FieldDevice
    from gateway.field.loop import ControlLoop

NEVER_OPENED = frozenset({Element.WELD, Element.BREAKER_FAILURE})
"""Latches of an outlet that only the contactor keeps without current."""

DARK_WITHIN_S = 60.0
"""A device that falls silent so soon after its contactor has opened has lost its supply with it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a contactor stands, and since when that is known; what was read before it was switched does not count."""

    is_on: bool
    since_s: float


class Contactors:
    """All of one site, each by the name of its channel (`contactors-a/outlet-01`)."""

    def __init__(self, loops: Iterable[ControlLoop] = (), upstream: Mapping[str, str] | None = None) -> None:
        self._upstream = dict(upstream or {})
        self._fed: dict[str, list[tuple[ControlLoop, FieldDevice]]] = {}
        self._lost_s: dict[str, float] = {}
        self.standings: dict[str, Standing] = {}
        for loop in loops:
            for device in loop.devices:
                if device.name in self._upstream:
                    self._fed.setdefault(self._upstream[device.name], []).append((loop, device))

    def of(self, device: str) -> str:
        """Return the contactor upstream of a device; an empty string where there is none."""
        return self._upstream.get(device, "")

    def switched(self, contactor: str, at_s: float, *, on: bool) -> bool:
        """Note that a frame which switches a contactor went onto the wire; return whether it stood otherwise."""
        known = self.standings.get(contactor)
        is_news = known is None or known.is_on is not on
        if is_news:
            self.standings[contactor] = Standing(on, at_s)
        return is_news

    def read(self, contactor: str, taken_s: float, *, on: bool) -> None:
        """Note how a contactor was read."""
        known = self.standings.get(contactor)
        if known is None or (known.is_on is not on and taken_s > known.since_s):
            self.standings[contactor] = Standing(on, taken_s)

    def lost(self, device: str, now_s: float) -> None:
        """Note that a device has fallen silent, or its line is away."""
        self._lost_s[device] = now_s

    def heard(self, device: str) -> None:
        """Note that a device has told how its outlets stand."""
        self._lost_s.pop(device, None)

    def against_closing(
        self, contactor: str, opening: Container[str], *, excuses_dark: bool = False
    ) -> tuple[str, str]:
        """Return why a contactor must stay open, as a word and a line for people; two empty strings for nothing.

        `opening`: outlets whose OFF is not verified yet. `excuses_dark`: a device that lost its supply with the
        contactor cannot answer before it is closed, and what waits for it is the first thing that it hears then.
        """
        for loop, device in self._fed.get(contactor, ()):
            latched = _latched(loop, device)
            is_dark = excuses_dark and self._is_dark(contactor, device.name)
            if loop.bus.planner.health[device.index].is_silent and not is_dark:
                return "feeds-silent", f"{device.name} does not answer: what it would do with power is not known"
            if latched:
                return "feeds-latched", f"{latched}: reset that first"
            name = next((name for name in device.outlet_names if name in opening), None)
            if name is not None and not is_dark:
                return "feeds-opening", f"{name} was not seen to open yet"
        return "", ""

    def _is_dark(self, contactor: str, device: str) -> bool:
        standing, lost_s = self.standings.get(contactor), self._lost_s.get(device)
        if standing is None or standing.is_on or lost_s is None:
            return False
        return 0.0 <= lost_s - standing.since_s <= DARK_WITHIN_S


def _latched(loop: ControlLoop, device: FieldDevice) -> str:
    """Return the latch that keeps a contactor open: one of the whole pile, or of an outlet that did not open."""
    if device.pile is None:
        return ""
    whole = loop.relay.latched(device.pile, None)
    if whole:
        return f"{device.name} is latched ({', '.join(whole)})"
    for position, name in enumerate(device.outlet_names):
        causes = [cause for cause in loop.relay.latched(device.pile, position) if cause in NEVER_OPENED]
        if causes:
            return f"{name} is latched ({', '.join(causes)})"
    return ""
