"""A busy hour of a city: matters at its offices, and what was told of them, the same each time."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from services.cities import Channel, City, Matter, OfficeKind
from services.routing.domain.competence import workload_of
from services.routing.domain.heard import (
    CaseAnswered,
    CaseDeclined,
    CaseOpened,
    InquiryAssigned,
    InquiryReceived,
    MessageDelivered,
    SurveyAnswered,
    SurveyInvited,
)
from services.routing.domain.lately import Lately
from services.routing.domain.matters import Ended, Lies, Whereabouts


def matters(city: City, now: datetime, *, count: int = 1_500) -> list[Whereabouts]:
    """Open matters at the offices of the city, some of them due today and some overdue."""
    chance = random.Random(120)
    offices = [office for office in city.offices.values() if office.validity.holds(now.date())]
    tiers = {kind: [o for o in offices if o.kind is kind] for kind in OfficeKind}
    kinds = [kind for kind, some in tiers.items() if some]
    services = list(city.catalogue)
    found = []
    for _ in range(count):
        office = chance.choice(tiers[chance.choice(kinds)])
        due = now + timedelta(
            hours=chance.choice([-20, -2, 3, 30, 60, 60, 100, 100, 140, 160, 200])
        )
        found.append(
            Whereabouts(
                lies=Lies(
                    round=1,
                    attempt=1,
                    office_id=office.id,
                    workload=workload_of(office),
                    service_code=chance.choice(services),
                    dong_code=office.dong or "",
                    received_at=due - timedelta(days=9),
                    assigned_at=due - timedelta(days=9),
                    due_at=due,
                )
            )
        )
    return found + _answered(city, now, chance)


def _answered(city: City, now: datetime, chance: random.Random) -> list[Whereabouts]:
    """What some of the offices answered within the last two weeks, some more than others."""
    offices = [office for office in city.offices.values() if office.validity.holds(now.date())]
    services = list(city.catalogue)
    found = []
    for place, office in enumerate(offices):
        for _ in range(place % 7):
            came = now - timedelta(hours=chance.uniform(1, 13 * 24))
            found.append(
                Whereabouts(
                    lies=Lies(
                        round=1,
                        attempt=1,
                        office_id=office.id,
                        workload=workload_of(office),
                        service_code=chance.choice(services),
                        dong_code=office.dong or "",
                        received_at=came,
                        assigned_at=came,
                        due_at=now,
                    ),
                    ended=Ended(round=1, at=now - (now - came) * chance.random()),
                )
            )
    return found


def hour(city: City, now: datetime, *, lives: int = 900) -> Lately:
    """The facts of an hour, most of them of inquiries that were answered."""
    chance = random.Random(120)
    told = Lately()
    offices = [o for o in city.offices.values() if o.validity.holds(now.date())]
    services = [service.code for service in city.catalogue.values() if not service.sealed]
    for number in range(lives):
        office = chance.choice(offices)
        start = now - timedelta(seconds=chance.uniform(0, 3_500))
        matter = Matter(
            receipt_number="261126-00001-5",
            channel=Channel.WEB,
            language="ko",
            received_at=start,
            has_contact=True,
            service_code=chance.choice(services),
            district_code=office.district or "",
        )
        later = start + timedelta(seconds=chance.lognormvariate(0, 0.6))
        told.add(InquiryReceived(matter=matter), now)
        told.add(
            InquiryAssigned(
                matter=matter, round=1, attempt=1, office_id=office.id, assigned_at=later
            ),
            now,
        )
        told.add(
            CaseOpened(matter=matter, round=1, attempt=1, office_id=office.id, opened_at=later), now
        )
        answered = later + timedelta(minutes=chance.uniform(1, 20))
        if answered > now:
            continue
        if chance.random() < 0.05:
            told.add(CaseDeclined(matter=matter, office_id=office.id, entered_at=answered), now)
            continue
        told.add(CaseAnswered(matter=matter, office_id=office.id, entered_at=answered), now)
        if (said := answered + timedelta(seconds=chance.uniform(1, 5))) < now:
            told.add(MessageDelivered(matter=matter, message="answered", delivered_at=said), now)
            told.add(SurveyInvited(survey_id=f"s-{number}", invited_at=said), now)
            if chance.random() < 0.3:
                score = chance.choice([1, 2, 3, 4, 4, 5, 5, 5])
                told.add(SurveyAnswered(survey_id=f"s-{number}", score=score), now)
    return told
