"""Builds notify from its settings; the only place that makes clients."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any, Literal, cast

from opentelemetry.instrumentation.pymongo import PymongoInstrumentor

from services import cities
from services.common import mongo, rpc, telemetry
from services.common.consume import Consumer
from services.common.http import HttpServer
from services.common.kafka import KafkaBus
from services.common.keeping import keep
from services.common.service import FaustPart, Part, faust_app
from services.common.ticker import Ticker
from services.notify.adapters.email import EmailChannel
from services.notify.adapters.file import FileChannel
from services.notify.adapters.peers import GrpcPeers
from services.notify.adapters.repository import ALIAS, DATABASE, DeliveryDocument, DeliveryStore
from services.notify.adapters.sms import SmsChannel
from services.notify.adapters.wire import HEARD, wire
from services.notify.adapters.words import TemplateWriter
from services.notify.application.handlers import Notifier
from services.notify.application.ports import Channel
from services.notify.domain.model import DeliveryChannel, Patience
from services.notify.entrypoints import http
from services.notify.settings import NotifySettings

# A message may take this much longer, so that many share the questions and the write.
GATHER = timedelta(milliseconds=250)


class Closing:
    """Clients to be closed after everything that uses them has stopped."""

    name = "clients"

    def __init__(self, close: Sequence[Callable[[], Awaitable[None]]]) -> None:
        self._close = close

    async def start(self) -> None:
        """They connect when first used."""

    async def stop(self) -> None:
        """Closes them."""
        for close in self._close:
            await close()

    def failed(self) -> Iterable[asyncio.Task[Any]]:
        """They have no task of their own."""
        return []


async def build(settings: NotifySettings) -> Sequence[Part]:
    """The parts of notify in the order of their start."""
    if settings.otel_exporter_otlp_endpoint:
        PymongoInstrumentor().instrument()
    city = cities.load(settings.city)
    mongo.connect(settings.mongo_url, DATABASE, ALIAS)
    await mongo.in_thread(mongo.ensure_indexes, DeliveryDocument)
    store = DeliveryStore()
    events = wire()
    bus = KafkaBus(settings.kafka_bootstrap, "dasan-notify")
    keeping = keep("notify", store=store, wire=events, bus=bus)
    aggregates = keeping.aggregates
    peers = GrpcPeers(
        intake=rpc.channel(settings.intake_grpc),
        districts=rpc.channel(settings.districts_grpc),
        survey=rpc.channel(settings.survey_grpc),
    )
    closing: list[Callable[[], Awaitable[None]]] = [peers.close]
    channels = [_channel(kind, settings, closing) for kind in settings.channels]
    notifier = Notifier(
        aggregates=aggregates,
        peers=peers,
        writer=TemplateWriter(city),
        channels=channels,
        patience=Patience(),
        clock=telemetry.utc_now,
        chance=random.random,
    )
    app = faust_app("notify", settings.kafka_bootstrap, events, gather=GATHER)
    consumer = Consumer(
        app=app,
        service="notify",
        topics=events.topics(*HEARD),
        wire=events,
        handler=notifier.handle,
        bus=bus,
    )
    api = http.create(deliveries=store, ready={"database": lambda: mongo.ping(ALIAS)})
    return [
        Closing(closing),
        keeping.publisher,
        Ticker(store=store, wake=notifier.wake, clock=telemetry.utc_now),
        HttpServer(api, host=settings.bind_host, port=settings.notify_http_port),
        consumer,
        FaustPart(app),
    ]


def _channel(
    kind: DeliveryChannel,
    settings: NotifySettings,
    closing: list[Callable[[], Awaitable[None]]],
) -> Channel:
    match kind:
        case DeliveryChannel.FILE:
            return FileChannel(settings.notify_file_dir)
        case DeliveryChannel.SMS:
            sms = SmsChannel(
                url=settings.sms_gateway_url,
                token=settings.sms_gateway_token,
                parallel=settings.notify_parallel,
            )
            closing.append(sms.close)
            return sms
        case DeliveryChannel.EMAIL:
            return EmailChannel(
                host=settings.smtp_host,
                port=settings.smtp_port,
                tls=cast(Literal["none", "starttls", "tls"], settings.smtp_tls),
                user=settings.smtp_user,
                password=settings.smtp_password,
                sender=settings.smtp_from,
                parallel=settings.notify_parallel,
            )
