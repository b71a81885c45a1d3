from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.scan import Quality, Scan
from gateway.wire.frames import (
    LONGEST_FRAME,
    Kind,
    Splitter,
    WireError,
    pack,
    pack_numbered,
    pack_scans,
    split_number,
    unpack_scans,
)

frames = st.lists(st.tuples(st.sampled_from(Kind), st.binary(max_size=300)), max_size=8)


@given(frames, st.data())
def test_frames_survive_any_cutting_of_the_stream(sent: list[tuple[Kind, bytes]], data: st.DataObject) -> None:
    stream = b"".join(pack(kind, payload) for kind, payload in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    splitter, found = Splitter(), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += list(splitter.feed(stream[start:end]))
    assert found == sent


@given(frames, st.binary(max_size=200))
def test_garbage_is_an_error_or_an_unfinished_frame_and_never_anything_else(
    sent: list[tuple[Kind, bytes]], garbage: bytes
) -> None:
    stream = b"".join(pack(kind, payload) for kind, payload in sent) + garbage
    found = []
    try:
        for frame in Splitter().feed(stream):
            found.append(frame)  # noqa: PERF402 - what came before the error counts
    except WireError:
        pass
    assert found[: len(sent)] == sent


@pytest.mark.parametrize("length", [0, LONGEST_FRAME + 1, 2**32 - 1])
def test_a_length_that_no_peer_sends_is_refused_before_anything_is_kept_for_it(length: int) -> None:
    with pytest.raises(WireError):
        list(Splitter().feed(length.to_bytes(4, "little") + bytes((Kind.EVENT,))))


scans = st.lists(
    st.builds(
        Scan,
        device=st.just("pile-01"),
        layout=st.integers(0, 2**32 - 1),
        taken_s=st.floats(allow_nan=False, allow_infinity=False),
        raw=st.binary(max_size=260),
        quality=st.sampled_from(Quality),
    ),
    max_size=20,
)


@given(scans)
def test_scans_travel_unchanged(sent: list[Scan]) -> None:
    assert unpack_scans(pack_scans(sent), {scan.layout: "pile-01" for scan in sent}) == sent


@given(st.binary(max_size=300))
def test_what_is_no_scan_is_an_error_and_never_a_number(data: bytes) -> None:
    try:
        found = unpack_scans(data, {0: "pile-01"})
    except WireError:
        return
    assert pack_scans(found) == data


@given(st.integers(0, 2**64 - 1), st.binary(max_size=40))
def test_a_number_comes_back(seq: int, rest: bytes) -> None:
    ((_, payload),) = Splitter().feed(pack_numbered(Kind.EVENT, seq, rest))
    assert split_number(payload) == (seq, rest)
