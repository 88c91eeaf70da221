"""What the journal, the timeline and reports show of HTTP requests."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from http_fronts import answer, front

from pytest_lambda_events import LambdaEvents, NotSimulatedError


def choose(event: Any, context: Any) -> Any:
    kind = event["pathParameters"]["proxy"]
    if kind == "raises":
        raise ValueError("no")
    if kind == "sleeps":
        time.sleep(40)
    return {"statusCode": 200.5 if kind == "malformed" else 200}


TIMELINE = [
    ["0 s", "choose", "attempt 1", 'returned {"statusCode": 200}', "GET /a: 200"],
    ["0 s", "choose", "attempt 1", "ValueError: no", "GET /raises: 500"],
    [
        "0 s", "choose", "attempt 1", 'returned {"statusCode": 200.5}',
        "GET /malformed: 500, malformed: statusCode 200.5 is not a status code",
    ],
    ["0 s", "http_api shop", "responded", "POST /a: 404", "no route: stage $default has no route for POST /a"],
    ["30 s", "choose", "responded", "GET /sleeps: 503", "timed out: the function has not ended after 30 s"],
    ["40 s", "choose", "attempt 1", 'returned {"statusCode": 200} (began at 0 s)'],
]  # fmt: skip


def requested(lambda_events: LambdaEvents) -> None:
    api = lambda_events.http_api("shop", {"GET /{proxy+}": lambda_events.function(choose, timeout=60)})
    for one in ("GET /a", "GET /raises", "GET /malformed", "POST /a", "GET /sleeps"):
        api.request(*one.split())
    lambda_events.run_until_idle()


def test_the_timeline_shows_each_response_and_its_reason(lambda_events: LambdaEvents) -> None:
    requested(lambda_events)

    lines = lambda_events.journal.timeline().splitlines()
    assert [re.split(" {3,}", line.strip()) for line in lines] == TIMELINE


def test_the_journal_has_an_entry_for_each_response(lambda_events: LambdaEvents) -> None:
    requested(lambda_events)

    entries = [entry for entry in lambda_events.journal if entry.kind == "http_response"]
    assert [(entry.function_name, entry.request_id is not None, entry.detail["status_code"]) for entry in entries] == [
        ("choose", True, 200), ("choose", True, 500), ("choose", True, 500), (None, False, 404), ("choose", True, 503),
    ]  # fmt: skip
    assert dict(entries[0].detail) == {"front": "http_api shop", "method": "GET", "path": "/a", "status_code": 200}


def test_a_short_timeline_keeps_responses_without_an_invocation(lambda_events: LambdaEvents) -> None:
    api = lambda_events.http_api("shop", {"GET /a": answer})
    for _ in range(50):
        api.request("GET", "/a")
    api.request("GET", "/b")
    for _ in range(50):
        api.request("GET", "/a")

    timeline = lambda_events.journal.timeline(limit=10)

    assert "GET /b: 404" in timeline
    assert len(timeline.splitlines()) <= 15


@pytest.mark.lambda_events(enforce_permissions=True)
def test_the_timeline_names_a_missing_permission(lambda_events: LambdaEvents) -> None:
    front(lambda_events, "2.0", "GET /orders").request("GET", "/orders")

    timeline = lambda_events.journal.timeline()

    assert "apigateway.amazonaws.com is not authorized to perform: lambda:InvokeFunction" in timeline
    assert "GET /orders: 500" in timeline


PROJECT = """
def choose(event, context):
    return {"statusCode": 200}

def test_fails(lambda_events):
    api = lambda_events.http_api("shop", {"GET /a": choose})
    api.request("GET", "/a")
    api.request("GET", "/b")
    assert False
"""


def test_reports_and_pages_show_requests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(PROJECT)

    result = pytester.runpytest("-p", "no:randomly", "--lambda-events-report=pages")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*choose*attempt 1*GET /a: 200*", "*http_api shop*GET /b: 404*"])
    pages = [path.read_text(encoding="utf-8") for path in (pytester.path / "pages").rglob("*.html")]
    assert any("http_api shop: GET /a: 200" in page for page in pages)


@pytest.mark.rule("HTP-19", "HTP-A0")
def test_a_custom_domain_is_refused_by_name(lambda_events: LambdaEvents) -> None:
    with pytest.raises(NotSimulatedError, match="custom domain name"):
        lambda_events.client("apigatewayv2").create_domain_name(DomainName="shop.example")
