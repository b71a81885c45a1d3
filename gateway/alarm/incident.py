"""One alarm from its raise until it is over, what was done about it, and how both are stored. Pure."""

from dataclasses import dataclass, replace
from enum import StrEnum

from pydantic import TypeAdapter

ACTS_KEPT = 24
"""Of each alarm, over all of its incidents; the log has them all."""


class Stage(StrEnum):
    """Where an alarm stands (ISA-18.2). One that is normal is not standing; NEW is before anything has happened."""

    NEW = "new"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"  # its condition is gone, and nobody has acknowledged it
    LATCHED = "latched"  # acknowledged, and stands until a person resets it
    SHELVED = "shelved"
    OUT_OF_SERVICE = "out-of-service"
    SUPPRESSED = "suppressed"  # by design: it is the consequence of another alarm that stands
    NORMAL = "normal"


STANDING = frozenset(Stage) - {Stage.NEW, Stage.NORMAL}
UNSEEN = frozenset({Stage.UNACKNOWLEDGED, Stage.RETURNED})
"""What somebody has to acknowledge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What happened to an alarm: when by both clocks, and where somebody did it, who and why."""

    what: str
    at_ms: int
    ts_ms: int
    stage: Stage
    by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One alarm of `target`. `_ms` count the site's business clock, `ts_ms` wall time.

    `active`: its condition holds. `owed`: it was raised where nobody was told, so that it must still be acknowledged.
    `until_ms`: the end of its shelf. `under`: the alarm whose consequence it is. `group`: alarms that came together
    with it; `is_first`: before all the others. `doubted_ms`: since when field has not said that it still holds.
    `unseen_ms`: since when somebody has to acknowledge it, however often it has come and gone meanwhile.
    """

    target: str
    word: str
    latches: bool = False
    stage: Stage = Stage.NEW
    active: bool = False
    owed: bool = False
    detail: str = ""
    raised: int = 0
    since_ms: int = 0
    since_ts_ms: int = 0
    until_ms: int | None = None
    until_ts_ms: int | None = None
    under: str = ""
    group: str = ""
    is_first: bool = False
    doubted_ms: int | None = None
    unseen_ms: int | None = None
    by: str = ""
    why: str = ""
    effects_made: int = 0

    @property
    def order_id(self) -> str:
        """The alarm's name, as the machine wants it."""
        return key_of(self.target, self.word)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All that is known of an alarm: how it stands, and the last of what happened to it, over its incidents."""

    incident: Incident
    acts: tuple[Act, ...] = ()

    @property
    def key(self) -> str:
        return self.incident.order_id

    @property
    def is_standing(self) -> bool:
        return self.incident.stage in STANDING

    def after(self, incident: Incident, act: Act) -> "Record":
        """Return the record with one more act."""
        return replace(self, incident=incident, acts=(*self.acts, act)[-ACTS_KEPT:])


def key_of(target: str, word: str) -> str:
    """Return the name of an alarm."""
    return f"{target}:{word}"


_FORM: TypeAdapter[Record] = TypeAdapter(Record)


def to_json(record: Record) -> bytes:
    """Return a record as it is stored."""
    return _FORM.dump_json(record, exclude_defaults=True)


def from_json(stored: bytes) -> Record:
    """Return the record that `to_json` stored. Raises `ValueError` where it is none."""
    return _FORM.validate_json(stored, strict=True)
