"""What can happen to an alarm. Pure values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """Its condition holds. `under`: the alarm whose consequence it is; `group` and `is_first` as the incident has them.

    `momentary`: it happened, and nobody will say that it is over.
    """

    detail: str = ""
    under: str = ""
    group: str = ""
    is_first: bool = False
    momentary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """Its condition is gone; `by` and `why` where a person has reset it."""

    by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """Somebody has seen it."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """Somebody does not want to hear of it for a while."""

    by: str
    why: str
    until_ms: int
    until_ts_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unshelved:
    """Somebody wants to hear of it again."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """Somebody takes it out of service, until somebody puts it back."""

    by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """Somebody puts it back into service."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """The alarm `under` stands, and this one is its consequence."""

    under: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What it was a consequence of is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubted:
    """Field has started anew and has forgotten what it had said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time has passed."""


Event = (
    Raised | Cleared | Acknowledged | Shelved | Unshelved | Removed | Restored | Suppressed | Released | Doubted | Tick
)
