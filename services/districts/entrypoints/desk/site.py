"""The addresses of an office's desk, for a clerk whose office has no software of its own.

Owns which page an address leads to and what follows an action. Commands go through the handlers of
the gRPC API, with the id and the version that the form carried; what a page shows is left to
`pages/desk`, signing in and forms to the kit's `pages.desks`. Works without scripts.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response

from services.cities import City, PetitionKind
from services.common.edge.sessions import Session, Sessions
from services.common.kernel import DomainError, Kind, StaleVersion
from services.common.pages.desks import Front, redirect, words_of
from services.common.process import telemetry
from services.districts.application.case_files import Asked as Consulted
from services.districts.application.case_files import CaseFiles
from services.districts.application.desk_lists import Asked, DeskLists, Section
from services.districts.application.office_work import CaseOnDesk, OfficeWork
from services.districts.domain.case.commands import AnswerConsultation, ExtendConsultation
from services.districts.domain.case.model import Stage
from services.districts.entrypoints.desk.forms import (
    BY_ADDRESS,
    CONSULTATION,
    FORMS,
    MORE_TIME,
    ActForm,
    Written,
    command_of,
)
from services.districts.entrypoints.office_callers import OfficeCallers
from services.districts.entrypoints.pages.desk import PATH, DeskPages, Filled, Listed

log = logging.getLogger(__name__)

# The pages that signing in may lead on to, beside the first.
_PAGES = (
    "/consultations(?:/[A-Za-z0-9-]{1,64}/[0-9]{1,3})?|/cases/[A-Za-z0-9-]{1,64}(?:/[a-z-]{1,32})?"
)
# The longest form: a permit's documents, and what every form carries.
_MOST_FIELDS = 60
_INSERT = "insert"
# Before any list was read. Days near the first of all calendars cannot be told on other clocks.
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# Who answers for it, which a clerk would write into each of a morning's forms.
_OF_OFFICER = ("officer_unit", "officer_name", "officer_phone", "officer_code")
_OUR_OWN = ("form_token", "command_id", "version", "steps", "do", "block", "number")

Id = Annotated[str, Path(min_length=1, max_length=64)]
Slug = Annotated[str, Path(min_length=1, max_length=32)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Who sits there, for which office, and in which language; `officer` is what they wrote of
    themselves in a form of this session before."""

    session: Session
    language: str
    office_id: str
    officer: Mapping[str, str]


Show: TypeAlias = Callable[[Seat], Awaitable[Response]]
Do: TypeAlias = Callable[[Seat, Mapping[str, str]], Awaitable[Response]]


class DeskSite:
    """The addresses of the desk."""

    def __init__(
        self,
        *,
        city: City,
        work: OfficeWork,
        files: CaseFiles,
        lists: DeskLists,
        offices: OfficeCallers,
        sessions: Sessions,
        pages: DeskPages,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._city = city
        self._work = work
        self._files = files
        self._lists = lists
        self._offices = offices
        self._pages = pages
        self._clock = clock
        self._new_id = new_id
        self._sessions = sessions
        self._front = Front(
            path=PATH,
            pages_within=_PAGES,
            sessions=sessions,
            pages=pages,
            most_fields=_MOST_FIELDS,
        )

    def routes(self) -> APIRouter:
        """The routes under /desk."""
        router = APIRouter(
            prefix=PATH, include_in_schema=False, default_response_class=HTMLResponse
        )
        for path, shows in (
            ("", self.list),
            ("/cases/{inquiry_id}", self.case),
            ("/cases/{inquiry_id}/{address}", self.form),
            ("/consultations", self.consultations),
            ("/consultations/{inquiry_id}/{number}", self.consultation),
            ("/consultations/{inquiry_id}/{number}/more-time", self.more_time),
        ):
            router.add_api_route(path, shows, methods=["GET"])
        for path, does in (
            ("/sign-in", self._front.sign_in),
            ("/sign-out", self._front.sign_out),
            ("/cases/{inquiry_id}/{address}", self.act),
            ("/consultations/{inquiry_id}/{number}", self.answer_consultation),
            ("/consultations/{inquiry_id}/{number}/more-time", self.take_more_time),
        ):
            router.add_api_route(path, does, methods=["POST"])
        return router

    # What there is to see.

    async def list(
        self,
        request: Request,
        section: str = "",
        office: str = "",
        kind: str = "",
        service: str = "",
        permit: str = "",
        as_of: str = "",
        page: str = "",
        after: str = "",
    ) -> Response:
        """The office's work, or a list of a community office that a district directs."""

        async def show(seat: Seat) -> Response:
            now = self._lists.now()
            asked = Asked(
                lies_at=office or seat.office_id,
                as_of=_moment(as_of, now) if page else now,
                section=Section(section) if section in tuple(Section) else None,
                kind=PetitionKind(kind) if kind in tuple(PetitionKind) else None,
                service_code=service if service in self._city.catalogue else "",
                permit_only=permit == "yes",
            )
            found = await self._lists.page(seat.office_id, asked, page)
            listed = Listed(
                asked=asked,
                page=found,
                counts=await self._lists.counts(seat.office_id, asked),
                sections=[self._lists.section_of(item, now) for item in found.items],
                directed=self._work.directed_by(seat.office_id),
            )
            return self._pages.list(
                seat.language,
                seat.session,
                seat.office_id,
                listed,
                said=await self._came_of(seat, after),
            )

        return await self._shown(request, show)

    async def case(self, request: Request, inquiry_id: Id, said: str = "") -> Response:
        """One case. The citizen's words are asked of intake for this look, and noted there."""

        async def show(seat: Seat) -> Response:
            case = await self._opened(seat, inquiry_id)
            return self._case_page(seat, case, said=self._done_just_now(seat, case, said))

        return await self._shown(request, show)

    async def form(self, request: Request, inquiry_id: Id, address: Slug) -> Response:
        """The form of an act."""

        async def show(seat: Seat) -> Response:
            form = _form_at(address)
            case = await self._opened(seat, inquiry_id)
            if form.act not in _acts(case):
                raise _not_allowed(case)
            return self._pages.act(
                seat.language,
                seat.session,
                case,
                form,
                replace(self._new(case), usual=seat.officer),
                now=self._clock(),
            )

        return await self._shown(request, show)

    async def consultations(self, request: Request, after: str = "") -> Response:
        """What other offices asked of this one."""

        async def show(seat: Seat) -> Response:
            asked = await self._files.asked(seat.office_id)
            gone = after and all(one.inquiry_id != after for one in asked)
            said = self._pages.say(seat.language, "said.AnswerConsultation") if gone else ""
            return self._pages.consultations(seat.language, seat.session, asked, said=said)

        return await self._shown(request, show)

    async def consultation(self, request: Request, inquiry_id: Id, number: Slug) -> Response:
        """The form that answers one question."""
        return await self._question(request, inquiry_id, number, CONSULTATION)

    async def more_time(self, request: Request, inquiry_id: Id, number: Slug) -> Response:
        """The form that takes more time to answer one question."""
        return await self._question(request, inquiry_id, number, MORE_TIME)

    async def _question(
        self, request: Request, inquiry_id: str, number: str, form: ActForm
    ) -> Response:
        async def show(seat: Seat) -> Response:
            asked = await self._asked(seat, inquiry_id, number)
            filled = Filled(command_id=self._new_id(), version=0, steps=0)
            return self._pages.consultation(seat.language, seat.session, asked, form, filled)

        return await self._shown(request, show)

    # What there is to do.

    async def act(self, request: Request, inquiry_id: Id, address: Slug) -> Response:
        """An act on a case, or one more text block in its form."""

        async def do(seat: Seat, sent: Mapping[str, str]) -> Response:
            form, filled = _form_at(address), _filled(sent)
            if sent.get("do") == _INSERT:
                return await self._with_block(seat, inquiry_id, form, filled)
            try:
                command = command_of(
                    form,
                    filled.written,
                    self._city.timezone,
                    command_id=filled.command_id or self._new_id(),
                    expected_version=filled.version,
                )
                telemetry.annotate(inquiry_id)
                await self._work.carry_out(seat.office_id, inquiry_id, command)
            except DomainError as error:
                return await self._again(seat, inquiry_id, form, filled, error)
            if form.leaves:
                answer = redirect(PATH, seat.language, after=inquiry_id)
            else:
                answer = redirect(f"{PATH}/cases/{inquiry_id}", seat.language, said=form.act)
            self._remember(answer, seat, filled.written)
            return answer

        form = BY_ADDRESS.get(address)
        texts = () if form is None else form.texts
        return await self._done(request, do, f"/cases/{inquiry_id}/{address}", texts)

    async def answer_consultation(self, request: Request, inquiry_id: Id, number: Slug) -> Response:
        """The answer to another office."""
        return await self._on_question(request, inquiry_id, number, CONSULTATION)

    async def take_more_time(self, request: Request, inquiry_id: Id, number: Slug) -> Response:
        """More time for the answer."""
        return await self._on_question(request, inquiry_id, number, MORE_TIME)

    async def _on_question(
        self, request: Request, inquiry_id: str, number: str, form: ActForm
    ) -> Response:
        """An act of an office that was asked, by its form."""

        async def do(seat: Seat, sent: Mapping[str, str]) -> Response:
            filled = _filled(sent)
            try:
                command = command_of(
                    form,
                    {**filled.written, "number": number},
                    self._city.timezone,
                    command_id=filled.command_id or self._new_id(),
                    expected_version=0,
                )
                # The office does not see the case, so that no version of it was on the screen.
                command = replace(command, expected_version=None)
                match command:
                    case AnswerConsultation():
                        await self._work.answer_consultation(seat.office_id, inquiry_id, command)
                    case ExtendConsultation():
                        await self._work.extend_consultation(seat.office_id, inquiry_id, command)
            except DomainError as error:
                asked = await self._asked(seat, inquiry_id, number)
                return self._pages.consultation(
                    seat.language, seat.session, asked, form, filled, error=error
                )
            after = inquiry_id if form is CONSULTATION else ""
            return redirect(f"{PATH}/consultations", seat.language, after=after)

        return await self._done(request, do, f"/consultations/{inquiry_id}/{number}", form.texts)

    async def _with_block(
        self, seat: Seat, inquiry_id: str, form: ActForm, filled: Filled
    ) -> Response:
        """The form with the block that was chosen after what is written. The version stays that
        which the person saw."""
        case = await self._opened(seat, inquiry_id)
        able = form.act in _acts(case)
        if case.read_only:
            raise _not_allowed(case)
        text = self._pages.block(form, case, filled.block, self._clock())
        before = filled.written.get("text", "").rstrip()
        after = "\n\n".join(one for one in (before, text) if one)
        return self._pages.act(
            seat.language,
            seat.session,
            case,
            form,
            replace(filled, written={**filled.written, "text": after}),
            now=self._clock(),
            allowed=able,
            error=None if able else _not_allowed(case),
            inserted=True,
        )

    async def _again(
        self, seat: Seat, inquiry_id: str, form: ActForm, filled: Filled, error: DomainError
    ) -> Response:
        """The form once more, with what was written and what is wrong. Where the case has changed
        since the person saw it, what has, and the form for the case as it is now."""
        if error.kind in (Kind.NOT_FOUND, Kind.FORBIDDEN):
            raise error
        try:
            case = await self._opened(seat, inquiry_id)
        except DomainError as worse:
            if worse.kind is not Kind.UNAVAILABLE:
                raise
            return self._pages.kept(seat.language, seat.session, inquiry_id, form, filled, worse)
        able = form.act in _acts(case)
        changes = None
        if isinstance(error, StaleVersion):
            history = case.state.file.history
            changes = history[filled.steps :]
            filled = replace(filled, version=case.version, steps=len(history))
        if not form.fields and changes is None:
            return self._case_page(seat, case, error=error)
        return self._pages.act(
            seat.language,
            seat.session,
            case,
            form,
            filled,
            now=self._clock(),
            allowed=able,
            changes=changes,
            error=error,
        )

    # How every page and every action is answered.

    async def _shown(self, request: Request, show: Show) -> Response:
        async def page(session: Session, language: str) -> Response:
            return await self._answered(request, session, language, show)

        return await self._front.shown(request, page)

    async def _done(self, request: Request, do: Do, page: str, texts: Collection[str]) -> Response:
        async def action(session: Session, language: str, form: Mapping[str, str]) -> Response:
            kept = words_of(form, texts)
            return await self._answered(
                request, session, language, lambda seat: do(seat, form), kept
            )

        return await self._front.done(request, action, page=PATH + page, texts=texts)

    async def _answered(
        self, request: Request, session: Session, language: str, answer: Show, kept: str = ""
    ) -> Response:
        """The answer, or the page of the refusal with what was written for nothing: the case may
        have gone to another office, or a colleague may have answered the question."""
        try:
            office_id = self._offices.office_of(session.caller)
            officer = self._sessions.remembered(request, session)
            return await answer(
                Seat(session=session, language=language, office_id=office_id, officer=officer)
            )
        except DomainError as error:
            return self._pages.refused(language, session, error, kept=kept)

    def _remember(self, answer: Response, seat: Seat, written: Written) -> None:
        """What the clerk wrote of themselves, for the next form of the session."""
        said = {name: written[name].strip() for name in _OF_OFFICER if name in written}
        if any(said.values()):
            self._sessions.remember(answer, seat.session, {**seat.officer, **said})

    # What is known of a case.

    async def _opened(self, seat: Seat, inquiry_id: str) -> CaseOnDesk:
        telemetry.annotate(inquiry_id)
        case = await self._work.on_desk(seat.office_id, inquiry_id)
        if case.words is not None:
            who = {"caller": seat.session.caller.id, "session": seat.session.id}
            log.info("desk.words_shown", extra={"inquiry_id": inquiry_id, **who})
        return case

    async def _asked(self, seat: Seat, inquiry_id: str, number: str) -> Consulted:
        for one in await self._files.asked(seat.office_id):
            if one.inquiry_id == inquiry_id and str(one.consultation.number) == number:
                return one
        raise DomainError("unknown_consultation", Kind.NOT_FOUND, "no such question waits here")

    def _case_page(
        self, seat: Seat, case: CaseOnDesk, *, said: str = "", error: DomainError | None = None
    ) -> Response:
        return self._pages.case(
            seat.language,
            seat.session,
            seat.office_id,
            case,
            acts=_acts(case),
            now=self._clock(),
            form=self._new(case),
            said=said,
            error=error,
        )

    def _new(self, case: CaseOnDesk) -> Filled:
        return Filled(
            command_id=self._new_id(), version=case.version, steps=len(case.state.file.history)
        )

    # What the last action came to: told by what is so now, as anybody can write a query.

    def _done_just_now(self, seat: Seat, case: CaseOnDesk, said: str) -> str:
        """The sentence for an act, where it is the last step of the case or its last note."""
        file = case.state.file
        last = file.history[-1].act if file.history else ""
        noted = bool(file.notes) and file.notes[-1].office_id == seat.office_id
        if said in FORMS and (said == last or (said == "AddNote" and noted)):
            return self._pages.say(seat.language, f"said.{said}")
        return ""

    async def _came_of(self, seat: Seat, after: str) -> str:
        """The sentence for a case that the office has done with."""
        if not after:
            return ""
        try:
            item = await self._work.item(seat.office_id, after)
        except DomainError:
            return ""
        left = (Stage.ANSWERED, Stage.DECLINED, Stage.CLOSED)
        if item.stage not in left:
            return ""
        return self._pages.say(seat.language, f"said.left.{item.stage}", number=item.receipt_number)


def _form_at(address: str) -> ActForm:
    form = BY_ADDRESS.get(address)
    if form is None:
        raise DomainError("unknown_act", Kind.NOT_FOUND, "there is no such act")
    return form


def _acts(case: CaseOnDesk) -> Sequence[str]:
    """The acts that would change the case now and that a form is for."""
    return () if case.read_only else [act for act in FORMS if act in case.allowed]


def _not_allowed(case: CaseOnDesk) -> DomainError:
    if case.read_only:
        return DomainError("read_only", Kind.FORBIDDEN, "the case lies at another office")
    return DomainError("not_now", Kind.CONFLICT, "the case does not take that now")


def _filled(sent: Mapping[str, str]) -> Filled:
    written: Written = {name: value for name, value in sent.items() if name not in _OUR_OWN}
    return Filled(
        command_id=sent.get("command_id", "")[:64],
        version=_whole(sent.get("version", "")),
        steps=_whole(sent.get("steps", "")),
        written=written,
        block=sent.get("block", ""),
    )


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _moment(text: str, now: datetime) -> datetime:
    """The moment that a link of ours carries; now for anything else."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return now
    return at if at.tzinfo is not None and _EARLIEST <= at <= now else now
