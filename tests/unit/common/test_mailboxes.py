"""One mailbox is one for whoever counts, in intake and in notify alike."""

from __future__ import annotations

import pytest

from services.common.edge.mailboxes import counted_mailbox


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("a@example.org", "a@example.org"),
        ("A@Example.ORG", "a@example.org"),
        ("a+shop@example.org", "a@example.org"),
        ("a+b+c@example.org", "a@example.org"),
        ("a.b@example.org", "a.b@example.org"),
        ("+x@example.org", "+x@example.org"),
        ("+y@example.org", "+y@example.org"),
        ("STRASSE@example.org", "strasse@example.org"),
        ("no address", "no address"),
        ("", ""),
    ],
)
def test_all_that_reach_one_mailbox_are_counted_as_one(address: str, counted: str) -> None:
    assert counted_mailbox(address) == counted
