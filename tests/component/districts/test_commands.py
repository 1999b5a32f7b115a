"""What an office can do and see over gRPC."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import grpc
import pytest
from dasan.common.v1 import matter_pb2
from dasan.districts.v1 import answers_pb2
from dasan.districts.v1 import work_pb2 as pb
from dasan.districts.v1.events_pb2 import (
    DECLINE_REASON_WRONG_PLACE,
    OUTCOME_ANSWERED,
    OUTCOME_PERMIT_GRANTED_CONDITIONALLY,
    PERMIT_DECISION_GRANTED,
    PERMIT_DECISION_GRANTED_CONDITIONALLY,
)
from prometheus_client import REGISTRY

from services.cities import Channel, PetitionKind
from services.common.aggregates.ticker import Ticker
from services.common.consuming.consume import Ack
from services.common.kernel import DomainError, Kind
from services.districts.application.ports import CitizenWords
from services.districts.domain.case.dates import MOMENT
from services.districts.domain.case.events import (
    CaseAccepted,
    CaseAnswered,
    CaseDeclined,
    CaseOpened,
    CaseOverdue,
    MattersJoined,
    Outcome,
    OverdueLevel,
    PermitDecided,
    PermitDecision,
    PermitIssued,
    RepeatClosed,
)
from tests.component.districts.offices import (
    DUE,
    NOW,
    Service,
    answer_request,
    as_office,
    assigned,
    decide_request,
    in_seoul,
    list_work,
    refusal,
    serving,
)
from tests.support.callers import metadata
from tests.support.kit import incoming, part

MILL, HILL, WEST = as_office("o-mill"), as_office("o-hill"), as_office("d-west")
WRONG_PLACE = DECLINE_REASON_WRONG_PLACE


async def test_an_office_accepts_and_answers(service: Service) -> None:
    await service.assign(assigned("a"))
    taken = await service.offices.Accept(pb.AcceptRequest(inquiry_id="a"), metadata=MILL)
    assert taken.item.state == pb.WORK_STATE_ACCEPTED
    ended = await service.offices.Answer(
        answer_request(inquiry_id="a", text="Done."), metadata=MILL
    )
    assert ended.item.state == pb.WORK_STATE_ANSWERED
    assert [type(event) for event in service.told("a")] == [
        CaseOpened,
        CaseAccepted,
        CaseAnswered,
    ]
    assert "Done." not in repr([e.data for e in service.store.documents["a"].outbox])


@pytest.mark.parametrize("text", ["\u200b\u3164", "\0", " \u2800\n"])
async def test_an_answer_that_shows_nothing_is_none(service: Service, text: str) -> None:
    await service.assign(assigned("a"), assigned("p", office="d-west", permit=True))
    answer = service.offices.Answer(answer_request(inquiry_id="a", text=text), metadata=MILL)
    decide = service.offices.DecidePermit(
        decide_request(inquiry_id="p", decision=PERMIT_DECISION_GRANTED, text=text),
        metadata=WEST,
    )
    for call in (answer, decide):
        code, trailing = await refusal(call)
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert trailing["dasan-slug"] == "invalid_answer"


async def test_an_answer_holds_no_control_character_that_a_mail_may_not(service: Service) -> None:
    await service.assign(assigned("a"))
    text = "Do\0ne.\x1b[31m\r\n\tAsk us."
    await service.offices.Answer(answer_request(inquiry_id="a", text=text), metadata=MILL)
    told = await service.answers.GetAnswers(
        answers_pb2.GetAnswersRequest(inquiry_ids=["a"], purpose=answers_pb2.ANSWER_PURPOSE_NOTIFY),
        metadata=metadata("notify"),
    )
    assert told.answers[0].text == "Do ne. [31m\r\n\tAsk us."


async def test_every_command_may_be_sent_again(service: Service) -> None:
    await service.assign(assigned("a"), assigned("b"))
    accept = pb.AcceptRequest(inquiry_id="a")
    answer = answer_request(inquiry_id="a", text="Done.")
    decline = pb.DeclineRequest(inquiry_id="b", reason=WRONG_PLACE, suggested_office_id="d-east")
    for call, request in (
        (service.offices.Accept, accept),
        (service.offices.Answer, answer),
        (service.offices.Decline, decline),
    ):
        answers = [await call(request, metadata=MILL) for _ in range(3)]
        assert answers[0] == answers[1] == answers[2]
    assert len(service.told("a")) == 3
    assert len(service.told("b")) == 2


async def test_the_same_command_from_many_at_once_has_one_effect(service: Service) -> None:
    await service.assign(assigned("a"))
    request = answer_request(inquiry_id="a", text="Done.")
    await asyncio.gather(*(service.offices.Answer(request, metadata=MILL) for _ in range(20)))
    assert [type(e) for e in service.told("a")] == [CaseOpened, CaseAccepted, CaseAnswered]


async def test_a_command_of_an_earlier_round_that_comes_again_has_no_effect_on_a_later_one(
    service: Service,
) -> None:
    await service.assign(assigned("a"))
    accept = pb.AcceptRequest(inquiry_id="a", command_id="c-1", expected_version=1)
    answer = answer_request(inquiry_id="a", text="Done.", command_id="c-2", expected_version=2)
    await service.offices.Accept(accept, metadata=MILL)
    await service.offices.Answer(answer, metadata=MILL)
    await service.assign(assigned("a", round_=2))
    for call, request in (
        (service.offices.Accept, accept),
        (service.offices.Answer, answer),
    ):
        again = await call(request, metadata=MILL)
        assert (again.item.round, again.item.state) == (2, pb.WORK_STATE_OPEN)
        assert again.item.version == 4
    assert [type(event) for event in service.told("a")] == [
        CaseOpened,
        CaseAccepted,
        CaseAnswered,
        CaseOpened,
    ]
    # What is sent under an id of its own is about the round that there is now.
    request = answer_request(inquiry_id="a", text="Done.", command_id="c-3")
    ended = await service.offices.Answer(request, metadata=MILL)
    assert (ended.item.round, ended.item.state) == (2, pb.WORK_STATE_ANSWERED)


async def test_a_refusal_of_an_earlier_round_that_comes_again_has_no_effect_on_a_later_one(
    service: Service,
) -> None:
    await service.assign(assigned("a"))
    decline = pb.DeclineRequest(inquiry_id="a", reason=WRONG_PLACE, command_id="c-1")
    await service.offices.Decline(decline, metadata=MILL)
    await service.assign(assigned("a", "d-west", attempt=2))
    await service.offices.Answer(answer_request(inquiry_id="a", text="Done."), metadata=WEST)
    await service.assign(assigned("a", round_=2))
    again = await service.offices.Decline(decline, metadata=MILL)
    assert (again.item.round, again.item.state) == (2, pb.WORK_STATE_OPEN)


async def test_a_command_that_asked_for_what_was_so_has_no_effect_on_a_later_round(
    service: Service,
) -> None:
    """Two of an office's screens accept the same case; the second's call is sent again later."""
    await service.assign(assigned("a"))
    first = pb.AcceptRequest(inquiry_id="a", command_id="c-1")
    second = pb.AcceptRequest(inquiry_id="a", command_id="c-2")
    await service.offices.Accept(first, metadata=MILL)
    await service.offices.Accept(second, metadata=MILL)
    await service.offices.Answer(answer_request(inquiry_id="a", text="Done."), metadata=MILL)
    await service.assign(assigned("a", round_=2))
    again = await service.offices.Accept(second, metadata=MILL)
    assert (again.item.round, again.item.state) == (2, pb.WORK_STATE_OPEN)


async def test_one_id_for_two_steps_of_a_case_swallows_neither(service: Service) -> None:
    await service.assign(assigned("a"))
    accept = pb.AcceptRequest(inquiry_id="a", command_id="c-1")
    answer = answer_request(inquiry_id="a", text="Done.", command_id="c-1")
    await service.offices.Accept(accept, metadata=MILL)
    ended = await service.offices.Answer(answer, metadata=MILL)
    assert ended.item.state == pb.WORK_STATE_ANSWERED


async def test_one_id_for_two_answers_loses_neither_silently(service: Service) -> None:
    """An office that makes one id for each case would think that its second answer is stored."""
    await service.assign(assigned("a"))
    first = answer_request(inquiry_id="a", text="Done.", command_id="c-1")
    await service.offices.Answer(first, metadata=MILL)
    other = answer_request(inquiry_id="a", text="Not done.", command_id="c-1")
    status, trailing = await refusal(service.offices.Answer(other, metadata=MILL))
    assert (status, trailing["dasan-slug"]) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "already_answered",
    )
    again = await service.offices.Answer(first, metadata=MILL)
    assert again.item.state == pb.WORK_STATE_ANSWERED


async def test_a_command_whose_answer_was_lost_has_one_effect(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database took it and the connection broke; by the next try it is open again."""
    await service.assign(assigned("a"))
    save = service.store.save
    breaks = iter([DomainError("database_away", Kind.UNAVAILABLE, "cut off")])

    async def cut_off(*given: Any) -> Any:
        outcome = await save(*given)
        for error in breaks:
            raise error
        return outcome

    monkeypatch.setattr(service.store, "save", cut_off)
    request = answer_request(inquiry_id="a", text="Done.", command_id="c-1", expected_version=1)
    code, _ = await refusal(service.offices.Answer(request, metadata=MILL))
    assert code is grpc.StatusCode.UNAVAILABLE
    await service.assign(assigned("a", round_=2))
    again = await service.offices.Answer(request, metadata=MILL)
    assert (again.item.round, again.item.state) == (2, pb.WORK_STATE_OPEN)
    assert sum(isinstance(event, CaseAnswered) for event in service.told("a")) == 1


async def test_a_command_that_comes_again_at_another_replica_has_one_effect(
    service: Service,
) -> None:
    await service.assign(assigned("a"))
    other = await service.another()
    async with other.serving() as (offices, _):
        request = pb.AcceptRequest(inquiry_id="a", command_id="c-1", expected_version=1)
        # This one remembers what it stored last, and must not answer by that later.
        await offices.Accept(request, metadata=MILL)
        calls = [offices.Accept, service.offices.Accept] * 10
        answers = await asyncio.gather(*(call(request, metadata=MILL) for call in calls))
        assert {answer.item.version for answer in answers} == {2}
        await service.offices.Answer(answer_request(inquiry_id="a", text="x"), metadata=MILL)
        await service.assign(assigned("a", round_=2))
        again = await offices.Accept(request, metadata=MILL)
    assert (again.item.round, again.item.state) == (2, pb.WORK_STATE_OPEN)
    assert sum(isinstance(event, CaseAccepted) for event in service.told("a")) == 1


async def test_the_same_id_of_two_offices_names_two_commands(service: Service) -> None:
    await service.assign(assigned("a"))
    decline = pb.DeclineRequest(inquiry_id="a", reason=WRONG_PLACE, command_id="c-1")
    await service.offices.Decline(decline, metadata=MILL)
    await service.assign(assigned("a", "d-west", attempt=2))
    declined = await service.offices.Decline(decline, metadata=WEST)
    assert (declined.item.attempt, declined.item.state) == (2, pb.WORK_STATE_DECLINED)


async def test_a_case_that_changed_since_it_was_looked_at_is_left_alone(service: Service) -> None:
    await service.assign(assigned("a"))
    seen = await service.offices.Accept(pb.AcceptRequest(inquiry_id="a"), metadata=MILL)
    assert seen.item.version == 2
    for command_id in ("", "c-1"):
        stale = answer_request(
            inquiry_id="a", text="Done.", expected_version=1, command_id=command_id
        )
        code, trailing = await refusal(service.offices.Answer(stale, metadata=MILL))
        assert (code, trailing["dasan-slug"]) == (grpc.StatusCode.ABORTED, "stale_version")
        assert trailing["dasan-version"] == "2"
    assert len(service.told("a")) == 2
    # Looked at again and decided again, under the same id: it was not carried out before.
    request = answer_request(inquiry_id="a", text="Done.", expected_version=2, command_id="c-1")
    for _ in range(2):
        ended = await service.offices.Answer(request, metadata=MILL)
        assert (ended.item.state, ended.item.version) == (pb.WORK_STATE_ANSWERED, 3)


async def test_what_is_refused_of_a_case_that_changed_is_called_stale(service: Service) -> None:
    """The office is to look at the case again, rather than to wonder at the refusal."""
    await service.assign(assigned("a"))
    await service.offices.Accept(pb.AcceptRequest(inquiry_id="a"), metadata=MILL)
    decline = pb.DeclineRequest(inquiry_id="a", reason=WRONG_PLACE, expected_version=1)
    code, trailing = await refusal(service.offices.Decline(decline, metadata=MILL))
    assert (code, trailing["dasan-version"]) == (grpc.StatusCode.ABORTED, "2")
    decline.expected_version = 2
    declined = await service.offices.Decline(decline, metadata=MILL)
    assert declined.item.state == pb.WORK_STATE_DECLINED


async def test_of_a_case_that_was_handed_on_no_version_is_told(service: Service) -> None:
    await service.assign(assigned("a"))
    await service.assign(assigned("a", "d-west", attempt=2))
    accept = pb.AcceptRequest(inquiry_id="a", expected_version=1)
    code, trailing = await refusal(service.offices.Accept(accept, metadata=MILL))
    assert (code, trailing["dasan-slug"]) == (grpc.StatusCode.FAILED_PRECONDITION, "handed_on")
    assert "dasan-version" not in trailing


async def test_nothing_is_learned_of_another_offices_case_by_its_version(
    service: Service,
) -> None:
    await service.assign(assigned("a"))
    for version in (0, 1, 99):
        call = service.offices.Accept(
            pb.AcceptRequest(inquiry_id="a", expected_version=version, command_id="c-1"),
            metadata=HILL,
        )
        code, trailing = await refusal(call)
        assert (code, trailing["dasan-slug"]) == (grpc.StatusCode.NOT_FOUND, "unknown_case")
        assert "dasan-version" not in trailing


async def test_another_answer_is_refused_with_its_slug(service: Service) -> None:
    await service.assign(assigned("a"))
    await service.offices.Answer(answer_request(inquiry_id="a", text="Done."), metadata=MILL)
    call = service.offices.Answer(answer_request(inquiry_id="a", text="No."), metadata=MILL)
    code, trailing = await refusal(call)
    assert (code, trailing["dasan-slug"]) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "already_answered",
    )


async def test_a_refusal_travels_and_the_next_office_gets_the_case(service: Service) -> None:
    await service.assign(assigned("a"))
    request = pb.DeclineRequest(inquiry_id="a", reason=WRONG_PLACE, suggested_office_id="d-west")
    declined = await service.offices.Decline(request, metadata=MILL)
    assert declined.item.state == pb.WORK_STATE_DECLINED
    event = service.told("a")[-1]
    assert isinstance(event, CaseDeclined)
    assert (event.attempt, event.suggested_office_id) == (1, "d-west")

    await service.assign(assigned("a", "d-west", attempt=2))
    again = await service.offices.Decline(request, metadata=MILL)
    assert (again.item.version, declined.item.version) == (3, 2)
    again.item.version = declined.item.version
    assert again.item == declined.item
    taken = await service.offices.Accept(pb.AcceptRequest(inquiry_id="a"), metadata=WEST)
    assert (taken.item.state, taken.item.attempt) == (pb.WORK_STATE_ACCEPTED, 2)


async def test_a_binding_case_is_not_declined(service: Service) -> None:
    await service.assign(assigned("a", binding=True))
    request = pb.DeclineRequest(inquiry_id="a", reason=WRONG_PLACE)
    code, trailing = await refusal(service.offices.Decline(request, metadata=MILL))
    assert (code, trailing["dasan-slug"]) == (grpc.StatusCode.FAILED_PRECONDITION, "binding")


async def test_a_delegated_permit_is_decided_at_the_community_office(service: Service) -> None:
    await service.assign(assigned("a", permit=True))
    answer = service.offices.Answer(answer_request(inquiry_id="a", text="Ok."), metadata=MILL)
    assert (await refusal(answer))[1]["dasan-slug"] == "permit_case"
    request = decide_request(
        inquiry_id="a",
        decision=PERMIT_DECISION_GRANTED_CONDITIONALLY,
        text="Granted until ten in the evening.",
    )
    for _ in range(2):
        decided = await service.offices.DecidePermit(request, metadata=MILL)
        assert decided.item.state == pb.WORK_STATE_ANSWERED
    opened, accepted, permit, ended, issued = service.told("a")
    assert isinstance(opened, CaseOpened)
    assert isinstance(accepted, CaseAccepted)
    assert isinstance(issued, PermitIssued)
    assert isinstance(permit, PermitDecided)
    assert (permit.office_id, permit.delegated_by) == ("o-mill", "d-west")
    assert permit.decision is PermitDecision.GRANTED_CONDITIONALLY
    assert isinstance(ended, CaseAnswered)
    assert ended.outcome is Outcome.PERMIT_GRANTED_CONDITIONALLY


async def test_each_office_can_touch_its_own_work_only(service: Service) -> None:
    await service.assign(assigned("a"))
    offices: Any = service.offices
    calls: dict[str, tuple[Any, Callable[[str], Any]]] = {
        "accept": (offices.Accept, lambda id_: pb.AcceptRequest(inquiry_id=id_)),
        "decline": (
            offices.Decline,
            lambda id_: pb.DeclineRequest(inquiry_id=id_, reason=WRONG_PLACE),
        ),
        "answer": (offices.Answer, lambda id_: answer_request(inquiry_id=id_, text="x")),
        "decide": (
            offices.DecidePermit,
            lambda id_: decide_request(inquiry_id=id_, decision=PERMIT_DECISION_GRANTED, text="x"),
        ),
        "case": (offices.GetCase, lambda id_: pb.GetCaseRequest(inquiry_id=id_)),
    }
    for call, request in calls.values():
        foreign = await refusal(call(request("a"), metadata=HILL))
        absent = await refusal(call(request("nothing"), metadata=HILL))
        assert foreign == absent
        assert foreign[0] is grpc.StatusCode.NOT_FOUND
    assert service.intake.asked == []
    assert len(service.told("a")) == 1


@pytest.mark.parametrize(
    "metadata",
    [
        (),
        (("authorization", ""),),
        (("authorization", as_office("o-mill")[0][1].replace("Bearer", "Basic")),),
        as_office("o-nowhere"),
        as_office("a.forged.token"),
    ],
)
async def test_without_the_key_of_an_office_nothing_is_told(
    service: Service, metadata: tuple[tuple[str, str], ...]
) -> None:
    await service.assign(assigned("a"))
    offices: Any = service.offices
    for call in (
        offices.Accept(pb.AcceptRequest(inquiry_id="a"), metadata=metadata),
        offices.GetCase(pb.GetCaseRequest(inquiry_id="a"), metadata=metadata),
        offices.WatchWork(pb.WatchWorkRequest(), metadata=metadata).read(),
    ):
        code, trailing = await refusal(call)
        assert code is grpc.StatusCode.UNAUTHENTICATED
        assert trailing["dasan-slug"] in ("key_missing", "key_unknown")


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.DeclineRequest(inquiry_id="a"), "reason"),
        (pb.DeclineRequest(inquiry_id="a", reason=WRONG_PLACE, command_id="x" * 65), "command_id"),
        (pb.DeclineRequest(inquiry_id="a", reason=WRONG_PLACE, command_id="a\nb"), "command_id"),
        (
            pb.DeclineRequest(inquiry_id="a", reason=WRONG_PLACE, suggested_office_id="o-nowhere"),
            "suggested_office_id",
        ),
        (
            pb.DeclineRequest(inquiry_id="a", reason=WRONG_PLACE, suggested_office_id="o-mill"),
            "suggested_office_id",
        ),
    ],
)
async def test_a_wrong_refusal_names_its_field(
    service: Service, request_: pb.DeclineRequest, field: str
) -> None:
    await service.assign(assigned("a"))
    code, trailing = await refusal(service.offices.Decline(request_, metadata=MILL))
    assert (code, trailing["dasan-field"]) == (grpc.StatusCode.INVALID_ARGUMENT, field)


async def test_a_decision_on_a_permit_must_be_stated(service: Service) -> None:
    await service.assign(assigned("a", permit=True))
    call = service.offices.DecidePermit(
        decide_request(inquiry_id="a", text="So be it."), metadata=MILL
    )
    code, trailing = await refusal(call)
    assert (code, trailing["dasan-field"]) == (grpc.StatusCode.INVALID_ARGUMENT, "decision")


async def test_an_office_says_when_it_happened(service: Service) -> None:
    await service.assign(assigned("a"), assigned("b"))
    request = answer_request(inquiry_id="a", text="Done.")
    request.occurred_at.FromDatetime(NOW.replace(minute=0))
    await service.offices.Answer(request, metadata=MILL)
    event = service.told("a")[-1]
    assert isinstance(event, CaseAnswered)
    assert event.answered_at == NOW.replace(minute=0)
    # Cut to what the database keeps, so that the event and the case say the same.
    finer = answer_request(inquiry_id="b", text="Done.")
    finer.occurred_at.FromDatetime(NOW.replace(hour=0, microsecond=123_456))
    await service.offices.Answer(finer, metadata=MILL)
    event = service.told("b")[-1]
    assert isinstance(event, CaseAnswered)
    assert event.answered_at == NOW.replace(hour=0, microsecond=123_000)
    await service.assign(assigned("c"))
    impossible = answer_request(inquiry_id="c", text="Done.")
    impossible.occurred_at.seconds = 2**60
    code, trailing = await refusal(service.offices.Answer(impossible, metadata=MILL))
    assert (code, trailing["dasan-field"]) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "occurred_at",
    )


async def test_the_words_are_asked_of_intake_in_the_name_of_the_office(service: Service) -> None:
    await service.assign(assigned("a"), assigned("b"))
    service.intake.words["a"] = CitizenWords(
        text="I moved", address="", dong_code="", lat=37.5, lon=127.0
    )
    case = await service.offices.GetCase(pb.GetCaseRequest(inquiry_id="a"), metadata=MILL)
    assert (case.text, case.lat, case.item.state) == ("I moved", 37.5, pb.WORK_STATE_OPEN)
    assert (case.item.version, case.item.round) == (1, 1)
    assert service.intake.asked == [("a", "o-mill")]
    call = service.offices.GetCase(pb.GetCaseRequest(inquiry_id="b"), metadata=MILL)
    code, trailing = await refusal(call)
    assert (code, trailing["dasan-slug"]) == (grpc.StatusCode.UNAVAILABLE, "words_missing")


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("mill", "Westbank Mill"),  # of an office
        ("w2", "Westbank Old Quay"),  # of a legal place
        ("west", "Westbank"),
        ("nowhere", ""),
    ],
)
async def test_every_form_of_place_reaches_the_office(
    service: Service, code: str, name: str
) -> None:
    await service.assign(assigned("a"), assigned("b"), assigned("c"))
    nothing: dict[str, Any] = {"address": "", "dong_code": "", "lat": None, "lon": None}
    for id_, place in (
        ("a", {"dong_code": code}),
        ("b", {"address": "3 Mill Lane"}),
        ("c", {"lat": 37.5, "lon": 127.0}),
    ):
        service.intake.words[id_] = CitizenWords(text="Here", **{**nothing, **place})
    by_code, by_address, by_point = [
        await service.offices.GetCase(pb.GetCaseRequest(inquiry_id=id_), metadata=MILL)
        for id_ in "abc"
    ]
    assert (by_code.dong_code, by_code.dong_name) == (code, name)
    assert not by_code.HasField("lat")
    assert (by_address.address, by_address.dong_name) == ("3 Mill Lane", "")
    assert (by_point.lat, by_point.lon, by_point.dong_name) == (37.5, 127.0, "")


async def test_an_office_sees_what_is_asked_and_in_which_language_it_is_wanted(
    service: Service,
) -> None:
    asked = assigned("a")
    wish = replace(asked.matter, language="vi", kind=PetitionKind.STATUTORY)
    await service.assign(replace(asked, matter=wish))
    service.intake.words["a"] = CitizenWords(
        text="Tôi", address="", dong_code="", lat=None, lon=None
    )
    case = await service.offices.GetCase(pb.GetCaseRequest(inquiry_id="a"), metadata=MILL)
    assert case.service_name == "Moving in"
    [listed] = await list_work(service.offices.WatchWork(pb.WatchWorkRequest(), metadata=MILL))
    for item in (case.item, listed):
        assert (item.language, item.kind) == ("vi", matter_pb2.PETITION_KIND_STATUTORY)


async def test_the_officer_reaches_who_tells_the_citizen_and_no_event(service: Service) -> None:
    await service.assign(assigned("a"), assigned("b", permit=True))
    officer = {"officer_unit": "민원여권과", "officer_name": "홍길동 주무관"}
    phone = {"officer_phone": "02-000-0000"}
    answer = answer_request(inquiry_id="a", text="Done.", **officer, **phone)
    await service.offices.Answer(answer, metadata=MILL)
    decision = decide_request(
        inquiry_id="b", text="So.", decision=PERMIT_DECISION_GRANTED, **officer, **phone
    )
    await service.offices.DecidePermit(decision, metadata=MILL)
    request = answers_pb2.GetAnswersRequest(
        inquiry_ids=["a", "b"], purpose=answers_pb2.ANSWER_PURPOSE_NOTIFY
    )
    found = await service.answers.GetAnswers(request, metadata=metadata("notify"))
    assert [(a.officer_unit, a.officer_name, a.officer_phone) for a in found.answers] == [
        ("민원여권과", "홍길동 주무관", "02-000-0000")
    ] * 2
    told = repr([e.data for id_ in "ab" for e in service.store.documents[id_].outbox])
    assert "홍길동".encode().decode("latin-1") not in told
    assert "000-0000" not in told


@pytest.mark.parametrize("field", ["officer_unit", "officer_name", "officer_phone"])
async def test_an_answer_without_its_officer_is_refused_by_the_field(
    service: Service, field: str
) -> None:
    await service.assign(assigned("a"), assigned("b", permit=True))
    answer = answer_request(inquiry_id="a", text="Done.", **{field: ""})
    decision = decide_request(
        inquiry_id="b", text="So.", decision=PERMIT_DECISION_GRANTED, **{field: ""}
    )
    for call in (
        service.offices.Answer(answer, metadata=MILL),
        service.offices.DecidePermit(decision, metadata=MILL),
    ):
        code, trailing = await refusal(call)
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert (trailing["dasan-slug"], trailing["dasan-field"]) == ("invalid_officer", field)


# Monday 10:00 in a city whose pack lets an office enter an act until the end of the next day, or
# of the next working day after that: what was done on Friday or later.
@pytest.mark.parametrize(
    ("happened", "entered"),
    [
        ("2026-11-20T08:00+09:00", True),
        ("2026-11-19T23:59+09:00", False),
        ("1999-11-23T09:00+09:00", False),
    ],
)
async def test_how_far_an_office_may_date_back_is_the_citys_to_say(
    happened: str, entered: bool
) -> None:
    at = datetime.fromisoformat(happened)
    began = assigned("a", "d-11110")
    began = replace(began, matter=replace(began.matter, received_at=at - timedelta(days=1)))
    command = answer_request(inquiry_id="a", text="Done.")
    command.occurred_at.FromDatetime(at)
    async with serving(in_seoul()) as service:
        await service.assign(began)
        call = service.offices.Answer(command, metadata=as_office("d-11110"))
        if not entered:
            code, trailing = await refusal(call)
            assert code is grpc.StatusCode.INVALID_ARGUMENT
            assert (trailing["dasan-slug"], trailing["dasan-field"]) == (
                "invalid_time",
                "occurred_at",
            )
            return
        await call
        event = service.told("a")[-1]
        assert isinstance(event, CaseAnswered)
        assert (event.answered_at, event.entered_at) == (at, NOW)
        request = answers_pb2.GetAnswersRequest(
            inquiry_ids=["a"], purpose=answers_pb2.ANSWER_PURPOSE_STATUS
        )
        [answer] = (await service.answers.GetAnswers(request, metadata=metadata("intake"))).answers
        assert answer.answered_at.ToDatetime(NOW.tzinfo) == at
        assert answer.entered_at.ToDatetime(NOW.tzinfo) == NOW


async def test_where_the_pack_sets_no_limit_records_of_long_ago_can_be_entered(
    service: Service,
) -> None:
    at = datetime.fromisoformat("2015-01-05T09:00+00:00")
    began = assigned("a")
    await service.assign(replace(began, matter=replace(began.matter, received_at=at)))
    command = answer_request(inquiry_id="a", text="Done.")
    command.occurred_at.FromDatetime(at)
    ended = await service.offices.Answer(command, metadata=MILL)
    assert ended.item.state == pb.WORK_STATE_ANSWERED


async def test_a_command_sent_again_after_the_limit_has_passed_has_its_effect_once() -> None:
    command = answer_request(inquiry_id="a", text="Done.", command_id="c-1")
    command.occurred_at.FromDatetime(NOW)
    sent = as_office("d-11110")
    async with serving(in_seoul()) as service:
        await service.assign(assigned("a", "d-11110"))
        await service.offices.Answer(command, metadata=sent)
        await service.later(timedelta(days=9))
        again = await service.offices.Answer(command, metadata=sent)
        assert again.item.state == pb.WORK_STATE_ANSWERED


async def test_a_case_that_was_handed_on_is_no_longer_shown(service: Service) -> None:
    await service.assign(assigned("a"))
    await service.assign(assigned("a", "d-west", attempt=2))
    call = service.offices.GetCase(pb.GetCaseRequest(inquiry_id="a"), metadata=MILL)
    assert (await refusal(call))[0] is grpc.StatusCode.NOT_FOUND


async def test_answers_are_given_in_batches_for_a_stated_purpose(service: Service) -> None:
    await service.assign(assigned("a"), assigned("b"))
    await service.offices.Answer(answer_request(inquiry_id="a", text="Done."), metadata=MILL)
    request = answers_pb2.GetAnswersRequest(
        inquiry_ids=["a", "b", "nothing", "a"],
        purpose=answers_pb2.ANSWER_PURPOSE_STATUS,
    )
    found = await service.answers.GetAnswers(request, metadata=metadata("intake"))
    [answer] = found.answers
    assert (answer.inquiry_id, answer.office_id, answer.text) == ("a", "o-mill", "Done.")
    assert (answer.round, answer.outcome) == (1, OUTCOME_ANSWERED)
    assert answer.answered_at.ToDatetime(NOW.tzinfo) == NOW
    assert list(found.missing) == ["b", "nothing"]


async def test_each_answered_round_has_its_answer(service: Service) -> None:
    await service.assign(assigned("a"))
    await service.offices.Answer(answer_request(inquiry_id="a", text="Done."), metadata=MILL)
    await service.assign(assigned("a", "d-west", round_=2, permit=True))
    request = answers_pb2.GetAnswersRequest(
        inquiry_ids=["a"], purpose=answers_pb2.ANSWER_PURPOSE_STATUS
    )
    found = await service.answers.GetAnswers(request, metadata=metadata("intake"))
    assert [(a.round, a.text) for a in found.answers] == [(1, "Done.")]
    assert list(found.missing) == []
    decision = decide_request(
        inquiry_id="a", decision=PERMIT_DECISION_GRANTED_CONDITIONALLY, text="Until ten."
    )
    await service.offices.DecidePermit(decision, metadata=WEST)
    found = await service.answers.GetAnswers(request, metadata=metadata("intake"))
    assert [(a.round, a.office_id, a.outcome, a.text) for a in found.answers] == [
        (1, "o-mill", OUTCOME_ANSWERED, "Done."),
        (2, "d-west", OUTCOME_PERMIT_GRANTED_CONDITIONALLY, "Until ten."),
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"purpose": 0}, "purpose"),
        ({"inquiry_ids": ["x"] * 501}, "inquiry_ids"),
    ],
)
async def test_answers_are_not_given_without_purpose_and_measure(
    service: Service, change: dict[str, Any], field: str
) -> None:
    stated: dict[str, Any] = {
        "inquiry_ids": ["a"],
        "purpose": answers_pb2.ANSWER_PURPOSE_NOTIFY,
    }
    request = answers_pb2.GetAnswersRequest(**{**stated, **change})
    call = service.answers.GetAnswers(request, metadata=metadata("notify"))
    code, trailing = await refusal(call)
    assert (code, trailing["dasan-field"]) == (grpc.StatusCode.INVALID_ARGUMENT, field)


async def test_an_assignment_that_comes_twice_opens_one_case(service: Service) -> None:
    event, other_id = incoming(assigned("a")), incoming(assigned("a"))
    handle = service.replica.districts.handle
    assert await handle([event, event, other_id]) == [Ack()] * 3
    assert await handle([event]) == [Ack()]
    assert [type(e) for e in service.told("a")] == [CaseOpened]


async def test_a_second_round_comes_twice_and_late_of_the_first_changes_nothing(
    service: Service,
) -> None:
    handle = service.replica.districts.handle
    await service.assign(assigned("a"))
    await service.offices.Answer(answer_request(inquiry_id="a", text="Done."), metadata=MILL)
    again = incoming(assigned("a", "d-west", round_=2))
    late = incoming(assigned("a", "o-hill", attempt=2))
    assert await handle([again, again, late, incoming(again.event)]) == [Ack()] * 4
    [opened] = [e for e in service.told("a")[3:] if isinstance(e, CaseOpened)]
    assert (opened.round, opened.attempt, opened.office_id) == (2, 1, "d-west")


async def test_a_deadline_is_marked_and_counted_once(service: Service) -> None:
    await service.assign(assigned("a"), assigned("b"))
    await service.offices.Answer(answer_request(inquiry_id="b", text="Done."), metadata=MILL)
    before = REGISTRY.get_sample_value("dasan_cases_overdue_total")
    assert await service.store.waking(DUE, 10) == []  # the due moment itself is in time
    assert [one.id for one in await service.store.waking(DUE + MOMENT, 10)] == ["a"]
    await service.later(DUE + MOMENT - NOW)
    for _ in range(2):
        await part(service.replica.districts, Ticker, "ticker").tick()
    assert REGISTRY.get_sample_value("dasan_cases_overdue_total") == (before or 0) + 1
    assert await service.store.waking(DUE + MOMENT, 10) == []
    [case] = [s.state for s in service.store.documents.values() if s.id == "a"]
    assert case is not None
    assert case.overdue
    [overdue] = service.told("a")[1:]
    assert isinstance(overdue, CaseOverdue)
    assert overdue.level is OverdueLevel.EXAMINER


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ((), grpc.StatusCode.UNAUTHENTICATED),
        (MILL, grpc.StatusCode.PERMISSION_DENIED),  # an office, on the port that offices reach
        (metadata("routing"), grpc.StatusCode.PERMISSION_DENIED),
        (metadata("intake"), grpc.StatusCode.PERMISSION_DENIED),  # another purpose is intake's
    ],
)
async def test_answers_are_given_to_whom_they_are_for(
    service: Service, sent: Any, status: grpc.StatusCode
) -> None:
    await service.assign(assigned("a"))
    await service.offices.Answer(answer_request(inquiry_id="a", text="Done."), metadata=MILL)
    request = answers_pb2.GetAnswersRequest(
        inquiry_ids=["a"], purpose=answers_pb2.ANSWER_PURPOSE_NOTIFY
    )
    assert (await refusal(service.answers.GetAnswers(request, metadata=sent)))[0] is status


async def test_what_lies_with_the_arbitration_desk_is_designated_and_not_answered(
    service: Service,
) -> None:
    await service.assign(assigned("a", rule="arbitration", binding=True))
    [seen] = await list_work(service.offices.WatchWork(pb.WatchWorkRequest(), metadata=MILL))
    assert seen.to_designate
    answer = answer_request(inquiry_id="a", text="Done.")
    code, trailing = await refusal(service.offices.Answer(answer, metadata=MILL))
    assert (code, trailing["dasan-slug"]) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "designates_only",
    )
    await service.assign(assigned("a", "d-west", attempt=2, rule="transferred"))
    done = await service.offices.Answer(answer, metadata=WEST)
    assert not done.item.to_designate


async def test_no_permit_is_decided_on_a_call_until_there_is_a_document() -> None:
    async with serving(in_seoul()) as seoul:
        office = as_office("d-11110")
        for inquiry_id, channel in (("said", Channel.PHONE), ("filed", Channel.COUNTER)):
            await seoul.assign(
                assigned(
                    inquiry_id,
                    "d-11110",
                    permit=True,
                    channel=channel,
                    service_code="bulky-waste",
                )
            )
        said = decide_request(inquiry_id="said", decision=PERMIT_DECISION_GRANTED, text="Granted.")
        code, trailing = await refusal(seoul.offices.DecidePermit(said, metadata=office))
        assert (code, trailing["dasan-slug"]) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "needs_document",
        )
        told = answer_request(inquiry_id="said", text="Bring the form to this office.")
        done = await seoul.offices.Answer(told, metadata=office)
        assert (done.item.needs_document, done.item.permit) == (True, False)
        filed = decide_request(
            inquiry_id="filed", decision=PERMIT_DECISION_GRANTED, text="Granted."
        )
        decided = await seoul.offices.DecidePermit(filed, metadata=office)
        assert (decided.item.needs_document, decided.item.permit) == (False, True)


async def test_a_case_closed_as_a_repetition_leaves_the_work_and_refuses_what_comes_late(
    service: Service,
) -> None:
    await service.assign(assigned("a"))
    closing = RepeatClosed(inquiry_id="a", round=1, attempt=1, closed_at=NOW)
    for cause in ("once", "again"):
        [outcome] = await service.replica.districts.handle([incoming(closing, cause)])
        assert isinstance(outcome, Ack)
    watch = service.offices.WatchWork(pb.WatchWorkRequest(), metadata=MILL)
    assert await list_work(watch) == []
    request = answer_request(inquiry_id="a", text="Done.")
    status, said = await refusal(service.offices.Answer(request, metadata=MILL))
    assert status is grpc.StatusCode.FAILED_PRECONDITION
    assert said["dasan-slug"] == "closed_as_repeat"
    assert [type(event) for event in service.told("a")] == [CaseOpened]


async def test_the_office_sees_which_inquiries_its_case_leads(service: Service) -> None:
    await service.assign(assigned("lead"), assigned("member"))
    joining = MattersJoined(inquiry_id="member", lead_inquiry_id="lead")
    await service.replica.districts.handle([incoming(joining, "joined")])
    watch = service.offices.WatchWork(pb.WatchWorkRequest(), metadata=MILL)
    joined = {item.inquiry_id: list(item.joined_inquiry_ids) for item in await list_work(watch)}
    assert joined == {"lead": ["member"], "member": []}
