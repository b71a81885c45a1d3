"""The edge process: opens the log, is edge until told to end, delivers what it can, and leaves word of what it logged.

`python -m gateway.app.edge SITE --socket PATH --log FILE` is the process that remembers and delivers.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.app.edge_house import EdgeHouse
from gateway.app.life import ENDS_WITHIN_S, Arguments, console_end, end_of_life, give_way, report, say
from gateway.app.logbook import stamp
from gateway.app.patience import FirstReason, patiently
from gateway.app.reading import ReadingError, read_site
from gateway.field.watchdog import notify
from gateway.model.errors import GatewayError
from gateway.store.log import Log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.model.site import Site
    from gateway.store.record import Standing as LogStanding

COMMIT_AT_LEAST_S = 10.0
"""Edge asks for commits itself, and acknowledges by them; this bounds what nobody has asked for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the edge process until it is told to end; return its exit code."""
    parser = Arguments("gateway.app.edge", "The process that remembers and delivers.")
    parser.epilog = "Example: python -m gateway.app.edge /etc/gateway/site.yaml --socket /run/x/s --log /var/lib/x/log"
    parser.add_argument("--log", type=Path, required=True, help="the log's file")
    parser.add_argument(
        "--drain", type=float, default=0.0, metavar="S", help="at the end, wait so long for the uplinks"
    )
    parser.add_argument("--console", type=console_end, metavar="ADDRESS:PORT", help="serve the console here instead")
    parser.add_argument("--runtime", type=Path, help="the folder of field's memory, where that is not the socket's")
    parser.add_argument("--closing", type=Path, help="at the end, write here which records this run has logged")
    given = parser.parse_args(arguments)
    give_way()
    try:
        site = read_site(given.site, dict(given.link), to_protect=False)
    except ReadingError as error:
        return error.exit_code
    if given.console is not None:
        site = replace(site, console=given.console)
    end = Ending(drain_s=given.drain, closing=given.closing, watch_stdin=given.watch_stdin)
    return asyncio.run(_serve(site, given.socket, given.log, end, given.runtime))


@dataclass(frozen=True, slots=True)
class Ending:
    """How this process ends."""

    drain_s: float
    closing: Path | None
    watch_stdin: bool


class Life:
    """One edge process from start to end. A log that cannot be opened yet is waited for: field goes on meanwhile."""

    def __init__(self, site: Site, socket: Path, file: Path, end: Ending, runtime: Path | None) -> None:
        self._runtime = runtime
        self._site = site
        self._socket = socket
        self._file = file
        self._end = end
        self._log: Log | None = None
        self._house: EdgeHouse | None = None
        self._before: LogStanding | None = None

    async def run(self) -> None:
        """Open the log, and then be edge until cancelled. Raises `GatewayError` for a log that is not ours to open."""
        refusal = FirstReason()

        def tell(reason: str) -> None:
            before = refusal.text
            refusal(reason)
            if refusal.text != before:
                say(f"log: {f'{reason}; trying again, field goes on without it' if reason else 'back'}")

        self._log = log = await patiently(self._open, tell)
        self._before = await log.standing()
        self._house = await EdgeHouse.build(self._site, log, self._socket, self._file.parent, runtime=self._runtime)
        await self._house.run()

    async def _open(self) -> Log:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return await Log.open(self._file, clock=stamp, readings_commit_s=COMMIT_AT_LEAST_S)

    async def wind_down(self) -> None:
        """Deliver what can still be delivered, if that is wanted."""
        if self._house is not None and self._end.drain_s:
            await self._house.wind_down(self._end.drain_s)

    async def leave_word(self) -> None:
        """Write what was logged, if that is wanted."""
        if self._end.closing is not None and self._log is not None and self._before is not None:
            text = closing(self._before, await self._log.standing())
            await asyncio.to_thread(self._end.closing.write_text, text, encoding="ascii")

    async def close(self) -> None:
        if self._log is not None:
            await self._log.close()


async def _serve(site: Site, socket: Path, file: Path, end: Ending, runtime: Path | None) -> int:
    life = Life(site, socket, file, end, runtime)
    work = asyncio.create_task(life.run())
    notify("READY=1")
    try:
        await end_of_life(work, watch_stdin=end.watch_stdin, last_act=life.wind_down, within_s=ENDS_WITHIN_S)
        await life.leave_word()
    except GatewayError as error:
        return report(error)
    finally:
        await life.close()
    return 0


def closing(before: LogStanding, after: LogStanding) -> str:
    """Return which records this run has logged, as ranges with both ends included."""
    spans = {
        "event": (before.last_event_seq + 1, after.last_event_seq),
        "reading": (before.last_reading_seq + 1, after.last_reading_seq),
    }
    return json.dumps([{"boot": after.boot, "stream": name, "ranges": [span]} for name, span in spans.items()])


if __name__ == "__main__":
    sys.exit(main())
