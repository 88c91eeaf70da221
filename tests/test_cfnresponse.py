"""`cfnresponse`, which AWS adds to the inline code of a template."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
import urllib3
from test_cloudformation import function, template
from uploads import create_function

from pytest_lambda_events import LambdaEvents, NotSimulatedError

CODE = """
import cfnresponse

def handler(event, context):
    cfnresponse.send(event, context, cfnresponse.SUCCESS, {"Url": "https://shop"}, "shop")
    return context.log_stream_name
"""
DETAILED = CODE.replace('"shop")', '"shop", noEcho=True, reason="Because")').replace("SUCCESS", "FAILED")
SHORT = CODE.replace(', "shop")', ")")
URL = "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/answer?X-Amz-Signature=1"
EVENT = {"ResponseURL": URL, "StackId": "stack", "RequestId": "request", "LogicalResourceId": "Shop", "RequestType": "Create"}


def deployed(lambda_events: LambdaEvents, code: str = CODE) -> Any:
    body = template(Charge=function(Code={"ZipFile": code}))
    lambda_events.client("cloudformation").create_stack(StackName="shop", TemplateBody=body)
    return lambda_events.functions["charge"]


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        (CODE, {}),
        (DETAILED, {"Status": "FAILED", "NoEcho": True, "Reason": "Because"}),
        (SHORT, {"PhysicalResourceId": "?"}),
    ],
    ids=["all defaults", "all given", "no physical id"],
)
def test_the_result_is_put_through_urllib3(lambda_events: LambdaEvents, code: str, changes: dict[str, Any]) -> None:
    fn = deployed(lambda_events, code)

    with mock.patch.object(urllib3.PoolManager, "request") as request:
        request.return_value.status = 200
        stream = fn.invoke(EVENT).payload

    [call] = request.call_args_list
    assert call.args == ("PUT", URL)
    assert call.kwargs["headers"] == {"content-type": "", "content-length": str(len(call.kwargs["body"]))}
    expected = {
        "Status": "SUCCESS", "Reason": f"See the details in CloudWatch Log Stream: {stream}", "PhysicalResourceId": "shop",
        "StackId": "stack", "RequestId": "request", "LogicalResourceId": "Shop", "NoEcho": False,
        "Data": {"Url": "https://shop"}, **changes,
    }  # fmt: skip
    if expected["PhysicalResourceId"] == "?":
        expected["PhysicalResourceId"] = stream
    assert json.loads(call.kwargs["body"]) == expected


def test_a_double_in_place_of_the_class_sees_the_call(lambda_events: LambdaEvents) -> None:
    fn = deployed(lambda_events)

    with mock.patch("urllib3.PoolManager") as pools:
        fn.invoke(EVENT)

    assert pools.return_value.request.call_args.args == ("PUT", URL)


def test_an_answer_to_a_bucket_of_the_environment_is_stored_there(lambda_events: LambdaEvents) -> None:
    s3 = lambda_events.client("s3")
    s3.create_bucket(Bucket="answers")
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "answers", "Key": "an answer"})
    fn = deployed(lambda_events)

    fn.invoke({**EVENT, "ResponseURL": url})

    stored = json.loads(s3.get_object(Bucket="answers", Key="an answer")["Body"].read())
    assert stored["Data"] == {"Url": "https://shop"}
    assert "Status code: 200" in fn.attempts[0].logs


def test_an_answer_that_would_leave_the_process_is_refused_by_name(lambda_events: LambdaEvents) -> None:
    fn = deployed(lambda_events)

    with (
        mock.patch("socket.create_connection") as connect,
        mock.patch("socket.getaddrinfo") as look_up,
        pytest.raises(NotSimulatedError, match=r"^cfnresponse\.send sends its response to cloudformation-custom-resource"),
    ):
        fn.invoke(EVENT)

    assert (connect.mock_calls, look_up.mock_calls) == ([], [])


@pytest.fixture
def server() -> Iterator[list[bytes]]:
    """A server of the test's own, and what it is given; the last item is its address."""
    given: list[bytes] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            given.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Write nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.handle_request)
        thread.start()
        given.append(f"http://127.0.0.1:{made.server_port}/answer".encode())
        yield given
        thread.join()


def test_an_answer_to_a_server_of_this_machine_is_sent(server: list[bytes], lambda_events: LambdaEvents) -> None:
    fn = deployed(lambda_events)

    fn.invoke({**EVENT, "ResponseURL": server[0].decode()})

    assert json.loads(server[1])["Status"] == "SUCCESS"


@pytest.mark.parametrize("statement", ["import json, cfnresponse", "import cfnresponse  # tells CloudFormation"])
def test_the_module_is_there_for_an_import_of_its_name(lambda_events: LambdaEvents, statement: str) -> None:
    fn = deployed(lambda_events, f"{statement}\ndef handler(event, context): return cfnresponse.FAILED")

    assert fn.invoke().payload == "FAILED"


@pytest.mark.parametrize("statement", ["from cfnresponse import FAILED", "import cfnresponse as answers"])
def test_the_module_is_not_there_for_other_forms_of_import(lambda_events: LambdaEvents, statement: str) -> None:
    deployed(lambda_events, f"{statement}\ndef handler(event, context): return 1")

    answer = lambda_events.client("lambda").invoke(FunctionName="charge")["Payload"].read()

    assert "No module named 'cfnresponse'" in answer.decode()


def test_the_module_is_not_there_for_uploaded_code(lambda_events: LambdaEvents) -> None:
    create_function("charge", CODE)
    lambda_events.advance(1)

    answer = lambda_events.client("lambda").invoke(FunctionName="charge")["Payload"].read()

    assert "No module named 'cfnresponse'" in answer.decode()
