"""PRM-01, 02, 06, 14, 35, 36, 40 and 41: roles, what they let a handler do, and environments that check nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from uploads import TRUST, zipped

from pytest_lambda_events import LambdaEvents, LambdaEventsError, NotSimulatedError

from .conftest import Refused

enforced = pytest.mark.lambda_events(enforce_permissions=True)

ACCOUNT = "123456789012"
CHARGE = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:charge"
ROLES = f"arn:aws:iam::{ACCOUNT}:role"
SQS_EXECUTION = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"


def charge(event: Any, context: Any) -> str:
    return "charged"


def ask(event: Any, context: Any) -> Any:
    """Invokes as the event says, and answers with what came of it."""
    try:
        answer = boto3.client("lambda").invoke(**event)
    except ClientError as refusal:
        return {"code": refusal.response["Error"]["Code"], "message": refusal.response["Error"]["Message"]}
    return answer["StatusCode"]


def change(event: Any, context: Any) -> Any:
    """Makes the call that the event says."""
    try:
        getattr(boto3.client("lambda"), event["call"])(FunctionName="charge", **event["given"])
    except ClientError as refusal:
        return refusal.response["Error"]["Message"]
    return "done"


def may(action: str, resource: str, **members: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | members


def role(lambda_events: LambdaEvents, name: str = "asking", trust: str = json.dumps(TRUST)) -> str:
    made = lambda_events.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    return str(made["Role"]["Arn"])


# ---------------------------------------------------------------------- a handler that invokes


@enforced
@pytest.mark.rule("PRM-01", "PRM-02", "PRM-14")
@pytest.mark.scenario("PRM P9")
@pytest.mark.parametrize("kind", ["Event", "RequestResponse", "DryRun"])
def test_a_handler_whose_role_allows_nothing_may_not_invoke(lambda_events: LambdaEvents, kind: str) -> None:
    lambda_events.function(charge)
    asking = lambda_events.function(ask, role_policy=[])

    answer = asking.invoke({"FunctionName": "charge", "InvocationType": kind}).payload
    lambda_events.run_until_idle()

    assert answer == {
        "code": "AccessDeniedException",
        "message": f"User: arn:aws:sts::{ACCOUNT}:assumed-role/lambda-events-ask/ask is not authorized to perform: "
        f"lambda:InvokeFunction on resource: {CHARGE} because no identity-based policy allows the lambda:InvokeFunction "
        "action",
    }
    assert lambda_events.functions["charge"].attempts == []
    assert [entry for entry in lambda_events.journal if entry.kind == "accepted"] == []


@enforced
@pytest.mark.rule("PRM-01", "PRM-14")
@pytest.mark.parametrize(("kind", "status"), [("Event", 202), ("RequestResponse", 200), ("DryRun", 204)])
def test_a_handler_whose_role_allows_it_may_invoke(lambda_events: LambdaEvents, kind: str, status: int) -> None:
    lambda_events.function(charge)
    asking = lambda_events.function(ask, role_policy=[may("lambda:InvokeFunction", CHARGE)])

    assert asking.invoke({"FunctionName": "charge", "InvocationType": kind}).payload == status


@enforced
@pytest.mark.rule("PRM-01", "PRM-03")
@pytest.mark.parametrize(
    ("allowed", "addressed", "invoked"),
    [
        ("", "", True),
        ("", ":1", False),
        ("", ":live", False),
        ("", ":$LATEST", False),
        (":live", ":live", True),
        (":live", "", False),
        (":live", ":1", False),
        (":*", ":1", True),
        (":*", "", False),
        ("*", ":live", True),
    ],
)
def test_the_role_must_allow_the_function_as_it_is_addressed(
    lambda_events: LambdaEvents, allowed: str, addressed: str, invoked: bool
) -> None:
    function = lambda_events.function(charge)
    function.create_alias("live", function_version=function.publish_version().version)
    asking = lambda_events.function(ask, role_policy=[may("lambda:InvokeFunction", CHARGE + allowed)])

    answer = asking.invoke({"FunctionName": CHARGE + addressed}).payload

    assert (answer == 200) is invoked


@enforced
@pytest.mark.rule("PRM-01")
def test_the_functions_own_policy_may_admit_the_role(lambda_events: LambdaEvents) -> None:
    lambda_events.function(charge)
    asking = lambda_events.function(ask, role_policy=[])
    lambda_events.client("lambda").add_permission(
        FunctionName="charge", StatementId="ask", Action="lambda:InvokeFunction", Principal=f"{ROLES}/lambda-events-ask"
    )

    assert asking.invoke({"FunctionName": "charge"}).payload == 200


@enforced
@pytest.mark.rule("PRM-14", "PRM-33")
def test_a_handlers_own_call_carries_its_function(lambda_events: LambdaEvents) -> None:
    lambda_events.function(charge)
    condition = {"ArnEquals": {"lambda:SourceFunctionArn": CHARGE.replace("charge", "ask")}}
    asking = lambda_events.function(ask, role_policy=[may("lambda:InvokeFunction", CHARGE, Condition=condition)])

    assert asking.invoke({"FunctionName": "charge"}).payload == 200


@enforced
@pytest.mark.rule("PRM-06", "ASY-18")
def test_an_event_that_was_accepted_runs_although_the_permission_is_gone(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(charge)
    asking = lambda_events.function(ask, role_policy=[may("lambda:InvokeFunction", CHARGE)])
    asking.invoke({"FunctionName": "charge", "InvocationType": "Event"})
    asking.update(role_policy=[])

    lambda_events.run_until_idle()

    assert [attempt.outcome for attempt in function.attempts] == ["success"]


@enforced
@pytest.mark.rule("PRM-02")
def test_the_denial_of_a_call_names_action_and_resource(lambda_events: LambdaEvents) -> None:
    lambda_events.function(charge)

    lambda_events.function(ask, role_policy=[]).invoke({"FunctionName": "charge"})

    [denial] = [entry for entry in lambda_events.journal if entry.kind == "denied"]
    assert denial.function_name == "ask"
    assert f"lambda:InvokeFunction on resource: {CHARGE}" in denial.detail["reason"]
    assert denial.detail["reason"] in lambda_events.journal.timeline()


@enforced
@pytest.mark.rule("PRM-01")
def test_the_test_itself_may_do_everything(lambda_events: LambdaEvents) -> None:
    lambda_events.function(charge)

    assert lambda_events.client("lambda").invoke(FunctionName="charge")["StatusCode"] == 200


CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "PutFunctionEventInvokeConfig": ("put_function_event_invoke_config", {"MaximumRetryAttempts": 0}),
    "UpdateFunctionEventInvokeConfig": ("update_function_event_invoke_config", {"MaximumRetryAttempts": 0}),
    "GetFunctionEventInvokeConfig": ("get_function_event_invoke_config", {}),
    "ListFunctionEventInvokeConfigs": ("list_function_event_invoke_configs", {}),
    "DeleteFunctionEventInvokeConfig": ("delete_function_event_invoke_config", {}),
    "PutFunctionConcurrency": ("put_function_concurrency", {"ReservedConcurrentExecutions": 1}),
    "UpdateFunctionConfiguration": ("update_function_configuration", {"Timeout": 5}),
}


@enforced
@pytest.mark.rule("PRM-35")
@pytest.mark.parametrize("operation", CALLS)
def test_a_handler_that_manages_a_function_needs_the_action_of_its_name(lambda_events: LambdaEvents, operation: str) -> None:
    lambda_events.function(charge, maximum_retry_attempts=1)
    managing = lambda_events.function(change, role_policy=[])
    call, given = CALLS[operation]

    denied = managing.invoke({"call": call, "given": given}).payload
    managing.update(role_policy=[may(f"lambda:{operation}", CHARGE)])
    allowed = managing.invoke({"call": call, "given": given}).payload

    assert f"is not authorized to perform: lambda:{operation} on resource: {CHARGE}" in denied
    assert allowed == "done"


# ---------------------------------------------------------------------- roles


@enforced
@pytest.mark.rule("PRM-40")
def test_a_function_without_role_and_policy_may_not_invoke(lambda_events: LambdaEvents) -> None:
    lambda_events.function(charge)
    asking = lambda_events.function(ask)

    response = asking.invoke({"FunctionName": "charge"})

    assert response.payload["code"] == "AccessDeniedException"


@enforced
@pytest.mark.rule("PRM-40")
@pytest.mark.parametrize("attached", ["inline", "attached"])
def test_a_roles_inline_and_attached_policies_count(lambda_events: LambdaEvents, attached: str) -> None:
    lambda_events.function(charge)
    arn, iam = role(lambda_events), lambda_events.client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": may("lambda:Invoke*", "*")})
    make = {
        "inline": lambda: iam.put_role_policy(RoleName="asking", PolicyName="invoke", PolicyDocument=document),
        "attached": lambda: iam.attach_role_policy(
            RoleName="asking",
            PolicyArn=iam.create_policy(PolicyName="invoke", PolicyDocument=document)["Policy"]["Arn"],
        ),
    }
    asking = lambda_events.function(ask, role=arn)
    before = asking.invoke({"FunctionName": "charge"}).payload
    make[attached]()

    after = asking.invoke({"FunctionName": "charge"}).payload

    assert (before["code"], after) == ("AccessDeniedException", 200)


@enforced
@pytest.mark.rule("PRM-40")
def test_a_policy_that_aws_manages_counts(lambda_events: LambdaEvents) -> None:
    queue, arn = lambda_events.queue("outcomes"), role(lambda_events)
    iam = lambda_events.client("iam")
    iam.attach_role_policy(RoleName="asking", PolicyArn="arn:aws:iam::aws:policy/AmazonSQSFullAccess")
    function = lambda_events.function(charge, role=arn, on_success=queue)
    iam.detach_role_policy(RoleName="asking", PolicyArn="arn:aws:iam::aws:policy/AmazonSQSFullAccess")
    iam.attach_role_policy(RoleName="asking", PolicyArn=SQS_EXECUTION)
    function.invoke_async()

    lambda_events.run_until_idle()

    assert queue.messages == []  # it may receive and delete, not send


@pytest.mark.parametrize(
    "arn", ["arn:aws:iam::aws:policy/NoSuchPolicy", "arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole"]
)
def test_a_policy_that_aws_does_not_manage_is_not_there(lambda_events: LambdaEvents, refused: Refused, arn: str) -> None:
    role(lambda_events)

    refusal = refused(lambda_events.client("iam").attach_role_policy, RoleName="asking", PolicyArn=arn)

    assert refusal["code"] == "NoSuchEntity"


@enforced
def test_a_permissions_boundary_is_refused_by_name(lambda_events: LambdaEvents) -> None:
    lambda_events.function(charge)
    made = lambda_events.client("iam").create_role(
        RoleName="asking",
        AssumeRolePolicyDocument=json.dumps(TRUST),
        PermissionsBoundary="arn:aws:iam::123456789012:policy/boundary",
    )
    asking = lambda_events.function(ask, role=made["Role"]["Arn"])

    with pytest.raises(NotSimulatedError, match="boundary"):
        asking.invoke({"FunctionName": "charge"})


@pytest.mark.parametrize("policy", [[], [may("sqs:SendMessage", "*")]], ids=["empty", "one statement"])
def test_role_policy_is_kept_for_the_functions_own_role(lambda_events: LambdaEvents, policy: Sequence[Any]) -> None:
    lambda_events.function(charge, role_policy=[may("s3:*", "*")])
    lambda_events.functions["charge"].update(role_policy=policy)

    iam = lambda_events.client("iam")
    arn = lambda_events.client("lambda").get_function_configuration(FunctionName="charge")["Role"]
    kept = [
        statement
        for name in iam.list_role_policies(RoleName="lambda-events-charge")["PolicyNames"]
        for statement in iam.get_role_policy(RoleName="lambda-events-charge", PolicyName=name)["PolicyDocument"]["Statement"]
    ]
    assert arn == f"{ROLES}/lambda-events-charge"
    assert kept == policy


def test_functions_with_long_names_have_roles_of_their_own(lambda_events: LambdaEvents) -> None:
    names = [f"{'x' * 63}{letter}" for letter in "ab"]
    for name in names:
        lambda_events.function(charge, name=name, role_policy=[])

    roles = [role["Arn"] for role in lambda_events.client("iam").list_roles()["Roles"]]

    assert len(set(roles)) == 2
    assert all(len(arn.rpartition("/")[2]) <= 64 for arn in roles)


def test_role_and_role_policy_exclude_each_other(lambda_events: LambdaEvents) -> None:
    with pytest.raises(LambdaEventsError, match=r"role=.* and role_policy exclude each other. Pass one"):
        lambda_events.function(charge, role=f"{ROLES}/x", role_policy=[])


@pytest.mark.parametrize("enforce", [pytest.param(True, marks=enforced), False], ids=["enforced", "not enforced"])
@pytest.mark.rule("PRM-36")
def test_a_role_that_does_not_trust_lambda_is_refused(lambda_events: LambdaEvents, refused: Refused, enforce: bool) -> None:
    trust = {"Statement": [TRUST["Statement"][0] | {"Principal": {"Service": "ec2.amazonaws.com"}}]}

    refusal = refused(
        lambda_events.client("lambda").create_function,
        FunctionName="charge", Runtime="python3.13", Handler="app.handler",
        Role=role(lambda_events, trust=json.dumps(trust)), Code={"ZipFile": zipped("")},
    )  # fmt: skip

    assert refusal == {
        "code": "InvalidParameterValueException",
        "status": 400,
        "message": "The role defined for the function cannot be assumed by Lambda.",
    }


@pytest.mark.rule("PRM-36")
@pytest.mark.parametrize("trust", [json.dumps(TRUST), "{}", "some policy"], ids=["trusting", "empty", "no policy"])
def test_a_role_that_is_not_known_to_distrust_lambda_is_accepted(lambda_events: LambdaEvents, trust: str) -> None:
    made = lambda_events.client("lambda").create_function(
        FunctionName="charge", Runtime="python3.13", Handler="app.handler",
        Role=role(lambda_events, trust=trust), Code={"ZipFile": zipped("")},
    )  # fmt: skip

    assert made["FunctionName"] == "charge"


# ---------------------------------------------------------------------- environments that check nothing


@pytest.mark.rule("PRM-40")
def test_without_enforcement_every_call_and_delivery_is_allowed(lambda_events: LambdaEvents) -> None:
    queue, dead = lambda_events.queue("outcomes"), lambda_events.queue("dead")
    function = lambda_events.function(charge, on_success=queue, dead_letter_queue=dead, role_policy=[])
    asking = lambda_events.function(ask, role_policy=[])

    status = asking.invoke({"FunctionName": "charge", "InvocationType": "Event"}).payload
    lambda_events.run_until_idle()

    assert (status, len(queue.messages), len(function.attempts)) == (202, 1, 1)
