"""The report as plain text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from services.cities import City
from services.common.pages import Texts
from services.districts.domain.recommendation.decide import Report
from services.districts.entrypoints.recommendations.wording import Wording


def as_text(city: City, report: Report, texts: Texts, language: str) -> str:
    """The report in lines, each number as on the page."""
    return "\n".join(_lines(Wording(city, report, texts, language), report, texts))


def _lines(wording: Wording, report: Report, texts: Texts) -> Iterator[str]:
    say = texts.say
    yield wording.title
    span = say("span.text", since=report.since, until=report.until, days=report.working_days)
    yield f"{say('span')}: {span}"
    yield f"{say('as_of')}: {report.on}"
    yield f"{say('received')}: {say('received.text', count=f'{report.received:,}')}"
    if report.unreadable:
        yield f"{say('unreadable')}: {say('unreadable.text', count=report.unreadable)}"
    yield ""
    yield from wording.result()
    yield ""
    yield f"== {say('changes')}"
    changes = wording.changes()
    if not changes:
        yield say("result.none")
    for group in changes:
        volume = say("unit.volume", value=f"{round(group.volume):,}")
        verdict = say(f"verdict.{group.verdict}")
        yield f"[{verdict}] {group.kind} ({volume}): {', '.join(group.offices)}"
        yield from (f"    {reason}" for reason in group.reasons)
    yield ""
    yield f"== {say('kept')}"
    for kind, why in wording.kept():
        yield f"{kind}: {why}"
    yield ""
    yield f"== {say('kinds')} ({say('column.verdicts')})"
    for line in wording.kinds():
        shares = ", ".join(
            f"{say(f'column.{name}')} {value}"
            for name, value in (
                ("median", line.median),
                ("p90", line.p90),
                ("inspected", line.inspected),
                ("consulted", line.consulted),
                ("overturned", line.overturned),
            )
        )
        remark = f" ({line.remark})" if line.remark else ""
        yield f"{line.name}: {line.received:,}{remark}, {shares}; {line.counts}"
    yield ""
    yield f"== {say('loads')}"
    for office, now, recommended, capacity in wording.loads():
        yield f"{office}: {now} -> {recommended} / {capacity}"
    yield say("loads.note")
    yield ""
    yield f"== {say('thresholds')}"
    for limit in wording.thresholds():
        yield f"{limit.what}: {limit.value} ({limit.certainty}; {limit.name}; {limit.source})"
    yield ""
    yield say("footer")
