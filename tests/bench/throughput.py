"""30,000 values a second from Modbus TCP through the durable log to Mosquitto, and what they cost.

Fifty devices of 60 registers, each read every 100 ms by the real field process, logged by the real edge process,
published at QoS 1 to a real Mosquitto, and counted by a subscriber of their own process: distinct (boot, seq), never
acknowledgements. CPU is that of field and edge together, from the kernel's own accounts.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.app.demo_result import numbers
from gateway.app.pss import children, pss_mb
from gateway.model.wiring import Table
from simulators.line import start_lines
from simulators.spec import Cells, LineKind, LineSpec, SlaveSpec
from tests.bench.cpu import cpu_s
from tests.bench.report import Report, arguments, progress
from tests.endtoend.mosquitto import Mosquitto

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulators.line import LineHandle

DEVICES, REGISTERS, PERIOD_MS = 50, 60, 100
SETTLE_S = 5.0
DRAIN_S = 30.0
CASE = f"{DEVICES} devices x {REGISTERS} registers every {PERIOD_MS} ms"
WANTED_A_SECOND = 0.995 * DEVICES * REGISTERS * 1000 / PERIOD_MS
"""Half a percent below 30,000: the edges of the measured time."""

PROFILE = f"""\
kind: sensor
vendor: bench
model: sixty
source: {{manual: the throughput case}}
driver: modbus
timing: {{turnaround_max_ms: 50, late_reply_ms: 200}}
currents: {{delivery: never}}
resumes: nobody
points:
{chr(10).join(f"  value-{n:02d}: {{table: holding, address: {n}, type: u16}}" for n in range(REGISTERS))}
capabilities:
  sense: [{", ".join(f"value-{n:02d}" for n in range(REGISTERS))}]
poll_groups:
  - name: all
    class: telemetry
    period_ms: {PERIOD_MS}
    points: [{", ".join(f"value-{n:02d}" for n in range(REGISTERS))}]
"""


@dataclass(slots=True)
class Gateway:
    """Supervisor, field and edge of the case."""

    folder: Path
    process: asyncio.subprocess.Process

    def cpu_s(self) -> dict[str, float]:
        """Return the CPU time that field and edge have used so far."""
        return {name: cpu_s(pid) for name, pid in children(self.process.pid).items()}


def site_text(lines: Sequence[LineHandle], broker_port: int) -> str:
    ends = [line.address for line in lines]
    buses = "\n".join(
        f"  - {{name: bus-{n:02d}, link: {{kind: tcp, host: {host}, port: {port}}}}}"
        for n, (host, port) in enumerate(ends, start=1)
    )
    devices = "\n".join(
        f"  - {{name: sensor-{n:02d}, bus: bus-{n:02d}, profile: sensor/bench_sixty, unit: 1}}"
        for n in range(1, DEVICES + 1)
    )
    return (
        f"site: bench\ngateway: gw-1\nbuses:\n{buses}\ndevices:\n{devices}\n"
        f"uplinks:\n  mqtt: {{host: 127.0.0.1, port: {broker_port}}}\n"
    )


async def start_gateway(folder: Path, site: str) -> Gateway:
    (folder / "profiles.d/sensor").mkdir(parents=True)
    (folder / "profiles.d/sensor/bench_sixty.yaml").write_text(PROFILE)
    (folder / "site.yaml").write_text(site)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.app.supervise", str(folder / "site.yaml"),
        "--drain", str(DRAIN_S), "--closing", str(folder / "closing.json"),
        stderr=(folder / "gateway.log").open("wb"), start_new_session=True,
        env={**os.environ, "XDG_RUNTIME_DIR": str(folder), "XDG_STATE_HOME": str(folder)},
    )  # fmt: skip
    return Gateway(folder, process)


async def start_witness(port: int) -> asyncio.subprocess.Process:
    witness = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.app.witness", "127.0.0.1", str(port), "gw/bench/gw-1/",
        stdin=PIPE, stdout=PIPE, limit=256 * 1024 * 1024, start_new_session=True,
    )  # fmt: skip
    assert witness.stdout is not None
    await witness.stdout.readline()
    return witness


async def hear_out(witness: asyncio.subprocess.Process) -> list[dict[str, Any]]:
    """Read what a witness says to its end; return what it has seen."""
    seen: list[dict[str, Any]] = []
    assert witness.stdout is not None
    async for text in witness.stdout:
        line = json.loads(text)
        seen = line.get("seen", seen)
    return seen


async def measure(report: Report, folder: Path, seconds: float) -> None:
    program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        sys.exit("throughput: needs a real broker (apt install mosquitto)")
    cells = (Cells(table=Table.HOLDING, address=0, values=tuple(range(REGISTERS))),)
    slave = SlaveSpec(unit=1, turnaround_ms=0.0, cells=cells)
    specs = [LineSpec(name=f"tcp-{n}", kind=LineKind.TCP, slaves=(slave,), journal_size=100) for n in range(DEVICES)]
    async with contextlib.AsyncExitStack() as leaving:
        broker = Mosquitto(program, folder)
        leaving.push_async_callback(broker.kill)
        await broker.start()
        progress(f"throughput: starting {DEVICES} simulated devices")
        lines = await asyncio.to_thread(start_lines, specs)
        for line in lines:
            leaving.callback(line.stop)
        witness = await start_witness(broker.port)
        leaving.push_async_callback(_end, witness)
        listening = asyncio.create_task(hear_out(witness))
        gateway = await start_gateway(folder, site_text(lines, broker.port))
        leaving.push_async_callback(_end, gateway.process)
        await run_case(report, lines, gateway, seconds)
        await gateway.process.wait()
        assert witness.stdin is not None
        witness.stdin.close()
        have = numbers(await listening)
    want = numbers(json.loads((folder / "closing.json").read_text()))
    missing = sum(len(known - have.get(key, set())) for key, known in want.items())
    report.add(CASE, "logged", sum(map(len, want.values())), "records")
    report.add(CASE, "logged and not delivered", missing, "records", "<= 0")


async def run_case(report: Report, lines: Sequence[LineHandle], gateway: Gateway, seconds: float) -> None:
    """Let everything run for a while, then tell the gateway to end."""
    await asyncio.sleep(SETTLE_S)
    if gateway.process.returncode is not None:
        sys.exit(f"throughput: the gateway ended: {(gateway.folder / 'gateway.log').read_text()}")
    before_s, begun_s, asked = gateway.cpu_s(), time.monotonic(), _replies(lines)
    progress(f"throughput: measuring for {seconds:.0f} s")
    await asyncio.sleep(seconds)
    after_s, passed_s, replies = gateway.cpu_s(), time.monotonic() - begun_s, _replies(lines) - asked
    memory = pss_mb(gateway.process.pid)
    progress("throughput: draining")
    gateway.process.terminate()
    values = replies * REGISTERS
    cpu = {name: (after_s[name] - before_s[name]) * 1e6 / values for name in after_s}
    report.add(CASE, "values a second", values / passed_s, "1/s", f">= {WANTED_A_SECOND}")
    report.add(CASE, "CPU of field and edge", sum(cpu.values()), "ms/1000", "<= 8")
    for name, value in cpu.items():
        report.add(CASE, f"CPU of {name}", value, "ms/1000")
    report.add(CASE, "memory (PSS)", memory["total"], "MB")


def _replies(lines: Sequence[LineHandle]) -> int:
    return sum(line.control.counters().replies for line in lines)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def main() -> int:
    parser = arguments("throughput", __doc__ or "")
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    report = Report("throughput")
    folder = Path(tempfile.mkdtemp(prefix="gateway-bench-"))
    try:
        asyncio.run(measure(report, folder, given.seconds))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return report.finish(as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())
