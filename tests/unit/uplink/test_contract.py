from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gateway.uplink.contract import contract, text
from gateway.uplink.encode import Dated, Template
from gateway.uplink.judge import KINDS
from gateway.uplink.presence import Presence
from gateway.uplink.settings import MqttPace
from gateway.uplink.topic import Topics
from tests.unit.uplink.memory import StillBoard, pile_layout, pile_raw
from tests.unit.uplink.test_judge import ACK, OFF, ORDER

FILE = Path(__file__).parents[3] / "docs" / "reference" / "mqtt.asyncapi.json"


def validate(channel: str, model: str, payload: bytes) -> None:
    document = contract()
    schema: dict[str, Any] = document["channels"][channel]["messages"][model]["payload"]
    jsonschema.validate(json.loads(payload), {**schema, "components": document["components"]})


def test_the_document_is_not_stale() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), (
        "run: python -m gateway.uplink.contract > docs/reference/mqtt.asyncapi.json"
    )


def test_what_is_sent_fits_the_document() -> None:
    board = StillBoard()
    presence = Presence(
        pace=MqttPace(),
        topics=Topics("gw/s/g/"),
        board=board,
        session="session-0001",
        wall_ms=lambda: 5,
    )
    validate("status", "Status", presence.will())
    validate("status", "Status", presence.status(online=True))
    validate("state", "DeviceState", board.state("pile-01").model_dump_json(exclude_none=True).encode())
    validate("telemetry", "Telemetry", Template(pile_layout()).telemetry("1-a", 2, [Dated(1, 2, pile_raw(1))]))


def test_what_is_taken_fits_the_document() -> None:
    validate("command-order", "Start", json.dumps(ORDER).encode())
    validate("command-order", "SettledAck", json.dumps(ACK).encode())
    validate("command-safety", "SafetyOff", json.dumps(OFF).encode())
    push = {**ORDER, "kind": "tariffs", "target": "*", "args": {"tariffs": [{"id": "t", "version": 1}]}}
    validate("command-config", "Tariffs", json.dumps(push).encode())
    with pytest.raises(jsonschema.ValidationError):
        validate("command-order", "Start", json.dumps({**ORDER, "extra": 1}).encode())


def test_every_kind_of_command_is_in_the_document() -> None:
    channels = contract()["channels"]
    for authority, kinds in KINDS.items():
        assert set(channels[f"command-{authority}"]["messages"]) == {model.__name__ for model in kinds.values()}
