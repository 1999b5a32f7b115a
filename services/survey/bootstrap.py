"""Puts survey together: `build` makes the clients, `assemble` the service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from dasan.survey.v1.invitations_pb2_grpc import add_InvitationsServiceServicer_to_server

from services import cities
from services.cities import City
from services.cities.recorded import CityOfToday, RecordedOffices
from services.common.aggregates.group_commit import GroupCommit
from services.common.aggregates.update import Store
from services.common.edge.readiness import Readiness
from services.common.pages.assets import Assets
from services.common.process.background import Job
from services.common.process.pace import Pace
from services.common.process.parts import Part
from services.common.run.assembly import Assembled, Kit, connect
from services.survey.adapters.offices import LiveOffices
from services.survey.adapters.repository import ALIAS, DATABASE, DOCUMENTS, survey_store
from services.survey.adapters.windows import SatisfactionWindows, satisfaction_view
from services.survey.adapters.wire import HEARD, wire
from services.survey.application.handlers import Satisfaction, SatisfactionWatch, Surveys
from services.survey.application.ports import Counts, Windows
from services.survey.domain.model import Survey
from services.survey.domain.tokens import Tokens
from services.survey.entrypoints import http
from services.survey.entrypoints.grpc import INVITATIONS, InvitationsServicer
from services.survey.settings import SurveySettings

# How long events gather: nobody waits for an invitation, and several share one write.
GATHER = timedelta(milliseconds=250)
# Between two counts for the gauges of satisfaction; each reads every survey. Longer: a monitor sees
# later what changes over days. Shorter: more work for the database.
COUNT_EVERY = timedelta(minutes=1)


async def build(settings: SurveySettings, readiness: Readiness) -> Sequence[Part]:
    """The parts of survey, in no order: their stages say which starts first.

    Waits for nothing outside. Each part tries again by itself; `readiness` says what is missing.
    Raises PackFaults for a city that cannot be loaded, FileFaults for an unusable file of callers
    or signing keys.
    """
    city = cities.load(settings.city)
    kit = connect(
        "survey", settings, readiness, database=DATABASE, alias=ALIAS, documents=DOCUMENTS
    )
    store = survey_store()
    view = satisfaction_view(kit.brokers, kit.clock)
    offices = LiveOffices(kit.brokers, kit.clock)
    survey = assemble(
        kit,
        city=city,
        store=store,
        counts=store,
        windows=SatisfactionWindows(view),
        offices=offices,
    )
    readiness.wants("view", view.check)
    readiness.wants("offices", offices.check)
    return [*kit.parts, view, offices, *survey.parts]


def assemble(
    kit: Kit[SurveySettings],
    *,
    city: City,
    store: Store[Survey],
    counts: Counts,
    windows: Windows,
    offices: RecordedOffices,
) -> Assembled:
    """Survey on these collaborators."""
    events = wire(city.sealed)
    today = CityOfToday(city, offices.newest, kit.clock)
    persistence = kit.persistence(events, Pace(steady=True))
    aggregates = persistence.aggregates(store)
    commit = GroupCommit(aggregates.settle, Pace())
    surveys = Surveys(
        aggregates=aggregates,
        submit=commit.submit,
        present=today.as_known,
        open_for=timedelta(days=kit.settings.survey_days),
        clock=kit.clock,
    )
    tokens = Tokens(kit.settings.survey_token_secret.get_secret_value())
    invitations = InvitationsServicer(
        surveys=surveys,
        tokens=tokens,
        public_url=kit.settings.survey_public_url,
        callers=kit.callers,
    )
    servicers = {INVITATIONS: partial(add_InvitationsServiceServicer_to_server, invitations)}
    satisfaction = Satisfaction(counts, monotonic=kit.monotonic)
    watch = SatisfactionWatch(satisfaction, today.as_known)
    web = http.create(
        surveys=surveys,
        satisfaction=satisfaction,
        windows=windows,
        tokens=tokens,
        present=today.as_known,
        assets=Assets(),
        clock=kit.clock,
        readiness=kit.readiness,
    )
    return Assembled(
        handle=surveys.handle,
        web=web,
        parts=[
            persistence,
            commit,
            kit.ticker(store, surveys.expire, persistence),
            Job("satisfaction_watch", COUNT_EVERY, watch.look),
            kit.consumer(events, HEARD, surveys.handle, pace=Pace(GATHER, steady=True)),
            kit.grpc_server(servicers, kit.settings.survey_grpc_port),
            kit.http_server(web, kit.settings.survey_http_port),
            kit.management_server(kit.settings.survey_management_port),
        ],
    )
