"""The site's business clock: milliseconds that never run backwards and go on over restarts. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from gateway.edge.journal import Moment
from gateway.orders.clock import Now

if TYPE_CHECKING:
    from collections.abc import Mapping

STATE = "charging/clock"
"""Under this name is stored what the clock showed when; it changes in the transaction of every step of an order."""


class BusinessClock:
    """Begun from what was stored.

    Within one boot of the machine its monotonic clock counts. Over a reboot the wall clock does, where both stamps can
    be believed and it has not run backwards; where they cannot, the time that passed is not known and counts as none.
    `away_ms` is how long nothing had been stored at the beginning; None where that is not known. `stored_ms` is
    what the clock showed when something was stored last.
    """

    def __init__(self, states: Mapping[str, bytes], now: Moment, machine: str) -> None:
        stored = _read(states.get(STATE))
        self._machine = machine
        self._base = now
        self._base_ms = 0 if stored is None else _gone_on(*stored, now, machine)
        self.stored_ms = 0 if stored is None else stored[0]
        self._first_ms = 0 if stored is None or stored[2] == machine else stored[0]
        self.had_power_cut = stored is not None and stored[2] != machine
        self.away_ms = None if stored is None or not _is_known(*stored, now, machine) else self._base_ms - stored[0]

    def now(self, at: Moment) -> Now:
        """Return a moment on this clock, which may be one before its beginning that field tells of later.

        None is before what an earlier boot of the machine has stored, and none before 0.
        """
        passed_ms = round((at.mono_s - self._base.mono_s) * 1000)
        return Now(at_ms=max(self._first_ms, self._base_ms + passed_ms), ts_ms=at.ts_ms, clock=at.clock)

    def moment(self, at_ms: int, now: Moment) -> Moment:
        """Return when this clock shows `at_ms`, on edge's clocks."""
        ahead_ms = at_ms - self.now(now).at_ms
        return replace(now, ts_ms=now.ts_ms + ahead_ms, mono_s=now.mono_s + ahead_ms / 1000)

    def to_bytes(self, now: Moment) -> bytes:
        said = {"at_ms": self.now(now).at_ms, "moment": asdict(now), "machine": self._machine}
        return json.dumps(said, separators=(",", ":")).encode()


def _read(stored: bytes | None) -> tuple[int, Moment, str] | None:
    try:
        said = json.loads(stored or b"{}")
        return int(said["at_ms"]), Moment(**said["moment"]), str(said["machine"])
    except (KeyError, TypeError, ValueError):
        return None


def _is_known(at_ms: int, then: Moment, machine_then: str, now: Moment, machine: str) -> bool:
    del at_ms
    return machine_then == machine or bool(then.clock and now.clock and now.ts_ms >= then.ts_ms)


def _gone_on(at_ms: int, then: Moment, machine_then: str, now: Moment, machine: str) -> int:
    if machine_then == machine:
        return at_ms + max(0, round((now.mono_s - then.mono_s) * 1000))
    if then.clock and now.clock:
        return at_ms + max(0, now.ts_ms - then.ts_ms)
    return at_ms
