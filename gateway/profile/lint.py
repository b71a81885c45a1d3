"""Judge whether a profile makes sense. Pure; every problem is noted, none stops the judging."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.profile.findings import did_you_mean
from gateway.profile.lint_points import lint_points
from gateway.profile.lint_reading import lint_reading
from gateway.profile.lint_switching import lint_switching

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.profile.expand import Placed
    from gateway.profile.findings import Findings
    from gateway.profile.schema import ProfileFile


def lint(
    profile: ProfileFile, placed: tuple[Placed, ...], name: str, drivers: Collection[str], findings: Findings
) -> None:
    """Note all that is wrong with a profile whose form is right (or with what of it is)."""
    if name != profile_name(profile) and not {("kind",), ("vendor",), ("model",)} & set(findings.holes):
        what = f"the file is called {name}, its content {profile_name(profile)}"
        findings.add(("model",), what, "the path is <kind>/<vendor>_<model>.yaml")
    if profile.driver not in drivers:
        findings.add(("driver",), f"no driver is called `{profile.driver}`", did_you_mean(profile.driver, drivers))
    timing = profile.timing
    if timing.turnaround_min_ms > timing.turnaround_max_ms:
        what = f"turnaround_min_ms {timing.turnaround_min_ms:g} exceeds turnaround_max_ms {timing.turnaround_max_ms:g}"
        findings.add(("timing", "turnaround_min_ms"), what, "swap them?")
    lint_points(profile, placed, findings)
    lint_reading(profile, placed, findings)
    lint_switching(profile, placed, findings)


def profile_name(profile: ProfileFile) -> str:
    """Return the name by which sites call a profile: `<kind>/<vendor>_<model>`."""
    return f"{profile.kind}/{profile.vendor}_{profile.model}"
