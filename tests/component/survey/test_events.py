"""Answers told on the bus, once, twice, late; and time passing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from services.common.aggregates import Due
from services.common.consume import Ack
from services.survey.domain.model import Expired, Invited, Workload
from tests.support.kit import incoming

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
    assert world.store.documents["i-1"].version == 1


async def test_time_ends_what_nobody_answered_and_leaves_the_rest(world: World) -> None:
    await world.hear(case("i-1"), case("i-2"))
    await world.client.post(world.api("i-2"), json={"score": 4})
    world.now += timedelta(days=7)
    assert [one.id for one in await world.store.waking(world.now, 10)] == ["i-1"]
    await world.tick()
    await world.tick()
    assert isinstance(world.store.documents["i-1"].state, Expired)
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
    assert isinstance(world.store.documents["i-1"].state, Expired)


async def test_a_ticker_that_comes_too_early_ends_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its clock is ahead of ours, or the survey is gone: the decision looks for itself."""

    async def waking(due: datetime, limit: int) -> Sequence[Due]:
        return [Due(id=id_, version=1, wake_at=due) for id_ in ("i-1", "i-unknown")]

    await world.hear(case("i-1"))
    monkeypatch.setattr(world.store, "waking", waking)
    await world.tick()
    assert isinstance(world.store.documents["i-1"].state, Invited)
    assert list(world.store.documents) == ["i-1"]


@pytest.mark.parametrize("secret", ["고맙습니다 010-0000-0000"])
async def test_a_comment_never_leaves_survey(world: World, secret: str) -> None:
    await world.hear(case("i-1"))
    await world.client.post(world.api("i-1"), json={"score": 5, "comment": secret})
    for envelope in world.store.documents["i-1"].outbox:
        assert secret.encode() not in envelope.data
