"""A vending cabinet: doors with locks, shelves with pieces behind them, cooled air, and the people who come to it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from simulators.agenda import Agenda
from simulators.physics.latch import LOCK_S

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from simulators.physics.cooling import Cooling
    from simulators.physics.latch import Latch
    from simulators.physics.shelf import Shelf

REACH_S = 1.0
PIECE_S = 0.8
APART_S = 0.3
"""How much later the second of two people reaches in."""

SHUT_S = 1.0
USUAL_PIECES = (1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What somebody does who finds a door open: takes pieces, puts some back, leaves something there, shuts the door.

    `peels`: of so many that he takes he leaves the tag behind; `astray`: so many he puts on another shelf behind the
    door. `people`: so many do the same at once. `shuts_after_s` None: nobody shuts the door.
    """

    door: int | None = None
    takes: int = 0
    back: int = 0
    peels: int = 0
    astray: int = 0
    leaves_g: float = 0.0
    people: int = 1
    shuts_after_s: float | None = SHUT_S


@dataclass(slots=True, kw_only=True)
class Cabinet:
    """Everything happens in the order of its moment: `settle` first, then ask. Pure but for its seeded chance.

    `behind`: the names of the shelves by their door. `comes`: somebody is at every door that opens without an errand.
    """

    seed: int
    doors: dict[int, Latch]
    shelves: dict[str, Shelf]
    behind: Mapping[int, tuple[str, ...]]
    cooling: Cooling
    comes: bool = False
    waiting: deque[Errand] = field(default_factory=deque)
    moved: deque[int] = field(default_factory=lambda: deque(maxlen=64))
    _agenda: Agenda = field(default_factory=Agenda)
    _chance: Random = field(init=False)
    _busy_until_s: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)  # noqa: S311 - repeatable behaviour, not secrets

    def settle(self, at_s: float) -> None:
        """Let happen everything that was due until `at_s`, in order."""
        while item := self._agenda.pop_due(at_s):
            item.act()
        self.cooling.settle(at_s)

    @property
    def open_doors(self) -> set[int]:
        return {number for number, latch in self.doors.items() if latch.is_open}

    @property
    def jammed(self) -> set[int]:
        return {number for number, latch in self.doors.items() if latch.jammed}

    def unlock(self, number: int, at_s: float) -> None:
        """Take an order to a lock."""
        if self.doors[number].unlocks():
            self._agenda.at(at_s + LOCK_S, partial(self._spring, number, at_s + LOCK_S))

    def force(self, number: int, at_s: float) -> None:
        """Have a door pried open without an order."""
        self._spring(number, at_s)

    def shut(self, numbers: Iterable[int], at_s: float) -> None:
        """Have doors shut, which locks them."""
        for number in numbers:
            if self.doors[number].shut():
                self.moved.append(number)
                self._air(at_s)

    def expect(self, errand: Errand, at_s: float) -> None:
        """Let somebody come: he acts at once where his door stands open and unattended, else when it opens next."""
        for number in sorted(self.open_doors):
            if errand.door in (None, number) and self._busy_until_s.get(number, at_s) <= at_s:
                self._attend(number, errand, at_s)
                return
        self.waiting.append(errand)

    def sneak(self, errand: Errand, at_s: float) -> None:
        """Have somebody reach through a gap beside a door that stays shut."""
        if errand.door is not None:
            self._reach(errand.door, self._shelf(errand), errand, at_s)

    def jam(self, numbers: Iterable[int], *, on: bool) -> None:
        """Let locks fail, or work again."""
        for number in numbers:
            self.doors[number].jammed = on

    def clear(self, numbers: Collection[int], at_s: float) -> None:
        """Mend locks, send away who waits at these doors, shut them, take away what does not belong behind them."""
        self.waiting = deque(errand for errand in self.waiting if errand.door not in (None, *numbers))
        self.jam(numbers, on=False)
        self.shut(numbers, at_s)
        for name in (name for number in numbers for name in self.behind.get(number, ())):
            if self.shelves[name].foreign_g:
                self.shelves[name].tidy(at_s)
        self.cooling.change(at_s, broken=False, defrosting=False)

    def _spring(self, number: int, at_s: float) -> None:
        if not self.doors[number].open(at_s):
            return
        self.moved.append(number)
        self._air(at_s)
        for errand in self.waiting:
            if errand.door in (None, number):
                self.waiting.remove(errand)
                self._attend(number, errand, at_s)
                return
        if self.comes:
            self._attend(number, Errand(takes=self._chance.choice(USUAL_PIECES)), at_s)

    def _attend(self, number: int, errand: Errand, at_s: float) -> None:
        """Plan what somebody does at a door that stands open."""
        shelf = self._shelf(replace(errand, door=number))
        ends_s = at_s + REACH_S
        for person in range(errand.people):
            ends_s = self._reach(number, shelf, errand, at_s + REACH_S + person * APART_S)
        if errand.shuts_after_s is not None:
            ends_s += errand.shuts_after_s
            self._agenda.at(ends_s, partial(self.shut, (number,), ends_s))
        self._busy_until_s[number] = ends_s

    def _shelf(self, errand: Errand) -> Shelf | None:
        """Return the shelf that somebody reaches to behind his door."""
        names = () if errand.door is None else self.behind.get(errand.door, ())
        stocked = [name for name in names if len(self.shelves[name].pieces) >= errand.takes] or list(names)
        return self.shelves[self._chance.choice(stocked)] if stocked else None

    def _reach(self, number: int, shelf: Shelf | None, errand: Errand, at_s: float) -> float:
        """Plan what one person does behind the door; return when he is done."""
        if shelf is None:
            return at_s
        others = [self.shelves[name] for name in self.behind[number] if self.shelves[name] is not shelf]
        acts: list[Callable[[float], None]] = [shelf.peel] * errand.peels
        acts += [shelf.take] * (errand.takes - errand.peels) + [shelf.put_back] * errand.back
        acts += [partial(other.receive, shelf) for other in others[:1] for _ in range(errand.astray)]
        for act in acts:
            self._agenda.at(at_s, partial(act, at_s))
            at_s += PIECE_S
        if errand.leaves_g:
            self._agenda.at(at_s, partial(shelf.leave, errand.leaves_g, at_s))
            at_s += PIECE_S
        return at_s

    def _air(self, at_s: float) -> None:
        self.cooling.change(at_s, doors_open=len(self.open_doors))
