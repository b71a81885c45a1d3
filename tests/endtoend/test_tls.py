"""TLS with certificates on both sides against a real Mosquitto, with the shipped broker configuration and access list."""

from __future__ import annotations

import asyncio
import json
import subprocess
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.model.site import MqttUplink, Tls
from gateway.uplink.connection import ConnectionEnded, connected
from gateway.uplink.settings import MqttPace
from gateway.uplink.topic import Authority as Topic
from tests.endtoend.mosquitto import Mosquitto

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

pytestmark = pytest.mark.endtoend

SHIPPED = Path(__file__).resolve().parents[2] / "configs" / "system"
IN_PLACE = "/etc/mosquitto/community-gateway"
BOX = "gw/shed/box/"
OWN = {"orders": "order", "terminal": "terminal", "safety": "safety", "service": "service"}
"""Who may write to which command topic."""

SOON_S = 5.0
"""Everything here is on loopback; a broker that wants a certificate must not look like one that does not answer."""


@dataclass(frozen=True)
class Authority:
    """A folder with an authority of its own, and what it has signed."""

    folder: Path
    openssl: str

    def make(self, name: str, *options: str) -> None:
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key"]
        self._run("req", *key, "-out", name, *options)

    def root(self, name: str) -> None:
        self.make(f"{name}.crt", "-x509", "-subj", f"/CN={name}", "-days", "30", "-keyout", f"{name}.key")

    def sign(self, name: str, common_name: str, *, by: str = "ca", days: int = 30, host: str = "") -> None:
        self.make(f"{name}.csr", "-subj", f"/CN={common_name}", "-keyout", f"{name}.key")
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName = IP:{host}\n" if host else "", encoding="ascii")
        request = ["-req", "-in", f"{name}.csr", "-CA", f"{by}.crt", "-CAkey", f"{by}.key", "-CAcreateserial"]
        self._run("x509", *request, "-out", f"{name}.crt", "-days", str(days), "-extfile", extensions.name)

    def _run(self, *arguments: str) -> None:
        subprocess.run([self.openssl, *arguments], cwd=self.folder, check=True, capture_output=True)

    def shown(self, name: str, trusted: str = "ca", key: str = "") -> Tls:
        """Return what a client configures that shows this certificate; an empty name for none."""
        file, secret = f"{self.folder}/{name}.crt", f"{self.folder}/{key or name}.key"
        return Tls(ca_file=f"{self.folder}/{trusted}.crt", cert_file=name and file, key_file=name and secret)


@pytest.fixture(scope="module")
def issued(real_program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Authority:
    authority = Authority(tmp_path_factory.mktemp("certificates"), real_program("openssl"))
    authority.root("ca")
    authority.root("other")
    authority.sign("server", "broker", host="127.0.0.1")
    authority.sign("elsewhere", "broker", host="192.0.2.1")
    authority.sign("ended", "broker", host="127.0.0.1", days=-1)
    for name in ("shed", *OWN):
        authority.sign(name, name)
    authority.sign("stranger", "shed", by="other")
    authority.sign("expired", "shed", days=-1)
    (authority.folder / "junk.crt").write_text("no certificate\n", encoding="ascii")
    return authority


def shipped_configuration(folder: Path, server: str) -> str:
    """Return the shipped configuration with its paths and port moved into a test's folder."""
    text = (SHIPPED / "mosquitto.conf").read_text(encoding="utf-8")
    acl = folder / "mosquitto.acl"
    acl.write_text((SHIPPED / "mosquitto.acl").read_text(encoding="utf-8"), encoding="utf-8")
    acl.chmod(0o600)
    moved = text.replace(f"{IN_PLACE}/server.", f"{folder}/{server}.").replace(IN_PLACE, str(folder))
    # What the test's own broker says already may not be said twice.
    ours = ("persistence", "autosave", "max_queued", "set_tcp", "listener")
    return "".join(f"{line}\n" for line in moved.splitlines() if not line.startswith(ours))


@asynccontextmanager
async def broker(program: str, issued: Authority, server: str = "server") -> AsyncIterator[Mosquitto]:
    made = Mosquitto(program, issued.folder)
    made.extra = shipped_configuration(issued.folder, server)
    await made.start()
    try:
        yield made
    finally:
        await made.kill()


async def why_not(port: int, tls: Tls | None) -> str:
    """Try to connect; return the line that says why not, or an empty string."""
    target = MqttUplink(host="127.0.0.1", port=port, prefix=BOX, tls=tls)
    async with asyncio.timeout(SOON_S):
        try:
            async with connected(
                target, MqttPace(), identifier="box", will_topic=f"{BOX}status", will=b"{}"
            ) as connection:
                await connection.subscribe({f"{BOX}command/order": 1})
                await connection.publish(f"{BOX}status", b"{}", retain=True)
        except ConnectionEnded as end:
            return str(end)
    return ""


async def test_each_wrong_certificate_is_one_line_at_once_that_says_which(
    real_program: Callable[[str], str], issued: Authority
) -> None:
    async with broker(real_program("mosquitto"), issued) as made:
        where = f"the broker 127.0.0.1:{made.port}"
        wants = "closes the connection before it answers: most likely it wants a client certificate that it trusts"
        assert await why_not(made.port, issued.shown("shed")) == ""
        for name in ("", "stranger", "expired"):
            assert (await why_not(made.port, issued.shown(name))).startswith(f"{where} {wants}"), name
        said = await why_not(made.port, issued.shown("shed", trusted="other"))
        assert said.startswith(f"{where} is not trusted: self-signed certificate in certificate chain (check ca_file")
        said = await why_not(made.port, None)
        assert said == f"{where} closes the connection before it answers: no MQTT broker, or one that wants TLS"


@pytest.mark.parametrize(
    ("server", "reason"),
    [("ended", "certificate has expired"), ("elsewhere", "IP address mismatch")],
)
async def test_a_broker_with_a_wrong_certificate_is_not_trusted(
    real_program: Callable[[str], str], issued: Authority, server: str, reason: str
) -> None:
    async with broker(real_program("mosquitto"), issued, server) as made:
        said = await why_not(made.port, issued.shown("shed"))
    assert said.startswith(f"the broker 127.0.0.1:{made.port} is not trusted: {reason}")
    assert said.endswith("(check ca_file, the broker's name and this box's clock)")


async def test_a_broker_without_tls_is_told_as_such(real_program: Callable[[str], str], issued: Authority) -> None:
    made = Mosquitto(real_program("mosquitto"), issued.folder)
    await made.start()
    try:
        assert (await why_not(made.port, issued.shown("shed"))).endswith("does this port speak TLS?")
    finally:
        await made.kill()


async def test_a_file_that_cannot_be_used_is_named(issued: Authority) -> None:
    folder = issued.folder
    for tls, said in (
        (issued.shown("gone"), f"the cert_file {folder}/gone.crt cannot be read: No such file or directory"),
        (issued.shown("shed", trusted="gone"), f"the ca_file {folder}/gone.crt cannot be read: No such file"),
        (issued.shown("shed", trusted="junk"), f"the ca_file {folder}/junk.crt holds no certificate in PEM form"),
        (issued.shown("shed", key="orders"), f"the key_file {folder}/orders.key is not the key of {folder}/shed.crt"),
        (issued.shown("junk", key="shed"), f"the cert_file {folder}/junk.crt or the key_file {folder}/shed.key is not"),
    ):
        assert (await why_not(1, tls)).startswith(said)


async def test_the_access_list_gives_each_authority_its_own_command_topic_and_no_other(
    real_program: Callable[[str], str], issued: Authority
) -> None:
    async with broker(real_program("mosquitto"), issued) as made:
        target = MqttUplink(host="127.0.0.1", port=made.port, prefix=BOX, tls=issued.shown("shed"))
        async with connected(target, MqttPace(), identifier="box", will_topic=f"{BOX}status", will=b"{}") as connection:
            await connection.subscribe({f"{BOX}command/{each}": 1 for each in Topic})
            for name in OWN:
                await publish_as(name, made.port, issued)
            heard: list[tuple[str, str]] = []
            async with asyncio.timeout(SOON_S):
                async for topic, payload, _ in connection.messages():
                    heard.append((topic.removeprefix(f"{BOX}command/"), json.loads(payload)))
                    if len(heard) == len(OWN):
                        break
    assert heard == [(own, name) for name, own in OWN.items()]


async def publish_as(name: str, port: int, issued: Authority) -> None:
    """Publish under this certificate to every command topic, what is not allowed first, and pose as a gateway."""
    target = MqttUplink(host="127.0.0.1", port=port, prefix=BOX, tls=issued.shown(name))
    own = f"{BOX}command/{OWN[name]}"
    topics = {f"{BOX}command/{each}" for each in Topic} - {own}
    async with connected(target, MqttPace(), identifier=name, will_topic="none", will=b"") as connection:
        for topic in (*sorted(topics), f"{BOX}status", own):
            await connection.publish(topic, json.dumps(name).encode())


async def test_a_gateway_cannot_speak_for_another_site(real_program: Callable[[str], str], issued: Authority) -> None:
    async with broker(real_program("mosquitto"), issued) as made:
        target = MqttUplink(host="127.0.0.1", port=made.port, prefix=BOX, tls=issued.shown("shed"))
        orders = MqttUplink(host="127.0.0.1", port=made.port, prefix=BOX, tls=issued.shown("orders"))
        async with (
            connected(orders, MqttPace(), identifier="orders", will_topic="none", will=b"") as ear,
            connected(target, MqttPace(), identifier="box", will_topic=f"{BOX}status", will=b"{}") as mouth,
        ):
            await ear.subscribe({"gw/+/+/status": 1})
            for site in ("other", "shed"):
                await mouth.publish(f"gw/{site}/box/status", json.dumps(site).encode())
            async with asyncio.timeout(SOON_S):
                first = await anext(aiter(ear.messages()))
    assert first[:2] == (f"{BOX}status", b'"shed"')
