"""Puts intake together; the only place that makes clients."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from services import cities
from services.common import mongo, outcomes, rpc, telemetry
from services.common.access import CallersFile
from services.common.batching import GroupCommit
from services.common.consume import Consumer
from services.common.http import HttpServer
from services.common.indexes import Indexes
from services.common.kafka import KafkaBus
from services.common.keeping import Keeping
from services.common.mongo_runs import MongoRuns
from services.common.pace import Pace
from services.common.parts import Closing, Part
from services.common.readiness import Readiness
from services.intake.adapters.answers import DistrictsAnswers
from services.intake.adapters.phone import e164_in
from services.intake.adapters.repository import (
    ALIAS,
    DATABASE,
    DOCUMENTS,
    BlockNumbers,
    MongoAccessLog,
    MongoFinder,
    inquiry_store,
)
from services.intake.adapters.wire import HEARD, wire
from services.intake.application.disclose import Disclose
from services.intake.application.follow import FollowInquiries
from services.intake.application.links import StatusLinks
from services.intake.application.receive import ReceiveInquiries
from services.intake.application.status import ReadStatus
from services.intake.entrypoints import grpc, http
from services.intake.settings import IntakeSettings

# The status page may lag a little: in this time the steps of an inquiry gather into one write.
GATHER = timedelta(seconds=1)
# They share a write, too, so that a step costs the less the further intake lags.
MOST = 2_000


async def build(settings: IntakeSettings, readiness: Readiness) -> Sequence[Part]:
    """The parts of intake, in no order: their stages say which starts first.

    Nothing is waited for: what is away is tried again by its part, and told by `readiness`.
    Raises PackFaults for a city that cannot be loaded.
    """
    city = cities.load(settings.city)
    callers = CallersFile(settings.callers_file)
    mongo.connect(settings.mongo_url, DATABASE, ALIAS)
    indexes = Indexes(*DOCUMENTS)
    store = inquiry_store()
    events = wire()
    bus = KafkaBus(settings.kafka_bootstrap, "dasan-intake")
    keeping = Keeping(service="intake", wire=events, bus=bus, runs=MongoRuns(ALIAS))
    aggregates = keeping.aggregates(store)
    commit = GroupCommit(aggregates.settle)
    links = StatusLinks(
        key=settings.status_token_secret.get_secret_value(), public_url=settings.intake_public_url
    )
    receive = ReceiveInquiries(
        city=city,
        commit=commit.submit,
        numbers=BlockNumbers(),
        links=links,
        clock=telemetry.utc_now,
        new_id=telemetry.new_id,
        e164=e164_in(city.country),
    )
    districts = rpc.channel(settings.districts_grpc, settings.service_key)
    status = ReadStatus(
        city=city, finder=MongoFinder(store), answers=DistrictsAnswers(districts), links=links
    )
    disclose = Disclose(store=store, log=MongoAccessLog(), clock=telemetry.utc_now)
    consumer = Consumer(
        service="intake",
        bootstrap=settings.kafka_bootstrap,
        topics=events.topics(*HEARD),
        wire=events,
        handler=FollowInquiries(aggregates).handle,
        bus=bus,
        pace=Pace(GATHER, steady=True),
        most=MOST,
        patience=outcomes.giving_up_after(settings.give_up_seconds),
    )
    readiness.needs("database", partial(mongo.ping, ALIAS))
    readiness.needs("indexes", indexes.made)
    readiness.needs("run", keeping.known)
    readiness.needs("partitions", consumer.assigned, tolerating={"broker_away"})
    web = http.create(city=city, receive=receive, status=status, readiness=readiness)
    return [
        Closing("clients", partial(asyncio.to_thread, bus.close), districts.close),
        keeping,
        indexes,
        commit,
        consumer,
        rpc.GrpcServer(
            add=[
                grpc.bound(grpc.ContactsServicer(disclose=disclose, links=links, callers=callers))
            ],
            names=[grpc.NAME],
            host=settings.bind_host,
            port=settings.intake_grpc_port,
            readiness=readiness,
        ),
        HttpServer(web, host=settings.bind_host, port=settings.intake_http_port),
    ]
