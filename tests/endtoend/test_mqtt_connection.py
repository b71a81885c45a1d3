"""The MQTT uplink's connection to a real Mosquitto: what it says of itself, whom it believes, and how it ends."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import aiomqtt
import pytest

from gateway.model.site import Tls
from tests.endtoend.mosquitto import free_port
from tests.endtoend.mqtt_uplink import a_source, broker, uplink
from tests.endtoend.proxy import Proxy
from tests.endtoend.watcher import PREFIX, until, watching

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.endtoend


async def test_the_gateway_says_that_it_is_there_what_it_has_and_that_it_goes(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    async with broker(real_program, tmp_path) as mosquitto:
        async with watching(mosquitto.port) as watcher:
            async with uplink(mosquitto.port, a_source()) as made:
                await until(lambda: bool(watcher.of("state/pile-01")) and bool(watcher.of("inventory")))
                assert made.standing.state == "online"
            await until(lambda: watcher.of("status")[-1]["state"] == "offline")
            states = [status["state"] for status in watcher.of("status")]
        async with aiomqtt.Client("127.0.0.1", mosquitto.port) as late:
            await late.subscribe(f"{PREFIX}#")
            async with asyncio.timeout(5):
                kept = {(await anext(late.messages)).topic.value for _ in range(4)}
        assert states == ["online", "offline"]
        assert kept == {f"{PREFIX}{topic}" for topic in ("status", "inventory", "alarms", "state/pile-01")}


async def test_a_killed_gateway_is_told_to_all_by_the_broker(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    async with broker(real_program, tmp_path) as mosquitto:
        line = Proxy(mosquitto.port)
        await line.start()
        async with (
            watching(mosquitto.port) as watcher,
            uplink(line.port, a_source(), retry_first_s=60.0, retry_most_s=60.0),
        ):
            session = await watcher.session()
            line.reset()
            await until(lambda: watcher.of("status")[-1]["state"] == "offline")
            assert watcher.of("status")[-1]["session"] == session
        await line.stop()


async def test_a_refused_login_is_one_clear_line_and_mends_itself_with_the_password(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    program = real_program("mosquitto_passwd")
    users = tmp_path / "users"
    made_users = await asyncio.create_subprocess_exec(program, "-c", "-b", str(users), "box", "right")
    assert await made_users.wait() == 0
    users.chmod(0o644)
    secret = tmp_path / "password"
    secret.write_text("wrong\n", encoding="utf-8")
    extra = f"allow_anonymous false\npassword_file {users}\n"
    async with (
        broker(real_program, tmp_path, extra) as mosquitto,
        uplink(mosquitto.port, a_source(), user="box", password_file=str(secret)) as made,
    ):
        await until(lambda: "refuses the login: not authorized (check user name" in made.standing.reason)
        assert "\n" not in made.standing.reason
        secret.unlink()
        await until(lambda: "cannot be read" in made.standing.reason)
        secret.write_text("right\n", encoding="utf-8")
        await until(lambda: made.standing.state == "online")
        assert made.standing.reason == ""


async def test_an_absent_broker_is_one_clear_line() -> None:
    async with uplink(free_port(), a_source()) as made:
        await until(lambda: made.standing.failures >= 2)
        assert made.standing.reason.endswith("cannot be reached: Connection refused")


async def test_a_stop_at_any_moment_is_clean_and_prompt(
    real_program: Callable[[str], str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(7)  # noqa: S311 - repeatable on purpose
    async with broker(real_program, tmp_path) as mosquitto:
        before = len(asyncio.all_tasks())
        for _ in range(100):
            source = a_source()
            source.add_scans(300, (1, 2, 3))
            async with asyncio.timeout(10), uplink(mosquitto.port, source):
                await asyncio.sleep(chance.random() * 0.03)
        assert len(asyncio.all_tasks()) == before
    assert caplog.records == []


# paho leaves a socket whose handshake failed to the garbage collector.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
async def test_a_broker_is_believed_only_with_a_certificate_of_a_known_authority(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    certificate, key = tmp_path / "broker.crt", tmp_path / "broker.key"
    making = await asyncio.create_subprocess_exec(
        real_program("openssl"),
        *["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650"],
        *["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        *("-keyout", str(key), "-out", str(certificate)),
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await making.wait() == 0
    extra = f"allow_anonymous true\ncertfile {certificate}\nkeyfile {key}\n"
    async with broker(real_program, tmp_path, extra) as mosquitto:
        async with uplink(mosquitto.port, a_source(), tls=Tls()) as made:
            await until(lambda: "is not trusted: self-signed certificate" in made.standing.reason)
            assert "\n" not in made.standing.reason
        source = a_source()
        source.add_event()
        async with uplink(mosquitto.port, source, tls=Tls(ca_file=str(certificate))):
            await until(lambda: source.is_drained)
