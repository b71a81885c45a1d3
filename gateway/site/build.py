"""Resolve a sound site file into the values that the program runs on. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from gateway.model.device import Kind
from gateway.model.site import (
    Bus,
    Cards,
    ConsoleSetup,
    Device,
    DialInLink,
    InfluxUplink,
    MqttUplink,
    OutletSetup,
    Receiver,
    RtuOverTcpLink,
    SerialLink,
    Site,
    TcpLink,
    Tls,
    Upstream,
)
from gateway.site.charging import written_charging
from gateway.site.feeding import as_feeder, settings_of
from gateway.site.inherit import merged, outlet_keys, written
from gateway.site.lint import sticker_of
from gateway.site.lint_dial_in import bus_of
from gateway.site.schema import DialInLinkSpec, RtuOverTcpLinkSpec, SerialLinkSpec
from gateway.site.trading import written_trading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from gateway.model.device import DeviceModel
    from gateway.model.site import Link
    from gateway.model.wiring import Timing
    from gateway.site.schema import (
        BusSpec,
        ConsoleSpec,
        DeviceSpec,
        InfluxSpec,
        MqttSpec,
        ReceiverSpec,
        SiteFile,
        TcpLinkSpec,
        TimingOverride,
    )

MQTT_PORT = 1883
MQTT_TLS_PORT = 8883
SIMULATED = "sim://"


def build(site: SiteFile, models: Mapping[str, DeviceModel], path: Path, digest: str) -> Site:
    """Return the site of a file in which lint has found nothing. Files that it names are relative to its own place."""
    buses = {bus.name: bus for bus in site.buses}
    mqtt, influx = site.uplinks.mqtt, site.uplinks.influx
    return Site(
        name=site.site,
        gateway=site.gateway,
        label=site.label,
        timezone=site.timezone,
        coordinates=None if site.coordinates is None else (site.coordinates.latitude, site.coordinates.longitude),
        buses=tuple(made for bus in site.buses for made in _buses(bus, models, site)),
        devices=tuple(_device(device, buses[device.bus], models[device.profile], site) for device in site.devices),
        mqtt=None if mqtt is None else _mqtt(mqtt, site, path.parent),
        influx=None if influx is None else _influx(influx, path.parent),
        tariffs=tuple(site.tariffs),
        console=None if site.console is None else _console(site.console, path.parent),
        is_simulated=any(bus.link.kind == "serial" and bus.link.path.startswith(SIMULATED) for bus in site.buses),
        notify=tuple(receiver_of(receiver, path.parent) for receiver in site.notify),
        cloud_away_s=site.charging.cloud_away_s,
        cards=_cards(site, path.parent),
        trading=written_trading(site.cabinets, site.bins, site.price_lists, site.points_rules),
        file=str(path),
        digest=digest,
    )


def _buses(spec: BusSpec, models: Mapping[str, DeviceModel], site: SiteFile) -> Iterator[Bus]:
    """Yield a bus; where devices dial in, one for each of them, because each connection is a line of its own."""
    if isinstance(spec.link, DialInLinkSpec):
        for device in site.devices:
            if device.bus == spec.name:
                protocol = models[device.profile].driver
                link = DialInLink(host=spec.link.host, port=spec.link.port, unit=device.unit, protocol=protocol)
                yield Bus(name=bus_of(device, spec), link=link)
        return
    own = "bus_total_pickup_a" in spec.model_fields_set
    pickup_a = spec.bus_total_pickup_a if own else site.protection.bus_total_pickup_a
    yield Bus(name=spec.name, link=_link(spec.link), total_pickup_a=pickup_a)


def _link(spec: SerialLinkSpec | RtuOverTcpLinkSpec | TcpLinkSpec) -> Link:
    if isinstance(spec, SerialLinkSpec):
        return SerialLink(
            path=spec.path,
            baud=spec.baud,
            parity=spec.parity,
            stop_bits=spec.stop_bits,
            data_bits=spec.data_bits,
            latency_timer_ms=spec.latency_timer_ms,
        )
    if isinstance(spec, RtuOverTcpLinkSpec):
        return RtuOverTcpLink(host=spec.host, port=spec.port)
    return TcpLink(host=spec.host, port=spec.port)


def _device(spec: DeviceSpec, bus: BusSpec, model: DeviceModel, site: SiteFile) -> Device:
    settings: dict[str, object] = {}
    timing = _timing(model.timing, bus.timing, spec.timing)
    if model.kind is Kind.PILE:
        settings = merged(model.protection, written(site.protection), written(spec.protection))
        settings.pop("bus_total_pickup_a", None)
    elif spec.opens:
        settings, model = settings_of(written(spec.protection)), as_feeder(model, timing.refresh_ms)
    upstream = spec.upstream
    return Device(
        name=spec.name,
        bus=bus_of(spec, bus),
        unit=spec.unit,
        model=model,
        timing=timing,
        label=spec.label,
        sticker=spec.sticker or "",
        upstream=None if upstream is None else Upstream(device=upstream.device, channel=upstream.channel),
        feeds=tuple(spec.feeds),
        opens=tuple(Upstream(device=each.device, channel=each.channel) for each in spec.opens),
        outlets=tuple(_outlet(spec, outlet.number, settings) for outlet in model.outlets),
        protection=settings,
        charging=merged(written_charging(site.charging), written_charging(spec.charging)),
    )


def _timing(timing: Timing, *overrides: TimingOverride) -> Timing:
    for override in overrides:
        given = override.model_dump(exclude_none=True)
        timing = replace(timing, **given)
    return timing


def _outlet(device: DeviceSpec, number: int, pile: Mapping[str, object]) -> OutletSetup:
    spec = device.outlets.get(number)
    own = {} if spec is None else written(spec.protection)
    settings = merged(outlet_keys(pile), own) if pile else {}
    return OutletSetup(
        number=number,
        sticker=sticker_of(device, number),
        label="" if spec is None else spec.label,
        protection=settings,
        trip_within_ms=cast("float | None", settings.get("trip_within_ms")),
    )


def _console(spec: ConsoleSpec, beside: Path) -> ConsoleSetup:
    return ConsoleSetup(
        port=spec.port,
        address=spec.address,
        names=tuple(name.lower() for name in spec.names),
        cert_file=_beside(beside, spec.cert_file),
        key_file=_beside(beside, spec.key_file),
    )


def receiver_of(spec: ReceiverSpec, base: Path) -> Receiver:
    """Return a receiver of the roster; files that it names are relative to `base`."""
    files = {"url_file": _beside(base, spec.url_file), "secret_file": _beside(base, spec.secret_file)}
    return Receiver(**(spec.model_dump() | files))


def _mqtt(spec: MqttSpec, site: SiteFile, base: Path) -> MqttUplink:
    default_port = MQTT_PORT if spec.tls is None else MQTT_TLS_PORT
    prefix = spec.prefix.replace("{site}", site.site).replace("{gateway}", site.gateway)
    return MqttUplink(
        host=spec.host,
        port=spec.port or default_port,
        prefix=prefix.rstrip("/") + "/",
        user=spec.user,
        password_file=_beside(base, spec.password_file),
        tls=None
        if spec.tls is None
        else Tls(
            ca_file=_beside(base, spec.tls.ca_file),
            cert_file=_beside(base, spec.tls.cert_file),
            key_file=_beside(base, spec.tls.key_file),
        ),
    )


def _cards(site: SiteFile, base: Path) -> Cards | None:
    spec = site.charging.cards
    if spec is None:
        return None
    return Cards(
        key_file=_beside(base, spec.key_file),
        ceiling_mil=spec.ceiling_mil or 0,
        list_age_most_s=spec.list_age_most_s,
        while_cloud_is_there=spec.when == "always",
    )


def _influx(spec: InfluxSpec, base: Path) -> InfluxUplink:
    return InfluxUplink(
        url=spec.url.rstrip("/"),
        dialect=spec.dialect,
        org=spec.org,
        bucket=spec.bucket,
        database=spec.database,
        user=spec.user,
        secret_file=_beside(base, spec.secret_file),
    )


def _beside(base: Path, name: str) -> str:
    """Return a named file's path, relative to the site file's directory; empty stays empty."""
    return str(base / name) if name else ""
