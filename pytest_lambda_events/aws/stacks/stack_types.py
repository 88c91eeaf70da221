"""Which types of resources stacks of CloudFormation's API create, and who creates them.

The creators of `deploy` create the types that they have. moto's own models create the others that moto has: their settings
deliver nothing here. Nested stacks are among them, because their templates are objects of S3, and moto keeps their records.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...deployment.created import Made
from ...deployment.creators.created_type import CreatedType
from ...deployment.resource_types import SIMULATED, STATE
from ...errors import LambdaEventsError, NotSimulatedError
from ...service.control_plane.validation import not_simulated
from ...simulation.simulation import Simulation
from ..refusals.checks import advice_for
from .moto_types import moto_type

_HARMLESS = ("AWS::CDK::Metadata", "AWS::CloudFormation::WaitConditionHandle")
"""Resources that have no effect on AWS either."""
_ONLY_DEPLOYED = ("AWS::CloudFormation::Stack", "AWS::Lambda::LayerVersionPermission")
"""Types that `deploy` creates in another way, or leaves without effect."""
_NOTHING = CreatedType("cloudformation", "CreateStack", create=lambda making: Made(making.logical_id))


class StackTypes:
    """The types of one environment."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._known: dict[str, CreatedType] = {
            **{name: one for name, one in {**SIMULATED, **STATE}.items() if name not in _ONLY_DEPLOYED},
            **dict.fromkeys(_HARMLESS, _NOTHING),
        }

    def of(self, resource_type: str) -> CreatedType:
        """Returns how resources of a type are created. Raises `NotSimulatedError` if nothing creates them."""
        if resource_type not in self._known:
            self._known[resource_type] = self._of_moto(resource_type)
        return self._known[resource_type]

    def _of_moto(self, resource_type: str) -> CreatedType:
        from moto.cloudformation.parsing import get_model_map

        model = get_model_map().get(resource_type)
        if model is None or resource_type.startswith("AWS::Lambda::"):
            raise self._refused(resource_type, _advice(resource_type))
        return moto_type(model, lambda message: self._simulation.record_misuse(message, NotSimulatedError))

    def check_transformed(self, declared: Any) -> None:
        """Raises `NotSimulatedError` for a type that exists only before the transform of SAM."""
        name = declared.get("Type") if isinstance(declared, Mapping) else None
        if isinstance(name, str) and name.startswith("AWS::Serverless::"):
            raise self._refused(
                name,
                "CloudFormation has this type only after SAM's transform, which moto does not apply: translate the template "
                "with aws-sam-translator and pass the result.",
            )

    def _refused(self, resource_type: str, advice: str) -> LambdaEventsError:
        message = str(not_simulated(f"{resource_type} in CloudFormation", advice))
        return self._simulation.record_misuse(message, NotSimulatedError)


def _advice(resource_type: str) -> str:
    known = advice_for(resource_type)
    return f"{known}{' ' if known else ''}Leave the resource out of the template that the test passes."
