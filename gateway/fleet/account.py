"""One order as its records add up, in whatever order they come and however often: what a fleet keeps of it. Pure.

Times are ms since 1970. Each fact is kept with the record that said it last, so that what is told late changes nothing
that was said after it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.console.stories import ENDS

if TYPE_CHECKING:
    from collections.abc import Mapping


SETTLED = "settled"


class At(NamedTuple):
    """Which record: its time, and its number in the log of its gateway."""

    ts_ms: int
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An order of one gateway. `place` is where its first record was about; `said`: fact -> (which record, value).

    `ended`: the first record that says that it is over; each such record is told again until somebody acknowledges it.
    """

    first: At
    last: At
    place: str
    stage: str
    accepted_ms: int | None = None
    ended: At | None = None
    said: Mapping[str, tuple[At, Any]] = field(default_factory=dict)

    @property
    def until_ms(self) -> int:
        """Return when something new was told of it last."""
        return self.last.ts_ms if self.ended is None else self.ended.ts_ms

    @property
    def facts(self) -> dict[str, Any]:
        """Return the last word on everything."""
        return {name: value for name, (_, value) in self.said.items()}

    def value(self, name: str) -> Any:
        """Return the last word on something; None where nothing was said."""
        return self.said[name][1] if name in self.said else None


def begun(at: At, place: str, body: Mapping[str, Any]) -> Account:
    """Return an order of which this is the first record that came."""
    return taken(Account(first=at, last=at, place=place, stage=str(body["stage"])), at, place, body)


def taken(known: Account, at: At, place: str, body: Mapping[str, Any]) -> Account:
    """Return an order with one more of its records."""
    stage, facts = str(body["stage"]), dict(known.said)
    for name, value in body.items():
        if value is not None and (name not in facts or facts[name][0] <= at):
            facts[name] = at, value
    if at <= known.first:
        known = replace(known, first=at, place=place)
    if stage == "accepted":
        known = replace(known, accepted_ms=min(at.ts_ms, known.accepted_ms or at.ts_ms))
    is_end = stage in ENDS
    if (is_end, at) >= (known.ended is not None, known.last):
        known = replace(known, last=at, stage=stage)
    if is_end:
        known = replace(known, ended=min(at, known.ended or at))
    return replace(known, said=facts)


class Figures(NamedTuple):
    """What an order adds to its day: when it ended (None: it has not), whether as a charge, and what it came to."""

    ended_ms: int | None
    charges: int
    wh: float
    amount_mil: int
    occupied_ms: int


def figures(account: Account) -> Figures:
    """Return what an order adds to its day; a doubtful or cancelled one adds no energy and no money."""
    said = account.value("ended_ts_ms")
    ended_ms = None if account.ended is None else said if isinstance(said, int) else account.until_ms
    if account.stage != SETTLED:
        return Figures(ended_ms, 0, 0.0, 0, 0)
    is_charge = "outlet" in account.said
    wh = float(_number(account, "wh")) if is_charge else 0.0
    return Figures(ended_ms, int(is_charge), wh, round(_number(account, "amount_mil")), _occupied_ms(account))


def _occupied_ms(account: Account) -> int:
    """Return how long the plug stayed in after full, by the receipt; 0 where it does not say."""
    try:
        return int(account.value("receipt")["times"]["occupied_ms"])
    except (KeyError, TypeError, ValueError):
        return 0


def _number(account: Account, name: str) -> float:
    said = account.value(name)
    return said if isinstance(said, int | float) else 0


def to_json(account: Account) -> str:
    """Return an order as it is stored."""
    said = {name: [*at, value] for name, (at, value) in account.said.items()}
    row = [account.first, account.last, account.place, account.stage, account.accepted_ms, account.ended, said]
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def from_json(stored: str) -> Account:
    """Return the order that `to_json` wrote."""
    first, last, place, stage, accepted_ms, ended, said = json.loads(stored)
    return Account(
        first=At(*first),
        last=At(*last),
        place=place,
        stage=stage,
        accepted_ms=accepted_ms,
        ended=None if ended is None else At(*ended),
        said={name: (At(ts_ms, seq), value) for name, (ts_ms, seq, value) in said.items()},
    )
