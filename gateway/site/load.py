"""Read a site file and the profiles that it names: the one place of this package that reads the disk."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from gateway.model.errors import ConfigError, Problem
from gateway.model.site import SerialLink, Site
from gateway.profile.document import parse
from gateway.profile.findings import did_you_mean
from gateway.profile.load import SEARCH, Library, read_text
from gateway.profile.validate import validate
from gateway.site.build import build
from gateway.site.lint import lint
from gateway.site.schema import STAND_INS, SiteFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gateway.model.device import DeviceModel
    from gateway.model.site import Bus, Link
    from gateway.profile.findings import Findings


OWN_PROFILES = "profiles.d"


def load_site(
    path: Path, library: Library | None = None, links: Mapping[str, str] | None = None, *, with_tariffs: bool = True
) -> Site:
    """Load a site. Raises `ConfigError` with every problem of the site file and of the profiles that it uses.

    `links` gives a bus another end than its file says, for simulators: a device path, or `host:port`. Profiles in
    `profiles.d` beside the site file come before the machine's own and the built-in ones. Without tariffs these are
    not judged: who has no use for them need not load what understands them.
    """
    library = library or Library((path.parent / OWN_PROFILES, *SEARCH))
    site = compile_site(read_text(path), path, library, with_tariffs=with_tariffs)
    return replace(site, buses=_relinked(site, links or {}))


def compile_site(text: str, path: Path, library: Library, *, with_tariffs: bool = True) -> Site:
    """Turn the text of a site file into a site; `path` says where it stands. Raises `ConfigError`."""
    document = parse(text, str(path))
    spec, findings = validate(document, SiteFile, STAND_INS)
    models: dict[str, DeviceModel] = {}
    foreign: list[Problem] = []
    if spec is not None:
        models, foreign = _models(spec, library, findings)
        lint(spec, models, findings)
        if with_tariffs:
            from gateway.site.lint_charging import lint_charging  # noqa: PLC0415 - field stays small without it
            from gateway.site.lint_reconciling import lint_reconciling  # noqa: PLC0415 - as above
            from gateway.site.lint_tariffs import lint_tariffs  # noqa: PLC0415 - as above
            from gateway.site.lint_trading import lint_trading  # noqa: PLC0415 - as above

            lint_reconciling(spec, models, findings)
            lint_tariffs(spec, findings)
            lint_charging(spec, models, findings)
            lint_trading(spec, models, findings)
    if spec is None or foreign or findings.sorted():
        raise ConfigError([*findings.sorted(), *foreign])
    digests = [sha256(text.encode()).hexdigest(), *(library.digest(name) for name in sorted(models))]
    return build(spec, models, path.absolute(), sha256("\n".join(digests).encode()).hexdigest())


def _models(spec: SiteFile, library: Library, findings: Findings) -> tuple[dict[str, DeviceModel], list[Problem]]:
    """Return the profiles that can be loaded, and the problems inside those that cannot."""
    known = library.names()
    models: dict[str, DeviceModel] = {}
    foreign: list[Problem] = []
    broken: set[str] = set()
    for index, device in enumerate(spec.devices):
        if device.profile not in known:
            what = f"there is no profile `{device.profile}`"
            findings.add(("devices", index, "profile"), what, did_you_mean(device.profile, known))
        elif device.profile not in models and device.profile not in broken:
            try:
                models[device.profile] = library.load(device.profile)
            except ConfigError as error:
                broken.add(device.profile)
                foreign += error.problems
    return models, foreign


def _relinked(site: Site, links: Mapping[str, str]) -> tuple[Bus, ...]:
    names = {bus.name for bus in site.buses}
    problems = [
        Problem(file=site.file, line=0, column=0, what=f"no bus `{name}` to link", hint=did_you_mean(name, names))
        for name in links
        if name not in names
    ]
    if problems:
        raise ConfigError(problems)
    return tuple(
        replace(bus, link=_ended(bus.link, links[bus.name])) if bus.name in links else bus for bus in site.buses
    )


def _ended(link: Link, end: str) -> Link:
    """Return the link with another end. Raises `ConfigError` for a network end that is not `host:port`."""
    if isinstance(link, SerialLink):
        return replace(link, path=end)
    host, _, port = end.rpartition(":")
    if not host or not port.isdecimal():
        raise ConfigError([Problem(file=end, line=0, column=0, what="not host:port")])
    return replace(link, host=host, port=int(port))
