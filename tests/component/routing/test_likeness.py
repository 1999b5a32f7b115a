"""Matters that are alike: looked at beside the decisions, offered, closed and joined by people; and
that no pseudonym leaves routing by any way."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from dasan.intake.v1 import contacts_pb2

from services.common.kernel import DomainError
from services.intake.application.likeness import Likenesses
from services.routing.application import likeness as application
from services.routing.application.ports import Digests, Offer
from services.routing.domain.assignment.events import (
    CaseAccepted,
    CaseAnswered,
    InquiryAssigned,
    MattersJoined,
    MattersLinked,
    Outcome,
    RepeatClosed,
)
from services.routing.domain.assignment.model import Assigned
from tests.component.routing.world import NOW, Service, open_routing, received
from tests.support.callers import header
from tests.support.kit import incoming
from tests.unit.routing.town import TOWN, asks

MILL, HILL = contacts_pb2.Place(dong_code="mill"), contacts_pb2.Place(dong_code="hill")
WORDS = "골목 끝에 있는 등이 나가서 밤에 너무 캄캄해요"
MADE = Likenesses(key="a secret of a test")
DAY = timedelta(days=1)
PSEUDONYM = "pseudonym-of-a-citizen"


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with open_routing() as made:
        yield made


async def asks_for(
    service: Service,
    inquiry_id: str,
    *,
    days: int = 0,
    petitioner: str = PSEUDONYM,
    code: str = "lamp",
    place: contacts_pb2.Place = MILL,
    text: str = WORDS,
) -> None:
    """An inquiry that came so many days ago is assigned."""
    service.intake.holds(inquiry_id, text, place)
    service.resemblance.digests[inquiry_id] = Digests(
        signature=MADE.signature(text), petitioner=petitioner
    )
    await service.routing.handle([received(inquiry_id, code, at=NOW - days * DAY)])


async def is_answered(service: Service, inquiry_id: str, days: int) -> None:
    event = CaseAnswered(
        inquiry_id=inquiry_id,
        round=1,
        outcome=Outcome.ANSWERED,
        answered_at=NOW - days * DAY,
    )
    await service.routing.handle([incoming(event, f"answered-{inquiry_id}")])


async def looked(service: Service) -> None:
    while await service.routing.looking.look():
        pass


async def thrice(service: Service, code: str = "lamp", **changed: Any) -> None:
    """The same citizen asks for the same three times, and has had two answers by then."""
    for number, days in ((1, 30), (2, 20), (3, 0)):
        await asks_for(service, f"r{number}", days=days, code=code, **changed)
    for number, days in ((1, 28), (2, 18)):
        await is_answered(service, f"r{number}", days)
    await looked(service)


async def repeats(service: Service, caller: str = "desk") -> list[Any]:
    answer = await service.http.get("/v1/repeats", headers=header(caller))
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["repeats"]
    return found


async def close(
    service: Service, earlier: Sequence[str] = ("r1", "r2"), caller: str = "desk", **more: Any
) -> Any:
    return await service.http.post(
        "/v1/assignments/r3/close-repeat",
        json={"earlier": list(earlier), **more},
        headers=header(caller),
    )


class TestRepeats:
    async def test_a_repetition_is_offered_with_its_evidence_and_closed_by_a_person(
        self, service: Service
    ) -> None:
        await thrice(service)
        [offer] = await repeats(service)
        assert offer["matter"]["inquiry_id"] == "r3"
        assert offer["matter"]["office"]["id"] == "d-west"
        assert not offer["committee_needed"]
        assert [one["inquiry_id"] for one in offer["earlier"]] == ["r1", "r2"]
        assert all(one["answered_at"] for one in offer["earlier"])
        assert offer["earlier"][0]["evidence"] == {
            "text": 1.0,
            "place": "dong",
            "same_service": True,
            "same_petitioner": True,
            "days_apart": 30,
        }
        answer = await close(service)
        assert answer.status_code == 200, answer.text
        assert answer.json()["closed_at"]
        assert [type(event) for event in service.told("r3")] == [InquiryAssigned, RepeatClosed]
        assert await repeats(service) == []
        assert (await close(service)).status_code == 200, "the same order again"
        assert len(service.told("r3")) == 2
        shown = await service.http.get("/v1/assignments/r3")
        assert (shown.json()["status"], shown.json()["ended_at"] is None) == ("ended", False)

    async def test_it_is_found_in_whatever_order_they_are_looked_at(self, service: Service) -> None:
        for number, days in ((3, 0), (1, 30), (2, 20)):
            await asks_for(service, f"r{number}", days=days)
            await looked(service)
        for number, days in ((1, 28), (2, 18)):
            await is_answered(service, f"r{number}", days)
        assert [one["matter"]["inquiry_id"] for one in await repeats(service)] == ["r3"]

    async def test_two_answers_before_it_came_are_needed(self, service: Service) -> None:
        for number, days in ((1, 30), (2, 20), (3, 0)):
            await asks_for(service, f"r{number}", days=days)
        await is_answered(service, "r1", 28)
        await looked(service)
        assert await repeats(service) == []
        refused = await close(service)
        assert (refused.status_code, slug(refused)) == (409, "not_answered_twice")

    async def test_a_permit_is_never_closed(self, service: Service) -> None:
        await thrice(service, "market-stall")
        assert await repeats(service) == []
        assert slug(await close(service)) == "never_closed"

    async def test_others_words_and_others_contacts_are_no_repetition(
        self, service: Service
    ) -> None:
        await thrice(service, petitioner="")
        assert await repeats(service) == []
        assert slug(await close(service)) == "not_repeated"

    async def test_who_has_not_the_scope_neither_reads_nor_closes(self, service: Service) -> None:
        await thrice(service)
        for answer in (
            await close(service, caller="rules-desk"),
            await service.http.get("/v1/repeats", headers=header("portal")),
        ):
            assert answer.status_code == 403

    async def test_what_cannot_be_closed_any_more_leaves_the_list(self, service: Service) -> None:
        await thrice(service)
        await is_answered(service, "r3", 0)
        assert await repeats(service) == []
        assert service.likenesses.lists[Offer.REPEAT], "what is still to be heard may change it"
        service.now += application.SETTLED_AFTER + DAY
        assert await repeats(service) == []
        assert not service.likenesses.lists[Offer.REPEAT]


class TestSealed:
    async def test_of_a_sealed_matter_not_even_a_digest_is_asked_for(self) -> None:
        async with open_routing(asks(TOWN, sealed="lamp")) as service:
            await thrice(service)
            assert service.resemblance.asked == []
            assert service.likenesses.kept == {}
            for caller in ("desk", "sealed-desk"):
                assert await repeats(service, caller) == []
            assert slug(await close(service)) == "unknown_assignment"
            assert slug(await close(service, caller="sealed-desk")) == "never_closed"

    async def test_what_was_sealed_since_stands_in_no_list(self, service: Service) -> None:
        await thrice(service)
        await five(service)
        sealed = asks(TOWN, sealed="lamp")
        async with open_routing(sealed) as other:
            other.store.documents.update(service.store.documents)
            other.likenesses.kept.update(service.likenesses.kept)
            other.likenesses.lists.update(service.likenesses.lists)
            assert other.likenesses.lists[Offer.REPEAT]
            for caller in ("desk", "sealed-desk"):
                assert await repeats(other, caller) == []
                offers = await other.http.get("/v1/joint-offers", headers=header(caller))
                assert offers.json()["offers"] == []


async def five(service: Service, **changed: Any) -> None:
    """Five citizens ask for the same, one of them elsewhere in the district."""
    for number in range(5):
        await asks_for(
            service, f"m{number}", days=5 - number, petitioner=f"{PSEUDONYM}-{number}", **changed
        )
    await looked(service)


async def offers(service: Service) -> list[Any]:
    answer = await service.http.get("/v1/joint-offers")
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["offers"]
    return found


async def join(service: Service, members: Sequence[str], caller: str = "desk") -> Any:
    return await service.http.post(
        "/v1/joint", json={"lead": "m0", "members": list(members)}, headers=header(caller)
    )


MEMBERS = ["m1", "m2", "m3", "m4"]


class TestJoint:
    async def test_five_citizens_are_offered_and_joined_and_each_goes_on(
        self, service: Service
    ) -> None:
        await five(service)
        [offer] = await offers(service)
        assert offer["lead"]["inquiry_id"] == "m0"
        assert [one["inquiry_id"] for one in offer["members"]] == MEMBERS
        assert not any(one["evidence"]["same_petitioner"] for one in offer["members"])
        answer = await join(service, MEMBERS)
        assert answer.status_code == 200, answer.text
        assert answer.json()["members"] == MEMBERS
        for id_ in MEMBERS:
            joined = service.told(id_)[-1]
            assert isinstance(joined, MattersJoined)
            assert joined.lead_inquiry_id == "m0"
        assert (await join(service, MEMBERS)).status_code == 200, "the same order again"
        assert [type(event) for event in service.told("m1")].count(MattersJoined) == 1
        assert await offers(service) == []
        await is_answered(service, "m1", 0)
        shown = await service.http.get("/v1/assignments/m1")
        assert shown.json()["status"] == "ended"

    async def test_one_more_is_offered_to_those_that_are_joined(self, service: Service) -> None:
        await five(service)
        await join(service, MEMBERS)
        await asks_for(service, "m5", petitioner="another")
        await looked(service)
        [offer] = await offers(service)
        assert (offer["lead"]["inquiry_id"], offer["joined"]) == ("m0", 4)
        assert [one["inquiry_id"] for one in offer["members"]] == ["m5"]
        answer = await join(service, ["m5"])
        assert answer.json()["members"] == [*MEMBERS, "m5"]

    async def test_four_are_not_offered_nor_joined(self, service: Service) -> None:
        await five(service)
        await is_answered(service, "m4", 0)
        assert await offers(service) == []
        assert slug(await join(service, ["m1", "m2", "m3"])) == "not_joint"
        assert slug(await join(service, MEMBERS)) == "not_open"
        assert [type(event) for event in service.told("m1")] == [InquiryAssigned]

    async def test_what_repeats_one_of_a_joint_matter_needs_the_committee(
        self, service: Service
    ) -> None:
        await thrice(service)
        for number in range(1, 5):
            await asks_for(service, f"m{number}", petitioner=f"citizen {number}")
        await looked(service)
        order = {"lead": "r3", "members": MEMBERS}
        assert (await service.http.post("/v1/joint", json=order)).status_code == 200
        [offer] = await repeats(service)
        assert offer["committee_needed"]
        assert slug(await close(service)) == "committee_needed"
        assert (await close(service, committee=True)).status_code == 200
        closed = service.told("r3")[-1]
        assert isinstance(closed, RepeatClosed)
        assert closed.committee

    async def test_who_may_not_see_one_of_them_learns_nothing(self) -> None:
        async with open_routing(asks(TOWN, sealed="lamp")) as service:
            await five(service)
            for caller in ("desk", "sealed-desk"):
                assert slug(await join(service, MEMBERS, caller)) == "unknown_assignment"


class TestDuplicates:
    async def test_what_one_citizen_posted_twice_is_linked_both_ways_and_goes_on(
        self, service: Service
    ) -> None:
        await asks_for(service, "d1", days=1)
        await asks_for(service, "d2")
        await asks_for(service, "other", petitioner="q")
        await asks_for(service, "elsewhere", place=HILL)
        await looked(service)
        for one, other in (("d1", "d2"), ("d2", "d1")):
            *_, linked = service.told(one)
            assert isinstance(linked, MattersLinked)
            assert linked.other_inquiry_id == other
            shown = (await service.http.get(f"/v1/assignments/{one}")).json()
            assert (shown["status"], shown["linked"]) == ("assigned", [other])
        for alone in ("other", "elsewhere"):
            assert [type(event) for event in service.told(alone)] == [InquiryAssigned]

    async def test_looked_at_again_it_is_linked_once(self, service: Service) -> None:
        await asks_for(service, "d1")
        await asks_for(service, "d2")
        await looked(service)
        service.likenesses.kept.clear()
        service.routing = service.asking(service.channel)
        await looked(service)
        assert [type(event) for event in service.told("d1")].count(MattersLinked) == 1

    async def test_what_is_answered_or_a_permit_is_not_linked(self, service: Service) -> None:
        await thrice(service)
        assert not any(isinstance(event, MattersLinked) for event in service.told("r3"))
        for id_ in ("p1", "p2"):
            await asks_for(service, id_, code="market-stall")
        await looked(service)
        assert [type(event) for event in service.told("p2")] == [InquiryAssigned]


class TestLooking:
    async def test_while_intake_is_away_nothing_is_forgotten_and_decisions_go_on(
        self, service: Service
    ) -> None:
        service.resemblance.away = True
        await thrice_without_look(service)
        with pytest.raises(DomainError, match="intake_away"):
            await service.routing.looking.look()
        state = service.store.documents["r3"].state
        assert isinstance(state, Assigned)
        service.resemblance.away = False
        await looked(service)
        assert len(await repeats(service)) == 1

    async def test_what_a_process_forgot_is_found_by_the_next(self, service: Service) -> None:
        await thrice_without_look(service)
        service.routing = service.asking(service.channel)
        # Ids of this test begin with a letter, behind any that begins with a time.
        await looked(service)
        assert service.likenesses.kept.keys() == {"r1", "r2", "r3"}

    async def test_what_was_looked_at_is_not_looked_at_again(self, service: Service) -> None:
        await thrice(service)
        taken = CaseAccepted(
            inquiry_id="r3", round=1, attempt=1, office_id="d-west", accepted_at=NOW
        )
        await service.routing.handle([incoming(taken, "taken-r3")])
        asked = list(service.resemblance.asked)
        await looked(service)
        assert service.resemblance.asked == asked
        assert sorted(asked) == ["r1", "r2", "r3"]

    async def test_one_that_intake_does_not_hold_is_left_out(self, service: Service) -> None:
        await asks_for(service, "r1")
        service.resemblance.digests.clear()
        await looked(service)
        assert service.likenesses.kept == {}


async def thrice_without_look(service: Service) -> None:
    for number, days in ((1, 30), (2, 20), (3, 0)):
        await asks_for(service, f"r{number}", days=days)
    for number, days in ((1, 28), (2, 18)):
        await is_answered(service, f"r{number}", days)


async def test_no_pseudonym_is_told_logged_or_shown(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await thrice(service)
    await five(service)
    shown = [
        (await service.http.get(path)).text
        for path in ("/v1/repeats", "/v1/joint-offers", "/v1/assignments/r3", "/v1/decisions/r3")
    ]
    shown.append((await close(service)).text)
    shown.append((await join(service, MEMBERS)).text)
    told = [envelope.data for envelope in service.store.told()]
    assert told
    signature = MADE.signature(WORDS)
    assert not any(PSEUDONYM.encode() in data or signature in data for data in told)
    assert not any(PSEUDONYM in text for text in shown)
    logged = [str(vars(record)) for record in caplog.records]
    assert logged
    assert not any(PSEUDONYM in line for line in logged)
    stored = repr([one.state for one in service.store.documents.values()])
    assert PSEUDONYM not in stored, "who reads assignments reads no pseudonym"


def slug(answer: Any) -> str:
    found: str = answer.json()["type"].rpartition(":")[2]
    return found
