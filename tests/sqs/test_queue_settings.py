"""What SQS accepts as settings of a queue."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from bare_environments import BareAws
from botocore.exceptions import ClientError
from queue_calls import Calls

RANGES = {
    "VisibilityTimeout": (0, 43_200),
    "DelaySeconds": (0, 900),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "MaximumMessageSize": (1_024, 1_048_576),
}
ACCEPTED = [(name, value) for name, ends in RANGES.items() for value in ends]
REFUSED = [(name, value) for name, (least, most) in RANGES.items() for value in (least - 1, most + 1, "many")]


def created(environment: BareAws, attributes: dict[str, str]) -> Calls:
    return Calls(environment, **attributes)


def changed(environment: BareAws, attributes: dict[str, str]) -> Calls:
    queue = Calls(environment)
    queue.set(**attributes)
    return queue


@pytest.fixture(params=[created, changed], ids=["create", "set"])
def applied(request: pytest.FixtureRequest) -> Callable[[BareAws, dict[str, str]], Calls]:
    """A queue with the attributes, by either operation."""
    made: Callable[[BareAws, dict[str, str]], Calls] = request.param
    return made


@pytest.mark.parametrize(("name", "value"), ACCEPTED, ids=str)
def test_the_ends_of_a_range_are_accepted(
    name: str, value: int, applied: Callable[[BareAws, dict[str, str]], Calls], bare: BareAws
) -> None:
    queue = applied(bare, {name: str(value)})

    assert queue.attributes(name) == {name: str(value)}


@pytest.mark.parametrize(("name", "value"), REFUSED, ids=str)
def test_values_outside_a_range_are_refused(
    name: str, value: object, applied: Callable[[BareAws, dict[str, str]], Calls], bare: BareAws
) -> None:
    with pytest.raises(ClientError) as raised:
        applied(bare, {name: str(value)})

    assert raised.value.response["Error"]["Code"] == "InvalidAttributeValue"
    assert raised.value.response["Error"]["Message"] == f"Invalid value for the parameter {name}."


def policy(arn: str, count: object) -> str:
    return json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": count})


@pytest.mark.parametrize("count", [1, 1_000, "5"], ids=repr)
def test_a_receive_count_from_1_to_1000_is_accepted(
    count: object, applied: Callable[[BareAws, dict[str, str]], Calls], bare: BareAws
) -> None:
    dead = Calls(bare, "dead")

    queue = applied(bare, {"RedrivePolicy": policy(dead.arn, count)})

    assert json.loads(queue.attributes("RedrivePolicy")["RedrivePolicy"])["maxReceiveCount"] == int(str(count))


@pytest.mark.parametrize("count", [0, 1_001, "x"], ids=repr)
def test_another_receive_count_is_refused(
    count: object, applied: Callable[[BareAws, dict[str, str]], Calls], bare: BareAws
) -> None:
    given = policy(Calls(bare, "dead").arn, count)

    with pytest.raises(ClientError) as raised:
        applied(bare, {"RedrivePolicy": given})

    assert raised.value.response["Error"]["Code"] == "InvalidParameterValue"
    assert raised.value.response["Error"]["Message"] == (
        f"Value {given} for parameter RedrivePolicy is invalid. Reason: Invalid value for maxReceiveCount: {count}, valid "
        "values are from 1 to 1000 both inclusive."
    )


def test_a_standard_queue_has_no_fifo_dead_letter_queue(
    applied: Callable[[BareAws, dict[str, str]], Calls], bare: BareAws
) -> None:
    dead = Calls(bare, "dead.fifo")

    with pytest.raises(ClientError, match="Dead-letter queue must be same type of queue as the source"):
        applied(bare, {"RedrivePolicy": policy(dead.arn, 3)})


def test_a_refused_change_changes_nothing(bare: BareAws) -> None:
    queue = Calls(bare, VisibilityTimeout="7")
    before = queue.attributes("All")
    bare.simulation.advance(1)

    with pytest.raises(ClientError, match="Could not find DLQ"):
        queue.set(VisibilityTimeout="8", RedrivePolicy=policy("arn:aws:sqs:us-east-1:123456789012:nobody", 3))

    assert queue.attributes("All") == before


def test_a_queue_that_was_refused_does_not_exist(bare: BareAws) -> None:
    with pytest.raises(ClientError):
        Calls(bare, VisibilityTimeout="43201")

    assert "QueueUrls" not in bare.client("sqs").list_queues()


@pytest.mark.parametrize(("seconds", "bodies"), [(5.999999, []), (6, ["late"])], ids=["before", "at"])
def test_a_shorter_visibility_timeout_holds_for_what_is_received_later(
    seconds: float, bodies: list[str], bare: BareAws
) -> None:
    queue = Calls(bare, VisibilityTimeout="60")
    queue.send("early")
    queue.receive()
    queue.set(VisibilityTimeout="6")
    queue.send("late")
    queue.receive()

    bare.simulation.advance(seconds)

    assert queue.bodies() == bodies


# ---------------------------------------------------------------------- names


@pytest.mark.parametrize(
    "name", ["Foo", "FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"]
)
def test_a_standard_queue_refuses_attributes_that_it_does_not_have(
    name: str, applied: Callable[[BareAws, dict[str, str]], Calls], bare: BareAws
) -> None:
    with pytest.raises(ClientError) as raised:
        applied(bare, {name: "false"})

    assert raised.value.response["Error"]["Code"] == "InvalidAttributeName"
    assert raised.value.response["Error"]["Message"] == f"Unknown Attribute {name}."


@pytest.mark.parametrize(
    "attributes",
    [
        {"DeduplicationScope": "group"},
        {"FifoThroughputLimit": "none"},
        {"FifoThroughputLimit": "perMessageGroupId"},
        {"FifoThroughputLimit": "perMessageGroupId", "DeduplicationScope": "queue"},
    ],
    ids=str,
)
def test_a_fifo_queue_refuses_a_scope_and_a_limit_that_do_not_fit(attributes: dict[str, str], bare: BareAws) -> None:
    queue = Calls(bare, "orders.fifo")

    with pytest.raises(ClientError, match="InvalidAttributeValue"):
        queue.set(**attributes)
    with pytest.raises(ClientError, match="InvalidAttributeValue"):
        Calls(bare, "others.fifo", **attributes)

    assert queue.attributes("All")["FifoThroughputLimit"] == "perQueue"


def test_a_fifo_queue_stays_one(bare: BareAws) -> None:
    queue = Calls(bare, "orders.fifo")

    queue.set(FifoQueue="true")
    with pytest.raises(ClientError, match="Invalid value for the parameter FifoQueue"):
        queue.set(FifoQueue="false")

    assert queue.attributes("FifoQueue") == {"FifoQueue": "true"}


# ---------------------------------------------------------------------- who may redrive

ORDERS = "arn:aws:sqs:us-east-1:123456789012:orders"


def redrive_to(dead: Calls) -> dict[str, str]:
    return {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 3})}


@pytest.mark.parametrize(
    "policy",
    [
        {"redrivePermission": "denyAll"},
        {"redrivePermission": "byQueue", "sourceQueueArns": [f"{ORDERS}-of-others"]},
    ],
    ids=["none", "another"],
)
def test_a_dead_letter_queue_that_does_not_allow_it_is_refused(
    policy: dict[str, object], applied: Callable[[BareAws, dict[str, str]], Calls], bare: BareAws
) -> None:
    dead = Calls(bare, "dead", RedriveAllowPolicy=json.dumps(policy))

    with pytest.raises(ClientError, match="does not allow arn:aws:sqs:us-east-1:123456789012:orders to use it") as raised:
        applied(bare, redrive_to(dead))

    assert raised.value.response["Error"]["Code"] == "InvalidParameterValue"
    assert dead.attributes("RedriveAllowPolicy") == {"RedriveAllowPolicy": json.dumps(policy)}


@pytest.mark.parametrize(
    "policy",
    [{"redrivePermission": "allowAll"}, {"redrivePermission": "byQueue", "sourceQueueArns": [ORDERS]}],
    ids=["all", "this one"],
)
def test_a_dead_letter_queue_that_allows_it_is_accepted(
    policy: dict[str, object], applied: Callable[[BareAws, dict[str, str]], Calls], bare: BareAws
) -> None:
    dead = Calls(bare, "dead", RedriveAllowPolicy=json.dumps(policy))

    queue = applied(bare, redrive_to(dead))

    assert json.loads(queue.attributes("RedrivePolicy")["RedrivePolicy"])["deadLetterTargetArn"] == dead.arn


@pytest.mark.parametrize(
    "policy",
    [
        "x", "{\"redrivePermission\": \"some\"}", "{\"redrivePermission\": \"byQueue\"}",
        "{\"redrivePermission\": \"denyAll\", \"sourceQueueArns\": [\"x\"]}",
    ],
)  # fmt: skip
def test_a_wrong_redrive_allow_policy_is_refused(
    policy: str, applied: Callable[[BareAws, dict[str, str]], Calls], bare: BareAws
) -> None:
    with pytest.raises(ClientError, match="Invalid value for the parameter RedriveAllowPolicy"):
        applied(bare, {"RedriveAllowPolicy": policy})
