"""Puts survey together; the only place that makes clients."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from dasan.survey.v1 import invitations_pb2_grpc

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
from services.common.ticker import Ticker
from services.survey.adapters.repository import ALIAS, DATABASE, SurveyDocument, SurveyStore
from services.survey.adapters.windows import SatisfactionWindows, satisfaction_view
from services.survey.adapters.wire import HEARD, wire
from services.survey.application.handlers import Satisfaction, Surveys
from services.survey.domain.tokens import Tokens
from services.survey.entrypoints import grpc as grpc_entry
from services.survey.entrypoints import http
from services.survey.settings import SurveySettings

# Nobody waits for an invitation; a little patience lets several share one write.
GATHER = timedelta(milliseconds=250)


async def build(settings: SurveySettings, readiness: Readiness) -> Sequence[Part]:
    """The parts of survey, in no order: their stages say which starts first.

    Nothing is waited for: what is away is tried again by its part, and told by `readiness`.
    Raises PackFaults for a city that cannot be loaded.
    """
    city = cities.load(settings.city)
    callers = CallersFile(settings.callers_file)
    mongo.connect(settings.mongo_url, DATABASE, ALIAS)
    indexes = Indexes(SurveyDocument)
    store = SurveyStore()
    events = wire()
    bus = KafkaBus(settings.kafka_bootstrap, "dasan-survey")
    keeping = Keeping(
        service="survey", wire=events, bus=bus, runs=MongoRuns(ALIAS), pace=Pace(steady=True)
    )
    aggregates = keeping.aggregates(store)
    commit = GroupCommit(aggregates.settle, Pace())
    surveys = Surveys(
        aggregates=aggregates,
        commit=commit,
        city=city,
        open_for=timedelta(days=settings.survey_days),
        clock=telemetry.utc_now,
    )
    view = satisfaction_view(settings.kafka_bootstrap, telemetry.utc_now)
    consumer = Consumer(
        service="survey",
        bootstrap=settings.kafka_bootstrap,
        topics=events.topics(*HEARD),
        wire=events,
        handler=surveys.handle,
        bus=bus,
        pace=Pace(GATHER, steady=True),
        patience=outcomes.giving_up_after(settings.give_up_seconds),
    )
    readiness.needs("database", partial(mongo.ping, ALIAS))
    readiness.needs("indexes", indexes.made)
    readiness.needs("run", keeping.known)
    readiness.needs("partitions", consumer.assigned, tolerating={"broker_away"})
    readiness.wants("view", view.check)
    tokens = Tokens(settings.survey_token_secret)
    invitations = grpc_entry.Invitations(
        surveys=surveys, tokens=tokens, public_url=settings.survey_public_url, callers=callers
    )
    web = http.create(
        surveys=surveys,
        satisfaction=Satisfaction(store),
        windows=SatisfactionWindows(view),
        tokens=tokens,
        default_language=city.languages[0],
        clock=telemetry.utc_now,
        readiness=readiness,
    )
    return [
        Closing("clients", partial(asyncio.to_thread, bus.close)),
        keeping,
        indexes,
        commit,
        view,
        Ticker(
            store=store,
            wake=surveys.expire,
            clock=telemetry.utc_now,
            turn=keeping.turn("ticker"),
        ),
        consumer,
        rpc.GrpcServer(
            add=[
                lambda server: invitations_pb2_grpc.add_InvitationsServiceServicer_to_server(
                    invitations, server
                )
            ],
            names=[grpc_entry.NAME],
            host=settings.bind_host,
            port=settings.survey_grpc_port,
            readiness=readiness,
        ),
        HttpServer(web, host=settings.bind_host, port=settings.survey_http_port),
    ]
