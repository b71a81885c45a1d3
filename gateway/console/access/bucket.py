"""How often something may be tried: a bucket of tries for each who, that fills again with time. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Buckets:
    """`tries` at once, one more every `every_s`. Beyond `most` at a time, who was longest silent is forgotten."""

    tries: int
    every_s: float
    most: int = 4096
    _spent: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, who: str, now_s: float) -> bool:
        """Take one try of somebody's; False where none is left."""
        left = self._left(who, now_s)
        if left < 1:
            return False
        self._spent.pop(who, None)
        if len(self._spent) >= self.most:
            del self._spent[next(iter(self._spent))]
        self._spent[who] = left - 1, now_s
        return True

    def wait_s(self, who: str, now_s: float) -> float:
        """Return after how long somebody has a try again."""
        return max(0.0, (1 - self._left(who, now_s)) * self.every_s)

    def forgive(self, who: str) -> None:
        """Give somebody all tries back."""
        self._spent.pop(who, None)

    def _left(self, who: str, now_s: float) -> float:
        left, at_s = self._spent.get(who, (float(self.tries), now_s))
        return min(float(self.tries), left + max(0.0, now_s - at_s) / self.every_s)
