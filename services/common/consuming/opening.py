"""Which records concern a service, and what they say: from a record's bytes to what a handler gets.

Whatever decoding can raise is a reason to be dead here, never an error of the loop.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from typing import Any

from services.common.aggregates.update import Cause
from services.common.bus import dead_letters
from services.common.bus.outcomes import Dead, Incoming
from services.common.bus.salvage import Salvaged
from services.common.consuming.deciding import Taken
from services.common.events import contracts, envelope
from services.common.events.wire import ContractBroken, Newer, Wire
from services.common.kernel import DomainError
from services.common.process import telemetry
from services.common.publishing.outbox import Record

# A type in a context of ours, of whatever version; anything else is somebody else's.
_OURS = re.compile(r"dasan\.[a-z]+\.v[0-9]+\.[A-Za-z0-9]+")


class _NotKnownYet(Exception):
    """A newer version of Dasan told the event; the message names what this version does not
    know."""


def envelope_of(record: Any) -> envelope.Envelope:
    """The envelope of a record, for those who only look at what others consume; raises
    Undecodable, also for what was salvaged with a header whose name is no text."""
    if isinstance(record, Salvaged) and record.spoilt:
        raise envelope.Undecodable("the name of a header is no text")
    return envelope.from_record(record.key, record.headers, record.value)


class Opener:
    """Knows which records concern the service, and what they say."""

    def __init__(self, service: str, wire: Wire) -> None:
        self._wire = wire
        self._service = service.encode()
        heard = frozenset(wire.types())
        self._unheard: AbstractSet[bytes] = {
            name.encode() for name in contracts.events() if name not in heard
        }

    def concerns(self, record: Any) -> bool:
        """Whether the service has to deal with the record: an event that it hears, or a record that
        is no event of a contract and must become a letter."""
        for name, value in record.headers:
            if name == "ce_type" and value in self._unheard:
                return False
            if name == dead_letters.ONLY_FOR and value != self._service:
                return False
        return True

    def open(self, taken: Taken) -> None:
        """Decodes a record, or says at once why it is dead."""
        try:
            self._decode(taken)
        except _NotKnownYet as error:
            taken.dead = Dead("newer", str(error))
        except envelope.Undecodable as error:
            taken.dead = Dead("undecodable", str(error))
        except ContractBroken as error:
            taken.dead = Dead("rejected", f"contract_broken {error.field}")
        except DomainError as error:
            taken.dead = Dead("rejected", error.slug)
        except Exception as error:
            # Decoding may raise anything. Its message is dropped: it may hold a citizen's words.
            taken.dead = Dead("undecodable", type(error).__name__)

    def understands(self, record: Record) -> bool:
        """Whether this version knows everything in a record. Also true of a record that no version
        can read."""
        try:
            self._read(record)
        except _NotKnownYet:
            return False
        except Exception:
            return True
        return True

    def _read(self, record: Any) -> tuple[envelope.Envelope, object | None]:
        opened = envelope.from_record(record.key, record.headers, record.value)
        if opened.type not in contracts.events():
            if _OURS.fullmatch(opened.type):
                raise _NotKnownYet(opened.type)
            return opened, None
        try:
            return opened, self._wire.decode(opened.type, opened.key, opened.data)
        except Newer as error:
            raise _NotKnownYet(f"{opened.type} {error.field}") from None

    def _decode(self, taken: Taken) -> None:
        record = taken.record
        opened, event = self._read(record)
        if opened.type not in contracts.events():
            taken.dead = Dead("unknown_type", "no contract of this name")
            return
        if event is None:
            taken.settled = True
            return
        span = telemetry.process_span(opened.type, record.topic, opened.traceparent, opened.key)
        cause = Cause(
            id=opened.id,
            correlation_id=opened.correlation_id,
            traceparent=telemetry.traceparent_of(span, opened.traceparent),
        )
        taken.span = span
        taken.made_at = opened.time
        taken.incoming = Incoming(event=event, cause=cause, topic=record.topic)
