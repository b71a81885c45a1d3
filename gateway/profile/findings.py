"""Collect every problem of one file before any is told.

A file is judged twice: by its schema, and then by its sense on whatever of it is sound. What the schema has refused
is cut out first, and complaints about the hole that this leaves are dropped: they would only confuse.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.model.errors import Problem
    from gateway.profile.document import Document, Path


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """Return a hint that names the nearest known word, or all of them when none is near."""
    words = sorted(set(known))
    near = get_close_matches(str(word), words, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{near[0]}`?"
    return f"known here: {', '.join(words)}" if words else "nothing is known here"


class Findings:
    """The problems of one document. `holes` are the places that its schema refused.

    `kept` tells, for each list that lost entries to this, which entries of the file are left, in order.
    """

    def __init__(
        self, document: Document, holes: Iterable[Path] = (), kept: Mapping[Path, list[int]] | None = None
    ) -> None:
        self.document = document
        self.holes = tuple(holes)
        self._kept = kept or {}
        self._problems = list(document.problems)

    def add(self, path: Path, what: str, hint: str = "", *, key: bool = False) -> None:
        """Note a problem of sense at `path`, unless it lies in or around a hole."""
        path = self.in_file(path)
        if not any(path[: len(hole)] == hole for hole in self.holes):
            self._problems.append(self.document.problem(path, what, hint, key=key))

    def in_file(self, path: Path) -> Path:
        """Return the place in the file of a place in what is left of it."""
        here: Path = ()
        for step in path:
            kept = self._kept.get(here)
            if kept is not None and isinstance(step, int) and step < len(kept):
                here = (*here, kept[step])
            else:
                here = (*here, step)
        return here

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Note problems of form; at most one for each place."""
        seen = {(problem.line, problem.column) for problem in self._problems}
        self._problems += [problem for problem in problems if (problem.line, problem.column) not in seen]

    def broken(self, *sections: str) -> bool:
        """Tell whether something in these sections was refused, so that what they lack may stand there unsound."""
        return any(hole[:1] == (section,) for hole in self.holes for section in sections)

    def names(self, *sections: Path) -> frozenset[str]:
        """Return every name that the file defines in these sections, sound or not."""
        found = (self.document.at(section) for section in sections)
        return frozenset(str(name) for section in found if isinstance(section, dict) for name in section)

    def sorted(self) -> tuple[Problem, ...]:
        unique = dict.fromkeys(self._problems)
        return tuple(sorted(unique, key=lambda problem: (problem.file, problem.line, problem.column)))
