"""What districts reads from its environment."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from services.common.run.settings import Port, ServiceKey, ServiceSettings


class DistrictsSettings(ServiceSettings):
    """Beside the settings of every service."""

    districts_http_port: Port = Field(8122, description="Port of health, metrics and tokens")
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

    @model_validator(mode="after")
    def _known_where_made(self) -> Self:
        if self.token_signing_key_file is not None and self.token_keys_file is None:
            raise ValueError("TOKEN_SIGNING_KEY_FILE needs TOKEN_KEYS_FILE, or nobody takes tokens")
        return self
