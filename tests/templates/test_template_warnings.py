"""Mistakes in a template that AWS does not report are warnings of the stack."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_lambda_events import Stack

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
@pytest.mark.parametrize(("ignore", "left"), [(["TPL-W0"], 1), (["Q.TPL-W0"], 1), (["Other.TPL-W0"], 2)])
def test_warnings_can_be_ignored(ignore: list[str], left: int, deploy: Deploy) -> None:
    stack = deploy(HEAD + QUEUES.format(visibility=30, receives=1, retention=2000), ignore=ignore)

    assert len(stack.warnings) == left


@pytest.mark.rule("TPL-W0")
def test_the_table_of_a_stack_shows_warnings(deploy: Deploy) -> None:
    stack = deploy(HEAD + QUEUES.format(visibility=30, receives=5, retention=2000))

    assert "Warnings:\n  Q: VisibilityTimeout is 30 seconds. AWS recommends six times" in str(stack)
    assert "(TPL-W0)" in str(stack)
