"""The only place that builds routing's clients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from opentelemetry.instrumentation.pymongo import PymongoInstrumentor

from services import cities
from services.common import mongo, rpc, telemetry
from services.common.consume import Consumer
from services.common.http import HttpServer
from services.common.kafka import KafkaBus
from services.common.keeping import keep
from services.common.service import FaustPart, Job, Part, faust_app
from services.routing.adapters.intake import IntakeWords
from services.routing.adapters.matters import LiveMatters, matters_view
from services.routing.adapters.repository import (
    ALIAS,
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


async def build(settings: RoutingSettings) -> Sequence[Part]:
    """The parts of the service, in the order they start.

    Raises PackFaults for a city that cannot be loaded, DomainError when the database is away.
    """
    city = cities.load(settings.city)
    if settings.otel_exporter_otlp_endpoint:
        PymongoInstrumentor().instrument()
    mongo.connect(settings.mongo_url, "dasan_routing", ALIAS)
    await mongo.in_thread(mongo.ensure_indexes, AssignmentDocument)
    store = assignment_store()
    bus = KafkaBus(settings.kafka_bootstrap, "dasan-routing")
    contracts = wire()
    keeping = keep("routing", store=store, wire=contracts, bus=bus)
    aggregates = keeping.aggregates
    routing = Routing(
        city=city,
        aggregates=aggregates,
        words=IntakeWords(rpc.channel(settings.intake_grpc)),
        clock=telemetry.utc_now,
        new_id=telemetry.new_id,
    )
    queue = MongoQueue(store)
    watch = UnroutedWatch(queue, clock=telemetry.utc_now, remind=REMIND_EVERY)
    app = faust_app("routing", settings.kafka_bootstrap, contracts)
    consumer = Consumer(
        app=app,
        service="routing",
        topics=contracts.topics(*HEARD),
        wire=contracts,
        handler=routing.handle,
        bus=bus,
    )
    view = matters_view(settings.kafka_bootstrap, telemetry.utc_now)
    http = routing_app(
        city=city,
        routing=routing,
        queue=queue,
        figures=Figures(LiveMatters(view), zone=city.timezone, clock=telemetry.utc_now),
        clock=telemetry.utc_now,
        ready={"database": lambda: mongo.ping(ALIAS)},
    )
    return [
        keeping.publisher,
        view,
        Job("unrouted_watch", LOOK_EVERY, watch.look),
        consumer,
        FaustPart(app),
        HttpServer(http, host=settings.bind_host, port=settings.routing_http_port),
    ]
