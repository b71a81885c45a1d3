"""Unlocks on their way: each leaves once, and what the lock says of it finds its order. Thin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.command import Command, CommandKind, Origin
from gateway.model.device import Action
from gateway.model.event import EventKind
from gateway.orders.purchase.event import LockAnswered
from gateway.wire.frames import Kind
from gateway.wire.messages import encode_command

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from gateway.edge.journal import Entry
    from gateway.edge.link import FieldLink
    from gateway.edge.trading.turn import Release

UNLOCK_TTL_S = 5.0
FINAL = ("done", "refused", "failed")


class Releases:
    """Those of one site. `answers` are what locks have said and nobody has taken yet: order and answer."""

    def __init__(self, link: FieldLink) -> None:
        self._link = link
        self._sent: dict[str, Release] = {}
        self.answers: list[tuple[str, LockAnswered]] = []

    def send(self, release: Release) -> None:
        """Hand an unlock to field, once; where field is away it is lost, and the order decides by what it sees."""
        if not self._link.is_ready:
            return
        self._sent[release.command_id] = release
        command = Command(
            id=release.command_id,
            kind=CommandKind.ACT,
            target=release.door,
            origin=Origin.ORDER,
            args={"action": Action.OPEN, "order_id": release.order_id},
        )
        self._link.send(Kind.COMMAND, encode_command(command, UNLOCK_TTL_S))

    def heard(self, entries: Iterable[Entry]) -> None:
        """Take events of field: the answers of locks are among them."""
        for entry in entries:
            release = self._sent.pop(entry.target, None) if _is_final(entry) else None
            if release is not None and entry.body.get("reason") != "unknown-whether-done":
                answer = LockAnswered(door=release.door, released=entry.body.get("state") == "done")
                self.answers.append((release.order_id, answer))

    def unseen(self) -> frozenset[str]:
        """Return the orders whose unlock was with a field that is gone: it may have been done, and nobody saw it."""
        return frozenset() if self._link.is_ready else frozenset(each.order_id for each in self._sent.values())

    def forget(self, order_ids: Container[str]) -> None:
        """Wait no more for what locks say to these orders."""
        self._sent = {name: each for name, each in self._sent.items() if each.order_id not in order_ids}

    def keep(self, order_ids: Container[str]) -> None:
        """Forget the unlocks of orders that are over."""
        self._sent = {name: each for name, each in self._sent.items() if each.order_id in order_ids}


def _is_final(entry: Entry) -> bool:
    return entry.kind is EventKind.OUTCOME and entry.body.get("state") in FINAL
