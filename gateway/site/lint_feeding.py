"""Judge the meters that open contactors by themselves. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.device import Capability, Delivery, Kind
from gateway.profile.findings import did_you_mean
from gateway.site.feeding import SETTABLE, TRIPPING, as_feeder, phases_of
from gateway.site.inherit import written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.device import DeviceModel
    from gateway.profile.document import Path
    from gateway.profile.findings import Findings
    from gateway.site.schema import DeviceSpec, OpensSpec, SiteFile


def lint_feeding(site: SiteFile, models: Mapping[str, DeviceModel], findings: Findings) -> None:
    """Note meters that cannot protect, contactors that are not there, and what is fed past them."""
    for index, device in enumerate(site.devices):
        if not device.opens:
            continue
        path: Path = ("devices", index)
        model = models.get(device.profile)
        if model is not None:
            _lint_meter(device, model, path, findings)
        _lint_settings(device, path, findings)
        seen: set[tuple[str, int]] = set()
        for place, contactor in enumerate(device.opens):
            here: Path = (*path, "opens", place)
            if (contactor.device, contactor.channel) in seen:
                findings.add(here, f"{device.name} opens this contactor already", "name each one once")
            seen.add((contactor.device, contactor.channel))
            _lint_contactor(site, contactor, models, here, findings)
        _lint_fed(site, device, seen, (*path, "feeds"), findings)


def lint_board(
    board: DeviceSpec, channel: int, models: Mapping[str, DeviceModel], path: Path, findings: Findings
) -> None:
    """Note a contactor that is no channel of a relay board."""
    model = models.get(board.profile)
    if model is not None and (model.kind is not Kind.RELAY or Capability.SWITCH not in model.capabilities):
        findings.add((*path, "device"), f"{board.name} is a {model.kind}, not a relay board", "name a relay board")
    elif model is not None and channel not in [outlet.number for outlet in model.outlets]:
        what = f"{board.name} has no channel {channel}"
        findings.add((*path, "channel"), what, f"it has {model.outlets[0].number}..{model.outlets[-1].number}")


def _lint_contactor(
    site: SiteFile, contactor: OpensSpec, models: Mapping[str, DeviceModel], path: Path, findings: Findings
) -> None:
    known = {other.name for other in site.devices}
    board = next((other for other in site.devices if other.name == contactor.device), None)
    if board is not None:
        lint_board(board, contactor.channel, models, path, findings)
    elif not findings.broken("devices"):
        what = f"there is no device `{contactor.device}`"
        findings.add((*path, "device"), what, did_you_mean(contactor.device, known))


def _lint_meter(device: DeviceSpec, model: DeviceModel, path: Path, findings: Findings) -> None:
    if model.kind is not Kind.METER:
        findings.add((*path, "opens"), f"{device.name} is a {model.kind}, not a meter", "only a meter opens contactors")
    elif not phases_of(model) or model.delivery is not Delivery.POLLED:
        what = f"{device.profile} tells no current that could be asked for"
        findings.add((*path, "opens"), what, "use a meter whose profile has the role total-current or current-l1..l3")
    elif len(as_feeder(model, 0.0).groups[0].blocks) != 1:
        what = f"the phases of {device.profile} are not read by one request, so they would date from different moments"
        findings.add((*path, "opens"), what, "use another meter, or give its profile only the role total-current")


def _lint_settings(device: DeviceSpec, path: Path, findings: Findings) -> None:
    own = written(device.protection)
    if all(own.get(key) is None for key in TRIPPING):
        what = f"{device.name} opens contactors, but nothing says above which current"
        findings.add((*path, "opens"), what, "protection: {pickup_a: ...} of this device; the site's is for outlets")
    for key in own:
        if key not in SETTABLE:
            what = f"`{key}` is nothing that a meter which opens contactors can be set to"
            findings.add((*path, "protection", key), what, f"it takes {', '.join(sorted(SETTABLE))}", key=True)


def _lint_fed(site: SiteFile, device: DeviceSpec, opens: set[tuple[str, int]], path: Path, findings: Findings) -> None:
    """Note a device that the meter feeds past the contactors that it opens: its current would not be cut off."""
    by_name = {other.name: other for other in site.devices}
    for place, name in enumerate(device.feeds):
        fed = by_name.get(name)
        upstream = None if fed is None else fed.upstream
        if fed is not None and (upstream is None or (upstream.device, upstream.channel) not in opens):
            what = f"{name} hangs on no contactor that {device.name} opens"
            findings.add((*path, place), what, f"`upstream` of {name} names one of them, or leave {name} out")
