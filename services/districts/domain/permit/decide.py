"""What becomes of an application for a permit: checked, paid, issued, collected, ended.

Pure. Each rule takes the file and gives the file after, or None where nothing changes because it is
so already. What the case adds (who may, in which state, what is told) is `domain/case/permits.py`.
"""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import date, datetime, timedelta

from services.cities import PermitKind, is_blank
from services.common.kernel import DomainError, Kind
from services.districts.domain.permit.model import (
    Checked,
    Document,
    FeeSettled,
    PermitFile,
    Revocation,
    Standing,
    Terms,
    standing,
)

# The database keeps times to the millisecond: this much after the last moment it is over.
MOMENT = timedelta(milliseconds=1)
MOST_WON = 1_000_000_000
"""More for one application is a mistyped amount."""
LONGEST_REFERENCE = 64
LONGEST_HOLDER = 100
LONGEST_REASON = 1_000
MOST_CONDITIONS = 20
LONGEST_CONDITION = 500
MOST_YEARS = 50
"""A permit that is to hold for longer holds without an end."""


def check(
    file: PermitFile, kind: PermitKind, missing: tuple[str, ...], at: datetime
) -> PermitFile | None:
    """The application is found whole, or documents are missing: codes of the kind's `documents`.

    What the office sees by itself it must not ask for (Petitions Act 10). A later check replaces an
    earlier one, as the documents come. Raises `invalid_document` (INVALID).
    """
    named = tuple(dict.fromkeys(missing))
    having = {paper.code for paper in kind.documents}
    seen = {paper.code for paper in kind.seen}
    for code in named:
        if code in seen:
            raise _invalid("document", "missing", "the office sees this one itself: Act 10")
        if code not in having:
            raise _invalid(
                "document", "missing", f"must be of {', '.join(sorted(having)) or 'none'}"
            )
    if file.checked is not None and file.checked.missing == named:
        return None
    return replace(file, checked=Checked(missing=named, checked_at=at))


def settle_fee(
    file: PermitFile,
    kind: PermitKind,
    *,
    amount: int,
    exemption: str,
    reference: str,
    at: datetime,
) -> PermitFile | None:
    """The fee is paid or waived; once.

    Where the kind says how much, it is that much less the exemption; where an ordinance says it,
    the office states it. A payment has a reference. Raises `invalid_exemption`, `invalid_amount`,
    `invalid_reference` (INVALID), and `fee_settled` (CONFLICT) for another payment.
    """
    try:
        due = kind.fee.due(exemption)
    except KeyError:
        raise _invalid("exemption", "exemption", "the kind has no such exemption") from None
    if not 0 <= amount <= MOST_WON or (due is not None and amount != due):
        told = f"must be {due} won" if due is not None else f"must be 0 to {MOST_WON} won"
        raise _invalid("amount", "amount_won", told)
    reference = reference.strip()
    if len(reference) > LONGEST_REFERENCE or not reference.isprintable():
        raise _invalid("reference", "reference", f"at most {LONGEST_REFERENCE} characters")
    if amount and is_blank(reference):
        raise _invalid("reference", "reference", "a payment has a reference")
    settled = FeeSettled(amount=amount, exemption=exemption, reference=reference, settled_at=at)
    if file.fee is None:
        return replace(file, fee=settled)
    if replace(file.fee, settled_at=at) == settled:
        return None
    raise DomainError("fee_settled", Kind.CONFLICT, "the fee is settled by another payment already")


def must_be_grantable(file: PermitFile, kind: PermitKind | None) -> None:
    """Whether nothing that was recorded here stands against a grant.

    An office that records neither check nor fee here keeps them in its own software, and is not
    held up. Once it has checked here, the application must be whole, and the kind's fee settled.
    Raises `incomplete`, `fee_unpaid` (CONFLICT).
    """
    if file.checked is None:
        return
    if file.checked.missing:
        raise DomainError(
            "incomplete", Kind.CONFLICT, "documents are missing: check again once they are there"
        )
    if kind is not None and kind.fee.amount != 0 and file.fee is None:
        raise DomainError("fee_unpaid", Kind.CONFLICT, "the fee is not settled: RecordFee first")


def valid_until(kind: PermitKind | None, terms: Terms, decided_on: date) -> date | None:
    """The last day on which the permit holds; None without an end.

    What the office states, else so many months from the day of the decision, which is not counted
    (Civil Act 157, 160). Raises `invalid_validity` (INVALID).
    """
    if terms.valid_until is not None:
        if not decided_on <= terms.valid_until <= months_after(decided_on, MOST_YEARS * 12):
            told = f"from the day of the decision to {MOST_YEARS} years after it"
            raise _invalid("validity", "valid_until", told)
        return terms.valid_until
    if kind is None or kind.holding is None:
        return None
    return months_after(decided_on, kind.holding.months)


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later, or the month's last (Civil Act 160 (3))."""
    count = day.month - 1 + months
    year, month = day.year + count // 12, count % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def must_be_terms(terms: Terms, *, conditional: bool) -> None:
    """Whether these can be the terms of a grant. Raises `invalid_conditions`, `invalid_holder`
    (INVALID)."""
    if terms.conditions and not conditional:
        raise _invalid("conditions", "conditions", "only of what is granted on conditions")
    if len(terms.conditions) > MOST_CONDITIONS:
        raise _invalid("conditions", "conditions", f"at most {MOST_CONDITIONS}")
    for one in terms.conditions:
        if is_blank(one) or len(one) > LONGEST_CONDITION:
            told = f"each has 1 to {LONGEST_CONDITION} characters, of which some can be seen"
            raise _invalid("conditions", "conditions", told)
    if len(terms.holder) > LONGEST_HOLDER or not terms.holder.isprintable():
        told = f"at most {LONGEST_HOLDER} printable characters on one line"
        raise _invalid("holder", "holder", told)


def issue(file: PermitFile, document: Document) -> PermitFile:
    """The file with one more document, which replaces those of earlier rounds."""
    earlier = tuple(
        one if one.replaced_by else replace(one, replaced_by=document.number)
        for one in file.documents
    )
    return replace(
        file,
        documents=(*earlier, document),
        numbers=(*file.numbers, document.number),
    )


def collect(file: PermitFile, number: str, at: datetime, now: datetime) -> PermitFile | None:
    """The citizen has come for the document; once. Raises `unknown_document` (NOT_FOUND),
    `not_valid` (CONFLICT) for one that is worth nothing any more, and for one that nobody need come
    for `not_to_be_collected` (CONFLICT)."""
    document = document_of(file, number)
    if document.collected_at is not None:
        return None
    _must_hold(document, now)
    if document.collect_by is None and not document.terms.to_be_collected:
        raise DomainError("not_to_be_collected", Kind.CONFLICT, "nobody need come for it")
    return _with(file, replace(document, collected_at=at))


def revoke(
    file: PermitFile, number: str, reason: str, at: datetime, now: datetime
) -> PermitFile | None:
    """The office takes the permit back, with a reason; once. Raises `unknown_document` (NOT_FOUND),
    `invalid_reason` (INVALID), `not_valid` (CONFLICT) for one that ended otherwise, or was taken
    back for another reason."""
    document = document_of(file, number)
    reason = reason.strip()
    if is_blank(reason) or len(reason) > LONGEST_REASON:
        told = f"1 to {LONGEST_REASON} characters, of which some can be seen"
        raise _invalid("reason", "reason", told)
    if document.revocation is not None and document.revocation.reason == reason:
        return None
    _must_hold(document, now)
    return _with(file, replace(document, revocation=Revocation(reason=reason, revoked_at=at)))


def by_time(file: PermitFile, now: datetime) -> tuple[PermitFile, tuple[Document, ...]]:
    """The file once time has ended what it ends by now, and the documents that it ended."""
    ended = tuple(
        after for one in file.documents if (after := _ended_by_time(one, now)) is not None
    )
    for document in ended:
        file = _with(file, document)
    return file, ended


def next_end(file: PermitFile | None) -> datetime | None:
    """When time ends a document next; None where it ends none."""
    if file is None:
        return None
    ends = (end for one in file.documents if ends_nothing(one) for end in _ends(one))
    return min(ends, default=None)


def document_of(file: PermitFile | None, number: str) -> Document:
    """The document of a number, the newest for none. Raises `unknown_document` (NOT_FOUND)."""
    documents = () if file is None else file.documents
    for one in reversed(documents):
        if number in ("", one.number):
            return one
    raise DomainError("unknown_document", Kind.NOT_FOUND, "the case has no such document")


def _ended_by_time(document: Document, now: datetime) -> Document | None:
    if not ends_nothing(document):
        return None
    if _awaited(document) and document.collect_by is not None and now > document.collect_by:
        return replace(document, uncollected_at=document.collect_by)
    if document.expires_at is not None and now >= document.expires_at:
        return replace(document, expired_at=document.expires_at)
    return None


def _ends(document: Document) -> tuple[datetime, ...]:
    collect_by = None
    if document.collect_by is not None and document.collected_at is None:
        collect_by = document.collect_by + MOMENT
    return tuple(at for at in (collect_by, document.expires_at) if at is not None)


def _awaited(document: Document) -> bool:
    return document.collect_by is not None and document.collected_at is None


def ends_nothing(document: Document) -> bool:
    """Whether nothing has ended the document yet that was told."""
    return (
        document.revocation is None
        and not document.replaced_by
        and document.uncollected_at is None
        and document.expired_at is None
    )


def _must_hold(document: Document, now: datetime) -> None:
    stands = standing(document, now)
    if stands is not Standing.VALID:
        raise DomainError("not_valid", Kind.CONFLICT, f"the document is {stands}")


def _with(file: PermitFile, document: Document) -> PermitFile:
    return replace(
        file,
        documents=tuple(
            document if one.number == document.number else one for one in file.documents
        ),
    )


def _invalid(what: str, field: str, remedy: str) -> DomainError:
    return DomainError(f"invalid_{what}", Kind.INVALID, remedy, field=field)
