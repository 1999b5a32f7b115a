"""The pages of an office's desk: its work in lists, one case, and a form for each act on it.

Owns how a case is shown: names and sentences for its codes, the account of its clock, its place as
a picture. A citizen's words are shown where they are handed in, and kept nowhere. What is known and
what is done comes from the application; who is signed in, and which page follows which, is
`entrypoints/desk`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse

from services.cities import (
    City,
    Due,
    Gap,
    Office,
    OfficeKind,
    Period,
    PermitKind,
    PetitionKind,
    Use,
)
from services.common.edge.sessions import Session
from services.common.kernel import DomainError
from services.common.pages import label
from services.common.pages.assets import Assets
from services.common.pages.desks import FrontPages, fault_of, status_of
from services.common.pages.drawing import Drawing, draw_owned, owners_of
from services.districts.application.case_files import Asked as Consulted
from services.districts.application.desk_lists import MOST_COUNTED, UNANSWERED, Asked, Section
from services.districts.application.listing import WorkPage
from services.districts.application.office_work import CaseOnDesk
from services.districts.application.offices import Directory
from services.districts.domain.case import dates
from services.districts.domain.case.file import Consultation, Step
from services.districts.domain.case.model import (
    UNFINISHED,
    Case,
    Item,
    Open,
    Stage,
    answers_of,
    state_of,
)
from services.districts.domain.permit.model import PermitFile, standing
from services.districts.entrypoints.desk.forms import (
    CONSULTATION,
    DECISION_USES,
    FORMS,
    MISSING,
    ActForm,
    Field,
    FieldType,
    Written,
)
from services.districts.entrypoints.pages.desk import form_answers

PATH = "/desk"
# Keys that lead to an act from the page of a case, with the browser's own modifier. Two acts of one
# key are never offered together.
ACCESS_KEYS: Mapping[str, str] = {
    "Accept": "a",
    "StartWork": "w",
    "Answer": "r",
    "DecidePermit": "r",
    "CheckApplication": "k",
    "RecordFee": "f",
    "RequestSupplement": "s",
    "ReceiveSupplement": "v",
    "OrderInspection": "i",
    "EndInspection": "i",
    "ExtendCase": "e",
    "Consult": "c",
    "AssignOfficer": "o",
    "AddNote": "n",
    "Decline": "d",
}
# An entry that was made so much later than the act is shown with both times.
_LATER_SECONDS = 60


_NOTHING: Written = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form as it stands: what was written, the id under which it is sent however often, the
    version of the case that the person saw, and how many steps its history had then. `usual` is
    what they wrote into fields of the same names before."""

    command_id: str
    version: int
    steps: int
    written: Written = field(default_factory=dict)
    usual: Written = field(default_factory=dict)
    block: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A list that was asked for; `directed` are the offices whose lists may be read beside the
    own."""

    asked: Asked
    page: WorkPage
    counts: Mapping[Section, int]
    sections: Sequence[Section]
    directed: Sequence[str]


class DeskPages(FrontPages):
    """The pages of the desk."""

    def __init__(
        self, city: City, assets: Assets, directory: Directory, now: Callable[[], datetime]
    ) -> None:
        self._pack = city
        self._directory = directory
        self._now = now
        self._drawings: dict[str, Drawing | None] = {}
        super().__init__(
            Path(__file__).parent,
            path=PATH,
            names=city.names,
            default_language=city.languages[0],
            timezone=city.timezone,
            assets=assets,
        )

    @property
    def _today(self) -> date:
        return self._now().astimezone(self._pack.timezone).date()

    @property
    def _city(self) -> City:
        """The city with its offices as they are recorded today."""
        return self._directory.city_on(self._today)

    def list(
        self, language: str, session: Session, office_id: str, listed: Listed, *, said: str = ""
    ) -> HTMLResponse:
        """Some of the work of an office, what is due first first."""
        asked = listed.asked
        chosen = {
            "section": "" if asked.section is None else asked.section.value,
            "office": "" if asked.lies_at == office_id else asked.lies_at,
            "kind": "" if asked.kind is None else asked.kind.value,
            "service": asked.service_code,
            "permit": "yes" if asked.permit_only else "",
        }
        query = {name: value for name, value in chosen.items() if value}
        counts = {
            "": [listed.counts[one] for one in UNANSWERED],
            **{one.value: [listed.counts[one]] for one in UNANSWERED},
            # It grows for years, and nobody acts on how many there are.
            Section.ANSWERED.value: [],
        }
        return self._render(
            "list.html",
            language,
            session,
            here=query,
            tab="list",
            chosen=chosen,
            others=query,
            as_of=asked.as_of.isoformat(),
            sections=[(name, self._counted(language, some)) for name, some in counts.items()],
            office_id=office_id,
            lies_at=asked.lies_at,
            directed=[(one, self._city.office_name(one, language)) for one in listed.directed],
            kinds=[(one.value, self.say(language, f"kind.{one}")) for one in PetitionKind],
            services=self._services(language, asked.as_of),
            rows=[
                self._row(language, item, section)
                for item, section in zip(listed.page.items, listed.sections, strict=True)
            ],
            next_token=listed.page.next_token,
            said=said,
        )

    def case(
        self,
        language: str,
        session: Session,
        office_id: str,
        case: CaseOnDesk,
        *,
        acts: Sequence[str],
        now: datetime,
        form: Filled,
        said: str = "",
        error: DomainError | None = None,
    ) -> HTMLResponse:
        """One case: what was asked, where, by when and why then, what was done, what may be. `form`
        is that of the one act that takes nothing to fill in."""
        state = case.state
        return self._render(
            "case.html",
            language,
            session,
            200 if error is None else status_of(error),
            here={} if error is None else None,
            c=self._head(language, case, now),
            case=case,
            words=case.words,
            matter=state.work.matter,
            place=self._place(language, case),
            answers=self._answers(language, state),
            clock=self._clock(language, state),
            permit=self._permit(language, case, now),
            history=[self._step(language, one) for one in state.file.history],
            notes=[one for one in state.file.notes if one.office_id == office_id],
            supplements=state.file.supplements,
            consultations=[self._consultation(language, one) for one in state.file.consultations],
            objections=state.file.objections,
            inspections=state.file.inspections,
            acts=[self._act(language, FORMS[act]) for act in FORMS if act in acts],
            filled=form,
            said=said,
            error="" if error is None else self.error(language, error),
        )

    def act(
        self,
        language: str,
        session: Session,
        case: CaseOnDesk,
        form: ActForm,
        filled: Filled,
        *,
        now: datetime,
        allowed: bool = True,
        changes: Sequence[Step] | None = None,
        error: DomainError | None = None,
        inserted: bool = False,
    ) -> HTMLResponse:
        """The form of an act beside the citizen's words. Where the case has changed since the
        person saw it, `changes` are the steps that came since; where the act is not `allowed` any
        more, what was written is shown to be copied."""
        uses = self._uses(form)
        return self._render(
            "act.html",
            language,
            session,
            200 if error is None else status_of(error),
            here={} if error is None and not filled.written else None,
            c=self._head(language, case, now),
            case=case,
            words=case.words,
            matter=case.state.work.matter,
            form_of=form,
            act=self._act(language, form),
            fields=[
                self._field(language, one, case, filled.written, filled.usual)
                for one in form.fields
            ],
            blocks=self._blocks(language, uses, case),
            filled=filled,
            allowed=allowed,
            changes=None if changes is None else [self._step(language, one) for one in changes],
            error="" if error is None else self.error(language, error),
            fault=_field_at_fault(error, form),
            inserted=inserted,
            # The error has it where there is one. The form is beside the words, not below them.
            focus=form.fields[0].name if form.fields and error is None and not inserted else "",
            said="",
        )

    def kept(
        self,
        language: str,
        session: Session,
        inquiry_id: str,
        form: ActForm,
        filled: Filled,
        error: DomainError,
    ) -> HTMLResponse:
        """What was written, to be sent again, where not even the case can be read now."""
        texts = [one for one in form.fields if one.type is FieldType.TEXT]
        names = {one.name for one in texts}
        return self._render(
            "kept.html",
            language,
            session,
            status_of(error),
            address=f"/cases/{inquiry_id}/{form.address}",
            filled=filled,
            shown=[
                (one.name, self._label(language, one, None), filled.written.get(one.name, ""))
                for one in texts
            ],
            hidden=[pair for pair in filled.written.items() if pair[0] not in names],
            error=self.error(language, error),
        )

    def consultations(
        self, language: str, session: Session, asked: Sequence[Consulted], *, said: str = ""
    ) -> HTMLResponse:
        """What other offices asked and this one has not answered, due first."""
        return self._render(
            "consultations.html",
            language,
            session,
            here={},
            tab="consultations",
            asked=[
                (one.inquiry_id, self._consultation(language, one.consultation)) for one in asked
            ],
            said=said,
        )

    def consultation(
        self,
        language: str,
        session: Session,
        asked: Consulted,
        form: ActForm,
        filled: Filled,
        *,
        error: DomainError | None = None,
    ) -> HTMLResponse:
        """A form about a question of another office, which shows the question and not the case."""
        return self._render(
            "consultation.html",
            language,
            session,
            200 if error is None else status_of(error),
            here={} if error is None else None,
            tab="consultations",
            inquiry_id=asked.inquiry_id,
            question=self._consultation(language, asked.consultation),
            act=self._act(language, form),
            part="" if form is CONSULTATION else "/more-time",
            fields=[self._field(language, one, None, filled.written) for one in form.fields],
            filled=filled,
            error="" if error is None else self.error(language, error),
            fault=_field_at_fault(error, form),
            said="",
        )

    def block(self, form: ActForm, case: CaseOnDesk, code: str, now: datetime) -> str:
        """A text block with what is known of the case in its gaps, in the citizen's language where
        the city has it; empty for one that is not offered."""
        work = case.state.work
        tag = work.matter.language
        wanted = tag if tag in self._city.languages else self._city.languages[0]
        for one in self._city.text_blocks:
            fits = any(one.fits(use, work.matter.service_code) for use in self._uses(form))
            if one.code == code and fits:
                return one.filled(wanted, self._gaps(wanted, case, now))
        return ""

    # What is known of a case, as texts.

    def _head(self, language: str, case: CaseOnDesk, now: datetime) -> Mapping[str, Any]:
        state, work = case.state, case.state.work
        unfinished = Stage(state.status) in UNFINISHED
        waited = state.file.waited_for(work.round)
        inspected = state.file.inspecting(work.round)
        zone = self._city.timezone
        due_today = now.astimezone(zone).date() == work.due_at.astimezone(zone).date()
        late = unfinished and (state.overdue or now > work.due_at)
        urgency = "overdue" if late else "near" if unfinished and due_today else "waiting"
        return {
            "id": work.inquiry_id,
            "number": work.matter.receipt_number,
            "service": self._service(work.matter.service_code),
            "state": self.say(language, f"state.{state_of(state)}"),
            "urgency": urgency,
            "level": self.say(language, f"level.{state.reminded}") if state.reminded else "",
            "unfinished": unfinished,
            "received_at": work.matter.received_at,
            "opened_at": work.opened_at,
            "due_at": work.due_at,
            "take_by": work.take_by if isinstance(state, Open) else None,
            "waited_until": None if waited is None else waited.answer_by,
            "inspected_until": None if inspected is None else inspected.ends_by,
            "kind": self.say(language, f"kind.{work.matter.kind}") if work.matter.kind else "",
            "channel": self.say(language, f"channel.{work.matter.channel}"),
            "round": work.round,
            "assignee": state.file.assignee,
            "office": self._city.office_name(work.office_id, language),
            "read_only": case.read_only,
            "binding": work.binding,
            "to_designate": work.to_designate,
            "needs_document": work.needs_document,
            "no_contact": not work.matter.has_contact,
            "joined": len(work.joined),
            "linked": work.linked,
            "form": [form_answers.read(one, language, self) for one in case.form],
        }

    def _row(self, language: str, item: Item, section: Section) -> Mapping[str, Any]:
        urgency = {Section.OVERDUE: "overdue", Section.TODAY: "near"}.get(section, "waiting")
        return {
            "id": item.inquiry_id,
            "number": item.receipt_number,
            "service": self._service(item.service_code),
            "section": self.say(language, f"section.{section}"),
            "state": self.say(language, f"state.{item.state}") if item.state else "",
            "urgency": urgency,
            "due_at": item.due_at,
            "opened_at": item.opened_at,
            "take_by": item.take_by,
            "supplement_by": item.supplement_by,
            "objection_by": item.objection_by,
            "inspection_by": item.inspection_by,
            "assignee": item.assignee,
            "awaited": [self._city.office_name(one, language) for one in item.awaited],
            "permit": item.permit,
            "round": item.round,
        }

    def _place(self, language: str, case: CaseOnDesk) -> Mapping[str, Any] | None:
        """The place in words and as a picture: the district with the dong marked, and a point where
        the citizen gave one, else in the middle of the dong. None where nothing is known."""
        words, matter = case.words, case.state.work.matter
        dong = matter.dong_code or (words.dong_code if words is not None else "")
        district = matter.district_code
        said = ""
        if words is not None:
            said = words.address or self._city.place_label(words.dong_code)
        if not (said or dong or district or (words is not None and words.lat is not None)):
            return None
        drawing = self._drawing(district) if district else None
        at = None
        if drawing is not None:
            if words is not None and words.lat is not None and words.lon is not None:
                at = drawing.at(words.lat, words.lon)
            if at is None:
                at = next(((s.x, s.y) for s in drawing.shapes if f"o-{dong}" in owners_of(s)), None)
        return {
            "said": said,
            "found": self._city.place_label(dong or district),
            "point": ""
            if words is None or words.lat is None or words.lon is None
            else f"{words.lat:.5f}, {words.lon:.5f}",
            "drawing": drawing,
            "shapes": []
            if drawing is None
            else [(one.path, f"o-{dong}" in owners_of(one)) for one in drawing.shapes],
            "at": at,
            "source": label(self._city.areas_source, language).text
            if self._city.areas_source
            else "",
        }

    def _drawing(self, district: str) -> Drawing | None:
        if district not in self._drawings:
            self._drawings[district] = draw_owned(
                (owners, polygon)
                for owners, polygon in self._city.office_areas()
                if self._city.office(owners[0]).district == district
            )
        return self._drawings[district]

    def _clock(self, language: str, case: Case) -> Mapping[str, Any]:
        """How `due_at` was counted: the library's account, and what it does not say."""
        work = case.work
        notes = []
        lines: Sequence[str] = ()
        if not work.period:
            notes.append(self.say(language, "clock.no_period"))
        else:
            try:
                due = self._city.due_of(dates.term(self._city, case))
            except DomainError:
                notes.append(self.say(language, "clock.unknown"))
            else:
                if isinstance(due, Due):
                    lines = due.explain(language)
                    if due.at != work.due_at:
                        notes.append(self.say(language, "clock.kept"))
        if case.file.waited_for(work.round) is not None:
            notes.append(self.say(language, "clock.paused"))
        if case.file.inspecting(work.round) is not None:
            notes.append(self.say(language, "clock.inspected"))
        return {
            "lines": lines,
            "notes": notes,
            "from": work.clock_from,
            "lengthenings": [
                (
                    self.say(
                        language,
                        "clock.extended",
                        amount=one.amount,
                        unit=self.say(language, f"unit.{Period.parse(work.period).unit}"),
                    )
                    if work.period
                    else str(one.amount),
                    self.say(language, f"choice.{one.reason}"),
                    one,
                )
                for one in case.file.lengthenings_of(work.round)
            ],
        }

    def _permit(self, language: str, case: CaseOnDesk, now: datetime) -> Mapping[str, Any] | None:
        """What belongs to a permit: what the kind takes, and how far the application has got."""
        work = case.state.work
        kind = self._city.permit_kinds.get(work.matter.service_code)
        if not work.matter.permit and kind is None:
            return None
        file = work.permit or PermitFile()
        names = _papers_of(kind, language)
        missing = file.checked.missing if file.checked is not None else ()
        return {
            "delegated_by": self._city.office_name(work.delegated_by, language)
            if work.delegated_by
            else "",
            "documents": list(names.values()),
            "seen": [label(one.names, language).text for one in kind.seen] if kind else [],
            "departments": [label(one, language).text for one in kind.departments] if kind else [],
            "fee": self._fee(language, kind),
            "inspection": kind.inspection if kind else None,
            "deemed": label(kind.deemed.text, language).text if kind and kind.deemed else "",
            "months": kind.holding.months if kind and kind.holding else 0,
            "checked": file.checked,
            "missing": [names.get(code, code) for code in missing],
            "settled": file.fee,
            "issued": [
                (
                    one,
                    self.say(language, f"standing.{standing(one, now)}"),
                    "" if one.valid_until is None else self.day(language, one.valid_until),
                )
                for one in file.documents
            ],
        }

    def _fee(self, language: str, kind: PermitKind | None) -> str:
        if kind is None:
            return ""
        if kind.fee.amount is None:
            return self.say(language, "fee.by_ordinance")
        if kind.fee.amount == 0:
            return self.say(language, "fee.none")
        return self.say(language, "fee.won", won=f"{kind.fee.amount:,}")

    def _answers(self, language: str, case: Case) -> Sequence[Mapping[str, Any]]:
        return [
            {
                "round": one.round,
                "office": self._city.office_name(one.office_id, language),
                "outcome": self.say(language, f"outcome.{one.reply.outcome}"),
                "reply": one.reply,
            }
            for one in answers_of(case)
        ]

    def _step(self, language: str, step: Step) -> Mapping[str, Any]:
        reason = step.reason
        if reason and self.has(language, f"why.{reason}"):
            reason = self.say(language, f"why.{reason}")
        later = (step.entered_at - step.at).total_seconds() > _LATER_SECONDS
        return {
            "what": self.say(language, f"step.{step.act}")
            if self.has(language, f"step.{step.act}")
            else step.act,
            "reason": reason,
            "office": self._city.office_name(step.office_id, language) if step.office_id else "",
            "officer": step.officer_code,
            "at": step.at,
            "entered_at": step.entered_at if later else None,
            "round": step.round,
        }

    def _consultation(self, language: str, one: Consultation) -> Mapping[str, Any]:
        return {
            "number": one.number,
            "asking": self._city.office_name(one.asking_office_id, language),
            "asked": self._city.office_name(one.office_id, language),
            "question": one.question,
            "answer": one.answer,
            "requested_at": one.requested_at,
            "due_at": one.due_at,
            "answered_at": one.answered_at,
            "extended": one.extended_at is not None,
        }

    # Forms.

    def _act(self, language: str, form: ActForm) -> Mapping[str, Any]:
        return {
            "act": form.act,
            "address": form.address,
            "name": self.say(language, f"act.{form.act}"),
            "key": ACCESS_KEYS.get(form.act, ""),
            "note": self.say(language, f"act.{form.act}.note")
            if self.has(language, f"act.{form.act}.note")
            else "",
            "plain": not form.fields,
        }

    def _field(
        self,
        language: str,
        one: Field,
        case: CaseOnDesk | None,
        written: Written,
        usual: Written = _NOTHING,
    ) -> Mapping[str, Any]:
        """A field with its texts, what may be chosen, and what stands in it."""
        known = usual.get(one.name) or self._usual(language, one, case)
        return {
            "name": one.name,
            "type": one.type.value,
            "required": one.required,
            "most": one.most,
            "label": self._label(language, one, case),
            "hint": self.say(language, f"hint.{one.name}")
            if self.has(language, f"hint.{one.name}")
            else "",
            "value": written.get(one.name, known),
            "choices": self._choices(language, one, case),
            "groups": self._offices(language, case) if one.type is FieldType.OFFICE else [],
            "set": {name for name in written if name.startswith(MISSING)}
            if written
            else self._missing_now(case),
        }

    def _label(self, language: str, one: Field, case: CaseOnDesk | None) -> str:
        if one.name == "amount" and case is not None and case.state.work.period:
            unit = Period.parse(case.state.work.period).unit
            return self.say(language, "field.amount.in", unit=self.say(language, f"unit.{unit}"))
        return self.say(language, f"field.{one.name}")

    def _usual(self, language: str, one: Field, case: CaseOnDesk | None) -> str:
        """What stands in a field before anybody writes: what is known, to be changed."""
        if case is None:
            return ""
        if one.name == "officer_unit":
            return self._city.office_name(case.office_id, language)
        if one.name in ("officer_code", "assignee"):
            return case.state.file.assignee
        if one.name == "amount_won":
            kind = self._city.permit_kinds.get(case.state.work.matter.service_code)
            return str(kind.fee.amount) if kind and kind.fee.amount else ""
        return ""

    def _choices(
        self, language: str, one: Field, case: CaseOnDesk | None
    ) -> Sequence[tuple[str, str]]:
        kind = None
        if case is not None:
            kind = self._city.permit_kinds.get(case.state.work.matter.service_code)
        match one.type:
            case FieldType.CHOICE:
                return [(value, self.say(language, f"choice.{value}")) for value in one.choices]
            case FieldType.PAPERS:
                return [(MISSING + code, name) for code, name in _papers_of(kind, language).items()]
            case FieldType.EXEMPTION:
                given = kind.fee.exemptions if kind is not None else ()
                return [
                    (
                        paid.code,
                        self.say(
                            language,
                            "exemption",
                            name=label(paid.names, language).text,
                            percent=paid.percent,
                        ),
                    )
                    for paid in given
                ]
            case _:
                return []

    def _missing_now(self, case: CaseOnDesk | None) -> set[str]:
        permit = None if case is None else case.state.work.permit
        if permit is None or permit.checked is None:
            return set()
        return {MISSING + code for code in permit.checked.missing}

    def _offices(
        self, language: str, case: CaseOnDesk | None
    ) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
        """The open offices of the city but the own, those of the same district first."""
        if case is None:
            return []
        own = self._city.offices.get(case.office_id)
        district = own.district if own is not None else None
        others = [one for one in self._city.offices_on(self._today) if one.id != case.office_id]
        near = [one for one in others if district and one.district == district]
        rest = [one for one in others if one not in near]
        groups: list[tuple[str, list[Office]]] = [("near", near)]
        groups += [(kind.value, [one for one in rest if one.kind is kind]) for kind in OfficeKind]
        return [
            (
                self.say(language, f"offices.{key}"),
                [(one.id, self._city.office_name(one.id, language)) for one in some],
            )
            for key, some in groups
            if some
        ]

    def _uses(self, form: ActForm) -> Sequence[Use]:
        if form.act == "DecidePermit":
            return list(DECISION_USES.values())
        return [] if form.use is None else [form.use]

    def _blocks(
        self, language: str, uses: Sequence[Use], case: CaseOnDesk
    ) -> Sequence[tuple[str, str]]:
        code = case.state.work.matter.service_code
        return [
            (one.code, label(one.title, language).text)
            for one in self._city.text_blocks
            if any(one.fits(use, code) for use in uses)
        ]

    def _gaps(self, language: str, case: CaseOnDesk, now: datetime) -> Mapping[Gap, str]:
        work = case.state.work
        place = self._place(language, case) or {}
        service = self._city.catalogue.get(work.matter.service_code)
        return {
            Gap.RECEIPT_NUMBER: work.matter.receipt_number,
            Gap.SERVICE: "" if service is None else label(service.names, language).text,
            Gap.OFFICE: self._city.office_name(work.office_id, language),
            Gap.PLACE: str(place.get("said") or place.get("found") or ""),
            Gap.RECEIVED_ON: self._written_day(work.matter.received_at),
            Gap.DUE_ON: self._written_day(work.due_at),
            Gap.TODAY: self._written_day(now),
        }

    def _written_day(self, at: datetime) -> str:
        local = at.astimezone(self._city.timezone)
        return f"{local.year}. {local.month}. {local.day}."

    def _service(self, code: str) -> Mapping[str, str] | None:
        known = self._city.catalogue.get(code)
        return None if known is None else known.names

    def _services(self, language: str, now: datetime) -> Sequence[tuple[str, str]]:
        day = now.astimezone(self._city.timezone).date()
        found = [(one.code, label(one.names, language).text) for one in self._city.services_on(day)]
        return sorted(found, key=lambda pair: pair[1])

    def _counted(self, language: str, counts: Sequence[int]) -> str:
        """How many there are in these sections together; empty where there is no section."""
        if not counts:
            return ""
        key = "count.more" if max(counts) >= MOST_COUNTED else "count"
        return self.say(language, key, count=f"{sum(counts):,}")

    def _render(self, template: str, language: str, *page: Any, **values: Any) -> HTMLResponse:
        """A page that can name offices; `page` and `values` as `render`."""
        return self.render(
            template,
            language,
            *page,
            office_name=lambda id_: self._city.office_name(id_, language),
            access_keys=[
                (key, self.say(language, f"act.{act}")) for act, key in ACCESS_KEYS.items()
            ],
            **values,
        )


def _papers_of(kind: PermitKind | None, language: str) -> Mapping[str, str]:
    papers = kind.documents if kind is not None else ()
    return {one.code: label(one.names, language).text for one in papers}


def _field_at_fault(error: DomainError | None, form: ActForm) -> str:
    """The field of the form that an error is about; empty where it has no such field."""
    named = fault_of(error)
    if error is not None and error.slug in ("term_refused", "invalid_period"):
        # The library that counts knows no form.
        named = next((n for n in ("amount", "days") if any(f.name == n for f in form.fields)), "")
    return named if any(one.name == named for one in form.fields) else ""


__all__ = ["ACCESS_KEYS", "PATH", "DeskPages", "Filled", "Listed"]
