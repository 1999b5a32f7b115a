"""What citizens answer when they are asked back, and when that counts as taken."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Collection
from typing import Any

import httpx
import pytest
from dasan.routing.v1 import events_pb2 as pb

from simulation.actors.citizens import Inquiry
from simulation.actors.intake_client import NotTaken
from simulation.actors.replies import Replies
from simulation.judge.lifecycles import Kind

INQUIRY = Inquiry(
    body={}, kind=Kind.CASE, service="noise", offices=("d-1",), has_contact=True, dong="1111053000"
)
PLACE = pb.PlaceAsked(number=2)
SERVICE = pb.ServiceAsked(number=1, candidate_service_codes=["pothole", "noise"])
OTHERS = pb.ServiceAsked(number=1, candidate_service_codes=["pothole"])


def replies(
    *answers: int | str | Exception, seen: list[Any] | None = None, listed: Collection[str] = ()
) -> Replies:
    left = list(answers)

    def intake(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append((request.url.path, dict(request.url.params), json.loads(request.content)))
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, str):
            return httpx.Response(422, json={"errors": [{"field": answer}]})
        return httpx.Response(answer, json={})

    return Replies(
        "http://intake",
        listed=listed,
        patience=lambda: 0.0,
        chance=random.Random(1),
        transport=httpx.MockTransport(intake),
    )


def test_most_answer_rightly_some_mean_nothing_offered_and_some_never_answer() -> None:
    people = replies()
    said = Counter(json.dumps(people.decide(INQUIRY, PLACE)) for _ in range(2_000))
    right = json.dumps({"question": 2, "place": {"dong_code": "1111053000"}})
    none = json.dumps({"question": 2, "none_offered": True})
    assert set(said) == {right, none, "null"}
    assert said[right] > 1_600
    assert 50 < said[none] < 200
    assert 80 < said["null"] < 250


def test_a_service_is_chosen_where_it_is_offered() -> None:
    people = replies()
    said = [people.decide(INQUIRY, SERVICE) for _ in range(100)]
    assert {"question": 1, "service_code": "noise"} in said
    others = [people.decide(INQUIRY, OTHERS) for _ in range(100)]
    assert all(one in ({"question": 1, "none_offered": True}, None) for one in others)


def test_most_find_on_the_list_what_was_not_offered() -> None:
    people = replies(listed={"noise"})
    said = Counter(json.dumps(people.decide(INQUIRY, OTHERS)) for _ in range(2_000))
    found = json.dumps({"question": 1, "service_code": "noise"})
    none = json.dumps({"question": 1, "none_offered": True})
    assert set(said) == {found, none, "null"}
    assert 1_300 < said[found] < 1_550


async def test_it_is_sent_until_it_is_taken_with_the_secret(monkeypatch: Any) -> None:
    monkeypatch.setattr("simulation.actors.replies._TRIES_APART_SECONDS", 0.0)
    seen: list[Any] = []
    people = replies(httpx.ConnectError("away"), 503, 200, seen=seen)
    body = {"question": 1, "none_offered": True}
    assert await people.send("261123-00001-7", "s", body)
    assert seen == [("/v1/inquiries/261123-00001-7/answers", {"secret": "s"}, body)] * 3
    await people.close()


async def test_a_matter_that_has_gone_on_is_no_fault_and_a_refusal_is() -> None:
    people = replies(409, 422)
    assert not await people.send("r", "s", {})
    with pytest.raises(NotTaken):
        await people.send("r", "s", {})
    await people.close()


async def test_a_question_that_intake_has_not_heard_of_is_answered_once_it_is_shown(
    monkeypatch: Any,
) -> None:
    monkeypatch.setattr("simulation.actors.replies._TRIES_APART_SECONDS", 0.0)
    people = replies("question", "question", 200, "service_code")
    assert await people.send("r", "s", {})
    with pytest.raises(NotTaken):
        await people.send("r", "s", {})
    monkeypatch.setattr("simulation.actors.replies._SHOWN_WITHIN_SECONDS", -1.0)
    with pytest.raises(NotTaken):
        await replies("question").send("r", "s", {})
    await people.close()
