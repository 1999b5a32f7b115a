"""What districts reads from its environment."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from services.common.edge.sessions import OverTls, SessionSecret
from services.common.run.settings import ManagementPort, Port, Proxies, ServiceKey, ServiceSettings


class DistrictsSettings(ServiceSettings):
    """Beside the settings of every service."""

    districts_http_port: Port = Field(8122, description="Port on which tokens are given")
    districts_management_port: ManagementPort = 8132
    districts_grpc_port: Port = Field(9122, description="Port of the gRPC API of offices")
    intake_grpc: str = Field("127.0.0.1:9120", description="Intake's gRPC address, for the words")
    service_key: ServiceKey
    token_signing_key_file: Path | None = Field(
        None,
        description="Private key that signs tokens, a JWK; a change counts within a second. Without"
        " it no tokens are given. `python -m services.common.edge.access_tokens` makes one",
    )
    token_life_seconds: int = Field(
        900,
        ge=60,
        le=3600,
        description="How long a token is good for. Longer: a stolen one serves longer. Shorter:"
        " offices come for a new one more often",
    )

    tokens_per_caller: int = Field(
        60,
        ge=0,
        description="Tokens in a minute for one caller, 0 for any number. Each replica counts for"
        " itself",
    )
    tokens_per_address: int = Field(
        600,
        ge=0,
        description="Requests for tokens in a minute from one network address, 0 for any number."
        " All machines of an office may stand behind one address",
    )
    watches_per_office: int = Field(
        32,
        ge=1,
        description="Open WatchWork streams of one office, on each replica: one for each machine"
        " of its software is enough",
    )
    verifications_per_address: int = Field(
        60,
        ge=0,
        description="Permit documents that one network address may verify in a minute, 0 for any"
        " number. Each replica counts for itself",
    )
    permits_url: str = Field(
        "http://127.0.0.1:8122/permits",
        min_length=1,
        max_length=200,
        description="Where anybody verifies a permit's document, as the document itself says it",
    )
    proxies: Proxies = 0
    desk_session_secret: SessionSecret
    desk_over_tls: OverTls = True

    @model_validator(mode="after")
    def _known_where_made(self) -> Self:
        if self.token_signing_key_file is not None and self.token_keys_file is None:
            raise ValueError("TOKEN_SIGNING_KEY_FILE needs TOKEN_KEYS_FILE, or nobody takes tokens")
        return self
