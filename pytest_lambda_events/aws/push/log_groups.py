"""Log groups of CloudWatch Logs on moto: subscription filters, their deliveries, and filter patterns."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from moto.logs import models
from moto.logs.exceptions import InvalidParameterException, LimitExceededException, ResourceNotFoundException
from moto.logs.models import LogEvent, LogGroup, LogsBackend, LogStream
from moto.logs.models import SubscriptionFilter as MotoFilter
from moto.logs.responses import LogsResponse

from ...contexts import contextmanager
from ...errors import NotSimulatedError
from ...patching import attributes_patched
from ...service.tracing import PassedTrace, parse
from ...simulation.simulation import Simulation
from ...sources.push import log_events
from ...sources.push.log_deliveries import LogDeliveries
from ...sources.push.log_filters import (
    BY_LOG_STREAM,
    PATTERNS_WITH_EXPRESSIONS,
    StoredEvent,
    SubscriptionFilter,
    has_expressions,
    refusal_of_filter,
    refusal_of_pattern,
)
from ...sources.push.log_patterns.patterns import compiled
from .log_destinations import MotoLogDestinations

_LARGEST_PAGE = 50
_STANDARD = "STANDARD"


class LogGroups:
    """The log groups of all accounts and Regions, with the subscription filters that moto stores."""

    def __init__(
        self,
        simulation: Simulation,
        deliveries: LogDeliveries,
        destinations: MotoLogDestinations,
        passed: PassedTrace,
        filters_per_log_group: int,
    ) -> None:
        self._simulation = simulation
        self._deliveries = deliveries
        self._destinations = destinations
        self._passed = passed
        self._limit = filters_per_log_group

    def deliver(self, stream: LogStream, events: Sequence[LogEvent]) -> None:
        """Delivers new events of a log stream to the subscription filters of its log group (LOG-16)."""
        cause = parse(self._passed.header)
        stored = [
            StoredEvent(log_events.event_id(one.timestamp, one.event_id), one.timestamp, one.message) for one in events
        ]  # fmt: skip
        filters = [_settings(one) for one in stream.log_group.subscription_filters.values()]
        self._deliveries.deliver(filters, stream.log_stream_name, stored, None if cause is None else cause.root)

    def put(self, group: LogGroup, settings: SubscriptionFilter) -> None:
        """Adds a filter, or replaces the one of the same name. Nothing is stored if AWS refuses it (LOG-01 to 05)."""
        filters = group.subscription_filters
        present = filters.get(settings.name)
        others = [one.filter_pattern for name, one in filters.items() if name != settings.name]
        if len(others) >= self._limit and present is None:
            raise LimitExceededException
        patterns = [*others, *_metric_patterns(group)]
        if has_expressions(settings.pattern) and sum(map(has_expressions, patterns)) >= PATTERNS_WITH_EXPRESSIONS:
            raise LimitExceededException
        _refuse(self._destinations.refusal_of(settings))
        stored = MotoFilter(settings.name, group.name, settings.pattern, settings.destination_arn, settings.role_arn or "")
        stored.lambda_events_settings = settings  # type: ignore[attr-defined]
        if present is not None:
            stored.creation_time = present.creation_time
        filters[settings.name] = stored
        self._deliveries.enabled(settings)

    def refuse_class(self, group: LogGroup) -> None:
        """Raises `NotSimulatedError` for a log group whose class has no subscription filters (LOG-0C)."""
        log_class = getattr(group, "log_group_class", _STANDARD)
        if log_class != _STANDARD:
            raise self._simulation.record_misuse(
                f"A subscription filter of log group {group.name!r} with the log class {log_class} is not simulated. AWS has "
                f"subscription filters for the class {_STANDARD} only. Create the log group with this class.",
                NotSimulatedError,
            )


@contextmanager
def log_groups_served(groups: LogGroups) -> Iterator[None]:
    """Lets log groups deliver to functions and streams, and lets patterns match as on AWS, while a simulated AWS is open."""
    with attributes_patched(
        (LogStream, "put_log_events", _delivering(groups)),
        (LogEvent, "to_filter_dict", _with_aws_ids(LogEvent.to_filter_dict)),
        (LogGroup, "__init__", _with_class(LogGroup.__init__)),
        (LogGroup, "get_cfn_attribute", _with_all_streams(LogGroup.get_cfn_attribute)),
        (models, "EventMessageFilter", MessageFilter),
        (LogsBackend, "filter_log_events", _with_checked_pattern(LogsBackend.filter_log_events)),
        (LogsBackend, "put_subscription_filter", _put_filter(groups)),
        (MotoFilter, "to_json", _shown(MotoFilter.to_json)),
        (LogsResponse, "create_log_group", _with_class_of_call(LogsResponse.create_log_group)),
        (LogsResponse, "put_subscription_filter", _answer_to_put),
        (LogsResponse, "describe_subscription_filters", _answer_to_describe),
    ):
        yield


class MessageFilter:
    """Replaces `EventMessageFilter` of moto: the pattern of FilterLogEvents and similar calls (LOG-30)."""

    def __init__(self, pattern: str) -> None:
        _refuse(refusal_of_pattern(pattern or ""))
        self._pattern = compiled(pattern or "")

    def matches(self, message: str) -> bool:
        """Returns whether a message matches."""
        return self._pattern.match(message) is not None


def _delivering(groups: LogGroups) -> Callable[..., str]:
    put = LogStream.put_log_events

    def put_log_events(stream: LogStream, log_events: list[dict[str, Any]]) -> str:
        group = stream.log_group
        filters = group.subscription_filters
        if not filters or not log_events:
            return put(stream, log_events)
        before = len(stream.events)
        group.subscription_filters = {}
        try:
            token = put(stream, log_events)
        finally:
            group.subscription_filters = filters
        groups.deliver(stream, stream.events[before:])
        return token

    return put_log_events


def _with_aws_ids(show: Callable[[LogEvent], dict[str, Any]]) -> Callable[[LogEvent], dict[str, Any]]:
    """Replaces `LogEvent.to_filter_dict`: an event has the same id as in payloads (LOG-11)."""

    def to_filter_dict(event: LogEvent) -> dict[str, Any]:
        return {**show(event), "eventId": log_events.event_id(event.timestamp, event.event_id)}

    return to_filter_dict


def _with_class(create: Callable[..., None]) -> Callable[..., None]:
    """Replaces `LogGroup.__init__`: a log group has the class of the template."""

    def created(group: LogGroup, *arguments: Any, **keywords: Any) -> None:
        create(group, *arguments, **keywords)
        group.log_group_class = keywords.get("LogGroupClass") or _STANDARD  # type: ignore[attr-defined]

    return created


def _with_all_streams(show: Callable[[LogGroup, str], str]) -> Callable[[LogGroup, str], str]:
    """Replaces `LogGroup.get_cfn_attribute`: the ARN in a template ends in `:*`, as permissions need it."""

    def get_cfn_attribute(group: LogGroup, attribute_name: str) -> str:
        value = show(group, attribute_name)
        return f"{value}:*" if attribute_name == "Arn" and not value.endswith(":*") else value

    return get_cfn_attribute


def _with_class_of_call(create: Callable[[LogsResponse], str]) -> Callable[[LogsResponse], str]:
    def create_log_group(response: LogsResponse) -> str:
        answer = create(response)
        group = response.logs_backend.groups[response._get_param("logGroupName")]
        group.log_group_class = response._get_param("logGroupClass") or _STANDARD  # type: ignore[attr-defined]
        return answer

    return create_log_group


def _with_checked_pattern(search: Callable[..., Any]) -> Callable[..., Any]:
    """Replaces `LogsBackend.filter_log_events`: a log group without events refuses an invalid pattern too."""

    def filter_log_events(
        backend: LogsBackend, log_group_name: str, log_stream_names: list[str], start_time: int, end_time: int,
        limit: int | None, next_token: str | None, filter_pattern: str, interleaved: bool,
    ) -> Any:  # fmt: skip
        _refuse(refusal_of_pattern(filter_pattern or ""))
        return search(
            backend, log_group_name, log_stream_names, start_time, end_time, limit, next_token, filter_pattern, interleaved
        )

    return filter_log_events


def _put_filter(groups: LogGroups) -> Callable[..., None]:
    """Replaces `LogsBackend.put_subscription_filter`."""

    def put_subscription_filter(
        backend: LogsBackend,
        log_group_name: str,
        filter_name: str,
        filter_pattern: str,
        destination_arn: str,
        role_arn: str | None = None,
        distribution: str | None = None,
        system_fields: Sequence[str] = (),
        criteria: str | None = None,
    ) -> None:
        settings = SubscriptionFilter(
            backend.account_id, backend.region_name, log_group_name, filter_name, filter_pattern, destination_arn,
            role_arn or None, distribution or BY_LOG_STREAM, tuple(system_fields), criteria or "",
        )  # fmt: skip
        _refuse(refusal_of_filter(settings))
        group = backend.groups.get(log_group_name)
        if group is None:
            raise ResourceNotFoundException
        groups.refuse_class(group)
        groups.put(group, settings)

    return put_subscription_filter


def _answer_to_put(response: LogsResponse) -> str:
    parameter = response._get_param
    response.logs_backend.put_subscription_filter(
        parameter("logGroupName"), parameter("filterName"), parameter("filterPattern"), parameter("destinationArn"),
        parameter("roleArn"), parameter("distribution"), parameter("emitSystemFields") or (),
        parameter("fieldSelectionCriteria"),
    )  # type: ignore[call-arg]  # fmt: skip
    return ""


def _answer_to_describe(response: LogsResponse) -> str:
    """Replaces `DescribeSubscriptionFilters`: the filters of a prefix by name, in pages (LOG-09)."""
    filters = response.logs_backend.describe_subscription_filters(response._get_param("logGroupName"))
    limit = response._get_param("limit") or _LARGEST_PAGE
    if limit > _LARGEST_PAGE:
        constraint = f"Member must have value less than or equal to {_LARGEST_PAGE}"
        raise InvalidParameterException(constraint=constraint, parameter="limit", value=limit)
    prefix, after = response._get_param("filterNamePrefix") or "", response._get_param("nextToken") or ""
    found = sorted((one for one in filters if one.name.startswith(prefix) and one.name > after), key=lambda one: one.name)
    answer: dict[str, Any] = {"subscriptionFilters": [one.to_json() for one in found[:limit]]}
    if len(found) > limit:
        answer["nextToken"] = found[limit - 1].name
    return json.dumps(answer)


def _shown(show: Callable[[MotoFilter], Mapping[str, Any]]) -> Callable[[MotoFilter], dict[str, Any]]:
    """Replaces `SubscriptionFilter.to_json`: the members of AWS, without settings that a filter does not have."""

    def to_json(stored: MotoFilter) -> dict[str, Any]:
        settings = _settings(stored)
        optional = {
            "roleArn": settings.role_arn, "fieldSelectionCriteria": settings.criteria,
            "emitSystemFields": list(settings.system_fields),
        }  # fmt: skip
        return {
            "filterName": settings.name,
            "logGroupName": settings.log_group,
            "filterPattern": settings.pattern,
            "destinationArn": settings.destination_arn,
            "distribution": settings.distribution,
            "creationTime": show(stored)["creationTime"],
            "applyOnTransformedLogs": False,
            **{name: value for name, value in optional.items() if value},
        }

    return to_json


def _settings(stored: MotoFilter) -> SubscriptionFilter:
    settings: SubscriptionFilter = stored.lambda_events_settings  # type: ignore[attr-defined]
    return settings


def _metric_patterns(group: LogGroup) -> list[str]:
    """Returns the patterns of the metric filters of a log group."""
    backend = models.logs_backends[group.account_id][group.region]
    return [one["filterPattern"] for one in backend.filters.metric_filters if one["logGroupName"] == group.name]


def _refuse(message: str | None) -> None:
    if message is not None:
        raise InvalidParameterException(message)
