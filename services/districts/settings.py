"""What districts reads from its environment."""

from __future__ import annotations

from pydantic import Field, SecretStr

from services.common.settings import ServiceKey, ServiceSettings


class OfficeTokenSettings(ServiceSettings):
    """What making the token of an office needs."""

    office_token_secret: SecretStr = Field(
        min_length=16, description="Signs the tokens of offices; at least 16 characters"
    )


class DistrictsSettings(OfficeTokenSettings):
    """Beside the settings of every service."""

    districts_http_port: int = Field(8122, description="Port of health and metrics")
    districts_grpc_port: int = Field(9122, description="Port of the gRPC API of offices")
    intake_grpc: str = Field("127.0.0.1:9120", description="Intake's gRPC address, for the words")
    service_key: ServiceKey
