"""Everybody hears the same, once; who has missed too much starts anew."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.console import live as module
from gateway.console.live import Live, TooManyViewers
from gateway.console.picture import Picture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def change(picture: Picture, number: int) -> None:
    picture.documents = {**picture.documents, "g/x/y": {"number": number}}


def snapshot(live: Live) -> Any:
    return json.loads(gzip.decompress(live.snapshot()))


async def until_news(stream: AsyncIterator[bytes]) -> list[dict[str, Any]]:
    async for text in stream:
        found = [json.loads(line[6:]) for line in text.decode().splitlines() if line.startswith('data: {"rev')]
        if found or text == module.AGAIN:
            return found
    raise AssertionError("the stream has ended")


async def test_a_viewer_hears_what_came_after_its_snapshot() -> None:
    picture = Picture()
    live = Live(picture, lambda: None, lambda: 42)
    change(picture, 1)
    seen = snapshot(live)
    assert seen == {"revision": 1, "now_ms": 42, "documents": {"g/x/y": {"number": 1}}}
    stream = live.listen(seen["revision"])
    assert await anext(stream) == module.ALIVE
    change(picture, 2)
    live.look()
    change(picture, 3)
    live.look()
    assert [(told["revision"], told["patches"]) for told in await until_news(stream)] == [
        (2, {"g/x/y": {"number": 2}}), (3, {"g/x/y": {"number": 3}}),
    ]  # fmt: skip
    assert live.viewers == 1
    await stream.aclose()  # type: ignore[attr-defined]  # a generator
    assert live.viewers == 0


@pytest.mark.parametrize("after", [0, module.REMEMBERED + 500])
async def test_who_has_missed_too_much_is_told_to_start_again(after: int) -> None:
    picture = Picture()
    live = Live(picture, lambda: None, lambda: 42)
    for number in range(module.REMEMBERED + 5):
        change(picture, number)
        live.look()
    stream = live.listen(after)
    assert await anext(stream) == module.ALIVE
    assert await until_news(stream) == []
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_there_is_an_end_to_how_many_can_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "VIEWERS", 1)
    live = Live(Picture(), lambda: None, lambda: 42)
    first = live.listen(0)
    await anext(first)
    with pytest.raises(TooManyViewers):
        await anext(live.listen(0))
    await first.aclose()  # type: ignore[attr-defined]  # a generator
    await anext(live.listen(0))
