"""The layers of functions: which layers a call names, and which ones AWS refuses."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from ... import limits
from ...errors import LambdaEventsError
from ..errors import ServiceError, invalid_parameter
from ..model import Code, Layer

_PATTERN = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)"
    r"|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)"
)
"""The pattern of the ARN of a layer version, written as in AWS's errors."""
_ARN = re.compile(r"arn:aws[a-zA-Z-]*:lambda:([a-z0-9-]+):(\d{12}):layer:([a-zA-Z0-9-_]+):(\d+)")
_LONGEST_ARN = 2048


class Layers(Protocol):
    """The layer versions of the simulated AWS."""

    def find(self, arn: str) -> Layer | None:
        """Returns the layer version with this ARN, or None if it does not exist."""


def layers_of(arns: Sequence[str], account_id: str, region_name: str, stored: Layers) -> tuple[Layer, ...]:
    """Returns the layers that a call in this account and region attaches, in the order of the call.

    Raises:
        ServiceError: AWS refuses one of them. Layers of other accounts are accepted without a check.
    """
    if len(arns) > limits.LAYERS:
        raise invalid_parameter(f"Cannot reference more than {limits.LAYERS} layers.")
    seen: dict[str, str] = {}
    for arn in arns:
        _check_form(arns, arn)
        _check_place(arn, region_name)
        layer = arn.rpartition(":")[0]
        if layer in seen:
            raise invalid_parameter(
                "Two different versions of the same layer are not allowed to be referenced in the same function. "
                f"{arn} and {seen[layer]}"
            )
        seen[layer] = arn
    return tuple(_found(arn, account_id, stored) for arn in arns)


def _check_form(arns: Sequence[str], arn: str) -> None:
    if len(arn) > _LONGEST_ARN or not re.fullmatch(_PATTERN, arn):
        raise ServiceError(
            "ValidationException",
            f"1 validation error detected: Value '[{', '.join(arns)}]' at 'layers' failed to satisfy constraint: Member must "
            f"satisfy constraint: [Member must have length less than or equal to {_LONGEST_ARN}, Member must have length "
            "greater than or equal to 1, Member must satisfy regular expression pattern: "
            f"{_PATTERN}, Member must not be null]",
        )


def _check_place(arn: str, region_name: str) -> None:
    parts = _ARN.fullmatch(arn)
    if parts is not None and parts[1] != region_name:
        raise invalid_parameter(
            f"Layers are not in the same region as the function. Layers are expected to be in region {region_name}."
        )


def _found(arn: str, account_id: str, stored: Layers) -> Layer:
    layer = stored.find(arn)
    parts = _ARN.fullmatch(arn)
    if layer is None and parts is not None and parts[2] == account_id:
        raise invalid_parameter(f"Layer version {arn} does not exist.")
    if layer is not None and layer.zip_file is not None and not zipfile.is_zipfile(io.BytesIO(layer.zip_file)):
        raise invalid_parameter(f"The content of layer version {arn} is not a zip file.")
    return layer or Layer(arn)


def check_code(name: str, code: Code, layers: Sequence[Layer]) -> None:
    """Raises `LambdaEventsError` if a function whose handler is a callable of the test has a layer with files."""
    if code.handler is None:
        return
    for layer in layers:
        if layer.has_content:
            raise LambdaEventsError(
                f"Function {name!r} cannot use layer {_shown(layer)!r}: its handler is a callable, and a callable uses the "
                "modules that the test imported. Pass the handler as text and the folder of its code, for example "
                'lambda_events.function("app.handler", code_uri="src", layers=["layers/common"]).'
            )


def notes(layers: Sequence[Layer], runtime: str) -> Iterator[str]:
    """Yields what a test should know about layers with files that are not used."""
    for layer in layers:
        if not layer.has_content:
            yield (
                f"Layer {layer.arn} is in another account, so its files are not available. The handler imports packages from "
                "the Python environment of the tests. Install the packages of the layer there. Its extensions do not run."
            )
            continue
        if layer.has_modules:
            continue
        unused = sorted(_top_names(layer) - {"python"})
        if unused:
            yield (
                f"Only the folder python/ of layer {_shown(layer)} is used. Its other files are not in /opt, and its "
                f"extensions do not run: {', '.join(unused)}."
            )
        foreign = sorted(_runtimes(layer) - {runtime})
        if foreign:
            yield (
                f"Layer {_shown(layer)} has packages for {', '.join(foreign)}. They are not on the path of this function, "
                f"which has runtime {runtime}."
            )


def in_answer(layers: Sequence[Layer]) -> Mapping[str, Any]:
    """Returns the member `Layers` of a configuration, or nothing if there are no layers."""
    return {"Layers": [{"Arn": layer.arn, "CodeSize": layer.code_size} for layer in layers]} if layers else {}


def _shown(layer: Layer) -> str:
    return layer.arn if layer.folder is None else str(layer.folder)


def _top_names(layer: Layer) -> set[str]:
    if layer.folder is not None:
        return {entry.name for entry in layer.folder.iterdir() if not entry.name.startswith(".")}
    return {name.partition("/")[0] for name in _zipped_names(layer)}


def _runtimes(layer: Layer) -> set[str]:
    """Returns the runtimes for which the layer has a folder `python/lib/RUNTIME`."""
    if layer.folder is not None:
        return {folder.parent.name for folder in layer.folder.glob("python/lib/python3.*/site-packages")}
    names = (name.split("/") for name in _zipped_names(layer))
    return {parts[2] for parts in names if parts[:2] == ["python", "lib"] and parts[3:4] == ["site-packages"]}


def _zipped_names(layer: Layer) -> Sequence[str]:
    with zipfile.ZipFile(io.BytesIO(layer.zip_file or b"")) as archive:
        return archive.namelist()
