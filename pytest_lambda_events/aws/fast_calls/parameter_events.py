"""Leaves out botocore's events about the parameters of a call if no handler of them changes anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from botocore import handlers
from botocore.client import BaseClient
from botocore.discovery import block_endpoint_discovery_required_operations

from .clients import logs_requests

_EVENTS = ("provide-client-params", "before-parameter-build")
_KEY = "lambda_events.parameter_events"
Patch = tuple[Any, str, Callable[..., Any]]


def emits_quickly() -> Patch:
    """Returns the patch of botocore's method that emits the events."""
    emit: Callable[..., Any] = BaseClient._emit_api_params  # type: ignore[attr-defined]

    def emit_api_params(client: Any, api_params: Any, operation_model: Any, context: Any) -> Any:
        if _changes_nothing(client, operation_model) and not logs_requests():
            return api_params
        return emit(client, api_params, operation_model, context)

    return BaseClient, "_emit_api_params", emit_api_params


def _changes_nothing(client: Any, model: Any) -> bool:
    """Returns whether no handler would do anything. The answer is kept until the client registers a handler."""
    events = client.meta.events
    emitter = getattr(events, "_emitter", events)
    cache = getattr(emitter, "_lookup_cache", None)
    if cache is None:
        return False
    # botocore replaces the dictionary when handlers are registered or unregistered.
    known: dict[str, bool] = cache.setdefault(_KEY, {})
    found = known.get(model.name)
    if found is None:
        found = known[model.name] = type(emitter).__module__ == "botocore.hooks" and _has_idle_handlers(emitter, model)
    return found


def _has_idle_handlers(emitter: Any, model: Any) -> bool:
    service = model.service_model.service_id.hyphenize()
    registered = [one for event in _EVENTS for one in emitter._handlers.prefix_search(f"{event}.{service}.{model.name}")]
    return all(any(handler is known and not works(model) for known, works in _WORK) for handler in registered)


def _validates_mode(model: Any) -> bool:
    return "requestValidationModeMember" in model.http_checksum


def _needs_discovery(model: Any) -> bool:
    return bool((model.endpoint_discovery or {}).get("required"))


_WORK: Sequence[tuple[object, Callable[[Any], object]]] = (
    (handlers.generate_idempotent_uuid, lambda model: model.idempotent_members),
    (getattr(handlers, "_handle_request_validation_mode_member", None), _validates_mode),
    (block_endpoint_discovery_required_operations, _needs_discovery),
)
"""botocore's own handlers of these events, and for which operations they do something."""
