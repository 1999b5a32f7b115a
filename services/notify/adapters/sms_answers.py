"""What an SMS gateway's HTTP status is about: the recipient, the message, or us and the provider.

A gateway that follows this table answers 422 for a number that no text can reach, and only then. A
status without a row counts as being about us: a citizen's message is never given up for an answer
that nobody has understood. Words of RFC 9110, 15.5.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.notify.adapters.provider_answers import Judged, Row
from services.notify.domain.model import FailureReason, Later, Party, Refused

R, M, P = Party.RECIPIENT, Party.MESSAGE, Party.PROVIDER

STATUSES: Mapping[int, Row] = {
    400: Row(M, "Bad Request"),
    401: Row(P, "Unauthorized"),
    402: Row(P, "Payment Required"),
    403: Row(P, "Forbidden"),
    404: Row(P, "Not Found"),
    405: Row(P, "Method Not Allowed"),
    408: Row(P, "Request Timeout"),
    409: Row(P, "Conflict"),
    410: Row(R, "Gone"),
    413: Row(M, "Content Too Large"),
    415: Row(P, "Unsupported Media Type"),
    422: Row(R, "Unprocessable Content"),
    423: Row(P, "Locked"),
    425: Row(P, "Too Early"),
    429: Row(P, "Too Many Requests"),
    500: Row(P, "Internal Server Error"),
    502: Row(P, "Bad Gateway"),
    503: Row(P, "Service Unavailable"),
    504: Row(P, "Gateway Timeout"),
}
UNKNOWN = Row(P, "An answer that no table names")
# Statuses about us that pass by themselves. For all others about us somebody must mend something.
PASSING = frozenset({408, 409, 423, 425, 429, 500, 502, 503, 504})


def judge(status: int) -> Judged:
    """What follows from a status other than 2xx."""
    row = STATUSES.get(status, UNKNOWN)
    match row.about:
        case Party.RECIPIENT:
            result: Refused | Later = Refused(FailureReason.UNDELIVERABLE)
        case Party.MESSAGE:
            result = Refused(FailureReason.REJECTED)
        case Party.PROVIDER:
            result = Later(P)
    alarm = row.about is not R and status not in PASSING
    return Judged(row=row, code=status, enhanced="", result=result, alarm=alarm)
