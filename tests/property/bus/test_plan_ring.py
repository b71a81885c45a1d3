"""Whatever is wished for and however transactions end: protection comes round in its ring, and no OFF is lost."""

from __future__ import annotations

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.bus.job import End, Job, Wait, Why
from gateway.bus.plan import URGENT_ATTEMPTS, Planner
from gateway.model.device import GroupClass
from tests.depth import examples
from tests.unit.bus.planning import CLOSE_IT, COST_S, OPEN_IT, device

DEVICES = 4
INDEX = st.integers(0, DEVICES - 1)
URGENT = {Why.OFF, Why.CONFIRM, Why.RETRY}


class Plan(RuleBasedStateMachine):
    """Plays a bus whose devices come and go, and its users, who want everything at once."""

    @initialize(ring=st.integers(1, 2), slow=st.integers(0, 2))
    def build(self, ring: int, slow: int) -> None:
        self.now_s = 0.0
        self.planner = Planner(
            [device(index, ring=ring, control=slow, telemetry=slow, slow_s=0.3) for index in range(DEVICES)], 0.0
        )
        self.pending: set[int] = set()
        self.token = 0
        self.slots = 0
        self.urgent: Counter[int] = Counter()
        self.since: dict[tuple[int, int], Counter[tuple[int, int]]] = {}

    # ------------------------------------------------------------------ wishes

    @rule(device=INDEX)
    def off(self, device: int) -> None:
        self.token += 1
        self.pending.add(self.token)
        self.planner.off(device, OPEN_IT, self.token, self.now_s)

    @rule(device=INDEX)
    def command(self, device: int) -> None:
        self.planner.command(device, CLOSE_IT, 0, self.now_s)

    @rule(device=INDEX, after_s=st.sampled_from([0.0, 0.1, 0.4]))
    def confirm(self, device: int, after_s: float) -> None:
        self.planner.confirm(device, [0], self.now_s + after_s)

    @rule(device=INDEX, after_s=st.sampled_from([0.0, 0.1, 0.4]))
    def read_again(self, device: int, after_s: float) -> None:
        self.planner.read_again(device, [0, 1, 2], self.now_s + after_s)

    @rule(device=INDEX)
    def read_now(self, device: int) -> None:
        self.planner.read_now(device, self.now_s)

    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        if self.pending:
            token = data.draw(st.sampled_from(sorted(self.pending)))
            self.pending.discard(token)
            self.planner.withdraw(token)

    @rule()
    def link_restored(self) -> None:
        self.planner.link_restored(self.now_s)
        self.since.clear()
        self.slots = 0

    # ------------------------------------------------------------------ the line

    @rule(dead=st.sets(INDEX), end=st.sampled_from([End.SILENT, End.DAMAGED, End.REFUSED]), count=st.integers(1, 40))
    def run(self, dead: set[int], end: End, count: int) -> None:
        for _ in range(count):
            self.step(dead, end)

    def step(self, dead: set[int], end: End) -> None:
        job = self.planner.next(self.now_s)
        assert self.planner.next(self.now_s) == job
        if isinstance(job, Wait):
            assert job.until_s > self.now_s
            self.now_s = min(job.until_s, self.now_s + 3600)
            return
        self.judge(job)
        self.planner.started(job, self.now_s)
        self.now_s += COST_S
        ended = end if job.device in dead else End.ANSWERED
        self.planner.finished(job, ended, self.now_s)
        if job.order is not None and ended is End.ANSWERED:
            self.pending.discard(job.order.token)
        if self.planner.health[job.device].is_silent:
            self.since = {key: seen for key, seen in self.since.items() if key[0] != job.device}

    def judge(self, job: Job) -> None:
        is_silent = self.planner.health[job.device].is_silent
        if job.why is Why.RING:
            assert job.piece is not None
            assert not is_silent
            key = (job.device, job.piece.layout)
            assert max(self.since.get(key, Counter()).values(), default=0) <= 1, "another was read twice in between"
            self.slots = 0
            for seen in self.since.values():
                seen[key] += 1
            self.since[key] = Counter()
        elif job.why is Why.OFF and job.order is not None and not is_silent and job.order.attempts < URGENT_ATTEMPTS:
            self.urgent[job.order.token] += 1
            assert self.urgent[job.order.token] <= URGENT_ATTEMPTS
        elif job.why not in URGENT or job.why is Why.OFF:
            self.slots += 1
            alive = [index for index, health in enumerate(self.planner.health) if not health.is_silent]
            assert self.slots <= 1 or not alive, "two slots in one ring"
        if job.why is Why.SLOW:
            assert job.piece is not None
            assert job.piece.group_class is not GroupClass.PROTECTION

    @invariant()
    def no_off_is_lost(self) -> None:
        if hasattr(self, "pending"):
            assert {order.token for order in self.planner._offs} == self.pending


Plan.TestCase.settings = settings(max_examples=examples(30), stateful_step_count=30, deadline=None)
TestPlan = Plan.TestCase
