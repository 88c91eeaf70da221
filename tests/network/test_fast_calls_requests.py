"""What moto and botocore read from a fast call is what they read from an HTTP request and its response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from both_ways import both_ways
from botocore.awsrequest import HeadersDict
from moto.core.request import Request

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.aws.fast_calls.http_requests import request_of
from pytest_lambda_events.aws.fast_calls.response_headers import QuickHeaders, QuickResponse

HEADERS: Mapping[str, Any] = {
    "Content-Type": "text/plain", "X-Amz-Meta-My_Key": "one", "x-amz-acl": "private", "Authorization": b"signed",
    "If-Match": "",
}  # fmt: skip
URLS = (
    "https://orders.s3.amazonaws.com/2026/orders-1.json",
    "https://orders.s3.amazonaws.com/",
    "https://orders.s3.amazonaws.com/double//slash",
    "https://s3.eu-west-1.amazonaws.com:443/orders/a%2Fb%20c?versionId=1&x=%26",
    "https://s3.amazonaws.com/orders/b%C3%A4h%7E",
    "http://localhost:9000/orders/a:b",
    "https://s3.amazonaws.com/orders/a+b,c",
)
ATTRIBUTES = (
    "method", "url", "base_url", "root_url", "url_root", "host", "path", "raw_path", "raw_url", "query_string", "args", "data",
    "form", "content_type", "content_length", "full_path", "is_secure", "from_wsgi_server",
)  # fmt: skip


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize(
    "headers", [HEADERS, {**HEADERS, "Host": "archive.s3.amazonaws.com"}], ids=["own host", "another host"]
)
def test_a_request_of_a_fast_call_has_the_attributes_of_a_request_by_http(url: str, headers: Mapping[str, Any]) -> None:
    quick = request_of("PUT", url, headers, b"body")
    usual = Request.from_primitives("PUT", url, headers, b"body")

    assert [getattr(quick, name) for name in ATTRIBUTES] == [getattr(usual, name) for name in ATTRIBUTES]
    for view in (dict, list, lambda found: list(found.keys()), lambda found: list(found.items(lower=True))):
        assert sorted(view(quick.headers)) == sorted(view(usual.headers))
    for name in (*headers, "x_amz_acl", "CONTENT-LENGTH", "host", "missing"):
        assert quick.headers.get(name) == usual.headers.get(name)
        assert (name in quick.headers) == (name in usual.headers)
    assert quick.headers["content-type"] == usual.headers["content-type"]
    assert quick.headers["Content-Type"] == usual.headers["Content-Type"]


def test_headers_of_a_response_behave_like_those_of_botocore() -> None:
    given = {"Content-Type": "text/xml", "ETag": '"1"', "content-type": "text/plain"}
    quick, usual = QuickHeaders(given), HeadersDict(given)
    for headers in (quick, usual):
        headers["X-Amz-Request-Id"] = "1"
        headers["etag"] = '"2"'
        del headers["content-TYPE"]

    assert list(quick.items()) == list(usual.items())
    assert len(quick) == len(usual)
    assert repr(quick) == repr(usual)
    assert "X-AMZ-request-id" in quick
    assert "missing" not in quick
    assert quick.get("missing", "none") == "none"
    assert quick.copy() == usual.copy()
    with pytest.raises(KeyError):
        quick["missing"]


def test_the_headers_of_a_response_have_botocores_type_after_they_were_read() -> None:
    response = QuickResponse("https://s3.amazonaws.com/", 200, {"Expires": "never", "ETag": "1"}, b"")
    del response.headers["Expires"]

    response.was_read()

    assert type(response.headers) is HeadersDict
    assert dict(response.headers) == {"ETag": "1"}


def test_handlers_of_responses_of_s3_see_the_same_headers() -> None:
    def scenario(env: LambdaEvents) -> Any:
        s3, seen = boto3.client("s3"), list[Any]()
        s3.create_bucket(Bucket="orders")
        s3.meta.events.register("before-parse.s3", lambda response_dict, **rest: seen.append(dict(response_dict["headers"])))
        s3.meta.events.register("after-call.s3", lambda http_response, **rest: seen.append(http_response.headers))
        s3.put_object(Bucket="orders", Key="1", Body=b"1", Metadata={"Own": "x"}, Expires="Wed, 21 Oct 2026 07:28:00 GMT")
        answers = [s3.get_object(Bucket="orders", Key="1"), s3.head_object(Bucket="orders", Key="1")]
        return seen, [{name: value for name, value in answer.items() if name != "Body"} for answer in answers]

    both_ways(scenario)


def test_a_bucket_in_the_path_and_one_in_the_host_are_found_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    def scenario(env: LambdaEvents) -> Any:
        s3: Any = boto3.client("s3")
        s3.create_bucket(Bucket="orders")
        s3.put_object(Bucket="orders", Key="1", Body=b"one")
        monkeypatch.setenv("MOTO_S3_CUSTOM_ENDPOINTS", "https://elsewhere.example.com")
        s3.put_object(Bucket="orders", Key="2", Body=b"two")
        monkeypatch.delenv("MOTO_S3_CUSTOM_ENDPOINTS")
        return [found["Key"] for found in s3.list_objects_v2(Bucket="orders")["Contents"]]

    assert both_ways(scenario)[0] == ["1", "2"]


def test_answers_have_the_date_of_the_virtual_clock() -> None:
    def dates(env: LambdaEvents) -> Any:
        sqs = boto3.client("sqs")
        found = []
        for seconds in (0, 0.3, 0.2, 60):
            env.advance(seconds)
            found.append(sqs.list_queues()["ResponseMetadata"]["HTTPHeaders"]["date"])
        return found

    found, _ = both_ways(dates, start_time="2026-03-01T23:59:59.600Z")

    midnight = "Mon, 02 Mar 2026 00:00:00 GMT"
    assert found == [
        "Sun, 01 Mar 2026 23:59:59 GMT",
        "Sun, 01 Mar 2026 23:59:59 GMT",
        midnight,
        "Mon, 02 Mar 2026 00:01:00 GMT",
    ]
