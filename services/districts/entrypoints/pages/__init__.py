"""The page on which anybody verifies a permit's document, and the document itself.

Owns the fixed texts of both, in the languages in which they are written.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from fastapi.responses import HTMLResponse

from services.cities import City
from services.common.kernel import DomainError
from services.common.pages import Pages, label
from services.common.pages.assets import Assets
from services.districts.application.permits import Paper, Verified
from services.districts.domain.permit.model import Standing

_LANGUAGES = ("ko", "en")
_STATUS = {
    "invalid_document_number": 422,
    "unknown_document": 404,
    "too_many_verifications": 429,
}


class PermitPages:
    """The pages of permits. `address` is where anybody verifies a document, as a document says
    it."""

    def __init__(self, city: City, assets: Assets, address: str) -> None:
        self._city = city
        self._address = address
        self._pages = Pages(
            Path(__file__).parent,
            default_language=city.languages[0],
            timezone=city.timezone,
            assets=assets,
            languages=_LANGUAGES,
        )

    def form(self, *wishes: str | None) -> HTMLResponse:
        """The page before anything was asked."""
        return self._verify(self._pages.language(*wishes), 200)

    def verified(self, found: Verified, *wishes: str | None) -> HTMLResponse:
        """What the page says of a document."""
        language = self._pages.language(*wishes)
        return self._verify(language, 200, number=found.number, found=found)

    def refused(self, error: DomainError, number: str, *wishes: str | None) -> HTMLResponse:
        """What the page says where there is no document, or where it cannot say."""
        status = _STATUS.get(error.slug, 503)
        said = error.slug if error.slug in _STATUS else "away"
        return self._verify(self._pages.language(*wishes), status, number=number, error=said)

    def _verify(
        self,
        language: str,
        status: int,
        *,
        number: str = "",
        found: Verified | None = None,
        error: str = "",
    ) -> HTMLResponse:
        return self._pages.render(
            "verify.html",
            language,
            status,
            query={"number": number} if number else {},
            city=self._city.names,
            number=number,
            found=found,
            valid=found is not None and found.standing is Standing.VALID,
            written=_written,
            error=error,
        )

    def document(self, paper: Paper) -> bytes:
        """The document as a page that stands alone, in UTF-8."""
        said = self.said(paper)
        return self._pages.fragment("document.html", str(said["language"]), said=said).encode()

    def said(self, paper: Paper) -> Mapping[str, object]:
        """All texts of the document in the city's first language, as data."""
        language = self._pages.language(self._city.languages[0])
        say, verified = self._pages.texts(language).say, paper.verified
        act = paper.act or "application"
        last = verified.valid_until
        until = say("document.open") if last is None else _written(last)
        officer = paper.officer
        rows = [
            (say("document.holder"), paper.holder),
            (say("document.matter"), label(verified.service, language).text),
            (say("document.receipt"), paper.receipt_number),
            (say("document.basis"), paper.legal_basis),
            (say("document.decided_on"), _written(verified.decided_on)),
            (say("document.valid_until"), until),
            (say("document.delegated_by"), _named(paper.delegated_by, language)),
            (say("document.text"), paper.text),
            (say("document.officer"), f"{officer.unit} {officer.name} ({officer.phone})"),
        ]
        valid = verified.standing is Standing.VALID
        decided_on = verified.decided_on
        return {
            "language": language,
            "title": say(f"document.title.{act}"),
            "number_label": say("number"),
            "number": verified.number,
            "warning": "" if valid else say(f"standing.{verified.standing}"),
            "rows": [row for row in rows if row[1]],
            "conditions_label": say("document.conditions"),
            "conditions": list(paper.conditions),
            "sentence": say(f"document.sentence.{act}"),
            "decided_on": _written(decided_on),
            "date": {"year": decided_on.year, "month": decided_on.month, "day": decided_on.day},
            "office": label(verified.office, language).text,
            "verify": say("document.verify", address=self._address),
        }


def _named(names: Mapping[str, str] | None, language: str) -> str:
    return "" if names is None else label(names, language).text


def _written(day: date) -> str:
    """A day as Korean documents write it, which the other languages can read, too."""
    return f"{day.year}. {day.month}. {day.day}."
