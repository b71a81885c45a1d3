"""A notice as an HTTP request: a signed webhook of our own, or what the robots of WeCom and DingTalk take. Pure.

Ours: `X-Gateway-Signature` is the hex HMAC-SHA256 of `TIMESTAMP.BODY` under the shared secret, with the timestamp (ms
since 1970) in `X-Gateway-Timestamp`; `X-Gateway-Id` is the same at each repetition. WeCom: the key is in the address,
text up to 2048 bytes, and `errcode` 0 is success (developer.work.weixin.qq.com/document/path/91770). DingTalk: the
address gets `timestamp` and `sign`, base64 of the HMAC-SHA256 of timestamp, line feed and secret under the secret, and
`errcode` 0 is success (open.dingtalk.com, "custom robot access").
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from gateway.alarm.catalogue import about
from gateway.alarm.phrases import read_as

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from gateway.alarm.notice import Item, Notice
    from gateway.model.site import Receiver

TEXT_BYTES = 2000
OK_FROM, OK_TO = 200, 300

_TITLES = {
    "en": {"raised": "Alarm", "again": "Still not acknowledged", "closed": "Settled", "more": "and {count} more"},
    "zh-CN": {"raised": "告警", "again": "仍未确认", "closed": "已处理", "more": "另有 {count} 条"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a notice comes from: `name` is `SITE/GATEWAY`, its times are those of the site's `zone`."""

    name: str
    zone: tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent with POST."""

    url: str
    headers: Mapping[str, str]
    body: bytes


def request(notice: Notice, receiver: Receiver, url: str, secret: str, place: Place, ts_ms: int) -> Request:
    """Return the request that brings a notice to a receiver now."""
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if receiver.form == "plain":
        body = _json({"v": 1, "gateway": place.name, **asdict(notice), "text": text(notice, receiver.language, place)})
        signature = hmac.new(secret.encode(), f"{ts_ms}.".encode() + body, hashlib.sha256).hexdigest()
        own = {"X-Gateway-Id": notice.id, "X-Gateway-Timestamp": str(ts_ms), "X-Gateway-Signature": signature}
        return Request(url=url, headers=headers | own, body=body)
    body = _json({"msgtype": "text", "text": {"content": text(notice, receiver.language, place)}})
    if receiver.form == "dingtalk" and secret:
        digest = hmac.new(secret.encode(), f"{ts_ms}\n{secret}".encode(), hashlib.sha256).digest()
        url = f"{url}&timestamp={ts_ms}&sign={quote_plus(base64.b64encode(digest))}"
    return Request(url=url, headers=headers, body=body)


def refusal(receiver: Receiver, status: int, body: bytes) -> str:
    """Return why an answer is no success, in one line; empty where it is one."""
    if not OK_FROM <= status < OK_TO:
        return f"HTTP {status}"
    if receiver.form == "plain":
        return ""
    try:
        said = json.loads(body)
        code, why = said["errcode"], str(said.get("errmsg", ""))
    except (KeyError, TypeError, ValueError):
        return "not the answer of a robot"
    return "" if code == 0 else f"errcode {code}: {why[:100]}"


def text(notice: Notice, language: str, place: Place) -> str:
    """Return a notice for people: a line for each alarm, as many as a robot takes."""
    titles, lines, left = _TITLES[language], [place.name], len(notice.items)
    for part in ("raised", "again", "closed"):
        items: tuple[Item, ...] = getattr(notice, part)
        for item in items:
            line = f"[{titles[part]}] {_line(item, language, place.zone, is_closed=part == 'closed')}"
            if len("\n".join([*lines, line]).encode()) > TEXT_BYTES - 40:
                return "\n".join([*lines, titles["more"].format(count=left)])
            lines.append(line)
            left -= 1
    return "\n".join(lines)


def _line(item: Item, language: str, zone: tzinfo, *, is_closed: bool) -> str:
    word = about(item.word)
    named = word.zh if language == "zh-CN" else word.en
    name = f"{named.name} ({item.word})" if word.en.name == "unknown alarm" else named.name
    when = datetime.fromtimestamp(item.since_ts_ms / 1000, zone).strftime("%m-%d %H:%M:%S")
    parts = [name, item.target, when, read_as(item.detail, language)]
    parts += [item.by, item.why] if is_closed else [named.todo]
    return " · ".join(filter(None, parts))


def _json(said: object) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
