"""The MQTT uplink against a real Mosquitto: what is logged arrives, whatever happens on the way."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiomqtt
import pytest

from gateway.model.command import CommandKind
from gateway.model.layout import describe
from gateway.model.site import MqttUplink, Tls
from gateway.uplink.message import Telemetry
from gateway.uplink.mqtt import MqttConsumer
from gateway.uplink.settings import Identity, MqttPace
from tests.endtoend.mosquitto import Mosquitto, free_port
from tests.endtoend.proxy import Proxy
from tests.endtoend.watcher import PREFIX, Watcher, until, watching
from tests.unit.uplink.memory import MemoryDesk, MemorySource, StillBoard, pile_layout

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from gateway.uplink.source import Source

pytestmark = pytest.mark.endtoend

FAST: dict[str, Any] = {
    "retry_first_s": 0.05,
    "retry_most_s": 0.2,
    "ack_timeout_s": 2.0,
    "echo_s": 0.2,
    "echo_limit_s": 1.0,
    "connect_timeout_s": 1.0,
}
_nonces = (f"session-{number:04d}" for number in itertools.count(1))


@asynccontextmanager
async def broker(
    find: Callable[[str], str], folder: Path, extra: str = "allow_anonymous true\n"
) -> AsyncIterator[Mosquitto]:
    mosquitto = Mosquitto(find("mosquitto"), folder, extra)
    await mosquitto.start()
    try:
        yield mosquitto
    finally:
        await mosquitto.kill()


@asynccontextmanager
async def uplink(
    port: int,
    source: Source,
    desk: MemoryDesk | None = None,
    *,
    user: str = "",
    password_file: str = "",
    tls: Tls | None = None,
    **pace: Any,
) -> AsyncIterator[MqttConsumer]:
    made = MqttConsumer(
        target=MqttUplink(host="127.0.0.1", port=port, prefix=PREFIX, user=user, password_file=password_file, tls=tls),
        pace=MqttPace(**{**FAST, **pace}),
        identity=Identity(site="shed", gateway="box"),
        source=source,
        board=StillBoard(),
        desk=desk or MemoryDesk(),
        nonce=lambda: next(_nonces),
        chance=lambda: 0.5,
        wall_ms=lambda: 1_763_800_000_000,
    )
    task = asyncio.create_task(made.run())
    try:
        yield made
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def a_source(piles: int = 3) -> MemorySource:
    return MemorySource(layouts={n: describe(pile_layout(f"pile-{n:02d}")) for n in range(1, piles + 1)})


Record = tuple[str, str, int]


def upto(events: int, readings: int) -> set[Record]:
    numbered = (("event", events), ("reading", readings))
    return {(stream, "1-aa", seq) for stream, last in numbered for seq in range(1, last + 1)}


def logged(source: MemorySource) -> set[Record]:
    return upto(source.newest_event(), source.newest_reading())


def acknowledged(source: MemorySource) -> set[Record]:
    return upto(source.offsets["event"], source.offsets["reading"])


def received(watcher: Watcher) -> set[Record]:
    return {(stream, boot, seq) for stream in ("event", "reading") for boot, seq in watcher.numbers(stream)}


def nothing_is_missing(watcher: Watcher, source: MemorySource) -> bool:
    return received(watcher) == logged(source)


async def test_all_that_is_logged_arrives_once_and_in_a_form_that_the_contract_allows(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    source = a_source()
    source.add_scans(700, (1, 2, 3))
    source.add_event()
    async with broker(real_program, tmp_path) as mosquitto, watching(mosquitto.port) as watcher:
        async with uplink(mosquitto.port, source):
            await until(lambda: source.is_drained and nothing_is_missing(watcher, source))
        assert len(watcher.numbers("reading")) == 700
        first_event = next(i for i, (topic, _, _) in enumerate(watcher.seen) if topic.startswith("event/"))
        first_reading = next(i for i, (topic, _, _) in enumerate(watcher.seen) if topic.startswith("telemetry/"))
        assert first_event < first_reading
        for payload in watcher.of("telemetry/"):
            Telemetry.model_validate(payload)


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
                kept = {(await anext(late.messages)).topic.value for _ in range(3)}
        assert states == ["online", "offline"]
        assert kept == {f"{PREFIX}status", f"{PREFIX}inventory", f"{PREFIX}state/pile-01"}


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


async def test_nothing_is_lost_when_the_broker_is_killed_twice_in_the_middle(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    source = a_source()
    lost_by_broker: set[Record] = set()  # acknowledged and not yet handed on when it died: its own to keep
    async with (
        broker(real_program, tmp_path) as mosquitto,
        watching(mosquitto.port) as watcher,
        uplink(mosquitto.port, source, in_flight=4) as made,
    ):
        for _ in range(2):
            source.add_scans(3000, (1, 2, 3))
            for _ in range(20):
                source.add_event()
            before = source.offsets["reading"]
            await until(lambda before=before: source.offsets["reading"] > before + 200)  # type: ignore[misc]
            await mosquitto.kill()
            await until(lambda: watcher.client is None)
            assert source.offsets["reading"] < source.newest_reading()
            lost_by_broker |= acknowledged(source) - received(watcher)
            source.add_event()
            source.add_scans(100, (1, 2, 3))
            await until(lambda: made.standing.state == "waiting" and "cannot be reached" in made.standing.reason)
            await mosquitto.start()
        await until(lambda: source.is_drained and received(watcher) >= logged(source) - lost_by_broker)


async def test_nothing_is_lost_when_the_line_is_cut_at_any_byte(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    source = a_source()
    async with broker(real_program, tmp_path) as mosquitto, watching(mosquitto.port) as watcher:
        line = Proxy(mosquitto.port)
        await line.start()
        async with uplink(line.port, source, in_flight=8) as made:
            for cut in (1, 2, 13, 14, 40, 97, 300, 1001, 5003, 20_011, 60_013):
                source.add_scans(150, (1, 2, 3))
                source.add_event()
                failures = made.standing.failures
                line.passed_up, line.cut_after = 0, cut
                line.reset() if cut < 1000 else None
                await until(lambda failures=failures: made.standing.failures > failures)  # type: ignore[misc]
            await until(lambda: source.is_drained and nothing_is_missing(watcher, source))
        await line.stop()


async def test_a_line_that_swallows_everything_is_noticed_and_replaced(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    source = a_source()
    async with broker(real_program, tmp_path) as mosquitto, watching(mosquitto.port) as watcher:
        line = Proxy(mosquitto.port)
        await line.start()
        async with uplink(line.port, source) as made:
            await until(lambda: made.standing.state == "online")
            line.black_hole = True
            await until(lambda: "echo" in made.standing.reason)
            line.reset()
            await until(lambda: "does not answer" in made.standing.reason)
            source.add_scans(50)
            line.black_hole = False
            line.reset()
            await until(lambda: source.is_drained and nothing_is_missing(watcher, source))
        await line.stop()


async def test_a_slow_line_carries_everything(real_program: Callable[[str], str], tmp_path: Path) -> None:
    source = a_source()
    source.add_scans(60, (1, 2, 3))
    async with broker(real_program, tmp_path) as mosquitto, watching(mosquitto.port) as watcher:
        line = Proxy(mosquitto.port, piece=7)
        await line.start()
        async with uplink(line.port, source):
            await until(lambda: source.is_drained and nothing_is_missing(watcher, source))
        await line.stop()


async def test_a_restarted_edge_goes_on_where_the_broker_had_acknowledged(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    source = a_source()
    source.add_scans(2000, (1, 2, 3))
    async with broker(real_program, tmp_path) as mosquitto, watching(mosquitto.port) as watcher:
        async with uplink(mosquitto.port, source, in_flight=2):
            await until(lambda: source.offsets["reading"] > 300)
        reached = source.offsets["reading"]
        assert reached < 2000
        async with uplink(mosquitto.port, source):
            await until(lambda: source.is_drained and nothing_is_missing(watcher, source))
        twice = len(watcher.numbers("reading")) - 2000
        assert twice <= 1024  # at most what one slice spans


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


def start(session: str, command_id: str = "c-1", **more: object) -> dict[str, Any]:
    args = {"order_id": "o-1", "limits": {"s": 3600, "wh": 500}}
    return {
        "v": 1, "id": command_id, "kind": "start", "target": "pile-01/outlet-07", "args": args, "session": session, "ttl_s": 30, **more,
    }  # fmt: skip


async def test_a_command_acts_once_however_often_it_comes(real_program: Callable[[str], str], tmp_path: Path) -> None:
    desk = MemoryDesk()
    async with broker(real_program, tmp_path) as mosquitto, watching(mosquitto.port) as watcher:
        async with uplink(mosquitto.port, a_source(), desk):
            session = await watcher.session()
            for _ in range(3):
                await watcher.send("command/order", start(session))
            await until(lambda: len(watcher.of("outcome/c-1")) >= 1)
        async with uplink(mosquitto.port, a_source(), desk):
            await until(lambda: watcher.of("status")[-1]["state"] == "online")
            await watcher.send("command/order", start(watcher.of("status")[-1]["session"]))
            await until(lambda: len(watcher.of("outcome/c-1")) >= 2)
    assert [command.kind for command in desk.commands] == [CommandKind.START]
    assert desk.commands[0].args == {"order_id": "o-1", "max_s": 3600, "max_wh": 500, "max_w": 0}
    assert {outcome["state"] for outcome in watcher.of("outcome/c-1")} == {"accepted"}


async def test_a_retained_command_is_refused_and_a_stale_one_is_told_the_new_session(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    desk = MemoryDesk()
    off = {"v": 1, "id": "off-1", "kind": "safety-off", "target": "*"}
    async with broker(real_program, tmp_path) as mosquitto, watching(mosquitto.port) as watcher:
        await watcher.send("command/safety", off, retain=True)
        async with uplink(mosquitto.port, a_source(), desk):
            await until(lambda: bool(watcher.of("outcome/off-1")))
            await watcher.send("command/order", start("session-of-yesterday", "c-2"))
            await until(lambda: bool(watcher.of("outcome/c-2")))
            assert desk.commands == []
            await watcher.send("command/safety", {**off, "id": "off-2"})
            await until(lambda: bool(watcher.of("outcome/off-2")))
    assert watcher.of("outcome/off-1")[0]["reason"] == "retained"
    stale = watcher.of("outcome/c-2")[0]
    assert (stale["reason"], stale["session"]) == ("stale-session", watcher.of("status")[0]["session"])
    assert [(command.kind, command.target) for command in desk.commands] == [(CommandKind.SAFETY_OFF, "*")]


async def test_a_safety_off_sent_while_the_line_was_down_still_acts(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    desk = MemoryDesk()
    async with broker(real_program, tmp_path) as mosquitto, watching(mosquitto.port) as watcher:
        async with uplink(mosquitto.port, a_source(), desk):
            await watcher.session()
        await watcher.send("command/safety", {"v": 1, "id": "off-3", "kind": "safety-off", "target": "pile-01"})
        assert desk.commands == []
        async with uplink(mosquitto.port, a_source(), desk):
            await until(lambda: [command.id for command in desk.commands] == ["off-3"])


async def test_a_range_is_sent_again_on_request(real_program: Callable[[str], str], tmp_path: Path) -> None:
    source = a_source(1)
    source.add_scans(100)
    async with broker(real_program, tmp_path) as mosquitto, watching(mosquitto.port) as watcher:
        async with uplink(mosquitto.port, source):
            await until(lambda: nothing_is_missing(watcher, source) and source.is_drained)
            watcher.seen = [entry for entry in watcher.seen if not entry[0].startswith("telemetry/")]
            replay = {"v": 1, "id": "r-1", "kind": "replay", "session": await watcher.session(), "ttl_s": 10}
            args = {"boot": "1-aa", "stream": "reading", "from": 11, "to": 100}
            await watcher.send("command/service", {**replay, "args": args})
            await until(lambda: set(watcher.numbers("reading")) == {("1-aa", n) for n in range(11, 101)})
        assert source.is_drained


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
            await until(lambda: "certificate verify failed" in made.standing.reason)
            assert "\n" not in made.standing.reason
        source = a_source()
        source.add_event()
        async with uplink(mosquitto.port, source, tls=Tls(ca_file=str(certificate))):
            await until(lambda: source.is_drained)
