"""`python -m scripts.k8s [generate | secrets CITY]`: the generated part of deploy/k8s."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.k8s import dashboards, kafka, secrets, service_levels, settings_table
from scripts.k8s.dashboards import board

K8S = Path(__file__).resolve().parents[2] / "deploy" / "k8s"


def files() -> Mapping[Path, str]:
    """What each generated file holds."""
    page = K8S / "README.md"
    monitoring = K8S / "base" / "monitoring"
    return {
        K8S / "base" / "kafka" / "topics.yaml": kafka.rendered(kafka.topics()),
        K8S / "base" / "kafka" / "users.yaml": kafka.rendered(kafka.users()),
        K8S / "components" / "keda" / "user.yaml": kafka.rendered(kafka.autoscaler()),
        monitoring / "rules" / "service-levels.yaml": service_levels.rendered(),
        **{
            monitoring / "dashboards" / f"{each.uid}.json": board.rendered(each)
            for each in dashboards.BOARDS
        },
        page: settings_table.put_into(page.read_text(encoding="utf-8")),
    }


def main(arguments: Sequence[str]) -> int:
    """Runs one command; the exit status."""
    match arguments:
        case [] | ["generate"]:
            for path, text in files().items():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return 0
        case ["secrets", city]:
            sys.stdout.write(secrets.rendered(city))
            return 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
