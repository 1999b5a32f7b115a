"""`python -m services.districts.token OFFICE_ID`: prints the token of an office."""

from __future__ import annotations

import argparse
import sys

from services import cities
from services.common import settings
from services.districts.application import tokens
from services.districts.settings import OfficeTokenSettings


def main() -> None:
    """Prints the token; exits with 2 when the secret is missing or the office does not exist."""
    parser = argparse.ArgumentParser(prog="python -m services.districts.token", description=__doc__)
    parser.add_argument("office_id", help="c-… city department, d-… district, o-… community office")
    office_id: str = parser.parse_args().office_id
    read = settings.read(OfficeTokenSettings)
    if office_id not in cities.load(read.city).offices:
        parser.error(f"{office_id}: no office of {read.city}")
    sys.stdout.write(tokens.mint(read.office_token_secret.get_secret_value(), office_id) + "\n")


if __name__ == "__main__":
    main()
