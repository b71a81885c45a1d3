"""A case as a value: what is there, what happens, what comes of it.

Cases are Python values and no YAML: the type checker knows their words, and one case may share what another says.
What happens is a small table in plain words, because it is printed as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Which order a case is about."""

    CHARGE = "charge"
    PURCHASE = "purchase"
    DEPOSIT = "deposit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What one order comes to. A pair is a value and how far off it may be; None and empty: not looked at.

    `stages` are those told, without `progress` and repetitions. `word` is the field that says how a purchase or
    delivery ended: its outcome, its doubts or its flags.
    """

    order: str = "o-1"
    stages: tuple[str, ...]
    reason: str = ""
    side: str = ""
    detail: str | None = None
    wh: tuple[float, float] | None = None
    loss_wh: tuple[float, float] | None = None
    amount_mil: tuple[int, int] | None = None
    flags: tuple[str, ...] = ()
    word: tuple[str, ...] = ()
    net_g: tuple[int, int] | None = None
    points: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case. `site` is a file beside this one, `more` what this case's site says besides (YAML).

    `script`: a line for each thing that happens: when (min:s), to whom, what. To `cloud` a command is what it sends;
    `edge`, `field` and `box` may die and start; everything else is said to the simulated site in the words of
    `gateway simulate --faults`. `lasts` (min:s) is when the case is over.

    `before` is a script of what was done half a minute before, and is told nowhere. `wall` is the local time at the start, `clock` what is known of it (0 unset, 2 synchronised). `answers` are the
    outcomes of commands that are not simply accepted, in order; `swipes` what came of each card; `alarms` those that were raised, by name.
    `unpaid`: pieces that really left the shelves and are on nobody's receipt. `uncounted_g`: what really went into a bin
    and counts for nobody. `unseen_wh` of what really flowed may be in no record, with its tolerance. `tick_s`: how often field and edge
    look about; coarser than they are by themselves, so that hours pass quickly. `lacking`: what the gateway does not do yet.
    """

    name: str
    en: str
    zh: str
    kind: Kind = Kind.CHARGE
    site: str = "shed.yaml"
    more: str = ""
    before: str = ""
    script: str
    lasts: str
    wall: str = "2026-03-02 10:00"
    clock: int = 2
    expects: tuple[Expect, ...]
    answers: tuple[str, ...] = ()
    swipes: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    orphan: tuple[str, ...] = ()
    unpaid: tuple[tuple[str, int], ...] = ()
    uncounted_g: tuple[tuple[str, int], ...] = ()
    unseen_wh: tuple[float, float] = (0.0, 2.0)
    lacking: str = ""
    tick_s: float = 1.0
