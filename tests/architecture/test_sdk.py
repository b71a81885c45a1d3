"""The sdk is a promise to people whose code we do not see."""

import gateway.sdk

PUBLIC = {
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
}


def test_the_public_names_are_these() -> None:
    assert set(gateway.sdk.__all__) == PUBLIC


def test_every_public_name_is_there() -> None:
    assert [name for name in sorted(PUBLIC) if not hasattr(gateway.sdk, name)] == []
