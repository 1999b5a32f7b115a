"""Which office has a document: the one that issued it, and once that has closed one other; nobody
else hands it out, shows it or takes the permit back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cities import City, OfficeKind, Validity
from services.common.kernel import DomainError, Kind
from services.districts.domain.case import commands as orders
from services.districts.domain.case import decide, in_time
from services.districts.domain.case.allowed import allowed
from services.districts.domain.case.events import PermitCollected, PermitDecision, PermitRevoked
from services.districts.domain.case.model import Case
from services.districts.domain.permit.keeping import keeper
from services.districts.domain.permit.model import Document, Terms
from tests.unit.districts.case import NOW, OFFICE, OFFICER, TOWN, assigned, state

MILL, WEST, EAST = OFFICE, "d-west", "d-east"
ONE, TWO, THREE = "o-one", "o-two", "o-three"
ALL = [MILL, WEST, EAST, ONE, TWO, THREE]
TODAY = NOW.astimezone(TOWN.timezone).date()
YESTERDAY = TODAY - timedelta(days=1)
BOTH: tuple[orders.PermitCommand, ...] = (
    orders.RecordCollection(),
    orders.RevokePermit(reason="A condition was broken."),
)


def town(closed: Mapping[str, Sequence[str]]) -> City:
    """The town with three more offices, where these closed yesterday, each with its successors."""
    mill = TOWN.offices[MILL]
    forms = {
        id_: replace(
            mill,
            id=id_,
            kind=OfficeKind.DISTRICT if id_.startswith("d-") else OfficeKind.DONG,
            district=id_[2:] if id_.startswith("d-") else "west",
            validity=Validity(end=YESTERDAY if id_ in closed else None),
            successors=tuple(closed.get(id_, ())),
        )
        for id_ in ALL
    }
    return TOWN.with_offices({id_: [form] for id_, form in forms.items()}, TODAY)


def granted(*, delegated: bool) -> Case:
    """A case that the mill has decided, by the district's power or by its own."""
    event = replace(assigned(permit=True), delegated_by=WEST if delegated else "")
    case = state(decide.open_case(None, city=TOWN, event=event, now=NOW))
    grant = orders.DecidePermit(
        decision=PermitDecision.GRANTED,
        text="Yes.",
        officer=OFFICER,
        terms=Terms(to_be_collected=True),
    )
    return state(ordered(case, TOWN, grant, MILL))


def ordered(
    case: Case, city: City, command: orders.Command | orders.PermitCommand, office: str
) -> decide.CaseChange | None:
    entry = decide.Entry(now=NOW, by=None)
    return in_time.carry_out(case, city=city, command=command, office_id=office, entry=entry)


def outcome_of(
    case: Case, city: City, command: orders.PermitCommand, office: str
) -> decide.CaseChange | DomainError | None:
    try:
        return ordered(case, city, command, office)
    except DomainError as refused:
        return refused


def document(case: Case) -> Document:
    assert case.work.permit is not None
    return case.work.permit.documents[-1]


@pytest.mark.parametrize(
    ("closed", "by_own_power", "by_delegation"),
    [
        ({}, MILL, MILL),
        ({MILL: [ONE]}, ONE, WEST),
        ({MILL: [ONE], ONE: [TWO]}, TWO, WEST),
        # Split among two, of which one went over into the other.
        ({MILL: [ONE, TWO], TWO: [ONE]}, ONE, WEST),
        ({MILL: [ONE, TWO]}, WEST, WEST),
        ({MILL: []}, WEST, WEST),
        ({MILL: [ONE], WEST: [EAST]}, ONE, EAST),
        ({MILL: [], WEST: [EAST]}, EAST, EAST),
        # Nobody follows: the closed office's own key.
        ({MILL: [], WEST: []}, MILL, MILL),
        ({MILL: [ONE], ONE: [MILL], WEST: []}, MILL, MILL),
    ],
)
def test_who_follows_has_the_document(
    closed: Mapping[str, Sequence[str]], by_own_power: str, by_delegation: str
) -> None:
    city = town(closed)
    for delegated, expected in ((False, by_own_power), (True, by_delegation)):
        assert keeper(document(granted(delegated=delegated)), city, NOW) == expected


CLOSED = st.dictionaries(
    st.sampled_from(ALL), st.lists(st.sampled_from(ALL), unique=True, max_size=3)
)


@given(closed=CLOSED, delegated=st.booleans())
def test_one_office_may_collect_and_revoke_and_nobody_else(
    closed: Mapping[str, Sequence[str]], delegated: bool
) -> None:
    city, case = town(closed), granted(delegated=delegated)
    may = set()
    for office in ALL:
        named = set(allowed(case, office, city, NOW)) & {"RecordCollection", "RevokePermit"}
        for command in BOTH:
            outcome = outcome_of(case, city, command, office)
            if isinstance(outcome, DomainError):
                slug = "unknown_document" if office == MILL else "unknown_case"
                assert (outcome.kind, outcome.slug, outcome.allowed) == (Kind.NOT_FOUND, slug, ())
                assert not named
                continue
            assert outcome is not None
            [told] = outcome.events
            assert isinstance(told, PermitCollected | PermitRevoked)
            assert (told.office_id, outcome.state.file.history[-1].office_id) == (office, office)
            assert len(named) == 2
            may.add(office)
    assert len(may) == 1
    open_ = {id_ for id_ in ALL if id_ not in closed}
    assert may <= open_ | {MILL}
    assert may == {MILL} or MILL in closed


def test_who_follows_may_do_nothing_else_with_the_case() -> None:
    city, case = town({MILL: [ONE]}), granted(delegated=False)
    others: list[orders.Command | orders.PermitCommand] = [
        orders.Accept(),
        orders.AddNote(text="Seen."),
        orders.CheckApplication(),
        orders.RecordFee(amount=1, reference="T-1"),
        orders.Answer(text="Done.", officer=OFFICER),
        orders.DecidePermit(decision=PermitDecision.REFUSED, text="No.", officer=OFFICER),
    ]
    for command in others:
        with pytest.raises(DomainError) as refused:
            ordered(case, city, command, ONE)
        assert refused.value.slug == "unknown_case"


def test_a_conflict_names_to_who_follows_what_is_left() -> None:
    city, case = town({MILL: [ONE]}), granted(delegated=False)
    revoked = state(ordered(case, city, BOTH[1], ONE))
    assert ordered(revoked, city, BOTH[1], ONE) is None
    with pytest.raises(DomainError) as refused:
        ordered(revoked, city, BOTH[0], ONE)
    assert (refused.value.slug, refused.value.allowed) == ("not_valid", ())
    assert allowed(case, ONE, city, NOW) == ("RecordCollection", "RevokePermit")
