from __future__ import annotations

import struct

import pytest

from gateway.model.device import PointType
from gateway.model.layout import Layout, describe, understand
from gateway.model.scan import Quality
from gateway.model.wiring import Block, Table
from gateway.uplink.encode import Dated, Template
from gateway.uplink.message import Telemetry
from tests.unit.uplink.memory import TS_MS, parsed, pile_layout, pile_raw, point


def layout(*points: object, count: int = 4, table: Table = Table.HOLDING) -> Layout:
    return Layout(device="pile-01", kind="pile", block=Block(table, 0, count), points=points)  # type: ignore[arg-type]


def values(made: Layout, *raws: bytes) -> dict[str, object]:
    scans = [Dated(seq, TS_MS + seq, raw) for seq, raw in enumerate(raws, 1)]
    message = parsed(Template(made).telemetry("1-aa", 2, scans))
    Telemetry.model_validate(message)
    return message


def test_a_message_is_what_a_person_would_write() -> None:
    made = layout(point("voltage", 0, scale=0.1), point("outlet-01/current", 1, scale=0.01), count=2)
    text = Template(made).telemetry(
        "7-ab12", 1, [Dated(41, TS_MS, b"\x08\xfc\x00\x7b"), Dated(44, TS_MS + 500, b"\x08\xfd\x00\x00")]
    )
    assert text == (
        b'{"v":1,"boot":"7-ab12","clock":"held","block":"holding-0-2","seq":[41,44],"ts":[1763800000000,1763800000500],'
        b'"values":{"voltage":[230.0,230.1],"outlet-01/current":[1.23,0.00]}}'
    )


def test_switches_states_and_flags_are_words_not_numbers() -> None:
    made = layout(
        point("relay", 0, PointType.BIT, bit=3),
        point("mode", 1, PointType.ENUM, labels={0: "idle", 1: "charging"}),
        point("alarms", 2, PointType.BITS, labels={0: "hot", 4: "smoke"}),
        point("counter", 3, PointType.BITS),
    )
    said = values(made, struct.pack(">4H", 0b1000, 1, 0b110001, 7), struct.pack(">4H", 0b0111, 9, 0, 8))
    assert said["values"] == {
        "relay": [True, False],
        "mode": ["charging", "unknown-9"],
        "alarms": [["hot", "smoke", "bit-5"], []],
        "counter": [7, 8],
    }


def test_coils_are_true_or_false() -> None:
    made = layout(
        *(point(f"outlet-{n + 1:02d}/relay", n, PointType.BIT, table=Table.COIL) for n in range(9)),
        count=9,
        table=Table.COIL,
    )
    said = values(made, b"\x01\x01")
    assert said["values"] == {f"outlet-{n + 1:02d}/relay": [n in (0, 8)] for n in range(9)}


@pytest.mark.parametrize("raw", [struct.pack(">f", float("nan")), struct.pack(">f", float("inf"))])
def test_what_is_no_number_is_null_and_said_to_be(raw: bytes) -> None:
    made = layout(point("power", 0, PointType.F32), point("energy", 2, scale=0.5), count=3)
    said = values(made, raw + b"\x00\x03", struct.pack(">fH", 1.5, 4))
    assert said["values"] == {"power": [None, 1.5], "energy": [1.5, 2.0]}
    assert said["quality"] == "partial"


def test_a_value_outside_of_its_range_is_null_beside_words_that_are_not() -> None:
    made = layout(
        point("current", 0, scale=0.01, low=0.0, high=20.0), point("mode", 1, PointType.ENUM, labels={1: "on"}), count=2
    )
    said = values(made, b"\x07\xd1\x00\x01")
    assert said["values"] == {"current": [None], "mode": ["on"]}


def test_a_payload_of_another_size_has_no_values() -> None:
    said = values(pile_layout(), pile_raw(1)[:-1])
    assert set(map(str, said["values"].values())) == {"[None]"}  # type: ignore[attr-defined]


@pytest.mark.parametrize("quality", [quality for quality in Quality if quality is not Quality.GOOD])
def test_a_scan_without_data_says_why_and_keeps_its_number(quality: Quality) -> None:
    said = parsed(Template(pile_layout()).failed("1-aa", 2, [Dated(9, TS_MS, b"")], quality))
    Telemetry.model_validate(said)
    assert (said["seq"], said["quality"], "values" in said) == ([9], quality.name.lower().replace("_", "-"), False)


def test_a_layout_comes_back_as_it_was_described() -> None:
    made = layout(
        point("mode", 1, PointType.ENUM, labels={0: "idle", 1: "充电"}, unit="", low=0.0),
        point("relay", 0, PointType.BIT, bit=3, outlet=2),
        point("energy", 2, PointType.U32, scale=0.001, offset=-4.0, unit="kWh"),
    )
    assert understand(describe(made)) == made


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"[]",
        b"{}",
        b'{"device":"x","kind":"y","table":"?","address":0,"count":1,"points":[]}',
        b'{"device":"x","kind":"y","table":"coil","address":0,"count":1,"points":[{"colour":1}]}',
    ],
)
def test_what_is_no_layout_is_refused(said: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        understand(said)
