"""Judge whether a site file makes sense. Pure; every problem is noted, none stops the judging."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, TypeVar

from gateway.model.device import Kind
from gateway.profile.findings import did_you_mean
from gateway.profile.protection import contradiction
from gateway.site.inherit import merged, written
from gateway.site.lint_dial_in import lint_dial_in
from gateway.site.lint_feeding import lint_board, lint_feeding
from gateway.site.lint_protocols import lint_protocols
from gateway.site.schema import SerialLinkSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.model.device import DeviceModel
    from gateway.profile.document import Path
    from gateway.profile.findings import Findings
    from gateway.site.schema import BusSpec, DeviceSpec, SiteFile

KeyT = TypeVar("KeyT", bound=Hashable)

_VOLTAGES = frozenset({"under_voltage_v", "over_voltage_v"})
"""The settings that can contradict each other over levels."""


def lint(site: SiteFile, models: Mapping[str, DeviceModel], findings: Findings) -> None:
    """Note all that is wrong with a site whose form is right. `models` holds every profile that could be loaded."""
    _lint_unique(((("buses", n, "name"), bus.name) for n, bus in enumerate(site.buses)), "bus", findings)
    _lint_unique(((("devices", n, "name"), device.name) for n, device in enumerate(site.devices)), "device", findings)
    _lint_unique(((("notify", n, "name"), each.name) for n, each in enumerate(site.notify)), "receiver", findings)
    _lint_links(site.buses, findings)
    _lint_units(site.devices, findings)
    lint_protocols(site, models, findings)
    lint_dial_in(site, findings)
    lint_feeding(site, models, findings)
    _lint_stickers(site.devices, models, findings)
    for index, device in enumerate(site.devices):
        path: Path = ("devices", index)
        _lint_bus(site, device, path, findings)
        model = models.get(device.profile)
        if model is not None:
            _lint_outlets(device, model, path, findings)
            _lint_protection(site, device, model, path, findings)
            _lint_timing(site, device, model, path, findings)
        if device.upstream is not None:
            _lint_upstream(site, device, models, (*path, "upstream"), findings)


def _written_names(findings: Findings, section: str) -> set[str]:
    """Return the names that a list of the file gives, sound or not."""
    entries = findings.document.at((section,))
    found = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return {str(entry["name"]) for entry in found if "name" in entry}


def _lint_unique(entries: Iterable[tuple[Path, KeyT]], noun: str, findings: Findings) -> None:
    first: dict[KeyT, Path] = {}
    for path, key in entries:
        if key in first:
            line = findings.document.where(findings.in_file(first[key])).line
            findings.add(path, f"a second {noun} `{key}`", f"the first is in line {line}")
        else:
            first[key] = path


def _lint_links(buses: list[BusSpec], findings: Findings) -> None:
    """One link has one owner: two buses on it would talk into each other."""
    ends: list[tuple[Path, str]] = []
    for index, bus in enumerate(buses):
        path: Path = ("buses", index, "link")
        if isinstance(bus.link, SerialLinkSpec):
            ends.append(((*path, "path"), bus.link.path))
        else:
            ends.append(((*path, "host"), f"{bus.link.host}:{bus.link.port}"))
    _lint_unique(ends, "bus on", findings)


def _lint_units(devices: list[DeviceSpec], findings: Findings) -> None:
    first: dict[tuple[str, int], str] = {}
    for index, device in enumerate(devices):
        other = first.setdefault((device.bus, device.unit), device.name)
        if other != device.name:
            what = f"unit {device.unit} on {device.bus} is taken by {other}"
            findings.add(("devices", index, "unit"), what, "every device of a bus has an address of its own")


def _lint_bus(site: SiteFile, device: DeviceSpec, path: Path, findings: Findings) -> None:
    known = _written_names(findings, "buses") | {bus.name for bus in site.buses}
    if device.bus not in known and ("buses",) not in findings.holes:
        findings.add((*path, "bus"), f"there is no bus `{device.bus}`", did_you_mean(device.bus, known))


def _lint_outlets(device: DeviceSpec, model: DeviceModel, path: Path, findings: Findings) -> None:
    known = [outlet.number for outlet in model.outlets]
    for number in device.outlets:
        if number not in known:
            hint = f"{device.profile} has {known[0]}..{known[-1]}" if known else f"{device.profile} has no outlets"
            findings.add((*path, "outlets", number), f"{device.name} has no outlet {number}", hint, key=True)


def _lint_stickers(devices: list[DeviceSpec], models: Mapping[str, DeviceModel], findings: Findings) -> None:
    """Note codes that stand on two outlets: a customer's scan must mean one of them."""
    codes: list[tuple[Path, str]] = []
    for index, device in enumerate(devices):
        model = models.get(device.profile)
        for outlet in model.outlets if model is not None else ():
            spec = device.outlets.get(outlet.number)
            own = None if spec is None else spec.sticker
            code = sticker_of(device, outlet.number)
            place: Path = ("outlets", outlet.number, "sticker") if own is not None else ("sticker",)
            if code:
                codes.append((("devices", index, *place), code))
    _lint_unique(codes, "outlet with the sticker", findings)


def sticker_of(device: DeviceSpec, number: int) -> str:
    """Return the code on an outlet: its own, or the device's with the outlet's number."""
    spec = device.outlets.get(number)
    if spec is not None and spec.sticker is not None:
        return spec.sticker
    return f"{device.sticker}-{number:02d}" if device.sticker is not None else ""


def _lint_protection(site: SiteFile, device: DeviceSpec, model: DeviceModel, path: Path, findings: Findings) -> None:
    """Judge the merged settings: levels that are right alone can contradict each other."""
    own = written(device.protection)
    if model.kind is not Kind.PILE:
        if own and not device.opens:
            what = f"{device.name} is a {model.kind}: it has no outlets to protect"
            findings.add((*path, "protection"), what, "settings belong to the site, a pile or an outlet", key=True)
        return
    pile = merged(model.protection, written(site.protection), own)
    _lint_merged(pile, (*path, "protection") if _VOLTAGES & set(own) else ("protection",), findings)
    for number, spec in device.outlets.items():
        here = written(spec.protection)
        if _VOLTAGES & set(here):
            _lint_merged(merged(pile, here), (*path, "outlets", number, "protection"), findings)


def _lint_merged(settings: Mapping[str, object], path: Path, findings: Findings) -> None:
    wrong = contradiction(settings)
    if wrong:
        findings.add(path, f"the settings together: {wrong}", "profile, site, device and outlet are merged", key=True)


def _lint_timing(site: SiteFile, device: DeviceSpec, model: DeviceModel, path: Path, findings: Findings) -> None:
    on_bus = next((written(bus.timing) for bus in site.buses if bus.name == device.bus), {})
    own = written(device.timing)
    figures = merged(
        {
            "turnaround_min_ms": model.timing.turnaround_min_ms,
            "turnaround_max_ms": model.timing.turnaround_max_ms,
        },
        on_bus,
        own,
    )
    low, high = figures["turnaround_min_ms"], figures["turnaround_max_ms"]
    if isinstance(low, (int, float)) and isinstance(high, (int, float)) and low > high:
        what = f"{device.name}: turnaround_min_ms {low:g} exceeds turnaround_max_ms {high:g}"
        findings.add((*path, "timing"), what, "profile, bus and device are merged", key=True)


def _lint_upstream(
    site: SiteFile, device: DeviceSpec, models: Mapping[str, DeviceModel], path: Path, findings: Findings
) -> None:
    upstream = device.upstream
    if upstream is None:
        return
    known = _written_names(findings, "devices") | {other.name for other in site.devices}
    feeder = next((other for other in site.devices if other.name == upstream.device), None)
    if upstream.device not in known:
        what = f"there is no device `{upstream.device}`"
        findings.add((*path, "device"), what, did_you_mean(upstream.device, known - {device.name}))
    if feeder is None:
        return
    if feeder.name == device.name:
        findings.add((*path, "device"), f"{device.name} cannot feed itself", "name the relay board that feeds it")
    elif feeder.bus == device.bus:
        what = f"{feeder.name} hangs on the same link as {device.name} ({device.bus})"
        findings.add((*path, "device"), what, "when that link dies, nothing could open the contactor: use another bus")
    lint_board(feeder, upstream.channel, models, path, findings)
