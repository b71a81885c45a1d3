"""What `run` installs: every dependency pinned once, with hashes, and no word about an index."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDS = {"core": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}
PINS = ROOT / ".requirements"


def pins(name: str) -> Iterator[tuple[Requirement, list[str]]]:
    """Each requirement of a file with its hashes."""
    text = (PINS / f"{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            requirement, *hashes = line.split("--hash=")
            yield Requirement(requirement), [digest.strip() for digest in hashes]


def version_of(pin: Requirement) -> str:
    (specifier,) = pin.specifier
    assert specifier.operator == "=="
    return specifier.version


def test_there_is_one_file_for_core_and_one_for_each_extra() -> None:
    assert {path.stem for path in PINS.iterdir()} == set(NEEDS)


@pytest.mark.parametrize("name", NEEDS)
def test_each_dependency_is_pinned_inside_its_range(name: str) -> None:
    pinned = {canonicalize_name(pin.name): version_of(pin) for pin, _ in pins(name)}
    for text in NEEDS[name]:
        need = Requirement(text)
        assert need.specifier.contains(pinned[canonicalize_name(need.name)]), f"run .ci/lock: {text}"


@pytest.mark.parametrize("name", NEEDS)
def test_each_pin_carries_hashes(name: str) -> None:
    for pin, hashes in pins(name):
        assert hashes, pin
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes), pin


def test_the_files_agree_where_they_overlap() -> None:
    versions: dict[str, set[str]] = {}
    for name in NEEDS:
        for pin, _ in pins(name):
            versions.setdefault(canonicalize_name(pin.name), set()).add(version_of(pin))
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("name", NEEDS)
def test_what_a_pinned_package_needs_is_pinned_too(name: str) -> None:
    """`run` installs with --no-deps."""
    pinned = {canonicalize_name(pin.name): version_of(pin) for file in ("core", name) for pin, _ in pins(file)}
    for package in pinned:
        try:
            needs = [Requirement(text) for text in requires(package) or []]
        except PackageNotFoundError:  # another platform's
            continue
        for need in needs:
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                assert need.specifier.contains(pinned[canonicalize_name(need.name)]), f"{package} needs {need}"


@pytest.mark.parametrize("name", NEEDS)
def test_no_index_is_named(name: str) -> None:
    text = (PINS / f"{name}.txt").read_text(encoding="utf-8")
    assert re.findall(r"://|--(?:extra-)?index|--find-links|--trusted-host", text) == []
