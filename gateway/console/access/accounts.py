"""Who may sign in, with which role. Pure; kept as one JSON text."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from gateway.console.access.roles import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
MOST = 64


class AccountRefused(Exception):  # noqa: N818 - the answer to a person, as a word of the catalogues
    """A change of the accounts is refused; the text is a word: `name-taken`, `last-installer`, ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`password` is what `password.hashed` gives."""

    name: str
    role: Role
    password: str


Accounts = dict[str, Account]


def added(accounts: Mapping[str, Account], account: Account) -> Accounts:
    """Return the accounts with a new one. Raises `AccountRefused`."""
    if not NAME.fullmatch(account.name):
        raise AccountRefused("name-form")
    if account.name in accounts:
        raise AccountRefused("name-taken")
    if len(accounts) >= MOST:
        raise AccountRefused("too-many-accounts")
    return {**accounts, account.name: account}


def changed(accounts: Mapping[str, Account], account: Account) -> Accounts:
    """Return the accounts with another role or password of one. Raises `AccountRefused`."""
    if account.name not in accounts:
        raise AccountRefused("no-such-account")
    return _with_installer({**accounts, account.name: account})


def removed(accounts: Mapping[str, Account], name: str) -> Accounts:
    """Return the accounts without one. Raises `AccountRefused`: somebody must be left who can make accounts."""
    if name not in accounts:
        raise AccountRefused("no-such-account")
    return _with_installer({other: account for other, account in accounts.items() if other != name})


def _with_installer(accounts: Accounts) -> Accounts:
    if not any(account.role is Role.INSTALLER for account in accounts.values()):
        raise AccountRefused("last-installer")
    return accounts


def to_json(accounts: Mapping[str, Account]) -> str:
    """Return what is stored."""
    return json.dumps([asdict(account) | {"role": account.role.name.lower()} for account in accounts.values()])


def from_json(text: str) -> Accounts:
    """Return stored accounts. Raises `ValueError` for what is not of this form: nobody is let in by a damaged file."""
    found: Accounts = {}
    try:
        for each in json.loads(text):
            account = Account(name=each["name"], role=Role[each["role"].upper()], password=each["password"])
            found = added(found, account)
    except (AccountRefused, AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"no accounts: {error!r}") from None
    return found
