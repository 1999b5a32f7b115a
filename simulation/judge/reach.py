"""How matters reached their first office: whether a person helped, and whether it was right.

Pure. Right is what the citizens themselves know of their matter and its place, which the city has
to find out from their words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from simulation.judge.history import Life

RECEIVED = "InquiryReceived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Astray:
    """A matter that the rules gave to an office that is not competent."""

    inquiry_id: str
    office_id: str
    competent: Collection[str]

    def __str__(self) -> str:
        return f"{self.inquiry_id}: {self.office_id} instead of {' or '.join(self.competent)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How many of the `matters` for an office the rules gave to one, without a person's help; and
    which of these went to a wrong one. A citizen's own answer to a question is no help."""

    matters: int
    unaided: int
    astray: tuple[Astray, ...] = ()

    @property
    def right(self) -> int:
        """How many reached a competent office without a person's help."""
        return self.unaided - len(self.astray)

    @property
    def unaided_share(self) -> float:
        """Between 0 and 1; 0 where there was no matter."""
        return self.unaided / self.matters if self.matters else 0.0


def reach(competent: Mapping[str, Collection[str]], lives: Mapping[str, Life]) -> Reach:
    """The first offices of the first rounds, judged by the `competent` ones of each inquiry's id.
    What was answered on the call, and what is no citizen's of ours, is no matter for an office."""
    matters = [id_ for id_ in competent if id_ in lives and lives[id_].has(RECEIVED)]
    given = {id_: office_id for id_ in matters for office_id in _by_rules(lives[id_])}
    return Reach(
        matters=len(matters),
        unaided=len(given),
        astray=tuple(
            Astray(inquiry_id=id_, office_id=office_id, competent=competent[id_])
            for id_, office_id in given.items()
            if office_id not in competent[id_]
        ),
    )


def _by_rules(life: Life) -> Iterator[str]:
    """The office that the rules of competence gave it to first, if they did."""
    first = life.first_office
    if first is not None and first.by_rules:
        yield first.office_id
