"""Notices as WeCom, DingTalk and our own webhook take them, and what their answers mean."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from gateway.alarm.notice import Item, Notice
from gateway.alarm.post import TEXT_BYTES, Place, refusal, request, text
from gateway.model.site import Receiver

ITEM = Item(
    target="pile-01/outlet-01", word="weld", severity="critical", state="unacknowledged",
    since_ts_ms=1_763_800_000_000, cause="line-1", detail="0.31 A after OFF",
)  # fmt: skip
DONE = replace(ITEM, state="normal", by="wang", why="relay replaced")
NOTICE = Notice(id="n-1", receiver="duty", at_ms=1, ts_ms=1_763_800_000_500, raised=(ITEM,), closed=(DONE,))
PLAIN = Receiver(name="duty", language="en")
TS_MS = 1_763_800_001_000
PLACE = Place(name="shed/gw-1", zone=ZoneInfo("Asia/Shanghai"))


def test_our_webhook_is_signed_over_its_time_and_all_of_its_body() -> None:
    made = request(NOTICE, PLAIN, "https://x.example/hook", "key", PLACE, TS_MS)
    said = json.loads(made.body)
    assert (said["v"], said["gateway"], said["id"]) == (1, "shed/gw-1", "n-1")
    assert said["raised"][0]["word"] == "weld"
    assert made.headers["X-Gateway-Id"] == "n-1"
    expected = hmac.new(b"key", f"{TS_MS}.".encode() + made.body, hashlib.sha256).hexdigest()
    assert made.headers["X-Gateway-Signature"] == expected
    later = request(NOTICE, PLAIN, "https://x.example/hook", "key", PLACE, TS_MS + 1)
    assert later.headers["X-Gateway-Signature"] != expected
    assert later.body == made.body


def test_dingtalk_gets_its_signature_in_the_address() -> None:
    robot = replace(PLAIN, form="dingtalk")
    made = request(NOTICE, robot, "https://oapi.dingtalk.com/robot/send?access_token=t", "SECx", PLACE, TS_MS)
    query = parse_qs(urlsplit(made.url).query)
    assert query["timestamp"] == [str(TS_MS)]
    expected = hmac.new(b"SECx", f"{TS_MS}\nSECx".encode(), hashlib.sha256).digest()
    assert base64.b64decode(query["sign"][0]) == expected
    assert json.loads(made.body)["msgtype"] == "text"
    assert "X-Gateway-Signature" not in made.headers


def test_wecom_gets_a_text_and_nothing_else() -> None:
    robot = replace(PLAIN, form="wecom", language="zh-CN")
    url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k"
    made = request(NOTICE, robot, url, "", PLACE, TS_MS)
    assert made.url == url
    assert json.loads(made.body) == {"msgtype": "text", "text": {"content": text(NOTICE, "zh-CN", PLACE)}}


def test_a_text_says_what_where_when_what_to_do_and_who_has_settled_it() -> None:
    place, raised, closed = text(NOTICE, "en", PLACE).splitlines()
    assert place == "shed/gw-1"
    assert raised.startswith(
        "[Alarm] welded contact · pile-01/outlet-01 · 11-22 16:26:40 · 0.31 A after OFF · The outlet"
    )
    assert (
        closed
        == "[Settled] welded contact · pile-01/outlet-01 · 11-22 16:26:40 · 0.31 A after OFF · wang · relay replaced"
    )


def test_a_text_in_chinese_says_what_was_said_in_chinese_too() -> None:
    _, raised, _ = text(NOTICE, "zh-CN", PLACE).splitlines()
    assert raised.startswith("[告警] 继电器粘连 · pile-01/outlet-01 · 11-22 16:26:40 · 断电后仍有 0.31 A · ")


def test_the_time_is_that_of_the_site() -> None:
    assert "11-22 08:26:40" in text(NOTICE, "en", Place(name="shed/gw-1", zone=UTC))


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_flood_fits_a_robot_and_says_how_many_are_left_out(language: str) -> None:
    many = replace(NOTICE, raised=tuple(replace(ITEM, target=f"pile-01/outlet-{n:03}") for n in range(200)))
    lines = text(many, language, PLACE).splitlines()
    assert len("\n".join(lines).encode()) <= TEXT_BYTES
    shown = len(lines) - 2
    assert str(201 - shown) in lines[-1]


@pytest.mark.parametrize(
    ("form", "status", "body", "is_taken"),
    [
        ("plain", 204, b"", True),
        ("plain", 302, b"", False),
        ("plain", 500, b"", False),
        ("wecom", 200, b'{"errcode":0,"errmsg":"ok"}', True),
        ("wecom", 200, b'{"errcode":45009,"errmsg":"freq out of limit"}', False),
        ("dingtalk", 200, b'{"errcode":310000,"errmsg":"sign not match"}', False),
        ("dingtalk", 200, b"<html>", False),
        ("dingtalk", 200, b"[]", False),
    ],
)
def test_what_an_answer_means(form: str, status: int, body: bytes, is_taken: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert (refusal(replace(PLAIN, form=form), status, body) == "") is is_taken
