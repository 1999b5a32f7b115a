"""Two tenants and a thousand histories: whatever is assigned to either, whatever either asks for
or orders, each sees and does its own work only, and a district reads what lies at its community
offices.

Every history is drawn anew: two offices of the town, a few cases that go from office to office, and
calls of every method of `OfficeWorkService` by either of the two about any of the cases, through
the real servicer on a port. What each may see is worked out beside the service, from the
assignments alone. A call that may not be answered must not be told from one about a case that does
not exist, must change nothing and must disclose no words; a list must hold nothing but what lies
there.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import grpc
from dasan.districts.v1 import work_pb2 as pb
from dasan.districts.v1.events_pb2 import DECLINE_REASON_NOT_COMPETENT, PERMIT_DECISION_GRANTED

from services import cities
from services.districts.application.ports import CitizenWords
from tests.component.districts.offices import (
    TOWN,
    Service,
    answer_request,
    as_office,
    assigned,
    decide_request,
    in_seoul,
    list_work,
    refusal,
    serving,
)

HISTORIES = 1_000
# So many go on side by side: the service stores what comes together by one write. More: lists of
# one tenant grow with the cases of all.
TOGETHER = 25
STEPS = 5
WORDS = CitizenWords(text="words", address="", dong_code="", lat=None, lon=None)
READS = "GetCase"
COMMANDS = ("Accept", "Decline", "Answer", "DecidePermit")
# What a call about a case that does not exist ends with; so must one about another office's.
NOTHING_THERE = (grpc.StatusCode.NOT_FOUND, "unknown_case")
HANDED_ON = (grpc.StatusCode.FAILED_PRECONDITION, "handed_on")


@dataclass
class Truth:
    """Where a case lies and lay, as the assignments said."""

    lies: str
    lay: set[str] = field(default_factory=set)
    attempt: int = 1


def may_read(reader: str, lies: str) -> bool:
    """The rule, said anew beside the service: one's own, and as a district one's community
    offices'."""
    district = TOWN.offices[lies].district if lies.startswith("o-") else None
    return reader == lies or reader == f"d-{district}"


class History:
    """Two tenants, their cases, and what came of what they asked. `all_cases` are those of all
    histories that go on side by side."""

    def __init__(
        self,
        service: Service,
        number: int,
        seen: Counter[str],
        all_cases: dict[str, Truth],
    ) -> None:
        self._service = service
        self._random = Random(number)
        self._number = number
        self._seen = seen
        self._cases: dict[str, Truth] = {}
        self._all = all_cases
        self.tenants = self._random.sample(sorted(TOWN.offices), 2)

    async def run(self) -> None:
        for _ in range(STEPS):
            step = self._random.choice((self._assign, self._call, self._call, self._watch))
            await step()
        # Whatever the history was, each asks for each case once at the end.
        for tenant in self.tenants:
            for case in self._cases:
                await self._ask(tenant, case, READS)

    async def _assign(self) -> None:
        """A new case at one of the two or at a third, or one that is handed on."""
        office = self._random.choice([*self.tenants, self._random.choice(sorted(TOWN.offices))])
        if self._cases and self._random.random() < 0.5:
            id_, truth = self._random.choice(sorted(self._cases.items()))
            truth.lay.add(truth.lies)
            truth.attempt += 1
            truth.lies = office
        else:
            id_ = f"h{self._number}-{len(self._cases)}"
            truth = self._cases[id_] = self._all[id_] = Truth(lies=office)
            self._service.intake.words[id_] = WORDS
        permit = self._random.random() < 0.3 and truth.attempt == 1
        await self._service.assign(
            assigned(id_, office, round_=truth.attempt, attempt=1, permit=permit)
        )

    async def _call(self) -> None:
        case = self._random.choice([*self._cases, f"h{self._number}-none"])
        tenant = self._random.choice(self.tenants)
        await self._ask(tenant, case, self._random.choice((READS, *COMMANDS)))

    async def _ask(self, tenant: str, case: str, method: str) -> None:
        before = self._stored(case)
        asked_before = len(self._asked(case))
        status = await self._answer(tenant, case, method)
        truth = self._cases.get(case)
        disclosed = self._asked(case)[asked_before:]
        if method == READS:
            if truth is not None and may_read(tenant, truth.lies):
                assert status is None, (tenant, case, truth, status)
                assert disclosed == [(case, tenant)]
                self._seen["read by its district" if tenant != truth.lies else "read"] += 1
            else:
                assert status == NOTHING_THERE, (tenant, case, truth, status)
                assert disclosed == []
                self._seen["hidden"] += 1
            assert self._stored(case) == before
            return
        assert disclosed == []
        if truth is not None and tenant == truth.lies:
            self._seen["done" if status is None else "refused to its own office"] += 1
            assert status != NOTHING_THERE
            return
        # Where it never lay it does not exist; where it lay it was handed on. Nothing changes.
        known = truth is not None and tenant in truth.lay
        assert status == (HANDED_ON if known else NOTHING_THERE), (tenant, case, truth, status)
        assert self._stored(case) == before
        self._seen["command refused"] += 1

    async def _answer(
        self, tenant: str, case: str, method: str
    ) -> tuple[grpc.StatusCode, str] | None:
        """None where the call was answered; else its status and slug."""
        request = {
            "GetCase": pb.GetCaseRequest(inquiry_id=case),
            "Accept": pb.AcceptRequest(inquiry_id=case),
            "Decline": pb.DeclineRequest(inquiry_id=case, reason=DECLINE_REASON_NOT_COMPETENT),
            "Answer": answer_request(inquiry_id=case, text="Done."),
            "DecidePermit": decide_request(
                inquiry_id=case, decision=PERMIT_DECISION_GRANTED, text="Granted."
            ),
        }[method]
        call: Any = getattr(self._service.offices, method)
        try:
            answer = await call(request, metadata=as_office(tenant))
        except grpc.aio.AioRpcError as error:
            trailing = dict(error.trailing_metadata() or ())
            return error.code(), str(trailing["dasan-slug"])
        assert answer.item.inquiry_id == case
        if method == READS:
            lies = self._cases[case].lies
            assert (answer.office_id, answer.read_only) == (lies, lies != tenant)
        return None

    async def _watch(self) -> None:
        tenant = self._random.choice(self.tenants)
        call = self._service.offices.WatchWork(
            pb.WatchWorkRequest(include_accepted=True), metadata=as_office(tenant)
        )
        items = await list_work(call)
        call.cancel()
        for item in items:
            truth = self._all[item.inquiry_id]
            # Another history may have handed its case on since the list was read.
            there = {truth.lies, *(() if item.inquiry_id in self._cases else truth.lay)}
            assert tenant in there, (tenant, item.inquiry_id, truth)
        self._seen["listed"] += len(items)

    def _asked(self, case: str) -> list[tuple[str, str]]:
        """To whom intake has disclosed the words of a case."""
        return [entry for entry in self._service.intake.asked if entry[0] == case]

    def _stored(self, case: str) -> object:
        stored = self._service.store.documents.get(case)
        return None if stored is None else (stored.version, stored.state)


async def test_nobody_sees_or_does_anothers_work_in_a_thousand_histories(service: Service) -> None:
    """Red with `OfficeWork._may_read` answering True, with its rule for districts taken to hold for
    every office, and with the office of a command taken from the case."""
    seen: Counter[str] = Counter()
    for first in range(0, HISTORIES, TOGETHER):
        cases: dict[str, Truth] = {}
        histories = [
            History(service, number, seen, cases) for number in range(first, first + TOGETHER)
        ]
        await asyncio.gather(*(history.run() for history in histories))
        service.store.documents.clear()
        service.intake.asked.clear()
    # Not blind: each of these came about often.
    for what in ("read", "read by its district", "hidden", "done", "command refused", "listed"):
        assert seen[what] > HISTORIES // 20, seen


async def test_nobody_reads_a_sealed_matter_but_the_office_that_has_it() -> None:
    city = cities.load("seoul")
    office = next(one for one in city.offices.values() if one.id.startswith("o-"))
    async with serving(in_seoul()) as service:
        for id_, code in (("open", "noise"), ("sealed", sorted(city.sealed)[0])):
            service.intake.words[id_] = WORDS
            await service.assign(assigned(id_, office.id, service_code=code))
        for reader, may in ((office.id, ["open", "sealed"]), (f"d-{office.district}", ["open"])):
            for id_ in ("open", "sealed"):
                call = service.offices.GetCase(
                    pb.GetCaseRequest(inquiry_id=id_), metadata=as_office(reader)
                )
                if id_ in may:
                    assert (await call).office_id == office.id
                else:
                    code_, trailing = await refusal(call)
                    assert (code_, trailing["dasan-slug"]) == NOTHING_THERE
