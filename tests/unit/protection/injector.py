"""Injects readings into a relay, as a relay test set does, keeps the time, and obeys like the control loop."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.model.device import Role
from gateway.protection.decision import Clear, Decision, Raise, Rung, Trip, TripCause, Verified
from gateway.protection.relay import Relay
from gateway.protection.settings import BusSettings, OutletSettings, PileSettings

OUTLET = OutletSettings(number=1, arming_delay_ms=0.0, frozen_after_s=None)
PILE = PileSettings(name="pile-01", outlets=(), total_pickup_a=None, frozen_after_s=None)


def outlets(count: int, base: OutletSettings = OUTLET) -> tuple[OutletSettings, ...]:
    return tuple(replace(base, number=number + 1) for number in range(count))


def bus(
    outlet: OutletSettings = OUTLET,
    pile: PileSettings = PILE,
    *,
    count: int = 3,
    piles: int = 1,
    bus_total_pickup_a: float | None = None,
) -> BusSettings:
    return BusSettings(
        piles=tuple(
            replace(pile, name=f"pile-{index + 1:02d}", outlets=outlets(count, outlet)) for index in range(piles)
        ),
        bus_total_pickup_a=bus_total_pickup_a,
    )


class Injector:
    """`on` starts outlets from a known OFF; `currents` injects one scan; `step_s` (exact in binary) passes before each."""

    def __init__(self, settings: BusSettings, *, step_s: float = 0.125, relay: Relay | None = None) -> None:
        self.relay = Relay(settings) if relay is None else relay
        self.settings = settings
        self.now_s = 100.0
        self.step_s = step_s
        self.said: list[Decision] = []

    def wait(self, seconds: float) -> "Injector":
        self.now_s += seconds
        return self

    def _hear(self, decisions: Sequence[Decision]) -> list[Decision]:
        self.said += decisions
        return list(decisions)

    def currents(self, *values: float | None, pile: int = 0, raw: Sequence[float] | None = None) -> list[Decision]:
        self.now_s += self.step_s
        words = [0.0 if value is None else round(value * 100) for value in values] if raw is None else raw
        return self._hear(self.relay.sample(pile, Role.CURRENT, values, words, self.now_s, self.now_s))

    def read(self, role: Role, *values: float | None, pile: int = 0, first: int = 0) -> list[Decision]:
        self.now_s += self.step_s
        words = [0.0 if value is None else value for value in values]
        return self._hear(self.relay.sample(pile, role, values, words, self.now_s, self.now_s, first=first))

    def whole(self, role: Role, value: float, pile: int = 0) -> list[Decision]:
        self.now_s += self.step_s
        return self._hear(self.relay.sample_whole(pile, role, value, value, self.now_s, self.now_s))

    def tick(self, seconds: float = 0.0) -> list[Decision]:
        self.now_s += seconds
        return self._hear(self.relay.tick(self.now_s))

    def missed(self, count: int = 1, pile: int = 0) -> list[Decision]:
        said: list[Decision] = []
        for _ in range(count):
            self.now_s += self.step_s
            said += self._hear(self.relay.missed(pile, self.now_s))
        return said

    def bad(self, count: int = 1, pile: int = 0) -> list[Decision]:
        said: list[Decision] = []
        for _ in range(count):
            self.now_s += self.step_s
            said += self._hear(self.relay.bad(pile, self.now_s))
        return said

    def found(self, *states: bool, pile: int = 0) -> None:
        for outlet, on in enumerate(states):
            self.relay.commanded(pile, outlet, on, self.now_s, found=True)

    def on(self, outlet: int = 0, pile: int = 0) -> None:
        self.relay.commanded(pile, outlet, True, self.now_s)

    def off(self, *which: int, pile: int = 0) -> None:
        self.relay.off_sent(pile, which, self.now_s)

    def idle(self, pile: int = 0, count: int = 3) -> None:
        """Bring a pile to a known state: every outlet OFF, read, at rest for long enough."""
        self.found(*[False] * count, pile=pile)
        self.currents(*[0.0] * count, pile=pile)
        self.wait(5.0)
        self.currents(*[0.0] * count, pile=pile)


def trips(said: Sequence[Decision]) -> list[TripCause]:
    return [cause for decision in said if isinstance(decision, Trip) for cause in decision.outlets]


def rungs(said: Sequence[Decision]) -> list[str]:
    return [decision.rung.value for decision in said if isinstance(decision, Rung)]


def verdicts(said: Sequence[Decision]) -> list[bool]:
    return [decision.verified for decision in said if isinstance(decision, Verified)]


def raised(said: Sequence[Decision]) -> list[str]:
    return [decision.alarm.value for decision in said if isinstance(decision, Raise)]


def cleared(said: Sequence[Decision]) -> list[str]:
    return [decision.alarm.value for decision in said if isinstance(decision, Clear)]
