"""Chance that depends on a seed and a moment only: the same question always gets the same answer, in any order."""

from __future__ import annotations

CYCLE_S = 0.02
"""A mains cycle: what is measured once in each."""

_MASK = 0xFFFFFFFF


def seed_of(*words: object) -> int:
    """Return a number that differs between any two lists of words, and is the same in every process."""
    mixed = 2166136261
    for byte in "\0".join(map(str, words)).encode():
        mixed = (mixed ^ byte) * 16777619 & _MASK
    return mixed


def noise(seed: int, at_s: float) -> float:
    """Return a number in -1..1 that changes with every mains cycle."""
    mixed = (seed ^ int(at_s / CYCLE_S) * 2654435761) & _MASK
    mixed = (mixed ^ mixed >> 15) * 2246822519 & _MASK
    mixed = (mixed ^ mixed >> 13) * 3266489917 & _MASK
    return (mixed ^ mixed >> 16) / 2147483647.5 - 1.0
