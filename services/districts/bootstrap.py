"""Puts districts together: `build` makes the clients, `assemble` the service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from dasan.districts.v1.answers_pb2_grpc import add_AnswersServiceServicer_to_server
from dasan.districts.v1.cases_pb2_grpc import add_CaseServiceServicer_to_server
from dasan.districts.v1.delegations_pb2_grpc import add_DelegationServiceServicer_to_server
from dasan.districts.v1.offices_pb2_grpc import add_OfficesServiceServicer_to_server
from dasan.districts.v1.permits_pb2_grpc import add_PermitServiceServicer_to_server
from dasan.districts.v1.work_pb2_grpc import add_OfficeWorkServiceServicer_to_server

from services import cities
from services.cities import City
from services.common.aggregates.group_commit import GroupCommit
from services.common.aggregates.update import Store
from services.common.bus.reader import Tail
from services.common.edge import access_tokens
from services.common.edge.access_exchange import TokenLimits
from services.common.edge.access_tokens import TokenIssuer
from services.common.edge.limits import Senders
from services.common.edge.readiness import Readiness
from services.common.edge.sessions import Sessions
from services.common.pages.assets import Assets
from services.common.process.background import Job
from services.common.process.pace import Pace
from services.common.process.parts import Part
from services.common.run.assembly import Assembled, Kit, connect
from services.districts.adapters.delegations import (
    DelegationDocument,
    MongoDelegations,
    delegation_store,
)
from services.districts.adapters.intake import IntakeWords
from services.districts.adapters.offices import MongoOfficeReads, OfficeDocument, office_store
from services.districts.adapters.permits_of_year import MongoPermitReads, looked_at_later
from services.districts.adapters.repository import (
    ALIAS,
    DATABASE,
    DOCUMENTS,
    MongoCaseReads,
    case_store,
)
from services.districts.adapters.typeset import Typesetter
from services.districts.adapters.wire import HEARD, TOLD_OF_CASES, wire
from services.districts.application.case_files import CaseFiles
from services.districts.application.delegations import Delegations
from services.districts.application.desk_lists import DeskLists
from services.districts.application.feed import HEARTBEAT, WorkFeed
from services.districts.application.handlers import Cases
from services.districts.application.listing import WorkLists
from services.districts.application.office_work import OfficeWork
from services.districts.application.offices import Directory, Offices
from services.districts.application.permits import PermitDocuments
from services.districts.application.ports import (
    CaseReads,
    DelegationReads,
    DocumentReads,
    OfficeReads,
    PermitReads,
    Words,
)
from services.districts.application.recommending import Recommending
from services.districts.application.recount import Recount
from services.districts.application.returns import Returns
from services.districts.domain.case.model import Case
from services.districts.domain.delegation.model import Delegation
from services.districts.domain.office.model import Office
from services.districts.entrypoints.competence import competence_routes
from services.districts.entrypoints.desk.site import DeskSite
from services.districts.entrypoints.grpc.answers import ANSWERS, AnswersServicer
from services.districts.entrypoints.grpc.cases import CASES, CaseServicer
from services.districts.entrypoints.grpc.delegations import DELEGATIONS, DelegationServicer
from services.districts.entrypoints.grpc.offices import OFFICES, OfficesServicer
from services.districts.entrypoints.grpc.permits import PERMITS, PermitServicer
from services.districts.entrypoints.grpc.work import OFFICE_WORK, OfficeWorkServicer
from services.districts.entrypoints.http import app
from services.districts.entrypoints.http.files import routes as file_routes
from services.districts.entrypoints.http.work import routes as work_routes
from services.districts.entrypoints.office_callers import OfficeCallers
from services.districts.entrypoints.pages import PermitPages
from services.districts.entrypoints.pages.desk import DeskPages
from services.districts.entrypoints.permits import Verifications
from services.districts.entrypoints.permits import routes as permit_routes
from services.districts.entrypoints.recommendations.http import routes as recommendation_routes
from services.districts.entrypoints.recommendations.page import ReportPages
from services.districts.settings import DistrictsSettings

# How often to look which offices' lists are due; after a gap on the bus all of them are. Longer:
# watchers hear later what the gap hid. Shorter: more looks that find nothing.
RELIST_LOOK_EVERY = timedelta(seconds=1)
# How often to look whether it is this process's turn to count the dates again, which it does once.
# Longer: dates move later after a start. Shorter: more looks that find nothing.
RECOUNT_LOOK_EVERY = timedelta(seconds=5)
# How often to look whether the delegations and the offices of the pack are to be entered, which is
# done once. Longer: a new city's registers are empty for longer at first. Shorter: more looks.
SEED_LOOK_EVERY = timedelta(seconds=1)
# How often cases are looked for that a recall gives back. Longer: they wait longer at an office
# that may not decide them. Shorter: more reads that find nothing.
RETURNS_LOOK_EVERY = timedelta(seconds=10)
# How often to read which offices other replicas have recorded. Longer: a new office's software is
# refused for longer at this replica. Shorter: more reads of some hundred versions.
OFFICES_LOOK_EVERY = timedelta(seconds=3)
# Of most cases districts tells three events: opened, accepted, answered.
EVENTS_OF_A_CASE = 3
# To most cases their office sends two commands: accept, answer.
COMMANDS_OF_A_CASE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Districts(Assembled):
    """`work` takes the commands of offices; `feed` hears what other replicas saved; `recount` moves
    the dates that the calendar of this process moves. `delegations` is the registry, `returns`
    gives back what a recall takes from an office. `offices` records what offices are, and
    `directory` knows all that is recorded."""

    work: OfficeWork
    feed: WorkFeed
    recount: Recount
    delegations: Delegations
    returns: Returns
    offices: Offices
    directory: Directory


async def build(settings: DistrictsSettings, readiness: Readiness) -> Sequence[Part]:
    """The parts of districts, in no order: their stages say which starts first.

    Waits for nothing outside. Each part tries again by itself; `readiness` says what is missing.
    Raises PackFaults for a city that cannot be loaded, FileFaults for an unusable file of callers
    or signing keys.
    """
    city = cities.load(settings.city)
    kit = connect(
        "districts",
        settings,
        readiness,
        database=DATABASE,
        alias=ALIAS,
        documents=(*DOCUMENTS, DelegationDocument, OfficeDocument),
    )
    store = case_store()
    reads = MongoCaseReads(store, kit.clock)
    delegations = delegation_store()
    recorded = office_store()
    districts = assemble(
        kit,
        city=city,
        store=store,
        reads=reads,
        documents=reads,
        recorded=recorded,
        office_reads=MongoOfficeReads(recorded),
        words=IntakeWords(kit.channel(settings.intake_grpc, settings.service_key)),
        permits=MongoPermitReads(store, city.timezone, looked_at_later(city)),
        delegation_store=delegations,
        delegation_reads=MongoDelegations(delegations),
        issuer=_issuer(settings),
    )
    return [*kit.parts, *districts.parts]


def assemble(
    kit: Kit[DistrictsSettings],
    *,
    city: City,
    store: Store[Case],
    reads: CaseReads,
    documents: DocumentReads,
    recorded: Store[Office],
    office_reads: OfficeReads,
    words: Words,
    permits: PermitReads,
    delegation_store: Store[Delegation],
    delegation_reads: DelegationReads,
    issuer: TokenIssuer | None = None,
    heartbeat: timedelta = HEARTBEAT,
) -> Districts:
    """Districts on these collaborators; without an issuer no tokens are given. A watch says that it
    is alive after each `heartbeat` in which it had nothing to tell."""
    events = wire(city.sealed)
    persistence = kit.persistence(events, Pace(per_inquiry=EVENTS_OF_A_CASE))
    feed = WorkFeed(
        reads=reads,
        clock=kit.clock,
        chance=kit.chance,
        monotonic=kit.monotonic,
        heartbeat=heartbeat,
    )
    cases = Cases(
        city=city,
        aggregates=persistence.aggregates(store),
        feed=feed,
        clock=kit.clock,
        new_id=kit.new_id,
    )
    recount = Recount(city=city, reads=reads, offices=office_reads, cases=cases)
    kept = persistence.aggregates(recorded)
    directory = Directory(city, kept, office_reads)
    registry = Offices(
        city=city, aggregates=kept, directory=directory, clock=kit.clock, new_id=kit.new_id
    )
    commit = GroupCommit(cases.settle_by_time, Pace(per_inquiry=COMMANDS_OF_A_CASE))
    work = OfficeWork(
        city=city,
        directory=directory,
        submit=commit.submit,
        store=store,
        words=words,
        clock=kit.clock,
        new_id=kit.new_id,
    )
    delegations = Delegations(
        city=city,
        aggregates=persistence.aggregates(delegation_store),
        reads=delegation_reads,
        directory=directory,
        clock=kit.clock,
        new_id=kit.new_id,
    )
    returns = Returns(
        city=city,
        directory=directory,
        cases=cases,
        case_reads=reads,
        delegations=delegation_reads,
        clock=kit.clock,
    )
    callers = OfficeCallers(kit.callers, directory)
    callers.report()
    lists = WorkLists(reads)
    offices = OfficeWorkServicer(
        work=work,
        lists=lists,
        feed=feed,
        offices=callers,
        most=kit.settings.watches_per_office,
    )
    answers = AnswersServicer(
        store=store,
        callers=kit.callers,
        verify_url=kit.settings.permits_url,
        clock=kit.clock,
    )
    assets = Assets()
    papers = PermitDocuments(
        city=city, directory=directory, store=store, reads=documents, clock=kit.clock
    )
    pages = PermitPages(city, assets, kit.settings.permits_url)
    typesetter = Typesetter()
    permit_work = PermitServicer(
        work=work,
        documents=papers,
        pages=pages,
        typesetter=typesetter,
        offices=callers,
        callers=kit.callers,
    )
    record = OfficesServicer(offices=registry, directory=directory, callers=kit.callers)
    files = CaseFiles(store=store, reads=reads)
    case_acts = CaseServicer(work=work, files=files, offices=callers)
    servicers = {
        OFFICE_WORK: partial(add_OfficeWorkServiceServicer_to_server, offices),
        ANSWERS: partial(add_AnswersServiceServicer_to_server, answers),
        PERMITS: partial(add_PermitServiceServicer_to_server, permit_work),
        DELEGATIONS: partial(
            add_DelegationServiceServicer_to_server,
            DelegationServicer(delegations=delegations, offices=callers),
        ),
        OFFICES: partial(add_OfficesServiceServicer_to_server, record),
        CASES: partial(add_CaseServiceServicer_to_server, case_acts),
    }
    tail = Tail(
        brokers=kit.brokers,
        topics=events.topics(*TOLD_OF_CASES),
        client_id="dasan-districts-feed",
        heard=feed.heard,
        gap=feed.gap,
    )
    limits = TokenLimits(
        per_caller=kit.settings.tokens_per_caller,
        per_address=kit.settings.tokens_per_address,
        sender_of=Senders(kit.settings.proxies),
        clock=kit.clock,
    )
    verifications = Verifications(
        kit.settings.verifications_per_address, Senders(kit.settings.proxies), kit.clock
    )
    site = DeskSite(
        city=city,
        work=work,
        files=files,
        lists=DeskLists(city=city, work=work, lists=lists, clock=kit.clock),
        offices=callers,
        sessions=_sessions(kit),
        pages=DeskPages(city, assets, directory, kit.clock),
        clock=kit.clock,
        new_id=kit.new_id,
    )
    web = app.create(
        callers=kit.callers,
        issuer=issuer,
        limits=limits,
        readiness=kit.readiness,
        assets=assets,
        rooms=[
            # Before those of single cases, whose ids stand where its addresses have words.
            file_routes(files, papers, pages, typesetter, callers),
            work_routes(work, lists, callers),
            site.routes(),
            permit_routes(papers, pages, verifications, city.languages[0]),
            competence_routes(kit.callers, delegations),
            recommendation_routes(
                recommending=Recommending(
                    directory=directory,
                    zone=city.timezone,
                    reads=permits,
                    delegations=delegation_reads,
                    clock=kit.clock,
                ),
                pages=ReportPages(city, assets),
                callers=kit.callers,
            ),
        ],
    )
    return Districts(
        handle=cases.handle,
        web=web,
        work=work,
        feed=feed,
        recount=recount,
        delegations=delegations,
        returns=returns,
        offices=registry,
        directory=directory,
        parts=[
            persistence,
            commit,
            kit.ticker(store, cases.wake, persistence),
            kit.ticker(recorded, registry.wake, persistence, "offices_ticker"),
            kit.ticker(delegation_store, delegations.wake, persistence, "delegations_ticker"),
            Job("offices_seed", SEED_LOOK_EVERY, registry.seed, persistence.turn("offices_seed")),
            Job("offices", OFFICES_LOOK_EVERY, directory.look),
            Job("feed_relist", RELIST_LOOK_EVERY, feed.relist),
            Job("recount", RECOUNT_LOOK_EVERY, recount.once, persistence.turn("recount")),
            Job("seed", SEED_LOOK_EVERY, delegations.seed, persistence.turn("seed")),
            Job("returns", RETURNS_LOOK_EVERY, returns.once, persistence.turn("returns")),
            tail,
            kit.consumer(events, HEARD, cases.handle),
            kit.grpc_server(
                servicers,
                kit.settings.districts_grpc_port,
                on_stop=feed.close,
                for_offices=True,
            ),
            kit.http_server(web, kit.settings.districts_http_port),
            kit.management_server(kit.settings.districts_management_port),
        ],
    )


def _sessions(kit: Kit[DistrictsSettings]) -> Sessions:
    return Sessions(
        "districts",
        callers=kit.callers,
        secret=kit.settings.desk_session_secret,
        over_tls=kit.settings.desk_over_tls,
        sender_of=Senders(kit.settings.proxies),
        clock=kit.clock,
    )


def _issuer(settings: DistrictsSettings) -> TokenIssuer | None:
    if settings.token_signing_key_file is None or settings.token_keys_file is None:
        return None
    return access_tokens.issuer(
        settings.token_signing_key_file,
        settings.token_keys_file,
        audience=settings.token_audience,
        life=timedelta(seconds=settings.token_life_seconds),
    )
