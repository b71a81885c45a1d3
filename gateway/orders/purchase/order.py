"""A purchase, or a restock, as a value: everything that the machine knows of it. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import TypeAdapter

from gateway.orders.purchase.event import Line
from gateway.orders.purchase.prices import PriceRef
from gateway.orders.purchase.shelf import Proof, Reading, Shelf
from gateway.orders.stability import STILLNESS, Run, Stillness, still_g


class Stage(StrEnum):
    """Where a purchase stands. `looking` is before the unlock, `settling` after the last door closed."""

    ASKING = "asking"
    LOOKING = "looking"
    UNLOCKING = "unlocking"
    UNLOCKED = "unlocked"
    OPEN = "open"
    SETTLING = "settling"
    SETTLED = "settled"
    REVIEW = "review"
    CANCELLED = "cancelled"


class Purpose(StrEnum):
    """What the doors are opened for."""

    SALE = "sale"
    RESTOCK = "restock"


class Doubt(StrEnum):
    """Why a person has to look at it. A purchase with a doubt charges nothing."""

    FOREIGN_OBJECT = "foreign-object"
    WRONG_SHELF = "wrong-shelf"
    AMBIGUOUS = "ambiguous"
    UNEXPLAINED = "unexplained"
    PROOFS_DIFFER = "proofs-differ"
    UNPROVED = "unproved"
    NO_READING = "no-reading"
    UNWATCHED = "unwatched"
    DOOR_FORCED = "door-forced"
    LEFT_OPEN = "left-open"
    TAKEN_EARLY = "taken-early"
    ABOVE_LIMIT = "above-limit"
    UNDECLARED = "undeclared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The limits, ms. Defaults: the transaction practice of weight-sensing cabinets; staff gets its own."""

    answer_ms: int = 30_000
    look_ms: int = 10_000
    retry_ms: int = 3_000
    retries: int = 1
    open_within_ms: int = 15_000
    warn_open_ms: int = 60_000
    alarm_open_ms: int = 180_000
    most_open_ms: int = 300_000
    settle_ms: int = 20_000
    restock_open_ms: int = 3_600_000
    declare_ms: int = 600_000
    most_away_ms: int = 60_000
    tag_rounds: int = 3
    still: Stillness = STILLNESS


SETTINGS = Settings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A door of the order: as last seen (None: not seen since the start), and whether it has been open."""

    name: str
    is_open: bool | None = None
    was_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the sensors of a shelf have said in this stage, with the run that tells whether its weight is at rest.

    A reader overlooks tags but invents none: `tags` are all that any of the `rounds` has found.
    """

    run: Run | None = None
    tags: tuple[str, ...] | None = None
    rounds: int = 0
    present: bool | None = None


UNSEEN = Seen()


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """One order. Moments are of the business clock; `limit_mil` None means that nobody has authorised it.

    `shelves` are all shelves behind `doors`; `seen` and `before` have one entry for each of them. `early` are those
    that lacked goods when their door was last seen shut before it opened.
    """

    order_id: str
    cabinet: str
    user_ref: str
    doors: tuple[Door, ...]
    shelves: tuple[Shelf, ...]
    prices: PriceRef
    made_ms: int
    purpose: Purpose = Purpose.SALE
    settings: Settings = SETTINGS
    stage: Stage = Stage.ASKING
    effects_made: int = 0
    entered_ms: int = 0
    limit_mil: int | None = None
    seen: tuple[Seen, ...] = ()
    before: tuple[Reading, ...] = ()
    early: tuple[str, ...] = ()
    unlocks: int = 0
    unlocked_ms: int = 0
    opened_ms: int | None = None
    warned: bool = False
    alarmed: bool = False
    forced: tuple[str, ...] = ()
    photos: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    restarts: int = 0
    is_unwatched: bool = False
    declared: tuple[Line, ...] | None = None
    why: str = ""

    @property
    def is_restock(self) -> bool:
        return self.purpose is Purpose.RESTOCK

    @property
    def was_open(self) -> bool:
        return any(door.was_open for door in self.doors)

    @property
    def is_closed(self) -> bool:
        """Return whether every door has been seen closed."""
        return all(door.is_open is False for door in self.doors)

    @property
    def is_read(self) -> bool:
        """Return whether every sensor that the shelves need has spoken, with the weights at rest."""
        pairs = zip(self.shelves, self.readings, strict=True)
        return all(_is_complete(shelf, reading) for shelf, reading in pairs)

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Return what the shelves say now, a weight only where it is at rest."""
        return tuple(
            Reading(
                grams=still_g(seen.run, self.settings.still),
                tags=seen.tags if seen.rounds >= self.settings.tag_rounds else None,
                present=seen.present,
            )
            for seen in self.seen
        )

    def owns(self, door: str) -> bool:
        return any(own.name == door for own in self.doors)


def open_purchase(
    *,
    order_id: str,
    cabinet: str,
    user_ref: str,
    shelves: tuple[Shelf, ...],
    prices: PriceRef,
    at_ms: int,
    purpose: Purpose = Purpose.SALE,
    settings: Settings = SETTINGS,
) -> Purchase:
    """Return a new order for everything behind the doors of these shelves: somebody has presented a code."""
    return Purchase(
        order_id=order_id,
        cabinet=cabinet,
        user_ref=user_ref,
        doors=tuple(Door(name=name) for name in dict.fromkeys(shelf.door for shelf in shelves)),
        shelves=shelves,
        prices=prices,
        made_ms=at_ms,
        entered_ms=at_ms,
        purpose=purpose,
        settings=settings,
        seen=(UNSEEN,) * len(shelves),
    )


_FORM: TypeAdapter[Purchase] = TypeAdapter(Purchase)


def to_json(order: Purchase) -> bytes:
    """Return the order as it is stored."""
    return _FORM.dump_json(order)


def from_json(stored: bytes) -> Purchase:
    """Return the order that was stored."""
    return _FORM.validate_json(stored)


def _is_complete(shelf: Shelf, reading: Reading) -> bool:
    has = {
        Proof.OPENING: True,
        Proof.PRESENCE: reading.present is not None,
        Proof.WEIGHT: reading.grams is not None,
        Proof.RFID: reading.tags is not None,
    }
    return all(has[proof] for proof in shelf.proofs)
