"""Everything that the demo knows: what its subscriber heard, field's own report, what its residents do. No I/O."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.app.demo_ends import OrderKind, Tally, end_of, fingerprint, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.app.demo_estate import Community

    Body = Mapping[str, Any]
    Said = tuple[str, dict[str, Any]]

LAST_EVENTS = 4
LAST_TRIPS = 3
"""Lines; they stay in sight, however many orders end meanwhile."""

LAST_OUTCOMES = 256

CHANGES = frozenset({"raised", "cleared"})
"""Acts on an alarm that change whether its condition holds; of the others nothing is said."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One measured cutoff. `measured_ms` is the longest that the overcurrent can have lasted."""

    outlet: str
    measured_ms: float
    bound_ms: float

    @property
    def is_kept(self) -> bool:
        return self.measured_ms <= self.bound_ms


@dataclass(slots=True)
class Picture:
    """`events` and `last_trips` are a word for the form of a sentence, and what it tells of.

    `kinds`: of the orders under way; `finals`: the fingerprint of the record with which each of the others ended;
    `unacknowledged`: the digests of settlements that the back end has not answered yet.
    """

    community: Community
    session: str = ""
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    latest: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: deque[Said] = field(default_factory=lambda: deque(maxlen=LAST_EVENTS))
    last_trips: deque[Said] = field(default_factory=lambda: deque(maxlen=LAST_TRIPS))
    counts: dict[str, int] = field(default_factory=dict)
    buses: dict[str, dict[str, Any]] = field(default_factory=dict)
    bounds_ms: dict[str, float] = field(default_factory=dict)
    cuts: list[Cut] = field(default_factory=list)
    trips: set[str] = field(default_factory=set)
    kinds: dict[str, OrderKind] = field(default_factory=dict)
    tallies: dict[OrderKind, Tally] = field(default_factory=lambda: {kind: Tally() for kind in OrderKind})
    finals: dict[str, str] = field(default_factory=dict)
    unacknowledged: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, Body] = field(default_factory=dict)

    def say(self, what: str, **facts: object) -> None:
        """Add a sentence to the last events."""
        self.events.append((what, facts))

    def heard(self, line: Mapping[str, Any]) -> None:
        """Take one line of the witness."""
        if "counts" in line:
            self.counts = line["counts"]
            self.latest = line.get("latest", self.latest)
        if "topic" not in line:
            return
        topic, message = line["topic"], line["message"]
        kind, _, rest = topic.partition("/")
        if kind == "status" and message["state"] == "online":
            self.session = message["session"]
        elif kind == "state":
            self.states[rest] = message
        elif kind == "outcome":
            self._outcome(rest, message)
        elif kind == "event":
            self._event(rest, message)

    def state_of(self, outlet: str) -> Body:
        """Return how an outlet or a door stands; empty where nobody has said so yet."""
        device, _, name = outlet.partition("/")
        found: Body = self.states.get(device, {}).get("outlets", {}).get(name, {})
        return found

    def reported(self, report: Mapping[str, Any]) -> None:
        """Take field's own report."""
        self.buses = report["buses"]
        self.bounds_ms = report["bounds_ms"]

    def _outcome(self, command: str, message: Mapping[str, Any]) -> None:
        self.outcomes[command] = message.get("body", message)  # an answer at once, or the event of it
        if len(self.outcomes) > LAST_OUTCOMES:
            del self.outcomes[next(iter(self.outcomes))]

    def _event(self, kind: str, message: Mapping[str, Any]) -> None:
        body = message["body"]
        if kind == "trip":
            self._trip(body)
        elif kind == "alarm" and body.get("what") in CHANGES:
            what = "alarm-raised" if body.get("active") else "alarm-cleared"
            self.say(what, target=message["target"], alarm=body.get("alarm"), detail=body.get("detail", ""))
        elif kind == "order":
            self._order(body)

    def _order(self, body: Body) -> None:
        order_id, kind, end = body["order_id"], kind_of(body), end_of(body)
        if end is not None and "digest" in body:
            self.unacknowledged[order_id] = body["digest"]
        if kind is None or order_id in self.finals:
            return
        if order_id not in self.kinds:
            self.kinds[order_id] = kind
            self.tallies[kind].started += 1
        if end is not None:
            self.finals[order_id] = fingerprint(body)
            self.tallies[self.kinds.pop(order_id)].take(end, body)
        elif body["stage"] == "ended":
            self.say("charge-ended", outlet=body["outlet"], reason=body.get("reason"))

    def _trip(self, body: Body) -> None:
        said = self.last_trips
        if body["stage"] == "tripped":
            for cause in body["causes"]:
                self.trips.add(cause["outlet"])
                said.append(("tripped", dict(cause)))
        elif body["stage"] == "recorded" and (body["measured_ms"] is None or body["bound_ms"] is None):
            said.extend(("cut-unmeasured", {"outlet": outlet}) for outlet in body["outlets"])
        elif body["stage"] == "recorded":
            for outlet in body["outlets"]:
                cut = Cut(outlet, body["measured_ms"], body["bound_ms"])
                self.cuts.append(cut)
                said.append(("cut", {"outlet": outlet, "measured_ms": cut.measured_ms, "bound_ms": cut.bound_ms}))
        elif body["stage"] == "not-opened":
            said.append(("not-opened", {"outlets": ", ".join(body["outlets"]), "rung": body["rung"]}))
