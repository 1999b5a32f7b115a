"""A token comes back as the point that it was made of, and nothing else is taken for one."""

from __future__ import annotations

import base64
import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel import DomainError, Kind
from services.districts.application.resuming import ResumePoint, read, token
from tests.unit.districts.case import NOW

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
POINT = ResumePoint(office_id="o-mill", mark=NOW, accepted=True)


@given(
    office_id=st.text(min_size=1, max_size=20),
    mark=st.timedeltas(timedelta(), timedelta(days=70_000)).map(lambda age: EPOCH + age),
    accepted=st.booleans(),
)
def test_a_token_is_its_point_to_the_millisecond(
    office_id: str, mark: datetime, accepted: bool
) -> None:
    found = read(token(ResumePoint(office_id=office_id, mark=mark, accepted=accepted)))
    assert found is not None
    assert (found.office_id, found.accepted) == (office_id, accepted)
    assert timedelta() <= mark - found.mark < timedelta(milliseconds=1)


def test_no_token_is_no_point() -> None:
    assert read("") is None


def packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize("text", ["0|o-mill", "2|o-mill|17", "17|"])
def test_a_token_of_another_format_is_no_point(text: str) -> None:
    assert read(packed(text)) is None


@pytest.mark.parametrize(
    "sent",
    [
        "x",
        "so it was",
        "ümlaut",
        token(POINT)[:-6],
        token(POINT) + "!",
        packed("words"),
        packed("1"),
        packed("1|soon|all|o-mill"),
        packed("1|" + "9" * 30 + "|all|o-mill"),
        packed("1|1|some|o-mill"),
        packed("²|1|all|o-mill"),
        base64.urlsafe_b64encode(b"\xff\xff\xff").decode(),
        "A" * 201,
    ],
)
def test_what_never_was_a_token_is_refused_by_its_field(sent: str) -> None:
    with pytest.raises(DomainError) as refused:
        read(sent)
    assert (refused.value.kind, refused.value.field) == (Kind.INVALID, "resume_token")


@given(sent=st.text())
def test_whatever_comes_is_read_or_refused(sent: str) -> None:
    with contextlib.suppress(DomainError):
        read(sent)
