"""YAML as plain values that remember where they stood, so that every later complaint can say file, line and column.

The YAML 1.2 core types only. What a person never means in a configuration is refused with a reason: two equal keys,
tags, merge keys, aliases that contain themselves or multiply, keys that are neither words nor whole numbers.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLWarning
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from gateway.model.errors import ConfigError, Problem

Path = tuple[str | int, ...]
"""Keys and indexes from the top of a file down to one value."""

MAX_CHARS = 1_000_000
MAX_VALUES = 100_000
MAX_DEPTH = 32

_TAG = "tag:yaml.org,2002:"
_TEXT_TAGS = frozenset({f"{_TAG}str", f"{_TAG}timestamp", f"{_TAG}value", f"{_TAG}merge"})
_SCALAR_TAGS = _TEXT_TAGS | {f"{_TAG}{name}" for name in ("null", "bool", "int", "float")}


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file, counted from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Document:
    """One parsed file: its values, where each stood, and the mistakes of YAML that did not stop the parsing."""

    file: str
    data: object = None
    values: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def where(self, path: Path, *, key: bool = False) -> Mark:
        """Return where the value (or, with `key`, its key) stood; for what is not there, its nearest parent."""
        path = self.nearest(path)
        if key and path in self.keys:
            return self.keys[path]
        return self.values.get(path, Mark(1, 1))

    def nearest(self, path: Path) -> Path:
        """Return the deepest existing place on the way to `path`; steps that the file does not have are skipped."""
        here: Path = ()
        for step in path:
            if (*here, step) in self.values:
                here = (*here, step)
        return here

    def at(self, path: Path) -> object:
        """Return the plain value at `path`, None where there is none."""
        value = self.data
        for step in path:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
                value = value[step]
            else:
                return None
        return value

    def problem(self, path: Path, what: str, hint: str = "", *, key: bool = False) -> Problem:
        mark = self.where(path, key=key)
        return Problem(file=self.file, line=mark.line, column=mark.column, what=what, hint=hint)


def parse(text: str, file: str) -> Document:
    """Parse one YAML document. Raises `ConfigError` where YAML itself is broken; `file` is only named in complaints."""
    if len(text) > MAX_CHARS:
        raise ConfigError([_whole(file, f"longer than {MAX_CHARS} characters", "is this a configuration?")])
    yaml = YAML(typ="safe", pure=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", YAMLWarning)  # an anchor used again: YAML says that the last one counts
            node = yaml.compose(text)
    except MarkedYAMLError as error:
        raise ConfigError([_syntax(file, error)]) from None
    except RecursionError:
        raise ConfigError([_whole(file, "nested too deeply", f"at most {MAX_DEPTH} levels")]) from None
    except (YAMLError, ValueError, TypeError, LookupError, AttributeError, AssertionError) as error:
        raise ConfigError([_whole(file, f"not YAML: {_one_line(str(error))}", "is the file saved as UTF-8?")]) from None
    document = Document(file)
    if node is None:
        raise ConfigError([_whole(file, "the file is empty")])
    document.data = _Builder(document).value(node, (), 0)
    return document


def _whole(file: str, what: str, hint: str = "") -> Problem:
    return Problem(file=file, line=0, column=0, what=what, hint=hint)


def _syntax(file: str, error: MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    what = _one_line(" ".join(str(part) for part in (error.context, error.problem) if part)) or "not YAML"
    hint = "tabs cannot indent YAML, use spaces" if "\\t" in what else "look at the indentation and quotes up to here"
    if mark is None:
        return _whole(file, what, hint)
    return Problem(file=file, line=mark.line + 1, column=mark.column + 1, what=f"not YAML: {what}", hint=hint)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]


class _Builder:
    """Turns composed nodes into plain values and notes where they stood."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._open: set[int] = set()
        self._count = 0

    def value(self, node: Node, path: Path, depth: int) -> object:
        self._document.values[path] = Mark(node.start_mark.line + 1, node.start_mark.column + 1)
        self._count += 1
        if self._count > MAX_VALUES:
            what, hint = f"more than {MAX_VALUES} values", "aliases that multiply?"
            raise ConfigError([self._document.problem(path, what, hint)])
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        if depth >= MAX_DEPTH or id(node) in self._open:
            what = "an alias inside itself" if id(node) in self._open else "nested too deeply"
            return self._complain(path, what, f"at most {MAX_DEPTH} levels, and no alias to a parent")
        self._open.add(id(node))
        result = self._collection(node, path, depth)
        self._open.discard(id(node))
        return result

    def _collection(self, node: Node, path: Path, depth: int) -> object:
        if isinstance(node, SequenceNode) and str(node.tag) == f"{_TAG}seq":
            return [self.value(item, (*path, index), depth + 1) for index, item in enumerate(node.value)]
        if isinstance(node, MappingNode) and str(node.tag) == f"{_TAG}map":
            return self._mapping(node, path, depth)
        return self._complain(path, f"the tag {node.tag} is not known", "write the value without a tag")

    def _mapping(self, node: MappingNode, path: Path, depth: int) -> dict[str | int, object]:
        result: dict[str | int, object] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, path)
            if key is None:
                continue
            here = (*path, key)
            if key in result:
                line = self._document.keys[here].line
                self._refuse(key_node, f"the key `{key}` stands here a second time", f"first in line {line}")
                continue
            self._document.keys[here] = Mark(key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            result[key] = self.value(value_node, here, depth + 1)
        return result

    def _key(self, node: Node, path: Path) -> str | int | None:
        if isinstance(node, ScalarNode) and str(node.tag) == f"{_TAG}merge":
            self._refuse(node, "merge keys (<<) are not supported", "write the keys out")
            return None
        if isinstance(node, ScalarNode) and str(node.tag) in _SCALAR_TAGS:
            key = self._scalar(node, path)
            if isinstance(key, str) or (isinstance(key, int) and not isinstance(key, bool)):
                return key
        self._refuse(node, "this cannot be a key", "keys are words or whole numbers; quote others")
        return None

    def _scalar(self, node: ScalarNode, path: Path) -> object:
        tag, text = str(node.tag), node.value
        if tag in _TEXT_TAGS:
            return text
        try:
            return _plain(tag, text)
        except ValueError:
            kind = tag.rpartition(":")[2]
            return self._complain(path, f"cannot read `{_one_line(text)}` as {kind}", "quote it if it is text")

    def _complain(self, path: Path, what: str, hint: str) -> object:
        """Note a problem and stand None in for the value."""
        self._document.problems.append(self._document.problem(path, what, hint))
        return None

    def _refuse(self, node: Node, what: str, hint: str) -> None:
        """Note a problem of a key, which has no path of its own."""
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        problem = Problem(file=self._document.file, line=line, column=column, what=what, hint=hint)
        self._document.problems.append(problem)


def _plain(tag: str, text: str) -> object:
    """Read a scalar of the YAML 1.2 core schema. Raises `ValueError` for what is none."""
    text = text.replace("_", "").lower()
    if tag == f"{_TAG}null":
        return None
    if tag == f"{_TAG}bool":
        return text in ("true", "yes", "on")
    if tag == f"{_TAG}int":
        digits = text.lstrip("+-")
        return int(text, 0) if digits[:2] in ("0x", "0o", "0b") else int(text)
    if tag == f"{_TAG}float":
        special = {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}
        return special[text] if text in special else float(text)
    raise ValueError(tag)
