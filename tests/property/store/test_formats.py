"""Bytes on the disk: batches and rows come back as they were, and no two rows look alike to a seal."""

from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.model.scan import Quality, Scan
from gateway.store.batch import pack, unpack
from gateway.store.rows import row_bytes

SCANS = st.builds(
    Scan,
    device=st.just("pile-01"),
    layout=st.just(0),
    taken_s=st.integers(0, 10**14).map(lambda us: us / 1_000_000),
    raw=st.binary(max_size=260),
    quality=st.sampled_from(Quality),
)
VALUES = st.lists(st.none() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(), max_size=6)


@given(st.lists(st.tuples(st.integers(1, 2**32 - 1), SCANS), min_size=1, max_size=50))
def test_a_packed_batch_comes_back_scan_by_scan(entries: list[tuple[int, Scan]]) -> None:
    back = unpack(pack([layout_id for layout_id, _ in entries], [scan for _, scan in entries]))
    assert [(scan.layout_id, scan.raw, scan.quality) for scan in back] == [(i, s.raw, s.quality) for i, s in entries]
    assert all(abs(found.taken_s - scan.taken_s) < 1e-6 for found, (_, scan) in zip(back, entries, strict=True))


@given(st.text(max_size=3), VALUES, st.text(max_size=3), VALUES)
def test_different_rows_never_give_the_same_bytes(
    table: str, values: list[object], other: str, others: list[object]
) -> None:
    assume((table, list(map(repr, values))) != (other, list(map(repr, others))) and ":" not in table + other)
    assert row_bytes(table, values) != row_bytes(other, others)  # type: ignore[arg-type]
