"""A client of Lambda whose calls take effect before they return."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...service.control_plane.planes import ControlPlane
from ...service.errors import ServiceError
from ..network.client_errors import client_error
from .inline_code import zipped


class ImmediateLambda:
    """Calls a control plane in place of a client: a stack is complete when its call returns, so its functions are Active.

    The code of a function may be text, as in a template.
    """

    def __init__(self, client: Any, plane: ControlPlane) -> None:
        self.meta = client.meta
        self._client = client
        self._plane = plane

    def __getattr__(self, name: str) -> Callable[..., Mapping[str, Any]]:
        operation = self.meta.method_to_api_mapping[name]
        if operation not in self._plane.operations:
            # moto has the layers.
            method: Callable[..., Mapping[str, Any]] = getattr(self._client, name)
            return method

        def call(**parameters: Any) -> Mapping[str, Any]:
            try:
                if operation == "CreateFunction":
                    return self._plane.create_active({**parameters, "Code": _zipped(parameters["Code"])}).body
                return self._plane.call_immediately(operation, _zipped(parameters)).body
            except ServiceError as refusal:
                raise client_error(self._client, operation, refusal) from None

        return call


def _zipped(code: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the code of a function with its zip file. AWS adds the module that it may import."""
    text = code.get("ZipFile")
    return {**code, "ZipFile": zipped(text)} if isinstance(text, str) else code
