"""A place by a city's own code: whatever the codes of a pack look like, they can be posted."""

from __future__ import annotations

from datetime import date

import pytest

from services import cities
from services.cities import Place, Resolved
from services.intake.entrypoints.schema import PlaceBody


@pytest.mark.parametrize("name", cities.built_in())
def test_every_code_of_a_built_in_city_can_be_posted(name: str) -> None:
    city = cities.load(name)
    for office in city.offices.values():
        if office.dong is not None:
            assert PlaceBody(dong_code=office.dong).place().dong_code == office.dong


def test_the_towns_own_code_leads_to_its_office() -> None:
    city = cities.load("saebom")
    posted = PlaceBody(dong_code="hill").place()
    found = city.locate(Place(code=posted.dong_code), date(2026, 11, 23))
    assert isinstance(found, Resolved)
    assert found.office == "o-hill"


@pytest.mark.parametrize("code", ["", "a b", "x" * 41, "물레/1", "1\n2"])
def test_what_can_be_no_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="dong_code"):
        PlaceBody(dong_code=code)
