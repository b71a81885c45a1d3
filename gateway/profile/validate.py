"""Hold a document against a pydantic model and say every disagreement in words, with place and hint."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from gateway.profile.findings import Findings, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_core import ErrorDetails

    from gateway.model.errors import Problem
    from gateway.profile.document import Document, Path

ModelT = TypeVar("ModelT", bound=BaseModel)

_ROUNDS = 12
"""Each round cuts one level further out; no schema here is deeper."""

_QUOTED = re.compile(r"'([^']*)'")


def validate(
    document: Document, model: type[ModelT], stand_ins: Mapping[str, object]
) -> tuple[ModelT | None, Findings]:
    """Return the document as `model`, or what of it is sound, or None when nothing is; and the findings so far.

    `stand_ins` are harmless values for the keys at the top that must be there, so that the rest can still be judged.
    """
    try:
        return model.model_validate(document.data), Findings(document)
    except ValidationError as error:
        errors = error.errors(include_url=False)
    salvage = _Salvage(document, stand_ins)
    sound = salvage.run(model, errors)
    findings = Findings(document, salvage.holes, salvage.kept)
    findings.refuse([_problem(document, model, detail) for detail in errors])
    return sound, findings


class _Salvage:
    """Cuts out what is wrong, and then what misses the thing cut out, until the rest is sound or nothing is left."""

    def __init__(self, document: Document, stand_ins: Mapping[str, object]) -> None:
        self.holes: set[Path] = set()
        self._document = document
        self._stand_ins = stand_ins
        self._data = copy.deepcopy(document.data)
        self.kept: dict[Path, list[int]] = {}

    def run(self, model: type[ModelT], errors: list[ErrorDetails]) -> ModelT | None:
        for _ in range(_ROUNDS):
            cuts = sorted({self._in_file(detail["loc"]) for detail in errors}, key=_deepest_first)
            if not isinstance(self._data, dict):
                return None
            survives = [self._cut(path) for path in cuts]
            if not all(survives):
                return None
            try:
                return model.model_validate(self._data)
            except ValidationError as error:
                errors = error.errors(include_url=False)
        return None

    def _in_file(self, loc: Path) -> Path:
        """Return the place in the file of an error in the data that has been cut, or a key missing at the top."""
        here: Path = ()
        for step in loc:
            kept = self.kept.get(here)
            index = kept[step] if kept is not None and isinstance(step, int) and step < len(kept) else step
            following = (*here, index)
            if following in self._document.values and following not in self.holes:
                here = following
        return here or loc[:1]

    def _cut(self, path: Path) -> bool:
        """Remove the value that stood at `path` in the file, or put its stand-in; False when the file falls with it."""
        stands_there = path in self._document.values and path not in self.holes
        self.holes.add(path)
        if len(path) == 1 and path[0] in self._stand_ins and isinstance(self._data, dict):
            self._data[path[0]] = self._stand_ins[str(path[0])]
            return True
        if path and stands_there:
            self._remove(path)
        return bool(path) and stands_there

    def _remove(self, path: Path) -> None:
        parent: object = self._data
        for depth, step in enumerate(path[:-1]):
            parent = self._child(parent, path[:depth], step)
        last = path[-1]
        if isinstance(parent, dict):
            parent.pop(last, None)
        elif isinstance(parent, list) and isinstance(last, int):
            kept = self.kept.setdefault(path[:-1], list(range(len(parent))))
            if last in kept:
                del parent[kept.index(last)]
                kept.remove(last)

    def _child(self, parent: object, path: Path, step: str | int) -> object:
        if isinstance(parent, dict):
            return parent.get(step)
        if isinstance(parent, list) and isinstance(step, int):
            kept = self.kept.get(path, range(len(parent)))
            return parent[kept.index(step)] if step in kept else None
        return None


def _deepest_first(path: Path) -> tuple[int, tuple[str, ...]]:
    return -len(path), tuple(str(step) for step in path)


def _problem(document: Document, model: type[BaseModel], detail: ErrorDetails) -> Problem:
    """Say one error of pydantic in the words of the file."""
    loc, kind = detail["loc"], detail["type"]
    name = next((str(step) for step in reversed(loc) if isinstance(step, str) and step != "[key]"), "the file")
    if kind == "extra_forbidden":
        hint = did_you_mean(name, _known_keys(model, loc[:-1]))
        return document.problem(loc, f"unknown key `{name}`", hint, key=True)
    if kind == "missing":
        return document.problem(loc, f"the key `{name}` is missing", _description(model, loc), key=True)
    if kind == "value_error":
        return document.problem(loc, str(detail["ctx"]["error"]), "", key=True)
    what = f"`{name}`: {_sentence(detail)}"
    expected = _QUOTED.findall(str(detail.get("ctx", {}).get("expected", "")))
    hint = did_you_mean(detail["input"], expected) if expected else _description(model, loc)
    return document.problem(loc, what, hint, key=loc[-1:] == ("[key]",))


def _sentence(detail: ErrorDetails) -> str:
    """Return pydantic's message in our style, with the value that was found where it is short."""
    message = detail["msg"].removeprefix("Value error, ").removeprefix("Input ").rstrip(".")
    shown = repr(detail["input"])
    is_plain = isinstance(detail["input"], (str, int, float, bool)) or detail["input"] is None
    return f"{message} (found {shown})" if is_plain and len(shown) < 60 else message  # noqa: PLR2004 - fits a line


def _known_keys(model: type[BaseModel], loc: Path) -> list[str]:
    """Return the keys that the model at `loc` knows."""
    return [info.alias or name for found in _models_at(model, loc) for name, info in found.model_fields.items()]


def _description(model: type[BaseModel], loc: Path) -> str:
    """Return the first sentence of what the schema says about the key at `loc`."""
    while loc and (isinstance(loc[-1], int) or loc[-1] == "[key]"):
        loc = loc[:-1]
    for found in _models_at(model, loc[:-1]):
        for name, info in found.model_fields.items():
            if loc[-1:] == (info.alias or name,) and info.description:
                return info.description.split(". ")[0].rstrip(".")
    return ""


def _models_at(model: type[BaseModel], loc: Path) -> list[type[BaseModel]]:
    """Return the models that describe the place `loc`; several where a union is open."""
    here: list[Any] = [model]
    for step in loc:
        here = [following for annotation in here for following in _step(annotation, step)] or here
    return [found for annotation in here for found in _unwrapped(annotation)]


def _step(annotation: object, step: str | int) -> Iterator[object]:
    for found in _unwrapped(annotation):
        for name, info in found.model_fields.items():
            if step == (info.alias or name):
                yield info.annotation
    for plain in _plain(annotation):
        if get_origin(plain) in (list, dict):
            yield get_args(plain)[-1]


def _plain(annotation: object) -> Iterator[object]:
    """Yield what stands behind `Annotated`, `X | None` and unions."""
    if get_origin(annotation) is Annotated:
        yield from _plain(get_args(annotation)[0])
    elif get_origin(annotation) in (list, dict) or isinstance(annotation, type):
        yield annotation
    else:
        for part in get_args(annotation):
            yield from _plain(part)


def _unwrapped(annotation: object) -> Iterator[type[BaseModel]]:
    for plain in _plain(annotation):
        if isinstance(plain, type) and issubclass(plain, BaseModel):
            yield plain
