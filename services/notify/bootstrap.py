"""Puts notify together: `build` makes the clients, `assemble` the service."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Literal, cast

from services import cities
from services.cities.recorded import CityOfToday
from services.common.aggregates.update import Store
from services.common.edge.readiness import Readiness
from services.common.pages.assets import Assets
from services.common.process.pace import Pace
from services.common.process.parts import Part
from services.common.run.assembly import Assembled, Kit, connect
from services.notify.adapters.email import EmailChannel
from services.notify.adapters.file import FileChannel
from services.notify.adapters.limits import MongoLimits
from services.notify.adapters.offices import LiveOffices
from services.notify.adapters.peers import GrpcPeers
from services.notify.adapters.repository import ALIAS, DATABASE, DOCUMENTS, delivery_store
from services.notify.adapters.sms import SmsChannel
from services.notify.adapters.wire import HEARD, NAMES, wire
from services.notify.adapters.words import TemplateWriter
from services.notify.application.handlers import Notifier
from services.notify.application.ports import Channel, DeliveryLog, Limits, Peers, Writer
from services.notify.domain.model import Delivery, DeliveryChannel, Patience
from services.notify.entrypoints import http
from services.notify.settings import NotifySettings

# How long events gather. Longer: messages go out later. Shorter: fewer share the questions to the
# peers and the write.
GATHER = timedelta(milliseconds=250)


async def build(settings: NotifySettings, readiness: Readiness) -> Sequence[Part]:
    """The parts of notify, in no order: their stages say which starts first.

    Waits for nothing outside. Each part tries again by itself; `readiness` says what is missing.
    Raises PackFaults for a city that cannot be loaded, FileFaults for an unusable file of callers
    or signing keys, MessagesFault for texts that cannot be used.
    """
    city = cities.load(settings.city)
    kit = connect(
        "notify", settings, readiness, database=DATABASE, alias=ALIAS, documents=DOCUMENTS
    )
    store = delivery_store()
    offices = LiveOffices(kit.brokers, kit.clock)
    today = CityOfToday(city, offices.newest, kit.clock)
    notify = assemble(
        kit,
        store=store,
        log=store,
        peers=GrpcPeers(
            intake=kit.channel(settings.intake_grpc, settings.service_key),
            districts=kit.channel(settings.districts_grpc, settings.service_key),
            survey=kit.channel(settings.survey_grpc, settings.service_key),
        ),
        writer=TemplateWriter(today.as_known),
        limits=MongoLimits(
            ALIAS,
            most=settings.notify_hourly_limit,
            key=settings.service_key.get_secret_value(),
        ),
        sealed=city.sealed,
        channels=[_channel(kind, kit) for kind in settings.channels],
        patience=Patience(),
    )
    readiness.wants("offices", offices.check)
    return [*kit.parts, offices, *notify.parts]


def assemble(
    kit: Kit[NotifySettings],
    *,
    store: Store[Delivery],
    log: DeliveryLog,
    peers: Peers,
    writer: Writer,
    limits: Limits,
    sealed: Collection[str],
    channels: Sequence[Channel],
    patience: Patience,
) -> Assembled:
    """Notify on these collaborators."""
    events = wire(sealed)
    persistence = kit.persistence(events, Pace(steady=True))
    notifier = Notifier(
        aggregates=persistence.aggregates(store),
        names=NAMES,
        peers=peers,
        writer=writer,
        limits=limits,
        sealed=sealed,
        channels=channels,
        patience=patience,
        clock=kit.clock,
        chance=kit.chance,
    )
    web = http.create(deliveries=log, callers=kit.callers, readiness=kit.readiness, assets=Assets())
    return Assembled(
        handle=notifier.handle,
        web=web,
        parts=[
            persistence,
            kit.ticker(store, notifier.wake, persistence),
            kit.consumer(events, HEARD, notifier.handle, pace=Pace(GATHER, steady=True)),
            kit.http_server(web, kit.settings.notify_http_port),
            kit.management_server(kit.settings.notify_management_port),
        ],
    )


def _channel(kind: DeliveryChannel, kit: Kit[NotifySettings]) -> Channel:
    settings = kit.settings
    match kind:
        case DeliveryChannel.FILE:
            return FileChannel(settings.notify_file_dir)
        case DeliveryChannel.SMS:
            sms = SmsChannel(
                url=settings.sms_gateway_url,
                token=settings.sms_gateway_token.get_secret_value(),
                parallel=settings.notify_parallel,
            )
            kit.closes("sms", sms.close)
            return sms
        case DeliveryChannel.EMAIL:
            return EmailChannel(
                host=settings.smtp_host,
                port=settings.smtp_port,
                tls=cast(Literal["none", "starttls", "tls"], settings.smtp_tls),
                user=settings.smtp_user,
                password=settings.smtp_password.get_secret_value(),
                sender=settings.smtp_from,
                parallel=settings.notify_parallel,
                clock=kit.clock,
            )
