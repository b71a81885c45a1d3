"""A request goes out as it was made, and its answer comes back; whatever is no HTTP is an `OSError`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.alarm.post import Request
from gateway.app.posting import HttpPost

if TYPE_CHECKING:
    from pathlib import Path


async def exchange(answer: bytes) -> tuple[int, bytes]:
    """Return what a server that answers so is taken to have said; it hears the whole request."""
    heard = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        heard.extend(head + await reader.readexactly(4))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    wanted = Request(url=f"http://127.0.0.1:{port}/hook?key=k", headers={"X-Gateway-Id": "n-1"}, body=b"body")
    try:
        return await HttpPost().send(wanted)
    finally:
        assert heard.startswith(b"POST /hook?key=k HTTP/1.1\r\n")
        assert b"X-Gateway-Id: n-1\r\n" in heard
        assert heard.endswith(b"\r\n\r\nbody")
        server.close()
        await server.wait_closed()


async def test_a_request_goes_out_and_its_answer_comes_back() -> None:
    answer = await exchange(b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"errcode":0}')
    assert answer == (200, b'{"errcode":0}')


async def test_a_redirection_is_an_answer_and_is_not_followed() -> None:
    status, _ = await exchange(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n")
    assert status == 302


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n"])
async def test_what_is_no_http_is_an_error_of_the_system(answer: bytes) -> None:
    with pytest.raises(OSError, match=r"no HTTP|Remote end"):
        await exchange(answer)


async def test_nobody_there_is_an_error_of_the_system() -> None:
    with pytest.raises(OSError, match="refused"):
        await HttpPost().send(Request(url="http://127.0.0.1:9/", headers={}, body=b""))


def test_a_secret_is_read_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("SECabc\n", encoding="utf-8")
    assert HttpPost().read(str(tmp_path / "secret")) == "SECabc"
