"""What a city's rules of competence decide, for tests that ask for nothing but the offices."""

from __future__ import annotations

from datetime import date, datetime, time

from services.cities import Channel, City, Facts, Resolution, RuleSet, Verdict, at_place, evaluate


def verdict(
    city: City,
    service: str,
    resolution: Resolution | None,
    day: date,
    *,
    ruleset: RuleSet | None = None,
) -> Verdict:
    """The verdict on a matter that came by the web page at noon of the day."""
    asked = Facts(
        service=service,
        channel=Channel.WEB,
        language=city.languages[0],
        received_at=datetime.combine(day, time(12), tzinfo=city.timezone),
        on=day,
        today=day,
    )
    return evaluate(ruleset or city.rules, city, at_place(asked, resolution))
