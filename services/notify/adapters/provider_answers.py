"""What a provider's answer leads to, and how every channel logs it and counts its alarms.

A log has the standard's words for an answer: the provider's own may hold an address. Which answer
is about whom stands in the table of each kind of provider.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from services.common.process import telemetry
from services.notify.adapters.addresses import BadAddress
from services.notify.application import metrics
from services.notify.domain.model import DeliveryChannel, FailureReason, Later, Party, Refused

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Row:
    """Whom an answer is about, and the standard's words for it."""

    about: Party
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What an answer leads to; `enhanced` is subject.detail of SMTP, or empty. `alarm` says that
    somebody has to look at it."""

    row: Row
    code: int
    enhanced: str
    result: Refused | Later
    alarm: bool


def not_taken(
    channel: DeliveryChannel, judged: Judged, delivery_id: str, **said: int | str
) -> Refused | Later:
    """Logs the answer with what the provider `said`, and returns the result to which it leads."""
    extra = {
        "delivery_id": delivery_id,
        "about": judged.row.about,
        "words": judged.row.words,
        **said,
    }
    if judged.alarm:
        metrics.ALARMS.labels(channel, judged.row.about).inc()
        log.error(f"{channel}.alarm", extra=extra)
    else:
        log.warning(f"{channel}.not_taken", extra=extra)
    return judged.result


def bad_address(channel: DeliveryChannel, delivery_id: str, error: BadAddress) -> Refused:
    """Logs that the address can't be sent to."""
    log.warning(f"{channel}.bad_address", extra={"delivery_id": delivery_id, "why": str(error)})
    return Refused(FailureReason.BAD_ADDRESS)


def not_built(channel: DeliveryChannel, delivery_id: str, error: Exception) -> Refused:
    """Logs that the text makes no message of this channel, in whatever way the library said so."""
    metrics.ALARMS.labels(channel, Party.MESSAGE).inc()
    log.error(
        f"{channel}.not_built", extra={"delivery_id": delivery_id, **telemetry.failure(error)}
    )
    return Refused(FailureReason.REJECTED)
