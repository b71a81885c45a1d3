"""The commands. Each is a few lines that call `gateway.app`; errors end as one clear line and an exit code."""

from __future__ import annotations

import os
import signal
import sys

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a Ctrl-C during the imports below is no traceback either

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from gateway.app.console_command import console
from gateway.app.fleet_command import fleet
from gateway.app.orders_command import Lang, orders
from gateway.app.quote_command import quote
from gateway.model.errors import ConfigError, GatewayError

FAILED, USAGE, INTERRUPTED = 1, 2, 130

app = typer.Typer(
    name="gateway",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Edge gateway for e-bike charging piles: reads them on time and cuts an overcurrent off within a bound.",
)

orders.command()(quote)
app.add_typer(orders, name="orders")
app.add_typer(console, name="console")
app.command()(fleet)

SiteFile = Annotated[Path, typer.Argument(metavar="SITE", help="Site file, for example configs/sites/single_bus.yaml.")]


@app.command()
def check(
    site: SiteFile,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Read a site file and add up how soon an overcurrent is cut off; refuse what cannot be kept.

    Example: gateway check configs/sites/single_bus.yaml
    """
    from gateway.app.check import check as run  # noqa: PLC0415 - each command loads only what it needs

    raise typer.Exit(run(site, as_json=as_json))


@app.command()
def run(site: SiteFile) -> None:
    """Run a site: its lines under protection, its log, its uplinks, until Ctrl-C.

    Example: gateway run /etc/gateway/site.yaml
    """
    from gateway.app.check import judge  # noqa: PLC0415 - as above
    from gateway.app.supervise import supervise  # noqa: PLC0415 - as above
    from gateway.site.load import load_site  # noqa: PLC0415 - as above

    refusals = judge(load_site(site)).refusals
    for refusal in refusals:
        sys.stderr.write(f"{site}: {refusal}\n")
    raise typer.Exit(USAGE if refusals else supervise(site))


@app.command()
def demo(
    for_s: Annotated[
        float | None,
        typer.Option("--for", metavar="SECONDS", min=0, help="End by itself, with a summary and an exit code."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object.")] = False,  # noqa: FBT002 - a flag
    seed: Annotated[int, typer.Option(help="Of everything that happens by chance.")] = 1,
    lang: Annotated[Lang, typer.Option(help="Language of the screen.")] = Lang.EN,
) -> None:
    """Show the gateway at work in a simulated community: charges, purchases, deposits, an overload and its cutoff.

    Needs nothing else.

    Example: gateway demo --for 30
    """
    import asyncio  # noqa: PLC0415 - as above

    from gateway.app.demo import demo as play  # noqa: PLC0415 - as above

    raise typer.Exit(asyncio.run(play(for_s=for_s, as_json=as_json, seed=seed, is_chinese=lang is Lang.ZH)))


@app.command()
def simulate(
    site: Annotated[
        Path | None, typer.Argument(metavar="[SITE]", help="Site file whose devices are simulated.")
    ] = None,
    inject: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="TARGET FAULT", help="Let something happen to a running simulation."),
    ] = None,
    scenario: Annotated[
        Path | None, typer.Option(help="A story to play: a file, or the name of a shipped one.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of everything that happens by chance.")] = 1,
    faults: Annotated[bool, typer.Option("--faults", help="List every fault that can be injected.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Simulate the devices of a site on pseudo-terminals, or let something go wrong with those of a running one.

    Example: gateway simulate configs/sites/demo.yaml --scenario overload

    Example: gateway simulate --inject pile-02/outlet-05 overload=12A
    """
    from gateway.app.simulate import simulate as play  # noqa: PLC0415 - as above

    raise typer.Exit(play(site, inject, scenario, seed, faults=faults))


@app.callback(invoke_without_command=True)
def common(
    show_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,  # noqa: FBT002 - a flag
) -> None:
    if show_version:
        sys.stdout.write(f"gateway {_version()}\n")
        raise typer.Exit


def main() -> None:
    """Run the command line: 0 for success, 1 for failure, 2 for what the user must mend, 130 for Ctrl-C.

    `run`, `simulate` and a `demo` without an end are there to be ended: a Ctrl-C or SIGTERM is success for them once
    they are up. Where a command has nothing to put away, the signal itself ends it, which a shell shows as 130.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        app(prog_name="gateway")
    except ConfigError as error:
        sys.stderr.write("".join(f"{problem}\n" for problem in error.problems))
        sys.exit(USAGE)
    except GatewayError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(USAGE)
    except OSError as error:  # a full disk, a folder that is not ours
        where = "" if error.filename is None else f"{os.fsdecode(error.filename)}: "
        sys.stderr.write(f"{where}{error.strerror or error}\n")
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C does not spoil the ending


def _version() -> str:
    try:
        return version("community-gateway")
    except PackageNotFoundError:
        text = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
        return next(line.split('"')[1] for line in text.splitlines() if line.startswith("version"))


if __name__ == "__main__":
    main()
