"""What the platform pushes and a gateway keeps until something newer comes: tariffs, price lists, the cards.

A document has a kind, a name within its kind, and a version that only rises. It is stored with the event that tells of
it and with the command's outcome in one transaction; only then is it used. A command with several documents is taken
whole or not at all. What runs already keeps what it began with: that is its order's business.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import TypeAdapter, ValidationError

from gateway.edge.carrier import said
from gateway.edge.journal import Entry
from gateway.model.command import CommandKind, Outcome
from gateway.model.errors import GatewayError
from gateway.model.event import EventKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gateway.edge.charging.clock import BusinessClock
    from gateway.edge.journal import Journal, Moment
    from gateway.model.command import Command

PREFIX = "pushed/"
"""Of the names under which documents are stored: `pushed/<kind>/<name>`."""

MOST_EACH = 64
"""Documents of a kind: the log keeps a row for every name that it was ever given."""

PUSHED = frozenset({CommandKind.TARIFFS, CommandKind.PRICES, CommandKind.CARDS})


class NotTaken(GatewayError):  # noqa: N818 - carries a refusal
    """A document is not taken. `reason` is one stable word, the text a line that says what is wrong and where."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A document as a command brings it, read and found right. `digest` is equal where all it says is; `body` is text.

    `name` is of letters, digits, `_`, `.` and `-`: it becomes part of the name that it is stored under.
    """

    name: str
    version: int
    digest: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that is stored. It arrived at `at_ms` of the site's business clock, `ts_ms` of the wall's."""

    kind: str
    name: str
    version: int
    digest: str
    body: str
    at_ms: int
    ts_ms: int
    clock: int

    @property
    def state(self) -> str:
        """The name under which it is stored."""
        return f"{PREFIX}{self.kind}/{self.name}"

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), separators=(",", ":")).encode()


_FORM: TypeAdapter[Document] = TypeAdapter(Document)


class Taker(Protocol):
    """Who reads and uses the documents of one kind."""

    @property
    def home(self) -> Mapping[str, int]:
        """Return the newest version of each document of this kind that the site file has."""

    def read(self, args: Mapping[str, Any]) -> Sequence[Draft]:
        """Return the documents in a command's arguments. Raises `NotTaken`."""

    def use(self, documents: Mapping[str, Document]) -> None:
        """Use these from now on, by name: those newer than the site file's. Called at the beginning as well."""


class PushedDesk:
    """One site's pushed documents. `takers` by kind; `changed` is called after each change."""

    def __init__(
        self,
        *,
        journal: Journal,
        clock: BusinessClock,
        takers: Mapping[CommandKind, Taker],
        states: Mapping[str, bytes],
        new_id: Callable[[], str],
        changed: Callable[[], None],
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._takers = takers
        self._new_id = new_id
        self._changed = changed
        self._alone = asyncio.Lock()
        self._under_way: set[asyncio.Task[Outcome]] = set()
        stored = list(documents_of(states))
        self._documents = {kind: {doc.name: doc for doc in stored if doc.kind == kind} for kind in takers}
        for kind in takers:
            self._use(kind)

    def documents(self) -> list[Document]:
        """Return all that are stored."""
        return [document for named in self._documents.values() for document in named.values()]

    async def submit(self, command: Command) -> Outcome:
        """Take the documents of a command, even if who sent it goes away. `GatewayError`: it cannot be recorded."""
        task = asyncio.ensure_future(self._submit(command))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _submit(self, command: Command) -> Outcome:
        async with self._alone:
            now = self._journal.now()
            fresh: list[Document] = []
            try:
                fresh = [self._document(command.kind, draft, now) for draft in self._fresh(command, now)]
                outcome = Outcome(id=command.id, state="done", reason="taken" if fresh else "known-already")
            except NotTaken as refusal:
                outcome = Outcome(id=command.id, state="refused", reason=refusal.reason, detail=str(refusal))
            await self._journal.append_all(list(self._entries(command.kind, fresh, outcome, now)))
            if fresh:
                self._documents[command.kind] |= {document.name: document for document in fresh}
                self._use(command.kind)
                self._changed()
            return outcome

    def _fresh(self, command: Command, now: Moment) -> list[Draft]:
        """Return the documents of a command that are new. Raises `NotTaken`."""
        taker = self._takers.get(command.kind)
        if taker is None:
            raise NotTaken("not-used-here", f"this site has no use for {command.kind}")
        if command.expires_s is not None and command.expires_s <= now.mono_s:
            raise NotTaken("expired", "it waited too long to be taken")
        return newer(taker.read(command.args), self._documents[command.kind], taker.home)

    def _use(self, kind: CommandKind) -> None:
        """Let the documents of a kind count, but for those that the site file has outrun."""
        taker, documents = self._takers[kind], self._documents[kind]
        taker.use({name: doc for name, doc in documents.items() if doc.version > taker.home.get(name, 0)})

    def _document(self, kind: str, draft: Draft, now: Moment) -> Document:
        at = self._clock.now(now)
        return Document(kind=kind, at_ms=at.at_ms, ts_ms=at.ts_ms, clock=at.clock, **asdict(draft))

    def _entries(self, kind: str, fresh: Sequence[Document], outcome: Outcome, now: Moment) -> Iterator[Entry]:
        if fresh:
            named = [{"name": doc.name, "version": doc.version, "digest": doc.digest} for doc in fresh]
            body = {"what": "documents-taken", "kind": str(kind), "documents": named}
            state = {doc.state: doc.to_bytes() for doc in fresh}
            yield Entry(id=self._new_id(), kind=EventKind.GATEWAY, target="*", at=now, body=body, state=state)
        yield Entry(
            id=self._new_id(),
            kind=EventKind.OUTCOME,
            target=outcome.id,
            at=now,
            body=said(outcome),
            outcome=outcome,
        )


def newer(drafts: Iterable[Draft], have: Mapping[str, Document], home: Mapping[str, int]) -> list[Draft]:
    """Return the drafts that are new.

    Raises `NotTaken` where one is older than what is known, or is another under a version that is known: nobody could
    tell the two apart.
    """
    fresh: dict[str, Draft] = {}
    for draft in drafts:
        held = have.get(draft.name)
        if draft.name in fresh:
            raise NotTaken("named-twice", f"{draft.name}: a command brings a document once")
        if held is not None and (held.version, held.digest) == (draft.version, draft.digest):
            continue
        known = max(held.version if held is not None else 0, home.get(draft.name, 0))
        if draft.version <= known:
            raise NotTaken("version-not-newer", f"{draft.name}: version {draft.version}; here is {known} already")
        fresh[draft.name] = draft
    if len(have.keys() | fresh.keys()) > MOST_EACH:
        raise NotTaken("too-many", f"{MOST_EACH} documents of a kind are kept")
    return list(fresh.values())


def documents_of(states: Mapping[str, bytes]) -> Iterator[Document]:
    """Yield the documents among stored values; what cannot be read is left out, and can be pushed again."""
    for name, value in states.items():
        if name.startswith(PREFIX):
            with contextlib.suppress(ValidationError):
                yield _FORM.validate_json(value, strict=True)
