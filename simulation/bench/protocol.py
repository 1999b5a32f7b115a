"""What the bench and its load generator tell each other: a JSON line for each trial and result."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from simulation.outside import WaysIn


class _Line(BaseModel):
    # A time that nothing had is no number.
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


class Target(_Line):
    """Where the city answers, and the secret of the local stack that stands for many people's."""

    ways: WaysIn
    survey: str
    survey_secret: str


class Trial(_Line):
    """Send `rate` inquiries a second for `seconds`, then wait until they have all ended."""

    rate: float
    seconds: float
    drain_seconds: float


class Begun(_Line):
    """The first inquiry of a trial goes out now."""

    at: Literal["begun"] = "begun"


class Sent(_Line):
    """The last inquiry of a trial has gone out; what follows is waiting.

    `ended` lifecycles have ended since `Begun`.
    """

    at: Literal["sent"] = "sent"
    ended: int


class Result(_Line):
    """What a trial came to. Times are seconds from the moment a request was meant to be sent.

    `growth` is how many lifecycles a second the backlog gained in the second half, `events` how
    many events the lifecycles told.
    """

    at: Literal["result"] = "result"
    rate: float
    seconds: float
    sent: int
    acknowledged: int
    ended_in_time: int
    ended: int
    events: int
    growth: float
    backlog: int
    drained_in: float
    late_sends: float
    ack: tuple[float, float]
    office: tuple[float, float]
    complete: tuple[float, float]
    faults: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def sustained(self) -> bool:
        """Whether the city kept up: nothing lost, and the backlog didn't grow."""
        lost = self.faults or self.errors or self.ended < self.sent
        return not lost and self.growth <= 0.03 * self.rate and self.backlog <= 5 * self.rate


LINE: TypeAdapter[Begun | Sent | Result] = TypeAdapter(
    Annotated[Begun | Sent | Result, Field(discriminator="at")]
)
