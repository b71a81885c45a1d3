"""A tap keeps the newest of what passes, counts the rest, and tells it in portions."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from hypothesis import given
from hypothesis import strategies as st

from gateway.bus.driver import Report
from gateway.field.frames import AT_ONCE, KEPT, Tap
from gateway.wire.watching import Seen, decode_sheaf, encode_sheaf

if TYPE_CHECKING:
    from gateway.field.device import FieldDevice

DEVICE = cast("FieldDevice", SimpleNamespace(name="pile-01"))


def said(number: int) -> Report:
    frame = number.to_bytes(2, "big")
    return Report(unit=1, name="card", frame=frame, payload=frame, values={"card": "0a" * 150})


@given(st.lists(st.integers(1, KEPT + 60), max_size=4))
def test_what_passes_is_told_once_in_its_order_and_what_has_no_room_is_counted(bursts: list[int]) -> None:
    tap, passed, told, dropped = Tap(), 0, list[Seen](), 0
    for burst in bursts:
        for _ in range(burst):
            tap.said(DEVICE, said(passed), float(passed))
            passed += 1
        if (sheaf := tap.sheaf("line-1")) is not None:
            assert len(sheaf.seen) <= AT_ONCE
            told += sheaf.seen
            dropped += sheaf.dropped
    while (sheaf := tap.sheaf("line-1")) is not None:
        told += sheaf.seen
        dropped += sheaf.dropped
        assert decode_sheaf(encode_sheaf(sheaf)) == sheaf
    numbers = [int.from_bytes(each.reply, "big") for each in told]
    assert numbers == sorted(set(numbers))
    assert len(numbers) + dropped == passed
