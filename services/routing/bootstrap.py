"""Puts routing together; the only place that makes clients."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from services import cities
from services.common import mongo, outcomes, rpc, telemetry
from services.common.access import CallersFile
from services.common.consume import Consumer
from services.common.http import HttpServer
from services.common.indexes import Indexes
from services.common.jobs import Job
from services.common.kafka import KafkaBus
from services.common.keeping import Keeping
from services.common.mongo_runs import MongoRuns
from services.common.parts import Closing, Part
from services.common.readiness import Readiness
from services.routing.adapters.intake import IntakeWords
from services.routing.adapters.matters import LiveMatters, matters_view
from services.routing.adapters.repository import (
    ALIAS,
    DATABASE,
    AssignmentDocument,
    MongoQueue,
    assignment_store,
)
from services.routing.adapters.wire import HEARD, wire
from services.routing.application.figures import Figures
from services.routing.application.handlers import Routing, UnroutedWatch
from services.routing.entrypoints.http import routing_app
from services.routing.settings import RoutingSettings

LOOK_EVERY = timedelta(seconds=5)
REMIND_EVERY = timedelta(minutes=5)


async def build(settings: RoutingSettings, readiness: Readiness) -> Sequence[Part]:
    """The parts of routing, in no order: their stages say which starts first.

    Nothing is waited for: what is away is tried again by its part, and told by `readiness`.
    Raises PackFaults for a city that cannot be loaded.
    """
    city = cities.load(settings.city)
    callers = CallersFile(settings.callers_file)
    mongo.connect(settings.mongo_url, DATABASE, ALIAS)
    indexes = Indexes(AssignmentDocument)
    store = assignment_store()
    events = wire()
    bus = KafkaBus(settings.kafka_bootstrap, "dasan-routing")
    keeping = Keeping(service="routing", wire=events, bus=bus, runs=MongoRuns(ALIAS))
    aggregates = keeping.aggregates(store)
    intake = rpc.channel(settings.intake_grpc, settings.service_key)
    routing = Routing(
        city=city,
        aggregates=aggregates,
        words=IntakeWords(intake),
        clock=telemetry.utc_now,
        new_id=telemetry.new_id,
    )
    queue = MongoQueue(store)
    watch = UnroutedWatch(queue, clock=telemetry.utc_now, remind=REMIND_EVERY)
    view = matters_view(settings.kafka_bootstrap, telemetry.utc_now)
    consumer = Consumer(
        service="routing",
        bootstrap=settings.kafka_bootstrap,
        topics=events.topics(*HEARD),
        wire=events,
        handler=routing.handle,
        bus=bus,
        patience=outcomes.giving_up_after(settings.give_up_seconds),
    )
    readiness.needs("database", partial(mongo.ping, ALIAS))
    readiness.needs("indexes", indexes.made)
    readiness.needs("run", keeping.known)
    readiness.needs("partitions", consumer.assigned, tolerating={"broker_away"})
    readiness.wants("view", view.check)
    web = routing_app(
        city=city,
        routing=routing,
        queue=queue,
        figures=Figures(LiveMatters(view), zone=city.timezone, clock=telemetry.utc_now),
        callers=callers,
        clock=telemetry.utc_now,
        readiness=readiness,
    )
    return [
        Closing("clients", partial(asyncio.to_thread, bus.close), intake.close),
        keeping,
        indexes,
        view,
        Job("unrouted_watch", LOOK_EVERY, watch.look),
        consumer,
        HttpServer(web, host=settings.bind_host, port=settings.routing_http_port),
    ]
