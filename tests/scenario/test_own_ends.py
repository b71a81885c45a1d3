"""What a pile ends by itself, from its simulated outlet to the receipt: each profile whose piles tell of it."""

from __future__ import annotations

import pytest

from tests.cases.case import Case, Expect
from tests.cases.judgement import faults_of
from tests.cases.play import play

STAGES = ("accepted", "waiting-plug", "charging", "ended", "settled")
BOARD = "charging: {tariff: by-time, most_mil: 5000, occupied_s: 0}"


def board(name: str, script: str, lasts: str, expect: Expect, unseen_wh: tuple[float, float] = (0.0, 60.0)) -> Case:
    return Case(
        name=name,
        en="",
        zh="",
        site="board_alone.yaml",
        more=BOARD,
        script=script,
        lasts=lasts,
        expects=(expect,),
        unseen_wh=unseen_wh,
    )


CASES = [
    board(
        "too-much-for-the-board",
        """
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=600W
            1:00  pile/outlet-01   splitter=800W
        """,
        "2:30",
        Expect(stages=STAGES, reason="over-power", side="user"),
    ),
    board(
        "full-by-the-board",
        """
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=60W,left=10s,float=5W
        """,
        "5:00",
        Expect(stages=STAGES, reason="full", side="user"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_an_end_that_a_board_makes_itself_ends_and_settles_its_order(case: Case) -> None:
    played = play(case)
    assert faults_of(played) == []
    told = [told.body for told in played.told if told.kind == "device" and told.body.get("report") == "charge-complete"]
    assert len(told) == 1, "stored once, answered, and not sent again"
