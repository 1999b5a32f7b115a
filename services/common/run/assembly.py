"""What a service is put together from, and what comes out of it: one `assemble`, two callers.

`build` of each bootstrap makes the clients with `connect` and hands them to its `assemble`; the
component tests hand the same `assemble` a kit in memory, so that they run the wiring of production.
Owns what all services have alike: how a part is made of the kit and which checks of readiness it
brings. What a service does is left to its own bootstrap, starting and stopping to `service`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Generic, TypeVar

import grpc
from fastapi import FastAPI
from pydantic import SecretStr

from services.common.aggregates import mongo
from services.common.aggregates.indexes import Indexes
from services.common.aggregates.mongo_runs import MongoRuns
from services.common.aggregates.persistence import Persistence
from services.common.aggregates.ticker import Ticker, Wake, Waking
from services.common.bus import outcomes
from services.common.bus.brokers import REFUSALS, Brokers
from services.common.bus.kafka_bus import KafkaBus
from services.common.consuming.consume import MOST, Consumer, Handler
from services.common.edge import access_tokens, grpc_kit
from services.common.edge.access import Callers
from services.common.edge.http_kit import HttpServer
from services.common.edge.management import ManagementServer
from services.common.edge.readiness import Readiness
from services.common.events.wire import Wire
from services.common.process.certificates import Pem
from services.common.process.clock import new_id, utc_now
from services.common.process.pace import Pace
from services.common.process.parts import Closing, Part
from services.common.process.watched_file import WatchedFiles
from services.common.publishing.outbox import Bus
from services.common.publishing.runs import Runs
from services.common.run.settings import ServiceSettings

T = TypeVar("T", bound=ServiceSettings)

# Adds a servicer to a server: the generated function with the servicer already bound to it.
Bound = Callable[[grpc.aio.Server], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """A service that was put together: two ways to call it without a port, and its parts.

    `handle` is what the consumer calls, `web` what the HTTP server serves. `parts` are in no
    order: their stages say which starts first.
    """

    handle: Handler
    web: FastAPI
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit(Generic[T]):
    """The collaborators that every service has, made by `connect` or by a test.

    `new_id` never gives an id twice, `monotonic` gives seconds, `chance` numbers in [0, 1). With
    `certificates` gRPC goes through TLS. `parts` belong to the clients; they are closed after
    everything else.
    """

    service: str
    settings: T
    readiness: Readiness
    callers: Callers
    brokers: Brokers
    bus: Bus
    runs: Runs
    clock: Callable[[], datetime] = utc_now
    new_id: Callable[[], str] = new_id
    monotonic: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    certificates: WatchedFiles[Pem] | None = None
    parts: list[Part] = field(default_factory=list)

    # For `build`: clients.

    def channel(self, address: str, key: SecretStr) -> grpc.aio.Channel:
        """A channel to a peer (host:port), closed when the service stops; `key` says who calls."""
        channel = grpc_kit.channel(address, key, self.certificates)
        self.closes(f"channel to {address}", channel.close)
        return channel

    def closes(self, name: str, close: Callable[[], Awaitable[None]]) -> None:
        """Calls `close` when the service stops, after everything that may use the client."""
        self.parts.append(Closing(name, close))

    # For `assemble`: parts.

    def persistence(self, events: Wire, pace: Pace | None = None) -> Persistence:
        """Keeps the aggregates of all stores and sends what they tell, by `pace`; the service is
        not ready while it must not save."""
        persistence = Persistence(
            service=self.service,
            wire=events,
            bus=self.bus,
            runs=self.runs,
            clock=self.clock,
            new_id=self.new_id,
            monotonic=self.monotonic,
            pace=pace,
        )
        self.readiness.needs("run", persistence.known)
        return persistence

    def consumer(
        self,
        events: Wire,
        heard: Collection[str],
        handle: Handler,
        *,
        pace: Pace | None = None,
        most: int = MOST,
    ) -> Consumer:
        """Reads the topics of the `heard` events (full names), at most `most` events at a time.

        The service is not ready before its first assignment of partitions. Later it stays ready
        while the broker is away: it still stores commands and tells their events afterwards.
        """
        consumer = Consumer(
            service=self.service,
            brokers=self.brokers,
            topics=events.topics(*heard),
            wire=events.hearing(heard),
            handler=handle,
            bus=self.bus,
            pace=pace,
            patience=outcomes.giving_up_after(self.settings.give_up_seconds),
            most=most,
            clock=self.clock,
        )
        self.readiness.needs("partitions", consumer.assigned, tolerating=REFUSALS)
        return consumer

    def ticker(
        self, store: Waking, wake: Wake, persistence: Persistence, name: str = "ticker"
    ) -> Ticker:
        """Wakes the due documents of the store; one of all replicas does so at a time. Each store
        of a service has a ticker of its own name."""
        return Ticker(
            store=store, wake=wake, clock=self.clock, turn=persistence.turn(name), name=name
        )

    def http_server(self, web: FastAPI, port: int) -> HttpServer:
        """Serves the app on the service's address."""
        settings = self.settings
        web.state.body_within = timedelta(seconds=settings.http_body_seconds)
        return HttpServer(
            web,
            host=settings.bind_host,
            port=port,
            headers_within=timedelta(seconds=settings.http_headers_seconds),
            per_peer=settings.http_connections_per_peer,
        )

    def management_server(self, port: int) -> ManagementServer:
        """Serves the probes and the figures on the service's address, away from what it offers."""
        return ManagementServer(self.readiness, host=self.settings.bind_host, port=port)

    def grpc_server(
        self,
        services: Mapping[str, Bound],
        port: int,
        on_stop: Callable[[], Awaitable[None]] | None = None,
        *,
        for_offices: bool = False,
    ) -> grpc_kit.GrpcServer:
        """Serves these gRPC services, by their full names; `on_stop` ends their streams. See
        `GrpcServer` for what a server `for_offices` asks of its callers."""
        return grpc_kit.GrpcServer(
            add=list(services.values()),
            names=list(services),
            host=self.settings.bind_host,
            port=port,
            readiness=self.readiness,
            on_stop=on_stop,
            certificates=self.certificates,
            of_callers=self.settings.grpc_client_certificates,
            for_offices=for_offices,
            reflection=self.settings.grpc_reflection,
        )


def connect(
    service: str,
    settings: T,
    readiness: Readiness,
    *,
    database: str,
    alias: str,
    documents: Sequence[type[Any]],
) -> Kit[T]:
    """The kit of production: database and bus by the settings, real time and chance.

    Waits for nothing: the clients connect when first used, and the indexes of `documents` are made
    as soon as the database answers. The service is not ready while the database is away. Raises
    FileFaults for an unusable file of callers, signing keys, certificates or Kafka's password.
    """
    callers = access_tokens.callers(
        settings.callers_file, settings.token_keys_file, audience=settings.token_audience
    )
    brokers = settings.brokers()
    files = settings.grpc_certificates()
    mongo.connect(settings.mongo_url.get_secret_value(), database, alias)
    bus = KafkaBus(brokers, f"dasan-{service}")
    indexes = Indexes(*documents)
    readiness.needs("database", partial(mongo.ping, alias))
    readiness.needs("indexes", indexes.made)
    kit = Kit(
        service=service,
        settings=settings,
        readiness=readiness,
        callers=callers,
        brokers=brokers,
        bus=bus,
        runs=MongoRuns(alias),
        certificates=WatchedFiles(files.paths(), files.pem) if files is not None else None,
        parts=[indexes],
    )
    kit.closes("bus", partial(asyncio.to_thread, bus.close))
    return kit
