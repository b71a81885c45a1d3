"""The scenarios that come with the program. Pure."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

SCENARIOS = Path(str(files("simulators") / "scenarios"))
SUFFIX = ".yaml"


def shipped_names() -> tuple[str, ...]:
    """Return the names of the shipped scenarios."""
    return tuple(sorted(path.stem for path in SCENARIOS.glob(f"*{SUFFIX}")))


def scenario_path(given: Path) -> Path:
    """Return the file of a scenario: a shipped one by its bare name, else the path itself."""
    return SCENARIOS / f"{given}{SUFFIX}" if str(given) in shipped_names() else given
