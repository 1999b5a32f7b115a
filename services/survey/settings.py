"""Settings of survey."""

from __future__ import annotations

from pydantic import Field, SecretStr

from services.common.run.settings import ManagementPort, Port, ServiceSettings


class SurveySettings(ServiceSettings):
    """What survey needs beyond what every service has."""

    survey_http_port: Port = Field(8123, description="Port of the survey page and the figures")
    survey_management_port: ManagementPort = 8133
    survey_grpc_port: Port = Field(9123, description="Port of InvitationsService")
    survey_public_url: str = Field(
        "http://127.0.0.1:8123", description="Address under which citizens reach the survey page"
    )
    survey_token_secret: SecretStr = Field(
        min_length=16, description="Key of the secret survey links; at least 16 characters"
    )
    survey_days: float = Field(7, gt=0, le=366, description="Days a survey stays open")
