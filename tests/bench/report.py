"""What a benchmark prints: a table for people, or one JSON object; exit code 1 where a figure misses what it must reach.

A row's `must` is a limit with its direction, such as `<= 285` or `>= 0.98`; rows without one are for information.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `value` is rounded only for people."""

    case: str
    metric: str
    value: float
    unit: str
    must: str = ""

    @property
    def is_kept(self) -> bool:
        if not self.must:
            return True
        relation, limit = self.must.split()
        return self.value <= float(limit) if relation == "<=" else self.value >= float(limit)


@dataclass(slots=True)
class Report:
    """The figures of one benchmark."""

    bench: str
    rows: list[Row] = field(default_factory=list)

    def add(self, case: str, metric: str, value: float, unit: str, must: str = "") -> None:
        self.rows.append(Row(case, metric, value, unit, must))

    @property
    def ok(self) -> bool:
        return all(row.is_kept for row in self.rows)

    def finish(self, *, as_json: bool) -> int:
        """Print everything; return the exit code."""
        sys.stdout.write(self._json() if as_json else self._table())
        return 0 if self.ok else 1

    def _json(self) -> str:
        return (
            json.dumps(
                {
                    "bench": self.bench,
                    "ok": self.ok,
                    "version": project_version(),
                    "machine": machine(),
                    "rows": [asdict(row) for row in self.rows],
                }
            )
            + "\n"
        )

    def _table(self) -> str:
        lines = [f"{self.bench}: {machine()}"]
        case = max(len(row.case) for row in self.rows)
        metric = max(len(row.metric) for row in self.rows)
        for row in self.rows:
            verdict = "" if not row.must else f"{row.must:>12}  {'ok' if row.is_kept else 'MISSED'}"
            lines.append(
                f"  {row.case:<{case}}  {row.metric:<{metric}}  {row.value:>12.4g} {row.unit:<10} {verdict}".rstrip()
            )
        lines.append("all figures kept" if self.ok else "some figures are MISSED")
        return "\n".join(lines) + "\n"


def machine() -> str:
    """Return what this machine is, in a line."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return f"{os.cpu_count()} x {model}, Linux {platform.release()}, Python {platform.python_version()}"


def project_version() -> str:
    """Return this project's version, from the installed package or from its own file."""
    try:
        return version("community-gateway")
    except PackageNotFoundError:
        text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
        return next(line.split('"')[1] for line in text.splitlines() if line.startswith("version"))


def progress(text: str) -> None:
    """Say what is going on, on stderr, so that stdout stays clean."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of `values` do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]


def arguments(name: str, purpose: str) -> argparse.ArgumentParser:
    """Return a parser with what every benchmark takes."""
    parser = argparse.ArgumentParser(prog=f"./run bench {name}", description=purpose)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    return parser
