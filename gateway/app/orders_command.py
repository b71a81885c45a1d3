"""The words of `gateway orders` on the command line."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.model.errors import GatewayError

if TYPE_CHECKING:
    from datetime import tzinfo

    from gateway.orders.tariff.text import Language


class Form(StrEnum):
    """What a table can be written as."""

    CSV = "csv"
    XLSX = "xlsx"


class Lang(StrEnum):
    """What a receipt can be read in."""

    ZH = "zh"
    EN = "en"


Log = Annotated[Path | None, typer.Option("--log", metavar="FILE", help="The log's file.")]
SiteFile = Annotated[Path | None, typer.Option("--site", metavar="SITE", help="Or the site file of its gateway.")]
TableForm = Annotated[Form | None, typer.Option("--format", help="Of the table; by the name of its file if left out.")]
OrderName = Annotated[str, typer.Argument(metavar="ORDER", help="Id of the order.")]

orders = typer.Typer(
    no_args_is_help=True,
    help="Show what a log says of its orders; the gateway that owns it may go on running.",
)


@orders.command("list")
def list_(log: Log = None, site: SiteFile = None) -> None:
    """List all orders with their stage, energy, time and amount.

    Example: gateway orders list --site /etc/gateway/site.yaml
    """
    from gateway.app.orders import list_orders  # noqa: PLC0415 - each command loads only what it needs

    raise typer.Exit(list_orders(_log(log, site)))


@orders.command()
def show(order: OrderName, log: Log = None, site: SiteFile = None) -> None:
    """Show every record of one order.

    Example: gateway orders show A-1 --log log.sqlite
    """
    from gateway.app.orders import show_order  # noqa: PLC0415 - as above

    raise typer.Exit(show_order(_log(log, site), order, _zone(site)))


@orders.command()
def receipt(
    order: OrderName,
    log: Log = None,
    site: SiteFile = None,
    lang: Annotated[Lang, typer.Option(help="Language of the receipt.")] = Lang.ZH,
) -> None:
    """Print the receipt of one order, line by line.

    Example: gateway orders receipt A-1 --log log.sqlite --lang en
    """
    from gateway.app.orders import print_receipt  # noqa: PLC0415 - as above

    raise typer.Exit(print_receipt(_log(log, site), order, is_chinese=lang is Lang.ZH))


@orders.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to write: .csv, or .xlsx.")],
    log: Log = None,
    site: SiteFile = None,
    form: TableForm = None,
) -> None:
    """Write all orders as a table for a spreadsheet; money is yuan, times are the site's.

    Example: gateway orders export orders.csv --site /etc/gateway/site.yaml
    """
    from gateway.app.orders import export_orders  # noqa: PLC0415 - as above

    raise typer.Exit(export_orders(_log(log, site), file, _zone(site), is_xlsx=_is_xlsx(file, form)))


@orders.command()
def reconcile(
    log: Log = None,
    site: SiteFile = None,
    day: Annotated[
        str | None,
        typer.Option(metavar="DAY", help="As 2026-11-21, by the site's clock; the newest that is over if left out."),
    ] = None,
    lang: Annotated[Lang, typer.Option(help="Language of the report.")] = Lang.ZH,
    is_json: Annotated[bool, typer.Option("--json", help="As the cloud gets it.")] = False,  # noqa: FBT002 - a flag
    table: Annotated[Path | None, typer.Option(metavar="FILE", help="As a table: .csv, or .xlsx.")] = None,
    form: TableForm = None,
) -> None:
    """Compare a day's orders with what was measured: meters, stock, weights, points, money.

    Example: gateway orders reconcile --site /etc/gateway/site.yaml --day 2026-11-21 --lang en
    """
    from gateway.app.orders_reconcile import Wanted  # noqa: PLC0415 - as above
    from gateway.app.orders_reconcile import reconcile as show  # noqa: PLC0415 - as above

    wanted = Wanted(day=day, language=_language(lang), as_json=is_json, file=table, is_xlsx=_is_xlsx(table, form))
    raise typer.Exit(show(_log(log, site), _zone(site), wanted))


def _is_xlsx(file: Path | None, form: Form | None) -> bool:
    """Return whether a file is to be written as .xlsx: as asked for, else as its name says."""
    return form is Form.XLSX if form is not None else file is not None and file.suffix.lower() == ".xlsx"


def _language(lang: Lang) -> Language:
    from gateway.orders.tariff.text import Language  # noqa: PLC0415 - as above

    return Language.ZH_CN if lang is Lang.ZH else Language.EN


def _zone(site: Path | None) -> tzinfo:
    """Return where a site's days begin; a log alone does not say it, and is taken to be from China."""
    from gateway.app.zone import DEFAULT, zone_of  # noqa: PLC0415 - as above
    from gateway.site.load import load_site  # noqa: PLC0415 - as above

    return zone_of(DEFAULT if site is None else load_site(site, with_tariffs=False).timezone)


def _log(log: Path | None, site: Path | None) -> Path:
    from gateway.app.orders import log_of  # noqa: PLC0415 - as above

    if log is None and site is None:
        raise GatewayError("which log? name it with --log FILE, or its gateway's site file with --site SITE")
    return log if log is not None else log_of(site)  # type: ignore[arg-type]  # one of the two is given
