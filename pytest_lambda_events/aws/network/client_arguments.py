"""Creates boto3 clients for a test, with one clear message for arguments that boto3 refuses."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Mapping
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError

from ...arguments import shown
from ...errors import LambdaEventsError, hides_frames
from .regions import check_region

__tracebackhide__ = hides_frames


def fixed(value: Any) -> Hashable:
    """Returns a value that is equal for equal arguments of a client. Two `Config` objects of the same options are not
    equal.
    """
    if isinstance(value, Config):
        return type(value), fixed(vars(value))
    if isinstance(value, Mapping):
        return dict, tuple(sorted(((str(name), fixed(part)) for name, part in value.items()), key=lambda item: item[0]))
    if isinstance(value, list | tuple):
        return type(value), tuple(map(fixed, value))
    return value  # type: ignore[no-any-return]


def made_client(session: Any, service_name: object, keywords: Mapping[str, Any]) -> Any:
    """Returns a client of the session. Raises `LambdaEventsError` if the service, the region or a keyword is invalid."""
    call = f"client({', '.join([shown(service_name), *(f'{name}={shown(value)}' for name, value in keywords.items())])})"
    services = session.get_available_services()
    if service_name not in services:
        close = difflib.get_close_matches(service_name, services, 1) if isinstance(service_name, str) else []
        right = f"Did you mean {close[0]!r}?" if close else "Pass the name of a service, such as 'sqs'."
        raise LambdaEventsError(f"{call}: boto3 has no such service. {right}")
    if keywords.get("region_name") is not None:
        check_region(keywords["region_name"], f"{call}: ")
    try:
        return session.client(service_name, **keywords)
    except (BotoCoreError, AttributeError, TypeError, ValueError) as error:
        raise LambdaEventsError(f"{call}: boto3 refuses this: {error}. Pass the arguments of boto3.client.") from None
