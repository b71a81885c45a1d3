"""What the demo shows: lines with load and cutoff, outlets by state, last events, what has arrived."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from gateway.orders.tariff.text import yuan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType

LAST_EVENTS = 6
LAST_TRIPS = 4
"""Lines; they stay in sight, however many orders end meanwhile."""

ORDERS_SHOWN = 6
RECEIPTS_SHOWN = 4
COLOURS = {"on": "green", "off": "dim", "tripped": "bold red", "latched": "bold red", "unknown": "yellow"}
WATERMARK = "SIMULATED DATA: charging piles on pseudo-terminals, nothing real is switched"


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
    """Everything that the demo knows, from the broker and from field's own report."""

    piles: Mapping[str, str]
    session: str = ""
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_EVENTS))
    last_trips: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_TRIPS))
    counts: dict[str, int] = field(default_factory=dict)
    buses: dict[str, dict[str, Any]] = field(default_factory=dict)
    bounds_ms: dict[str, float] = field(default_factory=dict)
    cuts: list[Cut] = field(default_factory=list)
    trips: set[str] = field(default_factory=set)
    running: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    started: set[str] = field(default_factory=set)
    receipts: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def heard(self, line: Mapping[str, Any]) -> None:
        """Take one line of the witness."""
        if "counts" in line:
            self.counts = line["counts"]
        if "topic" not in line:
            return
        topic, message = line["topic"], line["message"]
        kind, _, rest = topic.partition("/")
        if kind == "status" and message["state"] == "online":
            self.session = message["session"]
        elif kind == "state":
            self.states[rest] = message
        elif kind == "event":
            self._event(rest, message)

    def _event(self, kind: str, message: Mapping[str, Any]) -> None:
        body = message["body"]
        if kind == "trip":
            self._trip(body)
        elif kind == "alarm":
            what = "raised" if body.get("active") else "cleared"
            self.events.append(
                f"alarm {what}: {message['target']} {body.get('alarm')} {body.get('detail', '')}".rstrip()
            )
        elif kind == "order":
            self._order(body)

    def _order(self, body: Mapping[str, Any]) -> None:
        order_id, stage = body["order_id"], body["stage"]
        if stage == "accepted":
            self.started.add(order_id)
        if stage == "settled":
            self.running.pop(order_id, None)
            self.receipts.setdefault(order_id, body)
        elif order_id not in self.receipts:
            self.running[order_id] = {**self.running.get(order_id, {}), **body}
        if stage == "ended":
            self.events.append(f"order: {body['outlet']} ended, {body.get('reason')}")

    def _trip(self, body: Mapping[str, Any]) -> None:
        if body["stage"] == "tripped":
            for cause in body["causes"]:
                self.trips.add(cause["outlet"])
                self.last_trips.append(
                    f"TRIP {cause['outlet']}: {cause['ansi']} {cause['element']}, "
                    f"{cause['measured']:.2f} over {cause['pickup']:.2f}"
                )
        elif body["stage"] == "recorded" and (body["measured_ms"] is None or body["bound_ms"] is None):
            for outlet in body["outlets"]:
                self.last_trips.append(f"cut off {outlet}: no good reading shortly before, so nothing to measure from")
        elif body["stage"] == "recorded":
            for outlet in body["outlets"]:
                cut = Cut(outlet, body["measured_ms"], body["bound_ms"])
                self.cuts.append(cut)
                self.last_trips.append(
                    f"cut off {outlet}: at most {cut.measured_ms:.1f} ms, bound {cut.bound_ms:.1f} ms"
                )
        elif body["stage"] == "not-opened":
            self.last_trips.append(f"NOT OPENED {', '.join(body['outlets'])}: {body['rung']}")

    def reported(self, report: Mapping[str, Any]) -> None:
        """Take field's own report."""
        self.buses = report["buses"]
        self.bounds_ms = report["bounds_ms"]

    def render(self) -> RenderableType:
        """Return the whole screen. A terminal with few rows cuts off its end: what matters most comes first."""
        return Group(
            Text(WATERMARK, style="black on yellow"),
            Text("\n".join(self.last_trips) or "no trips yet", style="bold"),
            Text("\n".join(self.events) or "no events yet"),
            Text(
                f"arrived at a separate subscriber: {self.counts.get('reading', 0)} scans, "
                f"{self.counts.get('event', 0)} events, {self.counts.get('repeated', 0)} repeated",
                style="dim",
            ),
            self._lines(),
            self._outlets(),
            self._orders(),
        )

    def _lines(self) -> Table:
        table = Table(title="lines", title_justify="left", expand=True)
        for heading in ("line", "load", "round", "guaranteed cutoff", "measured (worst)", "silent"):
            table.add_column(heading)
        for name, bus in sorted(self.buses.items()):
            piles = [pile for pile, at in self.piles.items() if at == name]
            bounds = [self.bounds_ms[pile] for pile in piles if pile in self.bounds_ms]
            worst = [cut.measured_ms for cut in self.cuts if cut.outlet.split("/")[0] in piles]
            table.add_row(
                name,
                "" if bus["load"] is None else f"{100 * bus['load']:.0f} %",
                "" if bus["ring_ms"] is None else f"{bus['ring_ms']:.0f} ms",
                f"{max(bounds):.0f} ms" if bounds else "",
                f"{max(worst):.0f} ms" if worst else "",
                ", ".join(bus["silent"]),
            )
        return table

    def _outlets(self) -> Table:
        table = Table(title="outlets by state", title_justify="left", expand=True)
        table.add_column("pile")
        table.add_column("outlets 1 to 12")
        table.add_column("power")
        totals: Counter[str] = Counter()
        for device, state in sorted(self.states.items()):
            outlets = state.get("outlets") or {}
            if not outlets:
                continue
            cells = Text()
            for _, outlet in sorted(outlets.items()):
                cells.append(_mark(outlet["state"]), style=COLOURS.get(outlet["state"], ""))
                totals[outlet["state"]] += 1
            watts = sum(outlet.get("w") or 0 for outlet in outlets.values())
            table.add_row(device, cells, f"{watts:.0f} W")
        table.caption = ", ".join(f"{state} {count}" for state, count in sorted(totals.items()))
        return table

    def _orders(self) -> Table:
        """Return the orders with the most energy, and under them the last receipts."""
        table = Table(title="charges", title_justify="left", expand=True)
        for heading in ("outlet", "stage", "energy", "time", "so far"):
            table.add_column(heading)
        busiest = sorted(self.running.values(), key=lambda body: -body.get("wh", 0))[:ORDERS_SHOWN]
        for body in busiest:
            amount = yuan(body.get("amount_mil", 0))
            table.add_row(
                body["outlet"], body["stage"], f"{body.get('wh', 0)} Wh", f"{body.get('s', 0)} s", f"¥{amount}"
            )
        last = list(self.receipts.values())[-RECEIPTS_SHOWN:]
        receipts = [f"{body['outlet']} {body['wh']} Wh ¥{yuan(body['amount_mil'])} ({body['reason']})" for body in last]
        table.caption = f"{len(self.running)} under way, {len(self.receipts)} settled" + "".join(
            f"\nreceipt: {line}" for line in receipts
        )
        return table


def _mark(state: str) -> str:
    """Return a letter for a state, so that colour is never needed."""
    return {"on": "●", "off": "·", "tripped": "X", "latched": "L"}.get(state, "?") + " "
