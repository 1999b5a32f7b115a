"""Kinds of permits: Seoul's are whole, a broken one is a named fault, a form is kept or refused."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from services.cities import (
    PACKS,
    Certainty,
    City,
    FieldType,
    FormValue,
    PackFaults,
    PermitKind,
    filled,
    load,
)
from services.cities.__main__ import main, permits

PAGE = Path(__file__).parents[3] / "docs" / "permits.md"
TODAY = date(2026, 11, 23)
STALL = """\
kinds:
  market-stall:
    act: permit
    fee: {amount: "3000", status: sourced, source: town rule 7}
    seen: {identity: {en: Identity, ko: 신분}}
    inspection: {days: "3", before_decision: no, status: sourced, source: town rule 7}
    validity: {months: "12", status: sourced, source: town rule 7}
    form:
      goods: {type: text, required: yes, most: "40", names: {en: Goods, ko: 품목}}
      width: {type: integer, least: "1", most: "5", names: {en: Width, ko: 폭}}
"""


def stall(tmp_path: Path, text: str = STALL) -> City:
    """The invented town with this file of kinds."""
    folder = Path(shutil.copytree(PACKS / "saebom", tmp_path / "town"))
    (folder / "permits.yaml").write_text(text, encoding="utf-8")
    return load(folder)


def test_seoul_has_kinds_for_what_its_districts_and_community_offices_decide(seoul: City) -> None:
    kinds = seoul.permit_kinds
    assert len(kinds) >= 12
    wanted = "moving-in bulky-waste mail-order billboard-permit billboard-report food-business"
    wanted += " building-report temporary-building construction-delay lease-report"
    wanted += " resident-parking resident-card seal-certificate"
    assert set(wanted.split()) <= set(kinds)
    assert all(code in seoul.catalogue for code in kinds)


def test_every_figure_of_seoul_names_its_source(seoul: City) -> None:
    for kind in seoul.permit_kinds.values():
        facts = [kind.fee, *kind.fee.exemptions, kind.inspection, kind.deemed, kind.holding]
        assert all(fact.source for fact in facts if fact is not None), kind.service
    assert seoul.permit_kinds["mail-order"].fee.certainty is Certainty.SOURCED


def test_no_kind_asks_for_what_the_office_sees_by_itself(seoul: City) -> None:
    """Petitions Act 10."""
    for kind in seoul.permit_kinds.values():
        assert not {p.code for p in kind.documents} & {p.code for p in kind.seen}, kind.service


def test_the_page_shows_the_pack(seoul: City, capsys: pytest.CaptureFixture[str]) -> None:
    assert "\n".join(permits(seoul)) in PAGE.read_text(encoding="utf-8")
    assert main(["permits", "seoul"]) == 0
    assert "mail-order" in capsys.readouterr().out


def test_a_pack_needs_no_kinds(saebom: City) -> None:
    assert saebom.permit_kinds == {}


def test_a_kind_is_read(tmp_path: Path) -> None:
    kind = stall(tmp_path).permit_kinds["market-stall"]
    assert kind.fee.amount == 3000
    assert kind.holding is not None
    assert kind.holding.months == 12
    assert [field.type for field in kind.form] == [FieldType.TEXT, FieldType.INTEGER]


@pytest.mark.parametrize(
    ("old", "new", "line", "fault"),
    [
        ("market-stall:", "stall:", 3, "unknown_service: 'stall' is not in catalogue.csv"),
        ("act: permit", "act: favour", 3, "'favour' is none of permit, report"),
        ("act: permit", "acts: permit", 3, "unknown_entry: acts is none of act,"),
        ('amount: "3000"', 'amount: "-1"', 4, "out_of_bounds: must be 0 to 10000000, not -1"),
        ("status: sourced, source: town rule 7}\n    seen", "source: x}\n    seen", 4, "status is"),
        ('days: "3"', 'days: "400"', 6, "inspection_limit: days must be 1 to 365, not 400"),
        ('months: "12"', 'months: "0"', 7, "out_of_bounds: must be 1 to 600, not 0"),
        ("goods:", "Goods!:", 3, "bad_code: 'Goods!' is no code such as floor_area"),
        ("type: integer", "type: number", 10, "'number' is none of text, integer"),
        ("type: integer, least", "type: choice, least", 10, "choices: width: two choices or more"),
        ('least: "1", most: "5"', 'least: "6", most: "5"', 10, "out_of_bounds: width: most 5 is"),
        ('most: "40"', 'most: "4000"', 9, "out_of_bounds: goods: a text has at most 1000"),
        ("{en: Goods, ko: 품목}", "{en: Goods}", 9, "the name in ko is missing"),
        (
            "seen:",
            "documents: {identity: {en: I, ko: 신}}\n    seen:",
            3,
            "asked_and_seen: identity",
        ),
    ],
)
def test_what_is_wrong_with_a_kind_is_named(
    tmp_path: Path, old: str, new: str, line: int, fault: str
) -> None:
    assert old in STALL
    with pytest.raises(PackFaults) as refused:
        stall(tmp_path, STALL.replace(old, new, 1))
    told = [str(one) for one in refused.value.faults]
    assert any(one.startswith(f"permits.yaml:{line}: {fault}") for one in told), told


def test_an_inspection_may_stop_the_clock_no_longer_than_the_law(tmp_path: Path) -> None:
    text = (PACKS / "seoul" / "permits.yaml").read_text(encoding="utf-8")
    folder = Path(shutil.copytree(PACKS / "seoul", tmp_path / "seoul"))
    changed = text.replace('days: "7", before_decision: yes', 'days: "22", before_decision: yes', 1)
    (folder / "permits.yaml").write_text(changed, encoding="utf-8")
    with pytest.raises(PackFaults, match="inspection_limit: days must be 1 to 21, not 22"):
        load(folder)


def test_a_code_given_twice_is_a_fault(tmp_path: Path) -> None:
    twice = STALL + "      goods: {type: yes_no, names: {en: G, ko: 지}}\n"
    with pytest.raises(PackFaults, match="goods is given twice"):
        stall(tmp_path, twice)


def sign(seoul: City) -> PermitKind:
    return seoul.permit_kinds["billboard-permit"]


def whole() -> dict[str, FormValue]:
    return {
        "sign_kind": "wall",
        "width_cm": 300,
        "height_cm": 80,
        "lit": False,
        "shown_from": "2026-12-01",
    }


def test_a_whole_form_is_kept_in_the_order_of_the_form(seoul: City) -> None:
    given = dict(reversed(list(whole().items())))
    kept, faults = filled(sign(seoul), given, TODAY)
    assert not faults
    assert list(kept.items()) == [
        ("sign_kind", "wall"),
        ("width_cm", "300"),
        ("height_cm", "80"),
        ("lit", "no"),
        ("shown_from", "2026-12-01"),
    ]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("sign_kind", "balloon", "must be one of wall, projecting, rooftop, post, banner"),
        ("sign_kind", True, "must be one of"),
        ("width_cm", 0, "must be 1 to 10000"),
        ("width_cm", "300", "must be a whole number"),
        ("width_cm", True, "must be a whole number"),
        ("lit", "yes", "must be true or false"),
        ("shown_from", "2026-13-01", "must be a day such as 2026-03-01"),
        ("shown_from", "20261201", "must be a day such as 2026-03-01"),
        ("shown_from", "2026-11-22", "must be not before 2026-11-23 and not after 2027-11-23"),
        ("colour", "red", "is no field of the form; it has sign_kind"),
    ],
)
def test_a_field_at_fault_is_named_and_its_value_is_not_repeated(
    seoul: City, field: str, value: FormValue, message: str
) -> None:
    kept, faults = filled(sign(seoul), {**whole(), field: value}, TODAY)
    [fault] = faults
    assert fault.field == field
    assert fault.message.startswith(message)
    assert field not in kept


def test_what_is_required_and_missing_is_named_all_at_once(seoul: City) -> None:
    _, faults = filled(sign(seoul), {"lit": True}, TODAY)
    assert [fault.field for fault in faults] == ["sign_kind", "width_cm", "height_cm", "shown_from"]
    assert {fault.message for fault in faults} == {"is missing"}


@pytest.mark.parametrize("value", ["", "  ", "\u3164", "두\n줄", "a" * 101, 7])
def test_a_text_shows_something_on_one_line(seoul: City, value: FormValue) -> None:
    kind = seoul.permit_kinds["mail-order"]
    given: dict[str, FormValue] = {"trade_name": value, "domain": "x.kr", "sells": "책"}
    _, faults = filled(kind, {**given, "corporation": True}, TODAY)
    assert [fault.field for fault in faults] == ["trade_name"]


def test_a_fee_is_waived_in_part_or_whole(seoul: City) -> None:
    card, parking = (seoul.permit_kinds[code].fee for code in ("resident-card", "resident-parking"))
    assert card.due("") == 5000
    assert card.due("first_after_disaster") == 0
    assert parking.due("disabled") is None
    with pytest.raises(KeyError):
        card.due("friend")
