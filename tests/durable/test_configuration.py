"""`DurableConfig`, permissions of durable executions, and what is refused by name."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from durable_starts import echo, handler, waiting

from pytest_lambda_events import LambdaEvents, NotSimulatedError

DAY = 86_400
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE = "arn:aws:iam::123456789012:role/charge-role"


@pytest.fixture
def client(lambda_events: LambdaEvents) -> Any:
    return boto3.client("lambda")


@pytest.fixture
def create(lambda_events: LambdaEvents, client: Any) -> Any:
    """Creates a function with boto3. Its code does not matter."""
    lambda_events.function(echo(), name="other", durable_execution_timeout=60)
    boto3.client("iam").create_role(RoleName="charge-role", AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole",
        }],
    }))  # fmt: skip

    def created(**given: Any) -> Any:
        return client.create_function(
            FunctionName="charge", Runtime="python3.13", Role=ROLE, Handler="app.handler", Code={"ZipFile": _zipped()}, **given
        )

    return created


def _zipped() -> bytes:
    import io
    import zipfile

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return event")
    return file.getvalue()


@pytest.mark.rule("DUR-01", "DUR-02", "DUR-05")
def test_a_durable_function_shows_its_configuration(create: Any, client: Any, lambda_events: LambdaEvents) -> None:
    created = create(DurableConfig={"ExecutionTimeout": 300})
    lambda_events.advance(2)
    published = client.publish_version(FunctionName="charge")

    for shown in (created, client.get_function_configuration(FunctionName="charge"), published):
        assert shown["DurableConfig"] == {"RetentionPeriodInDays": 14, "ExecutionTimeout": 300}
        assert {key: value for key, value in shown["LoggingConfig"].items() if key != "LogGroup"} == {
            "LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO",
        }  # fmt: skip


@pytest.mark.rule("DUR-05")
def test_a_durable_function_may_log_text(create: Any) -> None:
    created = create(DurableConfig={"ExecutionTimeout": 300}, LoggingConfig={"LogFormat": "Text"})

    assert created["LoggingConfig"]["LogFormat"] == "Text"


@pytest.mark.rule("DUR-01")
@pytest.mark.parametrize(
    "config",
    [
        {"ExecutionTimeout": 1, "RetentionPeriodInDays": 1},
        {"ExecutionTimeout": 31_622_400, "RetentionPeriodInDays": 90},
        {"ExecutionTimeout": 60, "RetentionPeriodInDays": 7, "KMSKeyArn": KEY},
    ],
    ids=["smallest", "largest", "key"],
)
def test_the_smallest_and_the_largest_configuration_are_accepted(create: Any, config: Any) -> None:
    assert create(DurableConfig=config)["DurableConfig"] == config


@pytest.mark.rule("DUR-01")
@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({"ExecutionTimeout": 0}, "executionTimeout"),
        ({"ExecutionTimeout": 31_622_401}, "executionTimeout"),
        ({"ExecutionTimeout": 60, "RetentionPeriodInDays": 91}, "retentionPeriodInDays"),
        ({"ExecutionTimeout": 60, "RetentionPeriodInDays": 0}, "retentionPeriodInDays"),
        ({"ExecutionTimeout": 60, "KMSKeyArn": "key"}, "kMSKeyArn"),
    ],
)
def test_a_configuration_outside_of_the_limits_is_refused(client: Any, create: Any, config: Any, place: str) -> None:
    with pytest.raises(Exception, match=f"(?i){place}"):
        create(DurableConfig=config)


@pytest.mark.rule("DUR-03")
@pytest.mark.parametrize("config", [{}, {"RetentionPeriodInDays": 3}])
def test_a_configuration_without_a_timeout_is_refused_by_name(create: Any, config: Any) -> None:
    with pytest.raises(NotSimulatedError, match=r"^DurableConfig without ExecutionTimeout is not simulated"):
        create(DurableConfig=config)


@pytest.mark.rule("DUR-04")
def test_a_function_becomes_durable_only_when_it_is_created(create: Any, client: Any, lambda_events: LambdaEvents) -> None:
    create()
    lambda_events.advance(2)

    with pytest.raises(client.exceptions.InvalidParameterValueException, match="DurableConfig"):
        client.update_function_configuration(FunctionName="charge", DurableConfig={"ExecutionTimeout": 60})


@pytest.mark.rule("DUR-04", "DUR-18")
def test_an_update_changes_later_executions(lambda_events: LambdaEvents, client: Any) -> None:
    function = lambda_events.function(waiting(100), name="charge", durable_execution_timeout=DAY)
    before = function.start_execution()

    client.update_function_configuration(
        FunctionName="charge", DurableConfig={"ExecutionTimeout": 50, "RetentionPeriodInDays": 3}
    )
    lambda_events.advance(2)
    after = function.start_execution()
    lambda_events.run_until_idle()

    assert client.get_function_configuration(FunctionName="charge")["DurableConfig"] == {
        "ExecutionTimeout": 50, "RetentionPeriodInDays": 3,
    }  # fmt: skip
    assert (before.status, after.status) == ("SUCCEEDED", "TIMED_OUT")


@pytest.mark.rule("DUR-31")
def test_managed_instances_and_their_version_are_refused_by_name(create: Any, client: Any) -> None:
    provider = "arn:aws:lambda:us-east-1:123456789012:capacity-provider:one"
    config = {"LambdaManagedInstancesCapacityProviderConfig": {"CapacityProviderArn": provider}}

    with pytest.raises(NotSimulatedError, match=r"^A durable function on Managed Instances"):
        create(DurableConfig={"ExecutionTimeout": 60}, CapacityProviderConfig=config)
    with pytest.raises(NotSimulatedError, match=r"^\$LATEST.PUBLISHED of a durable function"):
        create(DurableConfig={"ExecutionTimeout": 60}, PublishTo="LATEST_PUBLISHED")


def role_of(*statements: dict[str, Any], managed: str | None = None) -> str:
    """Creates a role of the function `charge` in IAM."""
    iam = boto3.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    arn: str = iam.create_role(RoleName="charge-role", AssumeRolePolicyDocument=json.dumps(document))["Role"]["Arn"]
    if statements:
        policy = {"Version": "2012-10-17", "Statement": list(statements)}
        iam.put_role_policy(RoleName="charge-role", PolicyName="p", PolicyDocument=json.dumps(policy))
    if managed is not None:
        iam.attach_role_policy(RoleName="charge-role", PolicyArn=managed)
    return arn


def allowed(resource: str, *actions: str) -> dict[str, Any]:
    """Returns a statement that allows actions of Lambda."""
    return {"Effect": "Allow", "Action": [f"lambda:{action}" for action in actions], "Resource": resource}


FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:charge"
NEEDED = ("CheckpointDurableExecution", "GetDurableExecutionState")


@pytest.mark.lambda_events(enforce_permissions=True)
@pytest.mark.rule("DUR-07", "DUR-08", "DUR-66")
@pytest.mark.parametrize(
    ("resource", "status"),
    [
        ("*", "SUCCEEDED"),
        (f"{FUNCTION}:*", "SUCCEEDED"),
        (f"{FUNCTION}:$LATEST/durable-execution/*", "SUCCEEDED"),
        (FUNCTION, "FAILED"),
        (f"{FUNCTION}:live", "FAILED"),
    ],
)
def test_the_role_must_allow_checkpoints_of_the_execution(lambda_events: LambdaEvents, resource: str, status: str) -> None:
    role = role_of(allowed(resource, *NEEDED))
    function = lambda_events.function(waiting(60), name="charge", role=role, durable_execution_timeout=DAY)

    execution = function.start_execution()
    lambda_events.run_until_idle()

    assert execution.status == status
    denied = [entry.detail["reason"] for entry in lambda_events.journal if entry.kind == "denied"]
    assert [("lambda:CheckpointDurableExecution" in reason, execution.arn in reason) for reason in denied[:1]] == (
        [] if status == "SUCCEEDED" else [(True, True)]
    )


@pytest.mark.lambda_events(enforce_permissions=True)
@pytest.mark.rule("DUR-08", "DUR-66")
def test_a_denied_checkpoint_fails_the_execution_immediately(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(
        waiting(60), name="charge", role=role_of(allowed("*", "InvokeFunction")), durable_execution_timeout=DAY
    )

    execution = function.start_execution()
    lambda_events.run_until_idle()

    assert (execution.status, len(function.attempts), lambda_events.elapsed) == ("FAILED", 1, 0)
    assert execution.error is not None
    assert execution.error["ErrorType"] == "aws_durable_execution_sdk_python.exceptions.CheckpointError"
    assert "AccessDeniedException" in execution.error["ErrorMessage"]


@pytest.mark.lambda_events(enforce_permissions=True)
@pytest.mark.rule("DUR-07")
def test_the_managed_policy_of_aws_suffices(lambda_events: LambdaEvents) -> None:
    managed = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy"
    function = lambda_events.function(waiting(60), name="charge", role=role_of(managed=managed), durable_execution_timeout=DAY)

    execution = function.start_execution()
    lambda_events.run_until_idle()

    assert execution.status == "SUCCEEDED"


CALLS = {
    "GetDurableExecution": ("get_durable_execution", "DurableExecutionArn"),
    "GetDurableExecutionHistory": ("get_durable_execution_history", "DurableExecutionArn"),
    "StopDurableExecution": ("stop_durable_execution", "DurableExecutionArn"),
    "SendDurableExecutionCallbackSuccess": ("send_durable_execution_callback_success", "CallbackId"),
    "SendDurableExecutionCallbackFailure": ("send_durable_execution_callback_failure", "CallbackId"),
    "SendDurableExecutionCallbackHeartbeat": ("send_durable_execution_callback_heartbeat", "CallbackId"),
}


@pytest.mark.lambda_events(enforce_permissions=True)
@pytest.mark.rule("DUR-07")
@pytest.mark.parametrize("action", CALLS)
@pytest.mark.parametrize("resource", [f"{FUNCTION}-approve:*", f"{FUNCTION}-approve"], ids=["qualified", "unqualified"])
def test_another_function_needs_permission_for_the_execution(lambda_events: LambdaEvents, action: str, resource: str) -> None:
    method, member = CALLS[action]

    def call(event: Any, context: Any) -> None:
        getattr(boto3.client("lambda"), method)(**{member: event})

    approve = lambda_events.function(
        handler(lambda event, context: context.create_callback(name="approval").result()),
        name="charge-approve",
        durable_execution_timeout=DAY,
        role_policy=[allowed("*", *NEEDED)],
    )
    caller = lambda_events.function(call, name="charge", role_policy=[allowed(resource, action)])
    execution = approve.start_execution()
    lambda_events.advance(1)
    value = execution.arn if member == "DurableExecutionArn" else execution.operations[0].callback_id

    response = caller.invoke(value)

    denied = [entry.detail["reason"] for entry in lambda_events.journal if entry.kind == "denied"]
    is_allowed = resource.endswith("*")
    assert (response.function_error is None, [execution.arn in reason for reason in denied]) == (
        is_allowed,
        [] if is_allowed else [True],
    )
