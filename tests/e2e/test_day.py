"""A short day of Seoul in a city of its own: all offices work through gRPC alone, delegations
change meanwhile, and the judge finds nothing.

Without a safeguard it is seen here: a register that routing does not follow, as permits at the
wrong office; an act of an office or a citizen that is not told, as lost; one that has its effect
twice, as doubled or invented; a word on the bus or in a log, as leaked.
"""

from __future__ import annotations

import asyncio

import pytest

from services import cities
from services.cities.catalogue.model import Office, OfficeKind
from services.common.process.clock import utc_now
from simulation.day.pack import late_entries
from simulation.day.play import Day
from simulation.own_city import own_city

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

# The acts of offices that tens of matters bring for certain; rarer ones come on a longer day.
ACTS = {
    "PermitChecked",
    "PermitFeePaid",
    "SupplementRequested",
    "SupplementReceived",
    "CaseExtended",
    "ConsultationRequested",
    "ConsultationAnswered",
    "PermitDecided",
    "PermitIssued",
    "PermitCollected",
}
CALLS = {
    *("ListWork", "GetCase", "GetHistory", "ListConsultations"),
    *("Accept", "AcceptMany", "Answer", "AnswerMany", "DecidePermit"),
    *("AssignOfficer", "StartWork", "AddNote", "CheckApplication", "RecordFee"),
    "ReturnDocuments",
}
# What citizens do themselves on every day; the rest of it comes on a longer one.
OWN_ACTS = {"supplement", "withdrawal"}
DELEGATIONS = {
    *("granted", "suspended", "resumed", "recalled, cases stay", "recalled, cases go back"),
    *("capacity changed", "team closed", "office closes"),
}


def test_a_day_of_seoul_loses_doubles_invents_and_leaks_nothing() -> None:
    seoul = cities.load("seoul")
    today = utc_now().astimezone(seoul.timezone).date()
    there: list[Office] = [one for kind in OfficeKind for one in seoul.of_kind(kind, today)]
    with late_entries("seoul") as pack, own_city("day-test", city=pack) as own:
        report = asyncio.run(Day(own.stack, matters=48, seconds=12.0, seed=18).play())
    assert list(report.faults) == []
    assert own.ended == []
    assert sum(report.offices.values()) == len(there)
    assert len(report.decided) >= 8
    assert report.acts.keys() >= ACTS
    assert report.calls.keys() >= CALLS
    assert report.own_acts.keys() >= OWN_ACTS
    assert report.returned > 0
    assert all(tray.most > 2 for tray in report.together)
    assert report.delegations.keys() == DELEGATIONS
    assert report.went.clear > 0
    assert report.went.of_earlier_days > 0
    assert report.went.returned > 0
    assert report.compared > 0
