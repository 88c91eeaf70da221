"""How the results of functions become HTTP responses."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from http_fronts import FRONTS, answer, front, returning

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.http.function_responses import Malformed, status_of

PNG = b"\x89PNG\xff"
INTERNAL = {
    "rest": (502, b'{"message": "Internal server error"}'),
    "1.0": (500, b'{"message":"Internal Server Error"}'),
    "2.0": (500, b'{"message":"Internal Server Error"}'),
    "url": (502, b"Internal Server Error"),
    "alb": (502, b""),
}
"""The response to a malformed result."""


@pytest.mark.rule("HTP-3F", "HTP-3G")
@pytest.mark.scenario("HTP T9")
@pytest.mark.parametrize(
    ("result", "body"),
    [
        ({"a": 1}, '{"a": 1}'), ("hi", "hi"), ([1], "[1]"), (None, "null"), (True, "true"), (1.5, "1.5"), ("{", "{"),
        ({"headers": {"a": "1"}}, '{"headers": {"a": "1"}}'), ("ü", "ü"),
    ],
)  # fmt: skip
def test_a_result_without_a_status_code_is_the_body_of_an_http_api(
    result: object, body: str, lambda_events: LambdaEvents
) -> None:
    response = returning(lambda_events, "2.0", result)

    assert (response.status_code, response.headers["content-type"], response.text) == (200, "application/json", body)


@pytest.mark.rule("HTP-26", "HTP-27")
@pytest.mark.scenario("HTP T10")
@pytest.mark.parametrize(
    "result",
    [
        {"a": 1}, "hi", [1], None, 1, {"statusCode": 200, "a": 1}, {"statusCode": 200, "body": {}},
        {"statusCode": 200, "body": []}, {"statusCode": 200, "body": 1}, {"statusCode": 200, "body": True},
        {"statusCode": 200, "headers": []},
        {"statusCode": 200, "headers": "a"}, {"statusCode": 200, "multiValueHeaders": {"a": "1"}},
    ],
)  # fmt: skip
def test_a_rest_api_answers_502_to_a_malformed_result(result: object, lambda_events: LambdaEvents) -> None:
    response = returning(lambda_events, "rest", result)

    assert (response.status_code, response.content) == INTERNAL["rest"]
    assert response.headers["x-amzn-errortype"] == "InternalServerErrorException"
    assert response.headers["content-type"] == "application/json"


@pytest.mark.rule("HTP-24", "HTP-26")
def test_a_rest_api_accepts_the_keys_of_aws(lambda_events: LambdaEvents) -> None:
    result = {
        "statusCode": 201, "headers": {"A": "1"}, "multiValueHeaders": {"B": ["2", "3"]}, "body": None,
        "isBase64Encoded": False, "cookies": ["c=1"], "base64Encoded": False,
    }  # fmt: skip

    response = returning(lambda_events, "rest", result)

    assert (response.status_code, response.content, response.headers["a"]) == (201, b"", "1")
    assert response.headers.get_list("B") == ["2", "3"]
    assert "set-cookie" not in response.headers


@pytest.mark.rule("HTP-29", "HTP-3H", "HTP-3O", "HTP-55")
@pytest.mark.scenario("HTP T11")
@pytest.mark.parametrize(
    ("kind", "content_type"),
    [
        ("rest", "application/json"), ("1.0", "text/plain; charset=utf-8"), ("2.0", "text/plain; charset=utf-8"),
        ("url", "application/json"),
    ],
)  # fmt: skip
def test_a_full_response_has_a_default_content_type(kind: str, content_type: str, lambda_events: LambdaEvents) -> None:
    response = returning(lambda_events, kind, {"statusCode": 200, "body": "x"})

    assert (response.text, response.headers.get_list("content-type")) == ("x", [content_type])


@pytest.mark.rule("HTP-25", "HTP-3I", "HTP-3O", "HTP-81")
@pytest.mark.parametrize("kind", FRONTS)
def test_an_invalid_status_code_is_malformed(kind: str, lambda_events: LambdaEvents) -> None:
    response = returning(lambda_events, kind, {"statusCode": 0, "headers": {}, "body": ""})

    assert (response.status_code, response.content) == INTERNAL[kind]


@pytest.mark.rule("HTP-25", "HTP-3I")
@pytest.mark.parametrize("status", [0, -1, 99, 1000, 200.5, "abc", "20.5", "-1", "", True, [200], None])
def test_which_status_codes_are_invalid(status: object) -> None:
    with pytest.raises(Malformed, match="is not a status code"):
        status_of(status)


@pytest.mark.rule("HTP-25", "HTP-3I")
@pytest.mark.parametrize("kind", ["rest", "1.0", "2.0", "url"])
def test_a_status_code_may_be_numeric_text(kind: str, lambda_events: LambdaEvents) -> None:
    assert returning(lambda_events, kind, {"statusCode": "201"}).status_code == 201


@pytest.mark.rule("HTP-81")
def test_a_target_group_needs_a_status_code_that_is_an_integer(lambda_events: LambdaEvents) -> None:
    assert returning(lambda_events, "alb", {"statusCode": "200", "body": ""}).status_code == 502


@pytest.mark.rule("HTP-25", "HTP-3O")
@pytest.mark.parametrize(("kind", "status"), [("rest", 200), ("1.0", 500), ("alb", 502)])
def test_a_missing_status_code(kind: str, status: int, lambda_events: LambdaEvents) -> None:
    assert returning(lambda_events, kind, {"body": "x"}).status_code == status


@pytest.mark.rule("HTP-25")
def test_a_rest_api_takes_a_null_status_code_as_200(lambda_events: LambdaEvents) -> None:
    assert returning(lambda_events, "rest", {"statusCode": None}).status_code == 200


@pytest.mark.rule("HTP-28", "HTP-2G")
@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        (True, b"test"), ("true", b"test"), ("True", b"test"), (False, b"dGVzdA=="), ("false", b"dGVzdA=="),
        ("False", b"dGVzdA=="), ("yes", None), (1, None),
    ],
)  # fmt: skip
def test_is_base64_encoded_is_a_boolean_or_its_name(flag: object, expected: bytes | None, lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> Any:
        return {"statusCode": 200, "body": "dGVzdA==", "isBase64Encoded": flag}

    response = lambda_events.rest_api("shop", {"GET /": handler}, binary_media_types=["*/*"]).request("GET", "/")

    if expected is None:
        assert response.status_code == 502
    else:
        assert (response.content, response.headers["content-length"]) == (expected, str(len(expected)))


@pytest.mark.rule("HTP-29")
def test_headers_of_both_maps_are_merged_and_equal_pairs_appear_once(lambda_events: LambdaEvents) -> None:
    result = {"statusCode": 200, "headers": {"A": "1", "B": "2"}, "multiValueHeaders": {"a": ["1", "3"], "C": ["4", "4"]}}

    headers = returning(lambda_events, "rest", result).headers

    assert (headers.get_list("a"), headers.get_list("b"), headers.get_list("c")) == (["1", "3"], ["2"], ["4", "4"])
    assert ("B", "2") in headers.multi_items()


@pytest.mark.rule("HTP-27")
@pytest.mark.parametrize(("kind", "code"), [("rest", 502), ("1.0", 500), ("2.0", 500), ("url", 502), ("alb", 502)])
def test_a_header_value_with_a_line_break_is_malformed(kind: str, code: int, lambda_events: LambdaEvents) -> None:
    result = {"statusCode": 200, "headers": {"Location": "/a\r\nSet-Cookie: admin=1"}}

    assert returning(lambda_events, kind, result).status_code == code


@pytest.mark.rule("HTP-29")
def test_headers_that_are_numbers_or_booleans_are_sent_as_json(lambda_events: LambdaEvents) -> None:
    result = {"statusCode": 200, "headers": {"A": 1, "B": True, "C": 1.5}}

    headers = returning(lambda_events, "rest", result).headers

    assert (headers["a"], headers["b"], headers["c"]) == ("1", "true", "1.5")


@pytest.mark.rule("HTP-2D")
def test_a_rest_api_renames_some_headers_of_functions(lambda_events: LambdaEvents) -> None:
    names = ("Connection", "Date", "Transfer-Encoding", "Content-Length", "Server")
    result = {"statusCode": 200, "headers": dict.fromkeys(names, "7")}

    headers = returning(lambda_events, "rest", result).headers

    assert [headers[f"x-amzn-Remapped-{name}"] for name in names] == ["7"] * 5
    assert headers.get_list("content-length") == ["0"]
    assert (headers["date"], headers["connection"]) == ("Thu, 01 Jan 2026 00:00:00 GMT", "keep-alive")


@pytest.mark.rule("HTP-2D", "HTP-3N", "HTP-56")
@pytest.mark.parametrize(
    ("kind", "ids"),
    [
        ("rest", {"x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id"}), ("2.0", {"apigw-requestid"}),
        ("url", {"x-amzn-requestid", "x-amzn-trace-id"}),
    ],
)  # fmt: skip
def test_headers_that_fronts_add_to_responses(kind: str, ids: set[str], lambda_events: LambdaEvents) -> None:
    headers = returning(lambda_events, kind, {"statusCode": 200, "body": "x"}).headers

    assert set(headers) == {"content-type", "date", "content-length", "connection", *ids}


@pytest.mark.rule("HTP-3N")
@pytest.mark.parametrize(("status", "name"), [(500, "Apigw-Requestid"), (0, "apigw-requestid")])
def test_an_http_api_names_the_request_id_in_lower_case_in_its_own_responses(
    status: int, name: str, lambda_events: LambdaEvents
) -> None:
    response = returning(lambda_events, "2.0", {"statusCode": status})

    assert response.status_code == 500
    assert [one for one, _ in response.headers.multi_items() if one.lower() == "apigw-requestid"] == [name]


@pytest.mark.rule("HTP-2D", "HTP-56")
@pytest.mark.parametrize("kind", ["rest", "url"])
def test_the_trace_in_a_response_is_that_of_the_invocation(kind: str, lambda_events: LambdaEvents) -> None:
    def trace(event: Any, context: Any) -> dict[str, Any]:
        import os

        return {"statusCode": 200, "body": os.environ["_X_AMZN_TRACE_ID"]}

    response = front(lambda_events, kind, handler=trace).request("GET", "/a")

    assert response.invocation is not None
    sent = {name.lower(): value for name, value in response.invocation.event["headers"].items()}["x-amzn-trace-id"]
    assert response.headers["x-amzn-trace-id"] == response.text
    assert response.text.startswith(f"{sent};Parent=")


@pytest.mark.rule("HTP-2F")
@pytest.mark.scenario("HTP T21")
@pytest.mark.parametrize(
    ("accept", "is_decoded"),
    [("image/png", True), ("image/png, */*", True), ("*/*, image/png", False), ("text/html", False), (None, True)],
)
def test_a_rest_api_decodes_bodies_by_the_first_accepted_type(
    accept: str | None, is_decoded: bool, lambda_events: LambdaEvents
) -> None:
    encoded = base64.b64encode(PNG).decode()

    def handler(event: Any, context: Any) -> Any:
        assert (event["body"], event["isBase64Encoded"]) == (encoded, True)
        return {"statusCode": 200, "headers": {"Content-Type": "image/png"}, "body": encoded, "isBase64Encoded": True}

    api = lambda_events.rest_api("shop", {"POST /": handler}, binary_media_types=["image/png"])
    headers = {"content-type": "image/png", **({} if accept is None else {"accept": accept})}

    response = api.request("POST", "/", content=PNG, headers=headers)

    assert response.content == (PNG if is_decoded else encoded.encode())


@pytest.mark.rule("HTP-2F")
def test_a_rest_api_without_binary_media_types_sends_base64(lambda_events: LambdaEvents) -> None:
    response = returning(lambda_events, "rest", {"statusCode": 200, "body": "dGVzdA==", "isBase64Encoded": True})

    assert response.text == "dGVzdA=="


@pytest.mark.rule("HTP-3K", "HTP-3O", "HTP-55", "HTP-81")
@pytest.mark.parametrize("kind", ["1.0", "2.0", "url", "alb"])
def test_other_fronts_always_decode_base64(kind: str, lambda_events: LambdaEvents) -> None:
    response = returning(lambda_events, kind, {"statusCode": 200, "body": "dGVzdA==", "isBase64Encoded": True})

    assert response.content == b"test"


@pytest.mark.rule("HTP-3K")
@pytest.mark.parametrize("kind", ["1.0", "2.0", "url", "alb"])
def test_a_body_that_is_not_base64_is_malformed(kind: str, lambda_events: LambdaEvents) -> None:
    response = returning(lambda_events, kind, {"statusCode": 200, "body": "%", "isBase64Encoded": True})

    assert (response.status_code, response.content) == INTERNAL[kind]


@pytest.mark.rule("HTP-3J", "HTP-55")
@pytest.mark.parametrize("kind", ["2.0", "url"])
def test_cookies_become_headers(kind: str, lambda_events: LambdaEvents) -> None:
    result = {"statusCode": 200, "cookies": ["a=1; Path=/", "b=2"], "multiValueHeaders": {"c": ["3"]}}

    response = returning(lambda_events, kind, result)

    assert response.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2"]
    assert response.cookies == {"a": "1", "b": "2"}
    assert "c" not in response.headers


@pytest.mark.rule("HTP-3J", "HTP-3L")
def test_an_http_api_ignores_cookies_that_are_no_list_and_unknown_keys(lambda_events: LambdaEvents) -> None:
    response = returning(lambda_events, "2.0", {"statusCode": 200, "cookies": "a=1", "other": 1, "body": "x"})

    assert (response.status_code, response.text, response.cookies) == (200, "x", {})


@pytest.mark.rule("HTP-3O")
def test_format_1_ignores_unknown_keys_and_merges_headers_with_the_single_one_first(lambda_events: LambdaEvents) -> None:
    result = {"statusCode": 200, "other": 1, "headers": {"A": "1"}, "multiValueHeaders": {"A": ["1", "2"]}}

    response = returning(lambda_events, "1.0", result)

    assert (response.status_code, response.headers.get_list("a")) == (200, ["1", "1", "2"])


@pytest.mark.rule("HTP-3M", "HTP-57")
@pytest.mark.parametrize("body", [{"a": 1}, 1])
@pytest.mark.parametrize("kind", ["1.0", "2.0", "url", "alb"])
def test_a_body_that_is_not_text_is_malformed(kind: str, body: object, lambda_events: LambdaEvents) -> None:
    response = returning(lambda_events, kind, {"statusCode": 200, "body": body})

    assert (response.status_code, response.content) == INTERNAL[kind]


@pytest.mark.rule("HTP-54")
@pytest.mark.parametrize(
    ("result", "body"), [({"b": "a/b", "a": 1}, '{"b":"a\\/b","a":1}'), ("a/b", "a/b"), ([1], "[1]"), (None, "null")]
)
def test_a_url_writes_the_json_of_a_result_again(result: object, body: str, lambda_events: LambdaEvents) -> None:
    response = returning(lambda_events, "url", result)

    assert (response.status_code, response.headers["content-type"], response.text) == (200, "application/json", body)


@pytest.mark.rule("HTP-81")
def test_a_target_group_reads_only_the_headers_of_its_mode(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> Any:
        return {"statusCode": 200, "headers": {"A": "1"}, "multiValueHeaders": {"B": ["2", "3"]}, "body": "x"}

    single = lambda_events.target_group("single", handler)
    multi = lambda_events.target_group("multi", "handler", multi_value_headers=True)

    found = [(one.get_list("a"), one.get_list("b")) for one in (api.request("GET", "/").headers for api in (single, multi))]
    assert found == [(["1"], []), ([], ["2", "3"])]


@pytest.mark.rule("HTP-82")
@pytest.mark.parametrize(("size", "status"), [(1024 * 1024 - 60, 200), (1024 * 1024, 502)])
def test_a_target_group_answers_502_to_responses_over_1_mb(size: int, status: int, lambda_events: LambdaEvents) -> None:
    response = returning(lambda_events, "alb", {"statusCode": 200, "body": "x" * size})

    assert (response.status_code, len(response.content)) == (status, size if status == 200 else 0)


@pytest.mark.rule("HTP-2H", "HTP-2I")
def test_a_mock_method_answers_with_its_static_headers(lambda_events: LambdaEvents) -> None:
    api = lambda_events.rest_api("shop", {"GET /orders": answer})
    client, place = lambda_events.client("apigateway"), {"restApiId": api.id, "httpMethod": "OPTIONS"}
    [resource] = [one for one in client.get_resources(restApiId=api.id)["items"] if one["path"] == "/orders"]
    place["resourceId"] = resource["id"]
    client.put_method(**place, authorizationType="NONE")
    client.put_integration(**place, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    client.put_method_response(
        **place, statusCode="200", responseParameters={"method.response.header.Access-Control-Allow-Origin": True}
    )
    client.put_integration_response(
        **place, statusCode="200", responseParameters={"method.response.header.Access-Control-Allow-Origin": "'*'"}
    )
    before = api.request("OPTIONS", "/orders")
    client.create_deployment(restApiId=api.id, stageName="dev")

    response = api.request("OPTIONS", "/orders", headers={"Origin": "https://a"})

    assert before.status_code == 403
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (200, "*")
    assert response.invocation is None


@pytest.mark.rule("HTP-01")
@pytest.mark.parametrize("kind", FRONTS)
def test_a_request_is_one_invocation_without_retries_and_destinations(kind: str, lambda_events: LambdaEvents) -> None:
    def fail(event: Any, context: Any) -> None:
        raise ValueError("no")

    queue = lambda_events.queue("failures")
    endpoint = front(lambda_events, kind, handler=fail, on_failure=queue)

    response = endpoint.request("GET", "/a")
    lambda_events.run_until_idle()

    assert response.invocation is not None
    assert response.invocation.response["errorType"] == "ValueError"
    [function] = lambda_events.functions.values()
    assert (len(function.attempts), function.events, queue.messages) == (1, [], [])


def test_json_of_a_response(lambda_events: LambdaEvents) -> None:
    response = returning(lambda_events, "2.0", {"statusCode": 200, "body": json.dumps({"a": 1})})

    assert (response.json(), response.headers["CONTENT-TYPE"]) == ({"a": 1}, "text/plain; charset=utf-8")


def test_text_of_a_response_has_the_charset_of_its_content_type(lambda_events: LambdaEvents) -> None:
    result = {
        "statusCode": 200, "headers": {"content-type": "text/plain; charset=latin-1"}, "isBase64Encoded": True, "body": "/A==",
    }  # fmt: skip

    assert returning(lambda_events, "2.0", result).text == "ü"


def test_a_response_to_head_has_no_body(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> dict[str, Any]:
        return {"statusCode": 200, "body": "four"}

    response = front(lambda_events, "2.0", handler=handler).request("HEAD", "/a")

    assert (response.status_code, response.content, response.headers["content-length"]) == (200, b"", "4")
