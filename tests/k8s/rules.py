"""What every overlay of deploy/k8s must be: one function for each rule, from objects to faults.

Pure. Each rule stands beside changes of the objects that break it, so that a test can show that it
would see the fault. What a rule compares with comes from the code (settings, contracts, the kit's
constants), not from another manifest. Together they ask for what checkov asks of Kubernetes, except
for a limit of the processor (it makes consumers miss their heartbeats).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, get_args

import yaml

from scripts.k8s import kafka, secrets
from scripts.k8s.settings_table import class_of
from services.common.events import contracts
from services.common.run.secret_files import secrets_of
from services.common.run.service import STOP_WITHIN
from services.common.run.settings import ServiceSettings, shown
from tests.k8s.rendering import (
    Resource,
    environment,
    files_of,
    is_selected,
    name_of,
    named,
    of_kind,
    pods,
    services,
)

Faults = Iterator[str]
ALL: dict[str, Rule] = {}
GROUP = "app.kubernetes.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`check` names the faults; `breaking` makes one in the objects of `prod`, given as a copy."""

    check: Callable[[Sequence[Resource]], Faults]
    breaking: Sequence[Callable[[list[Resource]], Any]]


def rule(
    *breaking: Callable[[list[Resource]], Any],
) -> Callable[[Callable[[Sequence[Resource]], Faults]], Callable[[Sequence[Resource]], Faults]]:
    """Registers a rule under its function's name."""

    def register(check: Callable[[Sequence[Resource]], Faults]) -> Any:
        ALL[check.__name__] = Rule(check=check, breaking=breaking)
        return check

    return register


# -- ways to break -----------------------------------------------------------------------------


def without(kind: str, name: str) -> Callable[[list[Resource]], None]:
    """Takes an object away."""

    def breaking(resources: list[Resource]) -> None:
        resources.remove(named(resources, kind, name))

    return breaking


def changed(kind: str, name: str, path: str, value: Any) -> Callable[[list[Resource]], None]:
    """Sets what lies at a path such as `spec/template/spec/containers/0/image`; None takes it
    away."""

    def breaking(resources: list[Resource]) -> None:
        place: Any = named(resources, kind, name)
        *way, last = path.split("/")
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        key: Any = int(last) if isinstance(place, list) else last.replace("~", "/")
        if value is None:
            del place[key]
        else:
            place[key] = value

    return breaking


def _of(name: str, path: str, value: Any) -> Callable[[list[Resource]], None]:
    return changed("Deployment", name, f"spec/template/spec/{path}", value)


def _volume(name: str, volume: str, path: str, value: Any) -> Callable[[list[Resource]], None]:
    """Sets what lies at a path within a volume of a service."""

    def breaking(resources: list[Resource]) -> None:
        spec = named(resources, "Deployment", name)["spec"]["template"]["spec"]
        at = [each["name"] for each in spec["volumes"]].index(volume)
        _of(name, f"volumes/{at}/{path}", value)(resources)

    return breaking


def _first(path: str, value: Any) -> Callable[[list[Resource]], None]:
    return _of("intake", f"containers/0/{path}", value)


# -- pods --------------------------------------------------------------------------------------


@rule(
    _of("intake", "securityContext/runAsNonRoot", False),
    _of("intake", "automountServiceAccountToken", True),
    _of("intake", "enableServiceLinks", None),
    _of("otel-gateway", "hostNetwork", True),
    _of("otel-gateway", "securityContext/seccompProfile", None),
    _of("intake", "volumes/0", {"name": "tmp", "hostPath": {"path": "/"}}),
    _first("securityContext/readOnlyRootFilesystem", False),
    _first("securityContext/capabilities", None),
    _first("securityContext/privileged", True),
    _first("securityContext/allowPrivilegeEscalation", None),
    _first("ports/0/hostPort", 8120),
    _of("intake", "initContainers", [{"name": "before", "image": "dasan:1"}]),
)
def pods_may_do_nothing_beyond_their_work(resources: Sequence[Resource]) -> Faults:
    """Pod Security `restricted`, a read-only root, no token of the API, no variables by
    Services."""
    for maker, template in pods(resources):
        spec = template["spec"]
        context = spec.get("securityContext", {})
        if context.get("runAsNonRoot") is not True or context.get("runAsUser", 0) < 10_000:
            yield f"{maker} may run as root"
        if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{maker} has no seccomp profile"
        if spec.get("automountServiceAccountToken") is not False:
            yield f"{maker} gets a token of the API"
        if spec.get("enableServiceLinks") is not False:
            yield f"{maker} gets variables that may look like settings"
        if {"hostNetwork", "hostPID", "hostIPC"} & spec.keys():
            yield f"{maker} shares what is its node's"
        if spec.get("serviceAccountName", "default") == "default":
            yield f"{maker} has no account of its own"
        if any("hostPath" in volume for volume in spec.get("volumes", ())):
            yield f"{maker} mounts a folder of its node"
        for container in (*spec["containers"], *spec.get("initContainers", ())):
            yield from _container_faults(maker, container.get("securityContext", {}))
            if any("hostPort" in port for port in container.get("ports", ())):
                yield f"{maker} takes a port of its node"


def _container_faults(maker: str, context: Resource) -> Faults:
    if context.get("readOnlyRootFilesystem") is not True:
        yield f"{maker} may write into its image"
    yield from _refused(maker, context)


def _refused(maker: str, context: Resource) -> Faults:
    """Why Pod Security `restricted` takes no pod with this container."""
    if context.get("allowPrivilegeEscalation") is not False or context.get("privileged"):
        yield f"{maker} may become more than it is"
    if context.get("capabilities") != {"drop": ["ALL"]}:
        yield f"{maker} keeps capabilities"


def _database(path: str, value: Any) -> Callable[[list[Resource]], None]:
    return changed("PerconaServerMongoDB", "dasan-mongodb", f"spec/{path}", value)


@rule(
    _database("backup/containerSecurityContext", None),
    _database("initContainerSecurityContext/allowPrivilegeEscalation", None),
    _database("replsets/0/containerSecurityContext/capabilities", None),
    _database("replsets/0/podSecurityContext/seccompProfile", None),
    changed("KafkaNodePool", "broker", "spec/template/initContainer", None),
    changed("KafkaNodePool", "controller", "spec/template/pod/securityContext", None),
    changed("Kafka", "dasan", "spec/entityOperator/template/userOperatorContainer", None),
)
def pods_of_operators_are_let_in(resources: Sequence[Resource]) -> Faults:
    """What an operator puts into a pod of its own accord is not restricted: each container is told
    so, or the namespace refuses its pod."""
    for maker, pod, containers in _made_by_operators(resources):
        if pod.get("runAsNonRoot") is not True:
            yield f"{maker} may run as root"
        if pod.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{maker} has no seccomp profile"
        for container in containers:
            yield from _refused(maker, container)


def _made_by_operators(
    resources: Sequence[Resource],
) -> Iterator[tuple[str, Resource, Sequence[Resource]]]:
    """Who makes a pod, the pod's security context, and that of each of its containers."""
    for database in of_kind(resources, "PerconaServerMongoDB"):
        spec = database["spec"]
        beside = [spec.get("initContainerSecurityContext", {})]
        if spec["backup"]["enabled"]:
            beside.append(spec["backup"].get("containerSecurityContext", {}))
        for members in spec["replsets"]:
            own = members.get("containerSecurityContext", {})
            yield name_of(database), members.get("podSecurityContext", {}), [own, *beside]
    templates = [
        (each, each["spec"]["template"], ("kafkaContainer", "initContainer"))
        for each in of_kind(resources, "KafkaNodePool")
    ] + [
        (each, each["spec"]["entityOperator"]["template"], _ENTITY_OPERATOR)
        for each in of_kind(resources, "Kafka")
    ]
    for each, template, containers in templates:
        said = [template.get(name, {}).get("securityContext", {}) for name in containers]
        yield name_of(each), template["pod"].get("securityContext", {}), said


_ENTITY_OPERATOR = ("topicOperatorContainer", "userOperatorContainer")


@rule(
    _first("resources/limits/cpu", "1"),
    _first("resources/limits/memory", None),
    _first("resources/requests/cpu", None),
)
def pods_say_what_they_need(resources: Sequence[Resource]) -> Faults:
    """Requests and a bound of memory, and none of the processor: a throttled consumer misses its
    heartbeats."""
    for maker, template in pods(resources):
        for container in template["spec"]["containers"]:
            limits = container["resources"].get("limits", {})
            if container["resources"].get("requests", {}).keys() != {"cpu", "memory"}:
                yield f"{maker} does not say what it needs"
            if limits.keys() != {"memory"}:
                yield f"{maker} must have a limit of memory and no other"


@rule(
    _first("image", "dasan:latest"),
    _first("image", "dasan"),
    changed(
        "CronJob",
        "notify-audit",
        "spec/jobTemplate/spec/template/spec/containers/0/image",
        "dasan:latest",
    ),
)
def images_are_of_one_version(resources: Sequence[Resource]) -> Faults:
    """A tag that is a version, or a digest: such a tag never moves, so nothing need be pulled at
    each start. A release has digests; nobody here can look them up."""
    for maker, template in pods(resources):
        for container in template["spec"]["containers"]:
            image = container["image"]
            if not re.search(r"(:v?\d[\w.-]*|@sha256:[0-9a-f]{64})$", image):
                yield f"{maker} runs {image}"


@rule(
    _first("startupProbe", None),
    _first("livenessProbe/httpGet/path", "/readyz"),
    _first("readinessProbe/timeoutSeconds", 1),
    _first("readinessProbe/httpGet/port", "http"),
    _first("lifecycle", None),
)
def services_are_asked_the_right_questions(resources: Sequence[Resource]) -> Faults:
    """Started, ready, alive; and alive depends on nothing else."""
    for name, deployment in services(resources).items():
        container = deployment["spec"]["template"]["spec"]["containers"][0]
        asked = {
            probe: container.get(probe, {}).get("httpGet", {}).get("path")
            for probe in ("startupProbe", "readinessProbe", "livenessProbe")
        }
        if list(asked.values()) != ["/startupz", "/readyz", "/healthz"]:
            yield f"{name} is asked {asked}"
        if wrong := {
            probe
            for probe in asked
            if container.get(probe, {}).get("httpGet", {}).get("port") != "management"
        }:
            yield f"{name} is asked at a port that does not know: {wrong}"
        # An answer takes two seconds at most (edge/readiness.py).
        if container.get("readinessProbe", {}).get("timeoutSeconds", 1) <= 2:
            yield f"{name} has too little time to say whether it is ready"
        if not container.get("lifecycle", {}).get("preStop", {}).get("sleep"):
            yield f"{name} goes before balancers know it"


@rule(
    changed("DaemonSet", "otel-agent", "spec/template/spec/containers/0/livenessProbe", None),
    _of("otel-gateway", "containers/0/readinessProbe", None),
)
def whatever_stays_is_asked_how_it_is(resources: Sequence[Resource]) -> Faults:
    """Also what is not ours to write: is it ready, is it alive."""
    for each in of_kind(resources, "Deployment", "DaemonSet", "StatefulSet"):
        for container in each["spec"]["template"]["spec"]["containers"]:
            if not {"livenessProbe", "readinessProbe"} <= container.keys():
                yield f"{name_of(each)} is not asked how it is"


@rule(_of("notify", "terminationGracePeriodSeconds", 30))
def services_have_the_time_to_end(resources: Sequence[Resource]) -> Faults:
    """Grace period: preStop, lame duck, the kit's own stop, and ten seconds."""
    for name, deployment in services(resources).items():
        template = deployment["spec"]["template"]
        first = template["spec"]["containers"][0].get("lifecycle", {}).get("preStop", {})
        lame_duck = float(environment(resources, template)["LAME_DUCK_SECONDS"])
        needed = first["sleep"]["seconds"] + lame_duck + STOP_WITHIN.total_seconds() + 10
        if (grace := template["spec"]["terminationGracePeriodSeconds"]) < needed:
            yield f"{name} has {grace} s and needs {needed:g} s"


@rule(
    _of("survey", "topologySpreadConstraints/1", None),
    changed("Deployment", "survey", "spec/strategy/rollingUpdate/maxUnavailable", 1),
    without("PodDisruptionBudget", "districts"),
    changed("PodDisruptionBudget", "districts", "spec/maxUnavailable", 0),
)
def services_lose_one_replica_at_a_time(resources: Sequence[Resource]) -> Faults:
    """Spread over zones and nodes, a budget for each, no gap in a rollout."""
    budgets = list(of_kind(resources, "PodDisruptionBudget"))
    for name, deployment in services(resources).items():
        spec = deployment["spec"]
        labels = spec["template"]["metadata"]["labels"]
        keys = [
            each["topologyKey"]
            for each in spec["template"]["spec"].get("topologySpreadConstraints", ())
            if is_selected(each["labelSelector"], labels)
            and "pod-template-hash" in each["matchLabelKeys"]
        ]
        if keys != ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]:
            yield f"{name} is spread over {keys}"
        if spec["strategy"]["rollingUpdate"] != {"maxSurge": 1, "maxUnavailable": 0}:
            yield f"{name} has a gap in its rollout"
        mine = [each["spec"] for each in budgets if is_selected(each["spec"]["selector"], labels)]
        if [each["maxUnavailable"] for each in mine] != [1]:
            yield f"{name} has no budget of one"


# -- settings ----------------------------------------------------------------------------------

# Read by a library of ours, and by no settings class.
_BY_LIBRARIES = {"OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"}
# In place of any secret: as long as a key.
_SAMPLE = "k" * 43
# A default that means the machine itself.
_ONE_MACHINE = re.compile(r"127\.0\.0\.1|localhost|\.dasan")


def _readers(
    resources: Sequence[Resource],
) -> Iterator[tuple[str, type[ServiceSettings], Resource]]:
    """Who reads settings: the services their own, and what is done by hand those of all."""
    for name, deployment in services(resources).items():
        yield name, class_of(name), deployment["spec"]["template"]
    for each in of_kind(resources, "CronJob"):
        template = each["spec"]["jobTemplate"]["spec"]["template"]
        yield each["metadata"]["name"], ServiceSettings, template


@rule(
    lambda resources: named(resources, "ConfigMap", "dasan-settings")["data"].update(KAFKA="x"),
    changed("ConfigMap", "survey-settings", "data/INTAKE_GRPC", "intake-grpc:9120"),
    changed("ConfigMap", "dasan-settings", "data/MONGO_URI", "mongodb://x"),
)
def every_variable_is_read(resources: Sequence[Resource]) -> Faults:
    """By the settings class of who gets it, by a library, or by another variable."""
    for name, settings, template in _readers(resources):
        known = {field.upper() for field in settings.model_fields} | _BY_LIBRARIES
        given = environment(resources, template)
        quoted = set(re.findall(r"\$\((\w+)\)", " ".join(given.values())))
        for strange in sorted(given.keys() - known - quoted):
            yield f"{name} gets {strange}, which nobody reads"


@rule(
    changed("ConfigMap", "dasan-settings", "data/CALLERS_FILE", None),
    changed("ConfigMap", "notify-settings", "data/SURVEY_GRPC", None),
    changed("ConfigMap", "dasan-settings", "data/BIND_HOST", None),
    _volume("intake", "secrets", "projected/sources/0/secret/items/0/path", "OTHER"),
    _volume("intake", "secrets", "projected/sources/2", None),
)
def every_needed_setting_is_set(resources: Sequence[Resource]) -> Faults:
    """Those without a default, and those whose default means one machine."""
    for name, settings, template in _readers(resources):
        given = environment(resources, template)
        for field, info in settings.model_fields.items():
            local = _ONE_MACHINE.search(shown(info.default)) is not None
            if (info.is_required() or local) and field.upper() not in given:
                yield f"{name} lacks {field.upper()}"


@rule(
    _first("env", [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "intake", "key": "x"}}}]),
    _first("env", [{"name": "SERVICE_KEY", "value": "x"}]),
    _first("envFrom/0", {"secretRef": {"name": "intake-secrets"}}),
    changed("ConfigMap", "dasan-settings", "data/MONGO_URL", "mongodb://x:y@z/"),
    changed("ConfigMap", "survey-settings", "data/SURVEY_TOKEN_SECRET", "x"),
)
def no_secret_is_a_variable(resources: Sequence[Resource]) -> Faults:
    """Whoever may look at a process sees its variables, and they cannot change."""
    secret = {
        name.upper() for service in contracts.services() for name in secrets_of(class_of(service))
    }
    for maker, template in pods(resources):
        for container in template["spec"]["containers"]:
            for each in container.get("env") or ():
                if "secretKeyRef" in (each.get("valueFrom") or {}) or each["name"] in secret:
                    yield f"{maker} gets {each['name']} as a variable"
            if any("secretRef" in source for source in container.get("envFrom") or ()):
                yield f"{maker} gets a whole secret as variables"
    for config in of_kind(resources, "ConfigMap"):
        for name in sorted(secret & config.get("data", {}).keys()):
            yield f"{name_of(config)} holds {name}"


@rule(
    changed("ConfigMap", "intake-settings", "data/INTAKE_HTTP_PORT", "8000"),
    changed("ConfigMap", "dasan-settings", "data/PARTITIONS", "none"),
    changed("ConfigMap", "notify-settings", "data/SMTP_FROM", None),
)
def every_setting_is_taken(resources: Sequence[Resource]) -> Faults:
    """The settings classes take what is given, and listen where the pod says it listens."""
    for name, deployment in services(resources).items():
        template = deployment["spec"]["template"]
        given = {
            field: _SAMPLE if value.startswith("secret:") else value
            for field, value in environment(resources, template).items()
            # The folder is in the pod; what is in it is among the rest.
            if field != "SECRETS_DIR"
        }
        try:
            read = class_of(name).model_validate({k.lower(): v for k, v in given.items()})
        except ValueError as error:
            yield f"{name}: {error}"
            continue
        ports = {
            field.removesuffix("_port").removeprefix(f"{name}_"): value
            for field, value in read.model_dump().items()
            if re.fullmatch(rf"{name}_\w+_port", field)
        }
        said = {
            port["name"]: port["containerPort"]
            for port in template["spec"]["containers"][0]["ports"]
        }
        if ports != said:
            yield f"{name} listens on {ports} and says {said}"


@rule(
    _volume("intake", "callers", "secret/secretName", "other"),
    changed("ConfigMap", "dasan-settings", "data/CALLERS_FILE", "/etc/callers.yaml"),
    _volume("districts", "signing-key", "secret/secretName", "dasan-callers"),
    _volume("survey", "kafka-ca", "secret/items/0/key", "authority.pem"),
    changed("ConfigMap", "dasan-settings", "data/SECRETS_DIR", "/etc/secrets"),
)
def every_file_is_there(resources: Sequence[Resource]) -> Faults:
    """A setting that names a file names one of a mounted secret, or one in a folder to write in."""
    made = _secrets(resources)
    for name, settings, template in _readers(resources):
        given = environment(resources, template)
        paths = {
            field.upper(): given[field.upper()]
            for field, info in settings.model_fields.items()
            if Path in (info.annotation, *get_args(info.annotation)) and field.upper() in given
        }
        paths["tlsCAFile"] = secrets.MONGODB_CA
        for setting, path in paths.items():
            if not _is_there(template["spec"], PurePosixPath(path), made):
                yield f"{name}: {setting} names {path}, which is not there"


def _is_there(spec: Resource, path: PurePosixPath, made: Mapping[str, set[str]]) -> bool:
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    for mount in spec["containers"][0]["volumeMounts"]:
        if not path.is_relative_to(mount["mountPath"]):
            continue
        volume = volumes[mount["name"]]
        if "emptyDir" in volume or ("projected" in volume and str(path) == mount["mountPath"]):
            return True
        keys = made.get(volume["secret"]["secretName"], set())
        items = {i["path"]: i["key"] for i in volume["secret"].get("items", ())}
        return items.get(path.name, path.name) in keys
    return False


# Secrets that an operator makes, and their keys.
_BY_OPERATORS = {
    "dasan-mongodb-ssl": {"ca.crt", "tls.crt", "tls.key"},
    "dasan-cluster-ca-cert": {"ca.crt"},
}
# Secrets of a database or a broker that is somebody else's, which come from there.
_DATABASE_OUTSIDE = {
    "mongodb-ca": {"ca.crt"},
    **{f"mongodb-{s}": {"url"} for s in contracts.services()},
}
_BROKER_OUTSIDE = {
    "kafka-ca": {"ca.crt"},
    **{user: {"password"} for user in (*contracts.services(), "tools")},
}


_by_command = cache(secrets.names)


def _secrets(resources: Sequence[Resource]) -> Mapping[str, set[str]]:
    """The keys of every secret that somebody makes: the operators, the city's store where the
    overlay asks it, otherwise the command for a trial."""
    made = dict(_BY_OPERATORS)
    for user in of_kind(resources, "KafkaUser"):
        made[user["metadata"]["name"]] = {"password", "sasl.jaas.config"}
    for each in of_kind(resources, "Certificate"):
        made[each["spec"]["secretName"]] = {"ca.crt", "tls.crt", "tls.key"}
    stored = list(of_kind(resources, "ExternalSecret"))
    for each in stored:
        keys = {data["secretKey"] for data in each["spec"]["data"]}
        made[each["spec"]["target"]["name"]] = keys
    if not stored:
        made |= {name: set(keys) for name, keys in _by_command().items()}
    if not any(of_kind(resources, "PerconaServerMongoDB")):
        made |= _DATABASE_OUTSIDE
    if not any(of_kind(resources, "Kafka")):
        made |= _BROKER_OUTSIDE
    return made


@rule(
    without("ExternalSecret", "notify-secrets"),
    without("ExternalSecret", "mongodb-backup"),
    changed("ExternalSecret", "intake-secrets", "spec/data/1", None),
    without("KafkaUser", "keda"),
    without("KafkaUser", "tools"),
    without("Certificate", "routing-grpc"),
    without("Certificate", "dasan-tls"),
)
def every_secret_is_made_by_somebody(resources: Sequence[Resource]) -> Faults:
    """Each key that anything refers to."""
    made = _secrets(resources)
    for user, name, key in _wanted(resources):
        if key not in made.get(name, set()):
            yield f"{user} wants {name}/{key}, which nobody makes"


def _wanted(resources: Sequence[Resource]) -> Iterator[tuple[str, str, str]]:
    for maker, template in pods(resources):
        for volume in template["spec"].get("volumes") or ():
            for _, name, key in files_of(template["spec"], volume["name"]):
                yield maker, name, key
    for database in of_kind(resources, "PerconaServerMongoDB"):
        for user in database["spec"]["users"]:
            secret = user["passwordSecretRef"]
            yield name_of(database), secret["name"], secret["key"]
        for storage in database["spec"]["backup"].get("storages", {}).values():
            for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
                yield name_of(database), storage["s3"]["credentialsSecret"], key
    for each in of_kind(resources, "TriggerAuthentication"):
        for secret in each["spec"]["secretTargetRef"]:
            yield name_of(each), secret["name"], secret["key"]
    for each in of_kind(resources, "Gateway"):
        for listener in each["spec"]["listeners"]:
            for reference in listener["tls"]["certificateRefs"]:
                yield name_of(each), reference["name"], "tls.key"


# -- who reaches whom --------------------------------------------------------------------------

_BROKER = {"strimzi.io/cluster": kafka.CLUSTER, "strimzi.io/kind": "Kafka"}
_DATABASE = {
    f"{GROUP}/name": "percona-server-mongodb",
    f"{GROUP}/instance": "dasan-mongodb",
    f"{GROUP}/component": "mongod",
}
_KAFKA_PORT, _MONGO_PORT, _OTLP_PORT = 9093, 27017, 4317
Edge = tuple[str, str, int]
# Policies through which something leaves the namespace, and why. `dns` asks for names.
_OUTWARD = {
    "dns": "names",
    "kafka": "Strimzi's pods ask the API server for topics, users and zones",
    "notify-providers": "mail and text messages leave here",
    "to-kafka": "a broker of somebody else",
    "to-mongodb": "a database of somebody else",
    "mongodb-to-backups": "copies of the database go to the city's store",
}
# Namespaces from which something comes in.
_INWARD = {"monitoring", "gateway", "psmdb-operator"}


def _places(resources: Sequence[Resource]) -> Mapping[str, Mapping[str, str]]:
    """The labels of every kind of pod: ours, and those that the operators make."""
    found = {
        template["metadata"]["labels"][f"{GROUP}/name"]: template["metadata"]["labels"]
        for _, template in pods(resources)
    }
    if any(of_kind(resources, "Kafka")):
        found["kafka"] = _BROKER
    if any(of_kind(resources, "PerconaServerMongoDB")):
        found["mongodb"] = _DATABASE
    return found


def declared(resources: Sequence[Resource]) -> set[Edge]:
    """Who must reach whom on which port, by the settings: each `<peer>_grpc` names a peer."""
    grpc = {
        name: class_of(name).model_fields[f"{name}_grpc_port"].default
        for name in contracts.services()
        if f"{name}_grpc_port" in class_of(name).model_fields
    }
    edges: set[Edge] = {("otel-agent", "otel-gateway", _OTLP_PORT)}
    for name in contracts.services():
        peers = {p for p in grpc if f"{p}_grpc" in class_of(name).model_fields}
        edges |= {(name, peer, grpc[peer]) for peer in peers}
        edges.add((name, "otel-agent", _OTLP_PORT))
    for user in (*contracts.services(), "audit", "replay"):
        edges |= {(user, "kafka", _KAFKA_PORT), (user, "mongodb", _MONGO_PORT)}
    edges.add(("mongodb", "mongodb", _MONGO_PORT))
    there = _places(resources)
    return {edge for edge in edges if edge[1] in there and edge[0] in there}


@rule(
    without("NetworkPolicy", "routing"),
    changed("NetworkPolicy", "survey", "spec/ingress/1", None),
    changed("NetworkPolicy", "notify", "spec/egress/3/ports/0/port", 8122),
    changed("NetworkPolicy", "survey", "spec/egress/0/to/0", {"podSelector": {}}),
    changed("NetworkPolicy", "mongodb", "spec/ingress/0/from", [{"podSelector": {}}]),
    changed("Kafka", "dasan", "spec/kafka/listeners/0/networkPolicyPeers", [{"podSelector": {}}]),
)
def the_network_is_the_declared_graph(resources: Sequence[Resource]) -> Faults:
    """What may go out, and what may come in, is each the graph that the settings declare."""
    wanted = declared(resources)
    for way, found in (("out", _going(resources)), ("in", _coming(resources))):
        for edge in sorted(wanted - found, key=str):
            yield f"{edge} is needed and not let {way}"
        for edge in sorted(found - wanted, key=str):
            yield f"{edge} is let {way} and not needed"


def _going(resources: Sequence[Resource]) -> set[Edge]:
    return {
        (own, peer, _number(resources, peer, port))
        for own, peer, port in _said(resources, "egress", "to")
        # Strimzi's and Percona's pods talk among each other as their operators say.
        if own != "kafka"
    }


def _coming(resources: Sequence[Resource]) -> set[Edge]:
    found = {
        (peer, own, _number(resources, own, port))
        for own, peer, port in _said(resources, "ingress", "from")
    }
    # Strimzi makes the brokers' policy of the peers of its listeners.
    for cluster in of_kind(resources, "Kafka"):
        for listener in cluster["spec"]["kafka"]["listeners"]:
            for peer in listener["networkPolicyPeers"]:
                found |= {
                    (source, "kafka", listener["port"])
                    for source, labels in _places(resources).items()
                    if is_selected(peer.get("podSelector"), labels)
                }
    return found


def _said(
    resources: Sequence[Resource], way: str, side: str
) -> Iterator[tuple[str, str, int | str]]:
    """Whose policy it is, a peer within the namespace, and the port, as the policies say it."""
    places = _places(resources)
    return (
        (own, peer, port["port"])
        for policy in of_kind(resources, "NetworkPolicy")
        for own, labels in places.items()
        if is_selected(policy["spec"]["podSelector"], labels)
        for each in policy["spec"].get(way) or ()
        for met in each.get(side) or ()
        if met.keys() == {"podSelector"}
        for peer, theirs in places.items()
        if is_selected(met["podSelector"], theirs)
        for port in each["ports"]
    )


def _number(resources: Sequence[Resource], target: str, port: int | str) -> int:
    """The number of a port, which a policy may call by its name."""
    if isinstance(port, int):
        return port
    (template,) = (
        each for _, each in pods(resources) if each["metadata"]["labels"][f"{GROUP}/name"] == target
    )
    numbers = {p["name"]: p["containerPort"] for p in template["spec"]["containers"][0]["ports"]}
    return int(numbers[port])


@rule(
    changed("ConfigMap", "notify-settings", "data/GRPC_CA_FILE", None),
    changed("ConfigMap", "districts-settings", "data/GRPC_CLIENT_CERTIFICATES", None),
    changed("ConfigMap", "survey-settings", "data/GRPC_CLIENT_CERTIFICATES", "false"),
    changed("Certificate", "intake-grpc", "spec/dnsNames", ["intake"]),
    changed("Certificate", "notify-grpc", "spec/usages", ["server auth"]),
    changed("Service", "survey-grpc", "spec/ports/0/appProtocol", "kubernetes.io/h2c"),
    without("BackendTLSPolicy", "districts-grpc"),
)
def grpc_speaks_tls_everywhere_or_nowhere(resources: Sequence[Resource]) -> Faults:
    """Each shows a certificate for the name by which it is called; only where offices come in is
    none asked for, and the way there knows that TLS is spoken."""
    certificates = {
        each["spec"]["secretName"]: each["spec"] for each in of_kind(resources, "Certificate")
    }
    secure = any(name.endswith("-grpc") for name in certificates)
    for name, deployment in services(resources).items():
        given = environment(resources, deployment["spec"]["template"])
        if secure != ("GRPC_CA_FILE" in given):
            yield f"{name} speaks gRPC otherwise than the others"
        if (given.get("GRPC_CLIENT_CERTIFICATES", "true") == "true") == (name == "districts"):
            yield f"{name} asks for certificates where none can come, or for none where they can"
        if not secure:
            continue
        own = certificates[f"{name}-grpc"]
        if set(own["usages"]) != {"server auth", "client auth"}:
            yield f"{name} cannot show its certificate on both sides"
        serves = f"{name}_grpc_port" in class_of(name).model_fields
        if serves and own["dnsNames"] != [f"{name}-grpc"]:
            yield f"{name} is called by another name than its certificate's"
    for service in of_kind(resources, "Service"):
        plain = service["spec"]["ports"][0].get("appProtocol") == "kubernetes.io/h2c"
        if service["metadata"]["name"].endswith("-grpc") and plain == secure:
            yield f"{name_of(service)} says something else than is spoken"
    routed = {
        target["name"]
        for route in of_kind(resources, "GRPCRoute")
        for each in route["spec"]["rules"]
        for target in each["backendRefs"]
    }
    known = {
        target["name"]
        for policy in of_kind(resources, "BackendTLSPolicy")
        for target in policy["spec"]["targetRefs"]
    }
    if secure and not routed <= known:
        yield f"the gateway speaks plainly to {sorted(routed - known)}"


@rule(
    without("NetworkPolicy", "default-deny"),
    changed("NetworkPolicy", "default-deny", "spec/policyTypes", ["Ingress"]),
    changed("NetworkPolicy", "intake", "spec/egress/0/to", [{"ipBlock": {"cidr": "0.0.0.0/0"}}]),
    changed("NetworkPolicy", "routing", "spec/ingress/0/from/0", {"namespaceSelector": {}}),
    changed("NetworkPolicy", "intake", "spec/egress/0/ports", None),
)
def nothing_else_may_come_or_go(resources: Sequence[Resource]) -> Faults:
    """All is denied that is not said; the ways out of and into the namespace are few and named."""
    denied = [
        policy["spec"]["policyTypes"]
        for policy in of_kind(resources, "NetworkPolicy")
        if policy["spec"].keys() == {"podSelector", "policyTypes"}
        and not policy["spec"]["podSelector"]
    ]
    if denied != [["Ingress", "Egress"]]:
        yield "not everything is denied first"
    for policy in of_kind(resources, "NetworkPolicy"):
        name, spec = policy["metadata"]["name"], policy["spec"]
        for each in (*(spec.get("egress") or ()), *(spec.get("ingress") or ())):
            if not each.get("ports"):
                yield f"{name} opens every port"
        for each in spec.get("egress") or ():
            outward = not each.get("to") or any(p.keys() != {"podSelector"} for p in each["to"])
            if outward and name not in _OUTWARD:
                yield f"{name} leads out of the namespace"
        for each in spec.get("ingress") or ():
            peers: Sequence[Resource] = each.get("from") or [{}]
            for peer in peers:
                spaces = peer.get("namespaceSelector")
                there = (spaces or {}).get("matchLabels", {}).get("kubernetes.io/metadata.name")
                if (spaces is not None or not peer) and there not in _INWARD:
                    yield f"{name} lets in what is not named"


@rule(
    changed("Service", "intake", "spec/selector/app.kubernetes.io~component", "job"),
    changed("Service", "intake", "spec/ports/0/targetPort", "web"),
    changed("Service", "intake", "spec/type", "NodePort"),
    changed("ConfigMap", "routing-settings", "data/INTAKE_GRPC", "intake-grpc:9121"),
    changed("HTTPRoute", "survey", "spec/rules/0/backendRefs/0/port", 80),
    changed("Service", "intake-grpc", "spec/clusterIP", None),
)
def every_address_leads_somewhere(resources: Sequence[Resource]) -> Faults:
    """Services to pods, routes and settings to Services; nothing is published by a node's port."""
    offered: dict[str, set[int]] = {}
    for service in of_kind(resources, "Service"):
        name, spec = service["metadata"]["name"], service["spec"]
        offered[name] = {port["port"] for port in spec["ports"]}
        if spec.get("type", "ClusterIP") != "ClusterIP":
            yield f"{name} is open to the outside"
        if name.endswith("-grpc") and spec.get("clusterIP") != "None":
            yield f"{name} hides its replicas: gRPC keeps one connection"
        behind = [
            template
            for _, template in pods(resources)
            if is_selected({"matchLabels": spec["selector"]}, template["metadata"]["labels"])
        ]
        ports = [
            {port["name"] for port in template["spec"]["containers"][0].get("ports", ())}
            for template in behind
        ]
        if len(behind) != 1 or not {port["targetPort"] for port in spec["ports"]} <= ports[0]:
            yield f"{name} leads to {len(behind)} kinds of pods, or to no port of theirs"
    for route in of_kind(resources, "HTTPRoute", "GRPCRoute"):
        for each in route["spec"]["rules"]:
            for target in each["backendRefs"]:
                if target["port"] not in offered.get(target["name"], set()):
                    yield f"{name_of(route)} leads nowhere"
    for name, settings, template in _readers(resources):
        given = environment(resources, template)
        for field in settings.model_fields:
            if field.endswith("_grpc") and field.upper() in given:
                host, _, port = given[field.upper()].partition(":")
                if int(port) not in offered.get(host, set()):
                    yield f"{name}: {field.upper()} leads nowhere"


@rule(
    changed("ConfigMap", "districts-settings", "data/PROXIES", "0"),
    changed("ConfigMap", "dasan-settings", "data/HTTP_CONNECTIONS_PER_PEER", None),
    without("HTTPRoute", "intake"),
)
def the_sender_is_known_behind_the_gateway(resources: Sequence[Resource]) -> Faults:
    """Exactly those with a way in from outside count one proxy, or whoever writes the header
    chooses who they are; and its few addresses are not everybody's bound."""
    routed = {
        target["name"].removesuffix("-grpc")
        for route in of_kind(resources, "HTTPRoute", "GRPCRoute")
        for each in route["spec"]["rules"]
        for target in each["backendRefs"]
    }
    for name, deployment in services(resources).items():
        given = environment(resources, deployment["spec"]["template"])
        wanted = "1" if name in routed else "0"
        if "proxies" in class_of(name).model_fields and given.get("PROXIES") != wanted:
            yield f"{name} counts {given.get('PROXIES')} proxies"
        if routed and given.get("HTTP_CONNECTIONS_PER_PEER") != "0":
            yield f"{name} bounds the gateway as if it were one sender"


# -- broker and database -----------------------------------------------------------------------


@rule(
    without("KafkaTopic", "dasan.cases.v1"),
    changed("KafkaTopic", "dasan.cases.v1", "spec/partitions", 6),
    changed("KafkaTopic", "dasan-routing-matters-changelog", "spec/partitions", 24),
    changed("KafkaTopic", "dasan.cases.v1", "spec/config/retention.ms", 1),
    changed("ConfigMap", "dasan-settings", "data/PARTITIONS", "48"),
)
def topics_are_those_of_the_contracts(resources: Sequence[Resource]) -> Faults:
    """Each by name, partitions and what is kept; services are told the same count."""
    if not any(of_kind(resources, "Kafka")):
        return
    given = named(resources, "ConfigMap", "dasan-settings")["data"]["PARTITIONS"]
    wanted = {topic["metadata"]["name"]: topic["spec"] for topic in kafka.topics(int(given))}
    found = {each["metadata"]["name"]: each["spec"] for each in of_kind(resources, "KafkaTopic")}
    if found.keys() != wanted.keys():
        yield f"topics differ: {sorted(found.keys() ^ wanted.keys())}"
    for name in found.keys() & wanted.keys():
        for said in ("cleanup.policy", "retention.ms"):
            if found[name]["config"][said] != wanted[name]["config"][said]:
                yield f"{name} differs in {said}"
        if found[name]["partitions"] != wanted[name]["partitions"]:
            yield f"{name} has {found[name]['partitions']} partitions"


_LOGIN = {"type": "scram-sha-512"}


@rule(
    changed("KafkaUser", "routing", "spec/authorization/acls/0", None),
    changed("KafkaUser", "survey", "spec/authorization/acls/0/operations", ["All"]),
    changed("KafkaUser", "notify", "spec/authorization/acls/0/resource/patternType", "prefix"),
    without("KafkaUser", "intake"),
    changed("Kafka", "dasan", "spec/kafka/listeners/0/authentication", None),
    changed("Kafka", "dasan", "spec/kafka/listeners/0/tls", False),
    changed("Kafka", "dasan", "spec/kafka/authorization", None),
    changed("Kafka", "dasan", "spec/kafka/authorization/superUsers", ["ANONYMOUS"]),
    changed("ConfigMap", "routing-settings", "data/KAFKA_SASL_USERNAME", "intake"),
    _volume("routing", "secrets", "projected/sources/1/secret/name", "intake"),
    changed("ConfigMap", "dasan-settings", "data/KAFKA_SECURITY_PROTOCOL", "PLAINTEXT"),
)
def users_may_what_their_service_does(resources: Sequence[Resource]) -> Faults:
    """Exactly that, by name; everybody logs in over TLS, and each as nobody else."""
    for name, _, template in _readers(resources):
        given = environment(resources, template)
        user = name if name in contracts.services() else "tools"
        if given.get("KAFKA_SECURITY_PROTOCOL") != "SASL_SSL":
            yield f"{name} does not log in to Kafka over TLS"
        if given.get("KAFKA_SASL_USERNAME") != user:
            yield f"{name} is somebody else at the broker"
        if given.get("KAFKA_SASL_PASSWORD") != f"secret:{user}/password":
            yield f"{name} has the password of somebody else"
    for cluster in of_kind(resources, "Kafka"):
        spec = cluster["spec"]["kafka"]
        if spec.get("authorization") != {"type": "simple"}:
            yield "somebody may do everything, or nobody is asked"
        for listener in spec["listeners"]:
            if not listener["tls"] or listener.get("authentication") != _LOGIN:
                yield f"listener {listener['name']} lets in who has not logged in over TLS"
        found = {each["metadata"]["name"]: each["spec"] for each in of_kind(resources, "KafkaUser")}
        wanted = {user["metadata"]["name"]: user["spec"] for user in kafka.users()}
        for name, spec in wanted.items():
            if found.get(name) != spec:
                yield f"{name} may do something else than its service does"


@rule(
    changed("KafkaTopic", "dasan.cases.v1", "spec/replicas", 1),
    changed("KafkaTopic", "dasan.cases.v1", "spec/config/min.insync.replicas", 1),
    changed("Kafka", "dasan", "spec/kafka/config/min.insync.replicas", 1),
    changed("Kafka", "dasan", "spec/kafka/config/unclean.leader.election.enable", True),
    changed("KafkaNodePool", "broker", "spec/replicas", 1),
    changed("PerconaServerMongoDB", "dasan-mongodb", "spec/replsets/0/size", 1),
)
def nothing_is_lost_with_one_node(resources: Sequence[Resource]) -> Faults:
    """Three copies, two of which must have a record; not for the overlay of a laptop."""
    for topic in of_kind(resources, "KafkaTopic"):
        spec = topic["spec"]
        if spec["replicas"] < 3 or spec["config"]["min.insync.replicas"] != spec["replicas"] - 1:
            yield f"{name_of(topic)} has too few copies"
    for cluster in of_kind(resources, "Kafka"):
        config = cluster["spec"]["kafka"]["config"]
        if config["min.insync.replicas"] != 2 or config["unclean.leader.election.enable"]:
            yield "the broker may take a record that one node alone has"
    for pool in of_kind(resources, "KafkaNodePool"):
        if pool["spec"]["replicas"] < 3:
            yield f"{name_of(pool)} has too few nodes"
    for database in of_kind(resources, "PerconaServerMongoDB"):
        if any(each["size"] < 3 for each in database["spec"]["replsets"]):
            yield f"{name_of(database)} has too few members"


# More is lost when every member is lost at once.
_MOST_MINUTES_LOST = 5
# A fault of a person may be seen a week later.
_LEAST_KEPT = 7


def _backup(path: str, value: Any) -> Callable[[list[Resource]], None]:
    return changed("PerconaServerMongoDB", "dasan-mongodb", f"spec/backup/{path}", value)


@rule(
    _backup("enabled", False),
    _backup("storages", {}),
    _backup("storages/city/s3/credentialsSecret", None),
    _backup("pitr/enabled", False),
    _backup("pitr/oplogSpanMin", 60),
    _backup("tasks", []),
    _backup("tasks/0/enabled", False),
    _backup("tasks/0/storageName", "elsewhere"),
    _backup("tasks/0/type", "physical"),
    _backup("tasks/0/retention", None),
    _backup("tasks/0/retention/count", 1),
)
def the_database_can_be_set_back(resources: Sequence[Resource]) -> Faults:
    """Nightly copies and the log of all day, in a store; not for the overlay of a laptop."""
    for database in of_kind(resources, "PerconaServerMongoDB"):
        backup, name = database["spec"]["backup"], name_of(database)
        storages = backup.get("storages", {})
        if not backup["enabled"] or not storages:
            yield f"{name} has no backup"
        if any("credentialsSecret" not in each.get("s3", {}) for each in storages.values()):
            yield f"{name} has a store that asks for no keys"
        pitr = backup.get("pitr", {})
        if not pitr.get("enabled") or pitr.get("oplogSpanMin", 10) > _MOST_MINUTES_LOST:
            yield f"{name} loses more than {_MOST_MINUTES_LOST} minutes"
        tasks = [task for task in backup.get("tasks", ()) if task["enabled"]]
        if not tasks:
            yield f"{name} is copied by nobody"
        for task in tasks:
            if task["storageName"] not in storages:
                yield f"{name} is copied to a store that is not there"
            if task["type"] != "logical":
                yield f"{name} cannot be restored for one service alone"
            if task.get("retention", {}).get("count", 0) < _LEAST_KEPT:
                yield f"{name} keeps its copies for less than a week, or for ever"


@rule(
    changed("PerconaServerMongoDB", "dasan-mongodb", "spec/users/0/roles/0/db", "admin"),
    changed("PerconaServerMongoDB", "dasan-mongodb", "spec/users/0/roles/0/name", "root"),
    changed("PerconaServerMongoDB", "dasan-mongodb", "spec/users/1", None),
    changed("PerconaServerMongoDB", "dasan-mongodb", "spec/tls/mode", "preferTLS"),
    _database("replsets/0/configuration", None),
    _volume("intake", "secrets", "projected/sources/2/secret/name", "mongodb-survey"),
)
def each_service_has_its_own_database(resources: Sequence[Resource]) -> Faults:
    """A user for each, its database alone, and TLS, for which no member's certificate is lent to a
    service; what MONGO_URL itself says is made by scripts/k8s, or by the city's store."""
    for database in of_kind(resources, "PerconaServerMongoDB"):
        if database["spec"]["tls"]["mode"] != "requireTLS":
            yield "the database speaks without TLS"
        for members in database["spec"]["replsets"]:
            said = yaml.safe_load(members.get("configuration", "{}"))
            tls = said.get("net", {}).get("tls", {})
            # Percona's members know each other by certificates, and mongod then wants one of all.
            if tls.get("allowConnectionsWithoutCertificates") is not True:
                yield "the database refuses a service, which has a password and no certificate"
        users = {user["name"]: user["roles"] for user in database["spec"]["users"]}
        for name in contracts.services():
            if users.get(name) != [{"db": f"dasan_{name}", "name": "readWrite"}]:
                yield f"{name} may more or less than its own database"
    for name, _, template in _readers(resources):
        user = name.partition("-")[0]
        if environment(resources, template)["MONGO_URL"] != f"secret:mongodb-{user}/url":
            yield f"{name} is somebody else at the database"


@rule(
    changed("ScaledObject", "routing", "spec/maxReplicaCount", 25),
    changed("ScaledObject", "routing", "spec/triggers/0/metadata/consumerGroup", "routing"),
    changed("ScaledObject", "routing", "spec/scaleTargetRef/name", "router"),
    changed("Deployment", "routing", "spec/replicas", 2),
)
def no_replica_is_without_work(resources: Sequence[Resource]) -> Faults:
    """At most as many as partitions; by the group's own name; one hand alone says how many."""
    partitions = int(named(resources, "ConfigMap", "dasan-settings")["data"]["PARTITIONS"])
    scaled = {}
    for each in of_kind(resources, "ScaledObject", "HorizontalPodAutoscaler"):
        spec = each["spec"]
        name = spec["scaleTargetRef"]["name"]
        scaled[name] = spec.get("maxReplicaCount", spec.get("maxReplicas"))
        groups = [t["metadata"].get("consumerGroup") for t in spec.get("triggers", ())]
        if groups and groups[-1] not in kafka.access_of(each["metadata"]["name"]).groups:
            yield f"{name} is scaled by the lag of {groups[-1]}"
    for name, most in scaled.items():
        if most > partitions:
            yield f"{name} may have {most} replicas for {partitions} partitions"
        if name not in services(resources):
            yield f"{name} is scaled and not there"
    for name, deployment in services(resources).items():
        if ("replicas" in deployment["spec"]) == (name in scaled):
            yield f"two say, or nobody says, how many replicas {name} has"
        if deployment["spec"].get("replicas", 0) > partitions:
            yield f"{name} has more replicas than partitions"


# -- the namespace, and what is seen -----------------------------------------------------------


@rule(
    lambda resources: next(of_kind(resources, "Namespace"))["metadata"]["labels"].clear(),
    without("ResourceQuota", "dasan"),
    without("LimitRange", "dasan"),
    changed("Deployment", "intake", "metadata/namespace", "default"),
)
def one_namespace_holds_all(resources: Sequence[Resource]) -> Faults:
    """One that is restricted and bounded, and nothing lies beside it."""
    (space,) = of_kind(resources, "Namespace")
    labels = space["metadata"].get("labels", {})
    for mode in ("enforce", "warn", "audit"):
        if labels.get(f"pod-security.kubernetes.io/{mode}") != "restricted":
            yield f"pods are not restricted ({mode})"
    for kind in ("ResourceQuota", "LimitRange"):
        if len(list(of_kind(resources, kind))) != 1:
            yield f"there is no {kind}"
    for each in resources:
        if each is not space and each["metadata"].get("namespace") != space["metadata"]["name"]:
            yield f"{name_of(each)} lies elsewhere"


@rule(
    changed("PodMonitor", "services", "spec/podMetricsEndpoints/0/port", "grpc"),
    changed("PodMonitor", "services", "spec/selector/matchLabels", {"app": "x"}),
    changed("PodMonitor", "services", "spec/jobLabel", "app.kubernetes.io/name"),
    changed("PodMonitor", "services", "spec/podMetricsEndpoints/0/relabelings", []),
    changed("NetworkPolicy", "survey", "spec/ingress/0", None),
)
def every_service_is_measured(resources: Sequence[Resource]) -> Faults:
    """Prometheus reads each on the port that has the figures, and the network lets it."""
    (monitor,) = of_kind(resources, "PodMonitor")
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    if endpoint["port"] != "management":
        yield f"figures are read at {endpoint['port']}"
    if [each["targetLabel"] for each in endpoint["relabelings"]] != ["service"]:
        yield "figures do not say of which service they are"
    for name, deployment in services(resources).items():
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        if not is_selected(monitor["spec"]["selector"], labels):
            yield f"{name} is not read"
        # The rules ask for this job.
        if labels.get(monitor["spec"]["jobLabel"]) != "dasan":
            yield f"{name} is read under another name"
        let_in = {
            port["port"]
            for policy in of_kind(resources, "NetworkPolicy")
            if is_selected(policy["spec"]["podSelector"], labels)
            for each in policy["spec"].get("ingress") or ()
            if any("monitoring" in str(peer) for peer in each["from"])
            for port in each["ports"]
        }
        if let_in != {endpoint["port"]}:
            yield f"Prometheus may reach {let_in} of {name}"


@rule(
    changed("CronJob", "notify-replay", "spec/suspend", False),
    changed(
        "CronJob",
        "survey-audit",
        "spec/jobTemplate/spec/template/spec/containers/0/args/1",
        "retain",
    ),
    changed("CronJob", "survey-audit", "spec/concurrencyPolicy", "Allow"),
)
def jobs_run_commands_that_exist(resources: Sequence[Resource]) -> Faults:
    """One at a time, and nothing is returned without somebody asking for it."""
    for job in of_kind(resources, "CronJob"):
        name, spec = job["metadata"]["name"], job["spec"]
        args = spec["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"]
        service, _, command = name.rpartition("-")
        if args[:2] != [f"services.{service}", command] or command not in _COMMANDS:
            yield f"{name} does {args}"
        if spec["concurrencyPolicy"] != "Forbid" or spec["suspend"] != (command == "replay"):
            yield f"{name} may run when it should not"


_COMMANDS = frozenset({"audit", "replay"})
