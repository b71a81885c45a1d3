"""Energy without an order: one incident at one outlet, as a value, and how it is stored. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import TypeAdapter

from gateway.orders.clock import Now


class Stage(StrEnum):
    SEEN = "seen"  # draws, or is on, and no order explains it
    OPENING = "opening"  # told to open, and told again
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """One incident. `order_id` names it like an order, so that its records and effects have ids of their own.

    `open_after_s`: how long an order has to turn up. `again_s`: how often OFF is repeated. `residue_w`: what an open
    outlet may still show. Registers are Wh; energy across a restarted or exchanged register is not counted.
    """

    order_id: str
    outlet: str
    seen: Now
    open_after_s: int = 10
    again_s: int = 60
    residue_w: float = 5.0
    stage: Stage = Stage.SEEN
    effects_made: int = 0
    opened_ms: int = 0
    wh: float = 0.0
    meter: int = 0
    register_wh: float | None = None
    peak_w: float = 0.0


_FORM: TypeAdapter[Orphan] = TypeAdapter(Orphan)


def to_json(orphan: Orphan) -> bytes:
    """Return an incident as it is stored."""
    return _FORM.dump_json(orphan)


def from_json(stored: bytes) -> Orphan:
    """Return the incident that `to_json` stored. Raises `ValueError` where it is none."""
    return _FORM.validate_json(stored, strict=True)
