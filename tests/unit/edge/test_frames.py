"""What a frame means in one line, and which of them are worth a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.edge.frames import Frames
from gateway.edge.journal import Moment
from gateway.edge.times import FieldTime
from gateway.model.device import Order, Point, PointType
from gateway.model.layout import Layout, describe
from gateway.model.wiring import Block, Table
from gateway.wire.watching import Seen, Sheaf

if TYPE_CHECKING:
    from gateway.wire.frames import Kind

BLOCK = Block(Table.HOLDING, 0, 4)


def point(name: str, address: int, unit: str, high: float | None = None) -> Point:
    return Point(
        name=name, table=Table.HOLDING, address=address, type=PointType.U16, word_order=Order.HIGH_FIRST,
        byte_order=Order.HIGH_FIRST, scale=0.1, unit=unit, high=high,
    )  # fmt: skip


POINTS = (
    point("outlet-01/current", 0, "A"),
    point("outlet-02/current", 1, "A"),
    point("voltage", 2, "V", high=300.0),
    point("state", 3, ""),
)
LAYOUT = describe(Layout(device="p", kind="pile", block=BLOCK, points=POINTS)).decode()


def rows(*seen: Seen) -> list[dict[str, Any]]:
    """Return what is shown of what has passed while somebody watched."""
    asked: list[Kind] = []
    frames = Frames(["line-1"], lambda kind, _: asked.append(kind), lambda: 50.0)
    frames.know({3: LAYOUT})
    frames.look("line-1", 0)
    time = FieldTime(Moment(ts_ms=1_000_000, clock=2, mono_s=50.0))
    frames.take(Sheaf(bus="line-1", dropped=0, seen=seen), time)
    said = frames.look("line-1", 0)
    assert said is not None
    assert len(asked) == 1, "who looks twice in a moment asks field once"
    return list(said["frames"])


def read(**given: Any) -> Seen:
    return Seen(
        device="p", kind="read", why="ring", what="holding 0 x4", sent_s=50.0, request=b"\x01\x03", layout=3, **given
    )


def test_neighbouring_values_are_told_together_and_an_impossible_one_is_not_told() -> None:
    payload = b"".join(word.to_bytes(2, "big") for word in (15, 0, 9999, 3))
    out, came = rows(read(reply=b"\x01", payload=payload, reply_s=50.02, reply_end_s=50.0417))
    assert (out["way"], out["bytes"], out["says"], out["ts"]) == ("out", "01 03", "holding 0 x4", 1_000_000)
    assert came["says"] == "outlet-01..02/current 1.5 0 A, voltage ? V, state 0.3"
    assert (came["took_ms"], came["ts"]) == (41.7, 1_000_042)


def test_silence_is_a_row_where_an_answer_was_due_and_none_where_it_was_not() -> None:
    assert [(row["way"], row.get("failure")) for row in rows(read(failure="timeout"))] == [
        ("out", None),
        ("in", "timeout"),
    ]
    assert [row["way"] for row in rows(read(failure="quiet"))] == ["out"]


def test_what_a_device_says_unasked_is_one_row() -> None:
    told = Seen(device="p", kind="report", why="", what="card card=0a", sent_s=50.0, reply_end_s=50.0, reply=b"\x0a")
    (row,) = rows(told)
    assert (row["way"], row["kind"], row["says"], "took_ms" in row) == ("in", "report", "card card=0a", False)
