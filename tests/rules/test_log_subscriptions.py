"""LOG-01 to 0D: the settings of subscription filters, and what CloudWatch Logs refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.config import Config
from log_groups import GROUP, LogGroupCalls, messages_of, received
from uploads import zipped

from pytest_lambda_events import Function, LambdaEvents, NotSimulatedError

from .conftest import Refused

ACCOUNT = "123456789012"
TAKE = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:take"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/logs"
NO_PERMISSION = (
    "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function."
)
enforced = pytest.mark.lambda_events(enforce_permissions=True)


def take(event: Any, context: Any) -> None:
    pass


@pytest.fixture
def function(lambda_events: LambdaEvents) -> Function:
    return lambda_events.function(take)


@pytest.fixture
def group(lambda_events: LambdaEvents) -> LogGroupCalls:
    return LogGroupCalls(lambda_events)


def admit(lambda_events: LambdaEvents, *, principal: str = "logs.amazonaws.com", **given: Any) -> None:
    lambda_events.client("lambda").add_permission(
        FunctionName="take", StatementId=principal.replace(".", "-"), Action="lambda:InvokeFunction", Principal=principal,
        **{"SourceArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{GROUP}:*", **given},
    )  # fmt: skip


@pytest.mark.rule("LOG-01")
@pytest.mark.rule("LOG-09")
def test_a_filter_is_described_and_replaced(lambda_events: LambdaEvents, group: LogGroupCalls, function: Function) -> None:
    group.subscribe(TAKE, "ERROR", "errors")
    created = round(lambda_events.now.timestamp() * 1000)
    lambda_events.advance(5)
    group.subscribe(TAKE, "WARN", "errors")
    group.subscribe(TAKE, "", "all")

    first, second = group.filters()

    assert (first["filterName"], first["creationTime"]) == ("all", created + 5_000)
    assert second == {
        "filterName": "errors", "logGroupName": GROUP, "filterPattern": "WARN", "destinationArn": TAKE,
        "distribution": "ByLogStream", "creationTime": created, "applyOnTransformedLogs": False,
    }  # fmt: skip


@pytest.mark.rule("LOG-09")
def test_filters_are_described_by_prefix_and_in_pages(group: LogGroupCalls, function: Function) -> None:
    for name in ("b-1", "a", "b-2"):
        group.subscribe(TAKE, name=name)

    pages = group.logs.get_paginator("describe_subscription_filters").paginate(
        logGroupName=GROUP, PaginationConfig={"PageSize": 2}
    )

    assert [[one["filterName"] for one in page["subscriptionFilters"]] for page in pages] == [["a", "b-1"], ["b-2"]]
    assert [one["filterName"] for one in group.filters(filterNamePrefix="b")] == ["b-1", "b-2"]


@pytest.mark.rule("LOG-09")
def test_unknown_filters_and_groups_are_refused(lambda_events: LambdaEvents, group: LogGroupCalls, refused: Refused) -> None:
    logs = group.logs

    no_filter = refused(logs.delete_subscription_filter, logGroupName=GROUP, filterName="x")
    no_group = refused(logs.describe_subscription_filters, logGroupName="nothing")
    no_group_to_put = refused(
        logs.put_subscription_filter, logGroupName="nothing", filterName="x", filterPattern="", destinationArn=TAKE
    )

    assert no_filter["message"] == "The specified subscription filter does not exist."
    assert no_group["message"] == "The specified log group does not exist."
    assert no_group_to_put == no_group == {**no_filter, "message": no_group["message"]}
    assert no_group["code"] == "ResourceNotFoundException"


@pytest.mark.rule("LOG-09")
def test_a_page_has_at_most_fifty_filters(lambda_events: LambdaEvents, group: LogGroupCalls, refused: Refused) -> None:
    logs = lambda_events.client("logs", config=Config(parameter_validation=False))

    refusal = refused(logs.describe_subscription_filters, logGroupName=GROUP, limit=51)

    assert refusal["code"] == "InvalidParameterException"


@pytest.mark.rule("LOG-02")
@pytest.mark.scenario("LOG L18")
def test_a_log_group_has_five_filters(group: LogGroupCalls, function: Function, refused: Refused) -> None:
    for number in range(5):
        group.subscribe(TAKE, name=str(number))

    refusal = refused(group.subscribe, destination_arn=TAKE, name="sixth")
    group.subscribe(TAKE, "ERROR", "4")

    assert refusal == {"code": "LimitExceededException", "status": 400, "message": "Resource limit exceeded."}
    assert [one["filterPattern"] for one in group.filters()] == ["", "", "", "", "ERROR"]


@pytest.mark.rule("LOG-02")
@pytest.mark.lambda_events(subscription_filters_per_log_group=2)
def test_the_documented_limit_can_be_set(group: LogGroupCalls, function: Function, refused: Refused) -> None:
    group.subscribe(TAKE, name="first")
    group.subscribe(TAKE, name="second")

    assert refused(group.subscribe, destination_arn=TAKE, name="third")["code"] == "LimitExceededException"


@pytest.mark.rule("LOG-03")
@pytest.mark.parametrize(
    ("name", "pattern", "is_accepted"),
    [
        ("n" * 512, "", True),
        ("n" * 513, "", False),
        ("a:b", "", False),
        ("a*b", "", False),
        ("all", "x" * 1_024, True),
        ("all", "x" * 1_025, False),
    ],
    ids=["longest name", "longer name", "colon", "star", "longest pattern", "longer pattern"],
)
def test_names_and_patterns_are_limited(
    lambda_events: LambdaEvents, group: LogGroupCalls, function: Function, name: str, pattern: str, is_accepted: bool
) -> None:
    group.logs = lambda_events.client("logs", config=Config(parameter_validation=False))

    if is_accepted:
        group.subscribe(TAKE, pattern, name)
    else:
        with pytest.raises(group.logs.exceptions.InvalidParameterException, match="failed to satisfy constraint"):
            group.subscribe(TAKE, pattern, name)

    assert len(group.filters()) == is_accepted


@pytest.mark.rule("LOG-04", "LOG-0E")
@pytest.mark.parametrize(
    ("arn", "others", "message"),
    [
        (TAKE, {"roleArn": ROLE}, "destinationArn for vendor lambda cannot be used with roleArn"),
        (TAKE.replace("us-east-1", "eu-west-1"), {}, "must be in the account and the Region of the log group"),
        (TAKE.replace(ACCOUNT, "999999999999"), {}, "must be in the account and the Region of the log group"),
        (f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders", {}, "vendor sqs"),
        (f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/logs", {}, "cannot be used without roleArn"),
        ("take", {}, "Invalid destinationArn"),
    ],
    ids=["role", "region", "account", "queue", "stream without role", "no ARN"],
)
def test_destinations_are_checked(
    group: LogGroupCalls, function: Function, arn: str, others: dict[str, str], message: str
) -> None:
    with pytest.raises(group.logs.exceptions.InvalidParameterException, match=message):
        group.subscribe(arn, **others)

    assert group.filters() == []


@pytest.mark.rule("LOG-05")
def test_a_function_that_does_not_exist_is_refused(group: LogGroupCalls, function: Function, refused: Refused) -> None:
    group.subscribe(TAKE, "ERROR")

    refusal = refused(group.subscribe, destination_arn=TAKE.replace("take", "nobody"))
    no_alias = refused(group.subscribe, destination_arn=f"{TAKE}:live")

    assert refusal == no_alias == {"code": "InvalidParameterException", "status": 400, "message": NO_PERMISSION}
    assert [(one["filterPattern"], one["destinationArn"]) for one in group.filters()] == [("ERROR", TAKE)]


@enforced
@pytest.mark.rule("LOG-05")
@pytest.mark.scenario("LOG L13")
def test_a_function_without_permission_is_refused(group: LogGroupCalls, function: Function, refused: Refused) -> None:
    assert refused(group.subscribe, destination_arn=TAKE)["message"] == NO_PERMISSION


@enforced
@pytest.mark.rule("LOG-06")
@pytest.mark.parametrize("principal", ["logs.amazonaws.com", "logs.us-east-1.amazonaws.com"])
def test_both_names_of_the_principal_are_admitted(
    lambda_events: LambdaEvents, group: LogGroupCalls, function: Function, principal: str
) -> None:
    admit(lambda_events, principal=principal, SourceAccount=ACCOUNT)
    group.subscribe(TAKE)

    group.put("order 7")
    lambda_events.run_until_idle()

    assert messages_of(function) == [["order 7"]]


@enforced
@pytest.mark.rule("LOG-06")
@pytest.mark.scenario("LOG L14")
@pytest.mark.parametrize(
    "given",
    [
        {"SourceArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{GROUP}"},
        {"SourceAccount": "999999999999"},
        {"principal": "logs.eu-west-1.amazonaws.com"},
    ],
    ids=["no star", "account", "region"],
)
def test_another_source_is_not_admitted(
    lambda_events: LambdaEvents, group: LogGroupCalls, function: Function, refused: Refused, given: dict[str, str]
) -> None:
    admit(lambda_events, **given)

    assert refused(group.subscribe, destination_arn=TAKE)["message"] == NO_PERMISSION


@pytest.mark.rule("LOG-07")
def test_no_control_message_reaches_a_function(lambda_events: LambdaEvents, group: LogGroupCalls, function: Function) -> None:
    group.subscribe(TAKE)
    lambda_events.run_until_idle()

    assert function.events == []


@pytest.mark.rule("LOG-08")
def test_the_distribution_is_stored_without_effect(
    lambda_events: LambdaEvents, group: LogGroupCalls, function: Function
) -> None:
    group.subscribe(TAKE, distribution="Random")
    group.put("a", "b")
    lambda_events.run_until_idle()

    assert [one["distribution"] for one in group.filters()] == ["Random"]
    assert messages_of(function) == [["a", "b"]]
    with pytest.raises(group.logs.exceptions.InvalidParameterException, match="enum value set"):
        group.subscribe(TAKE, distribution="Sometimes")


@pytest.mark.rule("LOG-0A")
def test_system_fields_are_added_to_events(lambda_events: LambdaEvents, group: LogGroupCalls, function: Function) -> None:
    group.subscribe(TAKE, "[level, ...]", emitSystemFields=["@aws.account", "@aws.region", "@source.log"])
    group.put("ERROR x")
    lambda_events.run_until_idle()

    [data] = received(function)
    assert data["logEvents"][0]["extractedFields"] == {
        "level": "ERROR", "@aws.account": ACCOUNT, "@aws.region": "us-east-1", "@source.log": GROUP,
    }  # fmt: skip
    assert group.filters()[0]["emitSystemFields"] == ["@aws.account", "@aws.region", "@source.log"]
    with pytest.raises(group.logs.exceptions.InvalidParameterException):
        group.subscribe(TAKE, emitSystemFields=["@aws.partition"])


@pytest.mark.rule("LOG-0B")
@pytest.mark.parametrize(
    ("criteria", "is_selected"),
    [
        (f'@aws.account = "{ACCOUNT}"', True),
        ('@aws.region != "us-east-1"', False),
        ('@aws.region IN ("eu-west-1", "us-east-1")', True),
        ('@aws.region NOT IN ("us-east-1")', False),
        ('@aws.region = "x" OR @aws.region = "us-east-1" AND @aws.account = "1"', False),
        ('(@aws.region = "us-east-1" OR @aws.region = "x") AND @aws.account != "1"', True),
    ],
)
def test_criteria_select_log_groups(
    lambda_events: LambdaEvents, group: LogGroupCalls, function: Function, criteria: str, is_selected: bool
) -> None:
    group.subscribe(TAKE, fieldSelectionCriteria=criteria)
    group.put("order 7")
    lambda_events.run_until_idle()

    assert len(function.events) == is_selected
    assert group.filters()[0]["fieldSelectionCriteria"] == criteria


@pytest.mark.rule("LOG-0B")
@pytest.mark.parametrize(
    "criteria",
    [
        '@aws.region IN ["us-east-1"]', '@source.log = "x"', "@aws.region = us-east-1", '@aws.region = "x" AND',
        '@aws.region IN ()', '@aws.region LIKE "x"', '@aws.region NOT "x"', '(@aws.region = "x"',
        '@aws.region IN ("x"', '@aws.region = "x", @aws.region = "y"', "x" * 2_001,
    ],
)  # fmt: skip
def test_other_criteria_are_refused(
    lambda_events: LambdaEvents, group: LogGroupCalls, function: Function, criteria: str
) -> None:
    group.logs = lambda_events.client("logs", config=Config(parameter_validation=False))

    with pytest.raises(group.logs.exceptions.InvalidParameterException):
        group.subscribe(TAKE, fieldSelectionCriteria=criteria)


@pytest.mark.rule("LOG-0C")
@pytest.mark.parametrize(
    ("arn", "others"),
    [
        (TAKE, {"applyOnTransformedLogs": True}),
        (f"arn:aws:logs:us-east-1:{ACCOUNT}:destination:all", {}),
        (f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/logs", {"roleArn": ROLE}),
    ],
    ids=["transformed", "logical destination", "Firehose"],
)
def test_what_is_not_simulated_is_refused_by_name(
    group: LogGroupCalls, function: Function, arn: str, others: dict[str, Any]
) -> None:
    with pytest.raises(NotSimulatedError, match="subscription filter"):
        group.subscribe(arn, **others)


@pytest.mark.rule("LOG-0C")
def test_a_log_group_of_another_class_is_refused_by_name(lambda_events: LambdaEvents, function: Function) -> None:
    lambda_events.client("logs").create_log_group(logGroupName=GROUP, logGroupClass="INFREQUENT_ACCESS")
    group = LogGroupCalls(lambda_events)

    with pytest.raises(NotSimulatedError, match="log class INFREQUENT_ACCESS"):
        group.subscribe(TAKE)


@pytest.mark.rule("LOG-0D")
@pytest.mark.scenario("LOG L21")
def test_a_filter_sees_only_events_put_after_it(lambda_events: LambdaEvents, group: LogGroupCalls, function: Function) -> None:
    group.put("before")
    group.subscribe(TAKE)
    group.put("after")
    lambda_events.run_until_idle()

    assert messages_of(function) == [["after"]]


@pytest.mark.rule("LOG-31")
@pytest.mark.scenario("LOG L11")
@pytest.mark.scenario("LOG L12")
@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ('"ERROR', "Invalid character(s) in term '\"ERROR'"),
        ("[word, word]", "Duplicate field 'word'"),
        ("%(a|b)%", "Invalid filter pattern"),
        ("%é%", "Invalid filter pattern"),
        ("%a% %b% %c%", "Invalid filter pattern"),
    ],
)
def test_an_invalid_pattern_is_refused_by_both_calls(
    group: LogGroupCalls, function: Function, refused: Refused, pattern: str, message: str
) -> None:
    by_put = refused(group.subscribe, destination_arn=TAKE, pattern=pattern)
    by_search = refused(group.logs.filter_log_events, logGroupName=GROUP, filterPattern=pattern)

    assert by_put == by_search == {"code": "InvalidParameterException", "status": 400, "message": message}
    assert group.filters() == []


@pytest.mark.rule("LOG-32")
@pytest.mark.lambda_events(subscription_filters_per_log_group=10)
def test_a_log_group_has_five_patterns_with_expressions(
    lambda_events: LambdaEvents, group: LogGroupCalls, function: Function, refused: Refused
) -> None:
    group.logs.put_metric_filter(
        logGroupName=GROUP, filterName="metric", filterPattern="%[0-9]%",
        metricTransformations=[{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
    )  # fmt: skip
    for number in range(4):
        group.subscribe(TAKE, r"%\d% %[a-z]%", str(number))
    group.subscribe(TAKE, "no expression", "plain")
    group.subscribe(TAKE, r"%\s%", "0")

    assert refused(group.subscribe, destination_arn=TAKE, pattern=r"%\d%", name="more")["code"] == "LimitExceededException"


@pytest.mark.rule("LOG-30")
@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("?ERROR ?WARN", [0, 1]), ("ERROR -Exiting", [0]), ("{ $.v = 1 }", [3]), ("[a, b]", [0, 1, 2, 3]), ("", [0, 1, 2, 3])],
)
def test_searches_use_the_same_patterns(group: LogGroupCalls, pattern: str, expected: list[int]) -> None:
    messages = ["an ERROR", "a WARN", "Exiting now", json.dumps({"v": 1})]
    group.put(*messages)

    found = group.logs.filter_log_events(logGroupName=GROUP, filterPattern=pattern)["events"]

    assert [messages.index(event["message"]) for event in found] == expected


@pytest.mark.rule("LOG-23")
def test_a_filter_of_an_account_is_refused_by_name(lambda_events: LambdaEvents) -> None:
    with pytest.raises(NotSimulatedError, match="subscription filter of an account"):
        lambda_events.client("logs").put_account_policy(
            policyName="all", policyType="SUBSCRIPTION_FILTER_POLICY", scope="ALL",
            policyDocument=json.dumps({"DestinationArn": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/logs"}),
        )  # fmt: skip


@enforced
@pytest.mark.rule("LOG-04", "LOG-06")
def test_a_log_group_of_another_region_has_its_own_filters(lambda_events: LambdaEvents, role: str, refused: Refused) -> None:
    west: dict[str, Any] = {"region_name": "eu-west-1"}
    lambda_events.client("lambda", **west).create_function(
        FunctionName="take", Runtime="python3.13", Handler="app.handler", Role=role,
        Code={"ZipFile": zipped("def handler(event, context): ...")},
    )  # fmt: skip
    lambda_events.advance(1)
    logs, arn = lambda_events.client("logs", **west), TAKE.replace("us-east-1", "eu-west-1")
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName="one")
    settings = {"logGroupName": GROUP, "filterName": "all", "filterPattern": "", "destinationArn": arn}
    assert refused(logs.put_subscription_filter, **settings)["message"] == NO_PERMISSION
    lambda_events.client("lambda", **west).add_permission(
        FunctionName="take", StatementId="logs", Action="lambda:InvokeFunction", Principal="logs.eu-west-1.amazonaws.com",
        SourceArn=f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:{GROUP}:*",
    )  # fmt: skip

    logs.put_subscription_filter(**settings)
    timestamp = round(lambda_events.now.timestamp() * 1000)
    logs.put_log_events(logGroupName=GROUP, logStreamName="one", logEvents=[{"timestamp": timestamp, "message": "x"}])
    lambda_events.run_until_idle()

    accepted = [entry for entry in lambda_events.journal if entry.kind == "accepted"]
    assert [entry.detail["pushed_by"] for entry in accepted] == [f"logs {GROUP}"]
