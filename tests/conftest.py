"""What every test may ask for: a real broker and a real database, started once a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from deploy.local.authority import Authority, guarded_in
from deploy.local.broker import Broker, Guarded
from deploy.local.database import Database
from deploy.local.ports import Ports
from services.common.events import contracts
from services.common.process.garbage import collect_seldom

# The cities' data stay for the whole run: walking them again and again costs a sixth of it.
collect_seldom()
# Other tests share the processors: how long an example takes says nothing of the code.
settings.register_profile("shared processors", deadline=None)
settings.load_profile("shared processors")


@pytest.fixture(scope="session")
def parts_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the run's broker and database keep their data."""
    return tmp_path_factory.mktemp("parts")


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Signs the certificates of the run's broker, and others that a test wants."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def guarded(authority: Authority) -> Guarded:
    """The listeners with TLS of the run's broker."""
    authority.issue_to_broker()
    ports = Ports.free()
    return guarded_in(
        authority.folder, login_port=ports.kafka_login, certificate_port=ports.intake_http
    )


@pytest.fixture(scope="session")
def broker(parts_folder: Path, guarded: Guarded) -> Iterator[Broker]:
    """A Kafka node with every declared topic, for tests that only need one that stays up."""
    ports = Ports.free()
    node = Broker(
        folder=parts_folder / "kafka",
        log=parts_folder / "kafka.log",
        port=ports.kafka,
        controller_port=ports.kafka_controller,
        guarded=guarded,
    )
    node.start()
    node.declare(contracts.topics())
    yield node
    node.stop()


@pytest.fixture(scope="session")
def database(parts_folder: Path) -> Iterator[Database]:
    """A database process, for tests that only need one that stays up."""
    process = Database(
        folder=parts_folder / "mongo", log=parts_folder / "mongo.log", port=Ports.free().mongo
    )
    process.start()
    yield process
    process.stop()
