"""A real edge process beside the cutoff case: connected to the field side, delivering a backlog to a real Mosquitto.

The backlog is scans of a ring's currents, logged before edge starts. As many layouts take turns as edge reads scans at
a time, so that each scan becomes a message of its own: that is the most work for the least backlog.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.app.logbook import stamp
from gateway.model.device import Kind
from gateway.model.layout import Layout, describe
from gateway.model.scan import Scan
from gateway.site.load import load_site
from gateway.store.log import Log
from gateway.store.record import Stream
from tests.bench.models import CURRENTS, OUTLETS, pile_model
from tests.bench.report import progress

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.endtoend.mosquitto import Mosquitto

LAYOUTS = 1024
ROUNDS_A_COMMIT = 8
CONSUMER = "mqtt"
COMES_WITHIN_S = 20.0
SETTLE_S = 3.0
"""From edge's hello to field until it is surely connected to the broker."""

SITE = """\
site: bench
gateway: gw-bench
buses:
  - {{name: line-1, link: {{kind: serial, path: /dev/null, baud: 9600}}}}
devices:
{devices}
uplinks:
  mqtt: {{host: 127.0.0.1, port: {port}}}
"""
"""Edge's own view: the same names. What is read travels with field's hello, so the profile's registers do not count."""


def mosquitto_or_exit() -> str:
    """Return the broker's program, or end with what to install."""
    program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        sys.exit("cutoff: needs a real broker for the edge process beside it (apt install mosquitto)")
    return program


@dataclass(slots=True)
class EdgeBeside:
    """`drained` and `left` are scans of the backlog, known once it has ended; `more` goes into the site file."""

    folder: Path
    broker: Mosquitto
    backlog: int
    more: str = ""
    drained: int = 0
    left: int = 0
    digest: str = field(init=False)
    _process: Process | None = None

    def __post_init__(self) -> None:
        self._site.write_text(SITE.format(devices=_devices(), port=self.broker.port) + self.more, encoding="utf-8")
        self.digest = load_site(self._site).digest

    @property
    def _site(self) -> Path:
        return self.folder / "site.yaml"

    @property
    def _log(self) -> Path:
        return self.folder / "log.sqlite"

    async def fill(self) -> None:
        """Log the backlog for a consumer that has had nothing of it."""
        progress(f"cutoff: logging {self.backlog} scans for edge to deliver")
        log = await Log.open(self._log, clock=stamp)
        await log.add_consumer(CONSUMER)
        names = [f"pile-{number:04d}" for number in range(LAYOUTS)]
        points = pile_model(1.0).points[:OUTLETS]
        for name in names:
            layout = Layout(device=name, kind=Kind.PILE, block=CURRENTS, points=points)
            await log.declare_layouts([(name, 0, describe(layout))])
        rounds = self.backlog // LAYOUTS
        for number in range(rounds):
            _offer(log, names, number)
            if number % ROUNDS_A_COMMIT == 0 or number == rounds - 1:
                await log.flush()
        await log.close()

    async def start(self, socket: Path, has_come: Callable[[], bool]) -> None:
        """Start broker and edge; return when `has_come` says that field knows edge, and edge has begun to deliver."""
        await self.broker.start()
        words = self.folder / "edge.log"
        with words.open("wb") as said:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "gateway.app.edge", str(self._site), "--socket", str(socket),
                "--log", str(self._log), stderr=said,
            )  # fmt: skip
        give_up_s = time.monotonic() + COMES_WITHIN_S
        while not has_come():  # another process tells nobody
            if self._process.returncode is not None or time.monotonic() > give_up_s:
                sys.exit(f"cutoff: edge does not come: {words.read_text()}")
            await asyncio.sleep(0.05)
        await asyncio.sleep(SETTLE_S)

    async def end(self) -> None:
        """End both, and see how far edge has come."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
            log = await Log.open(self._log, clock=stamp)
            delivered = (await log.standing()).offsets[CONSUMER][Stream.READING]
            await log.close()
            self.drained = min(delivered, self.backlog)
            self.left = self.backlog - self.drained
        await self.broker.kill()


def _offer(log: Log, names: Sequence[str], number: int) -> None:
    raw = number.to_bytes(4, "big") * (CURRENTS.payload_bytes // 4)
    scans = [Scan(name, 0, time.monotonic(), raw) for name in names]
    refused = log.offer_scans(scans)
    assert not refused


def _devices() -> str:
    return "\n".join(
        f"  - {{name: pile-{unit:02d}, bus: line-1, profile: pile/generic_pile_12, unit: {unit}}}"
        for unit in range(1, 5)
    )
