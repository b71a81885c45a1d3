"""A delivery, or a collection, as a value: everything that the machine knows of it. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import TypeAdapter

from gateway.orders.deposit.curve import EMPTY, Curve
from gateway.orders.deposit.points_rule import Category, PointsRule
from gateway.orders.stability import STILLNESS, Run, Stillness, still_g


class Stage(StrEnum):
    """Where a delivery stands. `taring` is the weight before, `weighing` and `confirming` the weight after."""

    IDENTIFYING = "identifying"
    TARING = "taring"
    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"
    WEIGHING = "weighing"
    CONFIRMING = "confirming"
    RECORDED = "recorded"
    REVIEW = "review"
    CANCELLED = "cancelled"


class Purpose(StrEnum):
    """What the door is opened for: a resident throws in, or staff empties the bin."""

    DEPOSIT = "deposit"
    COLLECTION = "collection"


class Identity(StrEnum):
    """How somebody is known."""

    CARD = "card"
    PLATFORM = "platform"
    FACE = "face"


class Doubt(StrEnum):
    """Why a person has to look at it. A delivery with a doubt credits nothing."""

    NEGATIVE = "negative-weight"
    IMPOSSIBLE = "impossible-weight"
    UNSTABLE = "unstable-weight"
    NOT_OPENED = "door-not-opened"
    JAMMED = "door-jammed"
    WRONG_CATEGORY = "wrong-category"
    TWO_RESIDENTS = "two-residents"
    UNWATCHED = "unwatched"


class Flag(StrEnum):
    """What is worth knowing about a delivery that counts; the cloud judges."""

    LEANED = "leaned-on"
    TAKEN_OUT = "taken-out"
    REPEATED = "repeated-weight"
    CLOCK_UNSET = "clock-unset"
    RESTARTED = "restarted"
    STOPPED = "bin-stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The limits: ms and grams. `least_g` is what counts as nothing; `held_pct` has to remain for `confirm_ms`.

    `full_g` is the gross weight from which on the bin is too heavy, `most_g` the heaviest delivery that can be true.
    """

    answer_ms: int = 30_000
    tare_ms: int = 10_000
    open_within_ms: int = 15_000
    most_open_ms: int = 120_000
    collect_open_ms: int = 3_600_000
    close_again_ms: int = 5_000
    most_closes: int = 4
    settle_ms: int = 30_000
    confirm_ms: int = 5_000
    held_pct: int = 80
    least_g: int = 20
    most_g: int = 50_000
    full_g: int = 150_000
    taken_out_g: int = 100
    most_left_g: int = 1_000
    repeat_g: int = 10
    repeats: int = 2
    most_away_ms: int = 60_000
    still: Stillness = STILLNESS


SETTINGS = Settings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """One order. Moments are of the business clock; weights are gross grams unless they are called net.

    `user_ref` is empty until somebody is identified; `card_ref` stands for the card that was shown here. `recent_g` are
    the resident's latest deliveries at this station.
    """

    order_id: str
    station: str
    door: str
    scale: str
    category: Category
    identity: Identity
    rule: PointsRule
    made_ms: int
    purpose: Purpose = Purpose.DEPOSIT
    settings: Settings = SETTINGS
    tare_g: int = 0
    recent_g: tuple[int, ...] = ()
    card_ref: str = ""
    stage: Stage = Stage.IDENTIFYING
    effects_made: int = 0
    entered_ms: int = 0
    user_ref: str = ""
    is_open: bool | None = None
    was_open: bool = False
    has_hand: bool = False
    closes: int = 0
    close_ms: int = 0
    jams: int = 0
    shut_ms: int | None = None
    run: Run | None = None
    before_g: int | None = None
    peak_g: int | None = None
    held_g: int | None = None
    curve: Curve = EMPTY
    photos: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    flags: tuple[Flag, ...] = ()
    restarts: int = 0
    is_unwatched: bool = False
    why: str = ""

    @property
    def is_collection(self) -> bool:
        return self.purpose is Purpose.COLLECTION

    @property
    def now_g(self) -> int | None:
        """Return the weight in this stage, once it is at rest."""
        return still_g(self.run, self.settings.still)


def open_deposit(
    *,
    order_id: str,
    station: str,
    door: str,
    scale: str,
    category: Category,
    identity: Identity,
    rule: PointsRule,
    at_ms: int,
    purpose: Purpose = Purpose.DEPOSIT,
    settings: Settings = SETTINGS,
    tare_g: int = 0,
    recent_g: tuple[int, ...] = (),
    card_ref: str = "",
) -> Deposit:
    """Return a new order: somebody has shown a card, a code or a face at the door of one category."""
    return Deposit(
        order_id=order_id,
        station=station,
        door=door,
        scale=scale,
        category=category,
        identity=identity,
        rule=rule,
        made_ms=at_ms,
        entered_ms=at_ms,
        purpose=purpose,
        settings=settings,
        tare_g=tare_g,
        recent_g=recent_g,
        card_ref=card_ref,
    )


_FORM: TypeAdapter[Deposit] = TypeAdapter(Deposit)


def to_json(order: Deposit) -> bytes:
    """Return the order as it is stored."""
    return _FORM.dump_json(order)


def from_json(stored: bytes) -> Deposit:
    """Return the order that was stored."""
    return _FORM.validate_json(stored)
