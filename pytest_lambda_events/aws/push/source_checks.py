"""Refusals of CloudWatch Logs if a function's policy does not allow it (PRM-13)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest import mock

from ...service.authorization import Authorizer
from ...sources.push import log_events
from ..late_parts import when_loaded

if TYPE_CHECKING:
    from moto.logs.models import LogsBackend


@contextmanager
def sources_checked(authority: Authorizer) -> Iterator[None]:
    """Checks the function's permission when subscription filters are set."""
    with when_loaded("moto.logs.models", lambda: _log_groups_checked(authority)):
        yield


@contextmanager
def _log_groups_checked(authority: Authorizer) -> Iterator[None]:
    from moto.logs.exceptions import InvalidParameterException
    from moto.logs.models import LogsBackend

    put_filter = LogsBackend.put_subscription_filter

    def put_subscription_filter(
        backend: LogsBackend,
        log_group_name: str,
        filter_name: str,
        filter_pattern: str,
        destination_arn: str,
        role_arn: str,
    ) -> None:
        source = log_events.source(backend.account_id, backend.region_name, log_group_name)
        is_function = ":lambda:" in destination_arn and log_group_name in backend.groups
        if is_function and authority.admits(destination_arn, source) is not None:
            raise InvalidParameterException(
                "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute "
                "your function."
            )
        put_filter(backend, log_group_name, filter_name, filter_pattern, destination_arn, role_arn)

    with mock.patch.object(LogsBackend, "put_subscription_filter", put_subscription_filter):
        yield
