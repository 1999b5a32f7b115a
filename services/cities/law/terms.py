"""What decides a deadline besides the calendar: the receipt, what came since, and the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from services.cities.errors import NaiveTime, TermRefused
from services.cities.law.period import Period


class Cause(StrEnum):
    """Why a clock stands still."""

    SUPPLEMENT = "supplement"
    HEARING = "hearing"
    INSPECTION = "inspection"
    MAILING = "mailing"
    REPRESENTATIVE = "representative"
    TEST = "test"
    PREREQUISITE = "prerequisite"
    CERTIFICATES = "certificates"


class Certainty(StrEnum):
    """Whether a fact of a pack has a source, or was assumed until someone finds one."""

    SOURCED = "sourced"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """Days that do not count: from `start` to `end`, both included.

    `end` is None while the cause goes on. `prolonged` asks for the cause's longer limit, where it
    has one.
    """

    cause: Cause
    start: date
    end: date | None = None
    prolonged: bool = False

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise TermRefused("a suspension cannot end before it starts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """More time, in the unit of the original period, with or without the petitioner's consent."""

    period: Period
    consent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionRules:
    """How often a term may be extended, and from when on only with consent.

    `after_expiry` says that an extension runs from the day after the period's own end, which rolls
    off days off first (an objection's decision, Petitions Act 35(2)); else it lengthens the period
    (Petitions Decree 21).
    """

    times: int
    consent_from: int = 1
    """The first extension, counted from 1, that needs the petitioner's consent."""
    after_expiry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """All that decides a deadline: the receipt, the period, and what happened to it since.

    `extension_rules` are this term's own; None where the rules for petitions hold. `certainty` says
    whether the period is the law's or the pack's assumption; the explanation says so, too.
    """

    received_at: datetime
    period: Period
    suspensions: tuple[Suspension, ...] = ()
    extensions: tuple[Extension, ...] = ()
    extension_rules: ExtensionRules | None = None
    certainty: Certainty = Certainty.SOURCED

    def __post_init__(self) -> None:
        if self.received_at.tzinfo is None or self.received_at.utcoffset() is None:
            raise NaiveTime("received_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspensionLimit:
    """How many days a cause may stop a term's clock in all, and how many more once prolonged.

    Working days, or calendar days for terms that are counted by the calendar.
    """

    days: int
    prolonged_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the law says in numbers."""

    hours_up_to_days: int
    day_micros: int
    immediate_micros: int
    suspension_limits: Mapping[Cause, SuspensionLimit] = field(default_factory=dict)
    extensions: ExtensionRules = field(default_factory=lambda: ExtensionRules(times=0))
