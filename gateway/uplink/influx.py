"""The InfluxDB uplink: the same log to a database, in two dialects of HTTP and one of lines. HTTP runs in a thread."""

from __future__ import annotations

import asyncio
import json
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from gateway.model.errors import GatewayError
from gateway.model.site import InfluxDialect
from gateway.uplink.backoff import Backoff
from gateway.uplink.feed import Feed, last_seq
from gateway.uplink.lines import LineTemplate, of_batch, of_event
from gateway.uplink.settings import InfluxPace
from gateway.uplink.source import EVENT, READING, Batch, Missing
from gateway.uplink.standing import Down, SinkDown, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.model.site import InfluxUplink
    from gateway.uplink.settings import Identity
    from gateway.uplink.source import Record, Source, StreamName

IDLE_S = 1.0
_WRITTEN = 204
_DATA_REFUSED = frozenset({400, 413, 422})
_PARTIAL = re.compile(r"^partial write: .* dropped=([1-9][0-9]*)")
_LOGIN_REFUSED = frozenset({401, 403})


class DatabaseDown(SinkDown):
    """Nothing can be written now; the text is one line for people."""


class DataRefused(GatewayError):  # noqa: N818 - an answer of the database
    """The database will never take all of these lines; it has taken all but `points` of them, unless that is 0."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"{status}: {said}")
        partly = _PARTIAL.search(said)
        self.points = int(partly[1]) if partly else 0


class Writer(Protocol):
    def __call__(self, lines: bytes) -> None:
        """Write, blocking; return when the database has answered 204. Raises DatabaseDown or DataRefused."""


class InfluxConsumer:
    """`chance` gives a number in 0..1. `open_writer` is called in the thread, once for each connection."""

    def __init__(
        self,
        *,
        target: InfluxUplink,
        pace: InfluxPace | None = None,
        identity: Identity,
        source: Source,
        chance: Callable[[], float],
        open_writer: Callable[[InfluxUplink, InfluxPace], Writer] | None = None,
    ) -> None:
        self._target = target
        self._pace = pace or InfluxPace()
        self._identity = identity
        self._source = source
        self._chance = chance
        self._open = open_writer or (v2_writer if target.dialect is InfluxDialect.V2 else v1_writer)
        self._writer: Writer | None = None
        self.standing = Standing(where=f"influx {target.url}")

    async def run(self) -> None:
        """Write until cancelled; events first. The offset moves after the 204."""
        loop = asyncio.get_running_loop()
        feed = Feed(self._source, partial(LineTemplate, identity=self._identity))
        self.standing.change("connecting", loop.time())
        try:
            while True:
                if records := await feed.events():
                    scans = [of_event(record, self._identity) for record in records if not isinstance(record, Missing)]
                    await self._deliver(EVENT, records, scans)
                elif batches := await feed.readings():
                    made = await feed.layouts(batches)
                    found = [of_batch(batch, made) for batch in batches if isinstance(batch, Batch)]
                    self.standing.refused_records += sum(unknown for _, unknown in found)
                    await self._deliver(READING, batches, [lines for scans, _ in found for lines in scans])
                else:
                    await self._source.wait(IDLE_S)
        finally:
            self.standing.change("stopped", loop.time())

    async def _deliver(self, stream: StreamName, records: Sequence[Record], scans: Sequence[Sequence[str]]) -> None:
        """Write until it is written; then move the offset."""
        loop = asyncio.get_running_loop()
        backoff = Backoff(first_s=self._pace.retry_first_s, most_s=self._pace.retry_most_s)
        while True:
            try:
                await asyncio.to_thread(self._write, scans)
                break
            except DatabaseDown as down:
                self.standing.failures += 1
                self.standing.change("waiting", loop.time(), down)
                self.standing.retry_in_s = backoff.next_s(self._chance())
                await asyncio.sleep(self.standing.retry_in_s)
        if self.standing.state != "online":
            self.standing.connections += 1
            self.standing.change("online", loop.time())
        self.standing.records += len(scans)
        await self._source.acknowledge(stream, last_seq(records[-1]))

    def _write(self, scans: Sequence[Sequence[str]]) -> None:
        """Write records; those that the database refuses are counted and left behind.

        A database that takes the others (`partial write`) says how many it dropped; else they are found by halving.
        """
        lines = [line for scan in scans for line in scan]
        if not lines:
            return
        try:
            if self._writer is None:
                self._writer = self._open(self._target, self._pace)
            self._writer("\n".join(lines).encode())
            self.standing.messages += 1
        except DatabaseDown:
            self._writer = None
            raise
        except DataRefused as refusal:
            if refusal.points or len(scans) == 1:
                self.standing.refused_records += refusal.points or 1
                self.standing.refusal = str(refusal)
                return
            middle = len(scans) // 2
            self._write(scans[:middle])
            self._write(scans[middle:])


def v2_writer(target: InfluxUplink, pace: InfluxPace) -> Writer:
    """Return a writer to `/api/v2/write` through influxdb-client."""
    from influxdb_client import InfluxDBClient, WritePrecision  # type: ignore[attr-defined]  # noqa: PLC0415 - an extra
    from influxdb_client.client.write_api import SYNCHRONOUS  # noqa: PLC0415 - as above
    from influxdb_client.rest import ApiException  # noqa: PLC0415 - as above
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - as above

    client = InfluxDBClient(
        url=target.url,
        token=_secret(target.secret_file),
        org=target.org,
        timeout=int(pace.timeout_s * 1000),
        retries=False,
        enable_gzip=True,
    )
    precision: Any = WritePrecision.MS
    api = client.write_api(write_options=SYNCHRONOUS)

    def write(lines: bytes) -> None:
        try:
            api.write(bucket=target.bucket, record=lines, write_precision=precision)
        except ApiException as error:
            raise _refusal(target, int(error.status or 0), str(error.body or error.reason)) from error
        except (HTTPError, OSError) as error:
            raise _unreachable(target, error) from error

    return write


def v1_writer(target: InfluxUplink, pace: InfluxPace) -> Writer:
    """Return a writer to `/write?db=`; it is what InfluxDB before 1.8 knows."""
    import urllib3  # noqa: PLC0415 - comes with the extra
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - as above

    headers = {"Content-Type": "text/plain; charset=utf-8"}
    if target.user:
        headers |= urllib3.make_headers(basic_auth=f"{target.user}:{_secret(target.secret_file)}")
    pool = urllib3.PoolManager(headers=headers, timeout=pace.timeout_s, retries=False)
    query = urlencode({"db": target.database, "precision": "ms"})
    address = f"{target.url.rstrip('/')}/write?{query}"

    def write(lines: bytes) -> None:
        try:
            answer: Any = pool.request("POST", address, body=lines)
        except (HTTPError, OSError) as error:
            raise _unreachable(target, error) from error
        if answer.status != _WRITTEN:
            raise _refusal(target, answer.status, answer.data.decode("utf-8", "replace"))

    return write


def _refusal(target: InfluxUplink, status: int, said: str) -> DatabaseDown | DataRefused:
    text = _told(said)
    if status in _LOGIN_REFUSED:
        return DatabaseDown(
            f"{target.url} refuses the login ({status}): {text}", Down.LOGIN_REFUSED, f"{status}: {text}"
        )
    if status in _DATA_REFUSED:
        return DataRefused(status, text)
    return DatabaseDown(f"{target.url} answers {status}: {text}", Down.ERROR, f"{status}: {text}")


def _told(said: str) -> str:
    """Return the message in a JSON error, else the first line."""
    try:
        found = json.loads(said)
        return str(found.get("error") or found.get("message") or said)[:200]
    except (ValueError, AttributeError):
        return (said.splitlines() or ["no reason given"])[0][:200]


def _unreachable(target: InfluxUplink, error: Exception) -> DatabaseDown:
    said = str(error).rpartition(": ")[2] or type(error).__name__
    return DatabaseDown(f"{target.url} cannot be reached: {said}", Down.UNREACHABLE, said)


def _secret(file: str) -> str:
    if not file:
        return ""
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DatabaseDown(f"{file} cannot be read: {error}", Down.FILE_UNREADABLE, file) from error
