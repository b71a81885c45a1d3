from __future__ import annotations

from typing import Any

from gateway.field.recorder import BEFORE, Recorder, TripRecord
from gateway.model.transaction import Exchange, Failure

RING, OTHER = b"ring", b"other"


def exchange(request: bytes, sent_s: float, *, early: bool = False, ok: bool = True) -> Exchange:
    end_s = sent_s + 1 / 128
    return Exchange(
        unit=1,
        request=request,
        sent_s=sent_s,
        request_end_s=end_s,
        asked_s=end_s,
        payload=b"\0\0" if ok else b"",
        reply_end_s=sent_s + (1 / 1024 if early else 1 / 32),
        failure=None if ok else Failure.TIMEOUT,
    )


def record(recorder: Recorder, picked_up_s: float) -> TripRecord:
    begun = TripRecord(
        trip_id="t",
        device="pile-01",
        outlets=("pile-01/outlet-01",),
        bound_ms=300.0,
        decided_s=picked_up_s + 0.03,
        picked_up_s=picked_up_s,
        seen_below_s=recorder.last_below_s(picked_up_s),
        before=[],
    )
    recorder.begin(begun)
    return begun


def test_the_fault_is_no_older_than_the_reading_before_the_one_that_picked_up() -> None:
    recorder = Recorder()
    for number, request in enumerate([RING, OTHER, RING, OTHER, RING]):
        recorder.note(exchange(request, number / 16))
    assert recorder.last_below_s(4 / 16 + 1 / 128) == 2 / 16 + 1 / 128


def test_words_are_made_only_when_a_record_is_closed_and_a_frame_without_them_stays_a_frame() -> None:
    recorder, made = Recorder(), list[str]()

    def words() -> dict[str, str]:
        made.append("words")
        return {"kind": "read", "says": "outlet-01/current 16 A"}

    recorder.note(exchange(RING, 0.0))
    recorder.note(exchange(RING, 1 / 16), words)
    begun = record(recorder, 1 / 16 + 1 / 128)
    assert made == []
    before: Any = begun.body()["before"]
    plain, said = before
    assert "says" not in plain
    assert (said["kind"], said["says"]) == ("read", "outlet-01/current 16 A")


def test_a_reading_that_failed_is_no_evidence() -> None:
    recorder = Recorder()
    recorder.note(exchange(RING, 0.0))
    recorder.note(exchange(RING, 1 / 16, ok=False))
    recorder.note(exchange(RING, 2 / 16))
    assert recorder.last_below_s(2 / 16 + 1 / 128) == 1 / 128


def test_a_reply_before_the_end_of_its_request_is_found_as_well() -> None:
    recorder = Recorder()
    recorder.note(exchange(RING, 0.0, early=True))
    recorder.note(exchange(RING, 1 / 16, early=True))
    assert recorder.last_below_s(1 / 16 + 1 / 900) == 1 / 128


def test_what_is_forgotten_is_not_guessed() -> None:
    recorder = Recorder()
    recorder.note(exchange(RING, 0.0))
    for number in range(BEFORE):
        recorder.note(exchange(OTHER, 1.0 + number / 16))
    recorder.note(exchange(RING, 9.0))
    assert recorder.last_below_s(9 + 1 / 128) is None
    assert record(recorder, 9 + 1 / 128).measured_ms is None


def test_a_record_measures_from_the_last_reading_below_to_the_end_of_the_first_off() -> None:
    recorder = Recorder()
    recorder.note(exchange(RING, 0.0))
    recorder.note(exchange(RING, 1 / 16))
    begun = record(recorder, 1 / 16 + 1 / 128)
    recorder.sent(["pile-01/outlet-01"], 0.25)
    recorder.sent(["pile-01/outlet-01"], 0.5)
    assert begun.measured_ms == 250 - 1000 / 128
    assert recorder.close_due(0.5) == []
    assert recorder.close_due(6.0) == [begun]
