"""Puts districts together; the only place that makes clients."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from dasan.districts.v1.answers_pb2_grpc import add_AnswersServiceServicer_to_server
from dasan.districts.v1.work_pb2_grpc import add_OfficeWorkServiceServicer_to_server

from services import cities
from services.common import mongo, outcomes, rpc, telemetry
from services.common.access import CallersFile
from services.common.batching import GroupCommit
from services.common.consume import Consumer
from services.common.http import HttpServer, create_app
from services.common.indexes import Indexes
from services.common.jobs import Job
from services.common.kafka import KafkaBus
from services.common.keeping import Keeping
from services.common.mongo_runs import MongoRuns
from services.common.pace import Pace
from services.common.parts import Closing, Part
from services.common.reader import Tail
from services.common.readiness import Readiness
from services.common.ticker import Ticker
from services.districts.adapters.intake import IntakeWords
from services.districts.adapters.repository import (
    ALIAS,
    DATABASE,
    CaseDocument,
    MongoCaseReads,
    case_store,
)
from services.districts.adapters.wire import HEARD, TOLD, wire
from services.districts.application.feed import WorkFeed
from services.districts.application.handlers import Cases, OfficeWork
from services.districts.entrypoints.grpc import AnswersServicer, OfficeWorkServicer
from services.districts.settings import DistrictsSettings

# Whether an office's list is due; after a gap on the bus all of them are.
RELIST_LOOK_EVERY = timedelta(seconds=1)
GRPC_NAMES = ("dasan.districts.v1.OfficeWorkService", "dasan.districts.v1.AnswersService")


async def build(settings: DistrictsSettings, readiness: Readiness) -> Sequence[Part]:
    """The parts of districts, in no order: their stages say which starts first.

    Nothing is waited for: what is away is tried again by its part, and told by `readiness`.
    Raises PackFaults for a city that cannot be loaded.
    """
    city = cities.load(settings.city)
    callers = CallersFile(settings.callers_file)
    mongo.connect(settings.mongo_url, DATABASE, ALIAS)
    indexes = Indexes(CaseDocument)
    store = case_store()
    events = wire()
    bus = KafkaBus(settings.kafka_bootstrap, "dasan-districts")
    # A case is opened, taken and ended.
    told = Pace(per_inquiry=3)
    keeping = Keeping(service="districts", wire=events, bus=bus, runs=MongoRuns(ALIAS), pace=told)
    aggregates = keeping.aggregates(store)
    feed = WorkFeed(reads=MongoCaseReads(store), chance=random.random)
    cases = Cases(
        aggregates=aggregates, feed=feed, clock=telemetry.utc_now, new_id=telemetry.new_id
    )
    commit = GroupCommit(cases.settle, Pace(per_inquiry=2))
    intake = rpc.channel(settings.intake_grpc, settings.service_key)
    work = OfficeWork(
        city=city,
        submit=commit.submit,
        store=store,
        words=IntakeWords(intake),
        clock=telemetry.utc_now,
        new_id=telemetry.new_id,
    )
    offices = OfficeWorkServicer(
        city=city, work=work, feed=feed, secret=settings.office_token_secret.get_secret_value()
    )
    consumer = Consumer(
        service="districts",
        bootstrap=settings.kafka_bootstrap,
        topics=events.topics(*HEARD),
        wire=events,
        handler=cases.handle,
        bus=bus,
        patience=outcomes.giving_up_after(settings.give_up_seconds),
    )
    tail = Tail(
        bootstrap=settings.kafka_bootstrap,
        topics=events.topics(*TOLD),
        client_id="dasan-districts-feed",
        heard=feed.heard,
        gap=feed.gap,
    )
    readiness.needs("database", partial(mongo.ping, ALIAS))
    readiness.needs("indexes", indexes.made)
    readiness.needs("run", keeping.known)
    readiness.needs("partitions", consumer.assigned, tolerating={"broker_away"})
    web = create_app(
        title="Dasan districts",
        description="Health and metrics; the API of offices is gRPC.",
        readiness=readiness,
    )
    return [
        Closing("clients", partial(asyncio.to_thread, bus.close), intake.close),
        keeping,
        indexes,
        commit,
        Ticker(
            store=store,
            wake=cases.wake,
            clock=telemetry.utc_now,
            turn=keeping.turn("ticker"),
        ),
        Job("feed_relist", RELIST_LOOK_EVERY, feed.relist),
        tail,
        consumer,
        rpc.GrpcServer(
            add=[
                partial(add_OfficeWorkServiceServicer_to_server, offices),
                partial(
                    add_AnswersServiceServicer_to_server,
                    AnswersServicer(store=store, callers=callers),
                ),
            ],
            names=GRPC_NAMES,
            host=settings.bind_host,
            port=settings.districts_grpc_port,
            readiness=readiness,
            on_stop=feed.close,
        ),
        HttpServer(web, host=settings.bind_host, port=settings.districts_http_port),
    ]
