"""Parameters are checked quickly: the quick check accepts only what botocore accepts, and botocore refuses the rest."""

from __future__ import annotations

import functools
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary

import boto3
import pytest
from botocore.exceptions import ParamValidationError
from botocore.loaders import create_loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.aws.fast_calls.parameters import checks_quickly

ITEM: dict[str, Any] = {
    "id": {"S": "1"},
    "lines": {"L": [{"M": {"price": {"N": "7"}}}]},
    "data": {"B": b"x"},
    "none": {"NULL": True},
}
SURELY_VALID: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("dynamodb", "PutItem", {"TableName": "orders", "Item": ITEM}),
    ("dynamodb", "GetItem", {"TableName": "orders", "Key": {"id": {"S": "1"}}, "ConsistentRead": True}),
    ("sqs", "SendMessage", {"QueueUrl": "u", "MessageBody": "b", "DelaySeconds": 3}),
    ("sqs", "SendMessageBatch", {"QueueUrl": "u", "Entries": [{"Id": "1", "MessageBody": "b"}]}),
    ("kinesis", "PutRecord", {"Data": b"x", "PartitionKey": "k", "StreamName": "s"}),
    ("kinesis", "PutRecord", {"Data": "x", "PartitionKey": "k", "StreamName": "s"}),
    ("cloudwatch", "PutMetricData", {"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 1}]}),
    ("s3", "PutObject", {"Bucket": "b", "Key": "k", "Body": bytearray(b"x"), "Metadata": {"a": "b"}}),
)
OTHERS: tuple[tuple[str, str, Any], ...] = (
    ("dynamodb", "PutItem", {"TableName": "orders"}),
    ("dynamodb", "PutItem", {"TableName": "", "Item": ITEM}),
    ("dynamodb", "PutItem", {"TableName": "orders", "Item": {"id": {"S": 1}}}),
    ("dynamodb", "PutItem", {"TableName": "orders", "Item": {"id": {"Text": "1"}}}),
    ("dynamodb", "PutItem", {"TableName": "orders", "Item": {"id": {"S": None}}}),
    ("dynamodb", "PutItem", {"TableName": "orders", "Item": {"id": "1"}}),
    ("dynamodb", "PutItem", {"TableName": "orders", "Item": {1: {"S": "1"}}}),
    ("dynamodb", "PutItem", {"TableName": "orders", "Item": {"lines": {"L": [{"M": {"price": {"N": 7}}}]}}}),
    ("dynamodb", "PutItem", {"TableName": "orders", "Item": {"lines": {"SS": ["a", 7]}}}),
    ("dynamodb", "PutItem", ["TableName"]),
    ("dynamodb", "BatchGetItem", {"RequestItems": {"orders": {"Keys": []}}}),
    ("sqs", "SendMessage", {"QueueUrl": "u", "MessageBody": "b", "DelaySeconds": True}),
    ("sqs", "SendMessage", {"QueueUrl": "u", "MessageBody": "b", "DelaySeconds": 3.0}),
    ("sqs", "SendMessage", {"QueueUrl": "u", "MessageBody": "b", "Delay": 3}),
    ("sqs", "SendMessageBatch", {"QueueUrl": "u", "Entries": ({"Id": "1"},)}),
    ("cloudwatch", "PutMetricData", {"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": Decimal(1)}]}),
    ("cloudwatch", "PutMetricData", {"Namespace": "n", "MetricData": [{"MetricName": "m", "StorageResolution": 0}]}),
    ("cloudwatch", "PutMetricData", {"Namespace": "n", "MetricData": [{"MetricName": "m", "Timestamp": "2026-01-01"}]}),
    ("cloudwatch", "PutMetricData", {"Namespace": "n", "MetricData": [{"MetricName": "m", "Timestamp": "tomorrow"}]}),
    ("s3", "PutObject", {"Bucket": "b", "Key": "", "Body": 7}),
    ("s3control", "GetAccessPoint", {"AccountId": "", "Name": "n"}),
    ("lexv2-runtime", "PutSession", {"botId": "b"}),
)


@functools.cache
def shape_of(service: str, operation: str) -> Any:
    """Returns the shape of the parameters of an operation."""
    model = ServiceModel(create_loader().load_service_model(service, "service-2"), service)
    return model.operation_model(operation).input_shape


def reports(service: str, operation: str, params: Any) -> tuple[list[Any], list[Any]]:
    """Returns what botocore reports, and what the quick check reports when it knows the shape."""
    shape = shape_of(service, operation)
    _, _, validate = checks_quickly(WeakKeyDictionary())
    validator = ParamValidator()
    own = validator.validate(params, shape)
    found = [validate(validator, params, shape) for _ in range(3)]
    assert found[0].generate_report() == found[1].generate_report() == own.generate_report()
    return own.generate_report().splitlines(), found[2].generate_report().splitlines()


@pytest.mark.parametrize(("service", "operation", "params"), [*SURELY_VALID, *OTHERS])
def test_the_quick_check_reports_what_botocore_reports(service: str, operation: str, params: Any) -> None:
    own, found = reports(service, operation, params)

    assert found == own


@pytest.mark.parametrize(("service", "operation", "params"), SURELY_VALID)
def test_botocore_is_not_asked_about_valid_parameters(
    service: str, operation: str, params: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = shape_of(service, operation)
    asked: list[Any] = []
    monkeypatch.setattr(ParamValidator, "validate", lambda *call: asked.append(call))
    _, _, validate = checks_quickly(WeakKeyDictionary())

    for _ in range(4):
        validate(ParamValidator(), params, shape)

    assert len(asked) == 2


def test_a_validator_of_another_class_is_not_replaced() -> None:
    class Strict(ParamValidator):
        def validate(self, params: Any, shape: Any) -> Any:
            found = super().validate(params, shape)
            found.report("input", "missing required field", required_name="Owner")
            return found

    with LambdaEvents():
        client = boto3.client("sqs", region_name="us-east-1")
        client._serializer._param_validator = Strict()
        for _ in range(4):
            with pytest.raises(ParamValidationError, match="Owner"):
                client.list_queues()
