"""Whether readings stand still because nobody renews them, or because nothing changes. Pure.

Standing still alone proves nothing: the float of a charger is the same figure in a coarse register for minutes. What
proves it is a register that must have moved. That is the energy, once the power that is read should have counted it on
by `COUNTS` steps; where no energy is read, a power of so many steps of its register that the mains alone would have
moved it. A voltage that moves acquits then: the meter is renewed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.protection.circuit import Circuit

LEAST_W = 15.0
"""Below this a charger floats, and meters need not count (JUY and evcc take 15 W for their standby)."""

COUNTS = 3
"""One step may just have been missed, and the power that is read may be wrong by some per cent."""

FINE = 1000
"""A tenth of a per cent: mains voltage and load move by more within seconds."""

LEAST_FACTOR = 0.5
"""Power factor taken where no power is read: chargers without correction have 0.55 to 0.65."""

LEAST_V = 100.0
"""Taken where no voltage is read: below it nothing charges (AP3000, command 0x85)."""

HOUR_S = 3600.0


def is_proved(circuit: Circuit, after_s: float) -> bool:
    """Return whether the meter of an outlet is frozen: nothing has moved for `after_s`, and something must have."""
    energy = circuit.energy
    has_power, has_energy = circuit.power_raw is not None, energy.raw is not None
    if circuit.current_a <= circuit.noise_floor_a or circuit.taken_s - circuit.moved_s < after_s:
        return False
    if has_power and circuit.power_taken_s - circuit.power_moved_s < after_s:
        return False
    if has_energy and energy.still_s() < after_s:
        return False
    if has_energy and circuit.settings.step_wh is not None:
        since_s = max(circuit.moved_s, circuit.power_moved_s, energy.moved_s)
        return must_have_counted(circuit, energy.read_s - since_s)
    watts = drawn_w(circuit)
    is_fine = has_power and watts >= max(LEAST_W, FINE * circuit.settings.step_w)
    voltages = (circuit.voltage, circuit.mains)
    return is_fine and all(voltage.raw is None or voltage.still_s() >= after_s for voltage in voltages)


def must_have_counted(circuit: Circuit, still_s: float) -> bool:
    """Return whether what an outlet draws must have moved its energy register within this time.

    Of a register whose step is not known, any power worth the name must have.
    """
    watts, step_wh = drawn_w(circuit), circuit.settings.step_wh
    return watts >= LEAST_W and (step_wh is None or watts * still_s / HOUR_S >= COUNTS * step_wh)


def drawn_w(circuit: Circuit) -> float:
    """Return the power that is read, or the least that the current can be."""
    if circuit.power_w is not None:
        return circuit.power_w
    volts = LEAST_V if circuit.voltage_v is None else circuit.voltage_v
    return LEAST_FACTOR * volts * circuit.current_a
