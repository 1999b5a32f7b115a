"""Resume tokens: where a watch of one office can go on after it was cut off.

A token names a moment up to which its watcher was told everything, and how much the watch began
with. It holds no secret and is not signed: the office of the call decides what may be seen, and a
made-up token harms nobody but its maker. Callers must take it as opaque.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.common.kernel import DomainError, Kind
from services.districts.application import opaque

# A token of another format begins with the whole list, at any replica, before and after an upgrade.
# Raised when the meaning of what follows changes, and when a kind of state comes that older
# versions leave out of their lists: what they never told must not be passed over.
_FORMAT = "1"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumePoint:
    """The watcher of the office was told all that was stored before `mark` (aware UTC, by the clock
    of the replica that told it). `accepted` says that the watch began with accepted work, too."""

    office_id: str
    mark: datetime
    accepted: bool


def token(point: ResumePoint) -> str:
    """The point as a caller gets it: up to 200 characters of base64url."""
    milliseconds = (point.mark - _EPOCH) // _MILLISECOND
    parts = (_FORMAT, str(milliseconds), "all" if point.accepted else "open", point.office_id)
    return opaque.write("|".join(parts))


def read(sent: str) -> ResumePoint | None:
    """The point that a caller sent; None for no token, and for one of another format.

    Raises DomainError `invalid_resume_token` (INVALID) for what never was a token.
    """
    if not sent:
        return None
    text = opaque.read(sent)
    if text is None:
        raise _invalid()
    format_, _, rest = text.partition("|")
    if not format_.isascii() or not format_.isdigit():
        raise _invalid()
    if format_ != _FORMAT:
        return None
    try:
        milliseconds, begun_with, office_id = rest.split("|", 2)
        mark = _EPOCH + int(milliseconds) * _MILLISECOND
    except (ValueError, OverflowError) as error:
        raise _invalid() from error
    if begun_with not in ("all", "open"):
        raise _invalid()
    return ResumePoint(office_id=office_id, mark=mark, accepted=begun_with == "all")


def _invalid() -> DomainError:
    return DomainError(
        "invalid_resume_token",
        Kind.INVALID,
        "send a token of an earlier watch as it was, or none",
        field="resume_token",
    )
