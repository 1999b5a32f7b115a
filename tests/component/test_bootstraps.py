"""Every service's `build`, as its process runs it, with everything around it away."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import mongoengine
import pytest
from pydantic import SecretStr, ValidationError

from deploy.local import keys
from services.common.consuming.recent import Newest
from services.common.edge import grpc_kit
from services.common.edge.readiness import Readiness
from services.common.process.parts import Check, Part, Stage
from services.common.run.service import running
from services.common.run.settings import ServiceSettings
from services.districts import bootstrap as districts
from services.districts.settings import DistrictsSettings
from services.intake import bootstrap as intake
from services.intake.settings import IntakeSettings
from services.notify import bootstrap as notify
from services.notify.settings import NotifySettings
from services.routing import bootstrap as routing
from services.routing.settings import RoutingSettings
from services.survey import bootstrap as survey
from services.survey.settings import SurveySettings
from tests.support.callers import KEY

Build = Callable[[Any, Readiness], Awaitable[Sequence[Part]]]

AWAY: dict[str, Any] = {
    "mongo_url": SecretStr("mongodb://127.0.0.1:9/"),
    "kafka_bootstrap": "127.0.0.1:9",
    "city": "saebom",
}
CALLING = {**AWAY, "service_key": KEY}
SECRET = "a secret of 22 letters"
SERVICES: dict[str, tuple[Build, ServiceSettings]] = {
    "intake": (
        intake.build,
        IntakeSettings(status_token_secret=SecretStr(SECRET), **CALLING),
    ),
    "routing": (routing.build, RoutingSettings(**CALLING, desk_session_secret=KEY)),
    "districts": (
        districts.build,
        DistrictsSettings(**CALLING, desk_session_secret=KEY),
    ),
    "survey": (survey.build, SurveySettings(survey_token_secret=SecretStr(SECRET), **AWAY)),
    "notify": (notify.build, NotifySettings(**CALLING)),
}
PEERS = {"intake": 1, "routing": 1, "districts": 1, "survey": 0, "notify": 3}


class Noting(Readiness):
    """Knows the names of what it was told of."""

    def __init__(self) -> None:
        super().__init__()
        self.needed: list[str] = []
        self.wanted: list[str] = []

    def needs(self, name: str, check: Check, *, tolerating: Collection[str] = ()) -> None:
        self.needed.append(name)
        super().needs(name, check, tolerating=tolerating)

    def wants(self, name: str, check: Check) -> None:
        self.wanted.append(name)
        super().wants(name, check)


@dataclass
class Built:
    """A service as its bootstrap made it, not started."""

    name: str
    parts: Sequence[Part] = ()
    readiness: Noting = field(default_factory=Noting)
    channels: list[grpc.aio.Channel] = field(default_factory=list)

    def names(self, stage: Stage) -> list[str]:
        """The names of the parts of one stage, in the order of the alphabet."""
        return sorted(part.name for part in self.parts if part.stage is stage)


@pytest.fixture(params=SERVICES)
async def built(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Built]:
    made = Built(request.param)
    channel = grpc_kit.channel

    def noted(address: str, key: SecretStr, certificates: object) -> grpc.aio.Channel:
        assert key == KEY
        assert certificates is None
        made.channels.append(channel(address, key))
        return made.channels[-1]

    monkeypatch.setattr(grpc_kit, "channel", noted)
    build, settings = SERVICES[made.name]
    callers = {"callers_file": keys.write_callers(tmp_path)}
    made.parts = await build(settings.model_copy(update=callers), made.readiness)
    yield made
    mongoengine.disconnect(made.name)


def test_a_signing_key_whose_tokens_nobody_takes_is_a_fault(tmp_path: Path) -> None:
    private, public = keys.signing(tmp_path)
    with pytest.raises(ValidationError, match="TOKEN_SIGNING_KEY_FILE needs TOKEN_KEYS_FILE"):
        DistrictsSettings(token_signing_key_file=private, **CALLING, desk_session_secret=KEY)
    DistrictsSettings(
        token_signing_key_file=private,
        token_keys_file=public,
        **CALLING,
        desk_session_secret=KEY,
    )


def test_a_service_waits_for_nothing_and_is_not_ready_without_these(built: Built) -> None:
    rules = ["rules", "offices", "delegations"] if built.name == "routing" else []
    assert built.readiness.needed == ["database", "indexes", "run", *rules, "partitions"]


def test_what_a_service_follows_without_waiting_for_it_is_shown(built: Built) -> None:
    """Whoever names offices by the pack alone, because the record cannot be read, says so."""
    shown = {"routing": ["view", "news"], "districts": [], "survey": ["view", "offices"]}
    assert built.readiness.wanted == shown.get(built.name, ["offices"])


def test_who_names_offices_follows_their_record(built: Built) -> None:
    """Districts has the record itself."""
    followed = [part for part in built.parts if isinstance(part, Newest)]
    follows = "offices" in [part.name for part in followed]
    assert follows == (built.name != "districts")


def test_every_service_keeps_reads_and_serves(built: Built) -> None:
    assert built.names(Stage.PUBLISHER) == ["indexes", "persistence"]
    assert built.names(Stage.CONSUMER) == ["consumer"]
    assert "http" in built.names(Stage.SERVER)
    assert built.names(Stage.MANAGEMENT) == ["management"]


async def test_every_channel_to_a_peer_is_closed_at_the_stop(built: Built) -> None:
    assert len(built.channels) == PEERS[built.name]
    async with running([part for part in built.parts if part.stage is Stage.CLIENTS]):
        pass
    closed = [
        channel.get_state() is grpc.ChannelConnectivity.SHUTDOWN for channel in built.channels
    ]
    assert all(closed)
