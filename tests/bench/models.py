"""The pile of the benchmarks: currents in FC03 100..111, telemetry in FC03 0..59, relays as coils 0..11."""

from __future__ import annotations

from gateway.model.device import (
    Capability,
    Delivery,
    DeviceModel,
    GroupClass,
    Kind,
    Order,
    Outlet,
    Point,
    PointType,
    PollGroup,
    Resumes,
    Role,
    Source,
    Switch,
)
from gateway.model.wiring import Block, ReadLimits, Table, Timing, Write

OUTLETS = 12
CURRENTS = Block(Table.HOLDING, 100, OUTLETS)
TELEMETRY = Block(Table.HOLDING, 0, 60)
AMPS_A_COUNT = 0.01


def _register(name: str, address: int, scale: float = 1.0, unit: str = "", outlet: int | None = None) -> Point:
    return Point(
        name=name,
        table=Table.HOLDING,
        address=address,
        type=PointType.U16,
        word_order=Order.HIGH_FIRST,
        byte_order=Order.HIGH_FIRST,
        scale=scale,
        unit=unit,
        outlet=outlet,
    )


def pile_model(
    turnaround_ms: float, *, telemetry: bool = True, telemetry_period_ms: float = 4500.0, refresh_ms: float = 0.0
) -> DeviceModel:
    """Return the pile. `turnaround_ms` is what its profile declares as the longest."""
    currents = tuple(
        _register(f"outlet-{n + 1:02d}/current", CURRENTS.address + n, AMPS_A_COUNT, "A", n + 1) for n in range(OUTLETS)
    )
    slow = tuple(_register(f"value-{n:02d}", TELEMETRY.address + n) for n in range(TELEMETRY.count))
    groups = [
        PollGroup(name="currents", group_class=GroupClass.PROTECTION, period_ms=0, points=currents, blocks=(CURRENTS,))
    ]
    if telemetry:
        groups.append(
            PollGroup(
                name="telemetry",
                group_class=GroupClass.TELEMETRY,
                period_ms=telemetry_period_ms,
                points=slow,
                blocks=(TELEMETRY,),
            )
        )
    return DeviceModel(
        name="pile/bench",
        kind=Kind.PILE,
        vendor="bench",
        model="pile",
        source=Source(manual="the issue's cutoff case"),
        driver="modbus",
        timing=Timing(turnaround_min_ms=1.0, turnaround_max_ms=turnaround_ms, refresh_ms=refresh_ms),
        limits=ReadLimits(),
        delivery=Delivery.POLLED,
        resumes=Resumes.NOBODY,
        holds_on_silence=True,
        capabilities=frozenset({Capability.SWITCH, Capability.METER}),
        points=(*currents, *slow),
        groups=tuple(groups),
        outlets=tuple(
            Outlet(
                number=n + 1,
                roles={Role.CURRENT: currents[n]},
                switch=Switch(on=Write(Table.COIL, n, (1,)), off=Write(Table.COIL, n, (0,))),
            )
            for n in range(OUTLETS)
        ),
    )
