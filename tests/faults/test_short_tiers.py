"""A few hundred trials of each fault loop; the commands beside this file run them by the hundred thousand."""

from pathlib import Path

import pytest

from gateway.store.errors import LogDamaged
from tests.faults import damage, io_ladder, kill_log, power_cut


def test_no_power_cut_breaks_a_promise() -> None:
    tally = power_cut.Tally()
    for seed in range(25):
        power_cut.trial(seed, tally)
    assert tally.cuts == 25 * power_cut.CUTS_A_DISK
    assert tally.events > tally.cuts


@pytest.mark.parametrize("synchronous", ["OFF", "NORMAL"])
def test_the_power_cut_simulator_finds_what_a_weaker_setting_loses(synchronous: str) -> None:
    broken = 0
    for seed in range(10):
        try:
            power_cut.trial(seed, power_cut.Tally(), synchronous=synchronous)
        except (AssertionError, LogDamaged):
            broken += 1
    assert broken > 5


def test_no_failing_disk_operation_breaks_a_promise() -> None:
    assert io_ladder.climb(seed=3, outage=1, step=5) > 20
    assert io_ladder.climb(seed=4, outage=io_ladder.OUTAGE_OPERATIONS, step=5) > 20


def test_every_damaged_file_starts_and_serves_what_is_intact(tmp_path: Path) -> None:
    (tmp_path / "sample").mkdir()
    (tmp_path / "trial").mkdir()
    made = damage.sample(tmp_path / "sample", seed=5)
    tally = damage.Tally()
    for seed in range(40):
        damage.trial(made, tmp_path / "trial", seed, tally)
    assert tally.slowest_s < damage.START_S
    assert tally.rescues > 20
    assert tally.served_rows == tally.intact_rows > 0


@pytest.mark.endtoend
def test_no_kill_loses_what_was_acknowledged(tmp_path: Path) -> None:
    assert kill_log.run(kills=15, seed=2, folder=tmp_path).acknowledged > 15
