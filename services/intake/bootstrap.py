"""Puts intake together: `build` makes the clients, `assemble` the service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from dasan.intake.v1.contacts_pb2_grpc import add_ContactsServiceServicer_to_server

from services import cities
from services.cities import City
from services.cities.recorded import CityOfToday, RecordedOffices
from services.common.aggregates.group_commit import GroupCommit
from services.common.aggregates.update import Store
from services.common.edge.readiness import Readiness
from services.common.pages.assets import Assets
from services.common.process.pace import Pace
from services.common.process.parts import Part
from services.common.run.assembly import Assembled, Kit, connect
from services.intake.adapters.answers import DistrictsAnswers
from services.intake.adapters.cases import DistrictsCases, DistrictsDocuments
from services.intake.adapters.offices import LiveOffices
from services.intake.adapters.reach import reach_from
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
from services.intake.application.documents import ReadDocuments
from services.intake.application.follow import FollowInquiries
from services.intake.application.likeness import Likenesses
from services.intake.application.limits import Limits
from services.intake.application.links import StatusLinks
from services.intake.application.once import SupplyAnswers, TakeActs
from services.intake.application.opening import Opening
from services.intake.application.ports import (
    AccessLog,
    Answers,
    Cases,
    Documents,
    Finder,
    ReceiptNumbers,
)
from services.intake.application.proceedings import ReadProceedings
from services.intake.application.receive import ReceiveInquiries
from services.intake.application.status import ReadStatus
from services.intake.domain.acts import act, done_before
from services.intake.domain.model import Inquiry
from services.intake.domain.supplement import given_again, supplement
from services.intake.entrypoints import http
from services.intake.entrypoints.grpc import CONTACTS, ContactsServicer
from services.intake.settings import IntakeSettings

# How long events gather before the status moves on. Longer: the page lags more. Shorter: the events
# of an inquiry share fewer writes.
GATHER = timedelta(seconds=1)
# Events of a batch. They share a write, so the further intake lags, the less each costs.
MOST = 2_000


async def build(settings: IntakeSettings, readiness: Readiness) -> Sequence[Part]:
    """The parts of intake, in no order: their stages say which starts first.

    Waits for nothing outside. Each part tries again by itself; `readiness` says what is missing.
    Raises PackFaults for a city that cannot be loaded, or not with the embedding that is switched
    on, FileFaults for an unusable file of callers or signing keys.
    """
    city = cities.load(settings.city, embedding=settings.embedding)
    kit = connect(
        "intake", settings, readiness, database=DATABASE, alias=ALIAS, documents=DOCUMENTS
    )
    store = inquiry_store()
    offices = LiveOffices(kit.brokers, kit.clock)
    districts = kit.channel(settings.districts_grpc, settings.service_key)
    intake = assemble(
        kit,
        city=city,
        store=store,
        finder=MongoFinder(store),
        numbers=BlockNumbers(),
        log=MongoAccessLog(),
        answers=DistrictsAnswers(districts),
        cases=DistrictsCases(districts),
        documents=DistrictsDocuments(districts),
        offices=offices,
    )
    readiness.wants("offices", offices.check)
    return [*kit.parts, offices, *intake.parts]


def assemble(
    kit: Kit[IntakeSettings],
    *,
    city: City,
    store: Store[Inquiry],
    finder: Finder,
    numbers: ReceiptNumbers,
    log: AccessLog,
    answers: Answers,
    cases: Cases,
    documents: Documents,
    offices: RecordedOffices,
) -> Assembled:
    """Intake on these collaborators."""
    events = wire(city.sealed)
    today = CityOfToday(city, offices.newest, kit.clock)
    persistence = kit.persistence(events)
    aggregates = persistence.aggregates(store)
    commit = GroupCommit(aggregates.settle)
    follow = FollowInquiries(aggregates)
    links = StatusLinks(
        key=kit.settings.status_token_secret.get_secret_value(),
        public_url=kit.settings.intake_public_url,
    )
    opening = Opening(finder=finder, links=links)
    limits = Limits(
        per_recipient=kit.settings.recipient_per_hour,
        per_sender=kit.settings.anonymous_per_hour,
        clock=kit.clock,
    )
    receive = ReceiveInquiries(
        present=today.as_known,
        store=store,
        submit=commit.submit,
        numbers=numbers,
        links=links,
        clock=kit.clock,
        new_id=kit.new_id,
        reach=reach_from(city.country),
        limits=limits,
    )
    supply = SupplyAnswers(
        rule=supplement,
        said_before=given_again,
        city=city,
        opening=opening,
        submit=commit.submit,
        limits=limits,
        clock=kit.clock,
        new_id=kit.new_id,
    )
    acts = TakeActs(
        rule=act,
        said_before=done_before,
        city=city,
        opening=opening,
        submit=commit.submit,
        limits=limits,
        clock=kit.clock,
        new_id=kit.new_id,
    )
    status = ReadStatus(
        present=today.as_known,
        opening=opening,
        answers=answers,
        proceedings=ReadProceedings(city=city, cases=cases),
        clock=kit.clock,
    )
    disclose = Disclose(store=store, log=log, clock=kit.clock)
    contacts = ContactsServicer(
        city=city,
        disclose=disclose,
        links=links,
        likenesses=Likenesses(key=kit.settings.status_token_secret.get_secret_value()),
        callers=kit.callers,
    )
    servicers = {CONTACTS: partial(add_ContactsServiceServicer_to_server, contacts)}
    web = http.create(
        city=city,
        receive=receive,
        supply=supply,
        acts=acts,
        documents=ReadDocuments(opening=opening, documents=documents, clock=kit.clock),
        status=status,
        links=links,
        callers=kit.callers,
        readiness=kit.readiness,
        assets=Assets(),
        proxies=kit.settings.proxies,
        clock=kit.clock,
    )
    return Assembled(
        handle=follow.handle,
        web=web,
        parts=[
            persistence,
            commit,
            kit.consumer(events, HEARD, follow.handle, pace=Pace(GATHER, steady=True), most=MOST),
            kit.grpc_server(servicers, kit.settings.intake_grpc_port),
            kit.http_server(web, kit.settings.intake_http_port),
            kit.management_server(kit.settings.intake_management_port),
        ],
    )
