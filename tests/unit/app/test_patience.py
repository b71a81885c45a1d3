from __future__ import annotations

from gateway.app.patience import FirstReason, patiently
from gateway.store.errors import LogRefused, Refusal
from gateway.testing.clock import run_virtual


def test_what_the_disk_refuses_is_asked_again_until_it_takes_it_and_one_reason_is_kept() -> None:
    refusals = [LogRefused(Refusal.DISK_FULL, "first"), OSError(28, "No space left on device", "/x"), None]
    standing, heard = FirstReason(), []

    async def act() -> str:
        refusal = refusals.pop(0)
        if refusal is not None:
            raise refusal
        return "done"

    def hear(reason: str) -> None:
        standing(reason)
        heard.append(standing.text)

    assert run_virtual(patiently(act, hear)) == "done"
    assert heard == ["disk full: first", "disk full: first", ""]
