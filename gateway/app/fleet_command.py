"""`gateway fleet`: one console over many gateways, from what a broker carries."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from gateway.app.console_command import arm_in, link_in, open_in
from gateway.app.zone import DEFAULT, zone_of
from gateway.model.site import ConsoleSetup, MqttUplink, Tls
from gateway.site.roster import load_roster
from gateway.uplink.topic import Topics

PORT, TLS_PORT = 1883, 8883
WHO = "the fleet console"
FOLDER = "community-gateway-fleet"


def fleet(
    broker: Annotated[str, typer.Argument(metavar="BROKER", help="HOST, HOST:PORT or mqtts://HOST:PORT.")] = "",
    *,
    user: Annotated[str, typer.Option(help="User name at the broker.")] = "",
    password_file: Annotated[Path | None, typer.Option(help="File with the password.")] = None,
    ca_file: Annotated[Path | None, typer.Option(help="Whom to trust with mqtts://, where not the system's.")] = None,
    prefix: Annotated[str, typer.Option(help="Of all topics, before SITE/GATEWAY/.")] = "gw/",
    address: Annotated[str, typer.Option(help="Where the console is served; beyond loopback over TLS.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="And at which port.")] = 8801,
    name: Annotated[list[str] | None, typer.Option(help="What it may be called in a browser, beside that.")] = None,
    state: Annotated[Path | None, typer.Option(help="Folder of its accounts, events and orders.")] = None,
    notify: Annotated[
        Path | None, typer.Option(help="File with the roster of who is told of alarms from here, as a site file's.")
    ] = None,
    timezone: Annotated[str, typer.Option(help="Where its days begin.")] = DEFAULT,
    arm: Annotated[bool, typer.Option("--arm", help="Let the one that runs here say a fresh set-up code.")] = False,
    link: Annotated[str, typer.Option(metavar="ROLE", help="Print a link into the one that runs here.")] = "",
    open_: Annotated[str, typer.Option("--open", metavar="INTERFACE", help="Serve it there as well, over TLS.")] = "",
    for_: Annotated[str, typer.Option("--for", help="How long with --open: 90s, 30m, 2h.")] = "30m",
) -> None:
    """Show many gateways on one console, fed by a broker alone. Its first account is made with the code that it says.

    Example: gateway fleet broker.example.com --user fleet --password-file /etc/gateway/fleet.password
    Without BROKER it asks the one that runs here: gateway fleet --link operator
    """
    folder = _folder() if state is None else state
    if arm or link or open_:
        _ask(folder, broker, arm=arm, link=link, interface=open_, for_=for_)
        return
    if not broker:
        raise typer.BadParameter("BROKER is missing: HOST, HOST:PORT or mqtts://HOST:PORT")
    from gateway.app.fleet import fleet as run  # noqa: PLC0415 - loaded only where it is wanted

    target = _target(broker, user, password_file, ca_file, prefix)
    setup = ConsoleSetup(address=address, port=port, names=tuple(name or ()))
    roster = () if notify is None else load_roster(notify)
    asyncio.run(run(target, setup, folder, zone_of(timezone), roster))


def _ask(folder: Path, broker: str, *, arm: bool, link: str, interface: str, for_: str) -> None:
    """Ask the fleet console that runs on this box, as `gateway console` asks that of a gateway."""
    if broker or arm + bool(link) + bool(interface) != 1:
        raise typer.BadParameter("one of --arm, --link and --open is wanted, without BROKER")
    if not folder.is_dir():
        raise typer.BadParameter(f"{folder}: no fleet console has run here; see --state")
    if arm:
        arm_in(folder, WHO)
    elif link:
        link_in(folder, link, f"{folder}: no fleet console answers; does it run, with this --state?")
    else:
        open_in(folder, interface, for_, WHO)


def _target(broker: str, user: str, password_file: Path | None, ca_file: Path | None, prefix: str) -> MqttUplink:
    scheme, separator, where = broker.rpartition("://")
    if separator and scheme not in ("mqtt", "mqtts"):
        raise typer.BadParameter(f"{broker}: mqtt://HOST:PORT or mqtts://HOST:PORT is wanted")
    is_secure = scheme == "mqtts"
    host, colon, digits = where.rpartition(":") if not where.endswith("]") else ("", "", where)
    host, digits = (host, digits) if colon else (where, str(TLS_PORT if is_secure else PORT))
    if not host or not digits.isdecimal():
        raise typer.BadParameter(f"{broker}: HOST or HOST:PORT is wanted, as broker.example.com:8883")
    try:
        below = Topics(prefix).prefix
    except ValueError as error:
        raise typer.BadParameter(f"--prefix {prefix}: {error}") from None
    return MqttUplink(
        host=host.strip("[]"),
        port=int(digits),
        prefix=below,
        user=user,
        password_file="" if password_file is None else str(password_file.absolute()),
        tls=Tls(ca_file="" if ca_file is None else str(ca_file.absolute())) if is_secure else None,
    )


def _folder() -> Path:
    """Return the folder of who runs it: the system's for root, one's own for others."""
    if os.geteuid() == 0:
        return Path("/var/lib") / FOLDER
    own = os.environ.get("XDG_STATE_HOME") or (Path.home() / ".local" / "state")
    return Path(own) / FOLDER
