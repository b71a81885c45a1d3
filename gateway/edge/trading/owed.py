"""The ends of orders that the back end has not acknowledged: each is told again until it is. Pure.

A PUBACK only says that the broker has a record. The waits between two tellings double six times, as those of a charge.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "owed/"
RETELL_MS = 60_000
DOUBLINGS = 6
MOST = 1000
"""Ends that are kept; then the oldest is given up, and told so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """The end of an order at `place`. `body` is what was told, its digest among it; `slot` is where it is stored."""

    slot: int
    order_id: str
    place: str
    body: Mapping[str, Any]
    told_ms: int
    tells: int = 1

    @property
    def digest(self) -> str:
        return str(self.body["digest"])

    @property
    def state(self) -> str:
        """The name under which it is stored."""
        return f"{PREFIX}{self.slot}"

    def is_due(self, at_ms: int) -> bool:
        """Return whether it is time to tell it again."""
        return at_ms - self.told_ms >= RETELL_MS << min(self.tells - 1, DOUBLINGS)

    def told_again(self, at_ms: int) -> Owed:
        return replace(self, told_ms=at_ms, tells=self.tells + 1)

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), separators=(",", ":")).encode()


def with_digest(body: Mapping[str, object]) -> dict[str, object]:
    """Return the body of an end with its name, which an acknowledgement has to repeat: the SHA-256 of all it says."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return {**body, "digest": hashlib.sha256(text.encode("ascii")).hexdigest()}


def owed_of(states: Mapping[str, bytes]) -> dict[str, Owed]:
    """Return the ends among stored values, by their order's id; what cannot be read is left out."""
    found = {}
    for name, value in states.items():
        if name.startswith(PREFIX):
            try:
                owed = Owed(**json.loads(value))
            except (TypeError, ValueError):
                continue
            found[owed.order_id] = owed
    return found
