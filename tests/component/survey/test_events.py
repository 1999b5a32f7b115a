"""Answers told on the bus, once, twice, late; and time passing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services import cities
from services.cities import Workload
from services.common.aggregates.update import Due
from services.common.consuming.consume import Ack
from services.survey.domain.model import Answered, Expired, Invited
from tests.support.kit import incoming, known

from .conftest import World, call, case


async def test_answers_of_offices_and_of_calls_invite(world: World) -> None:
    assert await world.hear(case("i-1"), call("i-2"), call("i-3", "o-mill")) == [Ack()] * 3
    assert world.told() == ["SurveyInvited"] * 3
    states = [stored.state for stored in world.store.documents.values()]
    assert [s.invitation.workload for s in states if s] == [
        Workload.DISTRICT,
        Workload.CITY,
        Workload.DONG,
    ]


async def test_a_repeated_answer_has_no_new_effect(world: World) -> None:
    again = incoming(case("i-1"), cause="e-1")
    await world.service.handle([again, again])
    await world.service.handle([again])
    await world.hear(case("i-1"))
    assert world.told() == ["SurveyInvited"]
    assert world.store.documents["i-1-1"].version == 1


async def test_nobody_is_asked_about_a_sealed_matter() -> None:
    """A report of corruption: nothing ordinary follows it."""
    world = World(city=cities.load("seoul"))
    await known(world.service)
    sealed = next(s.code for s in world.city.catalogue.values() if s.sealed)
    about = case("i-1")
    await world.hear(replace(about, matter=replace(about.matter, service_code=sealed)), case("i-2"))
    assert list(world.store.documents) == ["i-2-1"]


async def test_an_answer_of_a_second_round_invites_again(world: World) -> None:
    """To a survey of its own, whatever became of the first one, which hears of it no more."""
    await world.hear(case("i-1"))
    await world.client.post(world.api("i-1-1"), json={"score": 1})
    await world.hear(case("i-1", round=2))
    assert (await world.client.post(world.api("i-1-2"), json={"score": 5})).status_code == 201
    before = dict(world.store.documents)
    await world.hear(case("i-1"), case("i-1", round=2), case("i-1"))
    assert world.store.documents == before
    states = [stored.state for stored in world.store.documents.values()]
    assert [s.score for s in states if isinstance(s, Answered)] == [1, 5]
    assert sorted(world.told()) == ["SurveyAnswered"] * 2 + ["SurveyInvited"] * 2


async def test_answers_told_in_the_wrong_order_have_one_survey_each(world: World) -> None:
    """A call and the office that answers it anew are told on two topics, of which one may lag."""
    second, first = case("i-1", round=2), call("i-1")
    await world.hear(second, first)
    await world.hear(first, second)
    assert list(world.store.documents) == ["i-1-2", "i-1-1"]
    assert [stored.version for stored in world.store.documents.values()] == [1, 1]


async def test_all_that_a_survey_tells_is_correlated_by_its_inquiry(world: World) -> None:
    foreign = incoming(case("i-2"))
    foreign = replace(foreign, cause=replace(foreign.cause, correlation_id=""))
    await world.hear(case("i-1"))
    await world.service.handle([foreign])
    await world.client.post(world.api("i-1-1"), json={"score": 4})
    world.now += timedelta(days=7)
    await world.tick()
    told = [(told.aggregate, told.key, told.correlation_id) for told in world.store.told()]
    assert sorted(told) == [("i-1-1", "i-1", "i-1")] * 2 + [("i-2-1", "i-2", "i-2")] * 2


async def test_time_ends_what_nobody_answered_and_leaves_the_rest(world: World) -> None:
    await world.hear(case("i-1"), case("i-2"))
    await world.client.post(world.api("i-2-1"), json={"score": 4})
    world.now += timedelta(days=7)
    assert [one.id for one in await world.store.waking(world.now, 10)] == ["i-1-1"]
    await world.tick()
    await world.tick()
    assert isinstance(world.store.documents["i-1-1"].state, Expired)
    assert sorted(world.told()) == [
        "SurveyAnswered",
        "SurveyExpired",
        "SurveyInvited",
        "SurveyInvited",
    ]
    assert await world.store.waking(world.now, 10) == []


async def test_an_answer_told_late_does_not_reopen_an_ended_survey(world: World) -> None:
    await world.hear(case("i-1"))
    world.now += timedelta(days=8)
    await world.tick()
    await world.hear(case("i-1"))
    assert isinstance(world.store.documents["i-1-1"].state, Expired)


async def test_a_ticker_that_comes_too_early_ends_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its clock is ahead of ours, or the survey is gone: the decision looks for itself."""

    async def waking(due: datetime, limit: int) -> Sequence[Due]:
        return [Due(id=id_, version=1, wake_at=due) for id_ in ("i-1-1", "i-unknown-1")]

    await world.hear(case("i-1"))
    monkeypatch.setattr(world.store, "waking", waking)
    await world.tick()
    assert isinstance(world.store.documents["i-1-1"].state, Invited)
    assert list(world.store.documents) == ["i-1-1"]


@pytest.mark.parametrize("secret", ["고맙습니다 010-0000-0000"])
async def test_a_comment_never_leaves_survey(world: World, secret: str) -> None:
    await world.hear(case("i-1"))
    await world.client.post(world.api("i-1-1"), json={"score": 5, "comment": secret})
    for envelope in world.store.documents["i-1-1"].outbox:
        assert secret.encode() not in envelope.data


async def test_a_sealed_matter_stays_unasked_twice_late_and_out_of_order() -> None:
    """A second round before the first, each told again days later."""
    world = World(city=cities.load("seoul"))
    await known(world.service)
    sealed = next(s.code for s in world.city.catalogue.values() if s.sealed)
    first, second = (
        replace(one, matter=replace(one.matter, service_code=sealed))
        for one in (case("i-1"), case("i-1", round=2))
    )
    await world.hear(second, first)
    world.now += timedelta(days=30)
    await world.hear(first, second, first)
    assert world.told() == []
    assert world.store.documents == {}


@pytest.mark.parametrize("service", ["subway-complaint", "certificates"])
async def test_what_was_referred_is_asked_about_once_however_it_is_told(service: str) -> None:
    """The contact centre has told where to turn: that answer is surveyed like any other."""
    world = World(city=cities.load("seoul"))
    await known(world.service)
    asked = case("i-1", office=world.city.contact_office.id)
    told = replace(asked, matter=replace(asked.matter, service_code=service))
    await world.hear(told, told)
    world.now += timedelta(days=30)
    await world.hear(told)
    assert world.told() == ["SurveyInvited"]
