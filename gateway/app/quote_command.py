"""`gateway orders quote`: what an amount buys and what a charge costs, under a tariff in a file or of a site."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.app.orders_command import Lang
from gateway.model.errors import ConfigError, GatewayError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.orders.tariff.offer import Offer
    from gateway.orders.tariff.tariff import Tariff

YUAN_MOST = 10_000


Watts = Annotated[int, typer.Option(metavar="W", min=1, max=100_000, help="Power of the charger.")]
MostWatts = Annotated[int, typer.Option(metavar="W", min=1, max=100_000, help="Most power that is allowed.")]
Energy = Annotated[int | None, typer.Option(metavar="WH", min=1, max=100_000, help="What does this energy cost?")]
Money = Annotated[str | None, typer.Option(metavar="YUAN", help="What does this amount buy?")]
File = Annotated[Path | None, typer.Option("--tariff", metavar="FILE", help="File with one tariff, JSON or YAML.")]
SiteFile = Annotated[Path | None, typer.Option("--site", metavar="SITE", help="Or the site file that has it.")]
TariffId = Annotated[str | None, typer.Option("--id", metavar="ID", help="Id of the site's tariff.")]
Version = Annotated[int | None, typer.Option(metavar="N", help="Its version; the newest if left out.")]
At = Annotated[str | None, typer.Option(metavar="TIME", help="When it begins, as 2026-11-22T21:00; else now.")]
Language = Annotated[Lang, typer.Option(help="Language of the answer.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def quote(
    *,
    tariff: File = None,
    site: SiteFile = None,
    tariff_id: TariffId = None,
    version: Version = None,
    money: Money = None,
    wh: Energy = None,
    power: Watts = 250,
    max_power: MostWatts = 1000,
    at: At = None,
    lang: Language = Lang.ZH,
    as_json: AsJson = False,
) -> None:
    """Say before a start what an amount buys, and what a charge costs.

    Example: gateway orders quote --site /etc/gateway/site.yaml --id shed-tou --money 2.00 --wh 500
    """
    from gateway.app.clock import wall_ms  # noqa: PLC0415 - each command loads only what it needs
    from gateway.orders.tariff.offer import Question, offer, offer_json  # noqa: PLC0415 - as above
    from gateway.orders.tariff.quote import Limits  # noqa: PLC0415 - as above

    if money is None and wh is None:
        raise GatewayError("a quote for what? name an amount with --money 2.00, an energy with --wh 500, or both")
    found = _tariff(tariff, site, tariff_id, version)
    question = Question(
        money_mil=None if money is None else money_mil(money),
        wh=wh,
        power_w=power,
        ts_ms=wall_ms() if at is None else _when(at, found),
    )
    made = offer(found, question, replace(Limits(), max_w=max_power))
    sys.stdout.write((json.dumps(offer_json(made)) if as_json else "\n".join(_lines(made, max_power, lang))) + "\n")


def money_mil(text: str) -> int:
    """Return an amount in yuan, of at most three decimals, as 0.001 yuan. Raises `GatewayError` for what is none."""
    whole, _, rest = text.partition(".")
    if not (whole.isdecimal() and whole.isascii()) or (rest and not (rest.isdecimal() and rest.isascii())):
        raise GatewayError(f"--money {text!a}: an amount in yuan, for example 2.00")
    if len(rest) > 3 or int(whole) > YUAN_MOST:  # noqa: PLR2004 - 0.001 yuan
        raise GatewayError(f"--money {text!a}: at most {YUAN_MOST} yuan, to 0.001")
    return 1000 * int(whole) + int(rest.ljust(3, "0") or 0)


def _when(text: str, tariff: Tariff) -> int:
    """Return a wall time of the tariff's own clock, ms since 1970."""
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415 - as above

    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        raise GatewayError(f"--at {text!a}: a time, for example 2026-11-22T21:00") from None
    if local.tzinfo is None:
        local = local.replace(tzinfo=UTC) - timedelta(minutes=tariff.utc_offset_min)
    return round(local.timestamp() * 1000)


def _tariff(file: Path | None, site: Path | None, tariff_id: str | None, version: int | None) -> Tariff:
    if (file is None) == (site is None):
        raise GatewayError("which tariff? name a file with --tariff FILE, or a site's with --site SITE --id ID")
    if file is not None:
        return _read(file)
    from gateway.edge.charging.tariffs import Tariffs  # noqa: PLC0415 - as above
    from gateway.site.load import load_site  # noqa: PLC0415 - as above

    if tariff_id is None or site is None:
        raise GatewayError("which tariff of the site? name it with --id ID")
    tariffs = Tariffs(load_site(site).tariffs)
    found = tariffs.find(tariff_id, version)
    if found is None:
        named = f"tariff `{tariff_id}`" + ("" if version is None else f" version {version}")
        raise GatewayError(f"{site}: there is no {named}; it has {', '.join(sorted(tariffs.home))}")
    return found


def _read(file: Path) -> Tariff:
    """Return the tariff in a file. Raises `ConfigError` with every problem of it, and where it stands."""
    from gateway.orders.tariff.form import TariffError, read_tariff  # noqa: PLC0415 - as above
    from gateway.profile.document import parse  # noqa: PLC0415 - as above
    from gateway.profile.load import read_text  # noqa: PLC0415 - as above
    from gateway.site.lint_tariffs import place_of  # noqa: PLC0415 - as above

    document = parse(read_text(file), str(file))
    if document.problems:
        raise ConfigError(document.problems)
    written = document.data
    if not isinstance(written, dict):
        raise ConfigError([document.problem((), "a tariff is an object with `id`, `version` and its rates")])
    try:
        return read_tariff(written)
    except TariffError as error:
        raise ConfigError(
            [document.problem(place_of(problem, written), problem) for problem in error.problems]
        ) from None


WORDS = {
    Lang.EN: (
        "tariff {id} version {version}, a charger of {power} W",
        "{money} yuan buys {wh} Wh in {time}, billed {cost} yuan",
        "  at the worst, with up to {max} W: {wh} Wh, {time}",
        "{wh} Wh take {time} and cost {cost} yuan",
        "  at the worst, with up to {max} W: {cost} yuan",
        "{h} h {min:02} min",
    ),
    Lang.ZH: (
        "计费方案 {id} 第 {version} 版, 充电器 {power} W",
        "{money} 元可充 {wh} Wh, 用时 {time}, 计费 {cost} 元",
        "  最不利时 (功率不超过 {max} W): {wh} Wh, {time}",
        "充 {wh} Wh 用时 {time}, 费用 {cost} 元",
        "  最不利时 (功率不超过 {max} W): {cost} 元",
        "{h} 小时 {min:02} 分",
    ),
}
"""The lines of a quote, and how a time is said. Forms for `str.format`."""


def _lines(made: Offer, max_w: int, lang: Lang) -> Iterator[str]:
    from gateway.orders.tariff.text import yuan  # noqa: PLC0415 - as above

    title, buys, buys_least, costs, costs_most, spent = WORDS[lang]

    def said(seconds: int) -> str:
        return spent.format(h=seconds // 3600, min=seconds % 3600 // 60)

    yield title.format(id=made.tariff.id, version=made.tariff.version, power=made.question.power_w)
    if made.money is not None:
        typical, least = made.money.typical, made.money.least
        money, cost = yuan(made.money.money_mil), yuan(typical.amount_mil)
        yield buys.format(money=money, wh=typical.wh, time=said(typical.s), cost=cost)
        yield buys_least.format(max=max_w, wh=least.max_wh, time=said(least.max_s))
    if made.energy is not None:
        typical = made.energy.typical
        yield costs.format(wh=typical.wh, time=said(typical.s), cost=yuan(typical.amount_mil))
        yield costs_most.format(max=max_w, cost=yuan(made.energy.most_mil))
