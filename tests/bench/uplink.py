"""What sending to the cloud costs: CPU per 1,000 values of making the text, and of sending it to a real Mosquitto.

The case is 50 devices with 60 values every 100 ms (30,000 values/s), handed on as the log hands them on: packed
batches, once a second. Sending counts everything of the MQTT consumer: reading and unpacking batches, text, aiomqtt,
PUBACKs, offsets. Beside the shape that is used stands the one that was not: a message for each scan.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.model.layout import describe
from gateway.model.scan import Scan
from gateway.model.site import MqttUplink
from gateway.store.batch import pack, unpack
from gateway.uplink import outgoing
from gateway.uplink.encode import Dated, Template
from gateway.uplink.mqtt import MqttConsumer
from gateway.uplink.outgoing import SCANS_A_MESSAGE
from gateway.uplink.settings import Identity
from tests.bench.report import Report, arguments, progress
from tests.endtoend.mosquitto import Mosquitto
from tests.endtoend.watcher import until
from tests.unit.uplink.memory import At, MemoryDesk, MemorySource, StillBoard, pile_layout, pile_raw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.store.batch import LoggedScan

DEVICES, VALUES, PERIOD_S, COMMIT_S, SCANS_A_BATCH = 50, 60, 0.1, 1.0, 256
ENCODE_MUST, SEND_MUST = "<= 1.0", "<= 2.0"
TRIALS = 20_000
IN_LOG = -(-DEVICES * round(COMMIT_S / PERIOD_S) // SCANS_A_BATCH)


@dataclass(frozen=True)
class PackedBatch:
    """As the log keeps it; unpacked by whoever reads it."""

    first_seq: int
    last_seq: int
    packed: bytes
    boot: str = "1-bench"
    at: At = field(default_factory=At)

    def scans(self) -> Sequence[LoggedScan]:
        return unpack(self.packed)


def encode_ms(scans_a_message: int) -> tuple[float, float]:
    """CPU-ms per 1,000 values, and bytes per scan."""
    template = Template(pile_layout())
    scans = [Dated(seq, 1_763_800_000_000 + seq, pile_raw(seq)) for seq in range(1, scans_a_message + 1)]
    size = len(template.telemetry("1-bench", 2, scans))
    begun_s = time.process_time()
    for _ in range(TRIALS // scans_a_message):
        template.telemetry("1-bench", 2, scans)
    used_s = time.process_time() - begun_s
    return used_s * 1e6 / (TRIALS // scans_a_message * scans_a_message * VALUES), size / scans_a_message


def commit(source: MemorySource, second: int) -> None:
    """Put a second's scans there, in the order in which devices are read."""
    rounds = range(round(COMMIT_S / PERIOD_S))
    at_s = 100.0 + second * COMMIT_S
    scans = [
        Scan(f"pile-{device:02d}", 0, at_s + turn * PERIOD_S, pile_raw(turn * device))
        for turn in rounds
        for device in range(1, DEVICES + 1)
    ]
    for first in range(0, len(scans), SCANS_A_BATCH):
        part = scans[first : first + SCANS_A_BATCH]
        seq = source.newest_reading() + 1
        packed = pack([int(scan.device[-2:]) for scan in part], part)
        source.reading_records.append(PackedBatch(seq, seq + len(part) - 1, packed))  # type: ignore[arg-type]
    del source.reading_records[: -4 * IN_LOG]
    source.news.set()


async def send(port: int, seconds: int) -> tuple[float, int, int]:
    """CPU seconds of sending alone, values sent, messages."""
    layouts = {number: describe(pile_layout(f"pile-{number:02d}")) for number in range(1, DEVICES + 1)}
    source = MemorySource(layouts=layouts)
    uplink = MqttConsumer(
        target=MqttUplink(host="127.0.0.1", port=port, prefix="gw/shed/bench/"),
        identity=Identity(site="shed", gateway="bench"),
        source=source,
        board=StillBoard(),
        desk=MemoryDesk(),
        nonce=lambda: "bench-session",
        chance=lambda: 0.5,
        wall_ms=lambda: 0,
    )
    task = asyncio.create_task(uplink.run())
    commit(source, 0)
    await until(lambda: source.is_drained)
    sent, messages, ours_s = uplink.standing.records, uplink.standing.messages, 0.0
    begun_s, cpu_s = time.monotonic(), time.process_time()
    for second in range(1, seconds + 1):
        before_s = time.process_time()
        commit(source, second)
        ours_s += time.process_time() - before_s
        await asyncio.sleep(max(0.0, begun_s + second * COMMIT_S - time.monotonic()))
    await until(lambda: source.is_drained)
    used_s = time.process_time() - cpu_s - ours_s
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return used_s, (uplink.standing.records - sent) * VALUES, uplink.standing.messages - messages


async def sending(report: Report, seconds: int) -> None:
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        progress("mosquitto is not installed: sending is not measured")
        return
    with tempfile.TemporaryDirectory() as folder:
        broker = Mosquitto(program, Path(folder), "allow_anonymous true\n")
        await broker.start()
        try:
            for shape, scans, must in (
                ("messages of one block's scans", SCANS_A_MESSAGE, SEND_MUST),
                ("a message for each scan", 1, ""),
            ):
                progress(f"sending for {seconds} s: {shape}")
                outgoing.SCANS_A_MESSAGE = scans  # the shape under test
                used_s, values, messages = await send(broker.port, seconds)
                missing = seconds * round(COMMIT_S / PERIOD_S) * DEVICES * VALUES - values
                report.add(f"sent: {shape}", "CPU per 1,000 values", used_s * 1e6 / values, "ms", must)
                report.add(f"sent: {shape}", "values a second", values / seconds, "1/s")
                report.add(f"sent: {shape}", "messages a second", messages / seconds, "1/s")
                report.add(f"sent: {shape}", "values not acknowledged", missing, "", "<= 0")
        finally:
            outgoing.SCANS_A_MESSAGE = SCANS_A_MESSAGE
            await broker.kill()


def main() -> int:
    parser = arguments("uplink", "what sending to MQTT costs")
    parser.add_argument("--seconds", type=int, default=10, help="how long each shape is sent (default 10)")
    said = parser.parse_args()
    report = Report("uplink")
    for scans in (1, 10, SCANS_A_MESSAGE):
        cost_ms, size = encode_ms(scans)
        report.add(f"text of 60 registers, {scans} scans a message", "CPU per 1,000 values", cost_ms, "ms", ENCODE_MUST)
        report.add(f"text of 60 registers, {scans} scans a message", "bytes a scan", size, "bytes")
    asyncio.run(sending(report, said.seconds))
    return report.finish(as_json=said.json)


if __name__ == "__main__":
    sys.exit(main())
