"""Types of resources that only moto's CloudFormation has. moto's own models create, change and delete them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from ...deployment.created import Created, Made
from ...deployment.creators.created_type import CreatedType
from ...deployment.making import Making
from ...templates.place import Place
from ...values import dataclass
from .failures import Refused, failures_of_moto


def moto_type(model: Any, refused: Refused) -> CreatedType:
    """Returns how moto's model creates resources. `refused` creates the error for one with which moto fails."""
    made = _MotoType(model, refused)
    return CreatedType("cloudformation", "CreateStack", create=made.create, change=made.change)


class _Attributes(Mapping[str, Any]):
    """The values of `Fn::GetAtt`, which moto computes when they are needed."""

    def __init__(self, resource: Any) -> None:
        self.resource = resource

    def __getitem__(self, name: str) -> Any:
        from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

        outputs = getattr(self.resource, "output_map", None)
        if outputs is not None and name.startswith("Outputs."):
            return {f"Outputs.{one.key}": one.value for one in outputs.values()}[name]
        try:
            return self.resource.get_cfn_attribute(name)
        except (UnformattedGetAttTemplateException, NotImplementedError):
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class _MotoType:
    """The resources of one type, and moto's model of it."""

    def __init__(self, model: Any, refused: Refused) -> None:
        self._model = model
        self._refused = refused
        self.existing: dict[_Deletion, tuple[Any, Mapping[str, Any]]] = {}

    def create(self, making: Making) -> Made:
        """Creates a resource."""
        place = making.stack.place
        with failures_of_moto(making.logical_id, making.type, self._refused):
            resource = self._model.create_from_cloudformation_json(
                self._name(making), _written(making), place.account_id, place.region,
                LogicalId=making.logical_id, StackId=place.stack_id, ResourceType=making.type,
            )  # fmt: skip
            return self._made(making, resource)

    def change(self, making: Making, before: Created) -> Made | None:
        """Changes a resource, if its model can do that. moto may replace it."""
        if hasattr(self._model.update_from_cloudformation_json, "__isabstractmethod__"):
            return None
        place = making.stack.place
        with failures_of_moto(making.logical_id, making.type, self._refused):
            resource = self._model.update_from_cloudformation_json(
                original_resource=before.made.attributes.resource,  # type: ignore[attr-defined]
                new_resource_name=self._name(making), cloudformation_json=_written(making),
                account_id=place.account_id, region_name=place.region,
            )  # fmt: skip
            return self._made(making, resource)

    def _name(self, making: Making) -> str:
        from moto.cloudformation.parsing import generate_resource_name, resource_name_property_from_type

        written = making.get(resource_name_property_from_type(making.type) or "")
        if written is not None:
            return str(written)
        return generate_resource_name(making.type, making.stack.place.stack_name, making.logical_id)

    def _made(self, making: Making, resource: Any) -> Made:
        resource.cf_resource_type, resource.logical_resource_id = making.type, making.logical_id
        deletion = _Deletion(self, making.stack.place, making.logical_id, making.type, making.replacement)
        self.existing[deletion] = (resource, _written(making))
        making.stack.undo_with(deletion)
        return Made(resource.physical_resource_id, _Attributes(resource), str(resource.physical_resource_id))

    def delete(self, deletion: _Deletion) -> None:
        """Deletes a resource, which may be another one after an update."""
        resource, written = self.existing[deletion]
        place = deletion.place
        with failures_of_moto(deletion.logical_id, deletion.type, self._refused):
            _delete(self._model, resource, written, place.account_id, place.region)
        del self.existing[deletion]


@dataclass(frozen=True)
class _Deletion:
    """Deletes one resource of a stack."""

    of: _MotoType = field(compare=False)
    place: Place
    logical_id: str
    type: str
    replacement: int

    def __call__(self) -> None:
        self.of.delete(self)


def _written(making: Making) -> dict[str, Any]:
    return {"Type": making.type, "Properties": dict(making.properties)}


def _delete(model: Any, resource: Any, written: Mapping[str, Any], account_id: str, region_name: str) -> None:
    """Deletes a resource in the way that its model offers."""
    try:
        resource.delete(account_id, region_name)
    except (TypeError, AttributeError):
        if not hasattr(model.delete_from_cloudformation_json, "__isabstractmethod__"):
            model.delete_from_cloudformation_json(resource.physical_resource_id, written, account_id, region_name)
