"""Citizens who apply for permits, reports and certificates with the form filled in, on the days and
in the places that the simulated day is about; and those who ask other things.

Every word of theirs carries a mark that no other text has, so that the judge finds it wherever it
does not belong. What they ask for about the same place is of different people: nobody repeats.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import cycle
from typing import Any

from services.cities import City, FormField, FormValue, PermitKind
from services.cities.catalogue.model import Office, OfficeKind, Workload
from services.cities.catalogue.permit import FieldType
from simulation.actors.citizens import Citizens, Inquiry
from simulation.actors.sentences import sentences
from simulation.actors.shares import Shares
from simulation.judge.competence import Application
from simulation.judge.lifecycles import Kind

# A form's date lies within so many days of the receipt, a number within so much of its least.
_NEAR_DAYS = 20
_NEAR_NUMBER = 20
_RECEIVED_AT = time(14, 0)


@dataclass(slots=True)
class Applicants:
    """The people of the day. `changing` are the community offices by the kind of permit whose
    delegation changes there today. The same seed asks the same things."""

    city: City
    citizens: Citizens
    shares: Shares
    today: date
    chance: random.Random
    mark: str
    changing: Mapping[str, Sequence[Office]]
    _dongs: Sequence[Office] = field(init=False)
    _said: Mapping[tuple[str, str], Sequence[str]] = field(init=False)
    _kinds: Iterator[str] = field(init=False)
    _count: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._dongs = self.city.of_kind(OfficeKind.DONG, self.today)
        self._said = sentences(self.city, self.today)
        self._kinds = cycle(sorted(self.city.permit_kinds))

    def ask(self) -> Inquiry:
        """The next who asks."""
        asks = self._apply if self.shares.happens("permits", self.chance) else self._other
        inquiry = asks()
        # What was answered on the line is over.
        regrets = inquiry.kind is Kind.CASE and self.shares.happens("regretted", self.chance)
        return replace(inquiry, regrets=regrets)

    def _other(self) -> Inquiry:
        """What an office answers, and no permit whose delegations change."""
        self._count += 1
        while True:
            inquiry = self.citizens.ask()
            if self.city.service(inquiry.service).delegable:
                continue
            body = {**inquiry.body, **self._contact()}
            if body["category"] in self.city.permit_kinds and not body.get("answer"):
                body["attributes"] = self.form(inquiry.service, self.today)
            return replace(inquiry, body=body, has_contact=True)

    def _apply(self) -> Inquiry:
        """An application; each kind in its turn, so that few matters have all of them."""
        code = next(self._kinds)
        dong, received_on = self.chance.choice(self._dongs), self.today
        changing = self.changing.get(code)
        if changing and self.shares.happens("where_delegations_change", self.chance):
            dong = self.chance.choice(changing)
            if self.shares.happens("received_yesterday", self.chance):
                received_on = self.today - timedelta(days=1)
        return self.application(code, dong, received_on)

    def application(self, code: str, dong: Office, received_on: date) -> Inquiry:
        """Somebody in the area of this community office applies for this kind; what was received on
        an earlier day another system hands in."""
        self._count += 1
        service = self.city.service(code)
        body: dict[str, Any] = {
            "text": f"{service.names[self.city.languages[0]]} {self.mark}",
            "category": service.code,
            "place": self._place(dong),
            "channel": "web",
            "language": self.city.languages[0],
            "attributes": self.form(service.code, received_on),
            **self._contact(),
        }
        if received_on != self.today:
            at = datetime.combine(received_on, _RECEIVED_AT, tzinfo=self.city.timezone)
            body["received_at"] = at.isoformat()
        own = service.workload is Workload.DONG and not service.delegable
        first = (dong.id, f"d-{dong.district}") if own else (f"d-{dong.district}", dong.id)
        application = Application(
            service=service.code,
            dong_office=dong.id,
            district_office=f"d-{dong.district}",
            received_on=received_on,
        )
        return Inquiry(
            body=body,
            kind=Kind.CASE,
            service=service.code,
            offices=first,
            has_contact=True,
            dong=dong.dong,
            application=application if service.delegable else None,
        )

    def rush(self, count: int) -> tuple[str, list[Inquiry]]:
        """So many ask about one and the same thing in one place at this moment, each in their own
        words; and the office that answers it. Each rush is in another place."""
        language = self.city.languages[0]
        said = {code: texts for (code, spoken), texts in self._said.items() if spoken == language}
        code = max(filter(self._district_answers, said), key=lambda code: len(said[code]))
        dong = self.chance.choice(self._dongs)
        office = f"d-{dong.district}"
        return office, [
            Inquiry(
                body={
                    "text": f"{said[code][number % len(said[code])]} {self.mark}",
                    "category": code,
                    "place": {"dong_code": str(dong.dong)},
                    "channel": "web",
                    "language": language,
                    **self._next_contact(),
                },
                kind=Kind.CASE,
                service=code,
                offices=(office,),
                has_contact=True,
                dong=dong.dong,
            )
            for number in range(count)
        ]

    def _district_answers(self, code: str) -> bool:
        service = self.city.service(code)
        plain = not service.sealed and not service.permit and code not in self.city.permit_kinds
        return plain and service.workload is Workload.DISTRICT and not service.delegable

    def form(self, service: str, received_on: date) -> dict[str, FormValue]:
        """The form of this kind, with all that is required and some of the rest."""
        kind: PermitKind = self.city.permit_kinds[service]
        return {
            one.code: self._value(one, received_on)
            for one in kind.form
            if one.required or self.chance.random() < 0.5
        }

    def _value(self, one: FormField, received_on: date) -> FormValue:
        least = one.least or 0
        match one.type:
            case FieldType.INTEGER | FieldType.MONEY:
                most = least + _NEAR_NUMBER
                return self.chance.randint(least, most if one.most is None else min(most, one.most))
            case FieldType.DATE:
                most = _NEAR_DAYS if one.most is None else min(one.most, _NEAR_DAYS)
                days = self.chance.randint(max(least, -_NEAR_DAYS), most)
                return (received_on + timedelta(days=days)).isoformat()
            case FieldType.CHOICE:
                return self.chance.choice(one.choices).code
            case FieldType.YES_NO:
                return self.chance.random() < 0.5
            case FieldType.TEXT:
                return self.mark

    def _next_contact(self) -> dict[str, Any]:
        self._count += 1
        return self._contact()

    def _contact(self) -> dict[str, Any]:
        email = f"{self.mark}.{self._count}@example.org"
        return {"contact": {"name": self.mark, "email": email}}

    def _place(self, dong: Office) -> dict[str, str]:
        if not self.shares.happens("address", self.chance):
            return {"dong_code": str(dong.dong)}
        language = self.city.languages[0]
        district = self.city.office(f"d-{dong.district}").area[language]
        names = (self.city.names[language], district, dong.area[language])
        return {"address": f"{' '.join(names)} {self.chance.randint(1, 900)}"}
