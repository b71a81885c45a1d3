"""A machine made of rows: what happens to an order in a stage, when an event comes. Pure.

A machine judges itself when it is made: a pair of stage and event that nobody has decided is an error, not a surprise.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from gateway.orders.effect import Intent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from enum import StrEnum

    from gateway.orders.clock import Now
    from gateway.orders.effect import Effect


class Order(Protocol):
    """What a machine needs to know of an order: a frozen dataclass with these fields."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def order_id(self) -> str:
        """Return the name that no other order has."""

    @property
    def stage(self) -> StrEnum:
        """Return where the order stands."""

    @property
    def effects_made(self) -> int:
        """Return how many effects it has had: the next one's number."""


O = TypeVar("O", bound=Order)  # noqa: E741 - the order
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Done(Generic[O]):
    """What an action returns: the order as it is afterwards (its stage is the row's business), and what to do."""

    order: O
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Generic[O, E]):
    """In these stages, on this event, when the guard holds: go there and do that.

    `to` None stays; `when` None always holds; `do` None changes nothing else. `says` is for diagrams and for people.
    """

    stages: frozenset[StrEnum]
    on: type[E]
    to: StrEnum | None
    says: str
    when: Callable[[O, E, Now], bool] | None = None
    do: Callable[[O, E, Now], Done[O]] | None = None


def row(
    stages: StrEnum | frozenset[StrEnum],
    on: type[E],
    to: StrEnum | None,
    says: str,
    *,
    when: Callable[[O, E, Now], bool] | None = None,
    do: Callable[[O, E, Now], Done[O]] | None = None,
) -> Row[O, E]:
    """Return a row as a table writes it: in these stages, on this event, there; `stages` may be a single one."""
    some = stages if isinstance(stages, frozenset) else frozenset({stages})
    return Row(stages=some, on=on, to=to, says=says, when=when, do=do)


@dataclass(frozen=True, slots=True)
class Step(Generic[O]):
    """What one event made of an order. `row` is None where the event means nothing in that stage."""

    order: O
    intents: tuple[Intent, ...]
    row: Row[O, Any] | None


def _as_it_was(order: O, _event: object, _now: Now) -> O:
    return order


def _as_it_came(order: O, _now: Now) -> O:
    return order


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine(Generic[O]):
    """A table of rows. The first row of the pair (stage, event) whose guard holds is the one.

    `take` runs before the rows look: it enters what the event measured into the order and decides nothing. `enter` runs
    when an order has come into another stage. Neither touches the stage.
    `ignores` names the stages in which an event means nothing unless a guarded row says otherwise.
    Raises `ValueError` with every mistake of the table when it is made.
    """

    name: str
    stages: type[StrEnum]
    initial: StrEnum
    finals: frozenset[StrEnum]
    rows: tuple[Row[O, Any], ...]
    ignores: Mapping[type, frozenset[StrEnum]]
    take: Callable[[O, Any, Now], O] = _as_it_was
    enter: Callable[[O, Now], O] = _as_it_came
    _index: dict[tuple[StrEnum, type], tuple[Row[O, Any], ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index = {(stage, on): self._rows_of(stage, on) for stage in self.stages for on in self.events}
        object.__setattr__(self, "_index", index)
        mistakes = [*self._undecided(), *self._unreachable_rows(), *self._stuck()]
        if mistakes:
            raise ValueError(f"the table of {self.name} is wrong: {'; '.join(mistakes)}")

    @property
    def events(self) -> tuple[type, ...]:
        """Return every event that the table knows, in its order."""
        return tuple(dict.fromkeys([*(row.on for row in self.rows), *self.ignores]))

    def step(self, order: O, event: object, now: Now) -> Step[O]:
        """Return what an event makes of an order. Raises `KeyError` for an event that the table does not know."""
        rows = self._index[order.stage, type(event)]
        taken = self.take(order, event, now)
        for row in rows:
            if row.when is None or row.when(taken, event, now):
                done = Done(taken) if row.do is None else row.do(taken, event, now)
                return self._stepped(done, row, now)
        return Step(taken, (), None)

    def _stepped(self, done: Done[O], row: Row[O, Any], now: Now) -> Step[O]:
        order, made = done.order, done.order.effects_made
        if done.effects:
            order = replace(order, effects_made=made + len(done.effects))
        if row.to is not None and row.to is not order.stage:
            order = self.enter(replace(order, stage=row.to), now)
        intents = tuple(
            Intent(id=f"{order.order_id}:{number}", effect=effect) for number, effect in enumerate(done.effects, made)
        )
        return Step(order, intents, row)

    # ------------------------------------------------------------------ the table judged

    def _rows_of(self, stage: StrEnum, on: type) -> tuple[Row[O, Any], ...]:
        return tuple(row for row in self.rows if row.on is on and stage in row.stages)

    def _undecided(self) -> Iterable[str]:
        for (stage, on), rows in self._index.items():
            ignored = stage in self.ignores.get(on, ())
            certain = bool(rows) and rows[-1].when is None
            if not certain and not ignored:
                yield f"nobody has decided {on.__name__} in {stage}"
            if certain and ignored:
                yield f"{on.__name__} in {stage} is both decided and ignored"

    def _unreachable_rows(self) -> Iterable[str]:
        for (stage, on), rows in self._index.items():
            certain = [row.when is None for row in rows]
            if True in certain[:-1]:
                hidden = rows[certain.index(True) + 1]
                yield f"'{hidden.says}' is never reached for {on.__name__} in {stage}"

    def _stuck(self) -> Iterable[str]:
        ways: dict[StrEnum, set[StrEnum]] = {stage: set() for stage in self.stages}
        for row in self.rows:
            if row.to is not None:
                for stage in row.stages:
                    ways[stage].add(row.to)
        reached = _closure({self.initial}, ways)
        for stage in self.stages:
            if stage not in reached:
                yield f"{stage} is never reached"
            if stage in self.finals and ways[stage]:
                yield f"{stage} is final but left"
            if not _closure({stage}, ways) & self.finals:
                yield f"{stage} has no way to an end"


def _closure(start: set[StrEnum], ways: Mapping[StrEnum, set[StrEnum]]) -> set[StrEnum]:
    reached, fresh = set(start), set(start)
    while fresh:
        fresh = {there for stage in fresh for there in ways[stage]} - reached
        reached |= fresh
    return reached
