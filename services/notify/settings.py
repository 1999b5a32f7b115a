"""Settings of notify."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from services.common.run.settings import ManagementPort, Port, ServiceKey, ServiceSettings
from services.notify.domain.model import DeliveryChannel


class NotifySettings(ServiceSettings):
    """What notify needs beyond what every service has."""

    notify_http_port: Port = Field(8124, description="Port of the delivery log")
    notify_management_port: ManagementPort = 8134
    intake_grpc: str = Field("127.0.0.1:9120", description="ContactsService, host:port")
    districts_grpc: str = Field("127.0.0.1:9122", description="AnswersService, host:port")
    survey_grpc: str = Field("127.0.0.1:9123", description="InvitationsService, host:port")
    service_key: ServiceKey
    notify_channels: str = Field(
        "file",
        description="Channels in order of preference, of: file, email, sms (`email,sms` writes an "
        "e-mail where the citizen left an address, else a text message)",
    )
    notify_file_dir: Path = Field(
        Path(".dasan/messages"), description="Folder of the file channel, one file a message"
    )
    notify_parallel: int = Field(8, ge=1, description="Messages sent at the same time by a channel")
    notify_hourly_limit: int = Field(
        20,
        ge=1,
        description="Messages to one address in an hour of the clock; what is more waits for the"
        " next one. A citizen with one inquiry gets about five in all",
    )
    smtp_host: str = Field("", description="Mail server of the e-mail channel")
    smtp_port: Port = Field(587, description="Its port")
    smtp_tls: str = Field(
        "starttls", pattern="^(none|starttls|tls)$", description="none, starttls or tls"
    )
    smtp_user: str = Field("", description="User name; empty sends without login")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password")
    smtp_from: str = Field(
        "",
        pattern=r"^([^\s<>@,]+@[^\s<>@,]+)?$",
        description="Sender's bare address, e.g. 120@city.example; the name before it is the city's"
        " and its contact office's",
    )
    sms_gateway_url: str = Field("", description="Where the SMS channel posts its messages")
    sms_gateway_token: SecretStr = Field(
        SecretStr(""), description="Bearer token of the gateway; may be empty"
    )

    @property
    def channels(self) -> tuple[DeliveryChannel, ...]:
        """The channels in order of preference."""
        return tuple(DeliveryChannel(name.strip()) for name in self.notify_channels.split(","))

    @model_validator(mode="after")
    def _complete(self) -> Self:
        try:
            channels = self.channels
        except ValueError as error:
            raise ValueError(f"NOTIFY_CHANNELS: {error}") from error
        needs: dict[DeliveryChannel, tuple[str, ...]] = {
            DeliveryChannel.EMAIL: ("smtp_host", "smtp_from"),
            DeliveryChannel.SMS: ("sms_gateway_url",),
        }
        for channel in channels:
            for name in needs.get(channel, ()):
                if not getattr(self, name):
                    raise ValueError(f"{name.upper()} is needed by the channel {channel}")
        return self
