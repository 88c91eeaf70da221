"""Numbers in message attributes: SQS removes insignificant digits."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any


def normalized(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Returns the attributes with numbers in their shortest form: `0012.3400` becomes `12.34` (SQS-E2)."""
    return {name: _normalized(attribute) for name, attribute in attributes.items()}


def _normalized(attribute: Mapping[str, Any]) -> Mapping[str, Any]:
    text = attribute.get("StringValue")
    if attribute["DataType"].split(".")[0] != "Number" or not isinstance(text, str):
        return attribute
    try:
        number = Decimal(text)
    except InvalidOperation:
        return attribute
    if not number.is_finite():
        return attribute
    return {**attribute, "StringValue": _shortest(number)}


def _shortest(number: Decimal) -> str:
    if not number:
        return "0"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
