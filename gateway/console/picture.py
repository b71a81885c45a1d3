"""What the pages show: small documents by key, made of what the contract tells of gateways. Pure.

The local console and the fleet's are fed alike, with payloads in the shapes of the MQTT contract: `status`,
`inventory`, `alarms`, `state/{device}` and `event/{kind}`. Keys: `g/SITE/GATEWAY`, `d/SITE/GATEWAY/DEVICE`,
`o/SITE/GATEWAY/DEVICE/OUTLET`, `p/SITE/GATEWAY/CABINET-OR-BIN`, `a/SITE/GATEWAY/TARGET:ALARM`, `l/SITE/GATEWAY` (of
their list: whether they come in a flood, how many it has left out) and `t/SITE/GATEWAY/TRIP`. Amounts are 0.001 yuan,
energy Wh, times ms since 1970.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.console.alarm_picture import GatewayAlarms
from gateway.console.condition import contactor_condition, door_condition, outlet_condition

if TYPE_CHECKING:
    from collections.abc import Mapping

Document = dict[str, Any]

JUDGES = {"lock": door_condition, "relay": contactor_condition}
TRIPS_KEPT = 200
"""Of each gateway; the log has them all."""

FIXED = ("code", "place", "label", "feeds", "protection", "bound_ms", "limits")
"""What the inventory says of an outlet."""

TOLD = ("state", "stage", "order_id", "w", "a", "closings", "wh", "s", "amount_mil", "latch", "plugged")
"""What its state says."""

OF_TRIP = ("outlets", "causes", "measured_ms", "bound_ms")


@dataclass(slots=True)
class _Device:
    kind: str
    about: Document
    outlets: dict[str, Document]
    state: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Gateway:
    about: Document = field(default_factory=lambda: {"state": "offline"})
    place: Document = field(default_factory=dict)
    devices: dict[str, _Device] = field(default_factory=dict)
    alarms: GatewayAlarms = field(default_factory=GatewayAlarms)
    trips: deque[str] = field(default_factory=deque)

    @property
    def is_there(self) -> bool:
        return bool(self.about["state"] == "online")


class Picture:
    """Everything that is known of some gateways; a document that has changed is another object.

    `opened` is when each outlet was last read open with nothing flowing, by SITE/GATEWAY/DEVICE/OUTLET: it is new with
    every reading, so it is no part of a document.
    """

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.opened: dict[str, int] = {}
        self._gateways: dict[str, _Gateway] = {}

    def take_status(self, gateway: str, told: Mapping[str, Any]) -> None:
        """Take whether a gateway is there; of one that is not, nothing is known any more."""
        known = self._gateway(gateway)
        known.about = {name: told.get(name) or "" for name in ("version", "config_hash")} | {"state": told["state"]}
        self.documents[f"g/{gateway}"] = known.about | known.place
        for device in known.devices:
            self._show(gateway, device)

    def take_inventory(self, gateway: str, told: Mapping[str, Any]) -> None:
        """Take what there is; what is no longer there goes."""
        known = self._gateway(gateway)
        known.place = {name: told[name] for name in ("label", "simulated") if told.get(name)}
        self.documents[f"g/{gateway}"] = known.about | known.place
        before, known.devices = known.devices, {}
        for said in told["devices"]:
            name = said["device"]
            about = {each: said.get(each) or "" for each in ("kind", "profile", "bus", "label")}
            about |= _known({each: said.get(each) for each in ("limits", "rated_closings")})
            outlets = {each["outlet"]: _fixed(each) for each in said.get("outlets", ())}
            state = before[name].state if name in before else {}
            known.devices[name] = _Device(kind=about["kind"], about=about, outlets=outlets, state=state)
        self._forget(gateway, before, known.devices)
        for name in known.devices:
            self._show(gateway, name)

    def take_state(self, gateway: str, device: str, told: Mapping[str, Any]) -> None:
        """Take how a device and its outlets stand; of one that is not in the inventory nothing is shown."""
        found = self._gateway(gateway).devices.get(device)
        if found is not None:
            found.state = told
            self._show(gateway, device)

    def take_event(self, gateway: str, event: Mapping[str, Any]) -> None:
        """Take what has happened: alarms are shown until they are over, the last trips stay."""
        body = event["body"]
        if isinstance(body, dict) and event["kind"] == "alarm":
            self._alarm(gateway, event, body)
        elif isinstance(body, dict) and event["kind"] == "trip" and "trip_id" in body:
            self._trip(gateway, event, body)

    def take_alarms(self, gateway: str, told: Mapping[str, Any]) -> None:
        """Take the list of the alarms that stand."""
        self._gateway(gateway).alarms.take_list(told)
        self._show_alarms(gateway)

    def put(self, key: str, document: Document | None) -> None:
        """Show a document that comes from elsewhere than the contract; None: no more."""
        if document is None:
            self.documents.pop(key, None)
        else:
            self.documents[key] = document

    # ------------------------------------------------------------------ documents

    def _gateway(self, gateway: str) -> _Gateway:
        return self._gateways.setdefault(gateway, _Gateway())

    def _forget(self, gateway: str, before: Mapping[str, _Device], now: Mapping[str, _Device]) -> None:
        for name, device in before.items():
            if name not in now:
                self.documents.pop(f"d/{gateway}/{name}", None)
                for place in device.state.get("places", {}):
                    self.documents.pop(f"p/{gateway}/{place}", None)
            kept = now[name].outlets if name in now else {}
            for outlet in device.outlets:
                if outlet not in kept:
                    self.documents.pop(f"o/{gateway}/{name}/{outlet}", None)
                    self.opened.pop(f"{gateway}/{name}/{outlet}", None)

    def _alarm(self, gateway: str, event: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        self._gateway(gateway).alarms.take_event(str(event["target"]), event["ts"], body)
        self._show_alarms(gateway)

    def _show_alarms(self, gateway: str) -> None:
        house, prefix = self._gateway(gateway), f"a/{gateway}/"
        shown = {f"{prefix}{name}": document for name, document in house.alarms.by_name.items()}
        before = {key: document for key, document in self.documents.items() if key.startswith(prefix)}
        for key in before.keys() - shown.keys():
            del self.documents[key]
        self.documents |= {key: document for key, document in shown.items() if before.get(key) != document}
        self.put(f"l/{gateway}", house.alarms.summary or None)
        keys = {key for key in before.keys() | shown.keys() if before.get(key) != shown.get(key)}
        for device in {key.removeprefix(prefix).rpartition(":")[0].partition("/")[0] for key in keys}:
            self._show(gateway, device)

    def _trip(self, gateway: str, event: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        key, trips = f"t/{gateway}/{body['trip_id']}", self._gateway(gateway).trips
        if key not in self.documents:
            trips.append(key)
            if len(trips) > TRIPS_KEPT:
                self.documents.pop(trips.popleft(), None)
        known = self.documents.get(key, {"ts": event["ts"], "device": event["target"]})
        self.documents[key] = known | {name: body[name] for name in OF_TRIP if name in body}

    def _show(self, gateway: str, device: str) -> None:
        """Make the documents of a device anew."""
        house = self._gateway(gateway)
        found = house.devices.get(device)
        if found is None:
            return
        link = found.state.get("link", "lost") if house.is_there else "lost"
        states = found.state.get("outlets", {})
        taken = [told["as_of"] for told in states.values() if told.get("as_of") is not None]
        self.documents[f"d/{gateway}/{device}"] = found.about | {"link": link, "as_of": min(taken, default=None)}
        for place, told in found.state.get("places", {}).items():
            self.documents[f"p/{gateway}/{place}"] = {"lock": device, "link": link} | _known(told)
        judge = JUDGES.get(found.kind, outlet_condition)
        for outlet, fixed in found.outlets.items():
            told = states.get(outlet, {})
            self.opened[f"{gateway}/{device}/{outlet}"] = told.get("opened_as_of") or 0
            shown = {name: told[name] for name in TOLD if told.get(name) not in (None, "")}
            condition = judge(link, told, house.alarms.words(f"{device}/{outlet}"))
            self.documents[f"o/{gateway}/{device}/{outlet}"] = fixed | shown | {"condition": condition.value}


def _known(told: Mapping[str, Any]) -> Document:
    return {name: value for name, value in told.items() if value not in (None, "", ())}


def _fixed(told: Mapping[str, Any]) -> Document:
    """Return what an inventory says of an outlet; what it does not say is left out, but for its sticker and door."""
    always = {"code": told.get("code"), "place": told.get("place")}
    return always | _known({fact: told.get(fact) for fact in FIXED if fact not in always})
