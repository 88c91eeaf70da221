"""FUN: our limits, choices and members of every operation of Lambda, against the model of the installed botocore.

A newer botocore that has something which the simulation neither simulates, nor accepts without effect, nor refuses by name
fails here. Add it to `service/control_plane/members.py` or `constraints.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from api_models import input_members, runtimes_in
from botocore.loaders import create_loader
from botocore.model import ListShape, ServiceModel, Shape, StructureShape

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.aws.lambda_service.endpoint import LAYERS
from pytest_lambda_events.service.control_plane.constraints import CONSTRAINTS, MANAGED, OVERRIDES, Constraint
from pytest_lambda_events.service.control_plane.members import MEMBERS, REFUSED, SETTINGS, Treatment
from pytest_lambda_events.service.control_plane.runtimes import RETIRED

MODEL = ServiceModel(create_loader().load_service_model("lambda", "service-2"), "lambda")
NOT_SERVED = {
    # Durable functions.
    "DeleteDurableExecution", "PauseDurableExecution", "ResumeDurableExecution",
    # Managed Instances.
    "CreateCapacityProvider", "DeleteCapacityProvider", "GetCapacityProvider", "ListCapacityProviders",
    "ListFunctionVersionsByCapacityProvider", "UpdateCapacityProvider", "GetFunctionScalingConfig",
    "PutFunctionScalingConfig",
    # Code signing.
    "CreateCodeSigningConfig", "DeleteCodeSigningConfig", "GetCodeSigningConfig", "ListCodeSigningConfigs",
    "ListFunctionsByCodeSigningConfig", "UpdateCodeSigningConfig",
    # Streamed responses and policies as a whole.
    "InvokeWithResponseStream", "DeleteResourcePolicy", "GetResourcePolicy", "PutResourcePolicy",
}  # fmt: skip
"""Operations that are refused by name."""
NEWER = {"TraceHeader"}
"""What our tables have beside the model of any botocore: a header that every call may have."""
OTHERWISE = {
    "Timeout": "1,800 seconds, and 5,400 on Managed Instances (FUN-70)",
    "MemorySize": "10,240 MB, and 32,768 on Managed Instances",
    "EphemeralStorage.Size": "10,240 MB, and 32,768 with an accelerator, which is refused",
    "StatementId": "AWS accepts dots",
    "FilterCriteria.Filters[].Pattern": "a pattern of any characters",
    "Runtime": "AWS refuses a runtime with another error (FUN-72)",
    "Layers": "AWS refuses an item with an error of its own",
    "TagKeys": "the length of one key",
    "UUID": "AWS answers that the mapping does not exist",
    "MaximumRetryAttempts": "AWS refuses other numbers for a mapping later (ESM)",
}
"""Members whose bounds are not those of the model, and what they are."""


def members(shape: Shape | None, prefix: str = "") -> Iterator[tuple[str, Shape]]:
    """The members of a structure, those below it with dots, and `[]` for an item of a list."""
    if not isinstance(shape, StructureShape):
        return
    for name, member in shape.members.items():
        path, inner = f"{prefix}{name}", member
        yield path, member
        while isinstance(inner, ListShape):
            path, inner = f"{path}[]", inner.member
        yield from members(inner, f"{path}.")


SERVED = sorted(MEMBERS)
IS_NEWEST = "AcceleratorConfig" in input_members(MODEL, "CreateFunction")
"""Whether the installed botocore is the one for which the tables were written, or a newer one."""
EVERY = [(operation, *one) for operation in SERVED for one in members(MODEL.operation_model(operation).input_shape)]


def treatment(operation: str, path: str) -> Treatment | None:
    """What the table says of a member; of the parts of a refused one that it is refused."""
    known = MEMBERS[operation]
    parents = [parent for parent in known if path.startswith((f"{parent}.", f"{parent}[]")) and known[parent] is REFUSED]
    return REFUSED if parents else known.get(path)


@pytest.mark.rule("FUN-73", "FUN-74")
def test_every_member_of_every_operation_is_simulated_or_inert_or_refused() -> None:
    unknown = [f"{operation}.{path}" for operation, path, _ in EVERY if treatment(operation, path) is None]

    assert unknown == []


def test_every_member_of_our_tables_exists() -> None:
    """With the botocore for which the tables were written; an older one may lack some."""
    known = {(operation, path) for operation, path, _ in EVERY}
    ours = {(operation, path) for operation, paths in MEMBERS.items() for path in paths if path not in NEWER}

    assert not IS_NEWEST or ours - known == set()


def test_every_operation_is_served_or_left_to_moto_or_refused(lambda_events: LambdaEvents) -> None:
    served = set(lambda_events._open_wiring.planes.home.operations)

    assert served == set(MEMBERS)
    assert set(MODEL.operation_names) - served - LAYERS - NOT_SERVED == set()
    assert served & NOT_SERVED == set()


@pytest.mark.rule("FUN-70", "FUN-73", "FUN-74")
@pytest.mark.skipif(not IS_NEWEST, reason="The bounds are those of a newer botocore")
@pytest.mark.parametrize("operation", SERVED)
def test_the_bounds_of_members_are_those_of_the_model(operation: str) -> None:
    constraints = {**CONSTRAINTS, **OVERRIDES.get(operation, {})}
    ours, models = {}, {}
    for path, shape in members(MODEL.operation_model(operation).input_shape):
        if treatment(operation, path) is not REFUSED and path not in OTHERWISE:
            one = constraints.get(path, Constraint())
            ours[path] = ((one.minimum, one.maximum, one.pattern), set(one.choices or one.item_choices))
            models[path] = bounds_of(shape)

    assert ours == models


def bounds_of(shape: Shape) -> tuple[tuple[Any, Any, Any], set[str]]:
    data = shape.metadata
    item = shape.member.metadata if isinstance(shape, ListShape) else {}
    return (data.get("min"), data.get("max"), data.get("pattern")), set(data.get("enum") or item.get("enum") or ())


@pytest.mark.rule("FUN-70")
@pytest.mark.parametrize("member", ["Timeout", "MemorySize"])
def test_managed_instances_have_the_bounds_of_the_model(member: str) -> None:
    shape = input_members(MODEL, "CreateFunction")[member]

    bounds = MANAGED[member].minimum, MANAGED[member].maximum

    assert not IS_NEWEST or bounds == (shape.metadata["min"], shape.metadata["max"])


@pytest.mark.rule("FUN-72")
def test_a_runtime_of_the_model_is_supported_or_known_to_be_retired() -> None:
    old = ("nodejs1", "nodejs2", "java", "python3", "dotnet", "ruby3", "ruby4", "provided", "custom")

    undecided = [name for name in runtimes_in(MODEL) if name not in RETIRED and not name.startswith(old)]

    assert undecided == []


def test_each_setting_of_functions_has_a_text() -> None:
    assert [setting.member for setting in SETTINGS if not setting.text.endswith(".")] == []
    assert len({setting.member for setting in SETTINGS}) == len(SETTINGS)
