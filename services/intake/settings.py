"""What intake can be told from outside."""

from __future__ import annotations

from pydantic import Field, SecretStr

from services.common.run.settings import ManagementPort, Port, Proxies, ServiceKey, ServiceSettings


class IntakeSettings(ServiceSettings):
    """Environment variables of intake, besides those every service has."""

    intake_http_port: Port = Field(8120, description="Port for citizens and systems")
    intake_management_port: ManagementPort = 8130
    intake_grpc_port: Port = Field(9120, description="Port for the other services")
    districts_grpc: str = Field("127.0.0.1:9122", description="districts, which holds the answers")
    service_key: ServiceKey
    intake_public_url: str = Field(
        "http://127.0.0.1:8120", description="How citizens reach this service; begins status links"
    )
    recipient_per_hour: int = Field(
        10,
        ge=0,
        description="Inquiries in an hour that may name one e-mail address or phone number, 0 for"
        " any number: what a stranger can make the city write to somebody. Each replica counts for"
        " itself",
    )
    anonymous_per_hour: int = Field(
        300,
        ge=0,
        description="Inquiries, and answers to what was asked, in an hour from one network address"
        " without a key, 0 for any number. A whole school or a mobile carrier may stand behind one"
        " address",
    )
    proxies: Proxies = 0
    status_token_secret: SecretStr = Field(
        min_length=16, description="Key of status links; a new one ends all links given out"
    )
