"""The contract with the cloud as one AsyncAPI 3 document, made from the models. Pure.

docs/reference/mqtt.asyncapi.json is `python -m gateway.uplink.contract`, and a test holds them equal.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from gateway.uplink import alarms, inventory, message
from gateway.uplink.judge import KINDS

if TYPE_CHECKING:
    from pydantic import BaseModel

_REF = "#/components/schemas/{model}"

_SENT: dict[str, tuple[str, bool, tuple[type[BaseModel], ...]]] = {
    "status": ("status", True, (message.Status,)),
    "inventory": ("inventory", True, (inventory.Inventory,)),
    "state": ("state/{device}", True, (message.DeviceState,)),
    "alarms": ("alarms", True, (alarms.AlarmList,)),
    "telemetry": ("telemetry/{device}", False, (message.Telemetry,)),
    "event": ("event/{kind}", False, (message.EventMessage, message.DroppedMessage)),
    "outcome": ("outcome/{id}", False, (message.OutcomeMessage,)),
}


def contract() -> dict[str, Any]:
    """Return the document; `send` and `receive` are the gateway's."""
    channels, operations = {}, {}
    for name, (address, retained, models) in _SENT.items():
        channels[name] = _channel(address, models)
        operations[name] = _operation("send", name, retain=retained)
    for authority, kinds in KINDS.items():
        name = f"command-{authority}"
        channels[name] = _channel(f"command/{authority}", tuple(kinds.values()))
        operations[name] = _operation("receive", name, retain=False)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Gateway to cloud",
            "version": "1",
            "description": (
                "Addresses stand below a configurable prefix, by default gw/{site}/{gateway}/. MQTT 3.1.1, QoS 1. "
                "A PUBACK means that the broker has a message: receivers drop duplicates and prove gaps by "
                "(boot, event_seq) for events and (boot, seq) for readings, and ask for what is missing with `replay`. "
                "Commands must not be retained."
            ),
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"schemas": _schemas()},
    }


def text() -> str:
    """Return the document as it stands in the file."""
    return json.dumps(contract(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _channel(address: str, models: tuple[type[BaseModel], ...]) -> dict[str, Any]:
    parameters = [part[1:-1] for part in address.split("/") if part.startswith("{")]
    return {
        "address": address,
        "messages": {model.__name__: _message(model) for model in models},
        **(
            {"parameters": {name: {"description": f"the {name}, of a-z, 0-9 and '-'"} for name in parameters}}
            if parameters
            else {}
        ),
    }


def _message(model: type[BaseModel]) -> dict[str, Any]:
    summary = {"summary": " ".join(model.__doc__.split())} if model.__doc__ else {}
    return {"payload": {"$ref": _REF.format(model=model.__name__)}, **summary}


def _operation(action: str, channel: str, *, retain: bool) -> dict[str, Any]:
    bindings = {"mqtt": {"qos": 1, "retain": retain, "bindingVersion": "0.2.0"}}
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "bindings": bindings}


def _schemas() -> dict[str, Any]:
    sent = [(model, "serialization") for _, _, models in _SENT.values() for model in models]
    taken = [(model, "validation") for kinds in KINDS.values() for model in kinds.values()]
    _, made = models_json_schema([*sent, *taken], ref_template=_REF)  # type: ignore[list-item]  # the modes are literals
    found: dict[str, Any] = made["$defs"]
    return found


if __name__ == "__main__":
    sys.stdout.write(text())
