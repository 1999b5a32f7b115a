"""The language of the rules of competence, what they are asked, and what they answer.

A rule set is an ordered list: the first rule whose conditions all hold names the offices, or the
question that has to be answered first. Bars say which offices lack the power to decide, whatever a
rule or a person says. Every value is a code; nothing here holds a citizen's words. Reading rules
from a file is the pack's (`pack/rules_file.py`), trying them is `deciding`, checking them `checks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from services.cities.catalogue.matter import Channel
from services.cities.catalogue.model import ALWAYS, Names, Validity

DESK_RULE = "arbitration"
"""The rule of a verdict for which no rule names an office that is open: the arbitration desk. No
rule of a rule set may have this id."""


class PlaceClass(StrEnum):
    """How much is known of where a matter lies."""

    RESOLVED = "resolved"
    """One community office."""
    DISTRICT = "district"
    """Several community offices of one district."""
    AMBIGUOUS = "ambiguous"
    """Several places, or only a suggestion: no district is known."""
    NONE = "none"
    """No place was given, or one that means nothing here."""
    OUTSIDE = "outside"
    """Beyond the city, by a point or by the words."""


class RoadWidth(StrEnum):
    """How wide a road is, where somebody has said it: the answer named `road_width`."""

    WIDE = "wide"
    NARROW = "narrow"
    UNKNOWN = "unknown"
    """No datum says: never guessed."""


class ConditionWord(StrEnum):
    """What a condition is about."""

    KNOWN = "known"
    """Whether the service is known: `yes` or `no`."""
    SERVICE = "service"
    WORKLOAD = "workload"
    PERMIT = "permit"
    ANYWHERE = "anywhere"
    PROCEDURE = "procedure"
    KIND = "kind"
    """The kind of petition, as it counts by the channel on which it came."""
    REFERRED = "referred"
    """Whether an agency does it in the city's stead on the day."""
    DELEGATED = "delegated"
    """Of a rule: whether the permit is delegated to the community office of the place or, where the
    place is unclear, to any that it may mean. Of a bar: whether it is delegated to the community
    office in question, or by the district in question for the place."""
    PLACE = "place"
    DISTRICT = "district"
    DONG = "dong"
    CHANNEL = "channel"
    LANGUAGE = "language"
    """The primary subtag, such as `ko`."""
    HOURS = "hours"
    """Whether the city worked at the receipt: `working` or `closed`."""
    BETWEEN = "between"
    """The local time of the receipt: `22:00-06:00`, the end excluded."""
    WEEKDAY = "weekday"
    DATES = "dates"
    """The local day of the receipt: `2026-12-01..2027-03-15`, both included."""
    ROAD_WIDTH = "road_width"
    ANSWER = "answer"
    """What was answered to a question of the form."""
    DANGER = "danger"
    """The id of the danger that the words speak of, or `any`."""


class OfficeWord(StrEnum):
    """How a rule names an office."""

    OWNER = "owner"
    """The department that the catalogue names."""
    CONTACT = "contact"
    """The contact office, which tells where or whom to call."""
    AGENCY = "agency"
    """The agency that does the service: the contact office gets the matter and gives its number."""
    DISTRICT = "district"
    COMMUNITY_OFFICE = "community_office"
    """That of the place."""
    CANDIDATES = "candidates"
    """All community offices that the place may mean."""
    INTAKE = "intake"
    """The community office of the place, where the catalogue says that it takes the service in."""
    SPLIT = "split"
    """The department that is competent in the special case that the catalogue describes."""
    ARBITRATION = "arbitration"
    DANGER = "danger"
    """The office that acts on the danger."""
    OFFICE = "office"
    """One office by its id: `office:c-road`."""
    EQUAL = "equal"
    """That one of several equally competent offices that has the least work for its capacity."""


class Ask(StrEnum):
    """What has to be asked before an office can be named."""

    PLACE = "place"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of a rule: the matter's value for `word` must be among `values`.

    `name` is that of the answer that an ANSWER looks at. `spans` are the values of BETWEEN in
    minutes since midnight (end excluded; past midnight where the end is not later), those of DATES
    in ordinal days (both included).
    """

    word: ConditionWord
    values: frozenset[str]
    name: str = ""
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How a rule names an office; `office` is the id of an OFFICE, `equal` those of an EQUAL."""

    word: OfficeWord
    office: str = ""
    equal: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetenceRule:
    """One rule: where all of `when` holds on a day of `effective`, `to` is competent, and `then`
    are the alternatives in order; or `ask` must be answered first. Exactly one of `to` and `ask` is
    set.

    `names` and `why` are by language: what the rule is called, and the sentence that says why it
    holds.
    """

    id: str
    names: Names
    why: Names
    when: tuple[Condition, ...] = ()
    to: Choice | None = None
    then: tuple[Choice, ...] = ()
    ask: Ask | None = None
    effective: Validity = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerBar:
    """A limit of the law: where all of `when` holds, the offices of the tiers `offices` (`city`,
    `district`, `dong`) have no power to decide the matter."""

    id: str
    why: Names
    offices: frozenset[str]
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The rules of one version, in order: the first that holds decides; the bars hold always."""

    version: str
    rules: tuple[CompetenceRule, ...]
    bars: tuple[PowerBar, ...] = ()
    plans: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """By service: which rules can hold for it at all. Filled by `deciding`, and derived from the
    rest."""

    @property
    def weighs(self) -> bool:
        """Whether any rule chooses between equally competent offices by their work."""
        choices = (choice for rule in self.rules for choice in (rule.to, *rule.then))
        return any(choice is not None and choice.equal for choice in choices)

    @property
    def parts(self) -> tuple[CompetenceRule | PowerBar, ...]:
        """All rules, then all bars."""
        return (*self.rules, *self.bars)

    def rule(self, id: str) -> CompetenceRule | None:
        """The rule of an id, or None: the desk's and those of persons are none of the set's."""
        return next((rule for rule in self.rules if rule.id == id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the rules are asked of a matter, in codes.

    `service` is empty while it is not known. `on` is the day whose delegations and referrals
    decide, `today` the day on which an office must be open. `received_at` is aware. `district`,
    `dong` and `office` are those of the place, as far as `place` says that they are known;
    `candidates` are the community offices that an unclear place may mean. `answers` are the
    attributes that the form or an official gave, by name; the one named `road_width` is what is
    known of a road. `danger` is the id of a danger and `danger_office`
    the office that acts on it. `open_work` is what lies unanswered at each office that teams are
    chosen by; an office that is missing has none.
    """

    service: str
    channel: Channel
    language: str
    received_at: datetime
    on: date
    today: date
    place: PlaceClass = PlaceClass.NONE
    district: str = ""
    dong: str = ""
    office: str = ""
    candidates: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    danger: str = ""
    danger_office: str = ""
    open_work: Mapping[str, int] = field(default_factory=dict)


class Against(StrEnum):
    """What speaks against a rule or an office, beside a condition that does not hold, which is told
    by its `ConditionWord`."""

    EFFECTIVE = "effective"
    """The rule does not hold on the day of competence."""
    CLOSED = "closed"
    """The office does not exist on the day, and has no single successor."""
    NO_POWER = "no_power"
    """A bar of the law holds for the office."""
    NO_OFFICE = "no_office"
    """The rule names an office that this service or place has not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A rule that was passed over, or an office that a rule named and that was dropped.

    `against` is what spoke against it: the word of the condition that did not hold, or an Against.
    `value` is what the matter has instead (`district` for a place), the day for CLOSED and
    EFFECTIVE, the id of the bar for NO_POWER, the office's word for NO_OFFICE; empty for an ANSWER,
    which may be a citizen's. `office` is empty where a condition failed.
    """

    rule: str
    against: ConditionWord | Against
    value: str = ""
    office: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What an equally competent office was weighed by; `capacity` is the matters that it answers in
    a day, 1 for each where one of them has none on record."""

    office: str
    open_work: int
    capacity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the rules of one version decide, with all that speaks for it.

    `offices` are the competent one and then the alternatives, ids of offices that are open and, but
    for those that only pass a matter on, have the power to decide it. They are empty where `ask`
    must be answered first. `rejected` are the rules before the one that decided, and the offices
    that were dropped. `agency` is the id of the agency whose number the citizen is given. `weighed`
    are the offices among which work and capacity chose.
    """

    rule: str
    version: str
    offices: tuple[str, ...] = ()
    ask: Ask | None = None
    rejected: tuple[Rejected, ...] = ()
    agency: str = ""
    weighed: tuple[Weighed, ...] = ()

    @property
    def stale(self) -> tuple[str, ...]:
        """The rules that were passed over because their office is closed: somebody must mend
        them."""
        closed = (
            one.rule
            for one in self.rejected
            if one.against is Against.CLOSED and one.rule != self.rule
        )
        return tuple(dict.fromkeys(closed))
