"""Refusals of S3 and CloudWatch Logs if a function's policy does not allow them (PRM-12, 13)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

from ...service.authorization import Authorizer
from ...sources.push import bucket_events, log_events
from ..late_parts import when_loaded

if TYPE_CHECKING:
    from moto.logs.models import LogsBackend
    from moto.s3.models import FakeBucket


@contextmanager
def sources_checked(authority: Authorizer) -> Iterator[None]:
    """Checks the function's permission when notifications and subscription filters are set."""
    with (
        when_loaded("moto.s3.models", lambda: _buckets_checked(authority)),
        when_loaded("moto.logs.models", lambda: _log_groups_checked(authority)),
    ):
        yield


@contextmanager
def _buckets_checked(authority: Authorizer) -> Iterator[None]:
    from moto.s3.exceptions import InvalidArgumentError
    from moto.s3.models import FakeBucket

    set_notifications = FakeBucket.set_notification_configuration

    def set_notification_configuration(bucket: FakeBucket, notification_config: dict[str, Any] | None) -> None:
        for arn in _functions_of(notification_config or {}):
            if authority.admits(arn, bucket_events.source(bucket.arn, bucket.account_id)) is not None:
                raise InvalidArgumentError(
                    "Unable to validate the following destination configurations",
                    arn, f"Not authorized to invoke function [{arn}]",
                )  # fmt: skip
        set_notifications(bucket, notification_config)

    with mock.patch.object(FakeBucket, "set_notification_configuration", set_notification_configuration):
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


def _functions_of(configuration: Mapping[str, Any]) -> Iterator[str]:
    for notification in configuration.get("CloudFunctionConfiguration") or ():
        yield notification["CloudFunction"]
