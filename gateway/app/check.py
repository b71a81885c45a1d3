"""`gateway check SITE`: read a site file, add up its promises, refuse what cannot be kept."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from gateway.app.lines import driver_of, timing_of
from gateway.bus.cut import Uncuttable
from gateway.model.errors import ConfigError, DriverError, Problem
from gateway.site.check import as_text, check_site
from gateway.site.load import load_site
from gateway.site.plan import plan_bus

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.model.site import Site
    from gateway.site.check import SiteCheck


def check(path: Path, *, as_json: bool = False) -> int:
    """Print the budget of a site; return 0 when it can run, 2 when it cannot. Raises `ConfigError`."""
    result = judge(load_site(path))
    sys.stdout.write(_json(result) if as_json else "\n".join(as_text(result)) + "\n")
    return 0 if result.ok else 2


def judge(site: Site) -> SiteCheck:
    """Plan every bus of a site and judge it. Raises `ConfigError` for a bus that cannot be planned."""
    plans = []
    for bus in site.buses:
        try:
            plans.append(plan_bus(site, bus, driver_of(site, bus), timing_of(bus.link)))
        except (Uncuttable, DriverError) as error:
            what = f"bus `{bus.name}` cannot be planned: {error}"
            raise ConfigError([Problem(file=site.file, line=0, column=0, what=what)]) from error
    return check_site(site, plans)


def _json(result: SiteCheck) -> str:
    values = asdict(result)
    values["ok"] = result.ok
    values["refusals"] = list(result.refusals)
    values["complaints"] = [asdict(complaint) for complaint in result.complaints]
    for bus, given in zip(result.buses, values["buses"], strict=True):
        given["notes"], given["warnings"] = given["warnings"], [warning.text for warning in bus.warnings]
        for pile, place in zip(bus.piles, given["piles"], strict=True):
            if pile.bound is not None:
                place["bound"] |= {
                    "total_ms": pile.bound.total_ms,
                    "total_one_lost_ms": pile.bound.total_one_lost_ms,
                    "physical_ms": pile.bound.physical_ms,
                }
    return json.dumps(values, indent=2) + "\n"
