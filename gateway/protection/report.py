"""Collects what one pass decided, so that several trips in one scan leave as one `Trip`, and trips leave first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.protection.decision import Clear, Confirm, Raise, ReadAgain, Rung, Trip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.model.device import Role
    from gateway.protection.decision import AlarmKind, Decision, RungKind, TripCause
    from gateway.protection.definite_time import DefiniteTime


class Report:
    """One instance lives as long as its relay; a quiet pass leaves it untouched and allocates nothing."""

    __slots__ = ("_again_s", "_causes", "_confirm_s", "_others", "_rungs")

    def __init__(self) -> None:
        self._causes: dict[int, list[TripCause]] = {}
        self._confirm_s: dict[int, float] = {}
        self._again_s: dict[tuple[int, Role], float] = {}
        self._rungs: dict[tuple[int, RungKind], list[int]] = {}
        self._others: list[Decision] = []

    def trip(self, pile: int, cause: TripCause) -> None:
        """Add a cause; a circuit that already opens adds no second one."""
        self._causes.setdefault(pile, []).append(cause)

    def confirm(self, pile: int, not_before_s: float) -> None:
        """Ask for the next sample of a pile; the earliest wish of its outlets counts."""
        earlier = self._confirm_s.get(pile)
        self._confirm_s[pile] = not_before_s if earlier is None else min(earlier, not_before_s)

    def await_next(self, pile: int, role: Role, element: DefiniteTime) -> None:
        """Ask for the next sample of a slow reading where an element waits for it; the earliest wish counts."""
        if element.pending:
            earlier = self._again_s.get((pile, role), element.due_s)
            self._again_s[pile, role] = min(earlier, element.due_s)

    def rung(self, pile: int, outlet: int, rung: RungKind) -> None:
        self._rungs.setdefault((pile, rung), []).append(outlet)

    def add(self, decision: Decision) -> None:
        self._others.append(decision)

    def alarm(
        self, active: set[AlarmKind], kind: AlarmKind, pile: int | None, outlet: int | None, detail: str | None
    ) -> None:
        """Bring one alarm to its state; `detail` None means not active. Says only what changed in `active`."""
        if detail is not None and kind not in active:
            active.add(kind)
            self._others.append(Raise(alarm=kind, pile=pile, outlet=outlet, detail=detail))
        elif detail is None and kind in active:
            active.remove(kind)
            self._others.append(Clear(alarm=kind, pile=pile, outlet=outlet))

    def take(self) -> Sequence[Decision]:
        """Hand over everything and start afresh: trips, then rungs, then readings to confirm, then the rest."""
        if not (self._causes or self._rungs or self._confirm_s or self._again_s or self._others):
            return ()
        decisions: list[Decision] = [
            Trip(pile=pile, outlets=tuple(sorted(causes, key=lambda cause: cause.outlet)))
            for pile, causes in self._causes.items()
        ]
        decisions += [
            Rung(pile=pile, outlets=tuple(outlets), rung=rung) for (pile, rung), outlets in self._rungs.items()
        ]
        decisions += [Confirm(pile=pile, not_before_s=moment) for pile, moment in self._confirm_s.items()]
        decisions += [
            ReadAgain(pile=pile, role=role, not_before_s=moment) for (pile, role), moment in self._again_s.items()
        ]
        decisions += self._others
        self._causes.clear()
        self._rungs.clear()
        self._confirm_s.clear()
        self._again_s.clear()
        self._others.clear()
        return decisions
