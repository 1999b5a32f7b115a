"""What this process would show to a monitor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import REGISTRY


def figure(name: str, **labels: str) -> float:
    """The value of a sample; 0.0 of one that nothing has moved yet."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


def shown(family: str) -> list[Mapping[str, str]]:
    """The label sets of a family, `family` without the endings of its samples."""
    return [
        {name: value for name, value in sample.labels.items() if name != "le"}
        for metric in REGISTRY.collect()
        if metric.name == family
        for sample in metric.samples
    ]


@contextmanager
def moved(name: str, by: float = 1, **labels: str) -> Iterator[None]:
    """What is done meanwhile moves the sample by so much."""
    before = figure(name, **labels)
    yield
    assert figure(name, **labels) - before == by, name
