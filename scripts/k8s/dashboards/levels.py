"""The promises of docs/slo.md: how fast each uses up its budget, and what is left of it."""

from __future__ import annotations

from scripts.k8s.dashboards.board import Board, Line, Panel
from scripts.k8s.dashboards.figures import CITY
from scripts.k8s.service_levels import LEVELS, Level

# What each promise asks, and what to do when it is broken.
_WORDS = {
    "taken": ("Are inquiries taken?", "Is the database away, or is it a rollout? Go back."),
    "receipt": ("Does the receipt come within 0.3 s?", "Look at intake's saves."),
    "routed": (
        "Is an inquiry routed within 10 s?",
        "Look at routing's lag, and at intake's outbox.",
    ),
    "at_office": (
        "Is an assignment on its office's list within 20 s?",
        "Look at the lag of districts, and at routing's outbox.",
    ),
    "told_in_time": (
        "Do citizens hear within 60 s?",
        "Look at the lag of notify and its provider.",
    ),
    "told": ("Do messages to citizens go out?", "The provider, or a text that cannot be written."),
    "handled": ("Do events have their effect?", "Which reason? Then mend it and replay."),
    "office_calls": ("Do offices' calls succeed?", "Is districts' database away?"),
}
# Failures are traced; what only came late is found by its length.
_TRACES = {
    "taken": '{ resource.service.name = "intake" && status = error }',
    "receipt": '{ resource.service.name = "intake" && duration > 300ms }',
    "routed": '{ resource.service.name = "routing" && duration > 1s }',
    "at_office": '{ resource.service.name = "districts" && duration > 1s }',
    "told_in_time": '{ resource.service.name = "notify" && duration > 1s }',
    "told": '{ resource.service.name = "notify" && status = error }',
    "handled": "{ status = error }",
    "office_calls": '{ resource.service.name = "districts" && status = error }',
}


def _burns(level: Level) -> Panel:
    asks, remedy = _WORDS[level.sli]
    chosen = f'{CITY}, sli="{level.sli}"'
    budget = f'scalar(max(dasan:budget:ratio{{sli="{level.sli}"}}))'
    return Panel(
        number=level.panel,
        asks=asks,
        about=f"How many times faster than allowed the budget of {level.kept:g} % burns. Above 14.4"
        f" somebody is woken within minutes, above 6 within the hour; 1 is just kept. {remedy}",
        unit="short",
        lines=tuple(
            Line(
                f"max by (service) (dasan:bad:ratio{window}{{{chosen}}}) / {budget}",
                f"{{{{service}}}} {window}",
            )
            for window in ("5m", "1h", "6h")
        ),
        alerts=(level.alert,),
        bound=6,
        traces=_TRACES[level.sli],
    )


BOARD = Board(
    uid="dasan-levels",
    title="Dasan: service levels",
    about="What the city promises (docs/slo.md), and whether it keeps it.",
    rows={
        "The month": [
            Panel(
                number=9,
                asks="How much of the month's budget is left?",
                about="1 is all of it, 0 none, below 0 the promise is broken. Near 0: put off risky"
                " rollouts and mend the cause first.",
                unit="percentunit",
                lines=(
                    Line(
                        f"1 - max by (sli, service) (dasan:bad:ratio30d{{{CITY}}})"
                        " / on (sli) group_left () max by (sli) (dasan:budget:ratio)",
                        "{{sli}} {{service}}",
                    ),
                ),
            ),
        ],
        "How fast it burns": [_burns(level) for level in LEVELS],
    },
)
