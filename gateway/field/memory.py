"""What field remembers across its own death, on a file system in memory: grants, OFFs under way, latches, events.

A power cut empties it, and then nothing is on either. Writing costs microseconds and happens after the line has been
served; a mirror that cannot be written is an alarm, never a reason to stop protecting.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.wire.frames import Kind, Splitter, WireError, pack, pack_numbered, split_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

REWRITE_BYTES = 1024 * 1024
"""The mirror of events is begun afresh when it has grown so far."""

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Mirrored:
    """The event stream as an earlier process left it: its name, what edge had not acknowledged, the next number."""

    stream: str
    events: tuple[tuple[int, bytes], ...]
    next_seq: int


class Memory:
    """Three files in one folder: `protection.json` and `grants.json`, replaced whole, and `events`, appended to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._events_bytes = 0
        self.problem = ""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    # ------------------------------------------------------------------ at start

    def protection(self) -> Mapping[str, Any] | None:
        """Return what the relays of an earlier process remembered, bus by bus; None where there was none.

        It counts under any configuration: a latch goes with the name of its outlet.
        """
        kept = self._read("protection.json").get("protection")
        return kept if isinstance(kept, dict) else None

    def is_whole(self) -> bool:
        """Return whether what is here goes back to all that was ever latched, and not only to the last power cut.

        A process that began with nothing has nothing but its own until edge has given it its copy, and so has whoever
        follows it.
        """
        return self.protection() is not None and self._read("protection.json").get("whole", True) is True

    def grants(self, config_hash: str) -> list[Mapping[str, Any]]:
        """Return the grants of an earlier process with this very configuration."""
        kept = self._read("grants.json")
        grants = kept.get("grants") if kept.get("config_hash") == config_hash else None
        return grants if isinstance(grants, list) else []

    def opening(self) -> tuple[str, ...]:
        """Return the outlets that an earlier process had told to open and had not yet seen open.

        They count under any configuration: an OFF goes with the name of its outlet, and needs no permission.
        """
        kept = self._read("grants.json").get("opening")
        return tuple(name for name in kept if isinstance(name, str)) if isinstance(kept, list) else ()

    def acting(self) -> tuple[str, ...]:
        """Return the ids of the actions that an earlier process was carrying out."""
        kept = self._read("acting.json").get("ids")
        return tuple(name for name in kept if isinstance(name, str)) if isinstance(kept, list) else ()

    def order_nos(self) -> dict[str, str]:
        """Return the numbers by which devices know their last orders, by outlet."""
        kept = self._read("grants.json").get("order_nos")
        found = kept.items() if isinstance(kept, dict) else ()
        return {outlet: number for outlet, number in found if isinstance(number, str)}

    def events(self) -> list[tuple[int, bytes]]:
        """Return the mirrored events that were not acknowledged, in order."""
        mirrored = self.mirrored()
        return [] if mirrored is None else list(mirrored.events)

    def mirrored(self) -> Mirrored | None:
        """Return the event stream of an earlier process; a torn end is left out. None where there was none."""
        stream, found, acknowledged = "", {}, 0
        try:
            for kind, payload in Splitter().feed((self._folder / "events").read_bytes()):
                if kind is Kind.HELLO:
                    stream = payload.decode()
                elif kind is Kind.EVENT:
                    seq, body = split_number(payload)
                    found[seq] = body
                elif kind is Kind.ACK:
                    acknowledged = max(acknowledged, split_number(payload)[0])
        except (OSError, WireError, ValueError):
            pass
        if not stream:
            return None
        left = tuple((seq, body) for seq, body in sorted(found.items()) if seq > acknowledged)
        return Mirrored(stream, left, max([acknowledged, *found]) + 1)

    def _read(self, name: str) -> Mapping[str, Any]:
        try:
            values = json.loads((self._folder / name).read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        return values if isinstance(values, dict) and values.get("format") == FORMAT else {}

    # ------------------------------------------------------------------ while running

    def keep_protection(self, protection: Mapping[str, Any], *, is_whole: bool) -> None:
        values = {"format": FORMAT, "protection": protection, "whole": is_whole}
        self._replace("protection.json", json.dumps(values).encode())

    def keep_grants(
        self,
        config_hash: str,
        grants: Iterable[Mapping[str, Any]],
        opening: Iterable[str] = (),
        order_nos: Mapping[str, str] | None = None,
    ) -> None:
        """Keep grants and the OFFs under way together: one is the end of the other."""
        values = {"format": FORMAT, "config_hash": config_hash, "grants": list(grants), "opening": list(opening)}
        values["order_nos"] = dict(order_nos or {})
        self._replace("grants.json", json.dumps(values).encode())

    def keep_acting(self, command_ids: Iterable[str]) -> bool:
        """Keep the actions that are being carried out; return whether they are kept."""
        self._replace("acting.json", json.dumps({"format": FORMAT, "ids": list(command_ids)}).encode())
        return not self.problem

    def keep_report(self, report: Mapping[str, Any]) -> None:
        """Leave word how the lines are doing, for whoever looks (`report.json`)."""
        self._replace("report.json", json.dumps(report).encode())

    def keep_event(self, seq: int, body: bytes) -> None:
        """Append one event."""
        self._append(pack_numbered(Kind.EVENT, seq, body))

    def acknowledged(self, seq: int, stream: str, left: Iterable[tuple[int, bytes]]) -> None:
        """Take note that edge has events up to `seq` on disk; begin the mirror afresh when it is worth it."""
        if self._events_bytes < REWRITE_BYTES:
            self._append(pack_numbered(Kind.ACK, seq, b""))
        else:
            self.begin(stream, seq, left)

    def begin(self, stream: str, acknowledged: int, left: Iterable[tuple[int, bytes]]) -> None:
        """Begin the mirror afresh with the events that are left."""
        body = pack(Kind.HELLO, stream.encode()) + pack_numbered(Kind.ACK, acknowledged, b"")
        body += b"".join(pack_numbered(Kind.EVENT, seq, event) for seq, event in left)
        self._replace("events", body)
        self._events_bytes = 0

    def _append(self, frame: bytes) -> None:
        try:
            with (self._folder / "events").open("ab") as file:
                file.write(frame)
        except OSError as error:
            self.problem = f"{self._folder}: {os.strerror(error.errno or 0)}"
        self._events_bytes += len(frame)

    def _replace(self, name: str, body: bytes) -> None:
        """Put a file in place of another: a reader sees the old one or the new one."""
        temporary = self._folder / f"{name}.new"
        try:
            temporary.write_bytes(body)
            temporary.replace(self._folder / name)
        except OSError as error:
            self.problem = f"{self._folder}: {os.strerror(error.errno or 0)}"
        else:
            self.problem = ""


def all_piles(protection: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return the memory of all buses as one: a pile that was moved to another bus keeps its latches."""
    if protection is None:
        return None
    of_buses = [
        bus["piles"] for bus in protection.values() if isinstance(bus, dict) and isinstance(bus.get("piles"), dict)
    ]
    return {"piles": {name: pile for piles in of_buses for name, pile in piles.items()}}
