"""Loss of sight: a device that is silent, that answers badly, or that repeats itself.

Silence is a reason to act, not a gap; an old value is never a new one. A single miss is not silence: sight is lost
after at least 4 misses in a row *and* at least 1 s (Klipper, an open printer firmware, allows 4 unanswered clock
queries as well).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.device import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.protection.settings import PileSettings


class Sight:
    """Whether a pile's currents are being seen. `since_s` is the last good reading (or the first call of any kind).

    Besides counted misses, a pile of which nobody brings any reading for `stale_s` is lost too, whatever the reason.
    """

    __slots__ = ("_loss_s", "_misses_to_loss", "_stale_s", "answering", "known", "lost", "misses", "since_s")

    def __init__(self, settings: PileSettings) -> None:
        self._misses_to_loss = settings.sight_loss_misses
        self._loss_s = settings.sight_loss_s
        self._stale_s = settings.upstream_after_s
        self.known = False
        self.lost = False
        self.answering = False
        self.misses = 0
        self.since_s: float | None = None

    def seen(self, now_s: float) -> bool:
        """Note a good reading of currents; return whether sight came back with it."""
        back = self.lost
        self.known = True
        self.lost = False
        self.answering = False
        self.misses = 0
        self.since_s = now_s
        return back

    def missed(self, now_s: float, *, answering: bool) -> None:
        """Note one failed transaction; `answering`: the device replied, but badly."""
        if self.since_s is None:
            self.since_s = now_s
        self.misses += 1
        self.answering = self.answering or answering

    def check(self, now_s: float) -> bool:
        """Return whether sight is lost as of this call."""
        if self.lost:
            return False
        if self.since_s is None:
            self.since_s = now_s
        unseen_s = now_s - self.since_s
        counted = self.misses >= self._misses_to_loss and unseen_s >= self._loss_s
        self.lost = counted or unseen_s >= self._stale_s
        return self.lost

    def unseen_s(self, now_s: float) -> float:
        return 0.0 if self.since_s is None else now_s - self.since_s


class Witness:
    """One role's raw values, when they last moved and when they were last read."""

    __slots__ = ("moved_s", "raw", "read_s")

    def __init__(self) -> None:
        self.raw: tuple[float, ...] | None = None
        self.moved_s = 0.0
        self.read_s = 0.0

    def step(self, raw: Sequence[float], taken_s: float) -> None:
        now = tuple(raw)
        if now != self.raw:
            self.raw = now
            self.moved_s = taken_s
        self.read_s = max(self.read_s, taken_s)

    def still_s(self) -> float:
        return self.read_s - self.moved_s


class Stillness:
    """Whether a whole device is frozen: voltage, energy and heartbeat all stand still while it goes on answering.

    Judged by those of the three that the device brings. With a heartbeat that is enough; without one it takes both
    others and an outlet whose power must have been counted in that time, because the energy of an idle pile, or of one
    that only floats, truly stands still. A current that moved in the meantime acquits.
    """

    __slots__ = ("_after_s", "_witnesses", "frozen")

    ROLES = frozenset({Role.VOLTAGE, Role.ENERGY, Role.HEARTBEAT})

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        self._witnesses: dict[tuple[Role, int], Witness] = {}
        self.frozen = False

    def step(self, role: Role, first: int, raw: Sequence[float], taken_s: float) -> None:
        """Take one scan of one of the three roles in; `first` tells apart the pieces in which a role is read."""
        witness = self._witnesses.get((role, first))
        if witness is None:
            witness = self._witnesses[role, first] = Witness()
        witness.step(raw, taken_s)

    def judge(self, current_moved_s: float, taken_s: float, must_count: Callable[[float], bool]) -> bool:
        """Bring `frozen` up to date and return it; `current_moved_s`: when any current of the device last changed.

        `must_count` says whether any energy must have been counted within a time (s).
        """
        still_s = min((witness.still_s() for witness in self._witnesses.values()), default=0.0)
        stands_still = min(still_s, taken_s - current_moved_s) >= self._after_s
        self.frozen = stands_still and self._proves(still_s, must_count)
        return self.frozen

    def _proves(self, still_s: float, must_count: Callable[[float], bool]) -> bool:
        roles = {role for role, _ in self._witnesses}
        return Role.HEARTBEAT in roles or ({Role.VOLTAGE, Role.ENERGY} <= roles and must_count(still_s))
