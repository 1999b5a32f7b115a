"""What one office may do and see of cases: whose they are is asked here, and nowhere else.

An office does and sees its own work. A district also reads what lies at its community offices
(`case`, `on_desk`, `may_list`); it does nothing there. Every other case is as one that does not
exist.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from services.cities import City, Due, FieldType, OutOfCalendar
from services.common.aggregates.command_id import cause_id
from services.common.aggregates.update import Cause, Settled, Store, Stored, Update
from services.common.kernel import DomainError, Kind, StaleVersion
from services.common.process import telemetry
from services.districts.application.offices import Directory
from services.districts.application.ports import ActWords, CitizenWords, Words
from services.districts.domain.case import decide, file, in_time
from services.districts.domain.case.allowed import allowed
from services.districts.domain.case.commands import (
    Answer,
    AnswerConsultation,
    Command,
    DecidePermit,
    Decline,
    ExtendConsultation,
    PermitCommand,
    RecordCollection,
    RevokePermit,
)
from services.districts.domain.case.model import Case, Item, item_for
from services.districts.domain.permit import decide as permit
from services.districts.domain.permit.keeping import keeper

Submit = Callable[[Update[Case]], Awaitable[Settled[Case]]]

# The pack's limit on how long after an act an office may enter it.
BACKDATING = "backdating"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormAnswer:
    """A field that the citizen filled in. `name` and `choice_name` are in the city's first
    language, `type` is what the field holds; the code, empty and None where the form has it no
    more."""

    code: str
    name: str
    type: FieldType | None
    value: str
    choice_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenAct:
    """What the citizen did about the matter since, in their words. `decided` is what became of it
    at the case, None where it is not heard of here yet."""

    said: ActWords
    decided: file.CitizenAct | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseToHandle:
    """A case as its office reads it.

    `dong_name` and `service_name` say in the city's first language what the codes of the place and
    of the matter mean; empty where there is no code, or none that the city knows. `form` is the
    citizen's, field by field, `acts` what they did since. `office_id` is the office that has it;
    where `read_only`, that is a community office of the reader's district.
    """

    office_id: str
    read_only: bool
    item: Item
    words: CitizenWords
    dong_name: str
    service_name: str
    form: tuple[FormAnswer, ...] = ()
    acts: tuple[CitizenAct, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOnDesk:
    """A case as a person of an office reads it: all of it, at a version.

    `office_id` and `read_only` as of CaseToHandle; `allowed` are the commands that would change it
    now, by name. `words` is None where `why_no_words`, the slug of the refusal, says why they
    cannot be shown now; `form` and `acts` are empty then.
    """

    office_id: str
    read_only: bool
    state: Case
    version: int
    allowed: tuple[str, ...]
    words: CitizenWords | None
    why_no_words: str = ""
    form: tuple[FormAnswer, ...] = ()
    acts: tuple[CitizenAct, ...] = ()


class OfficeWork:
    """What one office may do and see; the office is the caller's, never an argument it chose."""

    def __init__(
        self,
        *,
        city: City,
        directory: Directory,
        submit: Submit,
        store: Store[Case],
        words: Words,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._city = city
        self._directory = directory
        self._submit = submit
        self._store = store
        self._words = words
        self._clock = clock
        self._new_id = new_id

    async def carry_out(
        self, office_id: str, inquiry_id: str, command: Command | PermitCommand
    ) -> Item:
        """The case as the office sees it once its command is stored.

        Raises DomainError: `unknown_office` and `invalid_command_id` (INVALID) besides those of
        `in_time.carry_out`, StaleVersion, and those of `GroupCommit.submit`.
        """
        case, version = await self._carried_out(office_id, inquiry_id, command)
        if isinstance(command, RecordCollection | RevokePermit) and case is not None:
            document = permit.document_of(case.work.permit, command.document_no)
            if keeper(document, self._directory.city_on(self._today()), self._clock()) == office_id:
                # Of an office that has closed its follower sees the case as that office did.
                return _seen(case, document.office_id, version)
        return _seen(case, office_id, version)

    async def answer_consultation(
        self, office_id: str, inquiry_id: str, command: AnswerConsultation
    ) -> datetime:
        """When the answer of an office that was asked was given, once it is stored. Raises as
        `carry_out`."""
        case, _ = await self._carried_out(office_id, inquiry_id, command)
        asked = case.file.consultations if case is not None else ()
        for one in asked:
            if one.number == command.number and one.answered_at is not None:
                return one.answered_at
        raise decide.unknown_case()

    async def extend_consultation(
        self, office_id: str, inquiry_id: str, command: ExtendConsultation
    ) -> datetime:
        """When the answer of an office that was asked is due, once its extension is stored. Raises
        as `carry_out`."""
        case, _ = await self._carried_out(office_id, inquiry_id, command)
        asked = case.file.consultations if case is not None else ()
        for one in asked:
            if (one.number, one.office_id) == (command.number, office_id):
                return one.due_at
        raise decide.unknown_case()

    async def _carried_out(
        self, office_id: str, inquiry_id: str, command: Command | PermitCommand
    ) -> tuple[Case | None, int]:
        """The case and its version once the command is stored."""
        self._check(command, office_id)
        enter_by = self._enter_by(command.occurred_at)
        update = Update(
            target=inquiry_id,
            cause=Cause(
                id=self._cause_id(office_id, command),
                correlation_id=inquiry_id,
                traceparent=telemetry.current_traceparent(),
            ),
            decide=partial(self._decide, office_id=office_id, command=command, enter_by=enter_by),
            expected_version=command.expected_version,
        )
        try:
            settled = await self._submit(update)
        except DomainError as refused:
            if refused.kind is Kind.CONFLICT and command.expected_version is not None:
                await self._must_be_at(command.expected_version, inquiry_id, office_id)
            raise
        if settled.applied:
            return settled.state, settled.version
        # What this process remembers may be older than what another one has stored since.
        stored = await self._stored(inquiry_id)
        return stored.state, stored.version

    def _decide(
        self,
        state: Case | None,
        *,
        office_id: str,
        command: Command | PermitCommand,
        enter_by: datetime | None,
    ) -> decide.CaseChange | None:
        # The clock is read here, not when the command came, because the command may have waited
        # since. Whoever resumes a watch relies on each change being stored soon after the time that
        # it bears (`feed.MARGIN`).
        now = self._clock()
        entry = decide.Entry(now=now, by=enter_by)
        # With the offices as they are recorded, which may be others than the pack's.
        city = self._directory.city_on(self._today())
        change = in_time.carry_out(
            state, city=city, command=command, office_id=office_id, entry=entry
        )
        if change is None and command.command_id:
            # The command asks for what is so already. Its id is stored all the same: in a later
            # round that is no longer so, and the same command sent again must not act then.
            return decide.note(state, office_id=office_id, now=now)
        return change

    def _enter_by(self, occurred_at: datetime | None) -> datetime | None:
        """Until when an act of that time may be entered; None: without a limit."""
        if occurred_at is None or BACKDATING not in self._city.limits:
            return None
        try:
            due = self._city.due_of(self._city.term_within(BACKDATING, occurred_at))
        except OutOfCalendar:
            return occurred_at
        assert isinstance(due, Due), "a term without suspensions is never paused"
        return due.at

    def _cause_id(self, office_id: str, command: Command | PermitCommand) -> str:
        """The id of the cause: new when the office gave the command no id. Raises DomainError
        `invalid_command_id` (INVALID)."""
        if not command.command_id:
            return self._new_id()
        said = repr(replace(command, command_id="", expected_version=None))
        if isinstance(command, Answer | DecidePermit):
            said += command.officer_code
        return cause_id(office_id, type(command).__name__, command.command_id, said)

    async def case(self, office_id: str, inquiry_id: str) -> CaseToHandle:
        """A case that the office may read, with the citizen's words: one that lies there or, for
        a district, at one of its community offices.

        Raises `unknown_case` (NOT_FOUND), also for a case that has left the office, and
        `words_missing` (UNAVAILABLE) when intake does not hold the inquiry.
        """
        case, version = await self._readable(inquiry_id, office_id)
        lies_at = case.work.office_id
        words = await self._words_of(inquiry_id, office_id)
        item = _seen(case, lies_at, version)
        return CaseToHandle(
            office_id=lies_at,
            read_only=lies_at != office_id,
            item=item,
            words=words,
            dong_name=self._city.place_label(words.dong_code),
            service_name=self._city.service_label(item.service_code),
            form=tuple(self._form(item.service_code, words)),
            acts=tuple(_acts(case, words)),
        )

    async def on_desk(self, office_id: str, inquiry_id: str) -> CaseOnDesk:
        """A case that the office may read, all of it, as the clock has made it by now, and also
        while the citizen's words cannot be had.

        Raises `unknown_case` (NOT_FOUND) as `case`, and UNAVAILABLE where the case itself cannot be
        read.
        """
        case, version = await self._readable(inquiry_id, office_id)
        city, now = self._directory.city_on(self._today()), self._clock()
        case = in_time.as_of(case, city=city, now=now)
        lies_at = case.work.office_id
        words, why = None, ""
        try:
            words = await self._words_of(inquiry_id, office_id)
        except DomainError as error:
            why = error.slug
        code = case.work.matter.service_code
        return CaseOnDesk(
            office_id=lies_at,
            read_only=lies_at != office_id,
            state=case,
            version=version,
            allowed=allowed(case, office_id, city, now),
            words=words,
            why_no_words=why,
            form=() if words is None else tuple(self._form(code, words)),
            acts=() if words is None else tuple(_acts(case, words)),
        )

    async def item(self, office_id: str, inquiry_id: str) -> Item:
        """What the office sees of a case that lies or lay with it. Raises `unknown_case`
        (NOT_FOUND), UNAVAILABLE."""
        stored = await self._stored(inquiry_id)
        return _seen(stored.state, office_id, stored.version)

    def directed_by(self, office_id: str) -> Sequence[str]:
        """The offices whose work this one reads beside its own: for a district its community
        offices, in the city's order."""
        today = self._today()
        known = dict.fromkeys([*self._city.offices, *(one.id for one in self._directory.all())])
        return [one for one in known if one != office_id and self._directs(office_id, one, today)]

    def may_list(self, office_id: str, lies_at: str) -> frozenset[str]:
        """The services whose matters are left out when the office reads the list of `lies_at`; none
        for its own. Raises `unknown_office` (NOT_FOUND) for a list that it may not read."""
        if lies_at == office_id:
            return frozenset()
        if lies_at not in self._directory or not self._directs(office_id, lies_at, self._today()):
            raise DomainError("unknown_office", Kind.NOT_FOUND, "no such office to read")
        return self._city.sealed

    async def _readable(self, inquiry_id: str, office_id: str) -> tuple[Case, int]:
        """A case that the office may read, and its version."""
        stored = await self._stored(inquiry_id)
        if stored.state is None or not self._may_read(stored.state, office_id):
            raise decide.unknown_case()
        return stored.state, stored.version

    async def _words_of(self, inquiry_id: str, office_id: str) -> CitizenWords:
        words = await self._words.of(inquiry_id, office_id)
        if words is None:
            raise DomainError(
                "words_missing", Kind.UNAVAILABLE, "intake does not hold this inquiry; try again"
            )
        return words

    def _form(self, service_code: str, words: CitizenWords) -> Iterator[FormAnswer]:
        kind, language = self._city.permit_kinds.get(service_code), self._city.languages[0]
        fields = {} if kind is None else {field.code: field for field in kind.form}
        for code, value in words.attributes:
            field = fields.get(code)
            choices = () if field is None else field.choices
            chosen = (one.names[language] for one in choices if one.code == value)
            yield FormAnswer(
                code=code,
                name=code if field is None else field.names[language],
                type=None if field is None else field.type,
                value=value,
                choice_name=next(chosen, ""),
            )

    def _may_read(self, case: Case, office_id: str) -> bool:
        """Whether an office may read the case: its own, or one that lies at a community office of
        its district, whose head directs that office (「지방자치법」 제133조). Nobody reads a sealed
        matter but the office that has it."""
        lies_at = case.work.office_id
        if lies_at == office_id:
            return True
        if case.work.matter.service_code in self._city.sealed:
            return False
        return self._directs(office_id, lies_at, self._today())

    def _directs(self, office_id: str, other_id: str, day: date) -> bool:
        return office_id == f"d-{self._directory.district_of(other_id, day)}"

    def _today(self) -> date:
        return self._clock().astimezone(self._city.timezone).date()

    async def _must_be_at(self, version: int, inquiry_id: str, office_id: str) -> None:
        """Raises StaleVersion when the case is at the office in another version than the one that
        the office decided on. This comes before the refusal itself: the office must first see the
        case as it is now.

        The case is read once more for it, because a rule that refuses does not know the version of
        the state that it was given. Only a refused command that names a version pays for that.
        """
        stored = await self._stored(inquiry_id)
        at_office = stored.state is not None and stored.state.work.office_id == office_id
        if at_office and stored.version != version:
            raise StaleVersion(stored.version)

    async def _stored(self, inquiry_id: str) -> Stored[Case]:
        stored = (await self._store.load([inquiry_id])).get(inquiry_id)
        return stored or Stored(id=inquiry_id, version=0, state=None)

    def _check(self, command: Command | PermitCommand, office_id: str) -> None:
        """Raises `unknown_office` when the command suggests an office that is not in the city, or
        the caller's own."""
        suggested = command.suggested_office_id if isinstance(command, Decline) else ""
        if suggested and (suggested not in self._directory or suggested == office_id):
            raise DomainError(
                "unknown_office",
                Kind.INVALID,
                "must be another office of this city, or empty",
                field="suggested_office_id",
            )


def _acts(case: Case, words: CitizenWords) -> Iterator[CitizenAct]:
    decided = {one.number: one for one in case.file.acts}
    for said in words.acts:
        yield CitizenAct(said=said, decided=decided.get(said.number))


def _seen(case: Case | None, office_id: str, version: int) -> Item:
    item = item_for(case, office_id, version) if case is not None else None
    if item is None:
        raise decide.unknown_case()
    return item
