"""What gateways say, for tests: payloads in the shapes of the contract."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from gateway.uplink.alarms import AlarmList, StandingAlarm, State
from gateway.uplink.inventory import Inventory, InventoryDevice, InventoryOutlet
from gateway.uplink.message import DeviceState, EventMessage, OutletState, Status

ZONE = ZoneInfo("Asia/Shanghai")
NOW_MS = 1_763_800_000_000
SESSION = "session-0001"
Json = dict[str, Any]


def status(state: str = "online", session: str = SESSION, version: str = "0.1.0") -> bytes:
    return Status.model_validate(
        {"state": state, "session": session, "ts": NOW_MS, "version": version}
    ).model_dump_json().encode()  # fmt: skip


def inventory(
    outlets: int = 2, device: str = "pile-01", *, kind: str = "pile", config_hash: str = "h", **said: Any
) -> bytes:
    names = (f"outlet-{number:02d}" for number in range(1, outlets + 1))
    about = InventoryDevice(
        device=device, kind=kind, profile="p", outlets=tuple(InventoryOutlet(outlet=name) for name in names)
    )
    return Inventory(ts=NOW_MS, config_hash=config_hash, devices=(about,), **said).model_dump_json().encode()


def state(outlets: int = 2, *, ts: int = NOW_MS, word: str = "on", w: float = 200.0) -> bytes:
    told = {
        f"outlet-{number:02d}": OutletState(
            state=word, stage="charging", w=w, as_of=ts, opened_as_of=ts if word == "off" else None
        )
        for number in range(1, outlets + 1)
    }
    return DeviceState(ts=ts, link="ok", outlets=told).model_dump_json(exclude_none=True).encode()


def event(seq: int, kind: str = "trip", *, boot: str = "1-aa", body: Json | None = None, ts: int = 0) -> bytes:
    told_of: Json = body or {"trip_id": f"t-{seq}", "causes": ["51"]}
    told = EventMessage(
        id=f"e-{seq}", boot=boot, event_seq=seq, ts=ts or NOW_MS + seq, clock="synced", kind=kind,
        target="pile-01/outlet-01", body=told_of,
    )  # fmt: skip
    return told.model_dump_json().encode()


def alarm(seq: int, *, active: bool) -> bytes:
    return event(seq, "alarm", body={"alarm": "smoke", "active": active, "detail": ""})


def alarms(revision: int, *standing: StandingAlarm) -> bytes:
    return AlarmList(ts=NOW_MS, revision=revision, alarms=standing).model_dump_json().encode()


def weld(state: State = "unacknowledged", **said: Any) -> StandingAlarm:
    return StandingAlarm(
        target="pile-01/outlet-01", alarm="weld", severity="critical", state=state, active=True, since=NOW_MS, **said
    )
