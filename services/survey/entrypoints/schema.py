"""The bodies of the survey's API, and what turns figures into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import Path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from services.cities import is_blank
from services.common.edge.plain_words import words_only
from services.survey.domain.commands import Answer
from services.survey.domain.decide import COMMENT_LONGEST
from services.survey.domain.hours import WindowFigure
from services.survey.domain.satisfaction import Figure, together

SurveyId = Annotated[str, Path(min_length=1, max_length=100, description="From the survey's link")]
Token = Annotated[str, Path(min_length=1, max_length=100, description="From the survey's link")]


def _number_only(value: object) -> object:
    # The library would take "5" and true as well.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")
    return value


class AnswerBody(BaseModel):
    """A citizen's answer."""

    model_config = ConfigDict(extra="forbid")

    score: Annotated[
        int,
        BeforeValidator(_number_only),
        Field(ge=1, le=5, description="1 worst, 5 best", examples=[4]),
    ]
    comment: Annotated[
        str,
        Field(max_length=COMMENT_LONGEST, description="May be empty", examples=["Quick. Thanks!"]),
        BeforeValidator(words_only),
    ] = ""

    def command(self) -> Answer:
        """The command that the body stands for."""
        return Answer(score=self.score, comment=shown(self.comment))


class AnsweredBody(BaseModel):
    """An answer that is stored."""

    survey_id: str
    status: Literal["answered"] = "answered"
    answered_at: datetime


class FigureBody(BaseModel):
    """How satisfied citizens are."""

    points: float | None = Field(
        ge=0, le=100, description="On 100 points; null where nobody has answered"
    )
    answered: int = Field(ge=0)
    invited: int = Field(ge=0)
    response_rate: float | None = Field(
        ge=0, description="Answers to an invitation; null without any"
    )


class OfficeFigureBody(FigureBody):
    """The figure of the office that answered."""

    office_id: str


class HourBody(FigureBody):
    """The city's figure of one hour, by when citizens answered."""

    model_config = ConfigDict(serialize_by_alias=True, populate_by_name=True)

    from_: datetime = Field(alias="from")
    to: datetime


class WindowBody(BaseModel):
    """The last hours, each for itself."""

    size_seconds: int
    hours: list[HourBody]


class SatisfactionBody(BaseModel):
    """Satisfaction of the city, of each office, and of each of the last hours."""

    city: FigureBody
    offices: list[OfficeFigureBody] = Field(description="By id")
    window: WindowBody

    @classmethod
    def of(cls, offices: Mapping[str, Figure], hours: Sequence[WindowFigure]) -> Self:
        """The body of these figures, the offices' by their ids."""
        return cls(
            city=FigureBody(**_figure(together(offices.values()))),
            offices=[
                OfficeFigureBody(office_id=id_, **_figure(figure))
                for id_, figure in sorted(offices.items())
            ],
            window=WindowBody(
                size_seconds=3600,
                hours=[HourBody(from_=h.start, to=h.end, **_figure(h.city)) for h in hours],
            ),
        )


def shown(comment: str) -> str:
    """The comment; empty where nothing of it can be seen."""
    return "" if is_blank(comment) else comment


def _figure(figure: Figure) -> dict[str, int | float | None]:
    return {
        "points": None if figure.points is None else round(figure.points, 1),
        "answered": figure.answered,
        "invited": figure.invited,
        "response_rate": None if figure.response_rate is None else round(figure.response_rate, 4),
    }
