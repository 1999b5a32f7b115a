"""What routing reads from its environment."""

from __future__ import annotations

from pydantic import Field

from services.common.edge.sessions import OverTls, SessionSecret
from services.common.run.settings import (
    ManagementPort,
    Port,
    Proxies,
    ServiceKey,
    ServiceSettings,
)


class RoutingSettings(ServiceSettings):
    """Beside the settings of every service."""

    routing_http_port: Port = Field(8121, description="Port of the HTTP API")
    routing_management_port: ManagementPort = 8131
    routing_grpc_port: Port = Field(
        9121, description="Port of the gRPC API, for the coordinator's software"
    )
    intake_grpc: str = Field("127.0.0.1:9120", description="Intake's gRPC address, for the words")
    service_key: ServiceKey
    proxies: Proxies = 0
    desk_session_secret: SessionSecret
    desk_over_tls: OverTls = True
