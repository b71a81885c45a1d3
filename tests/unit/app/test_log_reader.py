"""What is read back of a log between two moments is all of it and nothing else."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.app.log_reader import STEPPED_MS, LogReader
from gateway.app.logbook import Logbook, stamp
from gateway.model.event import EventKind
from gateway.store.log import Log
from gateway.store.record import ClockQuality, NewEvent, Stamp

KINDS = st.sampled_from([EventKind.ORDER, EventKind.TRIP])
STEPS = st.tuples(st.integers(0, 3 * STEPPED_MS), KINDS)
STEP_BACK_MS = STEPPED_MS // 2


async def read(steps: list[tuple[int, EventKind]], from_ms: int, until_ms: int, *, steps_back: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = await Log.open(Path(folder) / "log", clock=stamp)
        try:
            ts_ms, told = 1_700_000_000_000, []
            for number, (passed_ms, kind) in enumerate(steps):
                ts_ms += passed_ms - (STEP_BACK_MS if steps_back and number == len(steps) // 2 else 0)
                told.append((str(number), kind, ts_ms))
            events = [
                NewEvent(id=name, kind=kind, at=Stamp(ts_ms=at, clock=ClockQuality.SYNCED, mono_s=0.0), body=b"{}")
                for name, kind, at in told
            ]
            for first in range(0, len(events), 50):
                await log.append_events(events[first : first + 50])
            book = Logbook(log, (await log.standing()).last_event_seq)
            low, high = 1_700_000_000_000 + from_ms, 1_700_000_000_000 + until_ms
            found = [event.id async for event in LogReader(log, book).since(low, high, EventKind.ORDER)]
        finally:
            await log.close()
    assert found == [name for name, kind, at in told if kind is EventKind.ORDER and low <= at < high]


@settings(max_examples=25, deadline=None)
@given(st.lists(STEPS, max_size=200), st.integers(0, 100 * STEPPED_MS), st.integers(0, 200 * STEPPED_MS), st.booleans())
async def test_everything_between_two_moments_is_read_though_a_clock_was_set_back(
    steps: list[tuple[int, EventKind]],
    from_ms: int,
    until_ms: int,
    steps_back: bool,  # noqa: FBT001 - hypothesis gives it by its place
) -> None:
    await read(steps, from_ms, until_ms, steps_back=steps_back)
