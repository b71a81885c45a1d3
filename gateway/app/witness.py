"""A separate subscriber that counts what really arrives: distinct (boot, stream, seq), never acknowledgements.

`gateway demo` and the throughput benchmark start it as a process of its own. It writes JSON lines: what it hears of
status, state and events as it comes, twice a second its counts and the newest values of the devices that are named to
it, and when its standard input ends, everything that it has seen as ranges.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiomqtt

if TYPE_CHECKING:
    from collections.abc import Iterable

COUNTS_S = 0.5
TOLD = ("status", "state", "event", "outcome")
Key = tuple[str, str]


class Seen:
    """The sequence numbers of each (boot, stream); in `latest` the newest values of some devices, by their points."""

    def __init__(self, latest: Iterable[str] = ()) -> None:
        self._numbers: dict[Key, set[int]] = {}
        self.repeated = 0
        self.latest: dict[str, dict[str, Any]] = {device: {} for device in latest}

    def take(self, topic: str, message: dict[str, Any]) -> None:
        """Count one message of telemetry or events."""
        kind, _, device = topic.partition("/")
        if kind == "event" and "event_seq" in message:
            self._add((message["boot"], "event"), [message["event_seq"]])
        elif kind == "telemetry":
            self._add((message["boot"], "reading"), message["seq"])
            if device in self.latest:
                values = message.get("values") or {}
                self.latest[device] |= {name: column[-1] for name, column in values.items()}

    def _add(self, key: Key, numbers: list[int]) -> None:
        known = self._numbers.setdefault(key, set())
        before = len(known)
        known.update(numbers)
        self.repeated += before + len(numbers) - len(known)

    def counts(self) -> dict[str, int]:
        totals = {"event": 0, "reading": 0}
        for (_, stream), numbers in self._numbers.items():
            totals[stream] += len(numbers)
        return totals | {"repeated": self.repeated}

    def ranges(self) -> list[dict[str, Any]]:
        """Return everything seen as ranges of numbers, both ends included."""
        return [
            {"boot": boot, "stream": stream, "ranges": as_ranges(numbers)}
            for (boot, stream), numbers in sorted(self._numbers.items())
        ]


def as_ranges(numbers: set[int]) -> list[tuple[int, int]]:
    """Return numbers as ranges, both ends included."""
    ranges: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1] = ranges[-1][0], number
        else:
            ranges.append((number, number))
    return ranges


async def witness(given: argparse.Namespace, password: str) -> None:
    """Subscribe and count until standard input ends."""
    seen, prefix = Seen(given.latest), given.prefix
    async with aiomqtt.Client(given.host, given.port, username=given.user or None, password=password or None) as client:
        await client.subscribe(f"{prefix}#", qos=1)
        _say({"ready": True})
        tasks = [asyncio.create_task(_hear(client, prefix, seen)), asyncio.create_task(_count(seen))]
        await _end_of_input()
        for task in tasks:
            task.cancel()
    _say({"seen": seen.ranges(), "counts": seen.counts()})


async def _hear(client: aiomqtt.Client, prefix: str, seen: Seen) -> None:
    async for heard in client.messages:
        topic = heard.topic.value.removeprefix(prefix)
        kind = topic.split("/")[0]
        if kind not in (*TOLD, "telemetry") or not isinstance(heard.payload, bytes):
            continue
        message = json.loads(heard.payload)
        seen.take(topic, message)
        if kind in TOLD:
            _say({"topic": topic, "message": message})


async def _count(seen: Seen) -> None:
    while True:
        await asyncio.sleep(COUNTS_S)
        _say({"counts": seen.counts(), "latest": seen.latest})


async def _end_of_input() -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m gateway.app.witness", description=__doc__)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("prefix", help="topics below this, for example gw/site/gateway/")
    parser.add_argument("--user", default="")
    parser.add_argument("--password-file", type=Path)
    parser.add_argument("--latest", nargs="*", default=(), metavar="DEVICE", help="tell its newest values")
    given = parser.parse_args()
    password = given.password_file.read_text().strip() if given.password_file else ""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(witness(given, password))


if __name__ == "__main__":
    main()
