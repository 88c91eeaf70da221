"""Completes moto's API Gateway when it is loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from ...contexts import contextmanager
from ...simulation.clock import VirtualClock
from ..lasting import kept, lasting
from ..late_parts import when_loaded

if TYPE_CHECKING:
    from .api_definitions import ApiDefinitions
from .definition_checks import definition_checks_left_out, forget_empty_package


@contextmanager
def apis_served(definitions: Callable[[], ApiDefinitions], clock: VirtualClock) -> Iterator[None]:
    """Lets moto create APIs as API Gateway does while a simulated AWS is open."""
    with (
        definition_checks_left_out(),
        when_loaded("moto.apigateway.models", lambda: _rest_apis(definitions())),
        when_loaded("moto.apigatewayv2.models", lambda: _http_apis(definitions(), clock), also=("moto.apigateway",)),
    ):
        yield


def _rest_apis(definitions: ApiDefinitions) -> AbstractContextManager[None]:
    forget_empty_package()
    from .rest_api_operations import rest_apis_served

    return kept("REST APIs", rest_apis_served, lasting(definitions))


def _http_apis(definitions: ApiDefinitions, clock: VirtualClock) -> AbstractContextManager[None]:
    from .http_api_operations import HttpApiOperations, http_apis_served

    return kept("HTTP APIs", http_apis_served, lasting(definitions), lasting(HttpApiOperations(definitions, clock)))
