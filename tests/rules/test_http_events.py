"""The events of functions behind APIs, function URLs and target groups."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from http_fronts import FRONTS, answer, event_of, front

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.http.bodies import is_text

TRACE = re.compile(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}")


X_P = [("X-P", "o"), ("X-P", "p")]


@pytest.mark.rule("HTP-0B", "HTP-14", "HTP-15", "HTP-0A", "HTP-23")
@pytest.mark.scenario("HTP T1")
def test_event_of_a_rest_api_keeps_percent_escapes_and_has_single_and_multi_value_maps(lambda_events: LambdaEvents) -> None:
    event = event_of(front(lambda_events, "rest", "GET /orders/{id}"), "GET", "/orders/a%20b?x=1&x=2&e=", headers=X_P)

    assert (event["path"], event["pathParameters"]) == ("/orders/a%20b", {"id": "a%20b"})
    assert event["requestContext"]["path"] == "/dev/orders/a%20b"
    assert (event["resource"], event["requestContext"]["resourcePath"]) == ("/orders/{id}", "/orders/{id}")
    assert event["queryStringParameters"] == {"x": "2", "e": ""}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"], "e": [""]}
    assert (event["headers"]["X-P"], event["multiValueHeaders"]["X-P"]) == ("p", ["o", "p"])
    assert (event["body"], event["isBase64Encoded"], event["stageVariables"]) == (None, False, None)


@pytest.mark.rule("HTP-0B", "HTP-31", "HTP-33", "HTP-0H", "HTP-34")
@pytest.mark.scenario("HTP T2")
def test_event_of_an_http_api_has_decoded_paths_and_joined_values(lambda_events: LambdaEvents) -> None:
    event = event_of(front(lambda_events, "2.0", "GET /orders/{id}"), "GET", "/orders/a%20b?x=1&x=2&e=", headers=X_P)

    assert (event["rawPath"], event["requestContext"]["http"]["path"]) == ("/orders/a b", "/orders/a b")
    assert event["pathParameters"] == {"id": "a b"}
    assert event["rawQueryString"] == "x=1&x=2&e="
    assert event["queryStringParameters"] == {"x": "1,2", "e": ""}
    assert event["headers"]["x-p"] == "o,p"
    assert event["routeKey"] == event["requestContext"]["routeKey"] == "GET /orders/{id}"
    assert "body" not in event
    assert event["isBase64Encoded"] is False


@pytest.mark.rule("HTP-02", "HTP-0B", "HTP-50")
@pytest.mark.scenario("HTP T3")
def test_event_of_a_function_url_has_the_request_id_of_the_invocation(lambda_events: LambdaEvents) -> None:
    url = front(lambda_events, "url")

    response = url.request("GET", "/orders/a%20b?x=1&x=2&e=", headers=X_P)

    assert response.invocation is not None
    event = response.invocation.event
    context = event["requestContext"]
    assert (event["rawPath"], context["http"]["path"]) == ("/orders/a%20b", "/orders/a b")
    assert event["queryStringParameters"] == {"x": "1,2", "e": ""}
    assert context["requestId"] == response.text == response.headers["x-amzn-requestid"]
    assert (context["accountId"], context["stage"], event["routeKey"]) == ("anonymous", "$default", "$default")
    assert url.url == f"https://{context['domainName']}" == f"https://{context['apiId']}.lambda-url.us-east-1.on.aws"
    assert "pathParameters" not in event
    assert "stageVariables" not in event


@pytest.mark.rule("HTP-0B", "HTP-35", "HTP-36", "HTP-37")
@pytest.mark.scenario("HTP T4")
def test_event_in_format_1_has_the_stage_in_its_path(lambda_events: LambdaEvents) -> None:
    api = lambda_events.http_api("shop", {"GET /orders": answer}, payload="1.0", stage="dev")

    event = event_of(api, "GET", "/orders?a=1&a=2")

    context = event["requestContext"]
    assert (event["version"], event["path"], context["path"]) == ("1.0", "/dev/orders", "/dev/orders")
    assert (event["resource"], context["resourcePath"], context["resourceId"]) == ("/orders", "/orders", "GET /orders")
    assert context["requestId"] == context["extendedRequestId"]
    assert list(context) == sorted(context)
    assert "deploymentId" not in context
    assert "cognitoAmr" in context["identity"]
    assert (event["headers"]["Content-Length"], event["queryStringParameters"]) == ("0", {"a": "2"})
    assert (event["pathParameters"], event["stageVariables"], event["body"]) == (None, None, None)


@pytest.mark.rule("HTP-0C", "HTP-0D", "HTP-0E")
@pytest.mark.scenario("HTP T5")
@pytest.mark.parametrize(
    ("sent", "raw_path"),
    [
        ("/a%20b", "/a b"), ("/a%3Fvalue", "/a"), ("/a%23b", "/a#b"), ("/a%2Fb", "/a/b"), ("/a%252Fb", "/a/b"),
        ("/a%253Fb", "/a?b"), ("/a%2525", "/a%"), ("/%C3%BC", "/ü"), ("/a%25z", None), ("/25%25done", None),
    ],
)  # fmt: skip
def test_an_http_api_decodes_a_path_twice(sent: str, raw_path: str | None, lambda_events: LambdaEvents) -> None:
    response = front(lambda_events, "2.0").request("GET", sent)

    if raw_path is None:
        assert (response.status_code, response.json(), response.invocation) == (400, {"message": "Bad Request"}, None)
    else:
        assert response.invocation is not None
        assert response.invocation.event["rawPath"] == raw_path


@pytest.mark.rule("HTP-32", "HTP-52")
@pytest.mark.scenario("HTP T6")
def test_cookies_are_a_list_and_only_a_url_keeps_their_header(lambda_events: LambdaEvents) -> None:
    of_api, of_url = (
        event_of(front(lambda_events, kind), "GET", "/a", cookies={"a": "1", "b": "2"}) for kind in ("2.0", "url")
    )

    assert of_api["cookies"] == of_url["cookies"] == ["a=1", "b=2"]
    assert "cookie" not in of_api["headers"]
    assert of_url["headers"]["cookie"] == "a=1; b=2"


@pytest.mark.rule("HTP-52")
def test_several_cookie_headers_of_a_url_are_joined_with_commas(lambda_events: LambdaEvents) -> None:
    event = event_of(front(lambda_events, "url"), "GET", "/a", headers=[("Cookie", "a=1; b=2"), ("Cookie", "c=3")])

    assert (event["headers"]["cookie"], event["cookies"]) == ("a=1; b=2,c=3", ["a=1", "b=2", "c=3"])


@pytest.mark.rule("HTP-0F", "HTP-0G")
@pytest.mark.scenario("HTP T7")
@pytest.mark.parametrize(("kind", "is_base64"), [("rest", False), ("1.0", True), ("2.0", True), ("url", True), ("alb", True)])
def test_a_form_is_text_only_behind_a_rest_api(kind: str, is_base64: bool, lambda_events: LambdaEvents) -> None:
    event = event_of(front(lambda_events, kind), "POST", "/a", data={"a": 1})

    assert (event["body"], event["isBase64Encoded"]) == ("YT0x" if is_base64 else "a=1", is_base64)


@pytest.mark.rule("HTP-0F")
@pytest.mark.scenario("HTP T8")
@pytest.mark.parametrize("kind", ["2.0", "url"])
def test_a_body_without_a_content_type_is_base64(kind: str, lambda_events: LambdaEvents) -> None:
    event = event_of(front(lambda_events, kind), "POST", "/a", content="{}")

    assert (event["body"], event["isBase64Encoded"]) == ("e30=", True)


@pytest.mark.rule("HTP-0F", "HTP-0I")
@pytest.mark.parametrize(("content_type", "stays_text"), [("text/plain; charset=utf-8", True), ("image/png", False)])
@pytest.mark.parametrize("kind", ["1.0", "2.0", "url", "alb"])
def test_the_content_type_decides_whether_a_body_is_text(
    kind: str, content_type: str, stays_text: bool, lambda_events: LambdaEvents
) -> None:
    event = event_of(front(lambda_events, kind), "POST", "/a", content=" a\r\n", headers={"content-type": content_type})

    assert (event["body"], event["isBase64Encoded"]) == (" a\r\n" if stays_text else "IGENCg==", not stays_text)


@pytest.mark.rule("HTP-0F", "HTP-0J")
@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/csv", True), ("application/json", True), ("Application/JSON; x=1", True), ("application/xml", True),
        ("application/javascript", True), ("application/octet-stream", False), ("multipart/form-data; boundary=x", False),
        ("application/problem+json", False), ("image/svg+xml", False), ("", False), (None, False),
    ],
)  # fmt: skip
def test_which_content_types_are_text(content_type: str | None, expected: bool) -> None:
    assert is_text(content_type) is expected


@pytest.mark.rule("HTP-0G")
def test_a_target_group_passes_a_body_with_a_content_encoding_in_base64(lambda_events: LambdaEvents) -> None:
    headers = {"content-type": "text/plain", "content-encoding": "gzip"}

    event = event_of(front(lambda_events, "alb"), "POST", "/a", content="x", headers=headers)

    assert (event["body"], event["isBase64Encoded"]) == ("eA==", True)


@pytest.mark.rule("HTP-0K")
def test_invalid_text_behind_a_rest_api_has_replacement_characters(lambda_events: LambdaEvents) -> None:
    event = event_of(front(lambda_events, "rest"), "POST", "/a", content=b"a\xff", headers={"content-type": "image/png"})

    assert event["body"] == "a�"


@pytest.mark.rule("HTP-0H")
def test_an_event_without_a_body(lambda_events: LambdaEvents) -> None:
    events = {kind: event_of(front(lambda_events, kind), "GET", "/a") for kind in FRONTS}

    assert {kind: event.get("body", "no key") for kind, event in events.items()} == {
        "rest": None, "1.0": None, "2.0": "no key", "url": "no key", "alb": "",
    }  # fmt: skip
    assert not any(event["isBase64Encoded"] for event in events.values())


@pytest.mark.rule("HTP-09", "HTP-80")
def test_query_values_are_decoded_once_except_behind_a_target_group(lambda_events: LambdaEvents) -> None:
    query = "p=a%2Bb&q=a+b&u=https%3A%2F%2Fx&empty=&flag"
    events = {kind: event_of(front(lambda_events, kind), "GET", f"/a?{query}") for kind in FRONTS}

    decoded = {"p": "a+b", "q": "a b", "u": "https://x", "empty": "", "flag": ""}
    as_sent = {"p": "a%2Bb", "q": "a+b", "u": "https%3A%2F%2Fx", "empty": "", "flag": ""}
    assert {kind: event["queryStringParameters"] for kind, event in events.items()} == {
        "rest": decoded, "1.0": decoded, "2.0": decoded, "url": decoded, "alb": as_sent,
    }  # fmt: skip
    assert events["2.0"]["rawQueryString"] == events["url"]["rawQueryString"] == query


@pytest.mark.rule("HTP-06", "HTP-08")
@pytest.mark.parametrize("kind", FRONTS)
def test_fronts_add_headers_about_the_client_and_the_trace(kind: str, lambda_events: LambdaEvents) -> None:
    endpoint = front(lambda_events, kind)

    event = event_of(endpoint, "GET", "/a", source_ip="1.2.3.4")

    headers = {name.lower(): value for name, value in event["headers"].items()}
    assert TRACE.fullmatch(headers["x-amzn-trace-id"])
    assert (headers["x-forwarded-for"], headers["x-forwarded-port"], headers["x-forwarded-proto"]) == (
        "1.2.3.4",
        "443",
        "https",
    )
    assert headers["user-agent"].startswith("pytest-lambda-events/")
    assert endpoint.url.startswith(f"https://{headers['host']}")


@pytest.mark.rule("HTP-06")
def test_a_request_comes_from_127_0_0_1_by_default(lambda_events: LambdaEvents) -> None:
    event = event_of(front(lambda_events, "2.0"), "GET", "/a", headers={"User-Agent": "mine"})

    http = event["requestContext"]["http"]
    assert (http["sourceIp"], http["userAgent"], http["protocol"]) == ("127.0.0.1", "mine", "HTTP/1.1")
    assert event["headers"]["x-forwarded-for"] == "127.0.0.1"


@pytest.mark.rule("HTP-08")
def test_a_trace_of_the_client_stays_after_the_own_one(lambda_events: LambdaEvents) -> None:
    client = "Root=1-00000001-000000000000000000000001"

    event = event_of(front(lambda_events, "url"), "GET", "/a", headers={"X-Amzn-Trace-Id": client})

    assert re.fullmatch(rf"Self=1-[0-9a-f]{{8}}-[0-9a-f]{{24}};{client}", event["headers"]["x-amzn-trace-id"])


@pytest.mark.rule("HTP-07")
@pytest.mark.parametrize("kind", FRONTS)
def test_hop_by_hop_headers_are_not_in_the_event(kind: str, lambda_events: LambdaEvents) -> None:
    sent = {"Connection": "close", "Keep-Alive": "1", "TE": "x", "Upgrade": "h2c", "Transfer-Encoding": "chunked", "A": "1"}

    event = event_of(front(lambda_events, kind), "GET", "/a", headers=sent)

    names = {name.lower() for name in event["headers"]}
    assert "a" in names
    assert names.isdisjoint({"connection", "keep-alive", "te", "upgrade", "transfer-encoding"})


@pytest.mark.rule("HTP-10", "HTP-17", "HTP-18", "HTP-1A")
def test_event_of_a_rest_api_has_the_keys_of_aws_in_their_order(lambda_events: LambdaEvents) -> None:
    response = front(lambda_events, "rest", "GET /orders/{id}").request("GET", "/orders/42", headers={"Accept": "*/*"})

    assert response.invocation is not None
    event = response.invocation.event
    context = event["requestContext"]
    assert list(event) == [
        "resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters",
        "multiValueQueryStringParameters", "pathParameters", "stageVariables", "requestContext", "body", "isBase64Encoded",
    ]  # fmt: skip
    assert list(context) == [
        "resourceId", "resourcePath", "httpMethod", "extendedRequestId", "requestTime", "path", "accountId", "protocol",
        "stage", "domainPrefix", "requestTimeEpoch", "requestId", "identity", "domainName", "deploymentId", "apiId",
    ]  # fmt: skip
    assert list(context["identity"]) == [
        "cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "sourceIp", "principalOrgId", "accessKey",
        "cognitoAuthenticationType", "cognitoAuthenticationProvider", "userArn", "userAgent", "user",
    ]  # fmt: skip
    assert (context["requestTime"], context["requestTimeEpoch"]) == ("01/Jan/2026:00:00:00 +0000", 1767225600000)
    assert (context["requestId"], context["extendedRequestId"]) == (
        response.headers["x-amzn-RequestId"], response.headers["x-amz-apigw-id"],
    )  # fmt: skip
    assert re.fullmatch(r"[\w-]{15}=", context["extendedRequestId"])
    lengths = {name: len(context[name]) for name in ("resourceId", "deploymentId", "apiId")}
    assert lengths == {"resourceId": 6, "deploymentId": 6, "apiId": 10}


@pytest.mark.rule("HTP-11", "HTP-12")
def test_headers_of_a_rest_api_keep_their_case_and_are_sorted_without_content_length(lambda_events: LambdaEvents) -> None:
    sent = {"x-lower": "1", "X-Upper": "2", "user-agent": "mine", "content-type": "text/plain", "B": "3"}

    event = event_of(front(lambda_events, "rest"), "POST", "/a", content="x", headers=sent)

    for headers in (event["headers"], event["multiValueHeaders"]):
        assert list(headers) == [
            "B", "Host", "User-Agent", "X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto",
            "X-Upper", "content-type", "x-lower",
        ]  # fmt: skip


@pytest.mark.rule("HTP-16")
def test_greedy_parameters_have_the_name_of_the_template(lambda_events: LambdaEvents) -> None:
    api = lambda_events.rest_api("shop", {"ANY /items/{id}/{rest+}": answer})

    event = event_of(api, "GET", "/items/7/a/b%20c")

    assert event["pathParameters"] == {"id": "7", "rest": "a/b%20c"}


@pytest.mark.rule("HTP-30", "HTP-31")
def test_event_of_an_http_api_has_the_keys_of_aws_in_their_order(lambda_events: LambdaEvents) -> None:
    api = lambda_events.http_api("shop", {"POST /orders/{id}": answer}, stage_variables={"k": "v"})

    response = api.request("POST", "/orders/42?a=1", json={}, cookies={"s": "1"}, headers={"B": "1", "A": "2"})

    assert response.invocation is not None
    event = response.invocation.event
    context = event["requestContext"]
    assert list(event) == [
        "version", "routeKey", "rawPath", "rawQueryString", "cookies", "headers", "queryStringParameters", "requestContext",
        "pathParameters", "stageVariables", "body", "isBase64Encoded",
    ]  # fmt: skip
    assert list(context) == [
        "accountId", "apiId", "domainName", "domainPrefix", "http", "requestId", "routeKey", "stage", "time", "timeEpoch",
    ]  # fmt: skip
    assert list(event["headers"]) == sorted(event["headers"])
    assert (event["headers"]["content-length"], event["stageVariables"]) == ("2", {"k": "v"})
    assert (context["time"], context["timeEpoch"]) == ("01/Jan/2026:00:00:00 +0000", 1767225600000)
    assert context["requestId"] == response.headers["apigw-requestid"]


@pytest.mark.rule("HTP-30", "HTP-31", "HTP-34")
def test_absent_things_have_no_key_behind_an_http_api(lambda_events: LambdaEvents) -> None:
    api = lambda_events.http_api("shop", {"$default": answer})

    event = event_of(api, "GET", "/")

    assert list(event) == [
        "version", "routeKey", "rawPath", "rawQueryString", "headers", "requestContext", "isBase64Encoded",
    ]  # fmt: skip
    assert (event["routeKey"], event["headers"]["content-length"]) == ("$default", "0")


@pytest.mark.rule("HTP-34")
def test_the_route_key_of_a_greedy_route_is_that_of_the_route(lambda_events: LambdaEvents) -> None:
    event = event_of(front(lambda_events, "2.0"), "GET", "/a/b")

    assert (event["routeKey"], event["pathParameters"]) == ("ANY /{proxy+}", {"proxy": "a/b"})


@pytest.mark.rule("HTP-51")
def test_a_url_adds_headers_about_tls(lambda_events: LambdaEvents) -> None:
    headers = event_of(front(lambda_events, "url"), "GET", "/a")["headers"]

    assert (headers["x-amzn-tls-cipher-suite"], headers["x-amzn-tls-version"]) == ("TLS_AES_128_GCM_SHA256", "TLSv1.3")
    assert (headers["content-length"], list(headers)) == ("0", sorted(headers))


@pytest.mark.rule("HTP-53", "HTP-5G")
def test_a_signed_request_to_a_url_names_its_caller(lambda_events: LambdaEvents) -> None:
    url = lambda_events.function(answer).create_url(auth_type="AWS_IAM")
    caller = "arn:aws:iam::999999999999:role/shop"

    context = event_of(url, "GET", "/a", caller=caller)["requestContext"]

    iam = context["authorizer"]["iam"]
    assert (context["accountId"], iam["accountId"], iam["userArn"]) == ("999999999999", "999999999999", caller)
    assert list(iam) == [
        "accessKey", "accountId", "callerId", "cognitoIdentity", "principalOrgId", "userArn", "userId",
    ]  # fmt: skip


@pytest.mark.rule("HTP-80")
def test_a_target_group_passes_single_or_multi_value_maps(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(answer)
    single, multi = (
        event_of(
            lambda_events.target_group("targets", function, multi_value_headers=is_multi), "GET", "/a%20b?x=1&x=2", headers=X_P
        )
        for is_multi in (False, True)
    )

    assert list(single) == [
        "requestContext", "httpMethod", "path", "queryStringParameters", "headers", "body", "isBase64Encoded",
    ]  # fmt: skip
    assert (single["path"], single["queryStringParameters"], single["headers"]["x-p"]) == ("/a%20b", {"x": "2"}, "p")
    assert (multi["multiValueQueryStringParameters"], multi["multiValueHeaders"]["x-p"]) == ({"x": ["1", "2"]}, ["o", "p"])
    assert "headers" not in multi
    assert "queryStringParameters" not in multi
    assert single["requestContext"]["elb"]["targetGroupArn"].startswith(
        "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/targets/"
    )


@pytest.mark.rule("HTP-02")
@pytest.mark.parametrize("kind", ["rest", "1.0", "2.0"])
def test_the_request_id_of_an_api_is_not_that_of_the_invocation(kind: str, lambda_events: LambdaEvents) -> None:
    response = front(lambda_events, kind).request("GET", "/a")

    assert response.invocation is not None
    assert response.text == response.invocation.request_id
    assert response.invocation.event["requestContext"]["requestId"] != response.invocation.request_id


@pytest.mark.rule("HTP-03", "HTP-60")
@pytest.mark.scenario("HTP T30")
def test_an_api_invokes_the_alias_that_it_names(lambda_events: LambdaEvents) -> None:
    def arn(event: Any, context: Any) -> str:
        return str(context.invoked_function_arn)

    function = lambda_events.function(arn)
    alias = function.create_alias("live", function_version=function.publish_version().qualifier or "")

    response = lambda_events.http_api("shop", {"GET /": alias}).request("GET", "/")

    assert response.text == alias.arn
    assert response.text.endswith(":live")


@pytest.mark.rule("HTP-2E")
def test_bodies_with_a_binary_media_type_are_base64_behind_a_rest_api(lambda_events: LambdaEvents) -> None:
    api = lambda_events.rest_api("shop", {"POST /": answer}, binary_media_types=["image/png", "application/json"])

    events = [
        event_of(api, "POST", "/", content="x", headers={"content-type": one})
        for one in ("image/png", "application/json; x=1", "image/jpeg")
    ]

    assert [event["isBase64Encoded"] for event in events] == [True, True, False]
    assert base64.b64decode(events[0]["body"]) == b"x"


@pytest.mark.rule("HTP-2J")
def test_stage_variables_select_the_function(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(answer, name="orders-dev")
    client = lambda_events.client("apigatewayv2")
    uri = function.arn.replace("orders-dev", "orders-${stageVariables.env}")
    api_id = client.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]
    integration = client.create_integration(
        ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=uri, PayloadFormatVersion="2.0"
    )  # fmt: skip
    client.create_route(ApiId=api_id, RouteKey="GET /", Target=f"integrations/{integration['IntegrationId']}")
    client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True, StageVariables={"env": "dev"})

    event = event_of(lambda_events.apis["shop"], "GET", "/")

    assert event["stageVariables"] == {"env": "dev"}
