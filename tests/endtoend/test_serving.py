"""Serving ends as quietly as it begins, whoever still listens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.browser.paper import Paper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.endtoend


async def test_who_still_listens_is_told_the_end_and_nothing_is_broken_off(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = Paper(tmp_path, 1).server
    await server.start()
    async with httpx.AsyncClient(base_url=server.url) as client, client.stream("GET", "api/stream") as answer:
        said = answer.aiter_text()
        assert "alive" in await anext(said)
        _, rest = await asyncio.gather(server.stop(), _rest(said))
        assert rest == ""
    assert [record.message for record in caplog.records if record.name.startswith("uvicorn")] == []
    await server.start()  # at once at the same port
    await server.stop()


async def _rest(said: AsyncIterator[str]) -> str:
    return "".join([each async for each in said])
