"""Who calls whom, and how, as the spans of a running city tell it; and one trace for one life."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from dasan.districts.v1 import events_pb2

from deploy.local.tracing.store import (
    INQUIRY_ID,
    RECEIPT_NUMBER,
    Edge,
    SpanRecord,
    edges,
    spans_of,
    traces_of,
)
from simulation.judge.lifecycles import Kind
from simulation.judge.promises import Asked
from tests.support.city import ANSWER, CITY_HALL, SAMPLES, City, eventually

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(300),
]

INQUIRIES = "kafka:dasan.inquiries.v1"
ASSIGNMENTS = "kafka:dasan.assignments.v1"
CASES = "kafka:dasan.cases.v1"
SURVEYS = "kafka:dasan.surveys.v1"

# Adding a service or a subscription means adding its lines here.
EXPECTED = {
    Edge("intake", "routing", INQUIRIES),
    Edge("intake", "survey", INQUIRIES),
    Edge("intake", "notify", INQUIRIES),
    Edge("routing", "intake", "grpc"),
    Edge("routing", "districts", ASSIGNMENTS),
    Edge("routing", "intake", ASSIGNMENTS),
    Edge("routing", "notify", ASSIGNMENTS),
    Edge("districts", "intake", "grpc"),
    Edge("districts", "routing", CASES),
    Edge("districts", "intake", CASES),
    Edge("districts", "survey", CASES),
    Edge("districts", "notify", CASES),
    Edge("survey", "intake", SURVEYS),
    Edge("survey", "notify", SURVEYS),
    Edge("notify", "intake", "grpc"),
    Edge("notify", "districts", "grpc"),
    Edge("notify", "survey", "grpc"),
    Edge("intake", "districts", "grpc"),
}
# Another test's life may have been sealed: its events take the same ways on a topic of their own.
# Or it asked for a permit, or a citizen acted on their case.
OF_OTHERS = {
    edge._replace(via="kafka:dasan.sealed.v1") for edge in EXPECTED if edge.via.startswith("kafka:")
} | {
    Edge("districts", "routing", "kafka:dasan.permits.v1"),
    Edge("intake", "districts", INQUIRIES),
}

# The services a citizen's inquiry passes on its way to the survey's invitation.
WAY = ["intake", "routing", "districts", "survey", "notify"]


async def test_the_services_call_each_other_as_designed_and_no_other_way(city: City) -> None:
    handed_on = await city.ask(Kind.CASE, {"text": "소음", "category": "noise", "place": CITY_HALL})
    await city.told(handed_on.inquiry_id, "CaseOpened:1:1")
    first = (await city.told(handed_on.inquiry_id, "InquiryAssigned:1:1")).message.office_id
    office = city.office(first)
    assert (await office.case(handed_on.inquiry_id)).text
    await office.decline(handed_on.inquiry_id, events_pb2.DECLINE_REASON_NOT_COMPETENT)
    second = (await city.told(handed_on.inquiry_id, "InquiryAssigned:1:2")).message.office_id
    await city.told(handed_on.inquiry_id, "CaseOpened:1:2")
    await city.office(second).answer(handed_on.inquiry_id, ANSWER)
    await city.answer_survey(handed_on)
    call = await city.ask(*SAMPLES[-1])
    await city.message(call, "survey:1")
    await city.shows(handed_on, "closed")

    seen: set[Edge] = set()

    async def all_seen() -> bool:
        seen.update(await asyncio.to_thread(edges, city.stack.traces))
        return seen >= EXPECTED

    try:
        await eventually(all_seen, 20, "every edge is seen")
    except AssertionError:
        assert seen - OF_OTHERS == EXPECTED
    assert seen - OF_OTHERS == EXPECTED


async def test_one_trace_leads_from_the_post_to_the_last_message(city: City) -> None:
    """Past the office's own software and the citizen's second visit, which have their own."""
    await city.open_offices()
    lives = await city.flow(10, 10)
    await city.rest()
    await city.close_offices()
    for asked in lives:
        if asked.kind is Kind.CASE:
            await eventually(lambda asked=asked: way(city, asked) == WAY, 20, "the way is whole")
            assert not broken(city, asked)


def way(city: City, asked: Asked) -> list[str]:
    """The services from the citizen's POST to the sending of the survey's link, by parents."""
    spans = own_spans(city, asked)
    by_ref = {span.ref: span for span in spans}
    span = next(
        (s for s in spans if s.service == "notify" and s.name == "process SurveyInvited"), None
    )
    passed: list[str] = []
    first = span
    while span is not None:
        if not passed or passed[-1] != span.service:
            passed.append(span.service)
        first, span = span, by_ref.get(span.parent) if span.parent else None
    if first is None or first.attributes.get(RECEIPT_NUMBER) != asked.receipt_number:
        return []
    return passed[::-1]


def broken(city: City, asked: Asked) -> list[str]:
    """What doesn't belong to the one trace of this inquiry's events: must be nothing."""
    spans = own_spans(city, asked)
    (own,) = {span.ref.trace for span in spans if span.attributes.get(RECEIPT_NUMBER)}
    return [
        f"{span.service} {span.name}"
        for span in spans
        if span.name.startswith("process ")
        and span.attributes.get(INQUIRY_ID) == asked.inquiry_id
        and span.ref.trace != own
    ]


def own_spans(city: City, asked: Asked) -> Sequence[SpanRecord]:
    """Every span of every trace that is about this inquiry."""
    return spans_of(city.stack.traces, traces_of(city.stack.traces, asked.inquiry_id))
