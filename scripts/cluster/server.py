"""A real Kubernetes API server on loopback, without nodes: etcd and kube-apiserver.

Owns starting both on free ports in a folder of their own, and ending them. There is no controller:
nothing becomes of an object that is stored, and that is what a check of objects needs.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from deploy.local import processes
from deploy.local.ports import HOST, PAST_PROXIES, free_ports
from deploy.local.processes import Command, Process

Resource = Mapping[str, Any]

_KEY_BITS = 2048
_STARTS_WITHIN_SECONDS = 60.0
# The server would wait for whoever still watches; what both hold is thrown away.
_ENDS_WITHIN_SECONDS = 1.0
# The schemas of one operator are two megabytes; a busy machine takes its time for them.
_ANSWERS_WITHIN_SECONDS = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What kubectl said: its status, what it printed, and its warnings and errors."""

    status: int
    printed: Sequence[str]
    errors: Sequence[str]


class Kubectl:
    """kubectl as the one who may do everything, unless `--as` says otherwise."""

    def __init__(self, program: Path, folder: Path) -> None:
        """`folder` holds its configuration and what it remembers of the server."""
        self._program = program
        self.config = folder / "kubeconfig"
        self._fixed = (f"--kubeconfig={self.config}", f"--cache-dir={folder / 'discovery'}")

    def __call__(self, *arguments: str | Path, given: Iterable[Resource] = ()) -> Said:
        """Runs a command; `given` is on its standard input, as a List. One that takes too long has
        failed."""
        document = {"apiVersion": "v1", "kind": "List", "items": list(given)}
        try:
            done = subprocess.run(
                [self._program, *self._fixed, *arguments],
                input=json.dumps(document),
                capture_output=True,
                text=True,
                timeout=_ANSWERS_WITHIN_SECONDS,
                env={**os.environ, **PAST_PROXIES},
            )
        except subprocess.TimeoutExpired:
            late = f"`kubectl {arguments[0]}` did not end in {_ANSWERS_WITHIN_SECONDS:g} s"
            return Said(status=1, printed=(), errors=(late,))
        return Said(
            status=done.returncode,
            printed=done.stdout.splitlines(),
            errors=[line for line in done.stderr.splitlines() if line.strip()],
        )


class Server:
    """The pair, as a context; all it writes lies in `folder`, which is its caller's to remove."""

    def __init__(self, folder: Path, *, etcd: Path, apiserver: Path, kubectl: Path) -> None:
        """Starts nothing yet."""
        self._folder = folder
        self._token = secrets.token_urlsafe(32)
        client, peer, self._port = free_ports(3)
        self.kubectl = Kubectl(kubectl, folder)
        self._etcd = self._process("etcd", (str(etcd), *_etcd_options(folder, client, peer)))
        options = _apiserver_options(folder, client, self._port)
        self._apiserver = self._process("kube-apiserver", (str(apiserver), *options))

    def __enter__(self) -> Self:
        """Returns when it answers; raises `StartFailed` with the end of a log."""
        self._write_credentials()
        try:
            # The one waits for the other by itself.
            processes.start_all([self._etcd, self._apiserver], lambda process: None)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends both; harmless if neither runs."""
        processes.stop_all([self._apiserver, self._etcd])

    def _process(self, name: str, argv: tuple[str, ...]) -> Process:
        return Process(
            Command(
                name=name,
                argv=argv,
                log=self._folder / f"{name}.log",
                ready=self._is_ready if name == "kube-apiserver" else lambda: True,
                ready_within=_STARTS_WITHIN_SECONDS,
                stop_within=_ENDS_WITHIN_SECONDS,
            )
        )

    def _is_ready(self) -> bool:
        """Before the server has written its certificate, kubectl cannot even be asked."""
        if not _certificate(self._folder).is_file():
            return False
        return self.kubectl("get", "--raw", "/readyz").status == 0

    def _write_credentials(self) -> None:
        """The key that signs the tokens of accounts, and our own token."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
        _account_key(self._folder).write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            )
        )
        _tokens(self._folder).write_text(f'{self._token},checker,1,"system:masters"\n')
        server = f"https://{HOST}:{self._port}"
        authority = str(_certificate(self._folder))
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": "c", "cluster": {"server": server, "certificate-authority": authority}}
            ],
            "users": [{"name": "u", "user": {"token": self._token}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        self.kubectl.config.write_text(json.dumps(config))


def _certificate(folder: Path) -> Path:
    return folder / "certificates" / "apiserver.crt"


def _account_key(folder: Path) -> Path:
    return folder / "accounts.key"


def _tokens(folder: Path) -> Path:
    return folder / "tokens.csv"


def _etcd_options(folder: Path, client: int, peer: int) -> Sequence[str]:
    clients, peers = f"http://{HOST}:{client}", f"http://{HOST}:{peer}"
    return (
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={clients}",
        f"--advertise-client-urls={clients}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
        "--unsafe-no-fsync",  # what it holds is thrown away
        "--log-level=error",
    )


def _apiserver_options(folder: Path, etcd: int, port: int) -> Sequence[str]:
    return (
        f"--etcd-servers=http://{HOST}:{etcd}",
        f"--bind-address={HOST}",
        f"--secure-port={port}",
        f"--cert-dir={_certificate(folder).parent}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={_account_key(folder)}",
        f"--service-account-signing-key-file={_account_key(folder)}",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--authorization-mode=RBAC",
        # Else it refuses privileged pods by itself, whatever a namespace's labels say of them.
        "--allow-privileged=true",
        f"--token-auth-file={_tokens(folder)}",
        "--endpoint-reconciler-type=none",  # it would tell others where it is
    )
