"""The database's consumer, against a stand-in for its server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from gateway.model.layout import describe
from gateway.model.site import InfluxDialect, InfluxUplink
from gateway.uplink.influx import DatabaseDown, DataRefused, InfluxConsumer
from gateway.uplink.settings import Identity, InfluxPace
from tests.unit.uplink.memory import MemorySource, pile_layout


@dataclass
class Server:
    """Refuses what `dislikes` says, is down for the first `down` writes."""

    dislikes: str = "\0"
    down: int = 0
    taken: list[str] = field(default_factory=list)
    requests: int = 0

    def __call__(self, lines: bytes) -> None:
        self.requests += 1
        if self.requests <= self.down:
            raise DatabaseDown("down")
        text = lines.decode()
        if self.dislikes in text:
            raise DataRefused(400, "unable to parse")
        self.taken += text.splitlines()


def consumed(server: Server, source: MemorySource) -> InfluxConsumer:
    made = InfluxConsumer(
        target=InfluxUplink(url="http://h", dialect=InfluxDialect.V2, bucket="b"),
        pace=InfluxPace(retry_first_s=0.001),
        identity=Identity(site="shed", gateway="box"),
        source=source,
        chance=lambda: 0.5,
        open_writer=lambda _target, _pace: server,
    )

    async def main() -> None:
        task = asyncio.create_task(made.run())
        async with asyncio.timeout(20):
            while not source.is_drained:  # noqa: ASYNC110 - a thread tells nobody
                await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    return made


class TestInflux:
    def source(self, scans: int) -> MemorySource:
        source = MemorySource(layouts={1: describe(pile_layout(outlets=2))})
        source.add_scans(scans)
        for batch in source.reading_records:
            for scan in batch.scans():  # type: ignore[union-attr]
                object.__setattr__(scan, "raw", scan.raw[:20])
        return source

    def test_a_line_is_as_the_database_wants_it_and_every_number_is_a_float(self) -> None:
        server = Server()
        consumed(server, self.source(1))
        assert server.taken[0] == (
            "pile,device=pile-01,gateway=box,outlet=01,site=shed "
            "voltage=0.1,current=0.02,power=3,energy=0.004,temperature=5 1763800000100"
        )

    def test_a_record_that_is_refused_is_found_and_left_behind(self) -> None:
        server, source = Server(dislikes="1763800001700"), self.source(40)
        made = consumed(server, source)
        assert (made.standing.refused_records, len(server.taken)) == (1, 2 * 39)
        assert server.requests < 20

    def test_nothing_is_left_out_while_the_database_is_down(self) -> None:
        server, source = Server(down=1), self.source(5)
        made = consumed(server, source)
        assert (len(server.taken), made.standing.failures, made.standing.state) == (10, 1, "stopped")
