"""The command that walks a machine at random: arguments in, figures out."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.orders.machine import Machine
    from tests.faults.desk import Tally


def command(arguments: Sequence[str], run: Callable[[int, int], Tally], machine: Machine[Any], says: str) -> int:
    """Run so many steps and print what they met. Raises `AssertionError` at the first broken promise."""
    parser = argparse.ArgumentParser(description=says)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    began_s = time.monotonic()
    tally = run(chosen.steps, chosen.seed)
    possible = {f"{stage}/{row.on.__name__}/{row.says}" for row in machine.rows for stage in row.stages}
    print(f"{tally.steps} steps, {tally.orders} orders, {tally.cuts} power cuts, no promise broken")
    print(f"{len(tally.rows)} of {len(possible)} pairs of stage and row were taken")
    for end, count in tally.ends.most_common():
        print(f"  {count:7} {end}")
    for missing in sorted(possible - set(tally.rows)):
        print(f"  not taken: {missing}")
    print(f"{time.monotonic() - began_s:.1f} s, seed {chosen.seed}")
    return 0
