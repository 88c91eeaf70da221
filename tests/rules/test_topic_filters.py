"""Filter policies of subscriptions: which messages are delivered (PSH-42 to 4P)."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, Queue, Topic

BODY = "MessageBody"


def texts(queue: Queue) -> list[str]:
    return [message.json["Message"] for message in queue.messages]


def typed(kind: str, value: str | bytes) -> dict[str, Any]:
    return {"DataType": kind, "BinaryValue" if kind == "Binary" else "StringValue": value}


Case = tuple[dict[str, Any], dict[str, tuple[str, Any]], bool]

ATTRIBUTES: dict[str, list[Case]] = {
    "PSH-42": [
        ({"a": ["x"], "b": ["y"]}, {"a": ("String", "x"), "b": ("String", "y"), "c": ("String", "z")}, True),
        ({"a": ["x"], "b": ["y"]}, {"a": ("String", "x")}, False),
        ({"a": ["x", "y"]}, {"a": ("String", "y")}, True),
        ({"a": ["x"]}, {"a": ("String", "X")}, False),
    ],
    "PSH-43": [({"a": [{"exists": False}]}, {}, False)],
    "PSH-45": [
        ({"a": [5]}, {"a": ("String", "5")}, False),
        ({"a": ["5"]}, {"a": ("Number", "5")}, False),
        ({"a": [{"numeric": ["=", 5]}]}, {"a": ("String", "5")}, False),
        ({"a": [True]}, {"a": ("String", "true")}, False),
        ({"a": [True]}, {"a": ("String.Array", "[true]")}, True),
        ({"a": [None]}, {"a": ("String.Array", "[null]")}, True),
        ({"a": [1]}, {"a": ("String.Array", "[true]")}, False),
    ],
    "PSH-46": [
        ({"a": ["x"]}, {"a": ("String.Array", '["w", "x"]')}, True),
        ({"a": [{"prefix": "x"}]}, {"a": ("String.Array", '["w", "xy"]')}, True),
        ({"a": [{"exists": True}]}, {"a": ("String.Array", "[]")}, False),
    ],
    "PSH-47": [
        ({"a": [{"exists": True}]}, {"a": ("Binary", b"x")}, False),
        ({"a": [{"exists": False}]}, {"a": ("Binary", b"x")}, True),
    ],
    "PSH-48": [
        ({"a": [1]}, {"a": ("Number", "1.0")}, True),
        ({"a": [1]}, {"a": ("Number", "1e0")}, True),
        ({"a": [0.3]}, {"a": ("Number", "0.3000001")}, False),
        ({"a": [0.5]}, {"a": ("Number", ".5")}, False),
    ],
    "PSH-49": [
        ({"a": ['say \\"x\\"']}, {"a": ("String", 'say "x"')}, True),
        ({"a": ['say "x"']}, {"a": ("String", 'say "x"')}, False),
        ({"a": ["c:\\\\x"]}, {"a": ("String", "c:\\x")}, True),
    ],
    "PSH-4A": [
        ({"a": [{"prefix": "ab"}]}, {"a": ("String", "abc")}, True),
        ({"a": [{"prefix": "ab"}]}, {"a": ("String", "Abc")}, False),
        ({"a": [{"suffix": "bc"}]}, {"a": ("String", "abc")}, True),
    ],
    "PSH-4B": [
        ({"a": [{"equals-ignore-case": "ALARM"}]}, {"a": ("String", "aLaRm")}, True),
        ({"a": [{"prefix": {"equals-ignore-case": "al"}}]}, {"a": ("String", "ALARM")}, True),
        ({"a": [{"suffix": {"equals-ignore-case": "RM"}}]}, {"a": ("String", "alarm")}, True),
    ],
    "PSH-4C": [
        ({"a": [{"anything-but": "bad"}]}, {"a": ("String", "good")}, True),
        ({"a": [{"anything-but": "bad"}]}, {"a": ("String", "bad")}, False),
        ({"a": [{"anything-but": "bad"}]}, {"b": ("String", "good")}, False),
        ({"a": [{"anything-but": "bad"}]}, {"a": ("Number", "5")}, False),
        ({"a": [{"anything-but": [1, 2]}]}, {"a": ("Number", "3")}, True),
        ({"a": [{"anything-but": 1}]}, {"a": ("String", "3")}, False),
        ({"a": [{"anything-but": ["bad"]}]}, {"a": ("String.Array", '["bad", "good"]')}, True),
        ({"a": [{"anything-but": ["bad"]}]}, {"a": ("String.Array", '["bad"]')}, False),
        ({"a": [{"anything-but": ["bad"]}, {"exists": False}]}, {"a": ("String.Array", "[null]")}, False),
    ],
    "PSH-4D": [
        ({"a": [{"anything-but": {"prefix": "x"}}]}, {"a": ("String", "yx")}, True),
        ({"a": [{"anything-but": {"suffix": "x"}}]}, {"a": ("String", "yx")}, False),
        ({"a": [{"anything-but": {"wildcard": "y*x"}}]}, {"a": ("String", "y--x")}, False),
        ({"a": [{"anything-but": {"equals-ignore-case": "x"}}]}, {"a": ("String", "X")}, False),
        ({"a": [{"anything-but": {"prefix": "x"}}]}, {"a": ("Number", "5")}, False),
    ],
    "PSH-4E": [
        ({"a": [{"numeric": [">", 0, "<=", 10]}]}, {"a": ("Number", "10")}, True),
        ({"a": [{"numeric": [">", 0, "<=", 10]}]}, {"a": ("Number", "0")}, False),
        ({"a": [{"numeric": ["=", 301.5]}]}, {"a": ("Number", "3.015e2")}, True),
    ],
    "PSH-4F": [
        ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": ("String", "10.0.0.255")}, True),
        ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": ("String", "10.0.1.0")}, False),
        ({"a": [{"cidr": "2001:db8::/32"}]}, {"a": ("String", "2001:db8::9")}, True),
    ],
    "PSH-4G": [({"a": [{"exists": True}]}, {"a": ("String.Array", '[""]')}, True)],
    "PSH-4H": [
        ({"a": [{"anything-but": ["x"]}, {"exists": False}]}, {"b": ("String", "x")}, True),
        ({"a": [{"anything-but": ["x"]}, {"exists": False}]}, {"a": ("String", "x")}, False),
    ],
    "PSH-4I": [
        ({"a": [{"wildcard": "a*c*e"}]}, {"a": ("String", "abcde")}, True),
        ({"a": [{"wildcard": "a\\*"}]}, {"a": ("String", "ab")}, False),
    ],
    "PSH-4J": [
        ({"a": ["x"]}, {"a": ("String", "x"), "b": ("String.Array", "not-json")}, False),
        ({"a": ["x"]}, {"a": ("String", "x"), "b": ("String.Array", "[[1]]")}, False),
        ({"a": ["x"]}, {"a": ("String", "x"), "b": ("Number", ".5")}, False),
    ],
    "PSH-4L": [
        ({"$or": [{"a": ["x"]}, {"b": ["y"]}], "c": ["z"]}, {"b": ("String", "y"), "c": ("String", "z")}, True),
        ({"$or": [{"a": ["x"]}, {"b": ["y"]}], "c": ["z"]}, {"b": ("String", "y")}, False),
    ],
}


@pytest.mark.rule(
    "PSH-42",
    "PSH-43",
    "PSH-45",
    "PSH-46",
    "PSH-47",
    "PSH-48",
    "PSH-49",
    "PSH-4A",
    "PSH-4B",
    "PSH-4C",
    "PSH-4D",
    "PSH-4E",
    "PSH-4F",
    "PSH-4G",
    "PSH-4H",
    "PSH-4I",
    "PSH-4J",
    "PSH-4L",
)
@pytest.mark.parametrize(
    ("policy", "attributes", "is_delivered"),
    [pytest.param(*case, id=f"{rule} {index}") for rule, cases in ATTRIBUTES.items() for index, case in enumerate(cases)],
)
def test_a_policy_about_attributes_decides(
    sns: Any, topic: Topic, queue: Queue, policy: dict[str, Any], attributes: dict[str, tuple[str, Any]], *, is_delivered: bool
) -> None:
    topic.subscribe(queue, filter_policy=policy)

    given = {name: typed(kind, value) for name, (kind, value) in attributes.items()}
    sns.publish(TopicArn=topic.arn, Message="m", MessageAttributes=given)

    assert texts(queue) == ["m"] * is_delivered


SCENARIOS: dict[str, tuple[dict[str, Any], list[tuple[dict[str, tuple[str, str]], bool]]]] = {
    "PSH S18": (
        {"v": ["blue", {"numeric": [">", 0, "<=", 10]}]},
        [
            ({"v": ("String", "blue")}, True),
            ({"v": ("String.Array", '["red","blue"]')}, True),
            ({"v": ("Number", "5")}, True),
            ({"v": ("Number", "10")}, True),
            ({"v": ("String", "5")}, False),
            ({"v": ("Number", "0")}, False),
            ({"v": ("Number", "11")}, False),
        ],
    ),
    "PSH S19": (
        {"v": [{"anything-but": ["bad"]}]},
        [
            ({"v": ("String.Array", '["bad","good"]')}, True),
            ({"v": ("String.Array", '["bad"]')}, False),
            ({"v": ("String", "good")}, True),
            ({"w": ("String", "good")}, False),
        ],
    ),
    "PSH S20": (
        {"v": [{"exists": False}]},
        [({}, False), ({"w": ("String", "x")}, True), ({"v": ("String", "x")}, False)],
    ),
}


@pytest.mark.scenario("PSH S18", "PSH S19", "PSH S20")
@pytest.mark.rule("PSH-18")
@pytest.mark.parametrize("name", SCENARIOS)
def test_only_matching_messages_invoke_a_function(lambda_events: LambdaEvents, sns: Any, topic: Topic, name: str) -> None:
    policy, publications = SCENARIOS[name]
    function = lambda_events.function(lambda event, context: None, name="listener")
    topic.subscribe(function, filter_policy=policy)

    for index, (attributes, _) in enumerate(publications):
        given = {key: typed(kind, value) for key, (kind, value) in attributes.items()}
        sns.publish(TopicArn=topic.arn, Message=str(index), MessageAttributes=given)
    lambda_events.run_until_idle()

    seen = [int(attempt.event["Records"][0]["Sns"]["Message"]) for attempt in function.attempts]
    assert seen == [index for index, (_, is_delivered) in enumerate(publications) if is_delivered]


OBJECTS = {"d": {"s": ["A"], "n": [5]}}
EITHER = {"src": ["x"], "$or": [{"a": [1]}, {"b": [2]}]}
BODIES: dict[str, list[tuple[dict[str, Any], Any, bool]]] = {
    "PSH-44": [({"a": ["x"]}, ["x"], False), ({"a": ["x"]}, "x", False), ({"a": [{"exists": False}]}, "text", False)],
    "PSH-45": [
        ({"a": [None]}, {"a": None}, True),
        ({"a": [1]}, {"a": True}, False),
        ({"a": ["null"]}, {"a": None}, False),
        ({"a": [{"numeric": [">", 0]}]}, {"a": "5"}, False),
    ],
    "PSH-46": [({"a": ["x"]}, {"a": ["w", "x"]}, True), ({"a": ["x"]}, {"a": []}, False)],
    "PSH-49": [({"a": ['say "x"']}, {"a": 'say "x"'}, True)],
    "PSH-4C": [({"a": [{"anything-but": ["x"]}]}, {"a": None}, False), ({"a": [{"anything-but": ["x"]}]}, {"a": True}, False)],
    "PSH-4G": [
        ({"v": [{"exists": True}]}, {"v": "x"}, True),
        ({"v": [{"exists": True}]}, {"v": None}, True),
        ({"v": [{"exists": True}]}, {"v": ""}, True),
        ({"v": [{"exists": True}]}, {"v": []}, False),
        ({"v": [{"exists": True}]}, {"v": {}}, False),
        ({"v": [{"exists": True}]}, {"w": 1}, False),
    ],
    "PSH-4K": [
        (OBJECTS, {"d": [{"s": "A", "n": [5]}]}, True),
        (OBJECTS, {"d": [{"s": "A", "n": [0]}, {"s": "B", "n": [5]}]}, False),
        ({"a": {"b": [{"exists": False}]}}, {"c": 1}, True),
    ],
    "PSH-4L": [
        (EITHER, {"src": "x", "b": 2}, True),
        (EITHER, {"src": "y", "b": 2}, False),
        ({"d": {"$or": [{"a": [1]}, {"b": [2]}]}}, {"d": {"b": 2}}, True),
    ],
}


@pytest.mark.rule("PSH-44", "PSH-45", "PSH-46", "PSH-49", "PSH-4C", "PSH-4G", "PSH-4K", "PSH-4L")
@pytest.mark.scenario("PSH S21", "PSH S22", "PSH S23")
@pytest.mark.parametrize(
    ("policy", "body", "is_delivered"),
    [pytest.param(*case, id=f"{rule} {index}") for rule, cases in BODIES.items() for index, case in enumerate(cases)],
)
def test_a_policy_about_the_body_decides(
    topic: Topic, queue: Queue, policy: dict[str, Any], body: Any, *, is_delivered: bool
) -> None:
    topic.subscribe(queue, filter_policy=policy, filter_policy_scope=BODY)

    topic.publish(body)

    assert len(queue.messages) == is_delivered


@pytest.mark.rule("PSH-44")
@pytest.mark.scenario("PSH S25")
def test_the_filter_tests_the_text_for_the_protocol(lambda_events: LambdaEvents, topic: Topic) -> None:
    function = lambda_events.function(lambda event, context: None, name="listener")
    topic.subscribe(function, filter_policy={"kind": ["sold"]}, filter_policy_scope=BODY)

    topic.publish({"default": "{}", "lambda": '{"kind": "sold"}'}, message_structure="json")
    topic.publish({"default": '{"kind": "sold"}', "lambda": "{}"}, message_structure="json")
    lambda_events.run_until_idle()

    assert [attempt.event["Records"][0]["Sns"]["Message"] for attempt in function.attempts] == ['{"kind": "sold"}']


@pytest.mark.rule("PSH-4J")
@pytest.mark.scenario("PSH S24")
@pytest.mark.parametrize(("policy", "count"), [({"v": ["good"]}, 0), (None, 1)], ids=["policy", "none"])
def test_a_malformed_attribute_blocks_only_filtered_delivery(
    sns: Any, topic: Topic, queue: Queue, policy: dict[str, Any] | None, count: int
) -> None:
    topic.subscribe(queue, filter_policy=policy)

    attributes = {"v": typed("String", "good"), "other": typed("String.Array", "not-json")}
    sns.publish(TopicArn=topic.arn, Message="m", MessageAttributes=attributes)

    assert len(queue.messages) == count


@pytest.mark.rule("PSH-4P")
def test_a_filter_is_judged_when_the_message_is_published(lambda_events: LambdaEvents, sns: Any, topic: Topic) -> None:
    function = lambda_events.function(lambda event, context: None, name="listener")
    topic.subscribe(function, filter_policy={"v": ["good"]})
    arn = sns.list_subscriptions()["Subscriptions"][0]["SubscriptionArn"]

    topic.publish("m", message_attributes={"v": "good"})
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue='{"v":["bad"]}')
    lambda_events.run_until_idle()

    assert len(function.attempts) == 1
