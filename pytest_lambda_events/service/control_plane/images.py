"""Functions whose code is a container image. A callable of the test runs instead of the image."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from ..api_response import Parameters
from ..errors import invalid_parameter
from ..model import Code, Image
from .validation import not_simulated

Handlers = Callable[[str], Callable[..., object] | None]
"""Returns the callable that a hook of the test has for a name."""
RUNTIME = "python3.13"
"""The runtime of a callable that runs instead of an image. An image does not name a runtime."""
_ZIP_ONLY = ("Runtime", "Handler", "Layers")


def check_members(parameters: Parameters) -> None:
    """Raises `ServiceError` for members that functions with an image do not have."""
    for member in _ZIP_ONLY:
        if parameters.get(member):
            raise invalid_parameter(f"{member} is not supported for functions created with container images.")


def image_of(uri: str | None, config: Mapping[str, Any]) -> Image:
    """Returns the image that a call names. Raises `ServiceError` if it names no image."""
    if not uri:
        raise invalid_parameter("Please provide ImageUri when creating a function with packageType Image.")
    return Image(uri, {name: value for name, value in config.items() if value})


def handler_name(image: Image) -> str:
    """Returns the name of the handler: the first item of the command, or "" for an image with its own command."""
    return str((image.config.get("Command") or [""])[0])


def code_of(image: Image, handlers: Handlers) -> Code:
    """Returns the callable that runs instead of an image.

    Raises:
        NotSimulatedError: The hook `pytest_lambda_events_handler` has no callable.
    """
    name = handler_name(image) or image.uri
    handler = handlers(name)
    if handler is None:
        raise not_simulated(
            f"PackageType Image without a handler for {name!r}",
            "Implement the hook pytest_lambda_events_handler(name) in conftest.py, and return the callable that runs instead "
            f"of the image for {name!r}. Or pass the code of the image as a folder: "
            'lambda_events.function("app.handler", code_uri="src").',
        )
    identity = hashlib.sha256(image.uri.encode()).hexdigest()
    return Code(identity, 0, handler=handler)


def in_answer(image: Image) -> dict[str, Any]:
    """Returns the members that a configuration has for an image instead of the runtime and the handler."""
    return {"ImageConfigResponse": {"ImageConfig": dict(image.config)}} if image.config else {}
