"""The one module that drivers and third parties import."""

from gateway.bus.driver import Driver, Noise, Reading, Received, Refusal, Reply, Report, Request, Skipped
from gateway.bus.frame_window import FrameWindow, Framing
from gateway.model.command import Verdict
from gateway.model.errors import DriverError
from gateway.model.wiring import Block, OrderTerms, Table, Write

__all__ = [
    "Block",
    "Driver",
    "DriverError",
    "FrameWindow",
    "Framing",
    "Noise",
    "OrderTerms",
    "Reading",
    "Received",
    "Refusal",
    "Reply",
    "Report",
    "Request",
    "Skipped",
    "Table",
    "Verdict",
    "Write",
]
