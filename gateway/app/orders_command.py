"""The words of `gateway orders` on the command line."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.model.errors import GatewayError


class Lang(StrEnum):
    """What a receipt can be read in."""

    ZH = "zh"
    EN = "en"


Log = Annotated[Path | None, typer.Option("--log", metavar="FILE", help="The log's file.")]
SiteFile = Annotated[Path | None, typer.Option("--site", metavar="SITE", help="Or the site file of its gateway.")]
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

    raise typer.Exit(show_order(_log(log, site), order))


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
) -> None:
    """Write all orders as a table for a spreadsheet.

    Example: gateway orders export orders.csv --site /etc/gateway/site.yaml
    """
    from gateway.app.orders import export_orders  # noqa: PLC0415 - as above

    raise typer.Exit(export_orders(_log(log, site), file))


def _log(log: Path | None, site: Path | None) -> Path:
    from gateway.app.orders import log_of  # noqa: PLC0415 - as above

    if log is None and site is None:
        raise GatewayError("which log? name it with --log FILE, or its gateway's site file with --site SITE")
    return log if log is not None else log_of(site)  # type: ignore[arg-type]  # one of the two is given
