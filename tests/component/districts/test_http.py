"""What an office can do and see over HTTP: the same as over gRPC, by the same handlers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.common.aggregates.group_commit import GroupCommit
from services.common.run.service import running
from services.districts.application.ports import CitizenWords
from services.districts.domain.case.events import (
    CaseAccepted,
    CaseAnswered,
    CaseDeclined,
    CaseOpened,
    PermitDecided,
    PermitIssued,
)
from tests.component.districts.offices import DUE, Service, answer_request, assigned, serving
from tests.support.callers import header
from tests.support.kit import known, part

MILL, HILL, WEST = header("o-mill"), header("o-hill"), header("d-west")
OFFICER = {"unit": "Front desk", "name": "Officer Kim", "phone": "311"}
DONE = {"text": "Done.", "officer": OFFICER}


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """Districts without its gRPC server, empty."""
    made = Service()
    await known(made.replica.districts)
    async with running([part(made.replica.districts, GroupCommit)]):
        yield made


@pytest.fixture
async def web(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(service.replica.districts.web)
    async with httpx.AsyncClient(transport=transport, base_url="http://districts") as made:
        yield made


def slug(answer: httpx.Response) -> str:
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    return str(answer.json()["type"]).removeprefix("urn:dasan:")


def told(service: Service, inquiry_id: str) -> list[type]:
    return [type(event) for event in service.told(inquiry_id)]


async def test_an_office_lists_reads_takes_and_answers(
    service: Service, web: httpx.AsyncClient
) -> None:
    service.intake.words["a"] = CitizenWords(
        text="A lamp is out.", address="Mill Road 1", dong_code="", lat=None, lon=None
    )
    await service.assign(assigned("a"), assigned("b", "o-hill"))
    listed = (await web.get("/v1/work", headers=MILL)).json()
    assert listed["next_page_token"] == ""
    [item] = listed["items"]
    assert (item["inquiry_id"], item["state"], item["version"]) == ("a", "open", 1)
    assert item["due_at"] == DUE.isoformat().replace("+00:00", "Z")
    read = await web.get("/v1/work/a", headers=MILL)
    assert read.json()["item"] == item
    assert (read.json()["text"], read.headers["ETag"]) == ("A lamp is out.", '"1"')
    assert read.headers["Cache-Control"] == "no-store"
    taken = await web.post(
        "/v1/work/a/accept", json={}, headers={**MILL, "If-Match": read.headers["ETag"]}
    )
    assert (taken.status_code, taken.json()["state"]) == (200, "accepted")
    ended = await web.post(
        "/v1/work/a/answer", json=DONE, headers={**MILL, "If-Match": taken.headers["ETag"]}
    )
    assert ended.json()["state"] == "answered"
    assert told(service, "a") == [CaseOpened, CaseAccepted, CaseAnswered]


async def test_pages_follow_each_other(service: Service, web: httpx.AsyncClient) -> None:
    await service.assign(*(assigned(f"i-{n}", permit=n == 1) for n in range(3)))
    wanted: dict[str, Any] = {"page_size": 2}
    first = (await web.get("/v1/work", params=wanted, headers=MILL)).json()
    token = {"page_token": first["next_page_token"]}
    second = (await web.get("/v1/work", params=wanted | token, headers=MILL)).json()
    ids = [item["inquiry_id"] for page in (first, second) for item in page["items"]]
    assert (ids, second["next_page_token"]) == (["i-0", "i-1", "i-2"], "")
    foreign = await web.get("/v1/work", params=wanted | token, headers=HILL)
    assert (foreign.status_code, slug(foreign)) == (422, "invalid_page_token")
    permits = (await web.get("/v1/work", params={"permit_only": True}, headers=MILL)).json()
    assert [item["inquiry_id"] for item in permits["items"]] == ["i-1"]
    other = await web.get("/v1/work", params={"state": ["answered", "closed"]}, headers=MILL)
    assert other.json()["items"] == []


async def test_a_refusal_and_a_permit(service: Service, web: httpx.AsyncClient) -> None:
    await service.assign(assigned("a"), assigned("p", "d-west", permit=True))
    declined = await web.post(
        "/v1/work/a/decline",
        json={"reason": "wrong_place", "suggested_office_id": "o-hill"},
        headers=MILL,
    )
    assert declined.json()["state"] == "declined"
    decided = await web.post(
        "/v1/work/p/decide", json={"decision": "granted", **DONE}, headers=WEST
    )
    assert decided.json()["state"] == "answered"
    assert told(service, "a") == [CaseOpened, CaseDeclined]
    assert told(service, "p") == [
        CaseOpened,
        CaseAccepted,
        PermitDecided,
        CaseAnswered,
        PermitIssued,
    ]


@pytest.mark.parametrize("by_header", [True, False])
async def test_a_command_sent_again_has_its_effect_once(
    service: Service, web: httpx.AsyncClient, by_header: bool
) -> None:
    await service.assign(assigned("a"))
    headers = {**MILL, "Idempotency-Key": "c-1"} if by_header else MILL
    body = DONE if by_header else {**DONE, "command_id": "c-1"}
    first = await web.post("/v1/work/a/answer", json=body, headers=headers)
    await service.assign(assigned("a", round_=2))
    again = await web.post("/v1/work/a/answer", json=body, headers=headers)
    assert (first.json()["state"], again.json()["state"]) == ("answered", "open")
    assert told(service, "a").count(CaseAnswered) == 1


async def test_over_http_and_grpc_the_same_command_is_one() -> None:
    async with serving() as service:
        await service.assign(assigned("a"))
        transport = httpx.ASGITransport(service.replica.districts.web)
        async with httpx.AsyncClient(transport=transport, base_url="http://districts") as web:
            body = {**DONE, "command_id": "c-1"}
            sent = await web.post("/v1/work/a/answer", json=body, headers=MILL)
        request = answer_request(inquiry_id="a", text="Done.", command_id="c-1")
        metadata = (("authorization", MILL["Authorization"]),)
        again = await service.offices.Answer(request, metadata=metadata)
        assert again.item.version == sent.json()["version"]
        assert told(service, "a") == [CaseOpened, CaseAccepted, CaseAnswered]


async def test_another_offices_case_is_as_if_it_were_not_there(
    service: Service, web: httpx.AsyncClient
) -> None:
    await service.assign(assigned("a"))
    for path, body in (
        ("accept", {}),
        ("decline", {"reason": "wrong_place"}),
        ("answer", DONE),
        ("decide", {"decision": "granted", **DONE}),
    ):
        foreign = await web.post(f"/v1/work/a/{path}", json=body, headers=HILL)
        nowhere = await web.post(f"/v1/work/none/{path}", json=body, headers=HILL)
        assert (foreign.status_code, slug(foreign)) == (404, "unknown_case")
        assert foreign.json() == nowhere.json()
    foreign = await web.get("/v1/work/a", headers=HILL)
    assert (foreign.status_code, slug(foreign)) == (404, "unknown_case")
    assert (await web.get("/v1/work", headers=HILL)).json()["items"] == []
    assert service.intake.asked == []
    assert told(service, "a") == [CaseOpened]


async def test_a_district_reads_a_case_of_its_community_office_and_can_do_nothing_there(
    service: Service, web: httpx.AsyncClient
) -> None:
    service.intake.words["a"] = CitizenWords(
        text="A lamp is out.", address="Mill Road 1", dong_code="", lat=None, lon=None
    )
    await service.assign(assigned("a"))
    for headers, read_only in ((MILL, False), (WEST, True)):
        read = (await web.get("/v1/work/a", headers=headers)).json()
        assert (read["office_id"], read["read_only"]) == ("o-mill", read_only)
    refused = await web.post("/v1/work/a/accept", json={}, headers=WEST)
    assert (refused.status_code, slug(refused)) == (404, "unknown_case")


@pytest.mark.parametrize(
    ("key", "status", "expected"),
    [("", 401, "key_missing"), ("nobody", 401, "key_unknown"), ("notify", 403, "not_allowed")],
)
async def test_who_speaks_for_no_office_may_do_nothing(
    service: Service, web: httpx.AsyncClient, key: str, status: int, expected: str
) -> None:
    await service.assign(assigned("a"))
    headers = header(key) if key else {}
    for answer in (
        await web.get("/v1/work", headers=headers),
        await web.get("/v1/work/a", headers=headers),
        await web.post("/v1/work/a/accept", json={}, headers=headers),
    ):
        assert (answer.status_code, slug(answer)) == (status, expected)


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "expected"),
    [
        ("accept", {}, {"If-Match": '"7"'}, 412, "stale_version"),
        ("accept", {"expected_version": 7}, {}, 412, "stale_version"),
        ("accept", {"expected_version": 1}, {"If-Match": '"7"'}, 422, "invalid_expected_version"),
        ("accept", {}, {"If-Match": "7"}, 422, "invalid_request"),
        ("accept", {}, {"If-Match": "*"}, 422, "invalid_request"),
        ("accept", {"expected_version": 0}, {}, 422, "invalid_request"),
        ("accept", {"command_id": "a"}, {"Idempotency-Key": "b"}, 422, "invalid_command_id"),
        ("accept", {}, {"Idempotency-Key": "x" * 65}, 422, "invalid_request"),
        ("accept", {"command_id": "a\n"}, {}, 422, "invalid_command_id"),
        ("accept", {"occurred_at": "2036-11-23T10:00:00Z"}, {}, 422, "invalid_time"),
        ("accept", {"occurred_at": "2026-11-23T10:00:00"}, {}, 422, "invalid_request"),
        ("accept", {"occurred_at": 1_795_000_000}, {}, 422, "invalid_request"),
        ("accept", {"occurred_at": "1795000000"}, {}, 422, "invalid_request"),
        ("accept", {"occurred_at": "0001-01-01T00:00:00+23:59"}, {}, 422, "invalid_request"),
        ("accept", {"office_id": "o-hill"}, {}, 422, "invalid_request"),
        ("decline", {"reason": "too_much_work"}, {}, 422, "invalid_request"),
        (
            "decline",
            {"reason": "wrong_place", "suggested_office_id": "o-mill"},
            {},
            422,
            "unknown_office",
        ),
        ("answer", {"text": "\u200b", "officer": OFFICER}, {}, 422, "invalid_answer"),
        ("answer", {"text": "x" * 10_001, "officer": OFFICER}, {}, 422, "invalid_request"),
        ("answer", {"text": "Done."}, {}, 422, "invalid_request"),
        (
            "answer",
            {"text": "Done.", "officer": {**OFFICER, "phone": "call us"}},
            {},
            422,
            "invalid_officer",
        ),
        ("decide", {"decision": "granted", **DONE}, {}, 409, "not_a_permit"),
    ],
)
async def test_what_is_wrong_is_named_and_changes_nothing(
    service: Service,
    web: httpx.AsyncClient,
    path: str,
    body: dict[str, Any],
    headers: dict[str, str],
    status: int,
    expected: str,
) -> None:
    await service.assign(assigned("a"))
    answer = await web.post(f"/v1/work/a/{path}", json=body, headers=MILL | headers)
    assert (answer.status_code, slug(answer)) == (status, expected), answer.text
    assert told(service, "a") == [CaseOpened]


@pytest.mark.parametrize(
    ("path", "body", "status", "expected"),
    [
        ("request-supplement", {"text": "A plan.", "days": 5}, 409, "wrong_state"),
        ("request-supplement", {"text": "A plan.", "days": 0}, 422, "invalid_request"),
        ("request-supplement", {"text": "A plan.", "days": "5"}, 422, "invalid_request"),
        ("request-supplement", {"days": 5}, 422, "invalid_request"),
        ("extend-case", {"amount": 3, "reason": "weather"}, 422, "invalid_request"),
        ("consult", {"consulted_office_id": "", "text": "?", "days": 3}, 422, "invalid_request"),
        ("start-work", {"officer_code": "Hong Gil-dong"}, 422, "invalid_officer_code"),
        ("add-note", {"text": "\u200b"}, 422, "invalid_note"),
        ("add-note", {"text": "x" * 2_001}, 422, "invalid_request"),
        ("add-note", {"text": "x", "author": "me"}, 422, "invalid_request"),
        ("withdraw-case", {"occurred_at": "2036-11-23T10:00:00Z"}, 422, "invalid_time"),
        ("withdraw-case", {"expected_version": 9}, 412, "stale_version"),
        ("file-objection", {"text": "I disagree."}, 409, "wrong_state"),
        ("decide-objection", {"text": "No."}, 422, "invalid_request"),
        ("order-inspection", {}, 409, "wrong_state"),
        ("end-inspection", {"finding": "x" * 10_001}, 422, "invalid_request"),
        ("check-application", {}, 409, "no_kind"),
        ("record-fee", {"amount_won": -1}, 422, "invalid_request"),
        ("record-fee", {"amount_won": 10.5}, 422, "invalid_request"),
        ("record-collection", {}, 404, "unknown_document"),
        ("revoke-permit", {"reason": ""}, 422, "invalid_request"),
        ("answer-consultation", {"number": 1, "text": "No."}, 404, "unknown_case"),
        (
            "extend-consultation",
            {"number": 1, "days": 1, "reason": "review"},
            404,
            "unknown_case",
        ),
    ],
)
async def test_what_is_wrong_with_a_further_command_is_named_and_changes_nothing(
    service: Service,
    web: httpx.AsyncClient,
    path: str,
    body: dict[str, Any],
    status: int,
    expected: str,
) -> None:
    await service.assign(assigned("a"))
    answer = await web.post(f"/v1/work/a/{path}", json=body, headers=MILL)
    assert (answer.status_code, slug(answer)) == (status, expected), answer.text
    assert told(service, "a") == [CaseOpened]


async def test_another_offices_case_is_not_there_for_any_command(
    service: Service, web: httpx.AsyncClient
) -> None:
    """By each path that the document names."""
    await service.assign(assigned("a"))
    paths = (await web.get("/openapi.json")).json()["paths"]
    under = "/v1/work/{inquiry_id}/"
    names = {
        path.removeprefix(under)
        for path, methods in paths.items()
        if path.startswith(under) and "post" in methods
    }
    assert names == set(BODIES)
    for name, body in BODIES.items():
        foreign = await web.post(f"/v1/work/a/{name}", json=body, headers=HILL)
        assert (foreign.status_code, slug(foreign)) == (404, "unknown_case"), name
    assert told(service, "a") == [CaseOpened]


BODIES: dict[str, dict[str, Any]] = {
    "accept": {},
    "decline": {"reason": "wrong_place"},
    "answer": DONE,
    "decide": {"decision": "granted", **DONE},
    "request-supplement": {"text": "A plan.", "days": 5},
    "prolong-supplement": {"days": 5},
    "receive-supplement": {},
    "extend-case": {"amount": 1, "reason": "review"},
    "consult": {"consulted_office_id": "d-east", "text": "And you?", "days": 3},
    "start-work": {},
    "assign-officer": {"assignee": "kim-1"},
    "add-note": {"text": "Called."},
    "return-documents": DONE,
    "withdraw-case": {},
    "file-objection": {"text": "I disagree."},
    "extend-objection": {"reason": "review"},
    "decide-objection": {"upheld": True, "text": "Yes."},
    "order-inspection": {},
    "prolong-inspection": {},
    "end-inspection": {},
    "check-application": {},
    "record-fee": {"amount_won": 0},
    "record-collection": {},
    "revoke-permit": {"reason": "x"},
    "answer-consultation": {"number": 1, "text": "No."},
    "extend-consultation": {"number": 1, "days": 1, "reason": "review"},
}


async def test_a_refusal_names_what_is_possible_and_the_version_there_is(
    service: Service, web: httpx.AsyncClient
) -> None:
    await service.assign(assigned("a"))
    forbidden = await web.post(
        "/v1/work/a/decide", json={"decision": "granted", **DONE}, headers=MILL
    )
    assert forbidden.json()["allowed"] == [
        "Accept",
        "Decline",
        "AddNote",
        "Answer",
        "WithdrawCase",
    ]
    stale = await web.post("/v1/work/a/accept", json={"expected_version": 9}, headers=MILL)
    assert stale.json()["version"] == 1


async def test_half_a_character_is_refused(service: Service, web: httpx.AsyncClient) -> None:
    await service.assign(assigned("a"))
    content = b'{"text": "\\ud800", "officer": {"unit": "\\ud800", "name": "x", "phone": "311"}}'
    headers = MILL | {"Content-Type": "application/json"}
    answer = await web.post("/v1/work/a/answer", content=content, headers=headers)
    assert (answer.status_code, slug(answer)) == (422, "invalid_request")


async def test_the_form_of_an_application_is_read_as_by_grpc(
    web: httpx.AsyncClient, service: Service
) -> None:
    service.intake.words["a"] = CitizenWords(
        text="A stall, please.",
        address="",
        dong_code="",
        lat=None,
        lon=None,
        attributes=(("goods", "flowers"),),
    )
    await service.assign(assigned("a", permit=True))
    [answer] = (await web.get("/v1/work/a", headers=MILL)).json()["form"]
    assert (answer["code"], answer["value"]) == ("goods", "flowers")


async def test_a_filter_that_is_none_is_not_taken_for_no_filter(
    web: httpx.AsyncClient, service: Service
) -> None:
    """By gRPC the filter is called `states`: passed over, it would list everything."""
    await service.assign(assigned("a"))
    answer = await web.get("/v1/work", params={"states": "accepted"}, headers=MILL)
    assert (answer.status_code, slug(answer)) == (422, "unknown_filter")
    assert [one["field"] for one in answer.json()["errors"]] == ["states"]
    nobody = await web.get("/v1/work", params={"states": "accepted"})
    assert nobody.status_code == 401


@pytest.mark.parametrize("day", [1924905600, "1924905600", "2030-12-31T00:00:00", "20301231", True])
async def test_a_day_is_written_as_a_day(
    web: httpx.AsyncClient, service: Service, day: object
) -> None:
    await service.assign(assigned("a", permit=True))
    body = {"decision": "granted", "valid_until": day, **DONE}
    answer = await web.post("/v1/work/a/decide", json=body, headers=MILL)
    assert (answer.status_code, slug(answer)) == (422, "invalid_request")
    assert [one["field"] for one in answer.json()["errors"]] == ["valid_until"]
    body["valid_until"] = "2030-12-31"
    assert (await web.post("/v1/work/a/decide", json=body, headers=MILL)).status_code == 200


async def test_an_office_that_is_asked_finds_the_question_and_answers_it(
    web: httpx.AsyncClient, service: Service
) -> None:
    """All of it over HTTP: the number of the question is what the answer names."""
    east = header("d-east")
    await service.assign(assigned("a"))
    for command, body in {
        "accept": {},
        "consult": {"consulted_office_id": "d-east", "text": "Is it yours?", "days": 3},
        "add-note": {"text": "Asked the east."},
    }.items():
        assert (await web.post(f"/v1/work/a/{command}", json=body, headers=MILL)).status_code == 200
    [asked] = (await web.get("/v1/work/consultations", headers=east)).json()["consultations"]
    assert (asked["inquiry_id"], asked["number"], asked["question"]) == ("a", 1, "Is it yours?")
    answer = {"number": asked["number"], "text": "It is not."}
    answered = await web.post("/v1/work/a/answer-consultation", json=answer, headers=east)
    assert answered.status_code == 200
    assert (await web.get("/v1/work/consultations", headers=east)).json() == {"consultations": []}
    read = await web.get("/v1/work/a/history", headers=MILL)
    assert read.headers["Cache-Control"] == "no-store"
    file = read.json()
    acts = [step["act"] for step in file["steps"]]
    assert acts == ["Assign", "Accept", "Consult", "AnswerConsultation"]
    assert [one["text"] for one in file["notes"]] == ["Asked the east."]
    assert [one["answer"] for one in file["consultations"]] == ["It is not."]
    for headers in (east, HILL):
        foreign = await web.get("/v1/work/a/history", headers=headers)
        assert (foreign.status_code, slug(foreign)) == (404, "unknown_case")


async def test_a_field_is_named_as_the_body_has_it(
    web: httpx.AsyncClient, service: Service
) -> None:
    """gRPC has an officer's unit, name and phone as three fields, a body as one object."""
    await service.assign(assigned("a"))
    for name, wrong in {"unit": "a\nb", "name": "\u200b", "phone": "call us"}.items():
        officer = {**OFFICER, name: wrong}
        answer = await web.post(
            "/v1/work/a/answer", json={**DONE, "officer": officer}, headers=MILL
        )
        assert (answer.status_code, slug(answer)) == (422, "invalid_officer")
        assert [one["field"] for one in answer.json()["errors"]] == [f"officer.{name}"]
