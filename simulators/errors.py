"""What goes wrong in a simulation, told to whoever asked for it."""

from __future__ import annotations

from gateway.model.errors import GatewayError


class SimulatorError(GatewayError):
    """A line cannot be described, started or told what it was told; says in one line why."""
