"""The console's porter: accounts on disk, sessions in memory, one password at a time, and a record of what is done."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from hmac import compare_digest
from typing import TYPE_CHECKING, Protocol

from gateway.console.access import accounts as book
from gateway.console.access import password as secret
from gateway.console.access import setup_code
from gateway.console.access.bucket import Buckets
from gateway.console.access.roles import Role, Who
from gateway.console.access.sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.console.access.accounts import Accounts
    from gateway.console.access.setup_code import SetupCode

TRIES, TRY_EVERY_S = 5, 30.0
"""Of passwords: for each address, and for each name."""

TICKET_S = 300.0
THIS_BOX = "this-box"
"""Who was handed a ticket on the box."""

_UNKNOWN = secret.hashed(secrets.token_hex(), secrets.token_bytes(secret.SALT_BYTES))
"""What the password of a name that does not exist is compared with: both take as long."""


class Refused(Exception):  # noqa: N818 - the answer to a person, as a word of the catalogues
    """Not let in, or not done; the text is a word, `status` the answer's."""

    def __init__(self, word: str, status: int = 403) -> None:
        super().__init__(word)
        self.word = word
        self.status = status


class Audit(Protocol):
    """Where it is written who did what."""

    async def note(self, who: str, what: str, detail: str) -> None:
        """Write it down."""


class Keeper:
    """One console's. `file` keeps the accounts, and `write` replaces it whole or raises `OSError`.

    `now_s` is monotonic; `say` writes a line that the box's owner sees. `scraper` is the token of a machine that reads
    figures, "" for none. `sessions` is a file that is gone when the box starts again, as its monotonic clock is: who is
    signed in stays so when only this process starts again.
    """

    def __init__(
        self,
        file: Path,
        *,
        write: Callable[[Path, str], None],
        audit: Audit,
        now_s: Callable[[], float],
        say: Callable[[str], None],
        scraper: str = "",
        sessions: Path | None = None,
    ) -> None:
        self._file = file
        self._scraper = scraper
        self._kept_sessions = sessions
        self._write = write
        self._audit = audit
        self._now_s = now_s
        self._say = say
        self._sessions = Sessions()
        self._addresses = Buckets(tries=TRIES, every_s=TRY_EVERY_S)
        self._names = Buckets(tries=TRIES, every_s=TRY_EVERY_S)
        self._hashing = asyncio.Lock()
        self._setup: SetupCode | None = None
        self._tickets: dict[str, tuple[Role, float]] = {}
        self._accounts = self._read()
        self._take_up_sessions()

    @property
    def has_accounts(self) -> bool:
        return bool(self._accounts)

    @property
    def is_armed(self) -> bool:
        """Whether a set-up code can be used now."""
        return self._setup is not None and self._setup.is_armed(self._now_s())

    def names(self) -> dict[str, Role]:
        """Return who has an account."""
        return {name: account.role for name, account in self._accounts.items()}

    # ------------------------------------------------------------------ on the box

    def arm(self) -> str:
        """Make a set-up code and say it on the box; return it."""
        code = "".join(secrets.choice(setup_code.LETTERS) for _ in range(setup_code.LENGTH))
        self._setup = setup_code.armed(code, self._now_s())
        minutes = round(setup_code.LIVES_S / 60)
        self._say(f"console: set-up code {setup_code.shown(code)}, for {minutes} minutes")
        return code

    def ticket(self, role: Role) -> str:
        """Return a ticket that signs its bearer in once, for who is handed it on the box."""
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = role, self._now_s() + TICKET_S
        return ticket

    # ------------------------------------------------------------------ signing in and out

    def who(self, token: str) -> Who | None:
        """Return whose session a token is."""
        return self._sessions.who(token, self._now_s())

    def machine(self, token: str) -> Who | None:
        """Return which machine a token is of."""
        is_scraper = self._scraper and compare_digest(token.encode(), self._scraper.encode())
        return Who(name="scraper", role=Role.SCRAPER) if is_scraper else None

    async def sign_in(self, name: str, password: str, address: str) -> str:
        """Return the token of a new session. Raises `Refused`; a wrong name and a wrong password are one answer."""
        self._may_try(address, name)
        account = self._accounts.get(name)
        is_right = await self._fits(password, _UNKNOWN if account is None else account.password)
        if account is None or not is_right or self._accounts.get(name) != account:
            await self._audit.note(name[:64], "sign-in-refused", address)
            raise Refused("wrong-password", 401)
        self._names.forgive(name)
        await self._audit.note(name, "signed-in", address)
        return self._begin(Who(name=name, role=account.role))

    async def show_ticket(self, ticket: str, address: str) -> str:
        """Return the token of a new session. Raises `Refused` for a ticket that is used up, too old or none."""
        self._may_try(address)
        role, until_s = self._tickets.pop(ticket, (Role.VIEWER, -1.0))
        if until_s < self._now_s():
            raise Refused("no-ticket", 401)
        await self._audit.note(THIS_BOX, "signed-in", address)
        return self._begin(Who(name=THIS_BOX, role=role))

    async def set_up(self, code: str, name: str, password: str, address: str) -> str:
        """Make an installer's account with the set-up code, and sign in. Raises `Refused`."""
        self._may_try(address)
        if self._setup is None:
            raise Refused("not-armed")
        if word := secret.complaint(password, name):
            raise Refused(word, 422)
        if not book.NAME.fullmatch(name) or name in self._accounts:
            raise Refused("name-taken" if name in self._accounts else "name-form", 422)
        is_right, self._setup = setup_code.tried(self._setup, code, self._now_s())
        if not is_right:
            await self._audit.note(name[:64], "set-up-refused", address)
            raise Refused("wrong-code" if self._setup is not None else "not-armed")
        who = Who(name=name, role=Role.INSTALLER)
        await self._add(who, name, password, Role.INSTALLER)
        return self._begin(who)

    async def sign_out(self, token: str) -> None:
        """End a session."""
        who = self.who(token)
        self._sessions.end(token)
        self._keep_sessions()
        if who is not None:
            await self._audit.note(who.name, "signed-out", "")

    # ------------------------------------------------------------------ accounts

    async def add(self, by: Who, name: str, password: str, role: Role) -> None:
        """Make an account. Raises `Refused`."""
        if word := secret.complaint(password, name):
            raise Refused(word, 422)
        await self._add(by, name, password, role)

    async def change(self, by: Who, name: str, *, password: str | None = None, role: Role | None = None) -> None:
        """Change an account; its sessions end. Raises `Refused`."""
        account = self._accounts.get(name)
        if account is None:
            raise Refused("no-such-account", 404)
        if password is not None and (word := secret.complaint(password, name)):
            raise Refused(word, 422)
        kept = account.password if password is None else await self._hashed(password)
        other = book.Account(name=name, role=account.role if role is None else role, password=kept)
        await self._keep(by, "account-changed", name, lambda now: book.changed(now, other))
        self._sessions.end_all(name)
        self._keep_sessions()

    async def remove(self, by: Who, name: str) -> None:
        """End an account and its sessions. Raises `Refused`."""
        await self._keep(by, "account-removed", name, lambda now: book.removed(now, name))
        self._sessions.end_all(name)
        self._keep_sessions()

    async def _add(self, by: Who, name: str, password: str, role: Role) -> None:
        account = book.Account(name=name, role=role, password=await self._hashed(password))
        await self._keep(by, "account-added", name, lambda now: book.added(now, account))

    async def _keep(self, by: Who, what: str, name: str, change: Callable[[Accounts], Accounts]) -> None:
        try:
            changed = change(self._accounts)
            self._write(self._file, book.to_json(changed))
        except book.AccountRefused as refused:
            raise Refused(str(refused), 409) from None
        except OSError as error:
            raise Refused(f"not-kept: {error.strerror}", 503) from None
        self._accounts = changed
        await self._audit.note(by.name, what, name)

    # ------------------------------------------------------------------ pieces

    def _begin(self, who: Who) -> str:
        token = secrets.token_urlsafe(32)
        self._sessions.begin(token, who, self._now_s())
        self._keep_sessions()
        return token

    def _keep_sessions(self) -> None:
        if self._kept_sessions is not None:
            with contextlib.suppress(OSError):  # then they end with this process
                self._write(self._kept_sessions, self._sessions.to_json())

    def _take_up_sessions(self) -> None:
        if self._kept_sessions is not None:
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                self._sessions.take_up(self._kept_sessions.read_text(encoding="utf-8"), self._is_known, self._now_s())

    def _is_known(self, who: Who) -> bool:
        account = self._accounts.get(who.name)
        return who.name == THIS_BOX if account is None else account.role == who.role

    def _may_try(self, address: str, name: str = "") -> None:
        now_s = self._now_s()
        if not self._addresses.take(address, now_s) or (name and not self._names.take(name, now_s)):
            raise Refused("too-often", 429)

    async def _hashed(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(secret.hashed, password, secrets.token_bytes(secret.SALT_BYTES))

    async def _fits(self, password: str, stored: str) -> bool:
        async with self._hashing:
            return await asyncio.to_thread(secret.fits, password, stored)

    def _read(self) -> Accounts:
        try:
            return book.from_json(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            self._say(f"console: {self._file}: {error}; nobody can sign in until it is mended or removed")
            return {"-": book.Account(name="-", role=Role.INSTALLER, password="")}
