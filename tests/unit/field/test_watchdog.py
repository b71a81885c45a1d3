from __future__ import annotations

import socket
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from gateway.field.watchdog import HELD_S, STUCK_S, Watchdog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        path = tmp_path / "n"
        listener.bind(str(path))
        listener.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        yield listener


class House:
    """Two lines; `lost` are those that were declared so."""

    def __init__(self) -> None:
        self.lost: set[int] = set()
        groups = [SimpleNamespace(period_ms=100.0)]
        devices = [SimpleNamespace(model=SimpleNamespace(groups=groups))]
        self.loops: list[Any] = [
            SimpleNamespace(
                bus=SimpleNamespace(name=f"line-{n}", statistics=SimpleNamespace(transactions=Counter())),
                devices=devices,
            )
            for n in range(2)
        ]

    def is_lost(self, loop: Any) -> bool:
        return self.loops.index(loop) in self.lost

    def poll(self, *lines: int) -> None:
        for line in lines:
            self.loops[line].bus.statistics.transactions["ring"] += 1


def fed(systemd: socket.socket) -> bool:
    try:
        return systemd.recv(64) == b"WATCHDOG=1"
    except BlockingIOError:
        return False


def run(house: House, watchdog: Watchdog, systemd: socket.socket, *lines: int) -> bool:
    """Let time pass while only these lines work; return whether the watchdog was fed in the last two seconds."""
    feeds = []
    for half_seconds in range(2 * round(STUCK_S + 4.0)):
        house.poll(*lines)
        watchdog.beat(half_seconds / 2, 0.0)
        feeds.append(fed(systemd))
    assert feeds[0]
    return any(feeds[-4:])


def test_it_is_fed_while_every_line_works(systemd: socket.socket) -> None:
    house = House()
    assert run(house, Watchdog(house), systemd, 0, 1)  # type: ignore[arg-type]  # stands for a Field


def test_a_line_that_does_nothing_starves_it(systemd: socket.socket) -> None:
    house = House()
    assert not run(house, Watchdog(house), systemd, 0)  # type: ignore[arg-type]  # stands for a Field


def test_a_line_that_is_declared_lost_does_not(systemd: socket.socket) -> None:
    house = House()
    house.lost.add(1)
    assert run(house, Watchdog(house), systemd, 0)  # type: ignore[arg-type]  # stands for a Field


def test_a_loop_that_was_held_too_long_does_not_feed_it(systemd: socket.socket) -> None:
    house = House()
    house.poll(0, 1)
    Watchdog(house).beat(10.0, HELD_S)  # type: ignore[arg-type]  # stands for a Field
    assert not fed(systemd)
