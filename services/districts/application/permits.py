"""The documents of granted permits: made out for who may have them, verified for anybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from services.cities import City, Names
from services.common.aggregates.update import Store
from services.common.kernel import DomainError, Kind
from services.districts.application.offices import Directory
from services.districts.application.ports import DocumentReads
from services.districts.domain.case import decide
from services.districts.domain.case.model import Case, Officer, RoundAnswer, answers_of
from services.districts.domain.permit import decide as permit
from services.districts.domain.permit import number as numbers
from services.districts.domain.permit.keeping import keeper, keeps_any
from services.districts.domain.permit.model import Document, Standing, standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What anybody learns of a document by its number: nothing of whose it is. Names are by
    language; days are the city's; `valid_until` is None without an end."""

    number: str
    service: Names
    office: Names
    conditional: bool
    decided_on: date
    valid_until: date | None
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """All that a document says. `act` is the kind's, empty where the city's pack has no kind;
    `holder`, `text`, `conditions` and `officer` are personal data. `text` are the words of the
    decision."""

    verified: Verified
    act: str
    receipt_number: str
    holder: str
    text: str
    conditions: tuple[str, ...]
    officer: Officer
    delegated_by: Names | None
    legal_basis: str


class PermitDocuments:
    """Reads documents out of cases; stores none."""

    def __init__(
        self,
        *,
        city: City,
        directory: Directory,
        store: Store[Case],
        reads: DocumentReads,
        clock: Callable[[], datetime],
    ) -> None:
        self._city = city
        self._directory = directory
        self._store = store
        self._reads = reads
        self._clock = clock

    def now(self) -> datetime:
        """The moment for which a document's standing is told."""
        return self._clock()

    async def verify(self, written: str) -> Verified:
        """The document of a number as somebody typed it.

        Raises `invalid_document_number` (INVALID) where its check letters are wrong,
        `unknown_document` (NOT_FOUND), and UNAVAILABLE.
        """
        number = numbers.read(written)
        found = [stored.state for stored in await self._reads.with_document(number)]
        if len(found) != 1 or found[0] is None:
            raise unknown_document()
        return self._verified(found[0], permit.document_of(found[0].work.permit, number))

    async def paper(self, inquiry_id: str, number: str, office_id: str | None) -> Paper:
        """The document of a case, the newest for no number, for the office that has it (`keeper`);
        for one who shows it to the citizen `office_id` is None.

        Raises `unknown_case`, `unknown_document` (NOT_FOUND), `invalid_document_number` (INVALID),
        and UNAVAILABLE.
        """
        stored = (await self._store.load([inquiry_id])).get(inquiry_id)
        case = None if stored is None else stored.state
        if case is None or (office_id is not None and not self._knows(case, office_id)):
            raise decide.unknown_case()
        written = numbers.read(number) if number else ""
        document = permit.document_of(case.work.permit, written)
        if office_id not in (None, keeper(document, self._recorded(), self._clock())):
            raise unknown_document()
        kind = self._city.permit_kinds.get(case.work.matter.service_code)
        service = self._city.catalogue.get(case.work.matter.service_code)
        answer = _answer(case, document)
        return Paper(
            verified=self._verified(case, document),
            act="" if kind is None else kind.act,
            receipt_number=case.work.matter.receipt_number,
            holder=document.terms.holder,
            text=answer.reply.answer,
            conditions=document.terms.conditions,
            officer=answer.reply.officer,
            delegated_by=self._directory.names_of(document.delegated_by, self._day_of(document)),
            legal_basis="" if service is None else service.legal_basis,
        )

    def _knows(self, case: Case, office_id: str) -> bool:
        """Whether the case is or was the office's work, or the office has a document of it."""
        return office_id in case.offices or keeps_any(
            case.work.permit, office_id, self._recorded(), self._clock()
        )

    def _recorded(self) -> City:
        """The city with its offices as they are recorded."""
        return self._directory.city_on(self._clock().astimezone(self._city.timezone).date())

    def _verified(self, case: Case, document: Document) -> Verified:
        code = case.work.matter.service_code
        service = self._city.catalogue.get(code)
        # What the office was called when it decided: it may have another name since, or be closed.
        decided_on = self._day_of(document)
        office = self._directory.names_of(document.office_id, decided_on)
        return Verified(
            number=document.number,
            service=self._unnamed(code) if service is None else service.names,
            office=self._unnamed(document.office_id) if office is None else office,
            conditional=document.conditional,
            decided_on=decided_on,
            valid_until=document.valid_until,
            standing=standing(document, self._clock()),
        )

    def _day_of(self, document: Document) -> date:
        """The day of the decision, on the city's calendar."""
        return document.decided_at.astimezone(self._city.timezone).date()

    def _unnamed(self, code: str) -> Names:
        return dict.fromkeys(self._city.languages, code)


def _answer(case: Case, document: Document) -> RoundAnswer:
    """The answer of the round that the document is of: a document has one always."""
    return next(one for one in answers_of(case) if one.round == document.round)


def unknown_document() -> DomainError:
    """The refusal that is the same for a document of another office and for none."""
    return DomainError("unknown_document", Kind.NOT_FOUND, "there is no such document")
