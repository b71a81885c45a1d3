"""Small plans and a hand to drive them with."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.bus.job import End, Job, Piece, PlannedDevice, Wait, Why
from gateway.bus.plan import Planner
from gateway.model.device import GroupClass
from gateway.model.wiring import Block, Table, Write

OPEN_IT = Write(Table.COIL, 0, (0,))
CLOSE_IT = Write(Table.COIL, 0, (1,))
COST_S = 0.04


def device(
    index: int,
    *,
    ring: int = 1,
    control: int = 0,
    safety: int = 0,
    telemetry: int = 0,
    ring_s: float = 0.0,
    slow_s: float = 1.0,
    late_s: float = 0.5,
) -> PlannedDevice:
    classes = [
        *([GroupClass.PROTECTION] * ring),
        *([GroupClass.CONTROL] * control),
        *([GroupClass.SAFETY] * safety),
        *([GroupClass.TELEMETRY] * telemetry),
    ]
    return PlannedDevice(
        pieces=tuple(
            Piece(
                device=index,
                layout=layout,
                block=Block(Table.HOLDING, 100 * layout, 12 - layout),
                group_class=kind,
                period_s=ring_s if kind is GroupClass.PROTECTION else slow_s,
                cost_s=COST_S,
            )
            for layout, kind in enumerate(classes)
        ),
        late_reply_s=late_s,
    )


@dataclass(slots=True)
class Hand:
    """Plays the bus: takes what is next, lets it last `COST_S`, ends it."""

    planner: Planner
    now_s: float = 0.0

    def look(self) -> Job:
        """Return the next job, waiting for it if need be."""
        while isinstance(job := self.planner.next(self.now_s), Wait):
            assert job.until_s > self.now_s
            self.now_s = job.until_s
        return job

    def step(self, end: End = End.ANSWERED) -> Job:
        job = self.look()
        self.planner.started(job, self.now_s)
        self.now_s += COST_S
        self.planner.finished(job, end, self.now_s)
        return job

    def steps(self, count: int, end: End = End.ANSWERED) -> list[Job]:
        return [self.step(end) for _ in range(count)]

    def silence(self, device: int) -> None:
        """Let a device fall silent while the others answer."""
        while not self.planner.health[device].is_silent:
            self.step_with({device})

    def step_with(self, dead: set[int]) -> Job:
        job = self.look()
        return self.step(End.SILENT if job.device in dead else End.ANSWERED)

    def until(self, moment_s: float, dead: set[int]) -> list[tuple[float, Job]]:
        """Return what starts before `moment_s`, and when."""
        done = []
        while self.now_s < moment_s:
            job = self.look()
            done.append((self.now_s, job))
            self.step_with(dead)
        return done


def hand(*devices: PlannedDevice) -> Hand:
    return Hand(Planner(devices, 0.0))


def whys(jobs: list[Job]) -> list[Why]:
    return [job.why for job in jobs]
