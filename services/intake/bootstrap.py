"""Puts intake together; the only place that makes clients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from opentelemetry.instrumentation.pymongo import PymongoInstrumentor

from services import cities
from services.common import mongo, telemetry
from services.common.batching import GroupCommit
from services.common.http import HttpServer
from services.common.kafka import KafkaBus
from services.common.keeping import keep
from services.common.rpc import GrpcServer, channel
from services.common.service import FaustPart, Part, faust_app
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
from services.intake.adapters.wire import wire
from services.intake.application.disclose import Disclose
from services.intake.application.follow import FollowInquiries
from services.intake.application.links import StatusLinks
from services.intake.application.receive import ReceiveInquiries
from services.intake.application.status import ReadStatus
from services.intake.entrypoints import grpc, http, stream
from services.intake.settings import IntakeSettings

# The status page may lag a little: in this time the steps of an inquiry gather into one write.
GATHER = timedelta(seconds=1)


async def build(settings: IntakeSettings) -> Sequence[Part]:
    """The parts of intake, in the order they start."""
    city = cities.load(settings.city)
    if settings.otel_exporter_otlp_endpoint:
        PymongoInstrumentor().instrument()
    mongo.connect(settings.mongo_url, DATABASE, ALIAS)
    await mongo.in_thread(mongo.ensure_indexes, *DOCUMENTS)
    store = inquiry_store()
    bus = KafkaBus(settings.kafka_bootstrap, "dasan-intake")
    contracts = wire()
    keeping = keep("intake", store=store, wire=contracts, bus=bus)
    aggregates = keeping.aggregates
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
    districts = channel(settings.districts_grpc)
    status = ReadStatus(
        city=city, finder=MongoFinder(store), answers=DistrictsAnswers(districts), links=links
    )
    disclose = Disclose(store=store, log=MongoAccessLog(), clock=telemetry.utc_now)
    app = faust_app("intake", settings.kafka_bootstrap, contracts, gather=GATHER)
    web = http.create(
        city=city, receive=receive, status=status, ready={"database": partial(mongo.ping, ALIAS)}
    )
    return [
        keeping.publisher,
        commit,
        stream.consumer(app, contracts, bus, FollowInquiries(aggregates)),
        FaustPart(app),
        GrpcServer(
            add=[grpc.bound(grpc.ContactsServicer(disclose=disclose, links=links))],
            names=[grpc.NAME],
            host=settings.bind_host,
            port=settings.intake_grpc_port,
            on_stop=districts.close,
        ),
        HttpServer(web, host=settings.bind_host, port=settings.intake_http_port),
    ]
