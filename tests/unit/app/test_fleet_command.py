"""`gateway fleet` asks the console that runs on this box for what only somebody at the box may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from gateway.app.box_acts import ARM, LINK_WANTED, OPEN
from gateway.app.console_command import NOT_THERE, USAGE
from gateway.cli import app

if TYPE_CHECKING:
    from pathlib import Path


def asked(folder: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["fleet", *words, "--state", str(folder)])
    return done.exit_code, " ".join(done.output.split())


def test_each_act_is_asked_in_the_folder_of_the_fleet_console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.app.box_acts.WAIT_S", 0.05)
    assert asked(tmp_path, "--arm") == (0, "asked: the fleet console says the code where it writes its lines")
    assert asked(tmp_path, "--open", "lo", "--for", "30m")[0] == 0
    code, said = asked(tmp_path, "--link", "operator")
    assert (code, said.startswith(f"{tmp_path}: no fleet console answers")) == (NOT_THERE, True)
    assert {file.name for file in tmp_path.iterdir()} == {ARM, OPEN}
    assert (tmp_path / OPEN).read_text() == "127.0.0.1 1800"
    assert not (tmp_path / LINK_WANTED).exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "BROKER is missing"),
        (("--arm", "--link", "viewer"), "one of --arm, --link and --open"),
        (("broker.example.com", "--arm"), "without BROKER"),
        (("--link", "boss"), "viewer, operator or installer"),
        (("--open", "lo", "--for", "soon"), "a time like 90s"),
        (("--open", "no-such-interface"), "has no IPv4 address"),
    ],
)
def test_what_is_not_understood_is_one_line(words: tuple[str, ...], says: str, tmp_path: Path) -> None:
    code, said = asked(tmp_path, *words)
    assert (code, says in said.replace("│ ", "")) == (USAGE, True), said


def test_a_folder_in_which_no_fleet_console_has_run_is_said(tmp_path: Path) -> None:
    code, said = asked(tmp_path / "nowhere", "--arm")
    assert (code, "no fleet console has run here" in said.replace("│ ", "")) == (USAGE, True), said
