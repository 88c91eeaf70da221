"""The HTTP door of the Lambda API: botocore's own model of the API is the judge of every answer."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from uploads import create_function, zipped

from pytest_lambda_events import LambdaEvents, NotSimulatedError
from pytest_lambda_events.aws.lambda_service.endpoint import lambda_model, parameters_of

ARN = "arn:aws:lambda:us-east-1:123456789012:function:charge"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:failures"
SIGNING = "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdef0"
NAME = {"FunctionName": "charge"}
ECHO = "def handler(event, context): return event"


class Body:
    """Records the text of the last answer."""

    def __init__(self, client: Any) -> None:
        self.text = b""
        client.meta.events.register("before-parse.lambda", self._keep)

    def _keep(self, response_dict: dict[str, Any], **context: Any) -> None:
        self.text = response_dict["body"]


@functools.cache
def session() -> Any:
    """The one of all tests here: each session reads botocore's model of Lambda again."""
    return boto3.Session()


@pytest.fixture
def client(lambda_events: LambdaEvents) -> Any:
    """A client of its own, whose hooks no other test sees."""
    return session().client("lambda")


@pytest.fixture
def charge(lambda_events: LambdaEvents, client: Any) -> None:
    """The function `charge` with all that can be configured for it, version 1 and alias `live`."""
    dead = {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"}
    create_function("charge", ECHO, Publish=True, DeadLetterConfig=dead, Environment={"Variables": {"STAGE": "test"}})
    lambda_events.advance(1)
    client.create_alias(**NAME, Name="live", FunctionVersion="1")
    destinations = {"OnFailure": {"Destination": QUEUE}}
    client.put_function_event_invoke_config(**NAME, MaximumRetryAttempts=1, DestinationConfig=destinations)
    client.put_function_concurrency(**NAME, ReservedConcurrentExecutions=5)
    client.put_provisioned_concurrency_config(**NAME, Qualifier="1", ProvisionedConcurrentExecutions=1)
    client.add_permission(**NAME, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com")
    client.create_function_url_config(**NAME, AuthType="NONE", Cors={"AllowOrigins": ["*"]})
    lambda_events.advance(1)


CALLS: dict[str, dict[str, Any]] = {
    "AddPermission": {**NAME, "StatementId": "sns", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"},
    "CreateAlias": {**NAME, "Name": "next", "FunctionVersion": "1"},
    "CreateFunctionUrlConfig": {**NAME, "Qualifier": "live", "AuthType": "NONE"},
    "DeleteAlias": {**NAME, "Name": "live"},
    "DeleteFunction": NAME,
    "DeleteFunctionConcurrency": NAME,
    "DeleteFunctionEventInvokeConfig": NAME,
    "DeleteProvisionedConcurrencyConfig": {**NAME, "Qualifier": "1"},
    "DeleteFunctionCodeSigningConfig": NAME,
    "DeleteFunctionUrlConfig": NAME,
    "GetAccountSettings": {},
    "GetAlias": {**NAME, "Name": "live"},
    "GetFunction": NAME,
    "GetFunctionCodeSigningConfig": NAME,
    "GetFunctionConcurrency": NAME,
    "GetFunctionConfiguration": {**NAME, "Qualifier": "live"},
    "GetFunctionEventInvokeConfig": NAME,
    "GetFunctionRecursionConfig": NAME,
    "GetFunctionUrlConfig": NAME,
    "GetPolicy": NAME,
    "GetProvisionedConcurrencyConfig": {**NAME, "Qualifier": "1"},
    "GetRuntimeManagementConfig": NAME,
    "ListAliases": NAME,
    "ListFunctionEventInvokeConfigs": NAME,
    "ListFunctionUrlConfigs": NAME,
    "ListFunctions": {},
    "ListProvisionedConcurrencyConfigs": NAME,
    "ListTags": {"Resource": ARN},
    "ListVersionsByFunction": NAME,
    "PublishVersion": NAME,
    "PutFunctionCodeSigningConfig": {**NAME, "CodeSigningConfigArn": SIGNING},
    "PutFunctionConcurrency": {**NAME, "ReservedConcurrentExecutions": 7},
    "PutFunctionEventInvokeConfig": {**NAME, "MaximumRetryAttempts": 0},
    "PutFunctionRecursionConfig": {**NAME, "RecursiveLoop": "Allow"},
    "PutProvisionedConcurrencyConfig": {**NAME, "Qualifier": "1", "ProvisionedConcurrentExecutions": 2},
    "PutRuntimeManagementConfig": {**NAME, "UpdateRuntimeOn": "FunctionUpdate"},
    "RemovePermission": {**NAME, "StatementId": "s3"},
    "TagResource": {"Resource": ARN, "Tags": {"team": "payments"}},
    "UntagResource": {"Resource": ARN, "TagKeys": ["team"]},
    "UpdateAlias": {**NAME, "Name": "live", "Description": "now"},
    "UpdateFunctionCode": {**NAME, "ZipFile": zipped(ECHO)},
    "UpdateFunctionConfiguration": {**NAME, "Timeout": 5},
    "UpdateFunctionEventInvokeConfig": {**NAME, "MaximumRetryAttempts": 0},
    "UpdateFunctionUrlConfig": {**NAME, "AuthType": "AWS_IAM"},
}


@pytest.mark.parametrize("operation", sorted(CALLS))
def test_every_answer_is_one_that_the_model_of_the_api_describes(charge: None, client: Any, operation: str) -> None:
    body = Body(client)

    client._make_api_call(operation, CALLS[operation])

    answer = json.loads(body.text) if body.text else {}
    assert list(faults(lambda_model().operation_model(operation).output_shape, answer, operation)) == []


def test_every_operation_that_is_served_has_been_judged(lambda_events: LambdaEvents) -> None:
    served = lambda_events._open_wiring.planes.home.operations.keys()

    others = {"CreateFunction", "Invoke", "InvokeAsync", *DURABLE_OPERATIONS}
    assert served == CALLS.keys() | others | MAPPING_CALLS.keys()


def durable_calls(arn: str, token: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The calls about one execution that come before those that end its callbacks and itself."""
    updates = [
        {"Id": "a", "Type": "STEP", "Action": "START", "Name": "pay", "SubType": "Step"},
        {"Id": "b", "Type": "WAIT", "Action": "START", "WaitOptions": {"WaitSeconds": 60}},
        {"Id": "c", "Type": "CALLBACK", "Action": "START", "CallbackOptions": {"TimeoutSeconds": 60}},
        {"Id": "d", "Type": "CALLBACK", "Action": "START"},
        {"Id": "e", "Type": "CONTEXT", "Action": "START"},
    ]
    yield "CheckpointDurableExecution", {"DurableExecutionArn": arn, "CheckpointToken": token, "Updates": updates}
    yield "GetDurableExecution", {"DurableExecutionArn": arn}
    yield "GetDurableExecutionHistory", {"DurableExecutionArn": arn}
    yield "ListDurableExecutionsByFunction", {"FunctionName": "durable"}


DURABLE_OPERATIONS = {
    "CheckpointDurableExecution", "GetDurableExecutionState", "GetDurableExecution", "GetDurableExecutionHistory",
    "ListDurableExecutionsByFunction", "StopDurableExecution", "SendDurableExecutionCallbackSuccess",
    "SendDurableExecutionCallbackFailure", "SendDurableExecutionCallbackHeartbeat",
}  # fmt: skip


@pytest.mark.skipif(
    "CheckpointDurableExecution" not in lambda_model().operation_names,
    reason="An older botocore has no durable functions",
)
def test_every_answer_about_a_durable_execution_is_one_that_the_model_describes(
    lambda_events: LambdaEvents, client: Any
) -> None:
    found: dict[str, list[str]] = {}

    def judged(operation: str, **parameters: Any) -> Any:
        body = Body(client)
        answer = client._make_api_call(operation, parameters)
        shape = lambda_model().operation_model(operation).output_shape
        found[operation] = list(faults(shape, json.loads(body.text) if body.text else {}, operation))
        return answer

    def handler(event: Any, context: Any) -> dict[str, str]:
        arn, token = event["DurableExecutionArn"], event["CheckpointToken"]
        answers = {operation: judged(operation, **parameters) for operation, parameters in durable_calls(arn, token)}
        following = answers["CheckpointDurableExecution"]["CheckpointToken"]
        state = judged("GetDurableExecutionState", DurableExecutionArn=arn, CheckpointToken=following)
        first, second = [one["CallbackDetails"]["CallbackId"] for one in state["Operations"] if one["Type"] == "CALLBACK"]
        judged("SendDurableExecutionCallbackHeartbeat", CallbackId=first)
        judged("SendDurableExecutionCallbackSuccess", CallbackId=first, Result=b"yes")
        judged("SendDurableExecutionCallbackFailure", CallbackId=second, Error={"ErrorMessage": "no"})
        judged("StopDurableExecution", DurableExecutionArn=arn)
        return {"Status": "PENDING"}

    execution = lambda_events.function(handler, name="durable", durable_execution_timeout=600).start_execution()
    lambda_events.run_until_idle()

    assert found == {operation: [] for operation in DURABLE_OPERATIONS}
    assert execution.status == "STOPPED"


MAPPING_CALLS: dict[str, dict[str, Any]] = {
    "CreateEventSourceMapping": {**NAME, "EventSourceArn": f"{QUEUE}-too"},
    "DeleteEventSourceMapping": {},
    "GetEventSourceMapping": {},
    "ListEventSourceMappings": {},
    "UpdateEventSourceMapping": {"BatchSize": 5},
}
NAMED_BY_UUID = {"DeleteEventSourceMapping", "GetEventSourceMapping", "UpdateEventSourceMapping"}


@pytest.fixture
def mapping(lambda_events: LambdaEvents, client: Any, charge: None) -> str:
    """The UUID of a mapping with all that can be set."""
    for name in ("failures", "failures-too"):
        lambda_events.client("sqs").create_queue(QueueName=name)
    filters = {"Filters": [{"Pattern": '{"body": {"kind": ["a"]}}'}]}
    made = client.create_event_source_mapping(
        **NAME, EventSourceArn=QUEUE, FilterCriteria=filters, FunctionResponseTypes=["ReportBatchItemFailures"],
        MetricsConfig={"Metrics": ["EventCount"]}, ProvisionedPollerConfig={"MinimumPollers": 3}, Tags={"team": "payments"},
    )  # fmt: skip
    return str(made["UUID"])


@pytest.mark.parametrize("operation", sorted(MAPPING_CALLS))
def test_every_answer_about_a_mapping_is_one_that_the_model_describes(mapping: str, client: Any, operation: str) -> None:
    body = Body(client)
    named = {"UUID": mapping} if operation in NAMED_BY_UUID else {}

    client._make_api_call(operation, {**named, **MAPPING_CALLS[operation]})

    assert list(faults(lambda_model().operation_model(operation).output_shape, json.loads(body.text), operation)) == []


def faults(shape: Any, value: Any, path: str) -> Iterator[str]:
    """Where a decoded answer deviates from a shape of botocore's: what is unknown, missing or of another type."""
    kind = "structure" if shape is None else shape.type_name
    expected = TYPES[kind]
    if not isinstance(value, expected):
        yield f"{path} is {value!r}, no {kind}"
    elif kind == "structure":
        members = {} if shape is None else shape.members
        yield from (f"{path}.{name} is unknown" for name in value.keys() - members.keys())
        yield from (f"{path}.{name} is missing" for name in set(getattr(shape, "required_members", ())) - value.keys())
        for name in value.keys() & members.keys():
            # AWS sends members that a mapping does not have as null (ESM-80).
            yield from faults(members[name], value[name], f"{path}.{name}") if value[name] is not None else ()
    elif kind == "list":
        for item in value:
            yield from faults(shape.member, item, f"{path}[]")


TYPES: dict[str, Any] = {
    "structure": dict, "list": list, "map": dict, "string": str, "integer": int, "long": int, "double": (int, float),
    "float": (int, float), "boolean": bool, "timestamp": (int, float),
}  # fmt: skip


def test_the_answer_of_create_is_one_that_the_model_describes(client: Any) -> None:
    create_function("ship", ECHO)
    role = client.get_function_configuration(FunctionName="ship")["Role"]
    body = Body(client)

    client.create_function(
        FunctionName="charge", Role=role, Runtime="python3.13", Handler="app.handler", Code={"ZipFile": zipped(ECHO)}
    )

    assert list(faults(lambda_model().operation_model("CreateFunction").output_shape, json.loads(body.text), "")) == []


# ------------------------------------------------------------------ reading requests


def request(operation: str, path: str, body: bytes = b"", **headers: str) -> dict[str, Any]:
    """The parameters that the door reads from a request."""
    url = f"https://lambda.us-east-1.amazonaws.com{path}"
    named = HeadersDict({name.replace("_", "-"): value for name, value in headers.items()})
    prepared = AWSPreparedRequest("POST", url, named, body, stream_output=False)  # type: ignore[arg-type]
    return parameters_of(lambda_model().operation_model(operation), prepared)


def test_a_payload_travels_as_it_is() -> None:
    payload = bytes(range(256))

    read = request("Invoke", "/2015-03-31/functions/charge/invocations", payload)

    assert read == {"FunctionName": "charge", "Payload": payload}


def test_parameters_travel_in_path_query_and_headers() -> None:
    path = "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Acharge/invocations"

    read = request(
        "Invoke", f"{path}?Qualifier=%24LATEST", b"{}",
        X_Amz_Invocation_Type="Event", X_Amz_Log_Type="Tail", X_Amz_Client_Context="e30=", X_Amzn_Trace_Id="Root=1-2-3",
    )  # fmt: skip

    assert read == {
        "FunctionName": ARN, "Qualifier": "$LATEST", "InvocationType": "Event", "LogType": "Tail",
        "ClientContext": "e30=", "Payload": b"{}", "TraceHeader": "Root=1-2-3",
    }  # fmt: skip


def test_numbers_lists_and_blobs_have_their_types() -> None:
    listed = request("ListFunctions", "/2015-03-31/functions/?MaxItems=2&Marker=4")
    untagged = request("UntagResource", "/2017-03-31/tags/charge?tagKeys=a&tagKeys=b")
    uploaded = request("UpdateFunctionCode", "/2015-03-31/functions/charge/code", b'{"ZipFile": "AAE=", "Publish": true}')

    assert listed == {"MaxItems": 2, "Marker": "4"}
    assert untagged == {"Resource": "charge", "TagKeys": ["a", "b"]}
    assert uploaded == {"FunctionName": "charge", "ZipFile": b"\x00\x01", "Publish": True}


# ------------------------------------------------------------------ places


def test_an_assumed_role_acts_in_its_own_account(lambda_events: LambdaEvents, charge: None) -> None:
    sts = lambda_events.client("sts")
    role = sts.assume_role(RoleArn="arn:aws:iam::999999999999:role/other", RoleSessionName="other")["Credentials"]

    elsewhere = boto3.client(
        "lambda", aws_access_key_id=role["AccessKeyId"], aws_secret_access_key=role["SecretAccessKey"],
        aws_session_token=role["SessionToken"],
    )  # fmt: skip

    assert elsewhere.list_functions()["Functions"] == []


def test_layers_are_left_to_moto(client: Any) -> None:
    assert client.list_layers()["Layers"] == []


@pytest.mark.parametrize("operation", ["get_code_signing_config", "list_code_signing_configs"])
def test_operations_that_are_not_simulated_are_refused_by_name(client: Any, operation: str) -> None:
    given = {"CodeSigningConfigArn": "csc"} if operation.startswith("get") else {}

    with pytest.raises(NotSimulatedError, match="of Lambda is not simulated"):
        getattr(client, operation)(**given)


def test_a_handler_that_swallows_the_refusal_still_fails_the_test(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        try:
            boto3.client("lambda").list_code_signing_configs()
        except Exception:
            print("never mind")

    lambda_events.function(handler).invoke_async()

    with pytest.raises(NotSimulatedError, match="The operation ListCodeSigningConfigs of Lambda is not simulated"):
        lambda_events.run_until_idle()
