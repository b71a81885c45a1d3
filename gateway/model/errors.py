"""Errors, sorted by what happens next rather than by where they came from.

GatewayError
├── ConfigError      a file that people write is wrong: refuse to start, one line for each problem, exit code 2
├── LinkLost         the byte pipe is gone: every device on it is silent until it reopens
└── DriverError      a driver was asked for something that its protocol cannot say: a profile mistake that lint missed

What a device answers is never an exception: a failed transaction is a value (`gateway.model.transaction.Failure`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class GatewayError(Exception):
    """Base of everything that this program raises on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in one file, said so that its author can mend it.

    `line` and `column` count from 1; 0 means that the whole file is meant.
    """

    file: str
    line: int
    column: int
    what: str
    hint: str = ""

    def __str__(self) -> str:
        where = self.file if self.line == 0 else f"{self.file}:{self.line}:{self.column}"
        return f"{where}: {self.what}" + (f" (hint: {self.hint})" if self.hint else "")


class ConfigError(GatewayError):
    """A configuration cannot be used; carries every problem that was found in one go."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class LinkLost(GatewayError):  # noqa: N818 - the word of the field, not "LinkLostError"
    """The serial port or socket of a bus is gone (unplugged, reset, refused)."""


class DriverError(GatewayError):
    """A driver cannot express the block or write that it was given."""
