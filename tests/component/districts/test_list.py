"""An office lists its work page by page, and commands many cases in one call."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import grpc
import pytest
from dasan.common.v1 import matter_pb2
from dasan.districts.v1 import work_pb2 as pb
from dasan.districts.v1.cases_pb2 import StartWorkRequest
from dasan.districts.v1.events_pb2 import DECLINE_REASON_WRONG_PLACE

from services.common.kernel import DomainError, Kind
from services.districts.domain.case.events import CaseAccepted, CaseAnswered, CaseOpened
from tests.component.districts.offices import (
    DUE,
    NOW,
    Service,
    answer_request,
    as_office,
    assigned,
    in_seoul,
    refusal,
    serving,
)

MILL, HILL, WEST = as_office("o-mill"), as_office("o-hill"), as_office("d-west")
SOON = DUE - timedelta(days=3)


def listing(service: Service, metadata: Any = MILL, **wanted: Any) -> Any:
    return service.offices.ListWork(pb.ListWorkRequest(**wanted), metadata=metadata)


async def ids(service: Service, metadata: Any = MILL, **wanted: Any) -> list[str]:
    """The ids on all pages."""
    found: list[str] = []
    token = ""
    while True:
        page = await listing(service, metadata, page_token=token, **wanted)
        found += [item.inquiry_id for item in page.items]
        token = page.next_page_token
        if not token:
            return found


async def test_what_is_due_first_comes_first_and_each_case_once(service: Service) -> None:
    await service.assign(
        *(assigned(f"i-{n}", due_at=DUE + timedelta(hours=n % 2)) for n in range(6)),
        assigned("foreign", "o-hill"),
    )
    in_order = ["i-0", "i-2", "i-4", "i-1", "i-3", "i-5"]
    for size in (0, 1, 2, 6, 500):
        assert await ids(service, page_size=size) == in_order
    assert await ids(service, HILL) == ["foreign"]
    assert await ids(service, WEST) == []


async def test_an_item_of_a_list_is_the_item_of_the_case(service: Service) -> None:
    await service.assign(assigned("a"))
    taken = await service.offices.Accept(pb.AcceptRequest(inquiry_id="a"), metadata=MILL)
    [listed] = (await listing(service)).items
    assert listed == taken.item


async def test_filters_are_joined(service: Service) -> None:
    await service.assign(
        assigned("soon", due_at=SOON),
        assigned("later"),
        assigned("permit", permit=True, due_at=SOON),
        assigned("taken", due_at=SOON),
        assigned("done"),
    )
    await service.offices.Accept(pb.AcceptRequest(inquiry_id="taken"), metadata=MILL)
    await service.offices.Answer(answer_request(inquiry_id="done", text="Done."), metadata=MILL)
    state = pb.WorkState
    assert await ids(service) == ["permit", "soon", "taken", "later"]
    assert await ids(service, due_before=SOON + timedelta(seconds=1)) == ["permit", "soon", "taken"]
    assert await ids(service, due_before=SOON) == []
    assert await ids(service, permit_only=True) == ["permit"]
    assert await ids(service, service_code="market-stall") == ["permit"]
    assert await ids(service, states=[state.WORK_STATE_ANSWERED]) == ["done"]
    both = [state.WORK_STATE_ANSWERED, state.WORK_STATE_ACCEPTED]
    assert await ids(service, states=both) == ["taken", "done"]
    assert await ids(service, states=both, due_before=DUE) == ["taken"]
    assert await ids(service, kind=matter_pb2.PETITION_KIND_GRIEVANCE) == []
    async with service.replica.acting() as acts:
        for id_ in ("taken", "soon"):
            await service.offices.Accept(pb.AcceptRequest(inquiry_id=id_), metadata=MILL)
            work = StartWorkRequest(inquiry_id=id_, assignee="kim-1")
            await acts.StartWork(work, metadata=MILL)
    assert await ids(service, assignee="kim-1") == ["soon", "taken"]
    assert await ids(service, assignee="lee-2") == []
    working = [state.WORK_STATE_ACCEPTED]
    joined = {"assignee": "kim-1", "states": working, "due_before": DUE}
    assert await ids(service, **joined, page_size=1) == ["soon", "taken"]
    assert await ids(service, **joined, kind=matter_pb2.PETITION_KIND_GRIEVANCE) == []


async def test_what_left_the_office_is_listed_where_it_is_now(service: Service) -> None:
    await service.assign(assigned("a"))
    declined = pb.DeclineRequest(inquiry_id="a", reason=DECLINE_REASON_WRONG_PLACE)
    await service.offices.Decline(declined, metadata=MILL)
    assert await ids(service, states=[pb.WORK_STATE_DECLINED]) == ["a"]
    await service.assign(assigned("a", "o-hill", attempt=2))
    assert await ids(service, states=[pb.WORK_STATE_DECLINED]) == []
    assert await ids(service, HILL) == ["a"]


async def test_no_case_is_left_out_when_another_one_is_done_between_two_pages(
    service: Service,
) -> None:
    await service.assign(*(assigned(f"i-{n}") for n in range(4)))
    first = await listing(service, page_size=2)
    for done in ("i-1", "i-2"):  # the last of the page, and the first of the next
        await service.offices.Answer(answer_request(inquiry_id=done, text="Done."), metadata=MILL)
    second = await listing(service, page_size=2, page_token=first.next_page_token)
    assert [item.inquiry_id for item in second.items] == ["i-3"]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"page_size": 501}, "page_size"),
        ({"page_size": 4_000_000_000}, "page_size"),
        ({"states": [99]}, "states"),
        ({"states": [pb.WORK_STATE_UNSPECIFIED]}, "states"),
        ({"kind": 99}, "kind"),
        ({"due_before": {"seconds": 1 << 60}}, "due_before"),
        ({"page_token": "x"}, "page_token"),
        ({"page_token": "A" * 300}, "page_token"),
        ({"page_token": base64.urlsafe_b64encode(b"1|made|up").decode()}, "page_token"),
        ({"page_token": base64.urlsafe_b64encode(b"\xff\xff\xff").decode()}, "page_token"),
    ],
)
async def test_what_cannot_be_listed_names_its_field(
    service: Service, wanted: dict[str, Any], field: str
) -> None:
    code, trailing = await refusal(listing(service, **wanted))
    assert (code, trailing["dasan-field"]) == (grpc.StatusCode.INVALID_ARGUMENT, field)


async def test_a_token_is_of_one_office_and_of_one_filter(service: Service) -> None:
    await service.assign(*(assigned(f"i-{n}") for n in range(3)))
    token = (await listing(service, page_size=1)).next_page_token
    for call in (
        listing(service, HILL, page_token=token),
        listing(service, page_token=token, permit_only=True),
        listing(service, page_token=token[:-1] + ("A" if token[-1] != "A" else "B")),
    ):
        code, trailing = await refusal(call)
        assert (code, trailing["dasan-slug"], trailing["dasan-field"]) == (
            grpc.StatusCode.INVALID_ARGUMENT,
            "invalid_page_token",
            "page_token",
        )
    # How many a page holds may change.
    rest = await listing(service, page_size=9, page_token=token)
    assert [item.inquiry_id for item in rest.items] == ["i-1", "i-2"]


def slugs(results: Any) -> list[str]:
    return [one.refusal.slug if one.HasField("refusal") else "" for one in results]


async def test_many_are_accepted_and_those_refused_keep_no_other_back(service: Service) -> None:
    await service.assign(assigned("a"), assigned("b"), assigned("foreign", "o-hill"))
    answer = await service.offices.AcceptMany(
        pb.AcceptManyRequest(
            items=[
                pb.AcceptRequest(inquiry_id="a", command_id="c-1", expected_version=1),
                pb.AcceptRequest(inquiry_id="foreign"),
                pb.AcceptRequest(inquiry_id="b", expected_version=7),
                pb.AcceptRequest(inquiry_id="b", occurred_at={"seconds": 1 << 60}),
                pb.AcceptRequest(inquiry_id="b", command_id="x" * 65),
                pb.AcceptRequest(inquiry_id="b"),
            ]
        ),
        metadata=MILL,
    )
    assert [one.inquiry_id for one in answer.results] == ["a", "foreign", "b", "b", "b", "b"]
    assert slugs(answer.results) == [
        "",
        "unknown_case",
        "stale_version",
        "invalid_time",
        "invalid_command_id",
        "",
    ]
    stale = answer.results[2].refusal
    assert (stale.code, stale.version) == (grpc.StatusCode.ABORTED.value[0], 1)
    assert answer.results[3].refusal.field == "occurred_at"
    assert answer.results[0].item.state == pb.WORK_STATE_ACCEPTED
    assert [type(e) for e in service.told("a")] == [CaseOpened, CaseAccepted]
    assert [type(e) for e in service.told("b")] == [CaseOpened, CaseAccepted]
    assert [type(e) for e in service.told("foreign")] == [CaseOpened]


async def test_many_answers_sent_again_have_the_effect_of_one(service: Service) -> None:
    await service.assign(assigned("a"), assigned("p", permit=True))
    request = pb.AnswerManyRequest(
        items=[
            answer_request(inquiry_id="a", text="Done.", command_id="c-1"),
            answer_request(inquiry_id="p", text="Done.", command_id="c-2"),
        ]
    )
    first = await service.offices.AnswerMany(request, metadata=MILL)
    again = await service.offices.AnswerMany(request, metadata=MILL)
    assert first == again
    assert slugs(first.results) == ["", "permit_case"]
    refused = first.results[1].refusal
    assert refused.code == grpc.StatusCode.FAILED_PRECONDITION.value[0]
    assert refused.allowed == ["Accept", "Decline", "AddNote", "DecidePermit", "WithdrawCase"]
    assert [type(e) for e in service.told("a")] == [CaseOpened, CaseAccepted, CaseAnswered]


async def test_a_hundred_fit_and_one_more_is_refused_before_any_is_stored(
    service: Service,
) -> None:
    await service.assign(*(assigned(f"i-{n}") for n in range(101)))
    items = [pb.AcceptRequest(inquiry_id=f"i-{n}") for n in range(101)]
    many = service.offices.AcceptMany
    code, trailing = await refusal(many(pb.AcceptManyRequest(items=items), metadata=MILL))
    assert (code, trailing["dasan-slug"], trailing["dasan-field"]) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "too_many",
        "items",
    )
    assert len(await ids(service, states=[pb.WORK_STATE_OPEN])) == 101
    done = await many(pb.AcceptManyRequest(items=items[:100]), metadata=MILL)
    assert slugs(done.results) == [""] * 100
    assert await ids(service, states=[pb.WORK_STATE_OPEN]) == ["i-100"]
    assert (await many(pb.AcceptManyRequest(), metadata=MILL)).results == []


async def test_an_error_of_ours_in_one_of_many_is_told_for_it_alone(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.assign(assigned("a"), assigned("b"), assigned("c"))
    carry_out = service.replica.work.carry_out

    async def failing(office_id: str, inquiry_id: str, command: Any) -> Any:
        if inquiry_id == "a":
            raise ValueError("words of a citizen")
        if inquiry_id == "b":
            raise DomainError("database_away", Kind.UNAVAILABLE, "try again")
        return await carry_out(office_id, inquiry_id, command)

    monkeypatch.setattr(service.replica.work, "carry_out", failing)
    items = [pb.AcceptRequest(inquiry_id=id_) for id_ in "abc"]
    answer = await service.offices.AcceptMany(pb.AcceptManyRequest(items=items), metadata=MILL)
    assert slugs(answer.results) == ["unexpected", "database_away", ""]
    codes = [one.refusal.code for one in answer.results[:2]]
    assert codes == [grpc.StatusCode.UNKNOWN.value[0], grpc.StatusCode.UNAVAILABLE.value[0]]
    assert "citizen" not in str(answer)


@pytest.fixture
async def seoul() -> AsyncIterator[Service]:
    """A city that bounds how far an office may date back."""
    async with serving(in_seoul()) as started:
        yield started


async def test_what_is_dated_back_too_far_is_refused_alone_among_many(seoul: Service) -> None:
    office = as_office("d-11680")
    await seoul.assign(assigned("a", "d-11680"), assigned("b", "d-11680"))
    await seoul.later(timedelta(days=14))
    items = [
        pb.AcceptRequest(inquiry_id="a", occurred_at=NOW),
        pb.AcceptRequest(inquiry_id="b"),
    ]
    answer = await seoul.offices.AcceptMany(pb.AcceptManyRequest(items=items), metadata=office)
    assert slugs(answer.results) == ["invalid_time", ""]
