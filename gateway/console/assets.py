"""The pages' own files, compressed once; nothing comes from elsewhere, so that they work in a shed without internet.

`lang/LANGUAGE/AREA.json` are put together to one file for each language, `lang/LANGUAGE.json`. The front page names
every module, so that a browser fetches them at once and not one behind the other.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable

TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
}
FRONT = "index.html"
LANGUAGES = "lang"
ENTRY = b'<script type="module"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file as it is sent: gzip. `tag` changes with it."""

    body: bytes
    media_type: str
    tag: str


def assets() -> Mapping[str, Asset]:
    """Return the files by their path below the root, as `js/live.js`."""
    root = files("gateway.console") / "web"
    found = {name: content for name, content in _walk(root, "") if not name.startswith(f"{LANGUAGES}/")}
    found |= {f"{LANGUAGES}/{folder.name}.json": _words(folder) for folder in (root / LANGUAGES).iterdir()}
    found[FRONT] = _naming(found[FRONT], sorted(name for name in found if name.endswith(".js")))
    return {name: _asset(name, content) for name, content in found.items()}


def _naming(front: bytes, modules: list[str]) -> bytes:
    links = "".join(f'<link rel="modulepreload" href="{name}">\n' for name in modules)
    return front.replace(ENTRY, links.encode() + ENTRY)


def _asset(name: str, content: bytes) -> Asset:
    media_type = TYPES[name.rpartition(".")[2]]
    tag = f'"{sha256(content).hexdigest()[:16]}"'
    return Asset(body=gzip.compress(content, mtime=0), media_type=media_type, tag=tag)


def _words(folder: Traversable) -> bytes:
    areas = sorted(folder.iterdir(), key=lambda area: area.name)
    words = {key: text for area in areas for key, text in json.loads(area.read_text(encoding="utf-8")).items()}
    return json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()


def _walk(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{path}{entry.name}/")
        elif entry.name.rpartition(".")[2] in TYPES:
            yield f"{path}{entry.name}", entry.read_bytes()
