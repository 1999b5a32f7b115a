"""The desk at `/desk`: officials sign in with a key, see what waits for them and decide.

Owns which page an address leads to, and who may see and do what. Scopes are those of the API. What
a page shows is left to `pages/desk`, signing in and forms to the kit's `pages.desks`.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response

from services.cities import City
from services.common.edge.sessions import Session, Sessions
from services.common.kernel import DomainError, Kind
from services.common.pages.desks import Front, redirect
from services.common.process import telemetry
from services.routing.application.choices import Choices
from services.routing.application.examples import Teaching
from services.routing.application.handlers import Routing
from services.routing.application.ports import Desk, UnroutedQueue
from services.routing.application.ports import Words as AskWords
from services.routing.application.rulesets import RulesInForce
from services.routing.domain.assignment.claiming import claim_of
from services.routing.domain.assignment.events import AskedAbout
from services.routing.domain.assignment.model import (
    Assigned,
    Assignment,
    Ended,
    Rule,
    Unrouted,
    WaitingFor,
)
from services.routing.domain.example.decide import sentence
from services.routing.domain.policy import may_be_sealed
from services.routing.entrypoints.explanation import explained
from services.routing.entrypoints.pages.desk import (
    PATH,
    DeskPages,
    Offer,
    Opened,
    Said,
    Words,
    Written,
)
from services.routing.entrypoints.scopes import ASSIGN, ASSIGNMENTS, SEALED, hidden_from

log = logging.getLogger(__name__)

# Matters on a page of a list. More: the page is long on a keyboard. Fewer: what is due later than
# these is seen only once they are gone.
MOST_LISTED = 100
_MOST_FIELDS = 10
# The pages that signing in may lead on to, beside the first.
_PAGES = "/arbitrations|/matters/[A-Za-z0-9-]{1,64}"
# What an action needs: whoever may not see a matter does nothing to it.
_ACTS = (ASSIGNMENTS, ASSIGN)
_NOTHING = Written()

Id = Annotated[str, Path(min_length=1, max_length=64)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Who sits there, and in which language."""

    session: Session
    language: str
    hidden: frozenset[str]

    @property
    def caller(self) -> str:
        """The id of the key's caller."""
        return self.session.caller.id

    def has(self, scope: str) -> bool:
        """Whether the key has the scope."""
        return scope in self.session.caller.scopes


Show: TypeAlias = Callable[[Seat], Awaitable[Response]]
Do: TypeAlias = Callable[[Seat, Mapping[str, str]], Awaitable[Response]]


class DeskSite:
    """The addresses of the desk. `present` gives the city of now, which names the offices."""

    def __init__(
        self,
        *,
        present: Callable[[], City],
        routing: Routing,
        queue: UnroutedQueue,
        desk: Desk,
        rules: RulesInForce,
        words: AskWords,
        choices: Choices,
        teaching: Teaching,
        sessions: Sessions,
        pages: DeskPages,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._present = present
        self._routing = routing
        self._queue = queue
        self._desk = desk
        self._rules = rules
        self._words = words
        self._choices = choices
        self._teaching = teaching
        self._pages = pages
        self._front = Front(
            path=PATH,
            pages_within=_PAGES,
            sessions=sessions,
            pages=pages,
            most_fields=_MOST_FIELDS,
        )
        self._clock = clock
        self._new_id = new_id

    @property
    def _city(self) -> City:
        return self._present()

    def routes(self) -> APIRouter:
        """The routes under /desk."""
        router = APIRouter(
            prefix=PATH, include_in_schema=False, default_response_class=HTMLResponse
        )
        for path, shows in (
            ("", self.queue),
            ("/arbitrations", self.arbitrations),
            ("/matters/{inquiry_id}", self.matter),
            ("/matters/{inquiry_id}/designate", self.confirm),
        ):
            router.add_api_route(path, shows, methods=["GET"])
        for path, does in (
            ("/sign-in", self._front.sign_in),
            ("/sign-out", self._front.sign_out),
            ("/matters/{inquiry_id}/take", self.take),
            ("/matters/{inquiry_id}/release", self.release),
            ("/matters/{inquiry_id}/assign", self.assign),
            ("/matters/{inquiry_id}/ask", self.ask),
            ("/matters/{inquiry_id}/designate", self.designate),
        ):
            router.add_api_route(path, does, methods=["POST"])
        return router

    # What there is to see.

    async def queue(
        self, request: Request, waiting_for: WaitingFor = WaitingFor.PERSON, after: str = ""
    ) -> Response:
        """What waits for a person, or for the citizens."""

        async def show(seat: Seat) -> Response:
            now = self._clock()
            state = await self._queue.state(waiting_for, now, seat.hidden)
            entries = await self._queue.due_first(waiting_for, MOST_LISTED, seat.hidden)
            return self._pages.queue(
                seat.language,
                seat.session,
                waiting_for=waiting_for,
                state=state,
                entries=entries,
                now=now,
                said=await self._came_of(seat, after, request),
            )

        return await self._shown(request, show)

    async def arbitrations(self, request: Request, after: str = "") -> Response:
        """What lies with the arbitration desk."""

        async def show(seat: Seat) -> Response:
            now = self._clock()
            state = await self._desk.state(now, seat.hidden)
            entries = await self._desk.decide_first(MOST_LISTED, seat.hidden)
            return self._pages.arbitrations(
                seat.language,
                seat.session,
                state=state,
                entries=entries,
                now=now,
                said=await self._came_of(seat, after, request),
            )

        return await self._shown(request, show)

    async def matter(
        self, request: Request, inquiry_id: Id, service: str = "", said: str = ""
    ) -> Response:
        """One matter. The citizen's words are asked of intake for this look, and noted there."""

        async def show(seat: Seat) -> Response:
            telemetry.annotate(inquiry_id)
            state = await self._routing.assignment(inquiry_id, hidden=seat.hidden)
            opened = await self._opened(seat, state, Written(service=service))
            return self._pages.matter(
                seat.language,
                seat.session,
                opened,
                now=self._clock(),
                said=self._of_claim(seat, state, said),
            )

        return await self._shown(request, show)

    async def confirm(self, request: Request, inquiry_id: Id, office: str = "") -> Response:
        """What naming an office will do."""

        async def show(seat: Seat) -> Response:
            state = await self._routing.assignment(inquiry_id, hidden=seat.hidden)
            if not isinstance(state, Assigned) or state.arbitration is None:
                raise DomainError("not_in_arbitration", Kind.CONFLICT, "it is decided by now")
            choice = self._choices.to_designate(state)
            able = {one.id: one for one in (*choice.by_rules, *choice.others)}
            if office not in able:
                raise _choose("office")
            return self._pages.confirm(
                seat.language,
                seat.session,
                state,
                able[office],
                form=self._new_id(),
                now=self._clock(),
            )

        return await self._shown(request, show, _ACTS, inquiry_id, Written(office=office))

    # What there is to do.

    async def take(self, request: Request, inquiry_id: Id) -> Response:
        """Shows the others that somebody works on it."""

        async def do(seat: Seat, _: Mapping[str, str]) -> Response:
            await self._seen(seat, inquiry_id)
            await self._routing.claim(inquiry_id, caller=seat.caller, session=seat.session.id)
            return redirect(_page(inquiry_id), seat.language, said="claimed")

        return await self._done(request, _ACTS, do, inquiry_id)

    async def release(self, request: Request, inquiry_id: Id) -> Response:
        """Ends that."""

        async def do(seat: Seat, _: Mapping[str, str]) -> Response:
            await self._seen(seat, inquiry_id)
            await self._routing.release(inquiry_id, session=seat.session.id)
            return redirect(_page(inquiry_id), seat.language, said="released")

        return await self._done(request, _ACTS, do, inquiry_id)

    async def assign(self, request: Request, inquiry_id: Id) -> Response:
        """Gives it to an office, and keeps the sentence for the training if there is one."""

        async def do(seat: Seat, form: Mapping[str, str]) -> Response:
            state = await self._seen(seat, inquiry_id)
            written = _written(form)
            taught = await self._sentence(seat, state, written)
            if not written.office:
                raise _choose("office")
            await self._routing.assign(
                inquiry_id,
                office_id=written.office,
                service_code=written.service,
                caller=seat.caller,
            )
            came = await self._taught(seat, written, taught) if taught else ""
            return redirect(PATH, seat.language, after=inquiry_id, taught=came)

        return await self._done(request, _ACTS, do, inquiry_id)

    async def ask(self, request: Request, inquiry_id: Id) -> Response:
        """Has the citizen asked."""

        async def do(seat: Seat, form: Mapping[str, str]) -> Response:
            await self._seen(seat, inquiry_id)
            about = form.get("about", "")
            if about not in tuple(AskedAbout):
                raise DomainError("invalid_form", Kind.INVALID, "load the page anew")
            await self._routing.ask(inquiry_id, about=AskedAbout(about), caller=seat.caller)
            return redirect(PATH, seat.language, after=inquiry_id)

        return await self._done(request, _ACTS, do, inquiry_id)

    async def designate(self, request: Request, inquiry_id: Id) -> Response:
        """Names the office of what lies in arbitration, after it was confirmed."""

        async def do(seat: Seat, form: Mapping[str, str]) -> Response:
            await self._seen(seat, inquiry_id)
            written = _written(form)
            await self._routing.designate(
                inquiry_id,
                office_id=written.office,
                caller=seat.caller,
                command_id=written.form,
            )
            return redirect(f"{PATH}/arbitrations", seat.language, after=inquiry_id)

        return await self._done(request, _ACTS, do, inquiry_id)

    # How every page and every action is answered.

    async def _shown(
        self,
        request: Request,
        show: Show,
        scopes: tuple[str, ...] = (ASSIGNMENTS,),
        inquiry_id: str = "",
        written: Written = _NOTHING,
    ) -> Response:
        """A page for whoever is signed in and has the scopes."""

        async def page(session: Session, language: str) -> Response:
            seat = self._seat(session, language)
            return await self._answered(seat, scopes, lambda: show(seat), inquiry_id, written)

        return await self._front.shown(request, page)

    async def _done(
        self, request: Request, scopes: tuple[str, ...], do: Do, inquiry_id: str = ""
    ) -> Response:
        """An action of whoever is signed in and has the scopes."""

        async def action(session: Session, language: str, form: Mapping[str, str]) -> Response:
            seat = self._seat(session, language)
            return await self._answered(
                seat, scopes, lambda: do(seat, form), inquiry_id, _written(form)
            )

        page = _page(inquiry_id) if inquiry_id else PATH
        return await self._front.done(request, action, page=page, texts=("sentence",))

    async def _answered(
        self,
        seat: Seat,
        scopes: tuple[str, ...],
        answer: Callable[[], Awaitable[Response]],
        inquiry_id: str,
        written: Written,
    ) -> Response:
        """The answer, or why there is none: on the page of the matter where there is one, with what
        was written."""
        missing = next((one for one in scopes if not seat.has(one)), "")
        try:
            if missing:
                seat.session.caller.must(missing)
            return await answer()
        except DomainError as error:
            return await self._refused(seat, error, missing, inquiry_id, written)

    async def _refused(
        self, seat: Seat, error: DomainError, missing: str, inquiry_id: str, written: Written
    ) -> Response:
        language, session = seat.language, seat.session
        if missing or not inquiry_id or error.kind in (Kind.NOT_FOUND, Kind.FORBIDDEN):
            kept = written.sentence
            return self._pages.refused(language, session, error, missing, kept=kept)
        try:
            state = await self._routing.assignment(inquiry_id, hidden=seat.hidden)
            opened = await self._opened(seat, state, written)
        except DomainError as worse:
            return self._pages.refused(language, session, worse, kept=written.sentence)
        return self._pages.matter(language, session, opened, now=self._clock(), error=error)

    def _seat(self, session: Session, language: str) -> Seat:
        hidden = frozenset(hidden_from(self._city, session.caller))
        return Seat(session=session, language=language, hidden=hidden)

    # What is known of a matter.

    async def _seen(self, seat: Seat, inquiry_id: str) -> Assignment:
        """The matter, if the official may see it: of another one nothing is learned by an order,
        either."""
        telemetry.annotate(inquiry_id)
        return await self._routing.assignment(inquiry_id, hidden=seat.hidden)

    async def _opened(self, seat: Seat, state: Assignment, written: Written) -> Opened:
        may_act = seat.has(ASSIGN)
        decision = state.decision
        opened = Opened(
            assignment=state,
            guesses=[g for g in decision.inputs.guesses if g.service not in seat.hidden],
            sections=explained(
                self._city,
                state.matter,
                decision,
                self._rules.of_version(decision.verdict.version),
                seat.language,
                seat.hidden,
            ),
            written=written,
        )
        match state:
            case Unrouted():
                opened = replace(opened, words=await self._words_of(seat, state))
                return self._with_offer(opened, state) if may_act else opened
            case Assigned(arbitration=arbitration) if may_act and arbitration is not None:
                return replace(opened, designate=self._choices.to_designate(state))
            case _:
                return opened

    def _with_offer(self, opened: Opened, state: Unrouted) -> Opened:
        """What may be done with it; the offices for the service that was chosen, else for the one
        that was found or is likeliest."""
        written = opened.written
        likeliest = opened.guesses[0].service if opened.guesses else ""
        service = written.service or state.matter.service_code or likeliest
        known = service in self._city.catalogue
        choice = self._choices.to_assign(state, service) if known else None
        office = written.office or (choice.by_rules[0].id if choice and choice.by_rules else "")
        return replace(
            opened,
            offer=Offer(choice=choice, questions=self._choices.questions(state)),
            written=replace(
                written,
                service=service if known else "",
                office=office,
                form=written.form or self._new_id(),
            ),
        )

    async def _words_of(self, seat: Seat, state: Unrouted) -> Words:
        """The citizen's words for this one look. What may be of a sealed service is read by its few
        alone."""
        sealed = state.matter.service_code in self._city.sealed
        if (sealed or may_be_sealed(self._city, state.decision.inputs)) and not seat.has(SEALED):
            return Words(why_not="sealed")
        try:
            found = await self._words.of([state.inquiry_id])
        except DomainError:
            return Words(why_not="away")
        question = found.get(state.inquiry_id)
        if question is None:
            return Words(why_not="missing")
        log.info(
            "desk.words_shown",
            extra={
                "inquiry_id": state.inquiry_id,
                "caller": seat.caller,
                "session": seat.session.id,
            },
        )
        return Words(question=question)

    async def _sentence(self, seat: Seat, state: Assignment, written: Written) -> str:
        """The sentence for the training as it will be kept, empty where none was written. It is
        held against the citizen's words as far as the official may read them."""
        if not written.sentence.strip():
            return ""
        words = await self._words_of(seat, state) if isinstance(state, Unrouted) else Words()
        return sentence(written.sentence, words.question.text if words.question else None)

    async def _taught(self, seat: Seat, written: Written, text: str) -> str:
        """Keeps a sentence; the matter has its office already, so that a failure undoes nothing."""
        try:
            await self._teaching.write(
                written.form, service_code=written.service, text=text, caller=seat.caller
            )
        except DomainError as error:
            log.warning("desk.not_taught", extra={"slug": error.slug, "caller": seat.caller})
            return "untaught"
        return "taught"

    # What the last action came to: told by what is so now, as anybody can write a query.

    async def _came_of(self, seat: Seat, after: str, request: Request) -> Said | None:
        if not after:
            return None
        try:
            state = await self._routing.assignment(after, hidden=seat.hidden)
        except DomainError as error:
            gone = error.kind is Kind.NOT_FOUND
            return Said(key="gone", values={}) if gone else None
        number = state.matter.receipt_number
        match state:
            case Assigned() | Ended():
                taught = request.query_params.get("taught", "")
                named = {Rule.DESIGNATED: "designated", Rule.TRANSFERRED: "transferred"}
                key = next((v for k, v in named.items() if k == state.current.rule), "assigned")
                if key == "assigned" and taught in ("taught", "untaught"):
                    key = f"assigned.{taught}"
                office = self._city.office_name(state.current.office_id, seat.language)
                return Said(key=key, values={"number": number, "office": office})
            case Unrouted(asked=asked) if asked is not None:
                return Said(key="asked", values={"number": number})
            case _:
                return None

    def _of_claim(self, seat: Seat, state: Assignment, said: str) -> Said | None:
        claim = claim_of(state, self._clock())
        mine = claim is not None and claim.session == seat.session.id
        true = {"claimed": mine, "released": not mine}
        return Said(key=said, values={}) if true.get(said) else None


def _page(inquiry_id: str) -> str:
    return f"{PATH}/matters/{inquiry_id}"


def _written(form: Mapping[str, str]) -> Written:
    return Written(
        service=form.get("service", ""),
        office=form.get("office", ""),
        sentence=form.get("sentence", ""),
        form=form.get("form", ""),
    )


def _choose(field: str) -> DomainError:
    return DomainError("unknown_office", Kind.INVALID, "choose one of the list", field=field)
