"""The matching of replies against a plain reading of its rules, over drawn streams and drawn splits."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.modbus.frames import crc16
from tests.fuzz.fuzz_driver import RTU, TCP, Wire, ask, judge, piece


@pytest.mark.parametrize("wire", [RTU, TCP], ids=["rtu", "tcp"])
@settings(deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 6), cuts=st.lists(st.integers(0, 600), max_size=12))
def test_answer_does_not_depend_on_the_splits_and_is_the_earliest_that_fits(
    wire: Wire, seed: int, count: int, cuts: list[int]
) -> None:
    random = Random(seed)  # noqa: S311 - samples, not secrets
    driver = wire.make()
    asked = ask(random, wire, driver, 1)
    stream = b"".join(piece(random, asked) for _ in range(count))
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    driver.open(asked.request)
    judge(driver, asked, [stream[begin:end] for begin, end in pairwise(edges)])


@given(data=st.binary(max_size=300))
def test_crc_is_the_shift_register_of_the_specification(data: bytes) -> None:
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    assert crc16(data) == crc
    assert crc16(data + crc.to_bytes(2, "little")) == 0
