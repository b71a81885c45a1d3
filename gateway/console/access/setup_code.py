"""The set-up code: who stands at the box may make the first account, for a while, with few wrong tries. Pure.

It comes to life by a physical act (a first start, a file or command on the box), never by a request.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""None that is mistaken for another on a label."""

LENGTH = 8
WRONG_TRIES = 5
LIVES_S = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupCode:
    """A code that is armed; itself it is not kept. `until_s` is monotonic."""

    digest: bytes
    until_s: float
    wrong_left: int = WRONG_TRIES

    def is_armed(self, now_s: float) -> bool:
        """Return whether it can still be used."""
        return now_s < self.until_s and self.wrong_left > 0


def armed(code: str, now_s: float) -> SetupCode:
    """Return a fresh code."""
    return SetupCode(digest=_digest(code), until_s=now_s + LIVES_S)


def tried(setup: SetupCode, code: str, now_s: float) -> tuple[bool, SetupCode | None]:
    """Return whether a code is right, and what is left of it: a right one is used up, a wrong one costs a try."""
    if not setup.is_armed(now_s):
        return False, None
    if hmac.compare_digest(_digest(code), setup.digest):
        return True, None
    left = replace(setup, wrong_left=setup.wrong_left - 1)
    return False, left if left.is_armed(now_s) else None


def shown(code: str) -> str:
    """Return a code as people read it: in two halves."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def _digest(code: str) -> bytes:
    return hashlib.sha256("".join(code.split()).replace("-", "").upper().encode()).digest()
