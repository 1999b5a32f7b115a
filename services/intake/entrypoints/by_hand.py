"""What a person does by hand for intake: after a restore its counters must go on, too."""

from __future__ import annotations

import argparse
from datetime import datetime

from kafka.errors import KafkaError
from pymongo.errors import PyMongoError

from services.common.aggregates import mongo
from services.common.bus import audit, rewind
from services.common.run.command_line import Command, add_rewind_arguments, rewound, say
from services.common.run.settings import ServiceSettings
from services.intake.adapters.receipts_told import highest_told
from services.intake.adapters.repository import ALIAS, BLOCK, DATABASE, raise_counter

# Numbers passed over beyond the highest that was told: others were given out whose events had not
# reached the bus. Fewer: if the broker was away for hours before the database was lost, a number
# may come again. More: numbers of six digits.
PASSED_OVER = 100 * BLOCK


def _rewound(service: str, settings: ServiceSettings, arguments: argparse.Namespace) -> int:
    """As of every service. Before that no receipt number which a citizen may hold can be given
    again: the restored counter knows nothing of those given since."""
    try:
        since: datetime = arguments.to or rewind.began(arguments.backup)
        highest = highest_told(settings.brokers(), since)
        if not arguments.dry_run:
            mongo.connect(settings.mongo_url.get_secret_value(), DATABASE, ALIAS)
            for day, number in highest.items():
                raise_counter(day, number + PASSED_OVER)
    except (rewind.NotRewound, audit.NotRead, KafkaError, PyMongoError) as error:
        say(f"not set back: {error}")
        return 2
    for day, number in sorted(highest.items()):
        would = "would go" if arguments.dry_run else "go"
        say(f"receipt numbers of {day} {would} on after {number + PASSED_OVER}")
    return rewound(service, settings, arguments)


COMMANDS = (
    Command(
        name="rewind",
        help="after a restore: read again what came since, and give no receipt number twice",
        add_arguments=add_rewind_arguments,
        run=_rewound,
    ),
)
