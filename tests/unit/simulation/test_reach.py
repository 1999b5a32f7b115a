"""Who found the office of a matter, and whether it was the right one."""

from __future__ import annotations

from dasan.routing.v1 import events_pb2

from simulation.judge.history import Fact, Lives
from simulation.judge.reach import reach

RULES = "seoul-1"


def told(*facts: tuple[str, str, str, str]) -> Lives:
    """Facts as (inquiry, label, office, version of the rules)."""
    lives = Lives()
    for inquiry, label, office, version in facts:
        message = events_pb2.InquiryAssigned(office_id=office, ruleset_version=version)
        fact = Fact(
            inquiry_id=inquiry, label=label, id=f"{inquiry}-{label}", time=0.0, message=message
        )
        lives.add(fact)
    return lives


def test_a_matter_is_helped_by_a_person_or_reaches_the_right_office_or_a_wrong_one() -> None:
    received = [(inquiry, "InquiryReceived", "", "") for inquiry in ("right", "astray", "helped")]
    lives = told(
        *received,
        ("right", "InquiryAssigned:1:1", "d-2", RULES),
        ("astray", "InquiryAssigned:1:1", "d-3", RULES),
        ("helped", "InquiryAssigned:1:1", "d-1", ""),
    )
    found = reach(dict.fromkeys(("right", "astray", "helped"), ("d-1", "d-2")), lives.by_inquiry)
    assert (found.matters, found.unaided, found.right) == (3, 2, 1)
    assert [str(one) for one in found.astray] == ["astray: d-3 instead of d-1 or d-2"]
    assert round(found.unaided_share, 3) == 0.667


def test_only_the_first_office_of_the_first_round_is_judged() -> None:
    lives = told(
        ("i", "InquiryAssigned:2:1", "d-9", RULES),
        ("i", "InquiryAssigned:1:2", "d-8", ""),
        ("i", "InquiryReceived", "", ""),
        ("i", "InquiryAssigned:1:1", "d-1", RULES),
    )
    found = reach({"i": ("d-1",)}, lives.by_inquiry)
    assert (found.right, found.astray) == (1, ())


def test_what_is_for_no_office_or_has_none_yet_reaches_none() -> None:
    lives = told(
        ("call", "CallAnswered", "", ""),
        ("waits", "InquiryReceived", "", ""),
        ("stranger", "InquiryReceived", "", ""),
    )
    found = reach(dict.fromkeys(("call", "waits", "unheard"), ("d-1",)), lives.by_inquiry)
    assert (found.matters, found.unaided, found.unaided_share) == (1, 0, 0.0)
    assert reach({}, {}).unaided_share == 0.0
