"""PromQL for panels: each kind of figure is put together over replicas in the one right way.

docs/metrics.md says which way is whose: every replica exports its own counts, to be added, and some
gauges that each replica exports whole, of which the greatest is the truth.
"""

from __future__ import annotations

CITY = 'namespace="$namespace"'
SERVICE = f'{CITY}, service="$service"'
_OVER = "$__rate_interval"


def per_second(counter: str, by: str, where: str = CITY) -> str:
    """How fast a counter grows, all replicas together."""
    return f"sum by ({by}) (rate({counter}{{{where}}}[{_OVER}]))"


def grown(counter: str, by: str, where: str = CITY, over: str = _OVER) -> str:
    """By how much a counter grew in a while, all replicas together."""
    return f"sum by ({by}) (increase({counter}{{{where}}}[{over}]))"


def slowest(histogram: str, by: str, where: str = CITY, *, share: float = 0.99) -> str:
    """What `share` of the observations stayed below."""
    together = per_second(f"{histogram}_bucket", f"{by}, le" if by else "le", where)
    return f"histogram_quantile({share:g}, {together})"


def added(gauge: str, by: str, where: str = CITY) -> str:
    """A gauge that each replica has of its own share."""
    return f"sum by ({by}) ({gauge}{{{where}}})"


def most(gauge: str, by: str, where: str = CITY) -> str:
    """A gauge that each replica exports whole, or of which the worst replica counts."""
    return f"max by ({by}) ({gauge}{{{where}}})"
