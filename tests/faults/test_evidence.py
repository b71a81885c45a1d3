"""What is printed of a charge that was judged wrong: everything at its outlet, in order, in s from its acceptance."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from tests.endtoend.watcher import Watcher
from tests.faults.back_end import BackEnd
from tests.faults.evidence import course_of
from tests.faults.pile_line import Switched, Used

if TYPE_CHECKING:
    from tests.faults.gateway_under_test import Gateway

OUTLET = "pile-01/outlet-02"
SHIFT_S = -900.0


def event(seq: int, ts_ms: int, target: str, **body: object) -> tuple[str, dict[str, Any], bool]:
    said = {"order_id": "o", **body}
    message = {"id": f"e-{seq}", "event_seq": seq, "ts": ts_ms, "target": target, "kind": "order", "body": said}
    return "event/order", message, False


def test_what_was_told_read_switched_used_and_killed_is_on_one_line_of_time() -> None:
    watcher = Watcher()
    values = {"outlet-02/energy": [5, 6], "outlet-02/power": [0, 660], "outlet-01/energy": [1, 1]}
    watcher.seen += [
        event(1, 1_000_000, OUTLET, stage="accepted"),
        event(2, 1_001_000, "pile-01/outlet-03", stage="accepted"),
        ("telemetry/pile-01", {"ts": [970_000, 1_002_000], "values": values}, False),
        event(3, 1_003_000, OUTLET, stage="settled"),
    ]
    back_end = BackEnd(watcher)
    switched = [Switched(100.5, 1, 1, True), Switched(100.6, 1, 2, True), Switched(102.5, 1, 1, False)]
    shed = SimpleNamespace(
        told=back_end.told,
        back_end=back_end,
        watcher=watcher,
        used=[Used(101.5, 1, 1), Used(101.6, 2, 1)],
        switched=lambda: switched,
    )
    lines = course_of(cast("Gateway", shed), "o", SHIFT_S, [(101.0, "edge killed"), (300.0, "field killed")])
    assert [" ".join(line.split()[:4]) for line in lines] == [
        "+0.000 told order 1:",
        "+0.500 the pile was",
        "+1.000 edge killed",
        "+1.500 1 Wh has",
        "+2.000 read power 660,",
        "+2.500 the pile was",
        "+3.000 told order 3:",
    ]
    assert course_of(cast("Gateway", shed), "another", SHIFT_S, []) == []
