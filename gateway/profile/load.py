"""Read profile files: the one place of this package that touches the disk."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.model.errors import ConfigError, Problem
from gateway.model.protocol import PROTOCOLS
from gateway.profile.build import build
from gateway.profile.document import parse
from gateway.profile.expand import place_points
from gateway.profile.findings import did_you_mean
from gateway.profile.lint import lint
from gateway.profile.schema import STAND_INS, ProfileFile
from gateway.profile.validate import validate

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gateway.model.device import DeviceModel

BUILT_IN = Path(str(files("configs") / "profiles"))
LOCAL = Path("/etc/gateway/profiles.d")
SEARCH = (LOCAL, BUILT_IN)
"""Where profiles are looked for; the first that has a name wins, so that a site can shadow a built-in one."""

DRIVERS = frozenset(PROTOCOLS)
SUFFIX = ".yaml"


def read_text(path: Path) -> str:
    """Return the text of a configuration file. Raises `ConfigError` when it cannot be read as UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        what, hint = f"byte {error.start} is not UTF-8", "save the file as UTF-8"
    except FileNotFoundError:
        what, hint = "there is no such file", "check the path"
    except IsADirectoryError:
        what, hint = "this is a directory", "name the file in it"
    except PermissionError:
        what, hint = "no permission to read this file", "check its owner and mode"
    except (OSError, ValueError) as error:
        what, hint = f"cannot be read: {error}", ""
    raise ConfigError([Problem(file=str(path), line=0, column=0, what=what, hint=hint)])


def compile_profile(text: str, name: str, file: str, drivers: Collection[str] = DRIVERS) -> DeviceModel:
    """Turn the text of a profile into a device model. Raises `ConfigError` with every problem of the file."""
    document = parse(text, file)
    profile, findings = validate(document, ProfileFile, STAND_INS)
    placed = () if profile is None else place_points(profile)
    if profile is not None:
        lint(profile, placed, name, drivers, findings)
    if profile is None or findings.sorted():
        raise ConfigError(findings.sorted())
    return build(profile, placed, name, file)


class Library:
    """The profiles that a search path offers; each is loaded once."""

    def __init__(self, search: Sequence[Path] = SEARCH, drivers: Collection[str] = DRIVERS) -> None:
        self._search = tuple(search)
        self._drivers = drivers
        self._loaded: dict[str, DeviceModel] = {}
        self._digests: dict[str, str] = {}

    def names(self) -> tuple[str, ...]:
        """Return the name of every profile, `<kind>/<vendor>_<model>`, sorted."""
        found = {
            str(path.relative_to(root).with_suffix("")) for root in self._search for path in root.glob(f"*/*{SUFFIX}")
        }
        return tuple(sorted(found))

    def file(self, name: str) -> Path:
        """Return the file of a profile. Raises `ConfigError` when no directory of the search path has it."""
        for root in self._search:
            path = root / f"{name}{SUFFIX}"
            if name in self.names() and path.is_file():
                return path
        what = f"there is no profile `{name}`"
        raise ConfigError([Problem(file=name, line=0, column=0, what=what, hint=did_you_mean(name, self.names()))])

    def load(self, name: str) -> DeviceModel:
        """Return the device model of a profile. Raises `ConfigError` with every problem of its file."""
        if name not in self._loaded:
            path = self.file(name)
            text = read_text(path)
            self._loaded[name] = compile_profile(text, name, str(path), self._drivers)
            self._digests[name] = sha256(text.encode()).hexdigest()
        return self._loaded[name]

    def digest(self, name: str) -> str:
        """Return the SHA-256 of the text of a profile's file. Raises as `load`."""
        self.load(name)
        return self._digests[name]
