"""What was asked of gateways from here, and what became of it: refused, or confirmed by what is measured. Pure.

An answer of field says that a device has taken a frame; only a reading that is newer than the wish says that it came
true. The documents are `k/SITE/GATEWAY/ID`, with a `standing` for people; times are ms since 1970.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.console.picture import Document, Picture

KEPT = 64
WITHIN_MS = 15_000
"""A wish that is not confirmed by then is told as not confirmed; a later reading still confirms it."""

ALL_READ_WITHIN_MS = 30_000
"""The same of a reading: everything of a device, on a line that is slow and full."""

SWITCHED = frozenset({"pile", "relay"})
"""The kinds of devices whose outlets are switched."""

STOPS = frozenset({"stop", "safety-off"})
FINAL = frozenset({"refused", "failed"})


class Standing(StrEnum):
    """How a wish stands, for people."""

    SENT = "sent"
    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A wish as somebody has made it. `target` is `*`, a device or an outlet; `gateway` is SITE/GATEWAY."""

    id: str
    gateway: str
    kind: str
    target: str
    by: str
    order_id: str = ""
    why: str = ""


class Commanded:
    """The last wishes that were made here. It reads the picture, and shows its own documents in it."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._keys: dict[str, str] = {}
        self._order: deque[str] = deque()

    def find(self, command_id: str) -> Document | None:
        """Return how a wish of this id stands; None where it was not made here."""
        return self._picture.documents.get(self._keys.get(command_id, ""))

    def ask(self, asked: Asked, now_ms: int) -> None:
        """Show that something is asked; what confirms it must be read later than now."""
        key = self._keys[asked.id] = f"k/{asked.gateway}/{asked.id}"
        self._order.append(asked.id)
        if len(self._order) > KEPT:
            self._picture.put(self._keys.pop(self._order.popleft()), None)
        about = {"kind": asked.kind, "target": asked.target, "by": asked.by}
        known = {"order_id": asked.order_id, "why": asked.why}
        within_ms = ALL_READ_WITHIN_MS if asked.kind == "read-now" else WITHIN_MS
        times = {"at": now_ms, "within_ms": within_ms}
        said = {name: value for name, value in known.items() if value}
        self._picture.put(key, about | said | times | {"standing": Standing.SENT.value})

    def told(self, outcome: Mapping[str, Any]) -> None:
        """Take an outcome: `id`, `state`, `reason`, `detail`."""
        key = self._keys.get(str(outcome.get("id", "")))
        if key is None:
            return
        said = {name: outcome[name] for name in ("reason", "detail") if outcome.get(name)}
        state = str(outcome.get("state", ""))
        known = self._picture.documents[key] | said | ({"is_done": True} if state == "done" else {})
        self._picture.put(key, known | ({"standing": state} if state in FINAL else {}))

    def look(self, now_ms: int) -> None:
        """Compare what was asked with what is measured by now."""
        for command_id in self._order:
            key = self._keys[command_id]
            known = self._picture.documents[key]
            if known["standing"] not in {Standing.SENT, Standing.UNCONFIRMED}:
                continue
            left = unconfirmed(self._picture, key, known)
            standing = Standing.UNCONFIRMED if now_ms - known["at"] > known["within_ms"] else Standing.SENT
            fresh = known | {"standing": standing.value, "left": left}
            if not left:
                fresh |= {"standing": Standing.CONFIRMED.value, "confirmed": now_ms}
            if fresh != known:
                self._picture.put(key, fresh)


def unconfirmed(picture: Picture, key: str, asked: Document) -> int:
    """Return how many outlets (devices, for a reading) have not been read as asked since; never 0 for nobody."""
    gateway = "/".join(key.split("/")[1:3])
    places = _places(picture.documents, gateway, asked["target"])
    if not places:
        return 1
    if asked["kind"] in STOPS:
        return sum(picture.opened.get(path, 0) <= asked["at"] for path in places)
    devices = {path.rpartition("/")[0] for path in places}
    old = {device for device in devices if not _is_fresh(picture.documents[f"d/{device}"], asked)}
    if asked["kind"] == "read-now":
        return len(old)
    return sum(path.rpartition("/")[0] in old or not _is_reset(picture.documents, path) for path in places)


def _places(documents: Mapping[str, Document], gateway: str, target: str) -> list[str]:
    """Return the outlets that a target names, as SITE/GATEWAY/DEVICE/OUTLET."""
    within = f"o/{gateway}/" if target == "*" else f"o/{gateway}/{target}/"
    whole = f"o/{gateway}/{target}"
    named = [key[2:] for key in documents if key.startswith(within) or key == whole]
    return [path for path in named if documents.get(f"d/{path.rpartition('/')[0]}", {}).get("kind") in SWITCHED]


def _is_fresh(device: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Return whether a device has told of itself since; a pile's latch is field's own, whose answer is enough."""
    if asked["kind"] == "reset" and device["kind"] == "pile":
        return bool(asked.get("is_done"))
    return bool(device["link"] == "ok" and (device["as_of"] or 0) > asked["at"])


def _is_reset(documents: Mapping[str, Document], path: str) -> bool:
    """Return whether an outlet may be started again; a contactor is closed by its reset."""
    state = documents[f"o/{path}"].get("state")
    if documents[f"d/{path.rpartition('/')[0]}"]["kind"] == "relay":
        return state == "on"
    return state not in {"latched", "tripped", "unknown", None}
