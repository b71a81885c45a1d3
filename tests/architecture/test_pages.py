"""The pages for people: links lead somewhere, commands parse, payloads are taken, both languages show the same."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from gateway.cli import app
from gateway.uplink.judge import Accepted, Arrived, judge
from gateway.uplink.topic import Topics

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")])
TWINS = [page for page in PAGES if ".zh-CN" not in page.name and page.parent.name in (ROOT.name, "how-to")]
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\s*(?:\$ )?(?:sudo )?(?:\./run|gateway) .+$", re.MULTILINE)
VERBS_OF_RUN = {"test", "bench", "lint"}


def fences(page: Path, language: str = "") -> list[str]:
    return [text for kind, text in FENCE.findall(page.read_text(encoding="utf-8")) if kind == language]


def commands(page: Path) -> list[list[str]]:
    """Return the arguments of every `./run` and `gateway` command that a page shows."""
    found = [line for text in fences(page) for line in COMMAND.findall(text)]
    found += re.findall(r"`((?:sudo )?(?:\./run|gateway) [^`]+)`", page.read_text(encoding="utf-8"))
    return [shlex.split(line.replace("$ ", "").replace("sudo ", ""), comments=True)[1:] for line in found]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_can_be_typed_as_it_stands(page: Path) -> None:
    cli = typer.main.get_command(app)
    assert isinstance(cli, TyperGroup)
    for words in commands(page):
        verb, *rest = words[2:] if words[0] == "--with" else words
        if verb in VERBS_OF_RUN:
            assert verb != "bench" or not rest or (ROOT / "tests" / "bench" / f"{rest[0]}.py").exists(), words
        elif verb in cli.commands:
            if rest:  # else a page only names it
                cli.commands[verb].make_context(verb, rest)
        else:
            assert page.name.startswith("ARCHITECTURE") or verb.startswith("VERB"), words


@pytest.mark.parametrize("page", TWINS, ids=lambda page: page.name)
def test_both_languages_show_the_same_commands_and_payloads(page: Path) -> None:
    def shown(of: Path) -> list[str]:
        return [re.sub(r" *#.*", "", text) for kind, text in FENCE.findall(of.read_text(encoding="utf-8")) if kind]

    twin = page.with_name(f"{page.stem}.zh-CN.md")
    assert shown(twin) == shown(page)
    assert commands(twin) == commands(page) or page.name == "README.md"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_payload_is_a_command_that_the_gateway_takes(page: Path) -> None:
    topics = Topics("gw/riverside-12/gw-1/")
    for line in "".join(fences(page)).splitlines():
        if line.strip().startswith("mosquitto_pub"):
            words = shlex.split(line)
            payload = words[words.index("-m") + 1]
            arrived = Arrived(
                authority=topics.commands[words[words.index("-t") + 1]],
                payload=payload.encode(),
                retained="-r" in words,
            )
            verdict = judge(arrived, topics=topics, session=json.loads(payload).get("session", ""), now_s=0.0)
            assert isinstance(verdict, Accepted), (line, verdict)
