"""What the bench of the offices and its load tell each other: a JSON line for each step and what
came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from simulation.numbers import quantile
from simulation.outside import WaysIn


class _Line(BaseModel):
    # A time that nothing had is no number.
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


class Site(_Line):
    """Where the city answers, and who watches: the offices that there are today."""

    ways: WaysIn
    offices: tuple[str, ...]


class Times(_Line):
    """Quantiles of measured times, in seconds; not a number where nothing was measured."""

    count: int
    p50: float
    p95: float
    p99: float
    most: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Self:
        """Those of these times."""
        p50, p95, p99, most = (quantile(seconds, share) for share in (0.5, 0.95, 0.99, 1.0))
        return cls(count=len(seconds), p50=p50, p95=p95, p99=p99, most=most)


class Sample(_Line):
    """Make one case in each stage, by the bus and by gRPC, at this office; `permit` is the code of
    a service that ends with a permit, `plain` of one that does not."""

    do: Literal["sample"] = "sample"
    office: str
    plain: str
    permit: str


class Sampled(_Line):
    """The ids of the cases, by stage: open, permit (open, too), accepted, answered."""

    did: Literal["sample"] = "sample"
    cases: Mapping[str, str]


class Command(_Line):
    """Accept and answer these cases, by office, for at most `seconds`: `callers` at once, each with
    one command a call, or with `together` in one call where that is more than 1."""

    do: Literal["command"] = "command"
    cases: Mapping[str, Sequence[str]]
    seconds: float
    callers: int
    together: int = 1


class Commanded(_Line):
    """How many commands were stored within how many seconds, how long each call took, and what was
    refused or failed: how often, by slug or status."""

    did: Literal["command"] = "command"
    stored: int
    seconds: float
    calls: Times
    refused: Mapping[str, int]


class Ask(_Line):
    """Read the first page of an office's list so often, one call after the other. Of the cases in
    `states` (names of WorkState; none: what is left to do), those that the filters let through;
    `due_within` in seconds from now."""

    do: Literal["ask"] = "ask"
    office: str
    calls: int
    page_size: int = 0
    service_code: str = ""
    kind: str = ""
    permit_only: bool = False
    due_within: float | None = None
    states: tuple[str, ...] = ()


class Listed(_Line):
    """How long each call took, and how many cases the page had."""

    did: Literal["ask"] = "ask"
    items: int
    calls: Times


class Connect(_Line):
    """Have every office watch its work, each on a connection of its own."""

    do: Literal["connect"] = "connect"


class Connected(_Line):
    """Every office has read its list: how many cases were in them, and after how many seconds."""

    did: Literal["connect"] = "connect"
    watchers: int
    items: int
    seconds: float


class Assign(_Line):
    """Assign `rate` new cases a second for `seconds`, on the bus, to the offices in turn; wait up
    to `patience` seconds for the last."""

    do: Literal["assign"] = "assign"
    rate: float
    seconds: float
    plain: str
    patience: float = 30.0


class Delivered(_Line):
    """How long after its event was given to the bus each case reached its office's watch. `late` is
    by how much the events were given later than at the rate (99 of 100), `broken` how many watches
    ended meanwhile and went on."""

    did: Literal["assign"] = "assign"
    sent: int
    times: Times
    late: float
    broken: int


STEP: TypeAdapter[Sample | Command | Ask | Connect | Assign] = TypeAdapter(
    Annotated[Sample | Command | Ask | Connect | Assign, Field(discriminator="do")]
)
CAME: TypeAdapter[Sampled | Commanded | Listed | Connected | Delivered] = TypeAdapter(
    Annotated[Sampled | Commanded | Listed | Connected | Delivered, Field(discriminator="did")]
)
