"""Who is signed in. Pure: tokens come in as text and are kept as digests; `now_s` is monotonic."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.console.access.roles import Role, Who

if TYPE_CHECKING:
    from collections.abc import Callable

IDLE_S = 12 * 3600.0
LONGEST_S = 7 * 86_400.0
EACH = 8
"""Sessions of one account at a time; of more the oldest ends."""


@dataclass(slots=True)
class _Session:
    who: Who
    begun_s: float
    seen_s: float

    def is_over(self, now_s: float) -> bool:
        return now_s - self.seen_s > IDLE_S or now_s - self.begun_s > LONGEST_S


@dataclass(slots=True)
class Sessions:
    """All sessions of one console; `to_json` and `take_up` carry them over a restart of its process."""

    _open: dict[bytes, _Session] = field(default_factory=dict)

    def begin(self, token: str, who: Who, now_s: float) -> None:
        """Open a session."""
        self._open = {key: session for key, session in self._open.items() if not session.is_over(now_s)}
        own = [key for key, session in self._open.items() if session.who.name == who.name]
        for key in own[: max(0, len(own) - EACH + 1)]:
            del self._open[key]
        self._open[_digest(token)] = _Session(who, now_s, now_s)

    def who(self, token: str, now_s: float) -> Who | None:
        """Return whose session this is; None where it is none, or is over."""
        session = self._open.get(_digest(token))
        if session is None or session.is_over(now_s):
            self._open.pop(_digest(token), None)
            return None
        session.seen_s = now_s
        return session.who

    def end(self, token: str) -> None:
        """Sign out."""
        self._open.pop(_digest(token), None)

    def end_all(self, name: str) -> None:
        """End every session of an account: its password or role is another."""
        self._open = {key: session for key, session in self._open.items() if session.who.name != name}

    def to_json(self) -> str:
        """Return what can be kept where nobody else reads it, for as long as the monotonic clock goes on."""
        kept = [
            {"digest": key.hex(), "name": each.who.name, "role": each.who.role.name, "begun_s": each.begun_s}
            for key, each in self._open.items()
        ]
        return json.dumps(kept)

    def take_up(self, text: str, is_known: Callable[[Who], bool], now_s: float) -> None:
        """Go on with those of `to_json` that are not over, of who is still known as what they were.

        Raises `ValueError`, `KeyError` or `TypeError` for what is none.
        """
        for each in json.loads(text):
            who = Who(name=str(each["name"]), role=Role[each["role"]])
            session = _Session(who, float(each["begun_s"]), now_s)
            if is_known(who) and session.begun_s <= now_s and not session.is_over(now_s):
                self._open[bytes.fromhex(each["digest"])] = session


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
