"""What an inquiry's page shows of its case and of what the citizen did about it, and what comes
back in its forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.common.edge.limits import TooMany
from services.common.edge.plain_words import one_line, plain_words
from services.common.kernel import DomainError, Kind
from services.common.pages import Texts
from services.intake.application.ports import IssuedDocument, Worth
from services.intake.application.proceedings import PublicProceedings, PublicRequest
from services.intake.domain import acts
from services.intake.domain.admit import Refused
from services.intake.domain.model import CitizenAct, CitizenActKind

# More text than a form holds is not read back; it comes shortened by a browser or not at all.
_DIGITS_MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenAct:
    """A form as it was written; a number is 0 where it names none."""

    kind: CitizenActKind
    round: int = 0
    request: int = 0
    extension: int = 0
    days: int = 0
    text: str = ""
    attachments: tuple[str, ...] = ()

    @classmethod
    def of(cls, kind: CitizenActKind, form: Mapping[str, str]) -> WrittenAct:
        """What a form says. A browser sends line ends as CR LF."""
        field = "reasons" if kind is CitizenActKind.OBJECTION else "text"
        text = plain_words(form.get(field, "")).replace("\r\n", "\n").strip()
        # Titles are pasted with tabs, and typed with wide blanks in Korean and Japanese.
        named = (one_line(line) for line in form.get("attachments", "").splitlines())
        return cls(
            kind=kind,
            round=_number(form, "round"),
            request=_number(form, "request"),
            extension=_number(form, "extension"),
            days=_number(form, "days"),
            text=text,
            attachments=tuple(line for line in named if line),
        )

    @property
    def words(self) -> str:
        """What somebody wrote in it, to be copied."""
        return "\n".join(text for text in (self.text, *self.attachments) if text)

    def order(self) -> acts.ActOrder:
        """The command that the form stands for."""
        match self.kind:
            case CitizenActKind.SUPPLEMENT:
                return acts.SendSupplement(
                    round=self.round,
                    request=self.request,
                    text=self.text,
                    attachments=self.attachments,
                )
            case CitizenActKind.MORE_TIME:
                return acts.AskMoreTime(
                    round=self.round,
                    request=self.request,
                    extension=self.extension,
                    days=self.days,
                )
            case CitizenActKind.WITHDRAWAL:
                return acts.WithdrawMatter(round=self.round)
            case CitizenActKind.OBJECTION:
                return acts.MakeObjection(round=self.round, text=self.text)


# Refusals of this side that say the same as those of the case.
_SAME = {
    "round_over": "act.refusal.round_over",
    "not_asked": "act.refusal.not_asked",
    "prolonged_twice": "act.refusal.prolonged_twice",
    "no_objections": "act.refusal.not_refused",
    "objected_already": "act.refusal.objected_already",
    "objection_too_late": "act.refusal.too_late",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAct:
    """Something that the citizen did, and how it stands; `refusal` is empty unless the case refused
    it."""

    what: str
    at: datetime
    standing: str
    refusal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDecision:
    """The decision on an objection."""

    round: int
    upheld: bool
    text: str
    language: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDocument:
    """A permit's document; `valid_until` is in words, empty without an end."""

    number: str
    worth: Worth
    valid_until: str

    @classmethod
    def of(cls, document: IssuedDocument, texts: Texts) -> ShownDocument:
        """As the page shows it."""
        until = document.valid_until
        return cls(
            number=document.number,
            worth=document.worth,
            valid_until="" if until is None else texts.day(until),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownActs:
    """What the page shows of the case beside its answers. `action` begins the addresses of the
    forms; `written` is a form that was not taken, and `error` why; `kept` is its text where the
    page has no such form any more. `answer_by` and `objection_until` are in words, empty where
    there is nothing to do."""

    action: str
    round: int
    request: PublicRequest | None
    request_language: str | None
    answer_by: str
    done: Sequence[ShownAct]
    may_withdraw: bool
    objection_until: str
    decisions: Sequence[ShownDecision]
    documents: Sequence[ShownDocument]
    verify_url: str
    unavailable: bool
    written: WrittenAct | None
    kept: str
    error: str
    longest: int = acts.LONGEST_TEXT
    most_attachments: int = acts.MOST_ATTACHMENTS
    most_days: int = acts.MOST_DAYS


def shown_acts(
    found: PublicProceedings,
    texts: Texts,
    *,
    action: str,
    end: Callable[[datetime], str],
    language_of: Callable[[str], str | None],
    written: WrittenAct | None,
    error: DomainError | None,
) -> ShownActs:
    """What the page shows; `end` says in words when a period ends, `language_of` in which language
    somebody wrote."""
    request = found.request
    return ShownActs(
        action=action,
        round=found.round,
        request=request,
        request_language=language_of(request.text or "") if request is not None else None,
        answer_by=end(request.answer_by) if request is not None else "",
        done=[_shown(one, texts) for one in found.acts],
        may_withdraw=found.may_withdraw,
        objection_until="" if found.objection_until is None else end(found.objection_until),
        decisions=[
            ShownDecision(
                round=one.round,
                upheld=one.upheld,
                text=one.text,
                language=language_of(one.text),
                at=one.decided_at,
            )
            for one in found.objections
        ],
        documents=[ShownDocument.of(one, texts) for one in found.documents],
        verify_url=found.verify_url,
        unavailable=found.unavailable,
        written=written,
        kept="" if written is None else _kept(written, found),
        error="" if error is None else texts.say("act.error", reason=_reason(error, texts)),
    )


def _kept(written: WrittenAct, found: PublicProceedings) -> str:
    """What was written for nothing. Another tab may have sent the same form, or the office may have
    ended the matter, while somebody wrote the last of many lines."""
    match written.kind:
        case CitizenActKind.SUPPLEMENT:
            comes_back = found.request is not None and found.request.open
        case CitizenActKind.OBJECTION:
            comes_back = found.objection_until is not None
        case CitizenActKind.MORE_TIME | CitizenActKind.WITHDRAWAL:
            return ""
    return "" if comes_back else written.words


def _shown(act: CitizenAct, texts: Texts) -> ShownAct:
    on_its_way = "held" if act.held else "waiting"
    standing = "taken" if act.taken_at else "refused" if act.refused_at else on_its_way
    return ShownAct(
        what=texts.say(f"act.{act.kind}"),
        at=act.acted_at,
        standing=texts.say(f"act.{standing}"),
        refusal="" if act.refusal is None else texts.say(f"act.refusal.{act.refusal}"),
    )


def _reason(error: DomainError, texts: Texts) -> str:
    match error:
        case TooMany():
            return texts.say("asked.error.too_many_requests")
        case Refused(faults=[fault, *_]) if f"act.error.{fault.field}" in texts:
            return texts.say(f"act.error.{fault.field}")
        case DomainError(kind=Kind.CONFLICT, slug=slug):
            key = _SAME.get(slug, f"act.error.{slug}")
            return texts.say(key if key in texts else "act.refusal.not_asked")
        case _:
            return texts.say("act.error.away")


def _number(form: Mapping[str, str], field: str) -> int:
    said = form.get(field, "").strip()
    is_number = said.isascii() and said.isdigit() and len(said) <= _DIGITS_MOST
    return int(said) if is_number else 0
