"""How far the tests look. `./run test --hypothesis-profile=deep` is the thorough tier; without it each claim is sampled.

The same claims are tried in both: the deep tier has more examples, seeds and simulated hours.
"""

from __future__ import annotations

from typing import TypeVar

from hypothesis import settings

T = TypeVar("T")

QUICK_EXAMPLES = 20
TIMES_DEEPER = 50


def register() -> None:
    """Make the two profiles known. No example has a deadline: a loaded machine must not fail a claim about logic."""
    settings.register_profile("quick", max_examples=QUICK_EXAMPLES, deadline=None)
    settings.register_profile("deep", max_examples=QUICK_EXAMPLES * TIMES_DEEPER, deadline=None)
    settings.load_profile("quick")


def sample(quick: T, *, deep: T) -> T:
    """Return one of the two, by the profile in use; for a test's figures, once the profile is chosen."""
    return deep if settings.get_current_profile_name() == "deep" else quick


def examples(quick: int) -> int:
    """Return how many examples an expensive property tries."""
    return sample(quick, deep=quick * TIMES_DEEPER)
