"""What intake can be told from outside."""

from __future__ import annotations

from pydantic import Field, SecretStr

from services.common.settings import ServiceKey, ServiceSettings


class IntakeSettings(ServiceSettings):
    """Environment variables of intake, besides those every service has."""

    intake_http_port: int = Field(8120, description="Port for citizens and systems")
    intake_grpc_port: int = Field(9120, description="Port for the other services")
    districts_grpc: str = Field("127.0.0.1:9122", description="districts, which holds the answers")
    service_key: ServiceKey
    intake_public_url: str = Field(
        "http://127.0.0.1:8120", description="How citizens reach this service; begins status links"
    )
    status_token_secret: SecretStr = Field(
        min_length=16, description="Key of status links; a new one ends all links given out"
    )
