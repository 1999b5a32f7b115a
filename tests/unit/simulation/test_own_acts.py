"""What citizens send about their own matters, how often, and what is kept of the city's words."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from simulation.actors import own_acts, shares
from simulation.actors.own_acts import NotShown, OwnActs
from simulation.judge.acts import Act, ActKind
from simulation.judge.lifecycles import Kind
from simulation.judge.promises import Asked

MARK = "qzcabcdefgh"
ASKED = Asked(
    inquiry_id="i",
    receipt_number="261127-00001-7",
    secret="s",
    kind=Kind.CASE,
    has_contact=True,
    acknowledged_at=0.0,
)


class Intake:
    """Stores each act once by what it is about, as the city does; `loses` forgets what it stored,
    `refuses` refuses everything by this slug."""

    def __init__(self, *, loses: bool = False, refuses: str = "", away: int = 0) -> None:
        self.loses, self.refuses, self.away = loses, refuses, away
        self.bodies: list[Mapping[str, Any]] = []
        self.acts: dict[tuple[Any, ...], tuple[int, Mapping[str, Any]]] = {}
        self.page: dict[str, Any] = {
            "request": {"number": 1, "open": True},
            "objection_until": "2027-01-26T14:59:59Z",
        }

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.url.params["secret"] == "s"
        if request.method == "GET":
            acts = [{"number": n, "standing": "taken"} for n, _ in self.acts.values()]
            return httpx.Response(200, json={"proceedings": {**self.page, "acts": acts}})
        assert request.url.path == "/v1/inquiries/261127-00001-7/acts"
        if self.away:
            self.away -= 1
            return httpx.Response(503)
        body = json.loads(request.content)
        self.bodies.append(body)
        if slug := self._refusal(body):
            return httpx.Response(409, json={"type": f"urn:dasan:{slug}"})
        place = tuple(body.get(name) for name in ("kind", "round", "request"))
        if self.loses:
            place = (*place, len(self.bodies))
        number, first = self.acts.setdefault(place, (len(self.acts) + 1, body))
        if first != body:
            return httpx.Response(409, json={"type": "urn:dasan:act_done"})
        return httpx.Response(201, json={"number": number})

    def _refusal(self, body: Mapping[str, Any]) -> str:
        if body["round"] > 1:
            return "round_over"
        return "not_asked" if body.get("request", 1) > 1 else self.refuses


def people(
    intake: Intake, *, always: bool = True, asked: Asked = ASKED
) -> tuple[OwnActs, list[Act]]:
    stored: list[Act] = []
    every = dict.fromkeys(("sent_again", "out_of_turn"), 1.0 if always else 0.0)
    acts = OwnActs(
        intake_url="http://intake",
        asked=lambda _: asked,
        acted=lambda _, act: stored.append(act),
        shares=shares.read().model_copy(update=every),
        chance=random.Random(1),
        mark=MARK,
        transport=httpx.MockTransport(intake),
    )
    return acts, stored


async def test_what_is_sent_twice_is_one_act_and_what_is_out_of_turn_is_refused() -> None:
    intake = Intake()
    citizens, stored = people(intake)
    await citizens.asks_for_time("i", 1, 1, days=7, until=9)
    await citizens.sends("i", 1, 1)
    await citizens.withdraws("i", 1)
    assert set(stored) == {
        Act(kind=ActKind.MORE_TIME, round=1, number=1, request=1, until=9),
        Act(kind=ActKind.SUPPLEMENT, round=1, number=2, request=1),
        Act(kind=ActKind.WITHDRAWAL, round=1, number=3),
    }
    assert list(citizens.faults()) == []
    assert citizens.sent_again == 3
    assert citizens.stored == dict.fromkeys(("more_time", "supplement", "withdrawal"), 1)
    assert citizens.refused == {"act_done": 2, "not_asked": 1, "round_over": 1}
    assert all(MARK in body["text"] for body in intake.bodies if "text" in body)
    await citizens.close()


async def test_a_city_that_stores_the_same_act_twice_is_found() -> None:
    citizens, stored = people(Intake(loses=True))
    await citizens.regrets("i", 1)
    assert {act.number for act in stored} == {1, 2}
    assert list(citizens.faults()) == [
        "i: the withdrawal of round 1 was sent again and stored as 1, 2"
    ]
    assert citizens.regretted == {"i"}


async def test_a_city_that_takes_what_it_must_refuse_is_found() -> None:
    citizens, _ = people(Intake())
    await citizens.objects_in_vain("i", 1)
    [fault] = citizens.faults()
    assert "was to be refused as no_objections" in fault


async def test_who_comes_after_the_office_is_refused_and_nobody_else() -> None:
    citizens, stored = people(Intake(refuses="matter_ended"), always=False)
    await citizens.regrets("i", 1)
    assert stored == []
    assert len(list(citizens.faults())) == 1
    ended = Asked(
        inquiry_id="i",
        receipt_number=ASKED.receipt_number,
        secret="s",
        kind=Kind.CASE,
        has_contact=True,
        acknowledged_at=0.0,
        acts={"CaseAnswered:1"},
    )
    citizens, _ = people(Intake(refuses="matter_ended"), always=False, asked=ended)
    await citizens.regrets("i", 1)
    assert list(citizens.faults()) == []


async def test_an_act_is_sent_until_the_city_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_acts, "_TRIES_APART_SECONDS", 0.0)
    citizens, stored = people(Intake(away=2), always=False)
    await citizens.objects("i", 1)
    assert stored == [Act(kind=ActKind.OBJECTION, round=1, number=1)]


async def test_what_an_office_does_beside_it_happens_at_the_same_moment() -> None:
    citizens, stored = people(Intake(), always=False)
    entered: list[str] = []

    async def enters() -> None:
        entered.append("on paper")

    await citizens.sends("i", 1, 1, beside=enters)
    assert (entered, len(stored)) == (["on paper"], 1)


async def test_a_page_that_never_shows_what_is_asked_for_is_no_end_of_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(own_acts, "_SHOWN_WITHIN_SECONDS", 0.01)
    intake = Intake()
    intake.page["request"] = None
    citizens, stored = people(intake, always=False)
    with pytest.raises(NotShown, match="request 1"):
        await citizens.sends("i", 1, 1)
    assert stored == []
