"""The words of alarms that field raises: protection, supervision, lines, itself. Pure."""

from __future__ import annotations

from gateway.alarm.word import Severity, Text, Where, Word

CRITICAL, HIGH, MEDIUM, LOW = Severity

FIELD: tuple[Word, ...] = (
    Word(
        word="smoke",
        severity=CRITICAL,
        en=Text(name="smoke", todo="Call the fire brigade if there is fire; go there, look, then reset with a reason."),
        zh=Text(name="烟感报警", todo="如有明火立即拨打 119；到现场查看，确认后说明原因并复位。"),
        of_field=True,
    ),
    Word(
        word="leakage",
        severity=CRITICAL,
        en=Text(
            name="residual current",
            todo="Keep people away; have an electrician look for the fault before anything is reset.",
        ),
        zh=Text(name="漏电", todo="禁止人员接触；由电工查明漏电点后再复位。"),
        of_field=True,
    ),
    Word(
        word="breaker-failure",
        severity=CRITICAL,
        en=Text(name="did not open", todo="Switch the pile off at its breaker by hand, then replace the relay."),
        zh=Text(name="断开失败", todo="现场手动断开该桩断路器，更换继电器。"),
        of_field=True,
    ),
    Word(
        word="weld",
        severity=CRITICAL,
        en=Text(
            name="welded contact",
            todo="The outlet stays live: take it out of use at the breaker and replace the relay.",
        ),
        zh=Text(name="继电器粘连", todo="端口仍带电：从断路器处停用，更换继电器。"),
        of_field=True,
    ),
    Word(
        word="over-temperature",
        severity=CRITICAL,
        en=Text(name="over-temperature", todo="Go there; look for loose terminals and covered vents before resetting."),
        zh=Text(name="过温", todo="到现场检查接线松动、散热遮挡，确认后复位。"),
        of_field=True,
    ),
    Word(
        word="pile-total",
        severity=HIGH,
        en=Text(
            name="pile total exceeded",
            todo="Outlets were shed by themselves. If it happens again, check the rating in the site file.",
        ),
        zh=Text(name="整桩过流", todo="系统已自动卸载部分端口；若反复出现，核对站点文件中的额定值。"),
        of_field=True,
    ),
    Word(
        word="bus-total",
        severity=HIGH,
        en=Text(
            name="line total exceeded",
            todo="Outlets were shed by themselves. If it happens again, check the supply's rating.",
        ),
        zh=Text(name="总线过流", todo="系统已自动卸载部分端口；若反复出现，核对进线容量。"),
        of_field=True,
    ),
    Word(
        word="bound-missed",
        severity=HIGH,
        en=Text(
            name="cutoff later than guaranteed",
            todo="Look at the trip's record and at the line: which reading or answer was late?",
        ),
        zh=Text(name="断电超时", todo="查看跳闸记录与总线页面，找出迟到的读数或应答。"),
        of_field=True,
        momentary=True,
    ),
    Word(
        word="sight-lost",
        severity=HIGH,
        en=Text(
            name="currents out of sight",
            todo="Currents are not seen, nothing can be started. Check power and wiring of the device.",
        ),
        zh=Text(name="监测失联", todo="看不到电流，禁止启动。检查设备供电与接线。"),
        of_field=True,
        follows=(("link-down", Where.LINE),),
    ),
    Word(
        word="link-down",
        severity=HIGH,
        en=Text(name="line down", todo="Check the adapter or the network of this line, and its power."),
        zh=Text(name="链路断开", todo="检查该链路的转换器或网络及其供电。"),
        of_field=True,
    ),
    Word(
        word="lease-not-armed",
        severity=HIGH,
        en=Text(
            name="watchdog not armed",
            todo="The pile would not open by itself if this gateway died. Check its firmware and settings.",
        ),
        zh=Text(name="看门狗未生效", todo="网关失效时该桩不会自行断电。检查固件与设置。"),
        of_field=True,
    ),
    Word(
        word="own-limit-not-set",
        severity=HIGH,
        en=Text(
            name="own limit not set",
            todo="The pile does not cut off at the wanted power by itself. Check its firmware and settings.",
        ),
        zh=Text(name="自身限值未生效", todo="充电桩未按要求的功率自行断电。检查固件与设置。"),
        of_field=True,
    ),
    Word(
        word="on-without-grant",
        severity=HIGH,
        en=Text(
            name="on without permission", todo="If nothing explains it, it is opened by itself. See who switched it on."
        ),
        zh=Text(name="未授权接通", todo="若无订单说明，系统将自动断开。查明由谁接通。"),
        of_field=True,
    ),
    Word(
        word="implausible",
        severity=MEDIUM,
        en=Text(
            name="implausible data", todo="The reading cannot be true, the outlet was opened. Check meter and profile."
        ),
        zh=Text(name="数据异常", todo="读数不可信，端口已断开。检查计量模块与设备档案。"),
        of_field=True,
    ),
    Word(
        word="frozen",
        severity=MEDIUM,
        en=Text(
            name="frozen data",
            todo="The reading has not changed for too long. Power-cycle the device; if it recurs, replace the meter.",
        ),
        zh=Text(name="数据冻结", todo="读数长时间不变。给设备断电重启；反复出现则更换计量模块。"),
        of_field=True,
    ),
    Word(
        word="silent",
        severity=MEDIUM,
        en=Text(name="does not answer", todo="Check power, address and wiring of the device."),
        zh=Text(name="通信中断", todo="检查设备供电、地址与接线。"),
        of_field=True,
        follows=(("sight-lost", Where.SAME), ("link-down", Where.LINE)),
    ),
    Word(
        word="door",
        severity=MEDIUM,
        en=Text(name="pile door open", todo="Close the pile's door."),
        zh=Text(name="桩门未关", todo="关好充电桩门。"),
        of_field=True,
    ),
    Word(
        word="rejected",
        severity=LOW,
        en=Text(
            name="load rejected",
            todo="The charger drew too much. It ends when the plug has been out; the third in 24 h locks.",
        ),
        zh=Text(name="拒绝负荷", todo="负荷过大。拔出插头后自动解除；24 小时内第三次将闭锁。"),
        of_field=True,
    ),
    Word(
        word="reports-turned-away",
        severity=MEDIUM,
        en=Text(name="reports wait in the devices", todo="The log does not take what devices tell. Check the disk."),
        zh=Text(name="上报积压", todo="日志暂不能接收设备上报。检查磁盘。"),
        of_field=True,
    ),
    Word(
        word="memory",
        severity=MEDIUM,
        en=Text(
            name="field's memory cannot be written", todo="Latches would be lost at a restart. Check /run on this box."
        ),
        zh=Text(name="运行记忆无法写入", todo="重启会丢失闭锁记录。检查本机 /run。"),
        of_field=True,
    ),
    Word(
        word="loop-late",
        severity=MEDIUM,
        en=Text(name="control loop late", todo="Something holds the processor. See what else runs on this box."),
        zh=Text(name="控制循环滞后", todo="处理器被占用。检查本机其他程序。"),
        of_field=True,
    ),
    Word(
        word="time-not-told",
        severity=LOW,
        en=Text(
            name="device clock not set", todo="This box does not know the time for certain. Check its network time."
        ),
        zh=Text(name="时钟未同步", todo="本机时间不可信。检查网络对时。"),
        of_field=True,
    ),
    Word(
        word="part-failed",
        severity=MEDIUM,
        en=Text(name="a part of field failed", todo="Protection goes on. Send the detail to the maker."),
        zh=Text(name="内部部件出错", todo="保护继续运行。请将详情反馈给厂家。"),
        of_field=True,
        momentary=True,
    ),
)
