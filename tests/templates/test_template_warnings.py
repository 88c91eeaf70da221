"""Mistakes in a template that AWS does not report are warnings of the stack."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_lambda_events import DeployError, LambdaEvents, Stack

Deploy = Callable[..., Stack]

HEAD = """Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
"""
QUEUES = """      Timeout: "10"
      Events: {{E: {{Type: SQS, Properties: {{Queue: !GetAtt Q.Arn, MaximumBatchingWindowInSeconds: 5}}}}}}
  Q: {{Type: AWS::SQS::Queue, Properties: {{VisibilityTimeout: {visibility}, MessageRetentionPeriod: 1000,
    RedrivePolicy: {{deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: {receives}}}}}}}
  Dead: {{Type: AWS::SQS::Queue, Properties: {{MessageRetentionPeriod: "{retention}"}}}}
"""
LIMITED = """      ReservedConcurrentExecutions: {reserved}
      Events:
        E: {{Type: SQS, Properties: {{Queue: !GetAtt Q.Arn, ScalingConfig: {{MaximumConcurrency: 5}}}}}}
        {others}
  Q: {{Type: AWS::SQS::Queue, Properties: {{RedrivePolicy: {{deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}}}}}}
  Dead: {{Type: AWS::SQS::Queue}}
"""
BUCKET = """      Policies: [{{Statement: [{{Effect: Allow, Action: "s3:Put*", Resource: "arn:aws:s3:::photos/{written}*"}}]}}]
      {others}
      Events: {{E: {{Type: S3, Properties: {{Bucket: !Ref B, Events: "s3:ObjectCreated:*",
        Filter: {{S3Key: {{Rules: [{{Name: prefix, Value: in/}}]}}}}}}}}}}
  B: {{Type: AWS::S3::Bucket, Properties: {{BucketName: photos}}}}
  Failed: {{Type: AWS::SQS::Queue}}
"""
DEAD_LETTERS = "DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Failed.Arn}"
DESTINATION = "EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}}"
FILTER = """      Timeout: 1
      Events: {{E: {{Type: {kind}, Properties: {{{source}: !GetAtt S.{arn}, {position}
        FilterCriteria: {{Filters: [{{Pattern: '{pattern}'}}]}}}}}}}}
  S: {resource}
"""
QUEUE = {"kind": "SQS", "source": "Queue", "arn": "Arn", "position": "", "resource": "{Type: AWS::SQS::Queue}"}
STREAM = {
    "kind": "Kinesis", "source": "Stream", "arn": "Arn", "position": "StartingPosition: LATEST,",
    "resource": "{Type: AWS::Kinesis::Stream}",
}  # fmt: skip


def found(stack: Stack) -> list[tuple[str, str]]:
    """Returns the rules and resources of the warnings."""
    return [(one.rule, one.logical_id) for one in stack.warnings]


@pytest.mark.rule("TPL-W0", "TPL-W1", "TPL-W2")
@pytest.mark.parametrize(
    ("visibility", "receives", "retention", "rules"),
    [
        (65, 5, 1000, []),
        (64, 5, 1000, [("TPL-W0", "Q")]),
        (65, 4, 1000, [("TPL-W1", "Q")]),
        (65, 5, 999, [("TPL-W2", "Dead")]),
    ],
)
def test_settings_of_queues_that_do_not_fit(
    visibility: int, receives: int, retention: int, rules: list[tuple[str, str]], deploy: Deploy
) -> None:
    stack = deploy(HEAD + QUEUES.format(visibility=visibility, receives=receives, retention=retention))

    assert found(stack) == rules


@pytest.mark.rule("TPL-W1")
@pytest.mark.parametrize(
    ("reserved", "others", "rules"),
    [
        (5, "", []),
        (4, "", [("TPL-W1", "Q")]),
        (5, "More: {Type: SQS, Properties: {Queue: !GetAtt Dead.Arn}}", [("TPL-W1", "Q")]),
        (5, "Daily: {Type: Schedule, Properties: {Schedule: rate(1 day)}}", [("TPL-W1", "Q")]),
    ],
    ids=["enough", "too little", "a queue without a limit", "a schedule"],
)
def test_few_receives_are_enough_if_the_function_is_never_throttled(
    reserved: int, others: str, rules: list[tuple[str, str]], deploy: Deploy
) -> None:
    stack = deploy(HEAD + LIMITED.format(reserved=reserved, others=others))

    assert [one for one in found(stack) if one[0] == "TPL-W1"] == rules


@pytest.mark.rule("TPL-W3")
@pytest.mark.parametrize(("written", "rules"), [("", [("TPL-W3", "B")]), ("in/", [("TPL-W3", "B")]), ("out/", [])])
def test_a_bucket_that_invokes_a_function_which_writes_to_it(
    written: str, rules: list[tuple[str, str]], deploy: Deploy
) -> None:
    assert found(deploy(HEAD + BUCKET.format(written=written, others=DEAD_LETTERS))) == rules


@pytest.mark.rule("TPL-W4")
@pytest.mark.parametrize(
    ("others", "rules"), [("Timeout: 3", [("TPL-W4", "F")]), (DEAD_LETTERS, []), (DESTINATION, [])],
    ids=["nothing", "dead letters", "destination"],
)  # fmt: skip
def test_an_asynchronous_function_that_loses_events(others: str, rules: list[tuple[str, str]], deploy: Deploy) -> None:
    assert found(deploy(HEAD + BUCKET.format(written="out/", others=others))) == rules


@pytest.mark.rule("TPL-W4", "DUR-37", "DUR-38")
@pytest.mark.parametrize(
    ("others", "rules"), [("Timeout: 3", [("TPL-W4", "F")]), (DEAD_LETTERS, []), (DESTINATION, [("TPL-W4", "F")])],
    ids=["nothing", "dead letters", "destination"],
)  # fmt: skip
def test_a_destination_does_not_keep_the_events_of_a_durable_function(
    others: str, rules: list[tuple[str, str]], deploy: Deploy
) -> None:
    durable = f"{others}\n      DurableConfig: {{ExecutionTimeout: 60, RetentionPeriodInDays: 1}}"

    stack = deploy(HEAD + BUCKET.format(written="out/", others=durable))

    assert [one for one in found(stack) if one[0] == "TPL-W4"] == rules
    assert all("Durable functions have no destinations. Add DeadLetterConfig." in str(one) for one in stack.warnings)


@pytest.mark.rule("TPL-W5")
@pytest.mark.parametrize(
    ("source", "pattern", "name"),
    [
        (QUEUE, '{"body": {"kind": ["paid"]}}', ""),
        (QUEUE, '{"data": {"kind": ["paid"]}}', "data"),
        (STREAM, '{"data": {"kind": ["paid"]}, "partitionKey": ["1"]}', ""),
        (STREAM, '{"body": {"kind": ["paid"]}}', "body"),
    ],
    ids=["queue", "field of a stream", "stream", "field of a queue"],
)
def test_a_filter_on_a_field_that_does_not_exist(source: dict[str, str], pattern: str, name: str, deploy: Deploy) -> None:
    stack = deploy(HEAD + FILTER.format(pattern=pattern, **source))

    texts = [one.text for one in stack.warnings if one.rule == "TPL-W5"]
    assert len(texts) == bool(name)
    assert all(text.startswith(f"The filter names {name!r}") for text in texts)


@pytest.mark.rule("TPL-W0")
@pytest.mark.parametrize(("ignore", "left"), [(["TPL-W0"], 1), (["Q.TPL-W0"], 1), (["Dead.TPL-W0"], 2)])
def test_warnings_can_be_ignored(ignore: list[str], left: int, deploy: Deploy) -> None:
    stack = deploy(HEAD + QUEUES.format(visibility=30, receives=1, retention=2000), ignore=ignore)

    assert len(stack.warnings) == left


@pytest.mark.rule("TPL-W0")
def test_the_table_of_a_stack_shows_warnings(deploy: Deploy) -> None:
    stack = deploy(HEAD + QUEUES.format(visibility=30, receives=5, retention=2000))

    assert "Warnings:\n  Q: VisibilityTimeout is 30 seconds. AWS recommends six times" in str(stack)
    assert "(TPL-W0)" in str(stack)


@pytest.mark.rule("TPL-W2", "TPL-W6")
@pytest.mark.parametrize("fifo", ["true", "false"])
def test_dead_letters_of_fifo_queues_start_their_retention_again(fifo: str, deploy: Deploy) -> None:
    kind = "FifoQueue: true, " if fifo == "true" else ""

    stack = deploy(
        f"Resources:\n  Dead: {{Type: AWS::SQS::Queue, Properties: {{{kind}MessageRetentionPeriod: 60}}}}\n"
        f"  Q: {{Type: AWS::SQS::Queue, Properties: {{{kind}"
        "RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}}}\n"
    )

    assert found(stack) == ([] if fifo == "true" else [("TPL-W2", "Dead")])


@pytest.mark.rule("TPL-W6")
def test_a_fifo_queue_cannot_have_a_standard_dead_letter_queue(deploy: Deploy) -> None:
    redrive = "RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}"

    with pytest.raises(DeployError, match="Fifo queues cannot use non fifo dead letter queues"):
        deploy(
            "Resources:\n  Dead: {Type: AWS::SQS::Queue}\n"
            f"  Q: {{Type: AWS::SQS::Queue, Properties: {{FifoQueue: true, {redrive}}}}}\n"
        )


OF_CDK = """
  N:
    Type: Custom::S3BucketNotifications
    Properties:
      ServiceToken: !GetAtt F.Arn
      Managed: true
      BucketName: photos
      NotificationConfiguration:
        LambdaFunctionConfigurations: [{Events: ["s3:ObjectCreated:*"], LambdaFunctionArn: !GetAtt F.Arn}]
  Allowed: {Type: AWS::Lambda::Permission, Properties: {Action: "lambda:InvokeFunction", FunctionName: !Ref F,
    Principal: s3.amazonaws.com}}
  Written:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: written
      Roles: [!Ref FRole]
      PolicyDocument: {Statement: [{Effect: Allow, Action: ["s3:PutObject"], Resource: "arn:aws:s3:::photos/*"}]}
  B: {Type: AWS::S3::Bucket, Properties: {BucketName: photos}}
"""
LOGS = """
  G: {Type: AWS::Logs::LogGroup}
  Allowed: {Type: AWS::Lambda::Permission, Properties: {Action: "lambda:InvokeFunction", FunctionName: !Ref F,
    Principal: logs.amazonaws.com}}
  S: {Type: AWS::Logs::SubscriptionFilter, DependsOn: Allowed,
    Properties: {LogGroupName: !Ref G, FilterPattern: "", DestinationArn: !GetAtt F.Arn}}
"""


@pytest.mark.rule("TPL-W3", "TPL-W4")
@pytest.mark.parametrize(
    ("resources", "rules"),
    [(OF_CDK, [("TPL-W3", "B"), ("TPL-W4", "F")]), (LOGS, [("TPL-W4", "F")])], ids=["bucket of cdk", "log group"],
)  # fmt: skip
def test_notifications_of_cdk_and_of_log_groups_count(resources: str, rules: list[tuple[str, str]], deploy: Deploy) -> None:
    assert found(deploy(HEAD + resources)) == rules


@pytest.mark.rule("TPL-W4")
def test_resources_of_several_types_may_have_one_name(deploy: Deploy) -> None:
    event = "      FunctionName: orders\n      Events: {E: {Type: SNS, Properties: {Topic: !Ref T}}}\n"
    topic = "  T: {Type: AWS::SNS::Topic}\n"
    table = "  Table: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}\n"

    assert found(deploy(HEAD + event + topic + table)) == [("TPL-W4", "F")]


@pytest.mark.rule("TPL-W7")
def test_a_queue_and_its_function_may_be_in_different_stacks(folder: Path, deploy: Deploy) -> None:
    function = HEAD + "      Timeout: 6\n      Events: {E: {Type: SQS, Properties: {Queue: !Ref Queue}}}\n"
    (folder / "inner.yaml").write_text(function.replace("Resources:", "Parameters: {Queue: {Type: String}}\nResources:"))

    stack = deploy(
        "Resources:\n  Q: {Type: AWS::SQS::Queue}\n"
        "  N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.yaml, Parameters: {Queue: !GetAtt Q.Arn}}}\n"
    )

    assert found(stack) == [("TPL-W0", "Q")]
    assert found(stack.stacks["N"]) == []


@pytest.mark.rule("TPL-W7")
def test_the_journal_has_warnings(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(HEAD + QUEUES.format(visibility=30, receives=5, retention=2000))

    assert [entry.detail["message"] for entry in lambda_events.journal] == [f"Stack stack, {stack.warnings[0]}"]


@pytest.mark.rule("TPL-W7", "TPL-W5")
def test_the_journal_has_one_warning_about_a_filter(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(HEAD + FILTER.format(pattern='{"data": ["paid"]}', **QUEUE))

    assert [one.rule for one in stack.warnings] == ["TPL-W5"]
    [entry] = lambda_events.journal
    assert entry.detail["message"].endswith("(FIL-21).")


@pytest.mark.rule("TPL-W8", "SQS-70")
@pytest.mark.parametrize(("ignore", "rules"), [([], ["SQS-70"]), (["SQS-70"], []), (["KIN-60"], ["SQS-70"])])
def test_the_warning_of_ignored_failures_can_be_turned_off(
    ignore: list[str], rules: list[str], folder: Path, deploy: Deploy, lambda_events: LambdaEvents
) -> None:
    (folder / "src" / "app.py").write_text(
        "def handler(event, context): return {'batchItemFailures': [{'itemIdentifier': 'x'}]}\n"
    )
    stack = deploy(HEAD + QUEUES.format(visibility=65, receives=5, retention=2000), ignore=ignore)

    stack.queues["Q"].send("x")
    lambda_events.run_until_idle()

    messages = [entry.detail["message"] for entry in lambda_events.journal if entry.kind == "warning"]
    assert [message.rpartition("(")[2].rstrip(").") for message in messages] == rules


@pytest.mark.rule("TPL-W8", "FIL-21")
@pytest.mark.parametrize("ignored", ["TPL-W5", "FIL-21"])
def test_the_warning_of_a_filter_can_be_turned_off(ignored: str, deploy: Deploy, lambda_events: LambdaEvents) -> None:
    deploy(HEAD + FILTER.format(pattern='{"data": ["paid"]}', **QUEUE), ignore=[ignored])

    assert list(lambda_events.journal) == []


EXPIRING = "Resources:\n  B: {Type: AWS::S3::Bucket, Properties: {LifecycleConfiguration: {Rules: [%s]}}}\n"


@pytest.mark.rule("TPL-W9")
@pytest.mark.parametrize(
    ("rule", "warnings"),
    [
        ("{Status: Enabled, ExpirationInDays: 1}", ["TPL-W9"]),
        ("{Status: Enabled, ExpirationDate: '2026-01-02'}", ["TPL-W9"]),
        ("{Status: Enabled, NoncurrentVersionExpiration: {NoncurrentDays: 1}}", ["TPL-W9"]),
        ("{Status: Disabled, ExpirationInDays: 1}", []),
        ("{Status: Enabled, AbortIncompleteMultipartUpload: {DaysAfterInitiation: 1}}", []),
        ("{Status: Enabled, Transitions: [{TransitionInDays: 30, StorageClass: GLACIER}]}", []),
    ],
)
def test_a_lifecycle_rule_that_deletes_objects_is_a_warning(rule: str, warnings: list[str], deploy: Deploy) -> None:
    assert [one.rule for one in deploy(EXPIRING % rule).warnings] == warnings


@pytest.mark.rule("TPL-W9", "PSH-6H")
def test_a_lifecycle_rule_of_a_bucket_on_the_event_bus_has_the_warning_of_the_api(
    deploy: Deploy, lambda_events: LambdaEvents
) -> None:
    template = EXPIRING % "{Status: Enabled, ExpirationInDays: 1}"

    deploy(template.replace("Properties: {", "Properties: {NotificationConfiguration: {EventBridgeConfiguration: {}}, "))

    [of_api, of_template] = [entry.detail["message"] for entry in lambda_events.journal if entry.kind == "warning"]
    assert "an object that a lifecycle rule expires" in of_api
    assert of_template.endswith("(TPL-W9)")
