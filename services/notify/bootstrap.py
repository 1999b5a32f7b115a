"""Puts notify together; the only place that makes clients."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Literal, cast

from services import cities
from services.common import mongo, outcomes, rpc, telemetry
from services.common.access import CallersFile
from services.common.consume import Consumer
from services.common.http import HttpServer
from services.common.indexes import Indexes
from services.common.kafka import KafkaBus
from services.common.keeping import Keeping
from services.common.mongo_runs import MongoRuns
from services.common.pace import Pace
from services.common.parts import Closing, Part
from services.common.readiness import Readiness
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


async def build(settings: NotifySettings, readiness: Readiness) -> Sequence[Part]:
    """The parts of notify, in no order: their stages say which starts first.

    Nothing is waited for: what is away is tried again by its part, and told by `readiness`.
    Raises PackFaults for a city that cannot be loaded.
    """
    city = cities.load(settings.city)
    callers = CallersFile(settings.callers_file)
    mongo.connect(settings.mongo_url, DATABASE, ALIAS)
    indexes = Indexes(DeliveryDocument)
    store = DeliveryStore()
    events = wire()
    bus = KafkaBus(settings.kafka_bootstrap, "dasan-notify")
    keeping = Keeping(
        service="notify", wire=events, bus=bus, runs=MongoRuns(ALIAS), pace=Pace(steady=True)
    )
    aggregates = keeping.aggregates(store)
    peers = GrpcPeers(
        intake=rpc.channel(settings.intake_grpc, settings.service_key),
        districts=rpc.channel(settings.districts_grpc, settings.service_key),
        survey=rpc.channel(settings.survey_grpc, settings.service_key),
    )
    closing: list[Callable[[], Awaitable[None]]] = [
        partial(asyncio.to_thread, bus.close),
        peers.close,
    ]
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
    consumer = Consumer(
        service="notify",
        bootstrap=settings.kafka_bootstrap,
        topics=events.topics(*HEARD),
        wire=events,
        handler=notifier.handle,
        bus=bus,
        pace=Pace(GATHER, steady=True),
        patience=outcomes.giving_up_after(settings.give_up_seconds),
    )
    readiness.needs("database", partial(mongo.ping, ALIAS))
    readiness.needs("indexes", indexes.made)
    readiness.needs("run", keeping.known)
    readiness.needs("partitions", consumer.assigned, tolerating={"broker_away"})
    web = http.create(deliveries=store, callers=callers, readiness=readiness)
    return [
        Closing("clients", *closing),
        keeping,
        indexes,
        Ticker(
            store=store,
            wake=notifier.wake,
            clock=telemetry.utc_now,
            turn=keeping.turn("ticker"),
        ),
        consumer,
        HttpServer(web, host=settings.bind_host, port=settings.notify_http_port),
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
