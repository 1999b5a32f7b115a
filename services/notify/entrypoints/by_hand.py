"""What a person does by hand for notify: send again, and look at all messages."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from services import cities
from services.common.aggregates import mongo
from services.common.aggregates.marking import marking
from services.common.kernel import DomainError
from services.common.process.clock import new_id, utc_now
from services.common.run.command_line import Command, say, time_of
from services.common.run.settings import ServiceSettings
from services.notify.adapters.repository import ALIAS, DATABASE, delivery_store
from services.notify.adapters.wire import wire
from services.notify.adapters.words import MessagesFault, TemplateWriter
from services.notify.application.resend import Choice, resend
from services.notify.domain.model import FailureReason, WaitReason
from services.notify.entrypoints.preview import page

MOST = 1_000
_REASONS: dict[str, FailureReason | WaitReason] = {
    str(WaitReason.HELD): WaitReason.HELD,
    **{str(reason): reason for reason in FailureReason},
}


def _add_resend_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Sets messages that failed, or are held, to be sent again now: the running replicas send "
        "them. What is held goes out by itself sooner or later; what failed does only by this. "
        "Repeat it as often as you like: what is set already is not chosen again."
    )
    parser.add_argument(
        "--since",
        type=time_of,
        required=True,
        metavar="TIME",
        help="what failed, or was tried last, since then (ISO 8601; UTC without an offset)",
    )
    parser.add_argument(
        "--reason",
        choices=sorted(_REASONS),
        required=True,
        help="held: the provider or we were at fault; the others are reasons of MessageFailed",
    )
    parser.add_argument(
        "--most",
        type=_positive,
        default=MOST,
        metavar="N",
        help=f"at most so many, earlier inquiries first (default {MOST})",
    )
    parser.add_argument("--dry-run", action="store_true", help="say how many, and change nothing")


def _resend(_: str, settings: ServiceSettings, arguments: argparse.Namespace) -> int:
    """2 when the database is away or the city cannot be used."""
    try:
        sealed = cities.load(settings.city).sealed
    except cities.PackFaults as error:
        say(str(error))
        return 2
    mongo.connect(settings.mongo_url.get_secret_value(), DATABASE, ALIAS)
    choice = Choice(reason=_REASONS[arguments.reason], since=arguments.since, most=arguments.most)
    store = delivery_store()
    work = resend(
        store,
        marking("notify", store, wire=wire(sealed), clock=utc_now, new_id=new_id),
        choice,
        dry_run=arguments.dry_run,
        now=utc_now(),
        new_id=new_id,
        tell=say,
    )
    try:
        done = asyncio.run(work)
    except DomainError as error:
        say(f"not finished: {error}; the same command goes on from here")
        return 2
    if done.changed:
        say(f"{done.changed} changed meanwhile and were left as they are")
    if done.more:
        say("there are more: run it again, or with a larger --most")
    say(f"{done.chosen} would be sent" if arguments.dry_run else f"{done.again} will be sent")
    return 0


def _add_messages_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Writes every message, language and channel into one page, for reading."
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(".dasan/messages.html"),
        metavar="FILE",
        help="where the page is written (default %(default)s)",
    )


def _messages(_: str, settings: ServiceSettings, arguments: argparse.Namespace) -> int:
    """2 when the texts or the city cannot be used."""
    try:
        city = cities.load(settings.city)
        html = page(city, TemplateWriter(lambda: city))
    except (MessagesFault, cities.PackFaults) as error:
        say(str(error))
        return 2
    out: Path = arguments.out
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(html, encoding="utf-8")
    say(f"every message is in {out}")
    return 0


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


COMMANDS = (
    Command(
        name="resend",
        help="send again what failed or is held",
        add_arguments=_add_resend_arguments,
        run=_resend,
    ),
    Command(
        name="messages",
        help="write every message into one page, for reading",
        add_arguments=_add_messages_arguments,
        run=_messages,
    ),
)
