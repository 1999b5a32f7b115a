"""The dashboards of a city for Grafana, as code: what each asks is in its own module.

`board` is what they are made of, `figures` writes their PromQL. `make k8s` writes their JSON into
deploy/k8s/base/monitoring/dashboards; tests/k8s/test_dashboards.py holds them to the figures that
there are.
"""

from __future__ import annotations

from scripts.k8s.dashboards import bus, city, integrators, levels, service

BOARDS = tuple(each.BOARD for each in (city, service, bus, levels, integrators))
