from __future__ import annotations

import asyncio
import socket

from gateway.bus.selector import precise_loop


def test_the_loop_serves_timers_descriptors_and_threads() -> None:
    async def all_three() -> list[str]:
        loop, seen = asyncio.get_running_loop(), list[str]()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            theirs.setblocking(False)
            loop.call_later(0.002, theirs.send, b"x")
            seen.append((await loop.sock_recv(ours, 1)).decode())
        seen.append(await asyncio.to_thread(lambda: "thread"))
        return seen

    with asyncio.Runner(loop_factory=precise_loop) as runner:
        assert runner.run(all_three()) == ["x", "thread"]


def test_a_timer_never_fires_early() -> None:
    async def early() -> list[float]:
        loop, late = asyncio.get_running_loop(), list[float]()
        for _ in range(20):
            due = loop.time() + 0.00175
            await asyncio.sleep(0.00175)
            late.append(loop.time() - due)
        return late

    with asyncio.Runner(loop_factory=precise_loop) as runner:
        assert min(runner.run(early())) >= -1e-6
