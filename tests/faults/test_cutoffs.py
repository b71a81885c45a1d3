"""What of a cutoff is excused: only what the field that made it waited for a processor, and only meanwhile."""

from __future__ import annotations

import pytest

from tests.faults.cutoffs import waited_within_s
from tests.faults.gateway_under_test import Waited

BEFORE, NOW = 7, 8
WAITS = [
    (1.0, Waited(BEFORE, 50.0)),
    (2.0, Waited(NOW, 3.0)),
    (3.0, Waited(NOW, 3.5)),
    (4.0, Waited(NOW, 3.625)),
    (5.0, Waited(NOW, 9.0)),
]


@pytest.mark.parametrize(
    ("from_s", "until_s", "waited_s"),
    [(3.0, 4.0, 0.125), (3.5, 3.9, 0.125), (2.5, 3.5, 0.625), (0.5, 3.0, 0.5), (4.5, 6.0, 5.375)],
)
def test_waits_count_from_the_last_look_before_to_the_first_look_after(
    from_s: float, until_s: float, waited_s: float
) -> None:
    assert waited_within_s(WAITS, from_s, until_s) == waited_s


def test_where_the_kernel_says_nothing_nothing_is_excused() -> None:
    assert waited_within_s([], 0.0, 1.0) == 0.0
