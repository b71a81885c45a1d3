"""`gateway simulate`: the devices of a site without any hardware, and what goes wrong with them."""

from __future__ import annotations

import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

from gateway.app.scenario import load_scenario
from gateway.model.device import Kind
from gateway.model.site import DialInLink, SerialLink
from gateway.site.load import load_site
from simulators.errors import SimulatorError
from simulators.estate.announcement import running
from simulators.estate.catalogue import FAULTS
from simulators.estate.directory import CABINET, Directory, Level
from simulators.estate.estate import EstateControl, start_estate
from simulators.estate.injection import OPTIONS
from simulators.physics.resident import Habits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.model.site import Bus, Site
    from simulators.estate.estate import Estate, Step

LOOK_S = 0.5
"""How often the lines are looked after while nothing else is to be done."""


def simulate(
    site: Path | None = None,
    inject: tuple[str, str] | None = None,
    scenario: Path | None = None,
    seed: int = 1,
    *,
    faults: bool = False,
) -> int:
    """Simulate a site until Ctrl-C, or with `inject` (target, fault) let something happen to one that runs.

    `faults` only lists what can be injected, and into what. Returns the exit code. Raises `ConfigError` for a broken
    file and `SimulatorError` for everything else.
    """
    if faults:
        _list_faults()
        return 0
    if inject is not None:
        if scenario is not None:
            raise SimulatorError("--inject goes to a simulation that runs: give --scenario to the one that starts")
        return _inject(*inject, site="" if site is None else load_site(site).name)
    if site is None:
        raise SimulatorError("name the site file to simulate, or --inject TARGET FAULT into one that runs")
    loaded = load_site(site)
    steps = () if scenario is None else load_scenario(scenario, Directory.of(loaded))
    return _run(loaded, steps, seed)


def _list_faults() -> None:
    for name, form in FAULTS.items():
        usual = form.value.example if form.value is not None else ""
        options = "".join(f",{option}={OPTIONS[option].example}" for option in form.options)
        levels = "/".join(level for level in Level if level in form.levels)
        written = f"{name}{'=' if usual else ''}{usual}"
        where = f" [{form.where}]" if form.where else ""
        _say(f"{levels:<14} {written:<18} {form.says}" + (f" ({options[1:]})" if options else "") + where)


def _inject(target: str, fault: str, site: str) -> int:
    announcement = running(site)
    control = EstateControl.connect(announcement)
    try:
        control.inject(target, fault)
    finally:
        control.close()
    _say(f"{announcement.site}: {target} {fault}")
    return 0


def _run(site: Site, steps: Sequence[Step], seed: int) -> int:
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with start_estate(site, seed=seed, habits=Habits()) as estate:
            _introduce(site, estate)
            ended = _watch(estate, steps, stop)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if ended:
        sys.stderr.write(f"simulate: {', '.join(ended)} ended by itself\n")
    return 1 if ended else 0


def _watch(estate: Estate, steps: Sequence[Step], stop: threading.Event) -> list[str]:
    """Wait until told to stop, saying each step as it happens; return the lines that failed."""
    start_s = estate.control.play(steps)
    waiting = sorted(steps, key=lambda step: step.at_s)
    while not (ended := estate.ended()):
        next_s = waiting[0].at_s - (time.monotonic() - start_s) if waiting else LOOK_S
        if stop.wait(min(max(next_s, 0.0), LOOK_S)):
            break
        while waiting and start_s + waiting[0].at_s <= time.monotonic():
            step = waiting.pop(0)
            _say(f"{step.at_s:7.1f} s  {step.target} {step.fault}")
    return ended


def _introduce(site: Site, estate: Estate) -> None:
    wide = max(len(path) for path in estate.paths.values())
    _say(f"SIMULATED: {site.name}. No device is behind these lines; every value on them is made up.")
    for bus in site.buses:
        names = [device.name for device in site.devices_on(bus.name)]
        shown = ", ".join(names) if len(names) == 1 else f"{names[0]} .. {names[-1]} ({len(names)} devices)"
        _say(f"  {bus.name:<10} {estate.paths[bus.name]:<{wide}}  {_speed(bus):<12} {shown}")
    _say(f"Let something happen, from another terminal: gateway simulate --inject {_example(site)}")
    _say("Ctrl-C ends the simulation.")


def _speed(bus: Bus) -> str:
    if isinstance(bus.link, DialInLink):
        return "dials in"
    return f"{bus.link.baud} baud" if isinstance(bus.link, SerialLink) else "TCP"


def _example(site: Site) -> str:
    directory = Directory.of(site)
    for device in site.devices:
        if device.model.kind is Kind.PILE:
            return f"{device.name}/{device.model.outlets[0].name} welded"
        if device.model.kind is Kind.LOCK:
            return f"{device.name} " + ("takes=2" if directory.devices[device.name].room == CABINET else "throws=2kg")
    return f"{site.devices[0].name} silent"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
