"""The start script against an installer of our own that says what it was asked."""

import ast
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "run"

# Stands in for uv: notes the file that it is asked to install, and fails when a file of that name lies in `refused/`.
UV = """#!/bin/sh
for last; do :; done
basename "$last" .txt >>{here}/asked
echo "$UV_DEFAULT_INDEX $UV_PYTHON_DOWNLOADS" >{here}/told
if [ -e "{here}/refused/$(basename "$last" .txt)" ]; then echo "error: no wheel" >&2; exit 1; fi
"""


@dataclass(frozen=True, slots=True)
class Tree:
    """A copy of `run` with a gateway that only prints its arguments."""

    path: Path

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        env = {"PATH": f"{self.path}/bin", "HOME": str(self.path), "PYTHONPATH": f"{self.path}/no", "LANG": "C.UTF-8"}
        command = [sys.executable, str(self.path / "run"), *arguments]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    def program(self, name: str, text: str = "#!/bin/sh\n") -> None:
        tools = self.path / "bin"
        tools.mkdir(exist_ok=True)
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)

    def refuse(self, name: str) -> None:
        (self.path / "refused").mkdir(exist_ok=True)
        (self.path / "refused" / name).touch()

    def asked(self) -> list[str]:
        """What the installer was asked for since the last look."""
        notes = self.path / "asked"
        lines = notes.read_text().split() if notes.exists() else []
        notes.unlink(missing_ok=True)
        return lines


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    made = Tree(tmp_path)
    (tmp_path / "run").write_text(SCRIPT.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / ".requirements").mkdir()
    for name in ("core", "broker", "browser", "influx", "test", "xlsx"):
        (tmp_path / ".requirements" / f"{name}.txt").write_text(f"no-such-{name}==1.0 --hash=sha256:{'0' * 64}\n")
    (tmp_path / "no").mkdir()
    for way in ("pip", "ensurepip"):  # as on a system where python3-venv and python3-pip are missing
        (tmp_path / "no" / f"{way}.py").write_text("raise SystemExit(1)\n")
    (tmp_path / "gateway").mkdir()
    (tmp_path / "gateway" / "cli.py").write_text("import sys\nprint('gateway', *sys.argv[1:])\n")
    for tool in ("basename", "sh"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / tool).symlink_to(f"/usr/bin/{tool}")
    made.program("uv", UV.format(here=tmp_path))
    return made


def test_an_old_python_can_read_the_script() -> None:
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 6))


def test_an_old_python_gets_one_sentence() -> None:
    pretend = f"import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
    env = {"PATH": "/nowhere", "LANG": "C.UTF-8"}
    done = subprocess.run([sys.executable, "-c", pretend], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("run: Python 3.11 or newer is needed; this is Python 3.9")
    assert "Traceback" not in done.stderr


@pytest.mark.endtoend
class TestSetUp:
    def test_the_first_start_installs_and_the_next_one_only_starts(self, tree: Tree) -> None:
        first = tree.run("check", "site.yaml", "--json")
        assert (first.returncode, first.stdout, tree.asked()) == (0, "gateway check site.yaml --json\n", ["core"])
        second = tree.run("gateway", "--help")
        assert (second.stdout, second.stderr, tree.asked()) == ("gateway --help\n", "", [])

    def test_only_what_a_verb_needs_is_added(self, tree: Tree) -> None:
        tree.run("check")
        tree.asked()
        tree.run("--with", "influx", "run")
        assert tree.asked() == ["influx"]
        tree.run("lint")
        assert tree.asked() == ["broker", "test", "xlsx", "browser"]

    def test_the_index_that_only_pip_knows_is_passed_on(self, tree: Tree) -> None:
        settings = tree.path / ".config" / "pip"
        settings.mkdir(parents=True)
        (settings / "pip.conf").write_text("[global]\nindex-url = https://mirror.example/simple\n")
        tree.run("check")
        assert (tree.path / "told").read_text().split() == ["https://mirror.example/simple", "never"]

    def test_changed_pins_are_installed(self, tree: Tree) -> None:
        tree.run("check")
        tree.asked()
        (tree.path / ".requirements" / "core.txt").write_text("no-such-core==2.0\n")
        tree.run("check")
        assert tree.asked() == ["core"]

    def test_a_half_made_folder_is_made_again(self, tree: Tree) -> None:
        tree.run("check")
        (tree.path / ".venv" / "installed.json").unlink()
        left_over = tree.path / ".venv" / "left-over"
        left_over.touch()
        assert tree.run("check").returncode == 0
        assert not left_over.exists()

    def test_a_copied_tree_does_not_run_the_code_of_the_first(self, tree: Tree, tmp_path: Path) -> None:
        tree.run("check")
        copy = tmp_path / "copy"
        copy.mkdir()
        for name in ("run", ".requirements", "gateway", "bin", ".venv"):
            subprocess.run(["cp", "-a", str(tmp_path / name), str(copy / name)], check=True)
        (copy / "gateway" / "cli.py").write_text("print('the copy')\n")
        assert Tree(copy).run("check").stdout == "the copy\n"

    def test_a_failed_download_is_told_in_two_languages_and_costs_nothing_that_was_there(self, tree: Tree) -> None:
        tree.run("check")
        tree.refuse("test")
        failed = tree.run("test")
        assert failed.returncode == 1
        assert "PIP_INDEX_URL" in failed.stderr
        assert "镜像源" in failed.stderr
        assert "Traceback" not in failed.stderr
        tree.asked()
        assert tree.run("check").stdout == "gateway check\n"
        assert tree.asked() == []

    def test_a_failed_first_start_leaves_nothing_behind(self, tree: Tree) -> None:
        tree.refuse("core")
        assert tree.run("check").returncode == 1
        assert not (tree.path / ".venv").exists()

    def test_without_any_installer_one_apt_line_is_the_answer(self, tree: Tree) -> None:
        (tree.path / "bin" / "uv").unlink()
        tree.program("apt")
        failed = tree.run("demo")
        assert failed.returncode == 2
        line = failed.stderr.splitlines()[-1].strip().replace("sudo ", "")
        assert line.startswith("apt update && apt install python3")
        assert not (tree.path / ".venv").exists()

    def test_the_demo_goes_on_without_a_broker_and_asks_again_unless_another_stands_in(self, tree: Tree) -> None:
        tree.refuse("broker")
        assert tree.run("demo").stdout == "gateway demo\n"
        assert tree.asked() == ["core", "broker"]
        tree.run("demo")
        assert tree.asked() == ["broker"]
        tree.program("mosquitto")
        tree.run("demo")
        assert tree.asked() == []


@pytest.mark.endtoend
def test_help_needs_nothing_installed(tree: Tree) -> None:
    done = tree.run("--help")
    assert done.returncode == 0
    assert "Example: ./run demo" in done.stdout
    assert not (tree.path / ".venv").exists()


@pytest.mark.endtoend
def test_benchmarks_are_listed_when_the_name_is_unknown(tree: Tree) -> None:
    benches = tree.path / "tests" / "bench"
    benches.mkdir(parents=True)
    (benches / "bus.py").write_text('if __name__ == "__main__":\n    print("bus ran")\n')
    (benches / "table.py").write_text("WIDTH = 80\n")
    unknown = tree.run("bench", "bos")
    assert unknown.returncode == 2
    assert unknown.stderr.endswith("run: which benchmark? There are: bus, all\n")
    assert tree.run("bench", "bus").stdout == "bus ran\n"
