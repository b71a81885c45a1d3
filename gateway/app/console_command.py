"""`gateway console`: what only somebody on the box can do with the console of a gateway that runs there."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.app.box_acts import CONSOLE, ask_for_link, ask_to_arm, ask_to_open
from gateway.app.supervise import Folders
from gateway.console.access.roles import Role

console = typer.Typer(no_args_is_help=True, help="Let somebody in: a set-up code, a link, an open door for a while.")

NOT_THERE = 1
USAGE = 2
SIOCGIFADDR = 0x8915  # netdevice(7)
UNITS_S = {"s": 1, "m": 60, "h": 3600}

SiteFile = Annotated[Path, typer.Argument(metavar="SITE", help="Site file of the gateway that runs here.")]
StateFolder = Annotated[
    Path | None, typer.Option("--state", help="Folder of its log, where it is not the usual one (/var/lib/…).")
]


@console.command()
def arm(site: SiteFile, state: StateFolder = None) -> None:
    """Let the gateway show a fresh set-up code where it writes its lines (its terminal, or journalctl).

    Example: gateway console arm /etc/gateway/site.yaml
    """
    arm_in(_folder(site, state), "the gateway")


@console.command()
def link(
    site: SiteFile,
    role: Annotated[str, typer.Option(help="viewer, operator or installer.")] = "viewer",
    state: StateFolder = None,
) -> None:
    """Print a link that signs in once, within five minutes.

    Example: gateway console link /etc/gateway/site.yaml --role operator
    """
    nobody = f"{site}: no console answers; does it run, and has its site file `console: {{}}`?"
    link_in(_folder(site, state), role, nobody)


@console.command("open")
def open_(
    site: SiteFile,
    interface: Annotated[str, typer.Option(help="Network interface, as `ip addr` names it.")],
    for_: Annotated[str, typer.Option("--for", help="How long: 90s, 30m, 2h.")] = "30m",
    state: StateFolder = None,
) -> None:
    """Serve the console on a network interface for a while, over TLS.

    Example: gateway console open /etc/gateway/site.yaml --interface eth0 --for 30m
    """
    open_in(_folder(site, state), interface, for_, "the gateway")


def arm_in(folder: Path, who: str) -> None:
    """Ask the console of a folder for a set-up code; `who` says it."""
    ask_to_arm(folder)
    sys.stdout.write(f"asked: {who} says the code where it writes its lines\n")


def link_in(folder: Path, role: str, nobody: str) -> None:
    """Print a link that signs in once; `nobody` is said where no console answers."""
    if role.upper() not in Role.__members__:
        raise typer.BadParameter(f"{role}: viewer, operator or installer is wanted")
    found = asyncio.run(ask_for_link(folder, Role[role.upper()]))
    if found is None:
        sys.stderr.write(f"{nobody}\n")
        raise typer.Exit(NOT_THERE)
    sys.stdout.write(f"{found}\n")


def open_in(folder: Path, interface: str, for_: str, who: str) -> None:
    """Ask the console of a folder to be served on an interface for a while; `who` says where."""
    found = re.fullmatch(r"([1-9]\d{0,4})([smh])", for_)
    if found is None:
        raise typer.BadParameter(f"{for_}: a time like 90s, 30m or 2h is wanted")
    address = _address_of(interface)
    ask_to_open(folder, address, int(found[1]) * UNITS_S[found[2]])
    sys.stdout.write(f"asked: {address}, for {for_}; {who} says the link where it writes its lines\n")


def _folder(site: Path, state: Path | None) -> Path:
    if not site.is_file():
        raise typer.BadParameter(f"{site}: no such file")
    return (Folders.of(site).state if state is None else state) / CONSOLE


def _address_of(interface: str) -> str:
    """Return an interface's IPv4 address."""
    import fcntl  # noqa: PLC0415 - Linux

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        try:
            said = fcntl.ioctl(any_socket, SIOCGIFADDR, struct.pack("256s", interface[:15].encode()))
        except OSError as error:
            raise typer.BadParameter(f"{interface}: has no IPv4 address ({error.strerror}); see `ip addr`") from None
    return socket.inet_ntoa(said[20:24])
