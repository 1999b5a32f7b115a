"""What a citizen filled in, as a clerk reads it: JSON's 2026-12-01 and 12000 are for machines."""

from __future__ import annotations

from datetime import date

from services.cities import FieldType
from services.common.pages.desks import FrontPages
from services.districts.application.office_work import FormAnswer


def read(answer: FormAnswer, language: str, pages: FrontPages) -> tuple[str, str]:
    """The name of a field and what stands in it. Both are in the city's first language, whatever
    the page's is, but for days, amounts, yes and no. What no longer fits the form, which may have
    changed since, is shown as it was sent."""
    try:
        return answer.name, _value(answer, language, pages)
    except ValueError:
        return answer.name, answer.value


def _value(answer: FormAnswer, language: str, pages: FrontPages) -> str:
    match answer.type:
        case FieldType.DATE:
            return pages.day(language, date.fromisoformat(answer.value))
        case FieldType.MONEY:
            return pages.say(language, "fee.won", won=f"{int(answer.value):,}")
        case FieldType.INTEGER:
            return f"{int(answer.value):,}"
        case FieldType.YES_NO if answer.value in ("yes", "no"):
            return pages.say(language, f"answer.{answer.value}")
        case _:
            return answer.choice_name or answer.value
