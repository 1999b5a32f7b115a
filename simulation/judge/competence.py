"""Who had to get each permit: reckoned from what the districts did and when, by days of receipt.

Pure, and apart from the city: the services' own registry is never asked. The law's rule: competent
is who held the power on the day of receipt; a recall that says so takes back what is not decided
yet (「지방자치법」 제117조; the supplementary provisions of the delegation ordinances).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from simulation.judge.history import Fact

_BEGINS = "InquiryAssigned"
_ENDS = ("CaseDeclined", "CaseAnswered", "CaseClosed")
HEARD_WITHIN_SECONDS = 5.0
"""So soon after a change's entry everybody has heard of it: until then either office is right."""
RETURNED_WITHIN_SECONDS = 75.0
"""The notice of 15 s that districts gives, two looks of 15 s each, and a machine that is slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A permit that may be delegated: for which place, and received when."""

    service: str
    dong_office: str
    district_office: str
    received_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """On which days a community office holds a power; both ends included, None open. Suspended
    stretches and a recall take from it; `closes_after` is the office's own last day."""

    since: date | None = None
    until: date | None = None
    suspended: tuple[tuple[date, date | None], ...] = ()
    recalled_from: date | None = None
    returns: bool = False
    closes_after: date | None = None

    def holds(self, received_on: date, today: date) -> bool:
        """Whether the office decides today what was received that day."""
        if self.since is not None and received_on < self.since:
            return False
        if self.until is not None and received_on > self.until:
            return False
        if any(a <= received_on and (b is None or received_on <= b) for a, b in self.suspended):
            return False
        if self.closes_after is not None and today > self.closes_after:
            return False
        if self.recalled_from is None:
            return True
        back = self.returns and self.recalled_from <= today
        return received_on < self.recalled_from and not back


NEVER = Days(since=date.max)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What a power was from a moment on: sent at one time, stored by another (Unix seconds)."""

    days: Days
    sent_at: float
    stored_at: float


@dataclass(slots=True)
class Powers:
    """Every power of every community office, with its history, by kind of permit and office."""

    _entered: dict[tuple[str, str], list[Entered]] = field(default_factory=dict)

    def seed(self, service: str, office: str, days: Days) -> None:
        """What holds before the day begins."""
        self._entered[service, office] = [Entered(days=days, sent_at=0.0, stored_at=0.0)]

    def now(self, service: str, office: str) -> Days:
        """The newest."""
        known = self._entered.get((service, office))
        return known[-1].days if known else NEVER

    def enter(
        self, service: str, office: str, days: Days, *, sent_at: float, stored_at: float
    ) -> None:
        """A change of the district's."""
        known = self._entered.setdefault((service, office), [])
        known.append(Entered(days=days, sent_at=sent_at, stored_at=stored_at))

    def close(self, office: str, after: date, *, sent_at: float, stored_at: float) -> None:
        """The office closes after that day, and every power of its with it."""
        for service, holder in list(self._entered):
            if holder == office:
                days = replace(self.now(service, office), closes_after=after)
                self.enter(service, office, days, sent_at=sent_at, stored_at=stored_at)

    def at(self, service: str, office: str, at: float) -> Sequence[Days]:
        """What the power may have been for whoever decided at that moment."""
        known = [Entered(days=NEVER, sent_at=0.0, stored_at=0.0)]
        known += self._entered.get((service, office), ())
        heard = [n for n, one in enumerate(known) if one.stored_at + HEARD_WITHIN_SECONDS <= at]
        return [one.days for one in known[heard[-1] if heard else 0 :] if one.sent_at <= at]

    def competent(self, what: Application, at: float, today: date) -> frozenset[str]:
        """The offices of which either is right for whoever decides at that moment."""
        return frozenset(
            what.dong_office if days.holds(what.received_on, today) else what.district_office
            for days in self.at(what.service, what.dong_office, at)
        )

    def recalled(self) -> Iterator[tuple[str, str, Entered]]:
        """Each recall: the kind, the office, and what was entered."""
        for (service, office), known in self._entered.items():
            for before, one in zip([None, *known], known, strict=False):
                was = before is not None and before.days.recalled_from is not None
                if one.days.recalled_from is not None and not was:
                    yield service, office, one


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An office's turn as the bus tells it: given at that time (Unix seconds) by the rules, or by
    a person. `ended_at` is when this office answered, declined or closed it; None while open.
    `suggested` is the office that it named when it declined."""

    attempt: int
    office_id: str
    at: float
    by_rules: bool
    ended_at: float | None = None
    suggested: str = ""


@dataclass(slots=True)
class Turns:
    """Every office's turn of first rounds, folded from facts in any order."""

    by_inquiry: dict[str, dict[int, Given]] = field(default_factory=dict)
    _ended: dict[tuple[str, int], tuple[float, str]] = field(default_factory=dict)

    def add(self, fact: Fact) -> None:
        """Takes a fact in, if it begins or ends a turn."""
        name = fact.label.partition(":")[0]
        message = fact.message
        if name not in (_BEGINS, *_ENDS) or message.round != 1:
            return
        id_, attempt = fact.inquiry_id, message.attempt
        turns = self.by_inquiry.setdefault(id_, {})
        if name == _BEGINS:
            turns[attempt] = Given(
                attempt=attempt,
                office_id=message.office_id,
                at=fact.time,
                by_rules=bool(message.ruleset_version),
            )
        else:
            suggested = message.suggested_office_id if name == "CaseDeclined" else ""
            self._ended[id_, attempt] = (fact.time, suggested)
        if attempt in turns and (id_, attempt) in self._ended:
            ended_at, suggested = self._ended[id_, attempt]
            turns[attempt] = replace(turns[attempt], ended_at=ended_at, suggested=suggested)

    def of(self, inquiry_id: str) -> Sequence[Given]:
        """The turns at this matter, the first one first."""
        return [given for _, given in sorted(self.by_inquiry.get(inquiry_id, {}).items())]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was judged: how many turns, how many of them only one office could have had, how many
    came by the receipt of an earlier day, how many went back after a recall; and what is wrong."""

    turns: int = 0
    clear: int = 0
    of_earlier_days: int = 0
    returned: int = 0
    faults: tuple[str, ...] = ()


def judge(
    applications: Mapping[str, Application],
    turns: Turns,
    powers: Powers,
    today: date,
) -> Verdict:
    """Whether each application lay with who was competent, and went back where a recall says so."""
    judged = clear = earlier = returned = 0
    faults: list[str] = []
    for inquiry_id, what in applications.items():
        had = turns.of(inquiry_id)
        first = had[0] if had else None
        if first is not None and first.by_rules:
            right = powers.competent(what, first.at, today)
            judged += 1
            clear += len(right) == 1
            earlier += what.received_on < today
            if first.office_id not in right:
                faults.append(
                    f"{inquiry_id}: {what.service} of {what.received_on} went to "
                    f"{first.office_id}, competent was {' or '.join(sorted(right))}"
                )
        gone = [one for one in had if one.suggested == what.district_office]
        returned += len(gone)
        faults += _taken(inquiry_id, what, gone, powers)
        faults += _kept(inquiry_id, what, had, powers)
    return Verdict(
        turns=judged,
        clear=clear,
        of_earlier_days=earlier,
        returned=returned,
        faults=tuple(faults),
    )


def _taken(
    inquiry_id: str, what: Application, gone: Iterable[Given], powers: Powers
) -> Iterator[str]:
    """What went to the district although nothing took it from the office."""
    for one in gone:
        assert one.ended_at is not None, "it was declined"
        if not any(days.returns for days in powers.at(what.service, one.office_id, one.ended_at)):
            yield f"{inquiry_id}: was taken from {one.office_id}, which was to finish it"


def _kept(
    inquiry_id: str, what: Application, had: Sequence[Given], powers: Powers
) -> Iterator[str]:
    """What an office still had long after a recall that takes it back."""
    for service, office, entered in powers.recalled():
        if (service, office) != (what.service, what.dong_office) or not entered.days.returns:
            continue
        until = entered.stored_at + RETURNED_WITHIN_SECONDS
        for one in had:
            late = one.ended_at is None or one.ended_at > until
            if one.office_id == office and one.by_rules and late:
                yield f"{inquiry_id}: still lay at {office} long after the recall"
