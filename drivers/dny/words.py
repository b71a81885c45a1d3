"""What the codes of DNY piles mean, in words of ours. Source: AP3000 protocol V8.6, clauses 3.1, 3.3, 3.4.5, 4.2."""

from __future__ import annotations

STATES = {
    0x00: "idle",
    0x01: "charging",
    0x02: "plugged-not-started",
    0x03: "plugged-full",
    0x04: "cannot-meter",
    0x05: "float",
    0x06: "memory-fault",
    0x07: "spring-stuck",
    0x08: "bad-contact-or-fuse",
    0x09: "relay-welded",
    0x0A: "hall-sensor-fault",
    0x0B: "checked-relay-or-fuse",
    0x0D: "checked-short",
    0x0E: "checked-relay-welded",
    0x0F: "card-chip-fault",
    0x10: "detection-fault",
}

STARTS = {0: "offline", 1: "online", 3: "code"}

STOPS = {
    0x01: "full",
    0x02: "max-time",
    0x03: "preset-time",
    0x04: "preset-energy",
    0x05: "unplugged",
    0x06: "overload",
    0x07: "server",
    0x08: "dynamic-overload",
    0x09: "low-power",
    0x0A: "around-too-hot",
    0x0B: "port-too-hot",
    0x0C: "over-current",
    0x0D: "unplugged-or-spring",
    0x0E: "no-power",
    0x0F: "checked-relay-or-fuse",
    0x10: "water",
    0x11: "fire-this-port",
    0x12: "fire-other-port",
    0x13: "opened-by-password",
    0x14: "door-not-closed",
    0x15: "external",
    0x16: "card",
    0x17: "forced-by-server",
    0x18: "fire-system",
    0x19: "memory",
    0x1A: "over-voltage",
    0x1B: "under-voltage",
    0x1C: "low-power-later",
}

ALARMS = {1: "power-lost", 2: "water", 3: "hot-melt", 4: "smoke", 5: "heat", 6: "water-level", 7: "cabinet-door"}

NOT_STARTED = {
    0x01: "no charger is plugged in",
    0x02: "the port is in that state already",
    0x03: "the port is faulty",
    0x04: "there is no such port",
    0x05: "several ports wait",
    0x06: "the pile's total power is reached",
    0x07: "its memory is faulty",
    0x08: "its relay or fuse is bad",
    0x09: "its relay is welded",
    0x0A: "the load is a short circuit",
    0x0B: "there is smoke",
    0x0C: "the voltage is too high",
    0x0D: "the voltage is too low",
    0x0E: "the port does not answer",
}
