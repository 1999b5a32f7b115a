"""The only place that builds districts' clients."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from dasan.districts.v1.answers_pb2_grpc import add_AnswersServiceServicer_to_server
from dasan.districts.v1.work_pb2_grpc import add_OfficeWorkServiceServicer_to_server
from opentelemetry.instrumentation.pymongo import PymongoInstrumentor

from services import cities
from services.common import mongo, rpc, telemetry
from services.common.batching import GroupCommit
from services.common.consume import Consumer
from services.common.http import HttpServer, create_app
from services.common.jobs import Job
from services.common.kafka import KafkaBus
from services.common.keeping import keep
from services.common.pace import GATHER
from services.common.service import FaustPart, Part, faust_app
from services.common.ticker import Ticker
from services.districts.adapters.intake import IntakeWords
from services.districts.adapters.repository import (
    ALIAS,
    CaseDocument,
    MongoCaseReads,
    case_store,
)
from services.districts.adapters.wire import HEARD, wire
from services.districts.application.feed import WorkFeed
from services.districts.application.handlers import Cases, OfficeWork
from services.districts.entrypoints.grpc import AnswersServicer, OfficeWorkServicer
from services.districts.settings import DistrictsSettings

# Whether an office's list is due; after a gap on the bus all of them are.
RELIST_LOOK_EVERY = timedelta(seconds=1)
GRPC_NAMES = ("dasan.districts.v1.OfficeWorkService", "dasan.districts.v1.AnswersService")


async def build(settings: DistrictsSettings) -> Sequence[Part]:
    """The parts of the service, in the order they start.

    Raises PackFaults for a city that cannot be loaded, DomainError when the database is away.
    """
    city = cities.load(settings.city)
    if settings.otel_exporter_otlp_endpoint:
        PymongoInstrumentor().instrument()
    mongo.connect(settings.mongo_url, "dasan_districts", ALIAS)
    await mongo.in_thread(mongo.ensure_indexes, CaseDocument)
    store = case_store()
    bus = KafkaBus(settings.kafka_bootstrap, "dasan-districts")
    contracts = wire()
    keeping = keep("districts", store=store, wire=contracts, bus=bus)
    aggregates = keeping.aggregates
    feed = WorkFeed(reads=MongoCaseReads(store), chance=random.random)
    cases = Cases(
        aggregates=aggregates, feed=feed, clock=telemetry.utc_now, new_id=telemetry.new_id
    )
    commit = GroupCommit(cases.settle, GATHER)
    work = OfficeWork(
        city=city,
        submit=commit.submit,
        store=store,
        words=IntakeWords(rpc.channel(settings.intake_grpc)),
        clock=telemetry.utc_now,
        new_id=telemetry.new_id,
    )
    offices = OfficeWorkServicer(
        city=city, work=work, feed=feed, secret=settings.office_token_secret.get_secret_value()
    )
    app = faust_app("districts", settings.kafka_bootstrap, contracts)
    consumer = Consumer(
        app=app,
        service="districts",
        topics=contracts.topics(*HEARD),
        wire=contracts,
        handler=cases.handle,
        bus=bus,
    )
    http = create_app(
        title="Dasan districts",
        description="Health and metrics; the API of offices is gRPC.",
        ready={"database": lambda: mongo.ping(ALIAS)},
    )
    return [
        keeping.publisher,
        commit,
        Ticker(store=store, wake=cases.wake, clock=telemetry.utc_now),
        Job("feed_relist", RELIST_LOOK_EVERY, feed.relist),
        consumer,
        FaustPart(app),
        rpc.GrpcServer(
            add=[
                partial(add_OfficeWorkServiceServicer_to_server, offices),
                partial(add_AnswersServiceServicer_to_server, AnswersServicer(store)),
            ],
            names=GRPC_NAMES,
            host=settings.bind_host,
            port=settings.districts_grpc_port,
            on_stop=feed.close,
        ),
        HttpServer(http, host=settings.bind_host, port=settings.districts_http_port),
    ]
