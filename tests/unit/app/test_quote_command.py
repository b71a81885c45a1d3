"""`gateway orders quote`: amounts that are none, tariffs that are not there, and the answer in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.app.quote_command import money_mil
from gateway.cli import app
from gateway.model.errors import ConfigError, GatewayError

SITE = Path(__file__).parents[3] / "configs/sites/demo.yaml"
TARIFF = "id: a\nversion: 2\nservice:\n  - {by: energy, price_mil_per_kwh: 1000}\n"


def ask(*words: str) -> str:
    result = CliRunner().invoke(app, ["orders", "quote", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def why_not(*words: str) -> str:
    result = CliRunner().invoke(app, ["orders", "quote", *words])
    assert isinstance(result.exception, GatewayError | ConfigError), result.output
    text = str(result.exception)
    assert "\n" not in text
    return text


def test_a_tariff_in_a_file_is_quoted_for_people_and_for_machines(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(TARIFF)
    said = ask("--tariff", str(file), "--money", "2.00", "--wh", "500", "--lang", "en")
    assert said.splitlines()[0] == "tariff a version 2, a charger of 250 W"
    assert "500 Wh take 2 h 00 min and cost 0.50 yuan" in said
    assert "充 500 Wh 用时 2 小时 00 分, 费用 0.50 元" in ask("--tariff", str(file), "--wh", "500")
    body = json.loads(ask("--tariff", str(file), "--wh", "500", "--json", "--at", "2026-11-22T21:00"))
    assert (body["energy"]["costs_mil"], body["begins_ts_ms"]) == (500, 1_795_352_400_000)


def test_a_tariff_of_a_site_is_quoted_by_its_name() -> None:
    assert "shed" in ask("--site", str(SITE), "--id", "shed", "--money", "3")


def test_what_cannot_be_quoted_is_said_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(TARIFF.replace("1000", "-1"))
    assert "which tariff?" in why_not("--wh", "5")
    assert "a quote for what?" in why_not("--tariff", str(file))
    assert "--id ID" in why_not("--site", str(SITE), "--wh", "5")
    assert "there is no tariff `shd`; it has free, shed" in why_not("--site", str(SITE), "--id", "shd", "--wh", "5")
    assert "version 9" in why_not("--site", str(SITE), "--id", "shed", "--version", "9", "--wh", "5")
    assert f"{file}:4:" in why_not("--tariff", str(file), "--wh", "5")
    assert "no such file" in why_not("--tariff", str(tmp_path / "none"), "--wh", "5")
    file.write_text("- 1\n")
    assert "a tariff is an object" in why_not("--tariff", str(file), "--wh", "5")
    file.write_text(TARIFF)
    assert "2026-11-22T21:00" in why_not("--tariff", str(file), "--wh", "5", "--at", "tonight")


@pytest.mark.parametrize(
    ("text", "mil"), [("2", 2000), ("2.00", 2000), ("0.5", 500), ("10000", 10_000_000), ("0.001", 1)]
)
def test_an_amount_is_read_to_a_tenth_of_a_fen(text: str, mil: int) -> None:
    assert money_mil(text) == mil


@pytest.mark.parametrize("text", ["", "-1", "1,5", "1.2345", "1e3", "10001", "٣", ".5", "1.٣"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(GatewayError, match="--money"):
        money_mil(text)
