"""How another terminal finds a running simulation."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from simulators.errors import SimulatorError
from simulators.estate.announcement import Announcement, announce, home, new_folder, running
from simulators.estate.directory import Directory

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = 4_194_304 + 1  # above the kernel's highest process number


@pytest.fixture(autouse=True)
def runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def announced(site: str) -> Path:
    folder = new_folder()
    directory = Directory(buses=("line-1",), devices={})
    announce(folder, Announcement(site=site, pid=os.getpid(), controls={"line-1": "/c"}, directory=directory))
    return folder


def test_the_one_simulation_that_runs_is_found_by_no_name_and_by_its_own() -> None:
    announced("shed")
    assert running().controls == {"line-1": "/c"}
    assert running("shed") == running()
    with pytest.raises(SimulatorError, match="no simulation of other is running"):
        running("other")


def test_none_and_several_are_said() -> None:
    with pytest.raises(SimulatorError, match="no simulation is running: start one with"):
        running()
    announced("shed")
    announced("garage")
    with pytest.raises(SimulatorError, match="several simulations are running"):
        running()
    assert running("garage").site == "garage"


def test_what_a_killed_simulation_left_is_no_simulation_and_is_removed() -> None:
    alive = announced("shed")
    dead = alive.with_name(f"{NOBODY}-x")
    alive.rename(dead)
    with pytest.raises(SimulatorError, match="no simulation is running"):
        running()
    new_folder()
    assert not dead.exists()


def test_a_half_written_announcement_is_passed_over() -> None:
    (announced("shed") / "estate.json").write_text('{"site": "sh', encoding="utf-8")
    with pytest.raises(SimulatorError, match="no simulation is running"):
        running()


def test_a_folder_that_is_a_link_of_somebody_is_refused(tmp_path: Path) -> None:
    folder = home()
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SimulatorError, match="not this user's own folder"):
        new_folder()
