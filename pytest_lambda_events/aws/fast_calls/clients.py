"""Decides which clients may be answered without an HTTP request: those on whose requests nobody else works."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Mapping
from operator import is_, itemgetter
from types import FunctionType
from typing import Any

import botocore.history
import moto.core.config as moto_config
import moto.settings as moto_settings
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.handlers import disable_signing
from moto.core.botocore_stubber import BotocoreStubber
from moto.moto_api import recorder

SERVICES = frozenset({
    "cloudwatch", "dynamodb", "dynamodbstreams", "events", "firehose", "iam", "kinesis", "kms", "lambda", "logs", "s3",
    "secretsmanager", "sns", "sqs", "ssm", "stepfunctions", "sts",
})  # fmt: skip
"""The services, by boto3's name, whose calls are compared with those over HTTP in tests."""
URL_SERVICES = frozenset({"s3"})
"""Of these services moto answers by the URL of a request, not by the name of the operation."""
SIGNATURES = (None, "v4", "s3v4", "aws.auth#sigv4")
_SKIPPED_EVENTS = ("request-created", "choose-signer", "before-sign", "before-send", "response-received", "needs-retry")
"""The events of botocore that a call without HTTP does not emit, if it succeeds."""
_HARMLESS = ("botocore.", "moto.", "aws_lambda_powertools.shared.user_agent")
"""The modules whose handlers of these events change nothing in a call that succeeds."""
_NOT_HARMLESS = frozenset({"botocore.monitoring", "botocore.discovery", "botocore.retries.adaptive"})
_KEY = "lambda_events.fast_calls"
_STEPS = (
    "make_request", "_send_request", "create_request", "prepare_request", "_encode_headers", "_get_response",
    "_do_get_response", "_send", "_needs_retry",
)  # fmt: skip
"""The methods of an endpoint. Libraries for traces replace some of them."""
_STEP_NAMES = frozenset(_STEPS)
_current_steps = itemgetter(*_STEPS)
_LOGGERS = tuple(
    logging.getLogger(f"botocore.{name}")
    for name in (
        "endpoint", "auth", "parsers", "retryhandler", "hooks", "awsrequest", "handlers", "httpchecksum", "utils",
        "retries.standard", "retries.special",
    )
)  # fmt: skip
_PROCESS_REQUEST = BotocoreStubber.process_request
_NO_PASSTHROUGH: Mapping[str, Any] = {"services": [], "urls": []}


def nobody_looks(methods: Mapping[str, Callable[..., Any]]) -> bool:
    """Returns whether nothing in the process works on requests: no log of them, no record, no tracer, no check of moto.

    `methods` are those of `Endpoint` if nobody replaced them, except for the environment, in the order of `_STEPS`.
    """
    try:
        # By identity, since wrappers of tracers are equal to what they wrap.
        are_unchanged = all(map(is_, _current_steps(vars(Endpoint)), methods.values()))
    except KeyError:
        return False
    if not are_unchanged or logs_requests():
        return False
    history: Any = botocore.history.get_global_history_recorder()
    core = moto_config.default_user_config["core"]
    return (
        not history._enabled
        and BotocoreStubber.process_request is _PROCESS_REQUEST
        and math.isinf(moto_settings.INITIAL_NO_AUTH_ACTION_COUNT)
        and core.get("service_whitelist") is None
        and _passes_nothing_through(core.get("passthrough"))
        and not recorder._user_enabled
    )


def logs_requests() -> bool:
    """Returns whether botocore logs its work on requests. No is kept until the level of a logger changes."""
    cache = _LOGGERS[0]._cache  # type: ignore[attr-defined]
    if _KEY in cache:
        return False
    logs = any(logger.isEnabledFor(logging.DEBUG) for logger in _LOGGERS)
    # Python empties this dictionary of each logger when a level changes, but not when `disabled` does.
    if not logs and not any(logger.disabled for logger in _LOGGERS):
        cache[_KEY] = False
    return logs


def _passes_nothing_through(passthrough: Any) -> bool:
    """Returns whether moto sends no requests to AWS."""
    return passthrough in (None, _NO_PASSTHROUGH) or not (passthrough.get("services") or passthrough.get("urls"))


def methods_of_botocore() -> Mapping[str, Callable[..., Any]] | None:
    """Returns the methods through which an endpoint sends a request, or None if another library replaced one of them."""
    methods: dict[str, Any] = {name: vars(Endpoint).get(name) for name in _STEPS}
    of_clients: Any = vars(BaseClient).get("_make_request")
    return methods if all(is_of_botocore(method) for method in (of_clients, *methods.values())) else None


def is_of_botocore(method: Any) -> bool:
    """Returns whether a method of clients or endpoints is botocore's own."""
    return (
        type(method) is FunctionType
        and method.__module__ in ("botocore.client", "botocore.endpoint")
        and not hasattr(method, "__wrapped__")
    )


def is_plain(client: Any, model: Any) -> bool:
    """Returns whether a client sends an operation in botocore's own way. The answer is kept until it registers a handler."""
    events = client.meta.events
    emitter = getattr(events, "_emitter", events)
    cache = getattr(emitter, "_lookup_cache", None)
    endpoint = client._endpoint
    if cache is None or type(endpoint) is not Endpoint or not _is_unchanged(endpoint):
        return False
    known, names = cache.get(_KEY, (None, None))
    if known is not endpoint:
        # botocore replaces the dictionary when handlers are registered or unregistered. A copy may belong to another client.
        _, names = cache[_KEY] = (endpoint, {})
    if model.name not in names:
        names[model.name] = _is_plain(client, model, emitter)
    return bool(names[model.name])


def _is_unchanged(endpoint: Any) -> bool:
    """Returns whether nobody replaced a method of this endpoint, or the functions with which it reads responses."""
    return _STEP_NAMES.isdisjoint(vars(endpoint)) and not endpoint._response_parser_factory._defaults


def _is_plain(client: Any, model: Any, emitter: Any) -> bool:
    config = client.meta.config
    retries = config.retries or {}
    service = model.service_model
    by_url = service.service_name in URL_SERVICES
    return (
        service.service_name in SERVICES
        and service.resolved_protocol in ("json", "query", "rest-json", "rest-xml")
        and (by_url or service.service_name == "lambda" or not (model.has_streaming_output or model.has_streaming_input))
        and not model.has_event_stream_output
        and not model.has_event_stream_input
        and (by_url or not model.http_checksum)
        and type(emitter).__module__ == "botocore.hooks"
        and config.signature_version in SIGNATURES
        and retries.get("mode") != "adaptive"
        # botocore tells that the last attempt is reached, also if it succeeds.
        and retries.get("total_max_attempts") != 1
        and all(_is_harmless(handler) for handler in _handlers(emitter, model, _SKIPPED_EVENTS))
        and (by_url or not any(_handlers(emitter, model, ("before-parse",))))
    )


def _handlers(emitter: Any, model: Any, events: tuple[str, ...]) -> Iterator[Any]:
    service = model.service_model.service_id.hyphenize()
    for event in events:
        yield from emitter._handlers.prefix_search(f"{event}.{service}.{model.name}")


def _is_harmless(handler: Any) -> bool:
    if handler is disable_signing:
        return False
    owner = getattr(handler, "__self__", None)
    handler = getattr(handler, "func", handler)
    module = getattr(handler, "__module__", None) if owner is None or isinstance(owner, type) else type(owner).__module__
    module = module or type(handler).__module__
    return str(module).startswith(_HARMLESS) and module not in _NOT_HARMLESS
