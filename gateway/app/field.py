"""Put a field process together: buses, relays, loops, memory, the door. A composition root: it decides nothing.

`python -m gateway.app.field SITE --socket PATH --memory DIR` is the process that protects.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.app.clock import known_time_s
from gateway.app.life import ENDS_WITHIN_S, Arguments, end_of_life, new_id, report, use_real_time
from gateway.app.lines import Links, driver_of, timing_of
from gateway.app.reading import ReadingError, read_site
from gateway.bus.bus import Bus
from gateway.bus.selector import precise_loop
from gateway.field.device import make_device
from gateway.field.door import Door
from gateway.field.found import ORPHAN_AFTER_S
from gateway.field.lateness import Lateness
from gateway.field.loop import ControlLoop
from gateway.field.memory import Memory, all_piles
from gateway.field.process import TICK_S, Field
from gateway.field.recorder import Recorder
from gateway.field.report import Reporter
from gateway.field.watchdog import Watchdog, notify
from gateway.model.event import EventKind
from gateway.model.layout import Layout, describe
from gateway.protection.relay import Relay
from gateway.protection.settings import BusSettings
from gateway.site.element_bounds import element_bounds_ms
from gateway.site.plan import plan_bus
from gateway.site.settings import own_limit_w, pile_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.bus.link import Link
    from gateway.model import site as setup
    from gateway.protection.decision import Element
    from gateway.site.plan import BusPlan


REPORT_S = 1.0


class FieldHouse:
    """A whole field process of one site, ready to run."""

    def __init__(
        self,
        site: setup.Site,
        *,
        boot: str,
        memory: Memory | None = None,
        link_of: Callable[[setup.Link], Link] | None = None,
        orphan_after_s: float = ORPHAN_AFTER_S,
        known_time_s: Callable[[], int | None] = known_time_s,
    ) -> None:
        self._site = site
        self._links = Links(self._stranger)
        self._link_of = link_of or self._links.of
        self.plans = [plan_bus(site, bus, driver_of(site, bus), timing_of(bus.link)) for bus in site.buses]
        clock = asyncio.get_running_loop().time
        kept = all_piles(memory.protection()) if memory is not None else None
        self.field = Field(
            boot=boot,
            config_hash=site.digest,
            bounds_ms=_bounds(self.plans),
            memory=memory,
            now=clock,
            orphan_after_s=orphan_after_s,
            known_time_s=known_time_s,
        )
        layouts = 0
        self.loops: list[ControlLoop] = []
        self.buses: list[Bus] = []
        for plan in self.plans:
            loop, bus = self._bus(plan, layouts, kept, clock)
            layouts += sum(len(device.pieces) for device in plan.planned)
            self.loops.append(loop)
            self.buses.append(bus)
        self.field.attach(self.loops, contactors(site))
        self.door = Door(self.field, layouts_of(self.loops), clock)
        self.field.wake = self.door.soon
        self.lateness = Lateness(
            lambda detail: self.field.alarm("*", "loop-late", active=bool(detail), detail=detail), TICK_S
        )
        self._watchdog = Watchdog(self.field)
        self._now = clock
        self._memory = memory

    def _bus(
        self, plan: BusPlan, first_layout: int, kept: Mapping[str, object] | None, now: Callable[[], float]
    ) -> tuple[ControlLoop, Bus]:
        piles = [device for index, device in enumerate(plan.devices) if plan.is_protected(index)]
        devices = []
        for index, device in enumerate(plan.devices):
            unit, model = plan.units[index]
            planned = plan.planned[index]
            pile = piles.index(device) if device in piles else None
            made = make_device(
                name=device.name,
                index=index,
                unit=unit,
                model=model,
                planned=planned,
                first_layout=first_layout,
                pile=pile,
                own_limit_w=own_limit_w(device),
            )
            made.opens = tuple(_channel(contactor) for contactor in device.opens)
            made.behind = tuple(each.name for each in self._site.devices if each.upstream in device.opens)
            first_layout += len(planned.pieces)
            devices.append(made)
        settings = BusSettings(
            piles=tuple(pile_settings(device) for device in piles), bus_total_pickup_a=plan.bus.total_pickup_a
        )
        relay = Relay(settings) if kept is None else Relay.restore(settings, kept, now())
        loop = ControlLoop(
            devices=devices, relay=relay, arbiter=self.field.arbiter, recorder=Recorder(), listeners=self.field, now=now
        )
        bus = Bus(
            name=plan.bus.name,
            link=self._link_of(plan.bus.link),
            driver=plan.driver,
            line=plan.line,
            devices=plan.planned,
            units=[(unit, model.timing) for unit, model in plan.units],
            listener=loop,
        )
        loop.attach(bus)
        return loop, bus

    async def run(self) -> None:
        """Serve all lines until cancelled; what breaks one of them ends the process, and its supervisor restarts it."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for bus in self.buses:
                    tasks.create_task(bus.run(), name=f"bus {bus.name}")
                tasks.create_task(self._tick(), name="tick")
                if self._memory is not None:
                    tasks.create_task(self._report(self._memory), name="report")
        finally:
            self._links.close()

    def _stranger(self, unit: int, address: str) -> None:
        """Tell once of a device that dials in and is nobody's here: its number may be wrong in the site file."""
        detail = f"device {unit} dials in from {address} and is in no site file of this gateway"
        self.field.event(EventKind.GATEWAY, "*", {"what": "stranger-dialled-in", "detail": detail})

    async def _tick(self) -> None:
        due_s = self._now()
        while True:
            due_s = max(due_s + TICK_S, self._now())
            await asyncio.sleep(due_s - self._now())
            self._watchdog.beat(self._now(), self.lateness.beat(self._now()))
            self.field.tick()
            try:
                self.door.flush()
            except Exception as error:  # noqa: BLE001 - what edge is told never stops what protects
                self.field.failed("door", error)

    def _own_report(self) -> dict[str, object]:
        worst_ms = round(1000 * self.lateness.worst_s, 1)
        return {"turned_away": self._links.turned_away(), "loop_late_worst_ms": worst_ms}

    async def _report(self, memory: Memory) -> None:
        reporter = Reporter(self.field)
        while True:
            await asyncio.sleep(REPORT_S)
            try:
                memory.keep_report(reporter.report(self._now()) | self._own_report())
            except Exception as error:  # noqa: BLE001 - as above
                self.field.failed("report", error)


def quiet_garbage() -> None:
    """Keep the collector off the path to a cutoff: what is alive now stays, the rest is collected in small steps."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 100, 1000)


def contactors(site: setup.Site) -> dict[str, str]:
    """Return the contactor's outlet name upstream of each device that has one."""
    return {device.name: _channel(device.upstream) for device in site.devices if device.upstream is not None}


def _channel(contactor: setup.Upstream) -> str:
    return f"{contactor.device}/outlet-{contactor.channel:02d}"


def layouts_of(loops: Sequence[ControlLoop]) -> list[tuple[int, str, str]]:
    """Return number, device and description of everything that is read, for edge and those behind it."""
    return [
        (
            layout.number,
            device.name,
            describe(
                Layout(device=device.name, kind=device.model.kind, block=layout.block, points=layout.points)
            ).decode(),
        )
        for loop in loops
        for device in loop.devices
        for layout in device.layouts
    ]


def _bounds(plans: list[BusPlan]) -> dict[str, dict[Element, float]]:
    """Return for each device that has a bound how long each of its protective functions may take at most."""
    places = ((device.name, plan, index) for plan in plans for index, device in enumerate(plan.devices))
    found = {name: element_bounds_ms(plans, plan, index) for name, plan, index in places}
    return {name: bounds for name, bounds in found.items() if bounds}


# ---------------------------------------------------------------------------- the process


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the field process until it is told to end; return its exit code."""
    parser = Arguments("gateway.app.field", "The process that owns the lines and protects.")
    parser.epilog = "Example: python -m gateway.app.field /etc/gateway/site.yaml --socket /run/x/s --memory /run/x/m"
    parser.add_argument("--memory", type=Path, required=True, help="folder in memory for what must outlive a crash")
    parser.add_argument("--orphan-after", type=float, default=ORPHAN_AFTER_S, metavar="S", help=ORPHAN_HELP)
    parser.add_argument("--realtime", action="store_true", help="lock memory and ask for real-time priority")
    given = parser.parse_args(arguments)
    try:
        site = read_site(given.site, dict(given.link), to_protect=True)
        memory = Memory(given.memory)
    except ReadingError as error:
        return error.exit_code
    except OSError as error:
        return report(error)
    if given.realtime:
        use_real_time()
    with asyncio.Runner(loop_factory=precise_loop) as runner:
        return runner.run(_serve(site, memory, given.socket, given.orphan_after, watch_stdin=given.watch_stdin))


ORPHAN_HELP = "open an outlet that is on and that nothing explains after so long"


async def _serve(site: setup.Site, memory: Memory, socket: Path, orphan_after_s: float, *, watch_stdin: bool) -> int:
    house = FieldHouse(site, boot=new_id(), memory=memory, orphan_after_s=orphan_after_s)
    try:
        await house.door.open(socket)
    except OSError as error:
        return report(error)
    quiet_garbage()
    house.lateness.watch()
    work = asyncio.create_task(house.run())
    notify("READY=1")
    await end_of_life(work, watch_stdin=watch_stdin, within_s=ENDS_WITHIN_S)
    house.lateness.stop()
    house.door.close()
    house.field.settle()
    house.field.keep()
    return 0


if __name__ == "__main__":
    sys.exit(main())
