"""Who is let in: the set-up code, passwords, tickets, sessions, and their limits."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from gateway.console.access import setup_code
from gateway.console.access.keeper import TICKET_S, TRIES, TRY_EVERY_S
from gateway.console.access.roles import Role, Who
from gateway.console.access.sessions import EACH, IDLE_S, LONGEST_S
from tests.unit.console.access.porter import NAMES, PASSWORD, Porter, cheap_passwords

if TYPE_CHECKING:
    from pathlib import Path

ME = {"name": "ines", "password": PASSWORD}


@pytest.fixture
def porter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Porter:
    cheap_passwords(monkeypatch)
    return Porter(tmp_path)


async def test_until_there_are_accounts_the_box_itself_may_look_and_nobody_else(porter: Porter) -> None:
    async with porter.client() as here, porter.client(address="10.0.0.7") as elsewhere:
        assert (await here.get("/api/snapshot")).status_code == 200
        assert (await elsewhere.get("/api/snapshot")).status_code == 401
        assert (await here.get("/api/accounts")).status_code == 403
        await porter.employ()
        assert (await here.get("/api/snapshot")).status_code == 401


async def test_the_set_up_code_makes_the_first_installer_once(porter: Porter) -> None:
    code = porter.keeper.arm()
    assert setup_code.shown(code) in porter.said[0]
    async with porter.client() as client:
        assert (await client.get("/api/me")).json() == {
            "name": "this-box",
            "role": "viewer",
            "has_accounts": False,
            "can_set_up": True,
            "timezone": "Asia/Urumqi",
        }
        answer = await client.post("/api/set-up", json={"code": setup_code.shown(code).lower(), **ME})
        assert answer.status_code == 204
        assert "HttpOnly" in answer.headers["set-cookie"]
        assert "SameSite=strict" in answer.headers["set-cookie"]
        assert (await client.get("/api/me")).json() == {
            "name": "ines",
            "role": "installer",
            "has_accounts": True,
            "can_set_up": False,
            "timezone": "Asia/Urumqi",
        }
    async with porter.client() as other:
        again = await other.post("/api/set-up", json={"code": code, "name": "mallory", "password": PASSWORD})
        assert (again.status_code, again.json()["detail"]) == (403, "not-armed")
    assert stat.S_IMODE(porter.file.stat().st_mode) == 0o600
    assert PASSWORD not in porter.file.read_text()
    assert ("ines", "account-added") in porter.audit.notes


async def test_five_wrong_codes_end_it_and_only_a_physical_act_brings_another(porter: Porter) -> None:
    code = porter.keeper.arm()
    async with porter.client() as client:
        for last in [False] * (setup_code.WRONG_TRIES - 1) + [True]:
            porter.now_s += TRY_EVERY_S
            answer = await client.post("/api/set-up", json={"code": "WRONGONE", **ME})
            assert answer.json()["detail"] == ("not-armed" if last else "wrong-code")
        porter.now_s += TRY_EVERY_S
        answer = await client.post("/api/set-up", json={"code": code, **ME})
        assert answer.json()["detail"] == "not-armed"
        fresh = porter.keeper.arm()
        porter.now_s += TRY_EVERY_S
        assert (await client.post("/api/set-up", json={"code": fresh, **ME})).status_code == 204


async def test_a_set_up_code_ends_with_time(porter: Porter) -> None:
    code = porter.keeper.arm()
    porter.now_s += setup_code.LIVES_S
    async with porter.client() as client:
        assert (await client.post("/api/set-up", json={"code": code, **ME})).json()["detail"] == "not-armed"


@pytest.mark.parametrize(
    ("name", "password", "word"),
    [
        ("ines", "short", "password-short:10"),
        ("ines", "a" * 20, "password-simple"),
        ("ines.the.first", "Ines.the.first", "password-simple"),
        ("Ines!", PASSWORD, "name-form"),
    ],
)
async def test_a_bad_name_or_password_costs_no_code(porter: Porter, name: str, password: str, word: str) -> None:
    code = porter.keeper.arm()
    async with porter.client() as client:
        answer = await client.post("/api/set-up", json={"code": code, "name": name, "password": password})
        assert (answer.status_code, answer.json()["detail"]) == (422, word)
        assert (await client.post("/api/set-up", json={"code": code, **ME})).status_code == 204


async def test_a_wrong_name_and_a_wrong_password_are_one_answer(porter: Porter) -> None:
    await porter.employ()
    async with porter.client() as client:
        answers = [
            await client.post("/api/session", json={"name": name, "password": password})
            for name, password in (("ines", "not this one"), ("nobody", PASSWORD), ("-", "anything"))
        ]
        assert {(answer.status_code, answer.text) for answer in answers} == {(401, '{"detail":"wrong-password"}')}
        assert (await client.get("/api/me")).json()["name"] == ""


async def test_guessing_is_slow_for_each_address_and_for_each_name(porter: Porter) -> None:
    await porter.employ()
    wrong = {"name": "ines", "password": "not this one"}
    for number in range(TRIES):
        async with porter.client(address=f"10.0.0.{number}") as client:
            assert (await client.post("/api/session", json=wrong)).status_code == 401
    async with porter.client(address="10.0.0.99") as client:
        assert (await client.post("/api/session", json=ME)).status_code == 429, "the name's tries are used up"
        porter.now_s += TRY_EVERY_S
        assert (await client.post("/api/session", json=ME)).status_code == 204
    async with porter.client(address="10.0.0.50") as client:
        for number in range(TRIES):
            said = {"name": f"x{number}", "password": PASSWORD}
            assert (await client.post("/api/session", json=said)).status_code == 401
        assert (await client.post("/api/session", json=ME)).status_code == 429, "the address's tries are used up"


async def test_a_session_ends_when_it_is_idle_when_it_is_old_and_when_somebody_signs_out(porter: Porter) -> None:
    await porter.employ()
    client = await porter.signed_in("vera")
    porter.now_s += IDLE_S
    assert (await client.get("/api/snapshot")).status_code == 200
    porter.now_s += IDLE_S + 1
    assert (await client.get("/api/snapshot")).status_code == 401
    client = await porter.signed_in("vera")
    for _ in range(int(LONGEST_S / IDLE_S)):
        porter.now_s += IDLE_S
        assert (await client.get("/api/snapshot")).status_code == 200
    porter.now_s += IDLE_S
    assert (await client.get("/api/snapshot")).status_code == 401
    client = await porter.signed_in("vera")
    cookie = dict(client.cookies)
    assert (await client.delete("/api/session")).status_code == 204
    thief = porter.client()
    thief.cookies.update(cookie)
    assert (await thief.get("/api/snapshot")).status_code == 401


async def test_of_too_many_sessions_the_oldest_ends(porter: Porter) -> None:
    await porter.employ()
    first = await porter.signed_in("vera")
    for _ in range(EACH):
        porter.now_s += TRY_EVERY_S
        newest = await porter.signed_in("vera")
    assert (await first.get("/api/snapshot")).status_code == 401
    assert (await newest.get("/api/snapshot")).status_code == 200


async def test_another_password_or_role_ends_the_sessions_and_the_last_installer_stays(porter: Porter) -> None:
    await porter.employ()
    otto, ines = await porter.signed_in("otto"), await porter.signed_in("ines")
    assert (await ines.patch("/api/accounts/otto", json={"role": "viewer"})).status_code == 204
    assert (await otto.get("/api/snapshot")).status_code == 401
    for answer in (
        await ines.patch("/api/accounts/ines", json={"role": "viewer"}),
        await ines.delete("/api/accounts/ines"),
    ):
        assert (answer.status_code, answer.json()["detail"]) == (409, "last-installer")
    assert (await ines.delete("/api/accounts/otto")).status_code == 204
    assert (await ines.delete("/api/accounts/otto")).status_code == 409
    assert [each["name"] for each in (await ines.get("/api/accounts")).json()] == ["ines", "vera"]
    assert [what for _, what in porter.audit.notes][-3:] == ["signed-in", "account-changed", "account-removed"]


async def test_a_ticket_signs_in_once_and_not_for_long(porter: Porter) -> None:
    await porter.employ()
    ticket = porter.keeper.ticket(Role.OPERATOR)
    async with porter.client() as client, porter.client() as second:
        assert (await client.post("/api/session", json={"ticket": ticket})).status_code == 204
        assert (await client.get("/api/me")).json()["role"] == "operator"
        assert (await second.post("/api/session", json={"ticket": ticket})).status_code == 401
        late = porter.keeper.ticket(Role.OPERATOR)
        porter.now_s += TICKET_S + 1
        assert (await second.post("/api/session", json={"ticket": late})).status_code == 401


async def test_accounts_outlive_the_process_and_a_damaged_file_lets_nobody_in(porter: Porter, tmp_path: Path) -> None:
    await porter.employ()
    again = Porter(tmp_path)
    assert again.keeper.names() == porter.keeper.names()
    porter.file.write_text('[{"name": "ines"}]')
    damaged = Porter(tmp_path)
    assert str(damaged.file) in damaged.said[0]
    async with damaged.client() as client:
        assert (await client.get("/api/snapshot")).status_code == 401
        assert (await client.post("/api/session", json=ME)).status_code == 401


async def test_who_is_signed_in_stays_so_when_the_console_starts_again(porter: Porter) -> None:
    await porter.employ()
    client, token = await porter.signed_in("otto"), ""
    token = client.cookies["gateway-session"]
    assert token not in porter.sessions.read_text()
    assert stat.S_IMODE(porter.sessions.stat().st_mode) == 0o600
    ticket = await porter.keeper.show_ticket(porter.keeper.ticket(Role.VIEWER), "")
    again = porter.another_keeper()
    assert (again.who(token), again.who(ticket)) == (porter.keeper.who(token), porter.keeper.who(ticket))
    porter.now_s += LONGEST_S + 1
    assert porter.another_keeper().who(token) is None


async def test_no_session_outlives_its_account_its_role_its_end_or_the_box(porter: Porter) -> None:
    by = Who(name="test", role=Role.INSTALLER)
    await porter.employ()
    tokens = {name: (await porter.signed_in(name)).cookies["gateway-session"] for name in NAMES.values()}
    kept, accounts = porter.sessions.read_text(), porter.file.read_text()
    await porter.keeper.sign_out(tokens["vera"])
    await porter.keeper.change(by, "otto", role=Role.VIEWER)
    assert [name for name, token in tokens.items() if porter.another_keeper().who(token)] == ["ines"]
    porter.sessions.write_text(kept)
    assert porter.another_keeper().who(tokens["otto"]) is None, "kept as an operator, who is none any more"
    porter.file.write_text(accounts)
    porter.now_s = 1.0  # the box has started again, and somebody has put the file back
    assert [porter.another_keeper().who(token) for token in tokens.values()] == [None] * 3


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '[{"digest": "zz", "name": "ines", "role": "INSTALLER", "begun_s": 1}]', "\0"]
)
async def test_sessions_that_cannot_be_read_are_none(porter: Porter, text: str) -> None:
    porter.sessions.write_text(text)
    assert porter.another_keeper().who("") is None
