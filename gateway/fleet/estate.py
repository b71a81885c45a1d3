"""All gateways below one prefix, fed with the messages of a broker; one line for each in `overview`. Pure.

Who looks at all sheds is sent `overview`: `f/broker`, and for each gateway `g/SITE/GATEWAY`, `c/SITE/GATEWAY` (its
counts), `s/SITE/GATEWAY` (its sums of the day) and its alarms `a/…`. Who looks at one shed is sent that shed's
documents as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.fleet.shed import Shed, Unreadable, outcome_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from gateway.fleet.gaps import Gaps
    from gateway.uplink.message import EventMessage, OutcomeMessage

AGAIN_S = 1.0
"""How often a shed's counts are made anew while it talks."""

GATEWAYS_MOST = 2000
SHOWN_OF_ALL = ("g/", "l/", "a/")
FILTERS = {"event/+": 1, "outcome/+": 1, "status": 1, "echo": 0, "inventory": 0, "alarms": 0, "state/+": 0}
"""What is listened to of each gateway, with its QoS: what the broker keeps comes again with every connection."""

SOUGHT = ("code", "place", "label", "order_id")
"""By what an outlet is found, beside its name."""

_LEVEL = re.compile(r"[a-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a message has brought that must be kept or acted on. `at` is `SITE/GATEWAY`, or empty."""

    at: str = ""
    event: EventMessage | None = None
    outcome: OutcomeMessage | None = None
    kept: str = ""


class Estate:
    """`prefix` ends with a slash; the topics below it begin with `SITE/GATEWAY/`."""

    def __init__(self, prefix: str, zone: tzinfo, gaps: Mapping[str, Gaps] | None = None) -> None:
        self._prefix = prefix
        self._zone = zone
        self._gaps = dict(gaps or {})
        self._touched: dict[str, bool] = {}
        self._counted_s: dict[str, float] = {}
        self.sheds: dict[str, Shed] = {}
        self.overview: dict[str, dict[str, Any]] = {}
        self.refused = 0

    def filters(self) -> dict[str, int]:
        """Return what is to be subscribed to, each with its QoS."""
        return {f"{self._prefix}+/+/{end}": qos for end, qos in FILTERS.items()}

    def take(self, topic: str, payload: bytes, now_s: float, *, retained: bool = False) -> Heard:
        """Take a message; one that is not of the contract is counted and left."""
        site, _, rest = topic.removeprefix(self._prefix).partition("/")
        gateway, _, below = rest.partition("/")
        area, _, what = below.partition("/")
        if not topic.startswith(self._prefix) or not all(map(_LEVEL.fullmatch, (site, gateway))):
            return Heard()
        shed = self._shed(f"{site}/{gateway}", area)
        if shed is None:
            return Heard()
        try:
            return self._take(shed, area, what, payload, now_s, retained=retained)
        except Unreadable:
            shed.refused += 1
            self.refused += 1
            return Heard(at=shed.name)

    def _shed(self, name: str, area: str) -> Shed | None:
        if name not in self.sheds:
            if area == "echo" or len(self.sheds) >= GATEWAYS_MOST:
                return None
            self.sheds[name] = Shed(name, self._zone, self._gaps.pop(name, None))
        return self.sheds[name]

    def _take(self, shed: Shed, area: str, what: str, payload: bytes, now_s: float, *, retained: bool) -> Heard:
        match area:
            case "echo":
                shed.take_echo(payload, now_s)
                return Heard(at=shed.name)
            case "outcome":
                return Heard(at=shed.name, outcome=outcome_of(payload))
            case "status":
                shed.take_status(payload, now_s, retained=retained)
            case "event":
                event = shed.take_event(payload)
                self._touch(shed.name, is_urgent=True)
                return Heard(at=shed.name, event=event)
            case "inventory":
                shed.take_inventory(payload)
            case "alarms":
                shed.take_alarms(payload)
            case "state":
                shed.take_state(what, payload, now_s, retained=retained)
            case _:
                return Heard()
        self._touch(shed.name, is_urgent=area != "state")
        return Heard(at=shed.name, kept="" if area == "state" else area)

    def restore(self, name: str, area: str, payload: bytes, now_s: float) -> None:
        """Take a document that was stored; nothing of it is a sign of life."""
        self.take(f"{self._prefix}{name}/{area}", payload, now_s, retained=True)

    def show(self, name: str, event: EventMessage) -> None:
        """Take an event that was stored."""
        shed = self._shed(name, "event")
        if shed is not None:
            shed.show_event(event)
            self._touch(name, is_urgent=True)

    def put(self, key: str, document: dict[str, Any] | None) -> None:
        """Show a document to who looks at all sheds; None: no more."""
        if document is None:
            self.overview.pop(key, None)
        else:
            self.overview[key] = document

    def put_beside(self, name: str, documents: dict[str, dict[str, Any]]) -> None:
        """Show what this console itself says of a gateway; those that it said before go."""
        shed = self.sheds.get(name)
        if shed is not None and shed.beside != documents:
            shed.beside = documents
            self._touch(name, is_urgent=True)

    # ------------------------------------------------------------------ what is shown

    def _touch(self, name: str, *, is_urgent: bool) -> None:
        self._touched[name] = self._touched.get(name, False) or is_urgent

    def look(self, now_s: float, now_ms: int) -> None:
        """Bring the overview up to date; `now_s` is monotonic, `now_ms` the wall clock."""
        for shed in self.sheds.values():
            if shed.look(now_s):
                self._touch(shed.name, is_urgent=True)
        due = [
            name
            for name, is_urgent in self._touched.items()
            if is_urgent or now_s - self._counted_s.get(name, -AGAIN_S) >= AGAIN_S
        ]
        for name in due:
            del self._touched[name]
            self._counted_s[name] = now_s
            self._show(self.sheds[name], now_s, now_ms)

    def _show(self, shed: Shed, now_s: float, now_ms: int) -> None:
        path = f"{shed.name}/"
        shown = {key: document for key, document in shed.picture.documents.items() if key.startswith(SHOWN_OF_ALL)}
        shown |= shed.beside
        for key in [
            key for key in self.overview if key.startswith((f"a/{path}", f"l/{shed.name}")) and key not in shown
        ]:
            del self.overview[key]
        self.overview |= shown
        self.overview[f"c/{shed.name}"] = shed.summary(now_s)
        self.overview[f"s/{shed.name}"] = shed.today.document(now_ms)

    def places_of(self, code: str) -> list[tuple[str, str]]:
        """Return gateway and DEVICE/OUTLET of the outlets with this very code on their stickers, by small letters."""
        return [
            ("/".join(key.split("/")[1:3]), key.split("/", 3)[3])
            for shed in self.sheds.values()
            for key, document in shed.picture.documents.items()
            if code and key.startswith("o/") and (document.get("code") or "").lower() == code
        ]

    def seek(self, said: str) -> list[dict[str, Any]]:
        """Return the outlets and doors that fit a word in small letters, those with this very code first."""
        found = [
            {"path": key[2:], **document}
            for shed in self.sheds.values()
            for key, document in shed.picture.documents.items()
            if key.startswith("o/")
            and (said in key[2:] or any(said in (document.get(name) or "").lower() for name in SOUGHT))
        ]
        return sorted(found, key=lambda each: ((each.get("code") or "").lower() != said, each["path"]))

    def documents(self, name: str) -> dict[str, dict[str, Any]]:
        """Return what is shown of one shed, beside the overview; of all sheds with an empty name."""
        shed = self.sheds.get(name)
        return self.overview if shed is None else {**self.overview, **shed.picture.documents}
