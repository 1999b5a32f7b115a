"""What this library refuses, each with a slug that never changes."""

from __future__ import annotations

from services.common.kernel import DomainError, Kind


class UnknownCode(DomainError):
    """A code, an office or a service that the pack does not know on that day."""

    def __init__(self, what: str, code: str, *, field: str | None = None) -> None:
        super().__init__("unknown_code", Kind.NOT_FOUND, f"no {what} {code!r}", field=field)
        self.code = code


class InvalidPeriod(DomainError):
    """A period that is not written as one, or is out of its bounds."""

    def __init__(self, message: str) -> None:
        super().__init__("invalid_period", Kind.INVALID, message, field="period")


class NaiveTime(DomainError):
    """A time without a time zone: nobody can say which moment it is."""

    def __init__(self, field: str) -> None:
        super().__init__(
            "naive_time", Kind.INVALID, f"{field} must carry a time zone offset", field=field
        )


class OutOfCalendar(DomainError):
    """A day for which the pack has no calendar."""

    def __init__(self, first: str, last: str) -> None:
        super().__init__(
            "out_of_calendar", Kind.INVALID, f"the calendar covers {first} to {last} only"
        )


class TermRefused(DomainError):
    """A suspension or an extension that the law does not allow."""

    def __init__(self, message: str) -> None:
        super().__init__("term_refused", Kind.INVALID, message)


class InvalidRuleSet(DomainError):
    """Rules of competence that cannot be used in this city; `faults` are all that was found."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("invalid_ruleset", Kind.INVALID, "; ".join(faults), field="document")
        self.faults = faults


class ForeignWords(DomainError):
    """Trained words that do not belong to this catalogue or to this program."""

    def __init__(self, file: str, why: str) -> None:
        super().__init__("foreign_words", Kind.INVALID, f"{file} was made for {why}; train again")


class NoEmbedding(DomainError):
    """The embedding is switched on, and this process cannot have it."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__("no_embedding", Kind.INVALID, f"{why}: {remedy}, or leave EMBEDDING out")
