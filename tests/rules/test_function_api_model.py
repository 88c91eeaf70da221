"""FUN: the Lambda API as the installed botocore describes it: names, qualifiers, runtimes and newer members."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from api_models import input_members, runtimes_in
from botocore.exceptions import ClientError
from botocore.model import ServiceModel
from uploads import create_function, zipped

from pytest_lambda_events import LambdaEvents, NotSimulatedError
from pytest_lambda_events.service.control_plane.constraints import CONSTRAINTS, OVERRIDES

Refused = Callable[..., dict[str, Any]]
ARN = "arn:aws:lambda:us-east-1:123456789012:function"
SOURCE = "def handler(event, context): return event"


@pytest.fixture
def model(lambda_events: LambdaEvents) -> ServiceModel:
    """botocore's description of the API."""
    found: ServiceModel = lambda_events.client("lambda").meta.service_model
    return found


@pytest.fixture
def create(aws_lambda: Any, role: str) -> Callable[..., dict[str, Any]]:
    """Creates a function."""

    def create(**given: Any) -> dict[str, Any]:
        parameters = {
            "FunctionName": "charge", "Role": role, "Runtime": "python3.13", "Handler": "app.handler",
            "Code": {"ZipFile": zipped(SOURCE)},
        }  # fmt: skip
        made: dict[str, Any] = aws_lambda.create_function(**{**parameters, **given})
        return made

    return create


# ------------------------------------------------------------------ names and qualifiers

NAMED = (
    "CreateFunction", "GetFunction", "UpdateFunctionCode", "PublishVersion", "ListVersionsByFunction", "GetAlias",
    "PutFunctionEventInvokeConfig", "ListFunctionEventInvokeConfigs", "GetFunctionConcurrency", "GetPolicy",
    "GetProvisionedConcurrencyConfig", "ListProvisionedConcurrencyConfigs", "GetFunctionRecursionConfig",
    "AddPermission", "Invoke", "InvokeAsync", "CreateEventSourceMapping", "ListEventSourceMappings",
)  # fmt: skip


@pytest.mark.rule("FUN-73")
@pytest.mark.parametrize("operation", NAMED)
@pytest.mark.parametrize("member", ["FunctionName", "Qualifier", "StatementId"])
def test_names_and_qualifiers_are_bound_as_in_the_model(model: ServiceModel, operation: str, member: str) -> None:
    shape = input_members(model, operation).get(member)
    if shape is not None and shape.name != "StatementId":
        constraint = {**CONSTRAINTS, **OVERRIDES.get(operation, {})}[member]
        bounds = (constraint.minimum, constraint.maximum, constraint.pattern)
        assert bounds == (shape.metadata["min"], shape.metadata["max"], shape.metadata["pattern"])


@pytest.mark.rule("FUN-73", "FUN-60")
@pytest.mark.parametrize("qualifier", ["$LATEST.PUBLISHED", "live"])
def test_a_name_with_dots_is_a_function_that_does_not_exist(aws_lambda: Any, refused: Refused, qualifier: str) -> None:
    refusal = refused(aws_lambda.get_function, FunctionName="shop.charge", Qualifier=qualifier)

    assert refusal["message"] == f"Function not found: {ARN}:shop.charge:{qualifier}"
    assert (refusal["code"], refusal["status"]) == ("ResourceNotFoundException", 404)


@pytest.mark.rule("FUN-73")
def test_the_published_latest_of_an_ordinary_function_does_not_exist(
    create: Any, lambda_events: LambdaEvents, aws_lambda: Any, refused: Refused
) -> None:
    create()
    lambda_events.advance(1)

    by_name = refused(aws_lambda.invoke, FunctionName="charge:$LATEST.PUBLISHED")
    by_qualifier = refused(aws_lambda.invoke, FunctionName=f"{ARN}:charge", Qualifier="$LATEST.PUBLISHED")

    assert by_name == by_qualifier
    assert by_name["message"] == f"Function not found: {ARN}:charge:$LATEST.PUBLISHED"


@pytest.mark.rule("FUN-60")
@pytest.mark.parametrize(
    ("operation", "given"),
    [("create_alias", {"Name": "live", "FunctionVersion": "1"}), ("get_function_recursion_config", {})],
)
def test_a_name_with_dots_is_refused_where_the_model_has_none(
    aws_lambda: Any, refused: Refused, model: ServiceModel, operation: str, given: dict[str, Any]
) -> None:
    api_name = "".join(part.title() for part in operation.split("_"))
    pattern = input_members(model, api_name)["FunctionName"].metadata["pattern"]

    refusal = refused(getattr(aws_lambda, operation), FunctionName="shop.charge", **given)

    assert refusal["message"] == (
        "1 validation error detected: Value 'shop.charge' at 'functionName' failed to satisfy constraint: "
        f"Member must satisfy regular expression pattern: {pattern}"
    )


@pytest.mark.rule("FUN-60")
def test_a_statement_id_may_have_dots(create: Any, lambda_events: LambdaEvents, aws_lambda: Any) -> None:
    create()
    lambda_events.advance(1)

    aws_lambda.add_permission(
        FunctionName="charge", StatementId="shop.v1", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com"
    )

    assert '"Sid":"shop.v1"' in aws_lambda.get_policy(FunctionName="charge")["Policy"]


# ------------------------------------------------------------------ runtimes and time


@pytest.mark.rule("FUN-72")
def test_every_runtime_of_the_model_that_is_not_retired_is_accepted(create: Any, model: ServiceModel) -> None:
    new = [name for name in ("python3.15", "nodejs26.x", "ruby4.0") if name in runtimes_in(model)]

    made = [create(FunctionName=f"fn-{number}", Runtime=name)["Runtime"] for number, name in enumerate(new)]

    assert made == new


@pytest.mark.rule("FUN-72")
@pytest.mark.parametrize("runtime", ["python3.7", "python3.99", "nodejs", "go1.x"])
def test_the_refusal_of_another_runtime_lists_those_of_the_model(
    create: Any, refused: Refused, model: ServiceModel, runtime: str
) -> None:
    refusal = refused(create, Runtime=runtime)

    start = f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: ["
    assert refusal["message"].startswith(start)
    listed = refusal["message"].removeprefix(start).removesuffix("] or be a valid ARN").split(", ")
    names = runtimes_in(model)
    assert [name for name in names if name in listed] == listed
    assert {name for name in names if name.startswith("python")} - set(listed) <= {"python2.7", "python3.6", "python3.7"}


@pytest.mark.rule("FUN-70", "FUN-71")
@pytest.mark.parametrize("timeout", [900, 901, 1800])
def test_a_timeout_may_be_as_long_as_30_minutes(create: Any, timeout: int) -> None:
    assert create(Timeout=timeout)["Timeout"] == timeout


@pytest.mark.rule("FUN-70", "FUN-71")
def test_a_timeout_over_30_minutes_is_refused(create: Any, refused: Refused) -> None:
    assert refused(create, Timeout=1801)["message"] == (
        "1 validation error detected: Value '1801' at 'timeout' failed to satisfy constraint: Member must have value "
        "less than or equal to 1800"
    )


# ------------------------------------------------------------------ newer members


@pytest.mark.rule("FUN-73")
@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("RuntimeConfig", {"RuntimeAlias": "a"}),
        ("AcceleratorConfig", {"AcceleratorMemorySize": 16}),
    ],
)
def test_a_newer_member_of_create_function_is_refused_by_name(
    create: Any, model: ServiceModel, member: str, value: object
) -> None:
    if member not in input_members(model, "CreateFunction"):
        pytest.skip(f"The installed botocore has no {member}")

    with pytest.raises(NotSimulatedError, match=f"^{member} of CreateFunction is not simulated"):
        create(**{member: value})


@pytest.mark.rule("FUN-74")
def test_the_name_of_an_execution_needs_a_durable_function(create: Any, lambda_events: LambdaEvents, aws_lambda: Any) -> None:
    create()
    lambda_events.advance(1)

    with pytest.raises(aws_lambda.exceptions.InvalidParameterValueException, match="only supported for durable functions"):
        aws_lambda.invoke(FunctionName="charge", DurableExecutionName="one")


@pytest.mark.rule("FUN-74", "FUN-76")
@pytest.mark.parametrize("kind", ["RequestResponse", "Event", "DryRun"])
def test_a_tenant_of_a_function_without_tenancy_is_refused(
    create: Any, lambda_events: LambdaEvents, aws_lambda: Any, refused: Refused, kind: str
) -> None:
    create()
    lambda_events.advance(1)

    refusal = refused(aws_lambda.invoke, FunctionName="charge", TenantId="a", InvocationType=kind)

    assert (refusal["code"], refusal["status"]) == ("InvalidParameterValueException", 400)
    assert "Remove the tenant ID from your request" in refusal["message"]
    assert list(lambda_events.functions["charge"].attempts) == []


@pytest.mark.rule("FUN-75")
def test_the_context_has_no_tenant_and_an_empty_trace_context(lambda_events: LambdaEvents) -> None:
    source = "def handler(event, context): return [context.tenant_id, context.w3c()]"
    create_function("charge", source)
    lambda_events.advance(1)

    assert lambda_events.functions["charge"].invoke().payload == [None, {}]


# ------------------------------------------------------------------ concurrency


@pytest.mark.rule("FUN-60", "FUN-32", "FUN-44")
def test_the_error_of_a_concurrency_limit_has_no_type(create: Any, lambda_events: LambdaEvents, aws_lambda: Any) -> None:
    create(Publish=True)
    lambda_events.advance(1)
    calls: list[Callable[[], Any]] = [
        lambda: aws_lambda.put_function_concurrency(FunctionName="charge", ReservedConcurrentExecutions=901),
        lambda: provision(aws_lambda, 901),
        lambda: provision(aws_lambda, 1001),
        lambda: provision(aws_lambda, 1, qualifier="$LATEST"),
    ]

    types = []
    for call in calls:
        with pytest.raises(ClientError) as caught:
            call()
        types.append(caught.value.response.get("Type"))

    assert types == [None, None, None, "User"]


def provision(aws_lambda: Any, count: int, qualifier: str = "1") -> None:
    aws_lambda.put_provisioned_concurrency_config(
        FunctionName="charge", Qualifier=qualifier, ProvisionedConcurrentExecutions=count
    )
