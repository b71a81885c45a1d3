"""Judge what a profile says about writing: commands, switches, OFF forms, the device's watchdog. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.device import Access, Kind
from gateway.model.wiring import Table
from gateway.profile.expand import OUTLETS, place_write
from gateway.profile.findings import did_you_mean
from gateway.profile.lint_points import LAST_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.model.device import Action, Point
    from gateway.model.wiring import Write
    from gateway.profile.document import Path
    from gateway.profile.expand import Placed
    from gateway.profile.findings import Findings
    from gateway.profile.schema import CommandSpec, OutletCommandSpec, OutletsSpec, OutletSwitchSpec, ProfileFile

_OUTLET_COMMANDS: Path = ("outlets", "commands")
_SWITCH: Path = ("outlets", "capabilities", "switch")


def lint_switching(profile: ProfileFile, placed: tuple[Placed, ...], findings: Findings) -> None:
    """Note every command and switch that cannot work or is no safe OFF."""
    for path, spec, count in _commands(profile):
        _lint_values(profile, spec, path, count, findings)
        _lint_read_back(profile, spec, path, placed, findings)
    _lint_capability_points(profile, findings)
    if profile.outlets is not None and profile.outlets.capabilities.switch is not None:
        _lint_switch(profile, profile.outlets, profile.outlets.capabilities.switch, findings)
    elif profile.kind in (Kind.PILE, Kind.RELAY) and not findings.broken("outlets"):
        findings.add(("kind",), f"a {profile.kind} needs outlets that switch", "add outlets: capabilities: switch")
    _lint_all_off(profile, findings)
    _lint_silence(profile, findings)
    _lint_own_limit(profile, findings)
    _lint_query(profile, findings)


def _commands(profile: ProfileFile) -> Iterator[tuple[Path, CommandSpec, int]]:
    """Yield (place in the file, command, how many outlets have it)."""
    for name, spec in profile.commands.items():
        yield ("commands", name), spec, 1
    if profile.outlets is not None:
        for name, outlet_spec in profile.outlets.commands.items():
            yield (*_OUTLET_COMMANDS, name), outlet_spec, profile.outlets.count


def _lint_values(profile: ProfileFile, spec: CommandSpec, path: Path, count: int, findings: Findings) -> None:
    if spec.table in (Table.DISCRETE, Table.INPUT):
        findings.add((*path, "table"), f"the table {spec.table} cannot be written", "use coil or holding")
    for index, value in enumerate(spec.values):
        if spec.table is Table.COIL and value > 1:
            what = f"a coil is written 0 or 1, not {value}"
            findings.add((*path, "values", index), what, "other values toggle or flash the output on some boards")
    last = place_write(profile, spec, count - 1).address + len(spec.values) - 1
    if last > LAST_ADDRESS:
        findings.add((*path, "address"), f"the command reaches address {last}, beyond {LAST_ADDRESS}")


def _lint_read_back(
    profile: ProfileFile, spec: CommandSpec, path: Path, placed: tuple[Placed, ...], findings: Findings
) -> None:
    known = findings.names(("points",)) | {OUTLETS + name for name in findings.names(("outlets", "points"))}
    write = place_write(profile, spec)
    for key, reference in (("read_back", spec.read_back), ("feedback", spec.feedback)):
        if reference is None:
            continue
        point = next((item.point for item in placed if item.reference == reference), None)
        if reference not in known:
            what = f"`{key}` names no point: `{reference}`"
            findings.add((*path, key), what, did_you_mean(reference, known))
        elif path[0] == "commands" and reference.startswith(OUTLETS):
            findings.add((*path, key), f"`{key}` of a whole-device command names a point of an outlet")
        elif point is not None:
            _lint_echo(key, point, write, (*path, key), findings)


def _lint_echo(key: str, point: Point, write: Write, path: Path, findings: Findings) -> None:
    inside = point.table is write.table and write.address <= point.address < write.address + len(write.values)
    if point.access is Access.WRITE:
        findings.add(path, f"`{point.name}` cannot be read", "use access: read-write")
    elif key == "read_back" and not inside:
        what = f"`{point.name}` does not read the register that is written"
        findings.add(path, what, "what the output really does is `feedback`")
    elif key == "feedback" and inside:
        findings.add(path, f"`{point.name}` only reads back what was written", "that is `read_back`")


def _lint_capability_points(profile: ProfileFile, findings: Findings) -> None:
    sections: list[tuple[Path, Path, list[str]]] = [
        (("points",), ("capabilities", "meter"), profile.capabilities.meter),
        (("points",), ("capabilities", "sense"), profile.capabilities.sense),
    ]
    if profile.outlets is not None:
        asked = profile.outlets.capabilities
        sections += [
            (("outlets", "points"), ("outlets", "capabilities", "meter"), asked.meter),
            (("outlets", "points"), ("outlets", "capabilities", "sense"), asked.sense),
        ]
    _lint_acts(("commands",), ("capabilities", "act"), profile.capabilities.act, findings)
    if profile.outlets is not None:
        _lint_acts(_OUTLET_COMMANDS, ("outlets", "capabilities", "act"), profile.outlets.capabilities.act, findings)
    for section, path, names in sections:
        known = findings.names(section)
        for index, name in enumerate(names):
            if name not in known:
                what = f"the capability `{path[-1]}` names no point: `{name}`"
                findings.add((*path, index), what, did_you_mean(name, known))


def _lint_acts(section: Path, path: Path, acts: Mapping[Action, str], findings: Findings) -> None:
    known = findings.names(section)
    for act, name in acts.items():
        if name not in known:
            findings.add((*path, act.value), f"`{act}` names no command: `{name}`", did_you_mean(name, known))


def _lint_switch(profile: ProfileFile, outlets: OutletsSpec, switch: OutletSwitchSpec, findings: Findings) -> None:
    known = findings.names(_OUTLET_COMMANDS)
    found: dict[str, OutletCommandSpec] = {}
    for key, name in (("on", switch.on), ("off", switch.off), ("off_other", switch.off_other)):
        if name is not None and name not in known:
            what = f"`{key}` names no command of an outlet: `{name}`"
            findings.add((*_SWITCH, key), what, did_you_mean(name, known))
        elif name is not None and name in outlets.commands:
            found[key] = outlets.commands[name]
    on, off, other = (found.get(key) for key in ("on", "off", "off_other"))
    for key, spec in (("off", off), ("off_other", other)):
        if spec is not None:
            writes = [place_write(profile, spec, index) for index in range(outlets.count)]
            _lint_off(profile, writes, (*_SWITCH, key), findings)
            _lint_apart(writes, (*_SWITCH, key), findings)
    if on is not None and off is not None:
        _lint_pair(on, off, findings)
    if off is not None and other is not None and place_write(profile, off) == place_write(profile, other):
        what = "`off_other` sends the very frame of `off`"
        findings.add((*_SWITCH, "off_other"), what, "use the other function code (multiple: true) or leave it out")


def _lint_off(profile: ProfileFile, writes: list[Write], path: Path, findings: Findings) -> None:
    """Note an OFF that is no plain write of a value: its effect must not depend on the state before, nor pass."""
    for write in writes:
        if write.table is Table.COIL and any(write.values):
            findings.add(path, "an OFF writes 0 to its coil", "an inverted output is wired wrong or is no OFF")
            return
        for banned in profile.banned_for_off:
            first, last = banned.addresses
            cells = zip(range(write.address, write.address + len(write.values)), write.values, strict=True)
            if banned.table is write.table and any(
                first <= address <= last and (not banned.values or value in banned.values) for address, value in cells
            ):
                what = f"an OFF must not {banned.why}: {write.table} {write.address} is banned for it"
                findings.add(path, what, "use a command that writes the plain value")
                return


def _lint_apart(writes: list[Write], path: Path, findings: Findings) -> None:
    """Note outlets whose OFF would also write to another outlet."""
    taken: set[int] = set()
    for write in writes:
        cells = set(range(write.address, write.address + len(write.values)))
        if cells & taken:
            what = f"the OFF of two outlets writes the same {write.table} {min(cells & taken)}"
            findings.add(path, what, "one frame for all outlets is `capabilities: switch: all_off` of the device")
            return
        taken |= cells


def _lint_pair(on: OutletCommandSpec, off: OutletCommandSpec, findings: Findings) -> None:
    same_cells = (on.table, on.address, len(on.values)) == (off.table, off.address, len(off.values))
    if same_cells and on.values == off.values:
        findings.add((*_SWITCH, "off"), "OFF writes what ON writes: that toggles, or does nothing", "write the value 0")
    if (on.feedback, on.read_back) != (off.feedback, off.read_back):
        what = "ON and OFF name different feedback or read-back points"
        findings.add((*_SWITCH, "off"), what, "one output has one truth")


def _lint_all_off(profile: ProfileFile, findings: Findings) -> None:
    switch = profile.capabilities.switch
    if switch is None:
        return
    path, known = ("capabilities", "switch", "all_off"), findings.names(("commands",))
    spec = profile.commands.get(switch.all_off)
    if switch.all_off not in known:
        findings.add(path, f"`all_off` names no command: `{switch.all_off}`", did_you_mean(switch.all_off, known))
    elif spec is not None:
        _lint_off(profile, [place_write(profile, spec)], path, findings)


def _lint_silence(profile: ProfileFile, findings: Findings) -> None:
    silence, switches = profile.on_silence, profile.outlets is not None and profile.outlets.capabilities.switch
    path: Path = ("on_silence",)
    if silence is None:
        if switches:
            what = "`on_silence` is missing: what do the outputs do when communication is lost?"
            findings.add(path, what, "lease: {...} where the device opens them, else holds: true")
        return
    if (silence.lease is not None) == silence.holds:
        findings.add(path, "`on_silence` says either `lease` or `holds: true`", "exactly one of them", key=True)
    if silence.lease is None:
        return
    lease, here = silence.lease, (*path, "lease")
    for key, name, section in (("arm", lease.arm, "commands"), ("armed", lease.armed, "points")):
        known = findings.names((section,))
        if name not in known:
            findings.add((*here, key), f"`{key}` names nothing in `{section}`: `{name}`", did_you_mean(name, known))
    arm, armed = profile.commands.get(lease.arm), profile.points.get(lease.armed)
    if arm is None or armed is None:
        return
    if (arm.table, arm.address) != (armed.table, armed.address) or armed.access is Access.WRITE:
        findings.add((*here, "armed"), "`armed` does not read the register that `arm` writes", "arming is proved by it")
    elif armed.unit != "s" or arm.values[0] * armed.scale + armed.offset != lease.timeout_s:
        what = f"`arm` sets {arm.values[0] * armed.scale + armed.offset:g} {armed.unit}, not {lease.timeout_s:g} s"
        findings.add((*here, "timeout_s"), what, "the point's scale and the command's value must give the time-out")


def _lint_own_limit(profile: ProfileFile, findings: Findings) -> None:
    limit = profile.own_limit
    if limit is None:
        return
    for key, name, section in (("command", limit.command, "commands"), ("shown", limit.shown, "points")):
        known = findings.names((section,))
        if name not in known:
            what = f"`{key}` names nothing in `{section}`: `{name}`"
            findings.add(("own_limit", key), what, did_you_mean(name, known))
    command, shown = profile.commands.get(limit.command), profile.points.get(limit.shown)
    if command is not None and limit.value >= len(command.values):
        what = f"`{limit.command}` has {len(command.values)} values, none is number {limit.value}"
        findings.add(("own_limit", "value"), what, "counted from 0")
    if shown is None:
        return
    if shown.unit != "W" or shown.type.words != 1 or shown.access is Access.WRITE:
        findings.add(("own_limit", "shown"), f"`{limit.shown}` is no readable register in W", "set its unit and scale")
    elif all(limit.shown not in group.points for group in profile.poll_groups):
        what = f"no poll group reads `{limit.shown}`"
        findings.add(("own_limit", "shown"), what, "what is never read back may not be set")


def _lint_query(profile: ProfileFile, findings: Findings) -> None:
    known = findings.names(("commands",))
    if profile.query is not None and profile.query not in known:
        what = f"`query` names nothing in `commands`: `{profile.query}`"
        findings.add(("query",), what, did_you_mean(profile.query, known))
