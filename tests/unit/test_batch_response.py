"""The result of a batch from a response with ReportBatchItemFailures."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_lambda_events.sources import batch_response

IDS = ("m1", "m2", "m3")


def failed(answer: object) -> tuple[str, ...]:
    """The messages that a JSON answer names as failed."""
    return batch_response.batch_result(json.dumps(answer).encode(), IDS).failed


def named(*identifiers: object) -> dict[str, Any]:
    """An answer that names these."""
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in identifiers]}


@pytest.mark.rule("SQS-71")
@pytest.mark.parametrize(
    ("identifiers", "expected"),
    [
        pytest.param(["m2"], ("m2",), id="one"),
        pytest.param(["m3", "m1"], ("m1", "m3"), id="in the order of the batch"),
        pytest.param(["m2", "m2"], ("m2",), id="twice"),
        pytest.param(["m1", "m2", "m3"], IDS, id="all"),
    ],
)
def test_only_items_named_in_a_response_have_failed(identifiers: list[str], expected: tuple[str, ...]) -> None:
    assert failed(named(*identifiers)) == expected


@pytest.mark.rule("SQS-72", "SQS-74", "SQS-78")
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"null", id="null"),
        pytest.param(b'""', id="empty text"),
        pytest.param(b"[]", id="empty array"),
        pytest.param(b"{}", id="empty object"),
        pytest.param(b'{"statusCode": 200}', id="other keys only"),
        pytest.param(b'{"batchItemFailures": []}', id="empty list"),
        pytest.param(b'{"batchItemFailures": null}', id="null list"),
    ],
)
def test_an_answer_without_failures_is_a_complete_success(answer: bytes) -> None:
    assert batch_response.batch_result(answer, IDS) == batch_response.BatchResult(())


@pytest.mark.rule("SQS-78", "KIN-69", "KAF-29")
@pytest.mark.parametrize(("is_of_queue", "expected"), [(True, ("m2",)), (False, IDS)])
def test_an_empty_entry_fails_no_message_of_a_queue_and_the_whole_batch_of_other_sources(
    is_of_queue: bool, expected: tuple[str, ...]
) -> None:
    response = b'{"batchItemFailures": [{}, {"itemIdentifier": "m2"}]}'

    assert batch_response.batch_result(response, IDS, is_of_queue=is_of_queue).failed == expected


@pytest.mark.rule("SQS-73", "SQS-74")
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(b"{", "not JSON", id="not JSON"),
        pytest.param(b'"done"', "not an object", id="text"),
        pytest.param(b"7", "not an object", id="number"),
        pytest.param(b'{"batchItemFailures": "x"}', "not a list", id="not a list"),
        pytest.param(b'{"batchItemFailures": ["m1"]}', "not an object", id="entry that is not an object"),
        pytest.param(b'{"batchItemFailures": [{"foo": "notvalid"}]}', "no itemIdentifier", id="wrong key"),
        pytest.param(b'{"batchItemFailures": [{"itemIdentifier": ""}]}', "not text", id="empty identifier"),
        pytest.param(b'{"batchItemFailures": [{"itemIdentifier": null}]}', "not text", id="null identifier"),
        pytest.param(b'{"batchItemFailures": [{"itemIdentifier": 7}]}', "not text", id="number as identifier"),
        pytest.param(
            b'{"batchItemFailures": [{"itemIdentifier": "m9"}]}', "'m9' is not in the batch", id="unknown identifier"
        ),
    ],
)
def test_an_invalid_response_fails_the_whole_batch(answer: bytes, reason: str) -> None:
    result = batch_response.batch_result(answer, IDS)

    assert result.failed == IDS
    assert reason in (result.reason or "")


@pytest.mark.rule("SQS-73")
def test_one_bad_entry_among_good_ones_fails_the_whole_batch() -> None:
    assert failed({"batchItemFailures": [{"itemIdentifier": "m1"}, {"foo": 1}]}) == IDS


@pytest.mark.rule("SQS-70")
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (json.dumps(named("m1")).encode(), True),
        (b'{"batchItemFailures": []}', False),
        (b'"batchItemFailures"', False),
        (b"batchItemFailures", False),
        (b"null", False),
    ],
    ids=["a failure", "none", "text", "not JSON", "null"],
)
def test_whether_an_answer_names_failures(answer: bytes, expected: bool) -> None:
    assert batch_response.names_failures(answer) is expected
