"""The options for HTTP that select what AWS leaves open."""

from __future__ import annotations

import json
from typing import Any

import pytest
from http_fronts import answer, front, returning

from pytest_lambda_events import LambdaEvents


@pytest.mark.rule("HTP-3M")
@pytest.mark.lambda_events(http_body="lenient")
@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"a": "ü"}, '{"a": "ü"}'), ([1, None], "[1, null]"), (1.5, "1.5"), (False, "false"), ({}, "{}"), ("x", "x"), ("", ""),
        (None, ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["1.0", "2.0"])
def test_a_lenient_http_api_sends_the_json_of_a_body_that_is_not_text(
    kind: str, body: object, text: str, lambda_events: LambdaEvents
) -> None:
    response = returning(lambda_events, kind, {"statusCode": 201, "body": body})

    assert (response.status_code, response.headers["content-type"]) == (201, "text/plain; charset=utf-8")
    assert response.text == text


@pytest.mark.rule("HTP-3M")
@pytest.mark.lambda_events(http_body="lenient")
@pytest.mark.parametrize(("body", "status"), [("dGVzdA==", 200), ({"a": 1}, 500)])
@pytest.mark.parametrize("kind", ["1.0", "2.0"])
def test_a_lenient_http_api_still_decodes_base64(kind: str, body: object, status: int, lambda_events: LambdaEvents) -> None:
    response = returning(lambda_events, kind, {"statusCode": 200, "body": body, "isBase64Encoded": True})

    assert (response.status_code, response.text == "test") == (status, status == 200)


@pytest.mark.rule("HTP-27", "HTP-57", "HTP-81")
@pytest.mark.lambda_events(http_body="lenient")
@pytest.mark.parametrize("kind", ["rest", "url", "alb"])
def test_other_fronts_are_strict_with_lenient_http_apis(kind: str, lambda_events: LambdaEvents) -> None:
    response = returning(lambda_events, kind, {"statusCode": 200, "body": {"a": 1}})

    assert response.status_code == 502


@pytest.mark.rule("HTP-5E", "HTP-5F")
@pytest.mark.lambda_events(enforce_permissions=True, url_permissions="strict")
@pytest.mark.parametrize(
    ("statements", "status"), [("", 403), ("U", 403), ("F", 403), ("V", 403), ("UV", 200), ("UF", 200), ("UFV", 200)]
)
def test_a_public_url_with_strict_permissions_needs_both_statements(
    statements: str, status: int, lambda_events: LambdaEvents
) -> None:
    url, client = front(lambda_events, "url"), lambda_events.client("lambda")
    members: dict[str, Any] = {
        "U": {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"},
        "F": {"Action": "lambda:InvokeFunction"},
        "V": {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True},
    }
    for name in statements:
        client.add_permission(FunctionName="function-url", Principal="*", StatementId=name, **members[name])

    response = url.request("GET", "/")

    assert (response.status_code, response.invocation is None) == (status, status == 403)


@pytest.mark.rule("HTP-5F", "HTP-5G")
@pytest.mark.lambda_events(enforce_permissions=True, url_permissions="strict")
def test_a_caller_of_a_url_with_strict_permissions_needs_both_actions(lambda_events: LambdaEvents) -> None:
    url = lambda_events.function(answer).create_url(auth_type="AWS_IAM")
    iam = lambda_events.client("iam")
    role = iam.create_role(RoleName="shop", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    through_url = {
        "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*",
        "Condition": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
    }  # fmt: skip
    statements = [{"Effect": "Allow", "Action": "lambda:InvokeFunctionUrl", "Resource": "*"}, through_url]

    codes = []
    for count in (1, 2):
        document = json.dumps({"Version": "2012-10-17", "Statement": statements[:count]})
        iam.put_role_policy(RoleName="shop", PolicyName="call", PolicyDocument=document)
        codes.append(url.request("GET", "/", caller=role).status_code)

    assert codes == [403, 200]
