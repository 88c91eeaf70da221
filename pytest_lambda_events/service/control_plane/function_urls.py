"""The URLs of functions and aliases (HTP-5A, 5B)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..api_response import ApiResponse, Operation, Parameters, page
from ..errors import conflict, not_found
from ..model import Function, FunctionUrlConfig
from .dependencies import Dependencies
from .region import Region
from .validation import not_simulated

_ID_LENGTH = 32
_BUFFERED = "BUFFERED"


class FunctionUrlConfigs:
    """The operations on the function URLs of one region. A function and each of its aliases can have one."""

    def __init__(self, region: Region, dependencies: Dependencies) -> None:
        self._region = region
        self._dependencies = dependencies

    @property
    def operations(self) -> Mapping[str, Operation]:
        """Returns the operations by their names in the API."""
        return {
            "CreateFunctionUrlConfig": self.create_function_url_config,
            "UpdateFunctionUrlConfig": self.update_function_url_config,
            "GetFunctionUrlConfig": self.get_function_url_config,
            "ListFunctionUrlConfigs": self.list_function_url_configs,
            "DeleteFunctionUrlConfig": self.delete_function_url_config,
        }

    def create_function_url_config(self, parameters: Parameters) -> ApiResponse:
        """Returns 201. A deleted URL is never used again."""
        _refuse_streams("CreateFunctionUrlConfig", parameters)
        function, key = self._qualified(parameters)
        if key in function.url_configs:
            arn = self._arn(function, key)
            raise conflict(
                f"Failed to create function url config for [functionArn = {arn}]. Error message:  FunctionUrlConfig exists "
                "for this Lambda function"
            )
        now = self._now()
        config = FunctionUrlConfig(
            self._dependencies.identifiers.hex(_ID_LENGTH), parameters["AuthType"], _cors(parameters), now, now
        )
        function.url_configs[key] = config
        shown = self._shown(function, key, config)
        del shown["LastModifiedTime"]
        return ApiResponse(201, shown)

    def update_function_url_config(self, parameters: Parameters) -> ApiResponse:
        """Returns 200. Settings that the call leaves out stay. An empty `Cors` removes it."""
        _refuse_streams("UpdateFunctionUrlConfig", parameters)
        function, key, config = self._existing(parameters)
        cors = config.cors if parameters.get("Cors") is None else _cors(parameters)
        auth_type = parameters.get("AuthType") or config.auth_type
        config = replace(config, auth_type=auth_type, cors=cors, last_modified_time=self._now())
        function.url_configs[key] = config
        return ApiResponse(200, self._shown(function, key, config))

    def get_function_url_config(self, parameters: Parameters) -> ApiResponse:
        """Returns 200, or raises 404."""
        return ApiResponse(200, self._shown(*self._existing(parameters)))

    def list_function_url_configs(self, parameters: Parameters) -> ApiResponse:
        """Returns the URLs of a function and its aliases."""
        function = self._region.function(self._region.reference(parameters["FunctionName"]))
        return page(
            sorted(function.url_configs), parameters, "FunctionUrlConfigs",
            shown=lambda key: self._shown(function, key, function.url_configs[key]),
        )  # fmt: skip

    def delete_function_url_config(self, parameters: Parameters) -> ApiResponse:
        """Returns 204, or raises 404."""
        function, key, _ = self._existing(parameters)
        del function.url_configs[key]
        return ApiResponse(204)

    def _qualified(self, parameters: Parameters) -> tuple[Function, str]:
        """Returns the function and the name of the alias, which is empty for the function itself."""
        reference = self._region.reference(parameters["FunctionName"], parameters.get("Qualifier"))
        function = self._region.function(reference, reference.qualifier)
        if reference.qualifier is not None:
            self._region.alias(function, reference.qualifier)
        return function, reference.qualifier or ""

    def _existing(self, parameters: Parameters) -> tuple[Function, str, FunctionUrlConfig]:
        function, key = self._qualified(parameters)
        config = function.url_configs.get(key)
        if config is None:
            raise not_found("The resource you requested does not exist.")
        return function, key, config

    def _arn(self, function: Function, key: str) -> str:
        return self._region.arn(function.name, key or None)

    def _now(self) -> str:
        # AWS has nanoseconds.
        return f"{self._dependencies.clock.now:%Y-%m-%dT%H:%M:%S.%f}000Z"

    def _shown(self, function: Function, key: str, config: FunctionUrlConfig) -> dict[str, Any]:
        body: dict[str, Any] = {
            "FunctionUrl": f"https://{config.host(self._region.name)}/",
            "FunctionArn": self._arn(function, key),
            "AuthType": config.auth_type,
            "CreationTime": config.creation_time,
            "LastModifiedTime": config.last_modified_time,
            "InvokeMode": _BUFFERED,
        }
        return {**body, "Cors": dict(config.cors)} if config.cors else body


def _cors(parameters: Parameters) -> Mapping[str, Any] | None:
    return parameters.get("Cors") or None


def _refuse_streams(operation: str, parameters: Parameters) -> None:
    """Raises `NotSimulatedError` for streamed responses, which no managed Python runtime has (HTP-5D)."""
    if parameters.get("InvokeMode") not in (None, _BUFFERED):
        raise not_simulated(
            f"InvokeMode {parameters['InvokeMode']} of {operation}", "Use BUFFERED, or leave InvokeMode out in the test."
        )
