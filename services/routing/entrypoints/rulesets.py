"""HTTP for the officials who keep the rules of competence: versions, activation, and what other
rules would change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Path
from fastapi.responses import PlainTextResponse
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from services.cities import City
from services.common.edge.access import Caller, Callers
from services.common.edge.http_kit import caller_with
from services.common.edge.openapi import AWAY, NOT_STORED, Refusal, refusals
from services.common.edge.plain_words import words_only
from services.routing.application.rulesets import RuleSets, Versions
from services.routing.domain.ruleset.decide import LONGEST_REASON
from services.routing.domain.ruleset.model import Activation, RuleSetVersion
from services.routing.domain.ruleset.replay import Changed, DryRun, Ruling
from services.routing.entrypoints.schema import OfficeBody
from services.routing.entrypoints.scopes import ASSIGNMENTS, RULESETS, hidden_from

MOST_DECISIONS = 10_000
"""Decisions that one dry run takes again at most. More: the answer takes longer than a caller
waits."""
_LONGEST_DOCUMENT = 200_000

Version = Annotated[
    str,
    Path(min_length=1, max_length=64, description="As in the document", examples=["2026-12-01"]),
]
_UNREAD = Refusal(status=503, slug="rules_unread", meaning="This replica has not read them yet")
_BUSY = Refusal(
    status=503, slug="rules_busy", meaning="Others are being checked or tried; try again"
)
_UNKNOWN = Refusal(status=404, slug="unknown_ruleset", meaning="There are no rules of this version")
_INVALID = Refusal(
    status=422, slug="invalid_ruleset", meaning="They do not fit the city; each fault is named"
)
_TAKEN = Refusal(
    status=409, slug="version_taken", meaning="There are other rules of this version already"
)
_TOO_SOON = Refusal(
    status=422, slug="effective_too_soon", meaning="Replicas could not have them by then"
)


class ProposeBody(BaseModel):
    """A rule set to keep."""

    model_config = ConfigDict(extra="forbid")
    document: str = Field(
        min_length=1,
        max_length=_LONGEST_DOCUMENT,
        description="The rules as YAML, as in a city's `competence.yaml`, with a `version` of their"
        " own",
    )


class ActivateBody(BaseModel):
    """From when rules decide, and why."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_REASON),
        BeforeValidator(words_only),
    ] = Field(
        description="Why, for those who read it later; it is told to nobody outside routing",
        examples=["강남구 사무위임 규칙 개정(2026. 12. 1.)"],
    )
    effective_from: AwareDatetime | None = Field(
        None, description="With its offset, 15 seconds ahead at least; the earliest if none"
    )


class DryRunBody(BaseModel):
    """Rules to try on past decisions."""

    model_config = ConfigDict(extra="forbid")
    document: str = Field(
        min_length=1, max_length=_LONGEST_DOCUMENT, description="As for a new one"
    )
    last: int = Field(
        1000, ge=1, le=MOST_DECISIONS, description="How many decisions, the latest inquiries first"
    )


class ActivationBody(BaseModel):
    """When a version begins or began to decide, and who said so."""

    effective_from: datetime
    reason: str
    activated_at: datetime
    activated_by: str

    @classmethod
    def of(cls, activation: Activation) -> Self:
        """The body of an activation."""
        return cls(
            effective_from=activation.effective_from,
            reason=activation.reason,
            activated_at=activation.activated_at,
            activated_by=activation.activated_by,
        )


class VersionBody(BaseModel):
    """One version, without its document."""

    version: str
    proposed_at: datetime
    proposed_by: str
    activations: list[ActivationBody] = Field(description="In the order in which they were given")

    @classmethod
    def of(cls, version: RuleSetVersion) -> Self:
        """The body of a version."""
        return cls(
            version=version.version,
            proposed_at=version.proposed_at,
            proposed_by=version.proposed_by,
            activations=[ActivationBody.of(one) for one in version.activations],
        )


class VersionsBody(BaseModel):
    """All versions, the latest first."""

    in_force: str = Field(description="Whose rules decide now")
    of_the_pack: str = Field(description="The version that came with the city's data")
    versions: list[VersionBody]

    @classmethod
    def of(cls, city: City, versions: Versions) -> Self:
        """The body of all versions."""
        return cls(
            in_force=versions.in_force,
            of_the_pack=city.rules.version,
            versions=[VersionBody.of(one) for one in versions.stored],
        )


class RulingBody(BaseModel):
    """What rules decide: the office, or what must be asked first."""

    rule: str
    office: OfficeBody | None
    ask: str | None = Field(description="`place` or `service`; null where an office was found")

    @classmethod
    def of(cls, city: City, ruling: Ruling) -> Self:
        """The body of a ruling."""
        found = ruling.office_id
        return cls(
            rule=ruling.rule,
            office=OfficeBody.of(city, found) if found else None,
            ask=ruling.ask,
        )


class ChangedBody(BaseModel):
    """A decision that the other rules would take otherwise."""

    inquiry_id: str
    service_code: str
    before: RulingBody
    after: RulingBody

    @classmethod
    def of(cls, city: City, changed: Changed) -> Self:
        """The body of one decision."""
        return cls(
            inquiry_id=changed.past.inquiry_id,
            service_code=changed.past.service_code,
            before=RulingBody.of(city, changed.past.ruling),
            after=RulingBody.of(city, changed.ruling),
        )


class OfficeChangeBody(BaseModel):
    """How many of the moved decisions an office would lose and get."""

    office: OfficeBody
    loses: int
    gets: int


class DryRunResultBody(BaseModel):
    """What the rules would change. Nothing was changed."""

    version: str
    decisions: int = Field(description="Past decisions that were taken again")
    moved: int = Field(
        description="Would lie elsewhere, or be asked about where an office was found"
    )
    renamed: int = Field(description="Would lie at the same office, by another rule")
    asked_before: int = Field(description="Of the moved ones, those that had to be asked about")
    asked_after: int = Field(description="Of the moved ones, those that would be asked about")
    offices: list[OfficeChangeBody] = Field(description="The largest change first")
    samples: list[ChangedBody] = Field(
        description="At most 20, of every kind of change if possible"
    )

    @classmethod
    def of(cls, city: City, run: DryRun) -> Self:
        """The body of a dry run."""
        offices = {id_ for id_ in (*run.before, *run.after) if id_}
        ordered = sorted(offices, key=lambda id_: (-abs(run.after[id_] - run.before[id_]), id_))
        return cls(
            version=run.version,
            decisions=run.decisions,
            moved=run.moved,
            renamed=run.renamed,
            asked_before=run.before[""],
            asked_after=run.after[""],
            offices=[
                OfficeChangeBody(
                    office=OfficeBody.of(city, id_), loses=run.before[id_], gets=run.after[id_]
                )
                for id_ in ordered
            ],
            samples=[ChangedBody.of(city, one) for one in run.samples],
        )


def ruleset_routes(present: Callable[[], City], rulesets: RuleSets, callers: Callers) -> APIRouter:
    """The routes under /v1/rulesets; `present` gives the city of now, which names the offices."""
    router = APIRouter(prefix="/v1/rulesets")
    may_read = Depends(caller_with(callers, ASSIGNMENTS))
    may_change = Depends(caller_with(callers, RULESETS))

    @router.get("", responses=refusals(_UNREAD), dependencies=[may_read])
    async def versions() -> VersionsBody:
        """The versions of the rules of competence, and which of them is in force."""
        return VersionsBody.of(present(), rulesets.versions())

    @router.get(
        "/{version}/document",
        responses=refusals(_UNKNOWN, _UNREAD),
        dependencies=[may_read],
        response_class=PlainTextResponse,
    )
    async def document(version: Version) -> str:
        """The rules of a version, as they were proposed."""
        return rulesets.version(version).text

    @router.post("", status_code=201, responses=refusals(_INVALID, _TAKEN, _BUSY, *NOT_STORED))
    async def propose(body: ProposeBody, caller: Caller = may_change) -> VersionBody:
        """Checks rules against the whole city and keeps them; they decide nothing before they are
        activated. The same rules again change nothing."""
        return VersionBody.of(await rulesets.propose(body.document, caller=caller.id))

    @router.post(
        "/{version}/activate",
        responses=refusals(_UNKNOWN, _INVALID, _TOO_SOON, _UNREAD, _BUSY, *NOT_STORED),
    )
    async def activate(
        version: Version, body: ActivateBody, caller: Caller = may_change
    ) -> VersionBody:
        """Puts a version in force, for every decision from that moment on until other rules are
        activated. To go back, activate the older version again. To take back an activation that
        has not begun, activate from the same moment the version that shall hold then."""
        activated = await rulesets.activate(
            version,
            effective_from=body.effective_from,
            reason=body.reason,
            caller=caller.id,
        )
        return VersionBody.of(activated)

    @router.post("/dry-run", responses=refusals(_INVALID, _BUSY, *AWAY))
    async def dry_run(body: DryRunBody, caller: Caller = may_read) -> DryRunResultBody:
        """What rules would change among the last decisions, without effect. Each decision is taken
        again on the facts and the day on which it was taken."""
        city = present()
        hidden = hidden_from(city, caller)
        run = await rulesets.dry_run(body.document, last=body.last, hidden=hidden)
        return DryRunResultBody.of(city, run)

    return router
