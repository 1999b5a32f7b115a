"""The officers of all offices on the simulated day: they use every command that the contract for
offices has, by the shares of the day, and enter what citizens tell them on paper. What citizens do
themselves (`own_acts`) they wait for.

Each command that the city has stored is a promise of the facts that tell of it (`acted`): the
judge compares. Every word of theirs carries the office's mark.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import grpc
from dasan.districts.v1 import events_pb2, permits_pb2, work_pb2

from services.cities import City, Due, Period, PermitKind, Service, Term, Unit
from simulation.actors.citizens import Phrases
from simulation.actors.office_software import OfficeSoftware
from simulation.actors.offices import Refused, heading, named
from simulation.actors.own_acts import OwnActs, nothing
from simulation.actors.shares import Shares
from simulation.actors.tray import Tray
from simulation.judge.promises import WITHDRAWN

Acted = Callable[..., None]
"""Takes an inquiry's id and the labels of the facts that the city has promised to tell of it."""
Visit = Callable[[Coroutine[Any, Any, None]], None]
"""Somebody does something by themselves, beside the officers."""

_WAITS = (work_pb2.CASE_STATE_SUPPLEMENT_REQUESTED, work_pb2.CASE_STATE_SUPPLEMENT_UNANSWERED)
# The office's case has gone to the district by a recall: nothing is wrong.
GONE = frozenset({"handed_on", "unknown_case"})
# What the law does not allow of an extension: the period is over, or was none to begin with, or the
# matter has another one because of the way it came.
NO_EXTENSION = frozenset({"overdue", "no_period", "term_refused", "invalid_period"})
# Refusals that the day brings with it; any other is a fault of somebody's.
EXPECTED = GONE | NO_EXTENSION | {"fee_settled"}
# What an office's command is told where the citizen was first.
_WITHDRAWN, _OBJECTED = "withdrawn", "wrong_state"
_NOT_VALID = "not_valid"
# Where an ordinance sets the fee, the office says how much.
_ORDINANCE_WON = 15_000
_LIST_PAGE = 2
_OUTCOMES = {
    events_pb2.PERMIT_DECISION_GRANTED: events_pb2.OUTCOME_PERMIT_GRANTED,
    events_pb2.PERMIT_DECISION_GRANTED_CONDITIONALLY: (
        events_pb2.OUTCOME_PERMIT_GRANTED_CONDITIONALLY
    ),
    events_pb2.PERMIT_DECISION_REFUSED: events_pb2.OUTCOME_PERMIT_REFUSED,
}
_SUPPLEMENT_DAYS = 7
_CONSULTATION_DAYS = 3
# What was asked for on paper and did not come: so soon after the receipt the office took the
# matter, asked for it, and gave the shortest time that there is.
_TAKEN_AFTER, _ASKED_AFTER = timedelta(minutes=1), timedelta(minutes=2)
_SHORTEST_DAYS = 1
_NEVER_CAME = ("Requested", "Unanswered")


@dataclass(slots=True, kw_only=True)
class Clerks:
    """All of them. `designate` names the office of what lies with arbitration, `software` gives any
    office's client, `left_since` says when a matter came of which all was on paper until now, and
    whose citizen never sent what was asked for. `held` are the (kind of permit, office) of which
    nothing is decided for now, `alike` the (service, office) of which much comes at one moment.

    `decided` counts decisions by kind of permit, `ended` has the `Outcome` of each round by inquiry
    and number, `refusals` counts what the city refused by its slug and `foreseen` what of this the
    citizen's own act had to lead to, `missed` names what was not as it had to be at an office.
    """

    city: City
    phrases: Phrases
    shares: Shares
    chance: random.Random
    mark: str
    acted: Acted
    designate: Callable[[str], Awaitable[None]]
    software: Callable[[str], OfficeSoftware]
    citizens: OwnActs
    visit: Visit
    left_since: Callable[[str], datetime | None]
    held: set[tuple[str, str]] = field(default_factory=set)
    alike: set[tuple[str, str]] = field(default_factory=set)
    decided: Counter[str] = field(default_factory=Counter)
    ended: dict[tuple[str, int], int] = field(default_factory=dict)
    handled: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    foreseen: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    accepting: Tray = field(init=False)
    answering: Tray = field(init=False)

    def __post_init__(self) -> None:
        self.accepting = Tray("AcceptMany", self.shares.together_seconds)
        self.answering = Tray("AnswerMany", self.shares.together_seconds)

    async def work(self, office: OfficeSoftware, item: Any) -> None:
        """Handles one case from the moment it lies at the office."""
        if item.to_designate:
            await self.pause()
            await self.designate(item.inquiry_id)
            return
        try:
            await _Turn(self, office, item).play()
        except Refused as refused:
            taken_back = item.inquiry_id in self.citizens.regretted and refused.slug == _WITHDRAWN
            if not self.refused(refused.slug, foreseen=taken_back):
                raise

    def refused(self, slug: str, *, foreseen: bool) -> bool:
        """Counts a refusal; whether it belongs to the day, or is `foreseen` because a citizen acted
        first."""
        self.refusals[slug] += 1
        self.foreseen[slug] += foreseen
        return foreseen or slug in EXPECTED

    @property
    def unexpected(self) -> Counter[str]:
        """The refusals that are a fault of somebody's."""
        left = self.refusals - self.foreseen
        return Counter({slug: times for slug, times in left.items() if slug not in EXPECTED})

    async def pause(self, *, citizen: bool = False) -> None:
        """Somebody thinks."""
        median = self.shares.citizen_seconds if citizen else self.shares.officer_seconds
        await asyncio.sleep(median * self.chance.uniform(0.5, 1.5))

    def happens(self, what: str) -> bool:
        """Whether a share of the day happens this time."""
        return self.shares.happens(what, self.chance)


class _Turn:
    """One office's turn at one case, as the office last saw it."""

    def __init__(self, clerks: Clerks, office: OfficeSoftware, item: Any) -> None:
        self._clerks = clerks
        self._office = office
        self._item = item
        self._service: Service = clerks.city.service(item.service_code)
        self._kind: PermitKind | None = clerks.city.permit_kinds.get(item.service_code)

    async def play(self) -> None:
        """From taking it to its end."""
        clerks = self._clerks
        left_since = clerks.left_since(self._item.inquiry_id)
        if left_since is not None:
            await self._send_back(left_since)
            return
        if clerks.happens("listed"):
            await self._look_through()
        if self._item.state == work_pb2.WORK_STATE_OPEN:
            await clerks.pause()
            if await self._declined():
                return
            await self._accept()
        await self._read()
        held = (self._item.service_code, self._office.office_id) in clerks.held
        if held and not self._item.binding:
            return
        if not self._alike:
            await self._prepare()
            if clerks.happens("withdrawn"):
                await self._withdraw()
                return
        await clerks.pause()
        if self._item.permit:
            await self._decide()
        else:
            await self._answer()
        clerks.handled[self._office.office_id.partition("-")[0]] += 1

    async def _look_through(self) -> None:
        """The office's list, page by page, must have what its watch has told and nobody took."""
        id_ = self._item.inquiry_id
        listed = [item.inquiry_id async for item in self._office.list_work(_LIST_PAGE)]
        if id_ not in listed:
            now = (await self._office.case(id_)).item
            if now.state in (work_pb2.WORK_STATE_OPEN, work_pb2.WORK_STATE_ACCEPTED):
                self._clerks.missed.append(f"{self._office.office_id}: {id_}")

    async def _declined(self) -> bool:
        item, clerks = self._item, self._clerks
        # Nobody else may see a sealed matter, so that nobody else could designate an office.
        fixed = item.binding or item.permit or self._service.code in clerks.city.sealed
        # What the citizen takes back while no office has it may be done again: nobody here does.
        fixed = fixed or self._alike or item.inquiry_id in clerks.citizens.regretted
        if fixed or not clerks.happens("declined"):
            return False
        await self._office.decline(item.inquiry_id, events_pb2.DECLINE_REASON_NOT_COMPETENT)
        return True

    async def _accept(self) -> None:
        if not self._alike and not self._clerks.happens("together"):
            await self._act("Accept")
            return
        command = work_pb2.AcceptRequest(
            inquiry_id=self._item.inquiry_id, **heading(None, self._item.version)
        )
        await self._together(self._clerks.accepting, command)

    async def _together(self, tray: Tray, command: Any) -> None:
        """Carries out a command among others; raises `Refused` as by itself."""
        while True:
            result = await tray.put(self._office, command)
            if not result.HasField("refusal"):
                self._item = result.item
                return
            refusal = result.refusal
            if refusal.code != grpc.StatusCode.ABORTED.value[0]:
                code = next(one for one in grpc.StatusCode if one.value[0] == refusal.code)
                raise Refused(refusal.slug, code)
            await self._renew()
            command.MergeFrom(type(command)(**heading(None, self._item.version)))

    async def _read(self) -> None:
        """What the citizen wrote, and of an application the form."""
        id_ = self._item.inquiry_id
        case = await self._office.read("GetCase", inquiry_id=id_)
        if not case.text or (case.item.permit and not case.form):
            self._clerks.missed.append(f"{self._office.office_id}: {id_} has no words or no form")

    async def _prepare(self) -> None:
        """What an officer may do before the end."""
        clerks, item = self._clerks, self._item
        if clerks.happens("assigned"):
            await self._act("AssignOfficer", assignee=self._officer())
        if clerks.happens("started") and self._item.case_state == work_pb2.CASE_STATE_ACCEPTED:
            await self._act("StartWork", assignee=self._officer())
        if clerks.happens("noted"):
            await self._act("AddNote", text=self._say(clerks.phrases.papers.note))
        if self._item.case_state in _WAITS:
            # Another office had asked for it.
            await self._receive(await self._newest_supplement())
        if self._kind is not None and item.permit:
            await self._check()
            await self._settle_fee()
        elif clerks.happens("asked_for_more"):
            await self._ask_for_more(clerks.phrases.papers.question)
        if self._inspects() and clerks.happens("inspected"):
            await self._inspect()
        if clerks.happens("extended"):
            await self._extend()
        if (self._kind is not None and self._kind.departments) or clerks.happens("consulted"):
            await self._consult()

    async def _check(self) -> None:
        """The formal check; what is missing is asked for, and the application checked again."""
        clerks, kind, round_ = self._clerks, self._kind, self._item.round
        assert kind is not None
        # The office before this one may have found it whole already.
        wanting = kind.documents and self._item.attempt == 1 and clerks.happens("documents_missing")
        if wanting:
            missing = [clerks.chance.choice(kind.documents).code]
            await self._act("CheckApplication", f"PermitChecked:missing:{round_}", missing=missing)
            await self._ask_for_more(clerks.phrases.papers.missing)
        await self._act("CheckApplication", f"PermitChecked:whole:{round_}")

    async def _ask_for_more(self, words: str) -> None:
        """A supplement: asked for, perhaps given more time, and entered when it comes on paper; or
        the citizen does both on their page."""
        clerks, round_ = self._clerks, self._item.round
        await self._act("RequestSupplement", text=self._say(words), days=_SUPPLEMENT_DAYS)
        number = await self._newest_supplement()
        self._promise(f"SupplementRequested:{round_}:{number}")
        themselves = self._by_themselves()
        if clerks.happens("prolonged"):
            await clerks.pause(citizen=True)
            if themselves:
                await self._prolong_themselves(number)
            else:
                await self._act("ProlongSupplement", days=_SUPPLEMENT_DAYS)
                self._promise(f"SupplementProlonged:{round_}:{self._item.supplement_by.seconds}")
        await clerks.pause(citizen=True)
        if themselves:
            receive = partial(self._receive, number)
            beside = receive if clerks.happens("also_on_paper") else nothing
            await clerks.citizens.sends(self._item.inquiry_id, round_, number, beside=beside)
            await self._renew()
        else:
            await self._receive(number)

    def _by_themselves(self) -> bool:
        """Whether the citizen does on their page what there is to do next; who took it all back
        does nothing more."""
        clerks = self._clerks
        if self._item.inquiry_id in clerks.citizens.regretted:
            return False
        return clerks.happens("themselves")

    async def _prolong_themselves(self, number: int) -> None:
        """The citizen asks for more time, and reckons themselves to when it lasts."""
        clerks, item = self._clerks, self._item
        answer_by = item.supplement_by.ToDatetime(tzinfo=UTC)
        period = Period(amount=_SUPPLEMENT_DAYS, unit=Unit.CALENDAR_DAYS)
        due = clerks.city.due_of(Term(received_at=answer_by, period=period))
        assert isinstance(due, Due), "nothing suspends it"
        until = int(due.at.timestamp())
        await clerks.citizens.asks_for_time(
            item.inquiry_id, item.round, number, days=_SUPPLEMENT_DAYS, until=until
        )
        await self._renew()

    async def _withdraw(self) -> None:
        """The citizen takes the matter back: on paper, on their page, or both."""
        clerks, item = self._clerks, self._item
        if not self._by_themselves():
            await self._withdraw_on_paper()
            return
        beside = self._withdraw_on_paper if clerks.happens("also_on_paper") else nothing
        await clerks.citizens.withdraws(item.inquiry_id, item.round, beside=beside)

    async def _withdraw_on_paper(self) -> None:
        await self._act("WithdrawCase", f"{WITHDRAWN}:{self._item.round}")

    def _perhaps_regretted(self) -> None:
        """In the moment of the answer some citizens withdraw: who is first is known afterwards."""
        clerks, item = self._clerks, self._item
        if item.inquiry_id not in clerks.citizens.regretted and clerks.happens("withdrawn_late"):
            clerks.visit(clerks.citizens.regrets(item.inquiry_id, item.round))

    async def _send_back(self, received_at: datetime) -> None:
        """The documents go back: what was asked for on the day of the receipt did not come in the
        time that was given. All of it is entered today."""
        clerks, round_ = self._clerks, self._item.round
        await clerks.pause()
        await self._act("Accept", at=received_at + _TAKEN_AFTER)
        await self._act(
            "RequestSupplement",
            at=received_at + _ASKED_AFTER,
            text=self._say(clerks.phrases.papers.missing),
            days=_SHORTEST_DAYS,
        )
        number = await self._newest_supplement()
        self._promise(*(f"Supplement{what}:{round_}:{number}" for what in _NEVER_CAME))
        if self._item.case_state != work_pb2.CASE_STATE_SUPPLEMENT_UNANSWERED:
            clerks.missed.append(f"{self._item.inquiry_id}: the time to send it is not over")
        await clerks.pause()
        text = self._say(clerks.phrases.decisions_on(self._name).refused)
        await self._act("ReturnDocuments", twice=True, text=text, **named(self._signed()))
        self._ended(events_pb2.OUTCOME_RETURNED)

    async def _receive(self, number: int) -> None:
        label = f"SupplementReceived:{self._item.round}:{number}"
        await self._act("ReceiveSupplement", label)

    async def _newest_supplement(self) -> int:
        history = await self._office.read("GetHistory", inquiry_id=self._item.inquiry_id)
        return int(history.supplements[-1].number)

    async def _settle_fee(self) -> None:
        """What the kind says, less an exemption, or what the ordinance says."""
        clerks, kind = self._clerks, self._kind
        assert kind is not None
        exemption = ""
        if kind.fee.exemptions and clerks.happens("exempt"):
            exemption = clerks.chance.choice(kind.fee.exemptions).code
        due = kind.fee.due(exemption)
        won = _ORDINANCE_WON if due is None else due
        reference = f"T-{clerks.chance.randrange(10**8):08}" if won else ""
        try:
            await self._act(
                "RecordFee",
                f"PermitFeePaid:{self._item.round}",
                amount_won=won,
                exemption=exemption,
                reference=reference,
            )
        except Refused as refused:
            # The office before this one has taken it.
            if refused.slug != "fee_settled":
                raise
            clerks.refusals[refused.slug] += 1

    def _inspects(self) -> bool:
        """Whether an inspection would stop the clock."""
        inspection = None if self._kind is None else self._kind.inspection
        stops = inspection is not None and inspection.before_decision
        return stops and bool(self._item.permit)

    async def _inspect(self) -> None:
        clerks, round_ = self._clerks, self._item.round
        await self._act("OrderInspection", f"InspectionOrdered:{round_}")
        if clerks.happens("inspection_prolonged"):
            await self._act("ProlongInspection", f"InspectionProlonged:{round_}")
        await clerks.pause()
        finding = self._say(clerks.phrases.papers.note)
        await self._act("EndInspection", f"InspectionDone:{round_}", finding=finding)

    async def _extend(self) -> None:
        clerks = self._clerks
        try:
            await self._act(
                "ExtendCase",
                amount=self._service.period.amount,
                reason=events_pb2.EXTENSION_REASON_CONSULTATION,
                text=self._say(clerks.phrases.papers.extension),
            )
        except Refused as refused:
            if refused.slug not in NO_EXTENSION:
                raise
            clerks.refusals[refused.slug] += 1
            return
        self._promise(f"CaseExtended:{self._item.round}:{self._item.extensions}")

    async def _consult(self) -> None:
        """Another office is asked, and answers from its own list of questions."""
        clerks, id_, round_ = self._clerks, self._item.inquiry_id, self._item.round
        asked = self._service.owner
        if asked is None or asked == self._office.office_id:
            return
        words = clerks.phrases.papers
        await self._act(
            "Consult",
            consulted_office_id=asked,
            text=self._say(words.consultation),
            days=_CONSULTATION_DAYS,
        )
        history = await self._office.read("GetHistory", inquiry_id=id_)
        number = history.consultations[-1].number
        self._promise(f"ConsultationRequested:{round_}:{number}")
        await clerks.pause()
        other = clerks.software(asked)
        waiting = (await other.read("ListConsultations")).consultations
        if not [one for one in waiting if (one.inquiry_id, one.number) == (id_, number)]:
            clerks.missed.append(f"{asked}: was not told that it was asked about {id_}")
        if clerks.happens("consultation_extended"):
            await other.order(
                "ExtendConsultation",
                id_,
                number=number,
                days=_CONSULTATION_DAYS,
                reason=events_pb2.EXTENSION_REASON_REVIEW,
            )
            self._promise(f"ConsultationExtended:{round_}:{number}")
        await other.order("AnswerConsultation", id_, number=number, text=self._say(words.opinion))
        self._promise(f"ConsultationAnswered:{round_}:{number}")

    async def _answer(self) -> None:
        clerks = self._clerks
        text = clerks.chance.choice(clerks.phrases.office_answers)
        words = {"text": self._say(text), **named(self._signed())}
        self._perhaps_regretted()
        if not self._alike and not clerks.happens("together"):
            await self._act("Answer", **words)
            self._ended(events_pb2.OUTCOME_ANSWERED)
            return
        command = work_pb2.AnswerRequest(
            inquiry_id=self._item.inquiry_id, **heading(None, self._item.version), **words
        )
        await self._together(clerks.answering, command)
        self._ended(events_pb2.OUTCOME_ANSWERED)

    async def _decide(self) -> None:
        """The decision; then the document is shown and collected, or the refusal objected to."""
        clerks, round_ = self._clerks, self._item.round
        papers = clerks.phrases.papers
        written = clerks.phrases.decisions_on(self._name)
        decision, text = events_pb2.PERMIT_DECISION_GRANTED, written.granted
        terms: dict[str, Any] = {"holder": clerks.mark, "to_be_collected": False}
        if clerks.happens("refused"):
            decision, text, terms = events_pb2.PERMIT_DECISION_REFUSED, written.refused, {}
        elif clerks.happens("conditional"):
            decision = events_pb2.PERMIT_DECISION_GRANTED_CONDITIONALLY
            text = written.granted_conditionally
            terms["conditions"] = [self._say(papers.condition)]
        granted = bool(terms)
        if granted:
            terms["to_be_collected"] = clerks.happens("collected")
        told = ["PermitDecided", *(["PermitIssued"] if granted else [])]
        self._perhaps_regretted()
        await self._act(
            "DecidePermit",
            *(f"{name}:{round_}" for name in told),
            decision=decision,
            text=self._say(text),
            **terms,
            **named(self._signed()),
        )
        self._ended(_OUTCOMES[decision])
        clerks.decided[self._service.code] += 1
        if granted:
            await self._hand_out(collected=terms["to_be_collected"])
        elif clerks.happens("objected"):
            await self._object()

    async def _hand_out(self, *, collected: bool) -> None:
        clerks, id_ = self._clerks, self._item.inquiry_id
        if clerks.happens("document_shown"):
            html = permits_pb2.DOCUMENT_FORMAT_HTML
            made = await self._office.read("GetDocument", inquiry_id=id_, format=html)
            if made.document_no.encode() not in made.content:
                clerks.missed.append(f"{self._office.office_id}: {id_} has no number on its paper")
        if collected:
            await clerks.pause(citizen=True)
            await self._act("RecordCollection", f"PermitCollected:{self._item.round}")
        if clerks.happens("objected_in_vain"):
            clerks.visit(clerks.citizens.objects_in_vain(id_, self._item.round))
        if clerks.happens("revoked"):
            await clerks.pause()
            await self._revoke()

    async def _revoke(self) -> None:
        """The permit is taken back; what is taken back cannot be so for another reason."""
        clerks, id_ = self._clerks, self._item.inquiry_id
        reason = self._say(clerks.phrases.papers.revocation)
        await self._act(
            "RevokePermit", f"PermitRevoked:{self._item.round}", twice=True, reason=reason
        )
        try:
            await self._office.order("RevokePermit", id_, reason=f"{reason} 2")
        except Refused as refused:
            if refused.slug == _NOT_VALID:
                clerks.refused(refused.slug, foreseen=True)
                return
            raise
        clerks.missed.append(f"{self._office.office_id}: {id_} was taken back for a second reason")

    async def _object(self) -> None:
        clerks, round_ = self._clerks, self._item.round
        papers = clerks.phrases.papers
        await clerks.pause(citizen=True)
        if self._by_themselves():
            both = clerks.happens("also_on_paper")
            beside = self._object_on_paper_as_well if both else nothing
            await clerks.citizens.objects(self._item.inquiry_id, round_, beside=beside)
            await self._renew()
        else:
            await self._object_on_paper()
        if clerks.happens("objection_extended"):
            review = events_pb2.EXTENSION_REASON_REVIEW
            await self._act("ExtendObjection", f"ObjectionExtended:{round_}", reason=review)
        await clerks.pause()
        upheld = clerks.happens("upheld")
        words = self._say(papers.upheld if upheld else papers.rejected)
        label = f"ObjectionDecided:{round_}"
        await self._act("DecideObjection", label, upheld=upheld, text=words)

    async def _object_on_paper(self) -> None:
        words = self._say(self._clerks.phrases.papers.objection)
        await self._act("FileObjection", f"ObjectionFiled:{self._item.round}", text=words)

    async def _object_on_paper_as_well(self) -> None:
        """The office enters the objection; where the citizen was first, there is one already."""
        try:
            await self._object_on_paper()
        except Refused as refused:
            if not self._clerks.refused(refused.slug, foreseen=refused.slug == _OBJECTED):
                raise

    async def _act(self, rpc: str, *labels: str, twice: bool = False, **words: Any) -> None:
        """Carries out a command on the newest version of the case, some `twice` under one id; reads
        it again where it has changed since. What was stored is promised. Raises `Refused`."""
        twice = twice or self._clerks.happens("repeated")
        while True:
            try:
                answer = await self._office.order(
                    rpc,
                    self._item.inquiry_id,
                    expected_version=self._item.version,
                    twice=twice,
                    **words,
                )
            except Refused as refused:
                if refused.code is not grpc.StatusCode.ABORTED:
                    raise
                await self._renew()
            else:
                self._item = answer.item
                self._promise(*labels)
                return

    async def _renew(self) -> None:
        self._item = (await self._office.case(self._item.inquiry_id)).item

    def _promise(self, *labels: str) -> None:
        self._clerks.acted(self._item.inquiry_id, *labels)

    def _ended(self, outcome: int) -> None:
        """The office has ended the round: nothing is left to withdraw."""
        id_, round_ = self._item.inquiry_id, self._item.round
        self._clerks.ended[id_, round_] = outcome
        self._promise(f"CaseAnswered:{round_}")

    @property
    def _alike(self) -> bool:
        """Whether it is one of many at this office that are taken and answered together."""
        return (self._service.code, self._office.office_id) in self._clerks.alike

    @property
    def _name(self) -> str:
        return self._service.names[self._clerks.city.languages[0]]

    def _say(self, words: str) -> str:
        return f"{words.format(service=self._name)} {self._clerks.mark}"

    def _signed(self) -> Any:
        return replace(self._clerks.phrases.officer, name=self._clerks.mark)

    def _officer(self) -> str:
        return f"A-{self._clerks.chance.randrange(1, 30)}"
