"""What the rules of competence ask of a city; `City` answers it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Protocol

from services.cities.catalogue.danger import Danger
from services.cities.catalogue.filing import Filing
from services.cities.catalogue.matter import Channel
from services.cities.catalogue.model import Agency, Delegation, Office, Service
from services.cities.law.clock import Clock


class Jurisdiction(Protocol):
    """The offices and services of a city, and who delegated what to whom."""

    @property
    def offices(self) -> Mapping[str, Office]:
        """All offices on record, by id."""

    @property
    def catalogue(self) -> Mapping[str, Service]:
        """All services on record, by code."""

    @property
    def agencies(self) -> Mapping[str, Agency]:
        """The agencies that matters are referred to, by id."""

    @property
    def delegations(self) -> tuple[Delegation, ...]:
        """All delegations on record."""

    @property
    def dangers(self) -> Mapping[str, Danger]:
        """The dangers that words may speak of, by id."""

    @property
    def clock(self) -> Clock:
        """The city's clock, for its working hours and its zone."""

    @property
    def arbitration_office(self) -> Office:
        """The desk that designates an office when none is clearly competent."""

    @property
    def contact_office(self) -> Office:
        """The contact centre."""

    def referral(self, service: Service, on: date) -> Agency | None:
        """The agency that does a service in the city's stead on a day, or None."""

    def delegate(
        self,
        service_code: str,
        district: str,
        admin_dong: str | None,
        on: date,
        today: date | None = None,
    ) -> Office | None:
        """The community office that may decide `today` (None: on that day) what was received there
        on a day, of this kind of permit; None where the district decides it."""

    def filing(self, service: Service, channel: Channel) -> Filing:
        """What a matter of a service is by the channel it came by."""
