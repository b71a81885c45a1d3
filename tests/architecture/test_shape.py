"""What the folders promise about every file in them."""

import ast
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("gateway", "drivers", "simulators")
FILES = sorted(path for part in CODE for path in (ROOT / part).rglob("*.py"))
LONGEST_FILE = 350  # a hard stop; one idea usually needs fewer than 300
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LONGEST_TEST_FILE = 400
NAMES_WITHOUT_AN_IDEA = {"util", "utils", "helper", "helpers", "manager", "managers", "common", "misc"}
IMPURE_FUNCTIONS = {"open", "input", "print"}
IMPURE_METHODS = {"now", "utcnow", "today", "read_text", "read_bytes", "write_text", "write_bytes"}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def pure_files() -> Iterator[Path]:
    """The files that the import contract `pure` is about, without the shells that it names."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (contract,) = (contract for contract in config["contracts"] if contract["id"] == "pure")
    inside = [f"{source.removesuffix('.**')}{end}" for source in contract["source_modules"] for end in ("", ".*")]
    shells = {line.split(" -> ")[0] for line in contract["ignore_imports"]}
    for path in FILES:
        name = name_of(path)
        if name not in shells and any(fnmatch(name, pattern) for pattern in inside):
            yield path


def test_no_file_holds_more_than_one_idea() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_test_file_holds_many_ideas() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in TESTS}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_TEST_FILE} == {}


def test_packages_hide_no_code_in_their_init() -> None:
    assert [name_of(path) for path in FILES if path.name == "__init__.py" and path.stat().st_size] == []


def test_every_folder_of_code_is_a_package() -> None:
    folders = {path.parent for path in FILES}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_every_name_says_its_idea() -> None:
    parts = {part for path in FILES for part in name_of(path).split(".")}
    assert parts & NAMES_WITHOUT_AN_IDEA == set()


def test_the_pure_ring_calls_no_clock_and_opens_nothing() -> None:
    found = []
    for path in pure_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=called)) if called in IMPURE_FUNCTIONS:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {called}()")
                case ast.Call(func=ast.Attribute(attr=called)) if called in IMPURE_METHODS:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}: .{called}()")
    assert found == []


def test_the_pure_ring_is_looked_at() -> None:
    names = {name_of(path) for path in pure_files()}
    assert {"gateway.bus.plan", "gateway.model.scan", "gateway.sdk", "drivers.modbus.frames"} <= names
    assert "gateway.bus.bus" not in names
