"""The words of alarms that only a fleet console raises: what no gateway can say of itself. Pure."""

from __future__ import annotations

from gateway.alarm.word import Severity, Text, Word

FLEET: tuple[Word, ...] = (
    Word(
        word="gateway-away",
        severity=Severity.HIGH,
        en=Text(
            name="gateway away",
            todo="Its shed protects itself and cannot be seen from here. Check power and network there.",
        ),
        zh=Text(name="网关离线", todo="现场保护照常，但远程看不到。检查该处电源与网络。"),
    ),
    Word(
        word="config-changed",
        severity=Severity.MEDIUM,
        en=Text(
            name="configuration changed",
            todo="The site file or a profile is another than before. See who changed it; acknowledge if it is right.",
        ),
        zh=Text(name="配置已更改", todo="站点文件或设备模板与之前不同。查明更改者；无误则确认。"),
        momentary=True,
    ),
    Word(
        word="broker-away",
        severity=Severity.HIGH,
        en=Text(
            name="message server away",
            todo="No gateway can be seen from here. Check the server in the detail, and this console's way to it.",
        ),
        zh=Text(name="消息服务器连接中断", todo="此处看不到任何网关。检查详情中的服务器及本机网络。"),
    ),
)
