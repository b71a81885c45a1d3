"""The alarms that stand at gateways, as the pages show them: the retained list, and the events after it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Document = dict[str, Any]

SHOWN = ("state", "severity", "active", "since", "detail", "raised", "cause", "group", "first", "until", "by", "why")
"""What is shown of an alarm, by the words of the contract."""

EMPTY = (None, "", False)


@dataclass(slots=True)
class GatewayAlarms:
    """One gateway. `revision`: of the newest list or event; what is older than it is in it already."""

    revision: int = -1
    by_name: dict[str, Document] = field(default_factory=dict)
    summary: Document = field(default_factory=dict)
    _holding: dict[str, set[str]] = field(default_factory=dict)

    def take_list(self, told: Mapping[str, Any]) -> None:
        """Take all that stands; what is not there any more has become normal. The last list is always right."""
        self.revision = told["revision"]
        self.summary = {name: told[name] for name in ("flood", "unlisted") if told.get(name)}
        self.by_name = {_name(each["target"], each["alarm"]): _shown(each) for each in told["alarms"]}
        self._sort_out()

    def take_event(self, target: str, ts: int, body: Mapping[str, Any]) -> None:
        """Take what has happened to one alarm."""
        name, revision = _name(target, body.get("alarm", "")), body.get("revision")
        if isinstance(revision, int):
            if revision <= self.revision:
                return
            self.revision = revision
        active = bool(body.get("active"))
        state = body.get("state", "unacknowledged" if active else "normal")
        if state == "normal":
            self.by_name.pop(name, None)
        else:
            known = self.by_name.get(name, {"since": ts})
            told = {each: body[each] for each in SHOWN if each in body}
            self.by_name[name] = _shown(known | {"state": state, "active": active} | told)
        self._sort_out()

    def words(self, target: str) -> Collection[str]:
        """Return the words of the alarms of a target whose condition holds."""
        return self._holding.get(target, frozenset())

    def _sort_out(self) -> None:
        self._holding = {}
        for name, each in self.by_name.items():
            if each.get("active"):
                target, _, word = name.rpartition(":")
                self._holding.setdefault(target, set()).add(word)


def _name(target: object, word: object) -> str:
    return f"{target}:{word}"


def _shown(told: Mapping[str, Any]) -> Document:
    return {"detail": ""} | {name: told[name] for name in SHOWN if told.get(name) not in EMPTY}
