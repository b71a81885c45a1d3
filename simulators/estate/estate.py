"""A whole simulated site: every line of it as a process, one control for all."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from simulators.control import LineControl
from simulators.errors import SimulatorError
from simulators.estate.announcement import Announcement, announce, new_folder, remove_folder
from simulators.estate.directory import Directory
from simulators.estate.injection import read_injection
from simulators.estate.plant import line_specs
from simulators.line import LineHandle, start_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    from gateway.model.site import Site
    from simulators.estate.wish import Order
    from simulators.physics.resident import Habits


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a scenario: seconds after its start, and what happens then."""

    at_s: float
    target: str
    fault: str


class EstateControl:
    """Tells a running estate what to do, from any process. Blocking; every method raises `SimulatorError`."""

    def __init__(self, directory: Directory, controls: Mapping[str, LineControl]) -> None:
        self.directory = directory
        self._controls = controls

    @classmethod
    def connect(cls, announcement: Announcement) -> Self:
        """Reach the lines of a simulation that another process runs."""
        opened: dict[str, LineControl] = {}
        try:
            for bus, path in announcement.controls.items():
                opened[bus] = LineControl(path)
        except SimulatorError:
            for control in opened.values():
                control.close()
            raise
        return cls(announcement.directory, opened)

    def close(self) -> None:
        for control in self._controls.values():
            control.close()

    def inject(self, target: str, fault: str, *, at_s: float | None = None) -> float:
        """Let a fault happen, now or at a moment of CLOCK_MONOTONIC; return the moment that counts."""
        return self._give(read_injection(target, fault, self.directory), at_s)

    def play(self, steps: Iterable[Step], *, start_s: float | None = None) -> float:
        """Hand a scenario over: each of its steps happens at its own moment. Nothing happens where one is wrong.

        Returns the moment from which its seconds count.
        """
        read = [(step, read_injection(step.target, step.fault, self.directory)) for step in steps]
        start_s = time.monotonic() if start_s is None else start_s
        for step, orders in read:
            self._give(orders, start_s + step.at_s)
        return start_s

    def outlets(self, device: str) -> list[dict[str, Any]]:
        """Return the true state of each outlet of a device, which nothing on the wire tells.

        `outlet`, `commanded`, `closed`, `welded`; of a pile also `plug`, `watts`, `amps`, `wh`.
        """
        target = self.directory.find(device)
        if target.place is None:
            raise SimulatorError(f"{device} is a line: name a device on it")
        states: list[dict[str, Any]] = self._controls[target.bus].ask("outlets", unit=target.place.unit)["result"]
        return states

    def _give(self, orders: Iterable[Order], at_s: float | None) -> float:
        start_s = time.monotonic() if at_s is None else at_s
        counts_s = []
        for order in orders:
            due_s = start_s + order.delay_s if order.delay_s else at_s
            counts_s.append(self._controls[order.bus].ask(order.command, at_s=due_s, **order.arguments)["at_s"])
        return float(counts_s[0])


@dataclass(slots=True)
class Estate:
    """A running estate. `paths` are what hosts open, by bus. Ends when left as a context."""

    site: str
    lines: Mapping[str, LineHandle]
    control: EstateControl
    _folder: Path = field(repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def paths(self) -> dict[str, str]:
        return {bus: line.path for bus, line in self.lines.items()}

    def ended(self) -> list[str]:
        """Return the names of lines that have ended by themselves: none, as long as all is well."""
        return [bus for bus, line in self.lines.items() if line.has_ended]

    def stop(self) -> None:
        """End every line and remove what was made; harmless when repeated."""
        for line in self.lines.values():
            line.leave()
        for line in self.lines.values():
            line.stop()
        remove_folder(self._folder)


def start_estate(site: Site, *, seed: int = 1, habits: Habits | None = None) -> Estate:
    """Simulate every line of a site and make it known to other terminals. Raises `SimulatorError`; leaves nothing then.

    `habits` None means that nobody plugs anything in or out but by injection.
    """
    folder = new_folder()
    lines: list[LineHandle] = []
    try:
        lines = start_lines(line_specs(site, folder=folder, seed=seed, habits=habits))
        directory = Directory.of(site)
        named = {line.spec.name: line for line in lines}
        controls = {bus: line.control_path for bus, line in named.items()}
        announce(folder, Announcement(site=site.name, pid=os.getpid(), controls=controls, directory=directory))
    except BaseException:
        for line in lines:
            line.stop()
        remove_folder(folder)
        raise
    control = EstateControl(directory, {bus: line.control for bus, line in named.items()})
    return Estate(site.name, named, control, folder)
