"""Judge the tariffs of a site file, and the settings that name one. Pure; field has no use for prices, and skips it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gateway.orders.tariff.form import TariffError, read_tariff
from gateway.profile.findings import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.orders.tariff.tariff import Tariff
    from gateway.profile.document import Path
    from gateway.profile.findings import Findings
    from gateway.site.charging import ChargingSpec
    from gateway.site.schema import SiteFile

FREE_ID = "free"

_STEP = re.compile(r"\.([a-z_]+)|\[(\d+)\]")


def lint_tariffs(site: SiteFile, findings: Findings) -> None:
    """Note wrong tariffs, and settings that name one that is not there or that has no ceiling."""
    tariffs = dict(_tariffs(site, findings))
    known = {FREE_ID, *(tariff.id for tariff in tariffs.values())}
    named: list[tuple[Path, ChargingSpec]] = [(("charging",), site.charging)]
    named += [(("devices", n, "charging"), device.charging) for n, device in enumerate(site.devices)]
    for path, spec in named:
        if spec.tariff is not None and spec.tariff not in known and len(tariffs) == len(site.tariffs):
            findings.add((*path, "tariff"), f"there is no tariff `{spec.tariff}`", did_you_mean(spec.tariff, known))


def _tariffs(site: SiteFile, findings: Findings) -> Iterator[tuple[int, Tariff]]:
    seen: set[tuple[str, int]] = {(FREE_ID, 1)}
    for index, written in enumerate(site.tariffs):
        try:
            tariff = read_tariff(written)
        except TariffError as error:
            for problem in error.problems:
                note_field(("tariffs", index), problem, written, findings)
            continue
        if (tariff.id, tariff.version) in seen:
            findings.add(("tariffs", index, "id"), f"tariff `{tariff.id}` version {tariff.version} is there already")
        seen.add((tariff.id, tariff.version))
        yield index, tariff


def note_field(path: Path, problem: str, written: Mapping[str, object], findings: Findings) -> None:
    """Note a problem of a JSON-able object at the field that it names, or as near to it as the file goes."""
    findings.add((*path, *place_of(problem, written)), problem)


def place_of(problem: str, written: Mapping[str, object]) -> Path:
    """Return the place in a JSON-able object that a problem names, or the nearest that there is."""
    here: Any = written
    path: Path = ()
    for name, number in _STEP.findall(problem.partition(": ")[0]):
        step: str | int = name or int(number)
        is_there = step in here if isinstance(here, dict) else isinstance(step, int) and step < len(here)
        if not is_there:
            break
        here = here[step]
        path = (*path, step)
    return path
