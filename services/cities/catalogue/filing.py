"""How a matter may be filed: what may be said on the telephone, and what must become a document.

Owns the rule (Petitions Act 8, Decree 10(4)); which channels are spoken and which kinds may be
spoken is data of the pack. Leaves to its callers what they do with a matter that is not filed yet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.cities.catalogue.matter import Channel
from services.cities.catalogue.model import PetitionKind, Procedure, Service
from services.cities.law.period import Period
from services.cities.law.terms import Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingRules:
    """What may be filed by word of mouth, with the articles that say so.

    On `spoken_channels` only matters of `spoken_kinds` are filed. A matter of another kind has the
    kind `becomes` until there is a document, and within `period` is told how to file it: the
    period of what was asked has not begun. `certainty` and `period_source` are that period's.
    `written_down` is the article by which an officer writes down what is said and the petitioner
    signs.
    """

    spoken_channels: frozenset[Channel]
    spoken_kinds: frozenset[PetitionKind]
    becomes: PetitionKind
    period: Period
    certainty: Certainty
    period_source: str
    source: str
    written_down: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """What kind a matter has by the channel on which it came.

    `kind` is the kind that it is treated as, `asked` the kind that it would have as a document.
    `needs_document` says that what was asked is filed only once there is a document; `source` is
    the article that says so, empty where none is needed.
    """

    kind: PetitionKind
    asked: PetitionKind
    needs_document: bool = False
    source: str = ""


def filing(
    rules: FilingRules | None,
    kind: PetitionKind,
    channel: Channel,
    procedure: Procedure,
) -> Filing:
    """How a matter of this kind counts when it comes by this channel: by `rules`, or as it is where
    the pack has none.

    Proposals, reports of corruption and remedies of other laws must be filed in writing, whatever
    their kind.
    """
    if rules is None or channel not in rules.spoken_channels:
        return Filing(kind=kind, asked=kind)
    if kind in rules.spoken_kinds and procedure is Procedure.PETITION:
        return Filing(kind=kind, asked=kind)
    return Filing(kind=rules.becomes, asked=kind, needs_document=True, source=rules.source)


def as_asked(rules: FilingRules | None, service: Service, channel: Channel) -> Service:
    """The service with the period of what comes by this channel: its own where it is filed so, else
    the time within which the citizen is told how to file it."""
    filed = filing(rules, service.kind, channel, service.procedure)
    if rules is None or not filed.needs_document:
        return service
    return replace(
        service, period=rules.period, certainty=rules.certainty, source=rules.period_source
    )
