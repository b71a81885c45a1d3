"""What a back end knows from its subscription alone: orders by their records, each once, and what contradicts itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.endtoend.watcher import Watcher

Record = dict[str, Any]
OF_FIELD = re.compile(r"[0-9a-f]{12}-[0-9]+")
ENDS = ("settled", "recorded", "review", "cancelled")


class BackEnd:
    """Reads on where it stopped: what a watcher has heard is looked at once, however long the run."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._at = 0
        self._records: dict[str, Record] = {}
        self._orders: dict[str, dict[str, list[Record]]] = {}
        self._outcomes: dict[str, Record] = {}
        self.session = ""
        self._is_online = False
        self.contradictions: list[str] = []

    def told(self, stage: str) -> dict[str, list[Record]]:
        """Return what was told of each order at a stage, every record once."""
        self._read()
        return {order_id: stages[stage] for order_id, stages in self._orders.items() if stage in stages}

    def of(self, order_id: str, *stages: str) -> list[Record]:
        """Return the records of one order at these stages, every record once."""
        self._read()
        found = self._orders.get(order_id, {})
        return [record for stage in stages for record in found.get(stage, ())]

    def records(self) -> list[Record]:
        """Return every event that was told, once."""
        self._read()
        return list(self._records.values())

    def outcome(self, command_id: str) -> Record:
        """Return the last word on a command; empty while there is none."""
        self._read()
        return self._outcomes.get(command_id, {})

    def present_session(self) -> str:
        """Return the session that was announced last; empty before the first."""
        self._read()
        return self.session

    def is_online(self) -> bool:
        """Return whether the gateway was there when it, or the broker for it, said so last."""
        self._read()
        return self._is_online

    def field_events(self) -> dict[str, list[int]]:
        """Return the numbers of each field process's own events, in the order of the log."""
        self._read()
        found: dict[str, list[tuple[int, int]]] = {}
        for name, record in self._records.items():
            boot, _, number = name.rpartition("-")
            if OF_FIELD.fullmatch(name):  # the digest in the name of an intent may be all digits, too
                found.setdefault(boot, []).append((record["event_seq"], int(number)))
        return {boot: [number for _, number in sorted(pairs)] for boot, pairs in found.items()}

    def _read(self) -> None:
        seen = self._watcher.seen
        while self._at < len(seen):
            topic, message, _ = seen[self._at]
            self._at += 1
            head, _, name = topic.partition("/")
            if topic == "status":
                self.session = str(message["session"])
                self._is_online = message["state"] == "online"
            elif head == "outcome":
                self._outcomes[name] = message.get("body", message)
            elif head == "event" and "id" in message:
                self._event(name, message)

    def _event(self, kind: str, message: Record) -> None:
        known = self._records.get(message["id"])
        if known is not None:
            if (known["body"], known["event_seq"]) != (message["body"], message["event_seq"]):
                self.contradictions.append(f"event {message['id']} was told as two different things")
            return
        self._records[message["id"]] = message
        if kind == "order":
            body = message["body"]
            self._orders.setdefault(body["order_id"], {}).setdefault(body["stage"], []).append(message)
