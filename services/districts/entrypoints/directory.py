"""The record of offices for a command by hand, which has the database and no bus."""

from __future__ import annotations

from services.cities import City
from services.common.aggregates.marking import marking
from services.common.process.clock import new_id, utc_now
from services.districts.adapters.offices import MongoOfficeReads, office_store
from services.districts.adapters.wire import wire
from services.districts.application.offices import Directory


async def directory_of(city: City) -> Directory:
    """All recorded offices, read once from the connected database. Raises DomainError
    UNAVAILABLE."""
    store = office_store()
    aggregates = marking("districts", store, wire=wire(city.sealed), clock=utc_now, new_id=new_id)
    directory = Directory(city, aggregates, MongoOfficeReads(store))
    await directory.look()
    return directory
