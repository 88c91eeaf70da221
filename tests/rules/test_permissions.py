"""PRM-20 to 26 and 30 to 34: what a role must allow for destinations and dead-letter queues, when set and when served."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import Function, LambdaEvents

from .conftest import Refused

pytestmark = pytest.mark.lambda_events(enforce_permissions=True)

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/lambda-events-charge"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
Make = Callable[[LambdaEvents], Any]


def charge(event: Any, context: Any) -> None:
    if event.get("fails"):
        raise ValueError("declined")


def audit(event: Any, context: Any) -> None:
    pass


TARGETS: dict[str, tuple[Make, str]] = {
    "SQS": (lambda env: env.queue("outcomes"), "sqs:SendMessage"),
    "SNS": (lambda env: env.topic("outcomes"), "sns:Publish"),
    "Lambda": (lambda env: env.function(audit), "lambda:InvokeFunction"),
    "EventBridge": (lambda env: env.event_bus("outcomes"), "events:PutEvents"),
}
every_kind = pytest.mark.parametrize(("make", "action"), TARGETS.values(), ids=TARGETS)


def may(action: str | list[str], resource: str | list[str], **members: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | members


def may_not(action: str, resource: str, **members: Any) -> dict[str, Any]:
    return may(action, resource, **members) | {"Effect": "Deny"}


def refusal_of(call: Callable[[], object]) -> str:
    """The message of a 400 that a handle's call must meet."""
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    assert error["Code"] == "InvalidParameterValueException"
    return str(error["Message"])


def fail(lambda_events: LambdaEvents, function: Function) -> None:
    function.invoke_async({"fails": True})
    lambda_events.run_until_idle()


def failures_of(lambda_events: LambdaEvents) -> list[Mapping[str, Any]]:
    return [entry.detail for entry in lambda_events.journal if entry.kind == "delivery_failed"]


# ---------------------------------------------------------------------- destinations, at configuration


@pytest.mark.rule("PRM-20", "PRM-21", "PRM-22", "PRM-23", "PRM-30")
@pytest.mark.scenario("PRM P1")
@pytest.mark.parametrize("side", ["on_success", "on_failure"])
@every_kind
def test_a_destination_that_the_role_may_not_send_to_is_refused(
    lambda_events: LambdaEvents, make: Make, action: str, side: str
) -> None:
    target = make(lambda_events)
    function = lambda_events.function(charge, maximum_retry_attempts=1, role_policy=[])
    before = lambda_events.client("lambda").get_function_event_invoke_config(FunctionName="charge")

    message = refusal_of(lambda: function.update(**{side: target}))

    after = lambda_events.client("lambda").get_function_event_invoke_config(FunctionName="charge")
    assert message == (
        f"The function execution role does not have permissions to call {action.partition(':')[2]} on {target.arn}"
    )
    assert {**before, "ResponseMetadata": None} == {**after, "ResponseMetadata": None}


@pytest.mark.rule("PRM-20", "PRM-21", "PRM-22", "PRM-23")
@every_kind
def test_a_destination_that_the_role_may_send_to_is_served(lambda_events: LambdaEvents, make: Make, action: str) -> None:
    target = make(lambda_events)
    function = lambda_events.function(
        charge, maximum_retry_attempts=0, on_failure=target, role_policy=[may(action, target.arn)]
    )

    fail(lambda_events, function)

    assert len(target.invocation_records) == 1


@pytest.mark.rule("PRM-20")
def test_an_update_through_boto3_is_checked_too(lambda_events: LambdaEvents, refused: Refused) -> None:
    queue = lambda_events.queue("outcomes")
    lambda_events.function(charge, maximum_retry_attempts=1, role_policy=[])

    refusal = refused(
        lambda_events.client("lambda").update_function_event_invoke_config,
        FunctionName="charge",
        DestinationConfig={"OnFailure": {"Destination": queue.arn}},
    )

    assert refusal == {
        "code": "InvalidParameterValueException",
        "status": 400,
        "message": f"The function execution role does not have permissions to call SendMessage on {queue.arn}",
    }


@pytest.mark.rule("PRM-24")
@pytest.mark.scenario("PRM P8")
@pytest.mark.parametrize(
    ("missing", "allowed"), [("ListBucket", "s3:PutObject"), ("PutObject", "s3:ListBucket")], ids=["list", "put"]
)
def test_a_bucket_needs_both_of_its_actions_when_it_is_configured(
    lambda_events: LambdaEvents, missing: str, allowed: str
) -> None:
    bucket = lambda_events.bucket("outcomes")
    function = lambda_events.function(charge, role_policy=[may(allowed, [bucket.arn, f"{bucket.arn}/*"])])

    message = refusal_of(lambda: function.update(on_failure=bucket))

    assert message.startswith(f"The function execution role does not have permissions to call {missing} on {bucket.arn}")


@pytest.mark.rule("PRM-24", "PRM-32")
@pytest.mark.scenario("PRM P8")
@pytest.mark.parametrize(
    ("prefix", "records"), [("", 1), ("aws/lambda/async/charge/", 1), ("aws/lambda/async/other/", 0)], ids=str
)
def test_delivery_to_a_bucket_needs_to_put_objects_only(lambda_events: LambdaEvents, prefix: str, records: int) -> None:
    bucket = lambda_events.bucket("outcomes")
    function = lambda_events.function(
        charge, maximum_retry_attempts=0, on_failure=bucket, role_policy=[may("s3:*", f"{bucket.arn}*")]
    )
    function.update(role_policy=[may("s3:PutObject", f"{bucket.arn}/{prefix}*")])

    fail(lambda_events, function)

    assert len(bucket.invocation_records) == records


@pytest.mark.rule("PRM-31")
@pytest.mark.scenario("PRM P3")
def test_a_queue_whose_policy_denies_the_role_is_refused(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("outcomes")
    function = lambda_events.function(charge, role_policy=[EVERYTHING])
    deny(lambda_events, queue)

    message = refusal_of(lambda: function.update(on_failure=queue))

    assert message == f"The function execution role does not have permissions to call SendMessage on {queue.arn}"


def deny(lambda_events: LambdaEvents, queue: Any) -> None:
    """Let the queue's own policy deny the function's role to send."""
    policy = {"Version": "2012-10-17", "Statement": [may_not("sqs:SendMessage", queue.arn, Principal={"AWS": ROLE})]}
    lambda_events.client("sqs").set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": json.dumps(policy)})


@pytest.mark.rule("PRM-31")
def test_a_topic_whose_policy_denies_the_role_is_refused(lambda_events: LambdaEvents) -> None:
    topic = lambda_events.topic("outcomes")
    policy = {"Version": "2012-10-17", "Statement": [may_not("sns:Publish", topic.arn, Principal="*")]}
    lambda_events.client("sns").set_topic_attributes(
        TopicArn=topic.arn, AttributeName="Policy", AttributeValue=json.dumps(policy)
    )
    function = lambda_events.function(charge, role_policy=[EVERYTHING])

    message = refusal_of(lambda: function.update(on_failure=topic))

    assert message == f"The function execution role does not have permissions to call Publish on {topic.arn}"


@pytest.mark.rule("PRM-40")
def test_the_denial_of_a_configuration_names_action_and_resource(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("outcomes")
    function = lambda_events.function(charge, role_policy=[])
    reason = (
        f"{ROLE} is not authorized to perform: sqs:SendMessage on resource: {queue.arn} because no identity-based policy "
        "allows the sqs:SendMessage action"
    )

    refusal_of(lambda: function.update(on_failure=queue))

    [denial] = [entry for entry in lambda_events.journal if entry.kind == "denied"]
    assert (denial.function_name, denial.detail["reason"]) == ("charge", reason)
    assert reason in lambda_events.journal.timeline()


# ---------------------------------------------------------------------- destinations, at delivery


@pytest.mark.rule("PRM-20", "PRM-21", "PRM-22", "PRM-23", "PRM-32", "DST-50")
@pytest.mark.scenario("PRM P2", "DST D11")
@every_kind
def test_a_permission_missing_at_delivery_loses_only_the_record(lambda_events: LambdaEvents, make: Make, action: str) -> None:
    target, dead = make(lambda_events), lambda_events.queue("dead")
    letters = may("sqs:SendMessage", dead.arn)
    function = lambda_events.function(
        charge, maximum_retry_attempts=0, on_failure=target, dead_letter_queue=dead,
        role_policy=[letters, may(action, target.arn)],
    )  # fmt: skip
    function.update(role_policy=[letters])

    fail(lambda_events, function)

    assert (len(target.invocation_records), len(dead.dead_letters)) == (0, 1)
    assert lambda_events.metrics.values("DestinationDeliveryFailures", function) == [1]
    [failure] = failures_of(lambda_events)
    assert failure["route"] == "on_failure"
    assert f"{action} on resource: {target.arn}" in failure["reason"]
    assert failure["reason"] in lambda_events.journal.timeline()


@pytest.mark.rule("PRM-31")
@pytest.mark.scenario("PRM P3")
def test_a_queue_that_denies_the_role_later_loses_the_record(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("outcomes")
    function = lambda_events.function(charge, maximum_retry_attempts=0, on_failure=queue, role_policy=[EVERYTHING])
    deny(lambda_events, queue)

    fail(lambda_events, function)

    assert queue.messages == []
    assert lambda_events.metrics.values("DestinationDeliveryFailures", function) == [1]
    assert failures_of(lambda_events)[0]["reason"].endswith("with an explicit deny in a resource-based policy")


@pytest.mark.rule("PRM-32")
def test_a_restored_permission_applies_to_later_events(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("outcomes")
    send = may("sqs:SendMessage", queue.arn)
    function = lambda_events.function(charge, maximum_retry_attempts=0, on_failure=queue, role_policy=[send])
    function.update(role_policy=[])
    fail(lambda_events, function)
    function.update(role_policy=[send])

    fail(lambda_events, function)

    assert len(queue.messages) == 1


@pytest.mark.rule("PRM-33")
@pytest.mark.parametrize(("null", "delivered"), [("true", 1), ("false", 0)])
def test_a_delivery_is_not_the_functions_own_call(lambda_events: LambdaEvents, null: str, delivered: int) -> None:
    queue = lambda_events.queue("outcomes")
    send = may("sqs:SendMessage", queue.arn)
    function = lambda_events.function(charge, maximum_retry_attempts=0, on_failure=queue, role_policy=[send])
    function.update(role_policy=[send | {"Condition": {"Null": {"lambda:SourceFunctionArn": null}}}])

    fail(lambda_events, function)

    assert len(queue.messages) == delivered


@pytest.mark.rule("PRM-34")
def test_a_queue_of_another_account_must_admit_the_role(lambda_events: LambdaEvents) -> None:
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT[::-1]}:outcomes"
    function = lambda_events.function(charge, maximum_retry_attempts=0, role_policy=[EVERYTHING])

    message = refusal_of(lambda: function.update(on_failure=arn))

    assert message == f"The function execution role does not have permissions to call SendMessage on {arn}"


@pytest.mark.rule("PRM-34")
def test_a_queue_of_another_account_that_admits_the_role_is_served(
    lambda_events: LambdaEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn, sqs = f"arn:aws:sqs:us-east-1:{ACCOUNT[::-1]}:outcomes", lambda_events.client("sqs")
    policy = {"Version": "2012-10-17", "Statement": [may("sqs:SendMessage", arn, Principal={"AWS": ACCOUNT})]}
    with monkeypatch.context() as there:
        there.setenv("MOTO_ACCOUNT_ID", ACCOUNT[::-1])
        url = sqs.create_queue(QueueName="outcomes", Attributes={"Policy": json.dumps(policy)})["QueueUrl"]
    function = lambda_events.function(charge, maximum_retry_attempts=0, on_failure=arn, role_policy=[EVERYTHING])

    fail(lambda_events, function)

    monkeypatch.setenv("MOTO_ACCOUNT_ID", ACCOUNT[::-1])
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


@pytest.mark.rule("PRM-31")
def test_a_bucket_whose_policy_denies_the_role_is_refused(lambda_events: LambdaEvents) -> None:
    bucket = lambda_events.bucket("outcomes")
    policy = {"Version": "2012-10-17", "Statement": [may_not("s3:PutObject", f"{bucket.arn}/*", Principal="*")]}
    lambda_events.client("s3").put_bucket_policy(Bucket="outcomes", Policy=json.dumps(policy))
    function = lambda_events.function(charge, role_policy=[EVERYTHING])

    message = refusal_of(lambda: function.update(on_failure=bucket))

    assert message == f"The function execution role does not have permissions to call PutObject on {bucket.arn}"


@pytest.mark.rule("DST-13")
@pytest.mark.parametrize("arn", ["arn:aws:s3:::gone", "arn:aws:sqs:xx-east-9:123456789012:gone"], ids=["bucket", "region"])
def test_a_missing_target_is_checked_only_against_the_role(lambda_events: LambdaEvents, arn: str) -> None:
    function = lambda_events.function(charge, role_policy=[EVERYTHING])

    function.update(on_failure=arn)

    configured = lambda_events.client("lambda").get_function_event_invoke_config(FunctionName="charge")
    assert configured["DestinationConfig"]["OnFailure"] == {"Destination": arn}


@pytest.mark.rule("PRM-34")
def test_a_queue_of_the_same_account_may_admit_the_role_by_itself(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("outcomes")
    policy = {"Version": "2012-10-17", "Statement": [may("sqs:SendMessage", queue.arn, Principal={"AWS": ROLE})]}
    lambda_events.client("sqs").set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": json.dumps(policy)})
    function = lambda_events.function(charge, maximum_retry_attempts=0, on_failure=queue, role_policy=[])

    fail(lambda_events, function)

    assert len(queue.messages) == 1


@pytest.mark.rule("DST-54", "PRM-32")
def test_a_success_whose_record_may_not_be_sent_stays_a_success(lambda_events: LambdaEvents) -> None:
    queue, dead = lambda_events.queue("outcomes"), lambda_events.queue("dead")
    letters = may("sqs:SendMessage", dead.arn)
    function = lambda_events.function(
        charge, on_success=queue, on_failure=dead, dead_letter_queue=dead,
        role_policy=[letters, may("sqs:SendMessage", queue.arn)],
    )  # fmt: skip
    function.update(role_policy=[letters])

    event = function.invoke_async({})
    lambda_events.run_until_idle()

    assert (event.condition, queue.messages, dead.messages) == ("Success", [], [])
    assert lambda_events.metrics.values("Errors", function) == [0]
    assert lambda_events.metrics.values("DestinationDeliveryFailures", function) == [1]


# ---------------------------------------------------------------------- dead-letter queues


LETTERS = {"SQS": (TARGETS["SQS"][0], "SendMessage"), "SNS": (TARGETS["SNS"][0], "Publish")}
every_letter_box = pytest.mark.parametrize(
    ("make", "service", "action"), [(make, service, action) for service, (make, action) in LETTERS.items()], ids=LETTERS
)


@pytest.mark.rule("PRM-25", "PRM-26", "DLQ-04")
@pytest.mark.scenario("PRM P4")
@every_letter_box
def test_a_function_is_not_made_with_a_dead_letter_queue_that_its_role_may_not_send_to(
    lambda_events: LambdaEvents, make: Make, service: str, action: str
) -> None:
    target = make(lambda_events)

    message = refusal_of(lambda: lambda_events.function(charge, dead_letter_queue=target, role_policy=[]))

    assert message == f"The provided execution role does not have permissions to call {action} on {service}"
    assert "charge" not in lambda_events.functions


@pytest.mark.rule("PRM-25", "PRM-26", "PRM-30", "DLQ-04")
@every_letter_box
def test_a_refused_dead_letter_queue_leaves_the_function_as_it_was(
    lambda_events: LambdaEvents, make: Make, service: str, action: str
) -> None:
    target = make(lambda_events)
    function = lambda_events.function(charge, timeout=5, role_policy=[])
    before = lambda_events.client("lambda").get_function_configuration(FunctionName="charge")

    message = refusal_of(lambda: function.update(dead_letter_queue=target, timeout=6))

    after = lambda_events.client("lambda").get_function_configuration(FunctionName="charge")
    assert message == f"The provided execution role does not have permissions to call {action} on {service}"
    assert (after["Timeout"], "DeadLetterConfig" in after, after["Role"]) == (5, False, before["Role"])


@pytest.mark.rule("PRM-25", "PRM-26")
@every_letter_box
def test_a_permission_missing_at_delivery_loses_only_the_dead_letter(
    lambda_events: LambdaEvents, make: Make, service: str, action: str
) -> None:
    target, failures = make(lambda_events), lambda_events.queue("failures")
    records = may("sqs:SendMessage", failures.arn)
    function = lambda_events.function(
        charge, maximum_retry_attempts=0, on_failure=failures, dead_letter_queue=target,
        role_policy=[records, may(f"{service.lower()}:{action}", target.arn)],
    )  # fmt: skip
    function.update(role_policy=[records])

    fail(lambda_events, function)

    assert (len(target.dead_letters), len(failures.invocation_records)) == (0, 1)
    assert lambda_events.metrics.values("DeadLetterErrors", function) == [1]


@pytest.mark.rule("DLQ-04", "PRM-31")
def test_a_dead_letter_queue_that_denies_the_role_is_refused(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("dead")
    deny(lambda_events, queue)

    message = refusal_of(lambda: lambda_events.function(charge, dead_letter_queue=queue, role_policy=[EVERYTHING]))

    assert message == "The provided execution role does not have permissions to call SendMessage on SQS"
