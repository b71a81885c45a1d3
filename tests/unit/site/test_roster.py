"""The roster of a console of many gateways: a file of its own, judged as a site file is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.model.errors import ConfigError
from gateway.model.site import Receiver
from gateway.site.roster import load_roster

if TYPE_CHECKING:
    from pathlib import Path

DUTY = "notify:\n  - {name: duty, form: wecom, url_file: duty.url, severity: medium}\n"


def test_a_roster_names_its_receivers_with_files_beside_it(tmp_path: Path) -> None:
    (tmp_path / "roster.yaml").write_text(DUTY)
    (duty,) = load_roster(tmp_path / "roster.yaml")
    assert duty == Receiver(name="duty", form="wecom", url_file=str(tmp_path / "duty.url"), severity="medium")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the file is empty"),
        ("notify: []", "notify"),
        (f"{DUTY}  - {{name: duty, form: wecom, url: 'https://x/'}}", "a second receiver `duty`"),
        ("notify:\n  - {name: duty, form: wecom}", "either `url` or `url_file`"),
        (f"{DUTY}site: x", "site"),
    ],
)
def test_a_roster_that_cannot_be_used_is_refused_in_one_line_with_its_place(
    text: str, says: str, tmp_path: Path
) -> None:
    file = tmp_path / "roster.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load_roster(file)
    (problem,) = refused.value.problems
    assert says in str(problem)
    assert str(problem).startswith(str(file))
