"""A station of weighing bins: motor doors, load cells, levels, and the people who throw things in, or do not."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from simulators.agenda import Agenda
from simulators.physics.load_cell import NOTHING, Lying
from simulators.physics.motor_door import HOLD_S, Leaf

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from simulators.physics.motor_door import MotorDoor

REACH_S = 0.8
APART_S = 0.7
OUT_S = 4.0
"""How much later somebody fetches out again what he has thrown in."""

LEAN_AFTER_S = 0.3
SENSED_S = 2.0
"""How long the sensor of a category holds its contact."""

SHAKE_SHARE = 0.05
SHAKE_G = 60.0
SHAKE_S = 0.8
USUAL_G = (300.0, 4000.0)
"""What a person brings: 2.1 kg on average (Xiamen, 2021)."""

EMPTY_MM = 900.0
FULL_MM = 120.0
FULL_G = 60_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Throw:
    """What somebody does who finds a door open: throws something in, leans on the bin for a while, takes things out.

    `people`: so many do the same at once. `wrong`: what is thrown in belongs into another bin. `reaches_s`: somebody
    reaches in as the door closes, and has his hand in it for so long.
    """

    door: int | None = None
    throws_g: float = 0.0
    out_g: float = 0.0
    leans_g: float = 0.0
    leans_s: float = 3.0
    people: int = 1
    wrong: bool = False
    reaches_s: float = 0.0


@dataclass(slots=True, kw_only=True)
class Bin:
    """One bin behind one door. `level_share` overrides how full it looks, `sees_wrong`: the sensor of its category."""

    door: MotorDoor
    content_g: float = 0.0
    leaning_g: float = 0.0
    level_share: float | None = None
    empty_mm: float = EMPTY_MM
    full_mm: float = FULL_MM
    lying: Lying = NOTHING
    taken_out_g: float = 0.0
    sees_wrong: bool = False

    @property
    def fill_share(self) -> float:
        return min(1.0, self.content_g / FULL_G) if self.level_share is None else self.level_share

    @property
    def distance_mm(self) -> float:
        """What a sensor in the lid sees down to the waste."""
        return self.empty_mm - (self.empty_mm - self.full_mm) * self.fill_share

    def add(self, grams: float, at_s: float) -> None:
        """Let something fall in, or (negative) be fetched out as far as it is there."""
        change_g = max(grams, -self.content_g)
        self.content_g += change_g
        self.taken_out_g += max(0.0, -change_g)
        self._weigh(at_s, SHAKE_G + SHAKE_SHARE * abs(change_g))
        self.door.touch(at_s)

    def lean(self, grams: float, at_s: float) -> None:
        """Let somebody lean on it with so much more, or less."""
        self.leaning_g = max(0.0, self.leaning_g + grams)
        self._weigh(at_s, SHAKE_G)

    def empty(self, at_s: float) -> None:
        self.content_g = 0.0
        self._weigh(at_s, SHAKE_G)

    def _weigh(self, at_s: float, shake_g: float) -> None:
        self.lying = self.lying.changed(self.content_g + self.leaning_g, at_s, shake_g=shake_g, shake_s=SHAKE_S)


@dataclass(slots=True, kw_only=True)
class BinStation:
    """Everything happens in the order of its moment: `settle` first, then ask. Pure but for its seeded chance.

    `comes`: somebody throws something into every door that opens without anybody being expected.
    """

    seed: int
    bins: dict[int, Bin]
    comes: bool = False
    waiting: deque[Throw] = field(default_factory=deque)
    moved: deque[int] = field(default_factory=lambda: deque(maxlen=64))
    _agenda: Agenda = field(default_factory=Agenda)
    _chance: Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)  # noqa: S311 - repeatable behaviour, not secrets

    def settle(self, at_s: float) -> None:
        """Let happen everything that was due until `at_s`, in order."""
        while True:
            number = min(self.bins, key=lambda one: self.bins[one].door.next_s)
            door_s, item = self.bins[number].door.next_s, self._agenda.next
            if item is not None and item.due_s <= min(at_s, door_s):
                self._agenda.pop_due(at_s)
                item.act()
            elif door_s <= at_s:
                self._door(number, door_s)
            else:
                return

    @property
    def open_doors(self) -> set[int]:
        return {number for number, one in self.bins.items() if one.door.is_open}

    @property
    def jammed(self) -> set[int]:
        return {number for number, one in self.bins.items() if one.door.jammed}

    def unlock(self, number: int, at_s: float) -> None:
        self.bins[number].door.unlock(at_s)

    def force(self, number: int, at_s: float) -> None:
        """Have a door pried open without an order."""
        if not self.bins[number].door.is_open:
            self.bins[number].door.force(at_s)
            self.moved.append(number)

    def expect(self, throw: Throw, at_s: float) -> None:
        """Let somebody come: he acts at once where his door stands wide open, else when it opens next."""
        wide = [n for n, one in self.bins.items() if one.door.leaf is Leaf.OPEN and throw.door in (None, n)]
        if wide:
            self._attend(wide[0], throw, at_s)
        else:
            self.waiting.append(throw)

    def lean(self, number: int, grams: float, at_s: float) -> None:
        self.bins[number].lean(grams, at_s)

    def jam(self, numbers: Iterable[int], *, on: bool) -> None:
        """Let latches fail, or work again."""
        for number in numbers:
            self.bins[number].door.jammed = on

    def hand(self, numbers: Iterable[int], *, on: bool) -> None:
        """Let hands be in the gaps of doors, or not."""
        for number in numbers:
            self.bins[number].door.hand = on

    def clear(self, numbers: Collection[int], at_s: float) -> None:
        """Mend doors, send away who waits at them, and let nobody lean on their bins."""
        self.waiting = deque(throw for throw in self.waiting if throw.door not in (None, *numbers))
        for one in (self.bins[number] for number in numbers):
            one.door.free(at_s)
            one.level_share = None
            if one.leaning_g:
                one.lean(-one.leaning_g, at_s)

    def _door(self, number: int, at_s: float) -> None:
        door = self.bins[number].door
        before = door.is_open
        stands_wide = door.settle()
        if door.is_open is not before:
            self.moved.append(number)
        if not stands_wide:
            return
        for throw in self.waiting:
            if throw.door in (None, number):
                self.waiting.remove(throw)
                self._attend(number, throw, at_s)
                return
        if self.comes:
            self._attend(number, Throw(throws_g=self._chance.uniform(*USUAL_G)), at_s)

    def _attend(self, number: int, throw: Throw, at_s: float) -> None:
        """Plan what people do at a door that stands open."""
        one = self.bins[number]
        for person in range(throw.people):
            first_s = at_s + REACH_S + person * APART_S
            if throw.throws_g:
                self._plan(first_s, one.add, throw.throws_g)
            if throw.wrong:
                self._agenda.at(first_s, partial(self._see_wrong, one, on=True))
                self._agenda.at(first_s + SENSED_S, partial(self._see_wrong, one, on=False))
            if throw.leans_g:
                self._plan(first_s + LEAN_AFTER_S, one.lean, throw.leans_g)
                self._plan(first_s + LEAN_AFTER_S + throw.leans_s, one.lean, -throw.leans_g)
            if throw.out_g:
                self._plan(first_s + OUT_S, one.add, -throw.out_g)

        if throw.reaches_s:
            closes_s = at_s + REACH_S + HOLD_S if throw.throws_g else at_s + HOLD_S
            self._agenda.at(closes_s, partial(self.hand, (number,), on=True))
            self._agenda.at(closes_s + throw.reaches_s, partial(self.hand, (number,), on=False))

    @staticmethod
    def _see_wrong(one: Bin, *, on: bool) -> None:
        one.sees_wrong = on

    def _plan(self, at_s: float, act: Callable[[float, float], None], grams: float) -> None:
        self._agenda.at(at_s, partial(act, grams, at_s))
