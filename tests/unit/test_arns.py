"""The parts of ARNs."""

from __future__ import annotations

import pytest

from pytest_lambda_events.arns import ArnInvalid, parse, parse_or_none

PLACE = "us-east-1:123456789012"
ARNS = {
    "queue": f"arn:aws:sqs:{PLACE}:orders",
    "topic": f"arn:aws-cn:sns:{PLACE}:orders",
    "function": f"arn:aws:lambda:{PLACE}:function:orders",
    "version": f"arn:aws:lambda:{PLACE}:function:orders:7",
    "table": f"arn:aws:dynamodb:{PLACE}:table/orders",
    "table's stream": f"arn:aws:dynamodb:{PLACE}:table/orders/stream/2026-01-01T00:00:00.000",
    "stream": f"arn:aws:kinesis:{PLACE}:stream/orders",
    "consumer": f"arn:aws:kinesis:{PLACE}:stream/orders/consumer/reader:1",
    "event bus": f"arn:aws:events:{PLACE}:event-bus/orders",
    "bucket": "arn:aws:s3:::orders",
    "log group": f"arn:aws:logs:{PLACE}:log-group:orders",
    "streams of a log group": f"arn:aws:logs:{PLACE}:log-group:orders:*",
}


@pytest.mark.parametrize("arn", ARNS.values(), ids=ARNS)
def test_an_arn_has_the_name_of_its_resource(arn: str) -> None:
    assert parse(arn).name == "orders"


@pytest.mark.parametrize("arn", ARNS.values(), ids=ARNS)
def test_an_arn_is_written_as_it_was_read(arn: str) -> None:
    assert str(parse(arn)) == arn


def test_an_arn_has_five_parts() -> None:
    arn = parse(ARNS["topic"])

    assert (arn.partition, arn.service, arn.region_name, arn.account_id) == ("aws-cn", "sns", "us-east-1", "123456789012")
    assert arn.resource == "orders"


@pytest.mark.parametrize(("kind", "qualifier"), [("function", None), ("version", "7"), ("queue", None)])
def test_only_the_arn_of_a_version_or_an_alias_has_a_qualifier(kind: str, qualifier: str | None) -> None:
    assert parse(ARNS[kind]).qualifier == qualifier


@pytest.mark.parametrize("text", ["orders", "arn:aws:sqs:us-east-1", "", f"urn:aws:sqs:{PLACE}:orders"])
def test_what_is_not_an_arn_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ArnInvalid, match=r"is not an ARN\. An ARN has the form arn:PARTITION:SERVICE:REGION"):
        parse(text)
    assert parse_or_none(text) is None
