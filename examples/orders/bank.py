"""The API of the bank."""

from __future__ import annotations

import json
import os
import urllib.request


class CardDeclined(Exception):
    """The bank will not charge this card, now or later."""


def charge(card: str, amount: int) -> str:
    """Charge `amount` cents and return the bank's receipt number."""
    body = json.dumps({"card": card, "amount": amount}).encode()
    request = urllib.request.Request(os.environ["BANK_URL"], body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        answer = json.load(response)
    if answer["state"] == "declined":
        raise CardDeclined(answer["reason"])
    return str(answer["receipt"])
