"""The pages of the desk: what waits for a person and what lies in arbitration, for the officials
who decide on it.

Owns how a matter is shown: names and sentences for its codes. A citizen's words are shown where
they are handed in, and kept nowhere. What is known and what is done comes from the application; who
is signed in, and which page follows which, is `entrypoints/desk`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, assert_never

from fastapi.responses import HTMLResponse

from services.cities import City, Guess, Office, OfficeKind, Place
from services.common.edge.sessions import Session
from services.common.kernel import DomainError
from services.common.pages import label
from services.common.pages.assets import Assets
from services.common.pages.desks import FrontPages, fault_of, status_of
from services.common.pages.drawing import Drawing, Shape, owners_of
from services.routing.application.choices import Choice
from services.routing.application.ports import DeskState, QueueState
from services.routing.domain.assignment import dates
from services.routing.domain.assignment.arbitration import named_rule
from services.routing.domain.assignment.claiming import claim_of
from services.routing.domain.assignment.events import AskedAbout
from services.routing.domain.assignment.model import (
    Asked,
    Assigned,
    Assignment,
    Attempt,
    Ended,
    Rule,
    Unrouted,
    WaitingFor,
)
from services.routing.domain.example.decide import LONGEST_CHARACTERS
from services.routing.domain.policy import Statement
from services.routing.entrypoints.explanation import Section
from services.routing.entrypoints.pages.areas import of_district

PATH = "/desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A citizen's words as they may be shown: `question` is None where `why_not` says why not."""

    question: Statement | None = None
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What an official has filled in so far, so that an error loses none of it. `form` is the id of
    the form: what is sent twice is done once."""

    service: str = ""
    office: str = ""
    sentence: str = ""
    form: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the official may do with an inquiry of the queue: `choice` are the offices for the
    chosen service, None while none is chosen; `questions` what speaks against each question."""

    choice: Choice | None
    questions: Mapping[AskedAbout, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One matter with all that its page shows; `guesses` are those that the official may see.
    `offer` or `designate` is there where the official may act; `words` only while it has no
    office."""

    assignment: Assignment
    guesses: Sequence[Guess]
    sections: Sequence[Section]
    words: Words | None = None
    offer: Offer | None = None
    designate: Choice | None = None
    written: Written = Written()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the last action came to: a key of the texts and what is set into it."""

    key: str
    values: Mapping[str, str]


class DeskPages(FrontPages):
    """The pages of the desk. `present` gives the city of now, which names the offices."""

    def __init__(self, present: Callable[[], City], assets: Assets) -> None:
        city = present()
        self._present = present
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
    def _city(self) -> City:
        return self._present()

    def queue(
        self,
        language: str,
        session: Session,
        *,
        waiting_for: WaitingFor,
        state: QueueState,
        entries: Sequence[Unrouted],
        now: datetime,
        said: Said | None,
    ) -> HTMLResponse:
        """What waits for a person, or for the citizens; what is due first stands first."""
        return self._render(
            "queue.html",
            language,
            session,
            here={} if waiting_for is WaitingFor.PERSON else {"waiting_for": waiting_for.value},
            waiting_for=waiting_for,
            tab=waiting_for,
            state=state,
            entries=[self._entry(language, session, one, now) for one in entries],
            said=self._said(language, said),
        )

    def arbitrations(
        self,
        language: str,
        session: Session,
        *,
        state: DeskState,
        entries: Sequence[Assigned],
        now: datetime,
        said: Said | None,
    ) -> HTMLResponse:
        """What lies with the arbitration desk; what must be decided first stands first."""
        return self._render(
            "arbitrations.html",
            language,
            session,
            here={},
            tab="arbitrations",
            state=state,
            entries=[self._case(language, session, one, now) for one in entries],
            said=self._said(language, said),
        )

    def matter(
        self,
        language: str,
        session: Session,
        opened: Opened,
        *,
        now: datetime,
        said: Said | None = None,
        error: DomainError | None = None,
    ) -> HTMLResponse:
        """One matter: why it lies where it lies, and what can be done about it."""
        state = opened.assignment
        asked = state.asked if isinstance(state, Unrouted) else None
        return self._render(
            "matter.html",
            language,
            session,
            200 if error is None else status_of(error),
            here=_chosen(opened.written) if error is None else None,
            m=self._entry(language, session, state, now),
            case=self._case(language, session, state, now) if _in_arbitration(state) else None,
            has_office=isinstance(state, Assigned | Ended),
            ended=isinstance(state, Ended),
            office_now=_office(state),
            words=opened.words,
            place=self._place(language, opened.words),
            picture=self._picture(state),
            source=self._source(language),
            matter=state.matter,
            guesses=opened.guesses,
            sections=opened.sections,
            asked=None if asked is None else self._question(language, asked, state),
            questions=[self._question(language, one, state) for one in state.questions],
            attempts=[self._attempt(language, one) for one in _attempts(state)],
            offer=opened.offer,
            services=self._services(language, opened),
            offices=self._groups(language, opened.offer.choice if opened.offer else None),
            designate=self._groups(language, opened.designate),
            may_designate=opened.designate is not None,
            written=opened.written,
            longest=LONGEST_CHARACTERS,
            said=self._said(language, said),
            error="" if error is None else self.error(language, error),
            fault=fault_of(error),
        )

    def confirm(
        self,
        language: str,
        session: Session,
        state: Assigned,
        office: Office,
        *,
        form: str,
        now: datetime,
    ) -> HTMLResponse:
        """What naming this office will do, before it is done."""
        rule = named_rule(self._city, office)
        return self._render(
            "confirm.html",
            language,
            session,
            here={"office": office.id},
            m=self._entry(language, session, state, now),
            office=office,
            binding=rule is Rule.DESIGNATED,
            restarts=dates.restarts(self._city, self._city.arbitration_office, office),
            form_id=form,
        )

    # How things are called.

    def _entry(
        self, language: str, session: Session, state: Assignment, now: datetime
    ) -> Mapping[str, Any]:
        """What the lists and the head of a page say of any matter."""
        matter, decision = state.matter, state.decision
        unrouted = isinstance(state, Unrouted)
        asked = state.asked if isinstance(state, Unrouted) else None
        claim = claim_of(state, now)
        return {
            "id": state.inquiry_id,
            "number": matter.receipt_number,
            "received_at": matter.received_at,
            "due_at": decision.due_at,
            "provisional": not matter.service_code,
            "urgency": dates.urgency(state, now).value
            if isinstance(state, Unrouted)
            else "overdue"
            if now > decision.due_at and isinstance(state, Assigned)
            else "waiting",
            "reason": self.say(language, f"reason.{state.decision.reason}")
            if isinstance(state, Unrouted)
            else "",
            "service": self._service(matter.service_code),
            "unrouted": unrouted,
            "asked": None if asked is None else self._question(language, asked, state),
            "claim": claim,
            "mine": claim is not None and claim.session == session.id,
        }

    def _case(
        self, language: str, session: Session, state: Assignment, now: datetime
    ) -> Mapping[str, Any]:
        """What the list of arbitrations says of a matter in arbitration."""
        assert isinstance(state, Assigned)
        open_ = state.arbitration
        assert open_ is not None
        return {
            **self._entry(language, session, state, now),
            "cause": self.say(language, f"cause.{open_.cause}"),
            "decide_by": open_.decide_by,
            "late": now > open_.decide_by,
            "hops": state.hops,
            "refusals": [
                self._attempt(language, one) for one in state.attempts if one.refused is not None
            ],
        }

    def _attempt(self, language: str, attempt: Attempt) -> Mapping[str, Any]:
        rule = f"rule.{attempt.rule}"
        return {
            "office": self._city.office_name(attempt.office_id, language),
            "at": attempt.assigned_at,
            "why": self.say(language, rule)
            if self.has(language, rule)
            else self.say(language, "rule.other"),
            "refused": self.say(language, f"refused.{attempt.refused}") if attempt.refused else "",
            "taken_at": attempt.taken_at,
            "take_by": attempt.take_by,
            "escalated": self.say(language, f"escalated.{attempt.escalated}")
            if attempt.escalated
            else "",
        }

    def _question(self, language: str, asked: Asked, state: Assignment) -> Mapping[str, Any]:
        match asked.about:
            case AskedAbout.PLACE:
                question = asked.question
                text = (
                    {} if question is None else self._city.ask(question, state.matter.district_code)
                )
                offered = [self._city.office_name(id_, language) for id_ in asked.candidates]
            case AskedAbout.SERVICE:
                text, offered = {}, [self._service_name(language, c) for c in asked.candidates]
            case _ as never:
                assert_never(never)
        return {
            "number": asked.number,
            "text": label(text, language).text if text else self.say(language, "question.service"),
            "offered": offered,
            "asked_at": asked.asked_at,
            "answer_by": asked.answer_by,
            "ended": self.say(language, f"ended.{asked.ended}") if asked.ended else "",
        }

    def _services(self, language: str, opened: Opened) -> Sequence[tuple[str, list[Any]]]:
        """The services to choose from, in groups: what the words may mean, then all of today."""
        state = opened.assignment
        guessed = [guess.service for guess in opened.guesses]
        found = [state.matter.service_code] if state.matter.service_code else []
        likely = [
            code for code in dict.fromkeys([*found, *guessed]) if code in self._city.catalogue
        ]
        today = state.matter.received_at.astimezone(self._city.timezone).date()
        rest = sorted(
            (self._service_name(language, one.code), one.code)
            for one in self._city.services_on(today)
            if one.code not in likely
        )
        groups = [
            ("likely", [(code, self._service_name(language, code)) for code in likely]),
            ("all", [(code, name) for name, code in rest]),
        ]
        return [(self.say(language, f"services.{key}"), some) for key, some in groups if some]

    def _groups(
        self, language: str, choice: Choice | None
    ) -> Sequence[tuple[str, list[tuple[str, str]]]]:
        """The offices to choose from: those of the rules, the city's, the districts', the
        dongs'."""
        if choice is None:
            return []

        def named(offices: Sequence[Office]) -> list[tuple[str, str]]:
            return [(one.id, self._city.office_name(one.id, language)) for one in offices]

        groups = [("by_rules", named(choice.by_rules))]
        groups += [
            (kind.value, named([one for one in choice.others if one.kind is kind]))
            for kind in OfficeKind
        ]
        return [(self.say(language, f"offices.{key}"), some) for key, some in groups if some]

    def _place(self, language: str, words: Words | None) -> str:
        """The place as the citizen gave it."""
        place = words.question.place if words and words.question else None
        match place:
            case Place(address=str(address)):
                return address
            case Place(code=str(code)):
                return self._city.place_label(code) or code
            case Place(lat=float(lat), lon=float(lon)):
                return f"{lat:.5f}, {lon:.5f}"
            case _:
                return ""

    def _picture(self, state: Assignment) -> Mapping[str, Any] | None:
        """The district that was found, with the dong marked where that was; None without either."""
        district, dong = state.matter.district_code, state.matter.dong_code
        if not district:
            return None
        if district not in self._drawings:
            self._drawings[district] = of_district(self._city, district)
        drawing = self._drawings[district]
        found = self._city.place_label(dong or district)

        def marked(shape: Shape) -> bool:
            return f"o-{dong}" in owners_of(shape)

        shapes = [] if drawing is None else [(one.path, marked(one)) for one in drawing.shapes]
        return {"drawing": drawing, "shapes": shapes, "label": found}

    def _source(self, language: str) -> str:
        """Whose data the areas are, which must stand beside a map of them."""
        source = self._city.areas_source
        return label(source, language).text if source else ""

    def _service(self, code: str) -> Mapping[str, str] | None:
        known = self._city.catalogue.get(code)
        return None if known is None else known.names

    def _service_name(self, language: str, code: str) -> str:
        names = self._service(code)
        return code if names is None else label(names, language).text

    def _said(self, language: str, said: Said | None) -> str:
        return "" if said is None else self.say(language, f"said.{said.key}", **said.values)

    def _render(self, template: str, language: str, *page: Any, **values: Any) -> HTMLResponse:
        """A page that can name services and offices; `page` and `values` as `render`."""
        return self.render(
            template,
            language,
            *page,
            service_name=lambda code: self._service_name(language, code),
            office_name=lambda id_: self._city.office_name(id_, language),
            **values,
        )


def _chosen(written: Written) -> Mapping[str, str]:
    return {"service": written.service} if written.service else {}


def _in_arbitration(state: Assignment) -> bool:
    return isinstance(state, Assigned) and state.arbitration is not None


def _attempts(state: Assignment) -> Sequence[Attempt]:
    return () if isinstance(state, Unrouted) else state.attempts


def _office(state: Assignment) -> str:
    attempts = _attempts(state)
    return attempts[-1].office_id if attempts else ""


__all__ = [
    "PATH",
    "DeskPages",
    "Offer",
    "Opened",
    "Said",
    "Words",
    "Written",
]
