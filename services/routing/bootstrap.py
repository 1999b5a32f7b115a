"""Puts routing together: `build` makes the clients, `assemble` the service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from dasan.routing.v1.arbitration_pb2_grpc import add_ArbitrationServiceServicer_to_server
from dasan.routing.v1.decisions_pb2_grpc import add_DecisionsServiceServicer_to_server

from services import cities
from services.cities import City
from services.cities.recorded import RecordedOffices
from services.common.aggregates.update import Store
from services.common.edge.limits import Senders
from services.common.edge.readiness import Readiness
from services.common.edge.sessions import Sessions
from services.common.pages.assets import Assets
from services.common.pages.live import Live
from services.common.process.background import Job
from services.common.process.parts import Part
from services.common.run.assembly import Assembled, Kit, connect
from services.routing.adapters.delegations import LiveDelegations
from services.routing.adapters.examples import MongoExamples, example_store
from services.routing.adapters.intake import IntakeResemblance, IntakeWords
from services.routing.adapters.lately import LiveNews, recent_news
from services.routing.adapters.likenesses import (
    LikenessDocument,
    MongoAssignments,
    MongoLikenesses,
)
from services.routing.adapters.matters import LiveMatters, matters_view
from services.routing.adapters.offices import LiveOffices
from services.routing.adapters.repository import (
    ALIAS,
    DATABASE,
    DOCUMENTS,
    MongoDesk,
    MongoQueue,
    assignment_store,
)
from services.routing.adapters.rulesets import (
    MongoDecisions,
    MongoRuleSets,
    ruleset_store,
)
from services.routing.adapters.wire import HEARD, wire
from services.routing.application.board import Board
from services.routing.application.choices import Choices
from services.routing.application.examples import Teaching
from services.routing.application.figures import Figures, LoadWatch
from services.routing.application.handlers import Routing
from services.routing.application.likeness import Alike, Looking
from services.routing.application.ports import (
    Assignments,
    Decisions,
    Desk,
    Likenesses,
    Matters,
    News,
    Registered,
    Resemblance,
    StoredExamples,
    StoredRuleSets,
    UnroutedQueue,
    Words,
)
from services.routing.application.present_city import PresentCity
from services.routing.application.recount import Recount
from services.routing.application.rulesets import RuleSets, RulesInForce
from services.routing.application.watches import DeskWatch, RulesWatch, UnroutedWatch
from services.routing.domain.assignment.model import Assignment
from services.routing.domain.example.model import Example
from services.routing.domain.ruleset.model import RuleSetVersion
from services.routing.entrypoints import http
from services.routing.entrypoints.decisions import DECISIONS, DecisionsServicer
from services.routing.entrypoints.desk import DeskSite
from services.routing.entrypoints.grpc import ARBITRATION, ArbitrationServicer
from services.routing.entrypoints.pages import BoardPages
from services.routing.entrypoints.pages.desk import DeskPages
from services.routing.settings import RoutingSettings

# Between two looks at the unrouted queue, and at the coordinator's lists. Longer: their gauges lag.
# Shorter: the database counts them more often.
LOOK_EVERY = timedelta(seconds=5)
# Between two warnings while an inquiry waits in the queue, or an arbitration is overdue. Longer:
# nobody may notice. Shorter: the log is full of them.
REMIND_EVERY = timedelta(minutes=5)
# Between two looks whether it is this process's turn to count the queue's dates again, which it
# does once. Longer: dates move later after a start. Shorter: more looks that find nothing.
RECOUNT_LOOK_EVERY = timedelta(seconds=5)
# Between two looks at the stored rules. Longer than half of what an activation needs as notice: a
# replica may decide by the old rules after the new ones have begun. Shorter: more reads.
RULES_LOOK_EVERY = timedelta(seconds=3)
# Between two counts for the gauges of the load. Longer: a monitor sees later what grows. Shorter
# than a monitor's own pace: counts that nobody sees.
COUNT_EVERY = timedelta(seconds=15)
# Between two looks at which of the newly assigned matters are like others. Longer: offers come
# later. Shorter: fewer matters share a question to intake.
ALIKE_LOOK_EVERY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssembledRouting(Assembled):
    """`rules` says which rules of competence are in force, `looking` compares what was assigned."""

    rules: RulesInForce
    looking: Looking


async def build(settings: RoutingSettings, readiness: Readiness) -> Sequence[Part]:
    """The parts of routing, in no order: their stages say which starts first.

    Waits for nothing outside. Each part tries again by itself; `readiness` says what is missing.
    Raises PackFaults for a city that cannot be loaded, or not with the embedding that is switched
    on, FileFaults for an unusable file of callers or signing keys.
    """
    city = cities.load(settings.city, embedding=settings.embedding)
    kit = connect(
        "routing",
        settings,
        readiness,
        database=DATABASE,
        alias=ALIAS,
        documents=(*DOCUMENTS, LikenessDocument),
    )
    intake = kit.channel(settings.intake_grpc, settings.service_key)
    store = assignment_store()
    versions = ruleset_store()
    examples = example_store()
    view = matters_view(kit.brokers, kit.clock)
    recent = recent_news(kit.brokers, kit.clock)
    delegations = LiveDelegations(kit.brokers, kit.clock)
    recorded = LiveOffices(kit.brokers, kit.clock)
    routing = assemble(
        kit,
        city=city,
        store=store,
        queue=MongoQueue(store),
        decisions=MongoDecisions(store),
        versions=versions,
        stored_rulesets=MongoRuleSets(versions),
        examples=examples,
        stored_examples=MongoExamples(examples),
        desk=MongoDesk(store),
        words=IntakeWords(intake),
        resemblance=IntakeResemblance(intake),
        likenesses=MongoLikenesses(),
        assignments=MongoAssignments(store),
        matters=LiveMatters(view),
        news=LiveNews(recent),
        offices=recorded,
        registered=delegations,
    )
    readiness.wants("view", view.check)
    readiness.wants("news", recent.check)
    return [*kit.parts, view, recent, recorded, delegations, *routing.parts]


def assemble(
    kit: Kit[RoutingSettings],
    *,
    city: City,
    store: Store[Assignment],
    queue: UnroutedQueue,
    decisions: Decisions,
    versions: Store[RuleSetVersion],
    stored_rulesets: StoredRuleSets,
    examples: Store[Example],
    stored_examples: StoredExamples,
    desk: Desk,
    words: Words,
    resemblance: Resemblance,
    likenesses: Likenesses,
    assignments: Assignments,
    matters: Matters,
    news: News,
    offices: RecordedOffices,
    registered: Registered,
) -> AssembledRouting:
    """Routing on these collaborators."""
    events = wire(city.sealed)
    persistence = kit.persistence(events)
    rules = RulesInForce(city, stored_rulesets, monotonic=kit.monotonic)
    kit.readiness.needs("rules", rules.known)
    present = PresentCity(city, offices, registered, clock=kit.clock)
    kit.readiness.needs("offices", present.offices_known)
    kit.readiness.needs("delegations", present.delegations_known)
    rulesets = RuleSets(
        city=present,
        aggregates=persistence.aggregates(versions),
        rules=rules,
        decisions=decisions,
        clock=kit.clock,
        new_id=kit.new_id,
    )
    aggregates = persistence.aggregates(store)
    looking = Looking(
        city=city,
        aggregates=aggregates,
        assignments=assignments,
        likenesses=likenesses,
        resemblance=resemblance,
        clock=kit.clock,
    )
    alike = Alike(
        city=present,
        aggregates=aggregates,
        likenesses=likenesses,
        rules=rules,
        clock=kit.clock,
        new_id=kit.new_id,
    )
    figures = Figures(
        matters,
        city=city,
        present=present,
        clock=kit.clock,
        monotonic=kit.monotonic,
    )
    routing = Routing(
        city=present,
        aggregates=aggregates,
        rules=rules,
        open_work=figures.open_work,
        words=words,
        looking=looking,
        clock=kit.clock,
        new_id=kit.new_id,
    )
    recount = Recount(city=city, queue=queue, routing=routing)
    unrouted_watch = UnroutedWatch(queue, clock=kit.clock, remind=REMIND_EVERY)
    desk_watch = DeskWatch(desk, clock=kit.clock, remind=REMIND_EVERY)
    assets = Assets()
    lately = Board(figures, news, clock=kit.clock, monotonic=kit.monotonic)
    board = BoardPages(present.as_known, lately, assets)
    live = Live(board.regions, readiness=kit.readiness)
    site = DeskSite(
        present=present.as_known,
        routing=routing,
        queue=queue,
        desk=desk,
        rules=rules,
        words=words,
        choices=Choices(present, rules, clock=kit.clock),
        teaching=Teaching(
            aggregates=persistence.aggregates(examples), clock=kit.clock, new_id=kit.new_id
        ),
        sessions=_sessions(kit),
        pages=DeskPages(present.as_known, assets),
        clock=kit.clock,
        new_id=kit.new_id,
    )
    web = http.create(
        present=present.as_known,
        routing=routing,
        rulesets=rulesets,
        rules=rules,
        queue=queue,
        desk=desk,
        alike=alike,
        figures=figures,
        callers=kit.callers,
        clock=kit.clock,
        readiness=kit.readiness,
        assets=assets,
        board=board,
        live=live,
        examples=stored_examples,
        site=site,
    )
    arbitration = ArbitrationServicer(
        city=city, routing=routing, desk=desk, callers=kit.callers, clock=kit.clock
    )
    explaining = DecisionsServicer(
        present=present.as_known, routing=routing, rules=rules, callers=kit.callers
    )
    servicers = {
        ARBITRATION: partial(add_ArbitrationServiceServicer_to_server, arbitration),
        DECISIONS: partial(add_DecisionsServiceServicer_to_server, explaining),
    }
    return AssembledRouting(
        handle=routing.handle,
        web=web,
        rules=rules,
        looking=looking,
        parts=[
            persistence,
            live,
            Job("rules", RULES_LOOK_EVERY, rules.look),
            Job("rules_watch", LOOK_EVERY, RulesWatch(present, rules, kit.clock).look),
            Job("unrouted_watch", LOOK_EVERY, unrouted_watch.look),
            Job("desk_watch", LOOK_EVERY, desk_watch.look),
            Job("recount", RECOUNT_LOOK_EVERY, recount.once, persistence.turn("recount")),
            Job("alike", ALIKE_LOOK_EVERY, looking.look),
            Job("load_watch", COUNT_EVERY, LoadWatch(figures).look),
            kit.ticker(store, routing.wake, persistence),
            kit.consumer(events, HEARD, routing.handle),
            kit.grpc_server(servicers, kit.settings.routing_grpc_port),
            kit.http_server(web, kit.settings.routing_http_port),
            kit.management_server(kit.settings.routing_management_port),
        ],
    )


def _sessions(kit: Kit[RoutingSettings]) -> Sessions:
    return Sessions(
        "routing",
        callers=kit.callers,
        secret=kit.settings.desk_session_secret,
        over_tls=kit.settings.desk_over_tls,
        sender_of=Senders(kit.settings.proxies),
        clock=kit.clock,
    )
