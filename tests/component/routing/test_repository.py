"""What routing reads of its store. One suite for the database and the fakes of `world`, and by the
database alone: every state comes back as it was, and what cannot be read hides nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import mongoengine
import pytest

from deploy.local.database import Database
from services.cities import PlaceQuestion
from services.common.aggregates import mongo
from services.common.aggregates.update import Store, Stored, Write
from services.routing.adapters.examples import MongoExamples, example_store
from services.routing.adapters.repository import (
    ALIAS,
    DOCUMENTS,
    MongoDesk,
    MongoQueue,
    assignment_store,
)
from services.routing.adapters.rulesets import MongoDecisions, MongoRuleSets, ruleset_store
from services.routing.application.ports import (
    Decisions,
    Desk,
    DeskPlace,
    DeskState,
    QueueState,
    StoredRuleSets,
    UnroutedQueue,
)
from services.routing.domain.assignment import arbitration, claiming, ending, handover, taking
from services.routing.domain.assignment.events import (
    AskedAbout,
    CaseAccepted,
    CaseAnswered,
    EscalationLevel,
    Outcome,
)
from services.routing.domain.assignment.model import (
    Asked,
    Assigned,
    Assignment,
    QuestionEnd,
    Unrouted,
    WaitingFor,
)
from services.routing.domain.example.model import Example
from services.routing.domain.ruleset.model import Activation, RuleSetVersion
from services.routing.domain.ruleset.replay import Past, Ruling
from tests.component.routing.world import (
    MemoryDecisions,
    MemoryDesk,
    MemoryQueue,
    MemoryRuleSets,
)
from tests.support.memory import MemoryStore
from tests.unit.routing.town import (
    HILL,
    MILL,
    NOW,
    SHARED,
    TOWN,
    after,
    asked,
    assigned,
    declined,
    received,
    routed,
    unrouted,
)

MINUTE = timedelta(minutes=1)
PERSON, CITIZEN = WaitingFor
NOBODY = QueueState(waiting=0, oldest=None, overdue=0)


@pytest.fixture
def store(database: Database) -> Iterator[mongo.MongoStore[Assignment]]:
    """The real store, empty."""
    mongo.connect(database.url, "test_routing", ALIAS)
    for document in DOCUMENTS:
        document.drop_collection()
        mongo.ensure_indexes(document)
    yield assignment_store()
    mongoengine.disconnect(ALIAS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """The stores, and what is read of them."""

    store: Store[Assignment]
    versions: Store[RuleSetVersion]
    queue: UnroutedQueue
    desk: Desk
    decisions: Decisions
    rulesets: StoredRuleSets


@pytest.fixture(params=["memory", "database"])
def reads(request: pytest.FixtureRequest) -> Reads:
    """The fakes, or the real ones; empty."""
    if request.param == "memory":
        fake: MemoryStore[Assignment] = MemoryStore()
        fake_versions: MemoryStore[RuleSetVersion] = MemoryStore()
        return Reads(
            store=fake,
            versions=fake_versions,
            queue=MemoryQueue(fake),
            desk=MemoryDesk(fake),
            decisions=MemoryDecisions(fake),
            rulesets=MemoryRuleSets(fake_versions),
        )
    real: mongo.MongoStore[Assignment] = request.getfixturevalue("store")
    versions = ruleset_store()
    return Reads(
        store=real,
        versions=versions,
        queue=MongoQueue(real),
        desk=MongoDesk(real),
        decisions=MongoDecisions(real),
        rulesets=MongoRuleSets(versions),
    )


def waiting(minutes: int) -> Unrouted:
    return unrouted(f"waits {minutes}", NOW + timedelta(minutes=minutes))


def in_arbitration(minutes: int, id_: str = "") -> Assigned:
    """An idea that its only office refused so long after."""
    now = NOW + timedelta(minutes=minutes)
    refusal = declined(1, "c-hall")
    change = handover.decline(
        assigned("idea"), city=TOWN, ruleset=TOWN.rules, event=refusal, now=now
    )
    assert change is not None
    assert isinstance(change.state, Assigned)
    return replace(change.state, inquiry_id=id_ or f"desk {minutes}")


def untaken(id_: str, hours: int = 2) -> Assigned:
    """A lamp that its office has not taken so long after it got it."""
    state = replace(assigned("lamp", HILL), inquiry_id=id_)
    change = taking.wake(state, city=TOWN, now=NOW + timedelta(hours=hours))
    assert change is not None
    assert isinstance(change.state, Assigned)
    return change.state


def ended() -> Assignment:
    event = CaseAnswered(inquiry_id="i1", round=1, outcome=Outcome.ANSWERED, answered_at=NOW)
    change = ending.end(assigned("lamp", HILL), event=event)
    assert change is not None
    return change.state


ASKED = Asked(
    number=1,
    about=AskedAbout.PLACE,
    question=PlaceQuestion.WHERE,
    asked_at=NOW,
    answer_by=NOW + MINUTE,
)


def of_citizen(inquiry_id: str) -> Unrouted:
    return replace(unrouted(inquiry_id), asked=ASKED)


async def save(store: Store[Assignment], states: Mapping[str, Assignment]) -> None:
    writes: list[Write[Assignment]] = [
        Write(base=0, after=Stored(id=id_, version=1, state=state)) for id_, state in states.items()
    ]
    assert all(await store.save(writes))


async def test_every_state_comes_back_as_it_was(store: mongo.MongoStore[Assignment]) -> None:
    handed_on = after(assigned("lamp", HILL), declined(1, "d-east"))
    assert handed_on is not None
    by_words = received(routed(text="a street lamp", place=SHARED))
    assert by_words is not None
    answered = received(routed("lamp", place=HILL))
    assert answered is not None
    asked_once = replace(ASKED, ended=QuestionEnd.ANSWERED, ended_at=NOW)
    assert isinstance(answered.state, Assigned)
    states: dict[str, Assignment] = {
        "unrouted": waiting(0),
        "asked": of_citizen("a"),
        "answered": replace(answered.state, questions=(asked_once,)),
        "city": assigned("idea"),
        "permit": assigned("market-stall", MILL),
        "handed on": handed_on.state,
        "in arbitration": in_arbitration(0),
        "untaken": untaken("untaken"),
        "ended": ended(),
        "by words": by_words.state,
    }
    await save(store, states)
    found = await store.load(states)
    assert {id_: stored.state for id_, stored in found.items()} == states


async def test_the_queue_holds_what_is_due_first_first_then_what_waits_longest(
    reads: Reads,
) -> None:
    queue = reads.queue
    assert await queue.state(PERSON, NOW) == NOBODY
    assert await queue.due_first(PERSON, 10) == []
    queued = {f"waits {minutes}": waiting(minutes) for minutes in (2, 0, 1)}
    due_at = waiting(2).decision.due_at
    sooner = replace(waiting(3), decision=replace(waiting(3).decision, due_at=due_at - MINUTE))
    await save(reads.store, {**queued, "sooner": sooner, "city": assigned("idea")})
    assert list(await queue.due_first(PERSON, 3)) == [sooner, waiting(0), waiting(1)]
    assert await queue.state(PERSON, due_at) == QueueState(waiting=4, oldest=NOW, overdue=1)
    assert (await queue.state(PERSON, due_at + MINUTE)).overdue == 4


async def test_what_waits_for_citizens_stands_apart(reads: Reads) -> None:
    queue = reads.queue
    asked = of_citizen("asked")
    await save(reads.store, {"waits 1": waiting(1), "asked": asked, "city": assigned("idea")})
    assert list(await queue.due_first(PERSON, 9)) == [waiting(1)]
    assert list(await queue.due_first(CITIZEN, 9)) == [asked]
    assert await queue.state(PERSON, NOW) == QueueState(
        waiting=1, oldest=waiting(1).unrouted_at, overdue=0
    )
    assert await queue.state(CITIZEN, NOW) == QueueState(waiting=1, oldest=NOW, overdue=0)
    assert await queue.state(CITIZEN, NOW, hidden={"lamp"}) == NOBODY
    ended = replace(asked, asked=None, questions=(replace(ASKED, ended=QuestionEnd.NOT_ANSWERED),))
    again: Stored[Assignment] = Stored(id="asked", version=2, state=ended)
    assert all(await reads.store.save([Write(base=1, after=again)]))
    assert await queue.state(CITIZEN, NOW) == NOBODY
    assert list(await queue.due_first(PERSON, 9)) == [ended, waiting(1)]


async def test_the_queue_leaves_out_what_is_hidden(reads: Reads) -> None:
    queue = reads.queue
    await save(reads.store, {"waits 0": waiting(0)})
    assert await queue.due_first(PERSON, 9, hidden={"lamp"}) == []
    assert await queue.state(PERSON, NOW, hidden={"lamp"}) == NOBODY
    assert list(await queue.due_first(PERSON, 9, hidden={"idea"})) == [waiting(0)]


async def test_what_waits_is_woken(store: mongo.MongoStore[Assignment]) -> None:
    change = received(asked("lamp"))
    assert change is not None
    waits: Stored[Assignment] = Stored(
        id="i1", version=1, state=change.state, wake_at=change.wake_at
    )
    assert all(await store.save([Write(base=0, after=waits)]))
    assert change.wake_at is not None
    assert await store.waking(change.wake_at - MINUTE, 9) == []
    assert [due.id for due in await store.waking(change.wake_at, 9)] == ["i1"]


async def test_one_that_cannot_be_read_hides_no_other_in_the_queue(
    store: mongo.MongoStore[Assignment],
) -> None:
    """As a newer version may write one, and then be rolled back."""
    await save(store, {f"waits {minutes}": waiting(minutes) for minutes in (0, 1, 2)})
    store.collection.update_one({"_id": "waits 0"}, {"$set": {"state.matter": "of tomorrow"}})
    queue = MongoQueue(store)
    assert list(await queue.due_first(PERSON, 2)) == [waiting(1), waiting(2)]
    state = await queue.state(PERSON, NOW)
    assert (state.waiting, state.oldest) == (3, waiting(1).unrouted_at)


async def test_the_desk_holds_what_must_be_decided_first_first_and_goes_on_from_a_place(
    reads: Reads,
) -> None:
    desk = reads.desk
    assert await desk.state(NOW) == DeskState(open=0, overdue=0)
    first, same, last = in_arbitration(0), in_arbitration(1, "b"), in_arbitration(1, "c")
    listed: list[Assigned] = [last, first, same]
    west, rules = TOWN.office("d-west"), TOWN.rules
    decided = arbitration.designate(first, city=TOWN, ruleset=rules, office=west, now=NOW)
    assert decided is not None
    states = {one.inquiry_id: one for one in listed}
    await save(
        reads.store, {**states, "decided": decided.state, "ended": ended(), "waits": waiting(0)}
    )
    assert list(await desk.decide_first(9)) == [first, same, last]
    assert same.arbitration is not None
    place = DeskPlace(decide_by=same.arbitration.decide_by, inquiry_id="b")
    assert list(await desk.decide_first(9, after=place)) == [last]
    assert list(await desk.decide_first(1)) == [first]
    assert await desk.decide_first(9, hidden={"idea"}) == []
    assert await desk.state(NOW, hidden={"idea"}) == DeskState(open=0, overdue=0)
    assert await desk.state(place.decide_by) == DeskState(open=3, overdue=1)


async def test_what_nobody_has_taken_is_counted_by_who_was_told(reads: Reads) -> None:
    desk = reads.desk
    assert set((await desk.untaken()).values()) == {0}
    taken = taking.accept(
        untaken("i1"),
        city=TOWN,
        event=CaseAccepted(
            inquiry_id="i1", round=1, attempt=1, office_id="d-east", accepted_at=NOW
        ),
    )
    assert taken is not None
    late = {f"late {hours}": untaken(f"late {hours}", hours) for hours in (2, 3, 24)}
    await save(reads.store, {**late, "taken": taken.state, "in time": assigned("lamp", HILL)})
    office, agency, coordinator = EscalationLevel
    assert await desk.untaken() == {office: 2, agency: 1, coordinator: 0}


async def test_who_works_on_a_matter_comes_back(store: mongo.MongoStore[Assignment]) -> None:
    states: dict[str, Assignment] = {"waits 1": waiting(1)}
    states["disputed"] = in_arbitration(1, "disputed")
    claimed: dict[str, Assignment] = {}
    for id_, state in states.items():
        change = claiming.claim(state, city=TOWN, caller="desk", session="one", now=NOW)
        assert change is not None
        claimed[id_] = change.state
    await save(store, claimed)
    loaded = await store.load(claimed)
    assert {id_: stored.state for id_, stored in loaded.items()} == claimed


async def test_what_officials_taught_comes_back_oldest_first(
    store: mongo.MongoStore[Assignment],
) -> None:
    taught = example_store()
    written = [
        Example(
            id=id_,
            service_code=code,
            language="ko",
            text="가로등이 켜지지 않습니다",
            written_at=NOW + minutes * MINUTE,
            written_by="desk",
        )
        for id_, code, minutes in (("b", "lamp", 1), ("a", "idea", 2), ("c", "lamp", 0))
    ]
    writes = [Write(base=0, after=Stored(id=one.id, version=1, state=one)) for one in written]
    await taught.save(writes)
    examples = MongoExamples(taught)
    assert [one.id for one in await examples.all()] == ["c", "b", "a"]
    assert await examples.all(hidden={"idea"}) == [written[2], written[0]]


async def test_the_last_decisions_come_back_with_the_facts_that_they_rested_on(
    reads: Reads,
) -> None:
    assert await reads.decisions.last(9, hidden=()) == []
    states: dict[str, Assignment] = {"1": assigned("lamp", HILL), "2": waiting(0), "3": ended()}
    await save(reads.store, {**states, "4": assigned("idea")})
    pasts = [
        Past(
            inquiry_id=id_,
            service_code="lamp",
            facts=state.decision.facts,
            ruling=Ruling.of(state.decision.verdict),
        )
        for id_, state in states.items()
    ]
    assert list(await reads.decisions.last(9, hidden={"idea"})) == pasts[::-1]
    assert list(await reads.decisions.last(2, hidden={"idea"})) == [pasts[2], pasts[1]]
    assert [past.inquiry_id for past in await reads.decisions.last(2, hidden=())] == ["4", "3"]


async def test_one_decision_that_cannot_be_read_hides_no_other(
    store: mongo.MongoStore[Assignment],
) -> None:
    await save(store, {id_: assigned("lamp", HILL) for id_ in ("1", "2", "3")})
    store.collection.update_one({"_id": "2"}, {"$set": {"state.decision": "of tomorrow"}})
    found = await MongoDecisions(store).last(9, hidden=())
    assert [past.inquiry_id for past in found] == ["3", "1"]


async def test_every_version_of_the_rules_comes_back_as_it_was(reads: Reads) -> None:
    assert await reads.rulesets.all() == []
    proposed = RuleSetVersion(version="t1", text="규칙", proposed_at=NOW, proposed_by="rules-desk")
    activation = Activation(
        effective_from=NOW + MINUTE, reason="why", activated_at=NOW, activated_by="rules-desk"
    )
    activated = replace(proposed, version="t2", activations=(activation,))
    writes: list[Write[RuleSetVersion]] = [
        Write(base=0, after=Stored(id=one.version, version=1, state=one))
        for one in (proposed, activated)
    ]
    assert all(await reads.versions.save(writes))
    found = {one.version: one for one in await reads.rulesets.all()}
    assert found == {"t1": proposed, "t2": activated}


async def test_decisions_are_tried_again_the_latest_first_without_what_cannot_be_read(
    store: mongo.MongoStore[Assignment],
) -> None:
    """A document may be of a version that kept less, or hold no state at all."""
    lamp, idea = assigned("lamp", HILL), assigned("idea")
    await save(store, {"i1": lamp, "i2": idea, "i3": lamp})
    older = {"decision": {"offices": ["c-hall"]}, "matter": {"service_code": "lamp"}}
    store.collection.insert_many(
        [{"_id": "i4"}, {"_id": "i5", "state": None}, {"_id": "i6", "state": older}]
    )
    found = await MongoDecisions(store).last(10, {"idea"})
    assert [past.inquiry_id for past in found] == ["i3", "i1"]
    assert found[0].facts == lamp.decision.facts
