"""How whoever names a receipt may be refused, wherever its number and secret are asked for."""

from __future__ import annotations

from services.common.edge.openapi import Refusal

RECEIPT_REFUSALS = (
    Refusal(
        status=404,
        slug="unknown_receipt",
        meaning="No inquiry has this receipt number and secret",
    ),
    Refusal(
        status=422,
        slug="invalid_receipt_number",
        meaning="The number does not check: a digit is wrong",
    ),
)
