"""Put the alarms of a site together: the desk before the log, and who tells people."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.alarm.post import Place
from gateway.app.life import new_id
from gateway.app.posting import HttpPost
from gateway.app.zone import zone_of
from gateway.edge.alarming.desk import AlarmDesk
from gateway.edge.alarming.notices import NoticeDesk
from gateway.edge.alarming.setup import ground_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.edge.book import Book
    from gateway.edge.charging.clock import BusinessClock
    from gateway.edge.journal import Journal
    from gateway.edge.link import FieldLink
    from gateway.model.site import Site


class AlarmHouse:
    """`desk` is the journal of everybody else."""

    def __init__(self, site: Site, journal: Journal, book: Book, states: Mapping[str, bytes]) -> None:
        self.desk = AlarmDesk(journal=journal, book=book, ground=ground_of(site), states=states, new_id=new_id)
        self._notices: NoticeDesk | None = None
        if site.notify:
            self._notices = NoticeDesk(
                alarms=self.desk,
                roster=site.notify,
                post=HttpPost(),
                place=Place(name=f"{site.name}/{site.gateway}", zone=zone_of(site.timezone)),
                states=states,
                new_id=new_id,
            )

    async def run(self, link: FieldLink, clock: BusinessClock) -> None:
        """Let time act, and people be told; `clock` is the one that all desks share."""
        self.desk.clock = clock
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.desk.run(lambda: link.life if link.is_ready else ""))
            if self._notices is not None:
                tasks.create_task(self._notices.run())
