"""What scales of every protocol share: what can happen to them, and which load cell fits their profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.model.device import Role
from simulators.errors import SimulatorError
from simulators.physics.chance import seed_of
from simulators.physics.load_cell import NOTHING, Lying, Scale
from simulators.units.unit import Happening, What

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.site import Device

USUAL_G, LARGEST_G = 30_000.0, 150_000.0
"""Cells of a shelf, and of a bin: what a profile's range allows is no more than this."""

SHAKES_ON_S = 86_400.0


def scale_of(device: Device, seed: int, lies: Callable[[], Lying], *, is_bin: bool) -> Scale:
    """Return the scale of a device."""
    point = device.model.roles.get(Role.WEIGHT)
    most_g = LARGEST_G if is_bin else USUAL_G
    high_g = most_g if point is None or point.high is None else point.high
    return Scale(seed=seed_of(seed, device.name), capacity_g=min(most_g, high_g), lies=lies)


def prepare(scale: Scale, happening: Happening, name: str) -> Callable[[float], None]:
    """Return what makes something happen to a scale. Raises `SimulatorError` for what cannot."""
    grams = 0.0 if happening.value is None else happening.value
    on = happening.value is not None

    def load(at_s: float) -> None:
        scale.own = scale.own.changed(grams, at_s)

    def shake(at_s: float) -> None:
        scale.own = Lying(scale.own.to_g, scale.own.to_g, at_s, grams, at_s + (SHAKES_ON_S if on else 0.0))

    def clear(at_s: float) -> None:
        scale.own, scale.zero_g, scale.tare_g = NOTHING, 0.0, 0.0
        scale.stray(at_s, 0.0, 0.0)
        scale.hold(at_s, on=False)

    acts: dict[What, Callable[[float], None]] = {
        What.LOAD: load,
        What.VIBRATION: shake,
        What.DRIFT: lambda at_s: scale.stray(at_s, grams, happening.seconds),
        What.FROZEN: lambda at_s: scale.hold(at_s, on=on),
        What.CLEAR: clear,
    }
    if happening.what not in acts or happening.outlet is not None:
        raise SimulatorError(f"{happening.what} does not happen to {name}")
    return acts[happening.what]


def state(scale: Scale, at_s: float) -> list[dict[str, Any]]:
    """Return what lies on it and what it makes of that."""
    lies_g = scale.lies().to_g + scale.own.to_g
    return [{"lies_g": lies_g, "gross_g": scale.gross_g(at_s), "moving": scale.is_moving(at_s)}]
