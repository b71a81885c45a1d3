"""The import contracts hold, and no module stands outside them."""

import subprocess
import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
CONTRACTS = {contract["id"]: contract for contract in LINTER["contracts"]}


def test_every_contract_is_kept() -> None:
    command = [sys.executable, "-P", "-c", "from importlinter.cli import lint_imports_command as main; main()"]
    done = subprocess.run([*command, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_part_of_the_gateway_has_its_layer() -> None:
    layered = {name.strip(" ()") for layer in CONTRACTS["layers"]["layers"] for name in layer.split("|")}
    places = {name.removeprefix("gateway.").split(".")[0] for name in layered}
    parts = {path.stem for path in (ROOT / "gateway").iterdir() if path.stem.strip("_") == path.stem}
    assert parts - {"testing"} <= places, "name the new package in the layers of pyproject.toml"


@pytest.mark.parametrize("root", ["field", "supervise"])
def test_a_composition_root_of_the_protecting_side_is_held_light(root: str) -> None:
    if (ROOT / "gateway" / "app" / f"{root}.py").exists():
        assert f"gateway.app.{root}" in CONTRACTS["light"]["source_modules"]


def test_no_module_leads_back_to_itself_not_even_by_a_type() -> None:
    graph = grimp.build_graph("gateway", "drivers", "simulators", cache_dir=None)
    arrows = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
