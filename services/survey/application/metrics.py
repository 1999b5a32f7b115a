"""The figures that survey shows beside the kit's."""

from __future__ import annotations

from prometheus_client import Gauge

# Of all surveys ever, by the workload of the office; absent while the database is away.
SATISFACTION = Gauge(
    "dasan_satisfaction_points",
    "Mean of the answers on a scale of 100 points; absent where nobody has answered",
    ["workload"],
)
INVITED = Gauge("dasan_surveys_invited", "Surveys to which citizens were invited", ["workload"])
ANSWERED = Gauge("dasan_surveys_answered", "Surveys that citizens have answered", ["workload"])
