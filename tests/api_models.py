"""Parts of botocore's description of an API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from botocore.model import ServiceModel, Shape, StringShape, StructureShape


def input_members(model: ServiceModel, operation: str) -> Mapping[str, Shape]:
    """Returns the parameters of an operation by name."""
    shape = model.operation_model(operation).input_shape
    assert isinstance(shape, StructureShape)
    return shape.members


def runtimes_in(model: ServiceModel) -> Sequence[str]:
    """Returns the names of the runtimes that the model lists."""
    shape = model.shape_for("Runtime")
    assert isinstance(shape, StringShape)
    return shape.enum
