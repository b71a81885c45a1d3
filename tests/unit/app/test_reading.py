"""A site that was read in a process of its own is the site; what is wrong with it is told once, by that process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.app.reading import ReadingError, read_site
from gateway.site.load import load_site

SITES = Path("configs/sites")
FIELD_NEVER_NEEDS = ("pydantic", "ruamel", "sqlite3", "email", "zipfile")


@pytest.mark.parametrize("to_protect", [True, False])
@pytest.mark.parametrize("site", sorted(SITES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_site_that_comes_over_is_the_site(site: Path, to_protect: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert read_site(site, {}, to_protect=to_protect) == load_site(site, with_tariffs=not to_protect)


def test_links_go_with_it(tmp_path: Path) -> None:
    site = load_site(SITES / "demo.yaml")
    links = {site.buses[0].name: "/dev/elsewhere"}
    assert read_site(SITES / "demo.yaml", links, to_protect=True) == load_site(
        SITES / "demo.yaml", links=links, with_tariffs=False
    )
    with pytest.raises(ReadingError) as error:
        read_site(SITES / "demo.yaml", {"no-such-bus": "x"}, to_protect=True)
    assert error.value.exit_code == 2
    with pytest.raises(ReadingError) as error:
        read_site(tmp_path / "nothing.yaml", {}, to_protect=False)
    assert error.value.exit_code in {1, 2}


def test_what_is_wrong_is_said_in_lines_with_their_place(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(
        (SITES / "single_bus.yaml").read_text(encoding="utf-8").replace("\nbuses:", "\nbusses:"), encoding="utf-8"
    )
    with pytest.raises(ReadingError) as error:
        read_site(file, {}, to_protect=True)
    said = capfd.readouterr().err
    assert error.value.exit_code == 2
    assert str(file) in said
    assert "busses" in said
    assert "Traceback" not in said


def test_field_never_loads_what_reads_files() -> None:
    program = f"import sys, gateway.app.field; print([n for n in {FIELD_NEVER_NEEDS} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
