"""A relay under anything that a bus, an operator and a careless control loop can do to it."""

import json
import math
from dataclasses import replace
from typing import get_args

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.model.device import Role
from gateway.protection.curve import Curve
from gateway.protection.decision import Decision, Element, Trip
from gateway.protection.relay import Relay
from gateway.protection.settings import InverseSettings, ThermalSettings
from tests.depth import examples
from tests.unit.protection.injector import OUTLET, PILE, bus

PILES, OUTLETS = 2, 3
SETTINGS = bus(
    replace(
        OUTLET,
        inverse=InverseSettings(curve=Curve.EI, setting_a=6.0, tms=0.05),
        thermal=ThermalSettings(base_a=6.0, tau_s=5.0),
        frozen_after_s=4.0,
        plug_out_s=1.0,
    ),
    replace(PILE, total_pickup_a=25.0, refresh_ms=100.0, frozen_after_s=4.0),
    count=OUTLETS,
    piles=PILES,
    bus_total_pickup_a=40.0,
)
piles = st.integers(0, PILES - 1)
positions = st.integers(0, OUTLETS - 1)
amps = st.one_of(
    st.none(),
    st.sampled_from([0.0, 0.05, 2.0, 6.5, 9.6, 10.0, 12.0, math.nan, math.inf, -math.inf, -3.0]),
    st.floats(0.0, 40.0),
)
contacts = st.one_of(st.none(), st.sampled_from([0.0, 1.0]))
outlet_values = {
    Role.POWER: st.one_of(st.none(), st.floats(0.0, 5000.0)),
    Role.VOLTAGE: st.one_of(st.none(), st.floats(0.0, 400.0)),
    Role.TEMPERATURE: st.one_of(st.none(), st.floats(-20.0, 120.0)),
    Role.ENERGY: st.one_of(st.none(), st.integers(0, 3).map(float)),
    Role.RELAY: contacts,
    Role.PLUG: contacts,
}
whole_values = {
    Role.TOTAL_CURRENT: amps,
    Role.RESIDUAL_CURRENT: st.floats(0.0, 100.0),
    Role.TEMPERATURE: st.floats(-20.0, 120.0),
    Role.VOLTAGE: st.floats(0.0, 400.0),
    Role.SMOKE: contacts,
    Role.DOOR: contacts,
    Role.HEARTBEAT: st.integers(0, 3).map(float),
}


class Anything(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.relay = Relay(SETTINGS)
        self.now_s = 0.0
        self.latches: dict[tuple[int, int | None], set[Element]] = {}
        self.owed: list[tuple[int, int]] = []

    @initialize()
    def begin(self) -> None:
        for pile in range(PILES):
            for outlet in range(OUTLETS):
                self.relay.commanded(pile, outlet, False, self.now_s, found=True)

    def hear(self, said: object) -> None:
        assert isinstance(said, list | tuple)
        for decision in said:
            assert isinstance(decision, get_args(Decision))
            if isinstance(decision, Trip):
                for cause in decision.outlets:
                    self.owed.append((decision.pile, cause.outlet))
                    json.dumps([cause.measured, cause.pickup, cause.picked_up_s, cause.inputs], allow_nan=False)
                outlets = [cause.outlet for cause in decision.outlets]
                assert outlets == sorted(set(outlets))
        of_piles = [decision.pile for decision in said if isinstance(decision, Trip)]
        assert len(of_piles) == len(set(of_piles)), "several trips of a pile in one scan are one"
        kinds = [isinstance(decision, Trip) for decision in said]
        assert kinds == sorted(kinds, reverse=True), "trips leave first"
        self.remember()

    def remember(self) -> None:
        for pile in range(PILES):
            for outlet in (None, *range(OUTLETS)):
                now = set(self.relay.latched(pile, outlet))
                assert now >= self.latches.get((pile, outlet), set()), "a latch went without a reset"
                self.latches[pile, outlet] = now

    @rule(step_s=st.floats(0.0, 3.0))
    def time_passes(self, step_s: float) -> None:
        self.now_s += step_s

    @rule(pile=piles, values=st.lists(amps, max_size=OUTLETS), first=positions, age_s=st.floats(-1.0, 3.0))
    def currents(self, pile: int, values: list[float | None], first: int, age_s: float) -> None:
        words = [0.0 if value is None else value for value in values]
        self.hear(self.relay.sample(pile, Role.CURRENT, values, words, self.now_s - age_s, self.now_s, first=first))

    @rule(pile=piles, values=st.lists(st.sampled_from([0.0, 2.0, 8.0, 12.0]), min_size=OUTLETS, max_size=OUTLETS))
    def steady_currents(self, pile: int, values: list[float]) -> None:
        for _ in range(3):
            self.now_s += 0.15
            self.hear(self.relay.sample(pile, Role.CURRENT, values, values, self.now_s, self.now_s))

    @rule(data=st.data(), pile=piles, role=st.sampled_from(sorted(outlet_values)), age_s=st.floats(-1.0, 3.0))
    def outlets(self, data: st.DataObject, pile: int, role: Role, age_s: float) -> None:
        values = data.draw(st.lists(outlet_values[role], min_size=2, max_size=OUTLETS))
        words = [0.0 if value is None else value for value in values]
        self.hear(self.relay.sample(pile, role, values, words, self.now_s - age_s, self.now_s))

    @rule(data=st.data(), pile=piles, role=st.sampled_from(sorted(whole_values)))
    def whole(self, data: st.DataObject, pile: int, role: Role) -> None:
        value = data.draw(whole_values[role])
        self.hear(self.relay.sample(pile, role, [value], [0.0 if value is None else value], self.now_s, self.now_s))

    @rule(pile=piles, answering=st.booleans(), count=st.integers(1, 5))
    def misses(self, pile: int, answering: bool, count: int) -> None:  # noqa: FBT001 - hypothesis draws it
        before = self.relay._piles[pile].counted_a
        for _ in range(count):
            self.now_s += 0.3
            self.hear(self.relay.bad(pile, self.now_s) if answering else self.relay.missed(pile, self.now_s))
        assert self.relay._piles[pile].counted_a >= before, "a pile that is not seen counts no less than before"

    @rule()
    def tick(self) -> None:
        self.hear(self.relay.tick(self.now_s))

    @rule()
    def obey(self) -> None:
        for pile, outlet in self.owed:
            self.relay.off_sent(pile, [outlet], self.now_s)
            self.relay.off_acknowledged(pile, [outlet])
        self.owed.clear()

    @rule(pile=piles, outlet=positions, on=st.booleans(), found=st.booleans())
    def switch_carelessly(self, pile: int, outlet: int, on: bool, found: bool) -> None:  # noqa: FBT001 - drawn
        self.relay.commanded(pile, outlet, on, self.now_s, found=found)

    @rule(pile=piles, outlet=positions)
    def start_properly(self, pile: int, outlet: int) -> None:
        if not self.relay.may_close(pile, outlet, self.now_s):
            self.relay.commanded(pile, outlet, True, self.now_s)

    @rule(pile=piles, outlet=positions, max_w=st.one_of(st.none(), st.floats(1.0, 3000.0)))
    def limit(self, pile: int, outlet: int, max_w: float | None) -> None:
        self.relay.limit(pile, outlet, max_w)

    @rule(pile=piles, outlet=st.one_of(st.none(), positions), reason=st.sampled_from(["", "looked at it"]))
    def reset(self, pile: int, outlet: int | None, reason: str) -> None:
        if self.relay.reset(pile, outlet, reason, self.now_s) is None:
            assert reason
            assert self.relay.latched(pile, outlet) == ()
            self.latches[pile, outlet] = set()

    @rule()
    def restart(self) -> None:
        kept = json.loads(json.dumps(self.relay.snapshot(self.now_s), allow_nan=False))
        heat = self.heat()
        self.relay = Relay.restore(SETTINGS, kept, self.now_s)
        self.remember()
        assert all(after >= before for before, after in zip(heat, self.heat(), strict=True))
        assert self.relay.snapshot(self.now_s) == kept

    def heat(self) -> list[float]:
        circuits = [circuit for pile in self.relay._piles for circuit in pile.circuits]
        return [circuit.thermal.theta for circuit in circuits if circuit.thermal is not None]

    @invariant()
    def what_is_latched_may_not_be_closed(self) -> None:
        for (pile, outlet), causes in self.latches.items():
            for position in range(OUTLETS) if outlet is None else [outlet]:
                assert not causes or self.relay.may_close(pile, position, self.now_s)

    @invariant()
    def what_is_on_under_a_latch_is_opened_by_the_next_tick(self) -> None:
        self.hear(self.relay.tick(self.now_s))
        for pile in self.relay._piles:
            for circuit in pile.circuits:
                assert not (circuit.latch.blocks and circuit.commanded is True) or circuit.opening.active

    @invariant()
    def heat_stays_between_rest_and_trip(self) -> None:
        assert all(0.0 <= theta <= 1.0 for theta in self.heat())


TestAnything = Anything.TestCase
TestAnything.settings = settings(max_examples=examples(30), stateful_step_count=40, deadline=None)
