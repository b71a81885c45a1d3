"""The short tier of `python -m tests.fuzz.fuzz_driver`."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gateway.model.protocol import PROTOCOLS
from tests.fuzz.fuzz_driver import run


@pytest.mark.parametrize("name", [*PROTOCOLS, "dny_dialled"])
def test_twenty_thousand_frames_bring_no_finding(name: str) -> None:
    assert run(name=name, frames=20_000, seed=1) > 4_000


def test_the_command_reports_to_stderr_and_ends_with_zero() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.fuzz_driver", "--frames", "500", "--seed", "2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert "no finding" in done.stderr
