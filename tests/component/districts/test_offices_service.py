"""The record of offices through the real servicer: who may change it, and what each refusal is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import grpc
import pytest
from dasan.districts.v1 import delegations_pb2
from dasan.districts.v1 import offices_pb2 as pb
from dasan.districts.v1.delegations_pb2_grpc import DelegationServiceStub
from dasan.districts.v1.offices_pb2_grpc import OfficesServiceStub

from services.common.edge.access import Caller, KnownCallers, digest
from services.districts.domain.office.events import OfficeRecorded
from tests.component.districts.offices import (
    TOWN,
    WIRE,
    Hurried,
    Service,
    as_office,
    refusal,
    serving,
)
from tests.support import callers
from tests.support.callers import metadata

ADMIN = metadata("city-admin")
MILL = metadata("o-mill")
TODAY, TOMORROW = "2026-11-23", "2026-11-24"
FORM = {
    "starts": "2026-12-01",
    "names": [
        pb.OfficeName(language="en", text="Mill Office"),
        pb.OfficeName(language="ko", text="물레동주민센터"),
    ],
    "area": [
        pb.OfficeName(language="en", text="Mill"),
        pb.OfficeName(language="ko", text="물레동"),
    ],
    "district": "west",
    "dong": "mill",
    "capacity": 40,
}


def with_administrator() -> KnownCallers:
    admin = Caller(id="city-admin", scopes=frozenset({"offices"}))
    others = {digest(one.id): one for one in callers.known(TOWN.offices).all()}
    return KnownCallers({**others, digest(admin.id): admin})


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """Districts on a free port, with the offices of its pack recorded."""
    async with serving(Service(callers=with_administrator())) as started:
        await started.replica.districts.offices.seed()
        await started.replica.districts.directory.look()
        yield started


@pytest.fixture
async def stub(service: Service) -> AsyncIterator[OfficesServiceStub]:
    address = f"127.0.0.1:{service.replica.settings.districts_grpc_port}"
    async with grpc.aio.insecure_channel(address, interceptors=[Hurried()]) as channel:
        yield OfficesServiceStub(channel)


def order(office_id: str = "o-mill", **fields: Any) -> pb.RecordOfficeRequest:
    """A change of an office; `form` fields replace those of FORM."""
    said = {key: fields.pop(key) for key in list(fields) if key in ("command_id", "reason")}
    version = fields.pop("expected_version", 0)
    form = pb.OfficeForm(**{**FORM, **fields})
    return pb.RecordOfficeRequest(
        office_id=office_id,
        form=form,
        expected_version=version,
        **{"reason": "more clerks", **said},
    )


async def test_an_administrator_changes_an_office_from_a_day_on(
    service: Service, stub: OfficesServiceStub
) -> None:
    answer = await stub.RecordOffice(order(phone="02-120"), metadata=ADMIN)
    assert answer.office.version == 2
    assert [(form.starts, form.ends) for form in answer.office.forms] == [
        ("", "2026-11-30"),
        ("2026-12-01", ""),
    ]
    assert answer.office.forms[1].capacity == 40
    last = service.recorded.documents["o-mill"].outbox[-1]
    event = WIRE.decode(last.type, last.key, last.data)
    assert isinstance(event, OfficeRecorded)
    assert [(form.capacity, form.phone) for form in event.forms] == [(None, ""), (40, "02-120")]
    later = service.replica.districts.directory.city_on(date(2026, 12, 1)).offices["o-mill"]
    assert (later.capacity, later.phone) == (40, "02-120")
    read = await stub.GetOffice(pb.GetOfficeRequest(office_id="o-mill"), metadata=MILL)
    assert read.office == answer.office
    history = await stub.GetOfficeHistory(
        pb.GetOfficeHistoryRequest(office_id="o-mill"), metadata=ADMIN
    )
    assert [(one.recorded_by, one.reason) for one in history.entries] == [
        ("", ""),
        ("city-admin", "more clerks"),
    ]


async def test_a_command_that_comes_again_has_its_effect_once(stub: OfficesServiceStub) -> None:
    first = await stub.RecordOffice(order(command_id="a"), metadata=ADMIN)
    assert await stub.RecordOffice(order(command_id="a"), metadata=ADMIN) == first
    later = await stub.RecordOffice(order(command_id="b", capacity=50), metadata=ADMIN)
    assert later.office.version == first.office.version + 1
    again = await stub.RecordOffice(order(command_id="a"), metadata=ADMIN)
    assert again == later


async def test_a_command_on_an_old_version_changes_nothing(stub: OfficesServiceStub) -> None:
    await stub.RecordOffice(order(), metadata=ADMIN)
    code, trailing = await refusal(
        stub.RecordOffice(order(capacity=50, expected_version=1), metadata=ADMIN)
    )
    assert (code, trailing["dasan-slug"], trailing["dasan-version"]) == (
        grpc.StatusCode.ABORTED,
        "stale_version",
        "2",
    )


async def test_only_the_administrator_changes_offices(stub: OfficesServiceStub) -> None:
    code, trailing = await refusal(stub.RecordOffice(order(), metadata=MILL))
    assert (code, trailing["dasan-slug"]) == (grpc.StatusCode.PERMISSION_DENIED, "not_allowed")
    notify = metadata("notify")
    for call, request in (
        (stub.GetOffice, pb.GetOfficeRequest(office_id="o-mill")),
        (stub.ListOffices, pb.ListOfficesRequest()),
        (stub.GetOfficeHistory, pb.GetOfficeHistoryRequest(office_id="o-mill")),
    ):
        code, trailing = await refusal(call(request, metadata=notify))
        assert (code, trailing["dasan-slug"]) == (grpc.StatusCode.PERMISSION_DENIED, "not_allowed")


@pytest.mark.parametrize(
    ("wrong", "slug", "field"),
    [
        ({"starts": "tomorrow"}, "invalid_date", "form.starts"),
        ({"starts": "2026-11-01"}, "past_date", "form.starts"),
        ({"ends": "2026-11-30"}, "date_order", "form.ends"),
        ({"names": []}, "empty_names", "form.names"),
        ({"capacity": 100_001}, "invalid_capacity", "form.capacity"),
        ({"district": "nowhere"}, "unknown_district", "form.district"),
        ({"ends": "2026-12-31", "successors": ["o-x"]}, "unknown_successor", "form.successors"),
        ({"reason": ""}, "empty_reason", "reason"),
        ({"command_id": "a" * 65}, "invalid_command_id", "command_id"),
        ({"office_id": "mill"}, "invalid_office_id", "office_id"),
    ],
)
async def test_each_fault_has_its_name_and_field(
    stub: OfficesServiceStub, wrong: dict[str, Any], slug: str, field: str
) -> None:
    code, trailing = await refusal(stub.RecordOffice(order(**wrong), metadata=ADMIN))
    assert (code, trailing["dasan-slug"], trailing["dasan-field"]) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        slug,
        field,
    )


async def test_an_office_that_has_closed_stays_closed(stub: OfficesServiceStub) -> None:
    closing = order(ends="2026-12-31", successors=["o-quay"])
    await stub.RecordOffice(closing, metadata=ADMIN)
    code, trailing = await refusal(stub.RecordOffice(order(starts="2027-01-01"), metadata=ADMIN))
    assert (code, trailing["dasan-slug"]) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "office_closed",
    )


async def test_offices_are_listed_by_day_district_and_page(stub: OfficesServiceStub) -> None:
    async def ids(**request: Any) -> tuple[list[str], str]:
        answer = await stub.ListOffices(pb.ListOfficesRequest(**request), metadata=MILL)
        assert all(len(office.forms) == 1 for office in answer.offices)
        return [office.office_id for office in answer.offices], answer.next_page_token

    everything = sorted(TOWN.offices)
    assert await ids() == (everything, "")
    assert await ids(district="east") == (["d-east", "o-hill"], "")
    first, token = await ids(page_size=3)
    rest, end = await ids(page_size=500, page_token=token)
    assert (first + rest, end) == (everything, "")
    assert "o-quay" not in (await ids(on="2026-06-30"))[0]
    await stub.RecordOffice(order(ends="2026-12-31"), metadata=ADMIN)
    assert "o-mill" in (await ids(on="2026-12-31"))[0]
    assert "o-mill" not in (await ids(on="2027-01-01"))[0]


@pytest.mark.parametrize(
    ("request_", "slug"),
    [
        (pb.ListOfficesRequest(on="soon"), "invalid_date"),
        (pb.ListOfficesRequest(page_size=501), "invalid_page_size"),
        (pb.ListOfficesRequest(page_token="other"), "invalid_page_token"),
    ],
)
async def test_a_list_that_cannot_be_is_refused(
    stub: OfficesServiceStub, request_: pb.ListOfficesRequest, slug: str
) -> None:
    code, trailing = await refusal(stub.ListOffices(request_, metadata=MILL))
    assert (code, trailing["dasan-slug"]) == (grpc.StatusCode.INVALID_ARGUMENT, slug)


async def test_an_office_that_nobody_recorded_is_unknown(stub: OfficesServiceStub) -> None:
    for call, request in (
        (stub.GetOffice, pb.GetOfficeRequest(office_id="o-none")),
        (stub.GetOfficeHistory, pb.GetOfficeHistoryRequest(office_id="o-none")),
    ):
        code, trailing = await refusal(call(request, metadata=MILL))
        assert (code, trailing["dasan-slug"]) == (grpc.StatusCode.NOT_FOUND, "unknown_office")


async def test_the_software_of_a_new_office_calls_as_soon_as_it_is_recorded(
    service: Service, stub: OfficesServiceStub
) -> None:
    await stub.RecordOffice(order("o-new", dong="new"), metadata=ADMIN)
    assert "o-new" in service.replica.districts.directory
    other = await service.another()
    assert "o-new" not in other.districts.directory
    await other.districts.directory.look()
    assert "o-new" in other.districts.directory


async def test_the_register_of_delegations_knows_when_a_recorded_office_closes(
    service: Service, stub: OfficesServiceStub
) -> None:
    """The pack says nothing of it: from the day after its last one the district decides."""
    address = f"127.0.0.1:{service.replica.settings.districts_grpc_port}"
    west = as_office("d-west")
    matter: Any = {"service_code": "market-stall", "office_ids": ["o-mill"], "officer_code": "W-1"}
    async with grpc.aio.insecure_channel(address, interceptors=[Hurried()]) as channel:
        register = DelegationServiceStub(channel)
        await register.RecordReadiness(
            delegations_pb2.RecordReadinessRequest(
                **matter, monthly_capacity=30, checked_on=TODAY, trained_on=TODAY
            ),
            metadata=west,
        )
        await register.GrantDelegation(
            delegations_pb2.GrantDelegationRequest(
                **matter, legal_basis="town rule 7", valid_from=TODAY
            ),
            metadata=west,
        )

        async def on(day: str) -> tuple[str, int]:
            asked = delegations_pb2.FindCompetentRequest(
                service_code="market-stall", place_code="mill", on=day
            )
            found = await register.FindCompetent(asked, metadata=west)
            return found.office_id, found.reason

        delegated = ("o-mill", delegations_pb2.COMPETENCE_REASON_DELEGATED)
        assert [await on(TODAY), await on(TOMORROW)] == [delegated, delegated]
        await stub.RecordOffice(order(starts=TODAY, ends=TODAY), metadata=ADMIN)
        assert [await on(TODAY), await on(TOMORROW)] == [
            delegated,
            ("d-west", delegations_pb2.COMPETENCE_REASON_OFFICE_CLOSED),
        ]


async def test_a_district_hands_permits_to_the_offices_that_are_recorded(
    service: Service, stub: OfficesServiceStub
) -> None:
    """One that opened by record is made ready and granted like any other; one whose record has
    ended is refused by name, whatever the pack says."""
    await stub.RecordOffice(order("o-new", dong="new", starts=TODAY), metadata=ADMIN)
    await stub.RecordOffice(order(starts=TODAY, ends=TODAY), metadata=ADMIN)
    address = f"127.0.0.1:{service.replica.settings.districts_grpc_port}"
    west = as_office("d-west")
    async with grpc.aio.insecure_channel(address, interceptors=[Hurried()]) as channel:
        register = DelegationServiceStub(channel)

        def ready(office_id: str) -> Any:
            return delegations_pb2.RecordReadinessRequest(
                service_code="market-stall",
                office_ids=[office_id],
                officer_code="W-1",
                monthly_capacity=30,
                checked_on=TODAY,
                trained_on=TODAY,
            )

        def grant(office_id: str) -> Any:
            return delegations_pb2.GrantDelegationRequest(
                service_code="market-stall",
                office_ids=[office_id],
                officer_code="W-1",
                legal_basis="town rule 7",
                valid_from=TOMORROW,
            )

        for office_id in ("o-new", "o-mill"):
            await register.RecordReadiness(ready(office_id), metadata=west)
        await register.GrantDelegation(grant("o-new"), metadata=west)
        asked = delegations_pb2.FindCompetentRequest(
            service_code="market-stall", place_code="new", on=TOMORROW
        )
        assert (await register.FindCompetent(asked, metadata=west)).office_id == "o-new"
        code, trailing = await refusal(register.GrantDelegation(grant("o-mill"), metadata=west))
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert trailing["dasan-slug"] == "office_closed"
