"""One line of a whole site in virtual time: its real world behind it, and bytes from a host before it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.profile.load import BUILT_IN, Library
from gateway.site.load import compile_site
from simulators.commands import obey
from simulators.estate.plant import line_specs, plant_of
from simulators.estate.site_world import SiteWorld
from simulators.station import Station

if TYPE_CHECKING:
    from gateway.model.site import Site
    from simulators.estate.wish import Order
    from simulators.physics.resident import Habits


def site_of(text: str) -> Site:
    return compile_site(text, Path("site.yaml"), Library((BUILT_IN,)))


class SiteLine:
    """Time starts at 0. Lines of one `folder` share their numbers, as processes would."""

    path = "virtual"

    def __init__(self, site: Site, bus: str, folder: Path, *, seed: int = 1, habits: Habits | None = None) -> None:
        (spec,) = [spec for spec in line_specs(site, folder=folder, seed=seed, habits=habits) if spec.name == bus]
        self.now_s = 0.0
        self.world = SiteWorld(plant_of(spec.world_options), 0.0)
        self.station = Station(spec, self.world, lambda: self.now_s)
        self.sent: list[tuple[float, bytes]] = []
        self.host = self.station.converse(self._send)

    @property
    def received(self) -> bytes:
        return b"".join(data for _, data in self.sent)

    def run(self, until_s: float) -> None:
        """Let time pass."""
        while item := self.station.agenda.pop_due(until_s):
            self.now_s = max(self.now_s, item.due_s)
            item.act()
        self.now_s = until_s

    def ask(self, request: str, until_s: float) -> bytes:
        """Send bytes now, let time pass, return what came back."""
        self.sent.clear()
        self.host.arrive(bytes.fromhex(request), self.now_s)
        self.run(until_s)
        return self.received

    def tell(self, command: str, **arguments: object) -> Any:
        answer = obey(self, {"do": command, **arguments}, self.now_s)
        assert answer["ok"], answer
        return answer["result"]

    def obey(self, orders: list[Order]) -> None:
        for order in orders:
            given = {name: value for name, value in order.arguments.items() if value is not None}
            at_s = self.now_s + order.delay_s
            answer = obey(self, {"do": order.command, "at_s": at_s, **given}, self.now_s)
            assert answer["ok"], (order, answer)

    def vanish(self) -> None: ...

    def come_back(self) -> None: ...

    def babble(self, start_s: float, duration_s: float) -> None:
        self.host.babble(start_s, duration_s)

    def stop(self) -> None: ...

    def _send(self, data: bytes) -> bool:
        self.sent.append((self.now_s, data))
        return True
