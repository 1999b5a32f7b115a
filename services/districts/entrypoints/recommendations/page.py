"""The report as a page of A4 that a person prints and signs."""

from __future__ import annotations

from pathlib import Path

from fastapi.responses import HTMLResponse

from services.cities import City
from services.common.pages import Pages, Texts
from services.common.pages.assets import Assets
from services.districts.domain.recommendation.decide import Report, Verdict
from services.districts.entrypoints.recommendations.plot import Plot, Values, beside, stacked
from services.districts.entrypoints.recommendations.wording import REPORT_LANGUAGES, Wording

_FOLDER = Path(__file__).parent
_VERDICTS = (Verdict.DELEGATE, Verdict.RECALL, Verdict.KEEP)


class ReportPages:
    """The pages of the reports on one city's districts."""

    def __init__(self, city: City, assets: Assets) -> None:
        """`city` gives its first language and its zone."""
        self._pages = Pages(
            _FOLDER,
            default_language=city.languages[0],
            timezone=city.timezone,
            assets=assets,
            languages=REPORT_LANGUAGES,
        )

    def language(self, *wishes: str | None) -> str:
        """The language of the report for the first wish that any fits."""
        return self._pages.language(*wishes)

    def texts(self, language: str) -> Texts:
        """The fixed texts of the report in one of its languages."""
        return self._pages.texts(language)

    def page(self, city: City, report: Report, language: str) -> HTMLResponse:
        """The report as a page, all of it, with the names that `city` has: it loads nothing but
        fonts of ours, where there are."""
        wording = Wording(city, report, self.texts(language), language)
        return self._pages.render(
            "report.html",
            language,
            city=city.names,
            report=report,
            wording=wording,
            kinds_plot=_of_kinds(report, wording),
            loads_plot=_of_loads(report, wording),
        )


def _of_kinds(report: Report, wording: Wording) -> Plot:
    """The permits a year of each kind, by what is recommended."""
    volumes: dict[str, dict[Verdict, float]] = {}
    for row in report.recommendations:
        of_kind = volumes.setdefault(row.service, dict.fromkeys(_VERDICTS, 0.0))
        of_kind[row.verdict] += row.volume
    return stacked(
        [
            Values(
                label=wording.kind(service),
                values=[of_kind[verdict] for verdict in _VERDICTS],
                number=f"{round(sum(of_kind.values())):,}",
            )
            for service, of_kind in volumes.items()
        ],
        [verdict.value for verdict in _VERDICTS],
    )


def _of_loads(report: Report, wording: Wording) -> Plot:
    """The day of each community office against what it can take."""
    return beside(
        [
            Values(
                label=wording.office(load.office),
                values=[load.now, load.recommended],
                number=f"{load.now:.1f} → {load.recommended:.1f}",
                mark=load.capacity,
            )
            for load in report.loads
        ],
        ["now", "recommended"],
    )
