"""Finds the definitions of APIs and function URLs: those of APIs in moto, those of URLs in our Lambda (HTP-B0)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast
from weakref import WeakKeyDictionary

from ...http.definitions import (
    FunctionUrlDefinition,
    HttpApiDefinition,
    RestApiDefinition,
    Route,
    TargetGroupDefinition,
)
from .settings import cors_of

if TYPE_CHECKING:
    from ...service.control_plane.planes import ControlPlanes
    from ...service.model import FunctionUrlConfig

D = TypeVar("D")
_REST, _HTTP = "moto.apigateway.models", "moto.apigatewayv2.models"


class ApiDefinitions:
    """The definitions of all accounts and Regions. `Definitions` of the package `http` describes its methods.

    A definition is the same object until a call changes an API.
    """

    def __init__(self, planes: ControlPlanes) -> None:
        self._planes = planes
        self._deployments: MutableMapping[Any, dict[str, Sequence[Route]]] = WeakKeyDictionary()
        self._known: dict[tuple[str, str], Any] = {}
        self._urls: dict[str, tuple[FunctionUrlConfig, str, FunctionUrlDefinition]] = {}

    def changed(self) -> None:
        """Notes that a call has changed an API."""
        self._known.clear()

    def deployments_of(self, api: object) -> dict[str, Sequence[Route]]:
        """Returns the routes of each deployment of an API of moto, by the id of the deployment."""
        return self._deployments.setdefault(api, {})

    def rest_api(self, api_id: str) -> RestApiDefinition | None:
        """Returns a REST API."""
        return self._found(_REST, api_id, self._read_rest_api)

    def http_api(self, api_id: str) -> HttpApiDefinition | None:
        """Returns an HTTP API. None for a WebSocket API."""
        return self._found(_HTTP, api_id, self._read_http_api)

    def function_url(self, url_id: str) -> FunctionUrlDefinition | None:
        """Returns a function URL."""
        for region in self._planes.regions:
            for function in region.functions.values():
                for alias, config in function.url_configs.items():
                    if config.url_id == url_id:
                        arn = region.arn(function.name, alias or None)
                        return self._url(config, arn, region.account_id, region.name)
        return None

    def target_group(self, arn: str) -> TargetGroupDefinition | None:
        """Returns None: functions as targets of load balancers of boto3 are refused."""
        return None

    def api_id_of(self, name: str) -> str | None:
        """Returns the id of the API with an id or a name, if there is one."""
        apis = [*_apis(_REST), *_apis(_HTTP)]
        ids = [api_id for _, _, api_id, api in apis if name in (api_id, api.name)]
        return ids[0] if ids else None

    def api_names(self) -> list[str]:
        """Returns the names of all REST and HTTP APIs. Several APIs can have the same name."""
        return [api.name for module in (_REST, _HTTP) for _, _, _, api in _apis(module)]

    def has(self, identifier: str) -> bool:
        """Returns whether an API or a function URL has this id."""
        ids = (api_id for module in (_REST, _HTTP) for _, _, api_id, _ in _apis(module))
        return identifier in ids or self.function_url(identifier) is not None

    def _found(self, module: str, api_id: str, read: Callable[[Any, str, str], D | None]) -> D | None:
        key = module, api_id
        if key not in self._known:
            found = next(((api, *place) for *place, one, api in _apis(module) if one == api_id), None)
            self._known[key] = None if found is None else read(*found)
        return cast("D | None", self._known[key])

    def _read_rest_api(self, api: Any, account_id: str, region_name: str) -> RestApiDefinition | None:
        # It loads a service of moto.
        from .rest_apis import rest_api_of

        is_disabled = str(api.disableExecuteApiEndpoint).lower() == "true"
        return replace(rest_api_of(api, account_id, region_name, self.deployments_of(api)), is_disabled=is_disabled)

    def _read_http_api(self, api: Any, account_id: str, region_name: str) -> HttpApiDefinition | None:
        from .http_apis import http_api_of

        if api.protocol_type != "HTTP":
            return None
        is_disabled = bool(api.disable_execute_api_endpoint)
        return replace(http_api_of(api, account_id, region_name, self.deployments_of(api)), is_disabled=is_disabled)

    def _url(self, config: FunctionUrlConfig, arn: str, account_id: str, region_name: str) -> FunctionUrlDefinition:
        known = self._urls.get(config.url_id)
        if known is None or known[0] is not config or known[1] != arn:
            auth_type = cast("Literal['NONE', 'AWS_IAM']", config.auth_type)
            found = FunctionUrlDefinition(config.url_id, arn, account_id, region_name, auth_type, cors_of(config.cors))
            known = self._urls[config.url_id] = (config, arn, found)
        return known[2]


def _apis(module: str) -> Iterator[tuple[str, str, str, Any]]:
    """Yields account, Region, id and API of each API in moto, if the service is loaded."""
    loaded: Any = sys.modules.get(module)
    if loaded is None:
        return
    backends = getattr(loaded, f"{module.split('.')[1]}_backends")
    for account_id, regions in backends.items():
        for region_name, backend in regions.items():
            for api_id, api in backend.apis.items():
                yield account_id, region_name, api_id, api
