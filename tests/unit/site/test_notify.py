"""The roster in a site file: who is told of alarms, and what keeps somebody from being on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.model.site import Receiver
from tests.unit.site.test_site import GOOD, loaded, problems_of

ROBOT = "notify:\n  - {name: duty, form: wecom, url_file: duty.url, severity: medium}\n"


def test_a_receiver_is_on_the_roster_with_its_files_beside_the_site() -> None:
    plain = "  - {name: office, url: 'https://x.example/hook?a=1', secret_file: /etc/key, after_s: 900, language: en}\n"
    duty, office = loaded(GOOD + ROBOT + plain).notify
    assert duty == Receiver(name="duty", form="wecom", url_file="/etc/gateway/duty.url", severity="medium")
    assert (office.url, office.secret_file, office.after_s) == ("https://x.example/hook?a=1", "/etc/key", 900)


@pytest.mark.parametrize("page", ["alarms.md", "alarms.zh-CN.md"])
def test_the_roster_that_the_documentation_shows_is_taken(page: str) -> None:
    text = (Path(__file__).parents[3] / "docs" / "how-to" / page).read_text(encoding="utf-8")
    shown = text.partition("```yaml\n")[2].partition("```")[0]
    assert len(loaded(GOOD + shown).notify) == 3


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("{name: duty, form: wecom}", "either `url` or `url_file`"),
        ("{name: duty, form: wecom, url: 'https://x/', url_file: y}", "either `url` or `url_file`"),
        ("{name: duty, url: 'https://x/'}", "needs `secret_file`"),
        ("{name: duty, form: wecom, url: 'file:///etc/passwd'}", "url"),
        ("{name: duty, form: sms, url_file: x}", "form"),
        ("{name: duty, form: wecom, url_file: x}\n  - {name: duty, form: wecom, url_file: x}", "a second receiver"),
    ],
)
def test_who_cannot_be_reached_is_refused_in_one_line(written: str, says: str) -> None:
    (problem,) = problems_of(f"{GOOD}notify:\n  - {written}\n")
    assert says in str(problem)
