"""FIL-01, 02, 05, 0B, 10, 11, 16 and ESM-27: filters as the API takes and shows them, with and without a key."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from pytest_lambda_events import Function, LambdaEvents, Queue

from ..conftest import Refused
from .conftest import Create

INVALID = {
    "code": "InvalidParameterValueException", "status": 400, "message": "Invalid filter pattern definition.",
}  # fmt: skip
PATTERN = '{"body":{"kind":["a"]}}'


def criteria(*patterns: str) -> dict[str, Any]:
    return {"Filters": [{"Pattern": pattern} for pattern in patterns]}


@pytest.fixture
def key(lambda_events: LambdaEvents) -> str:
    """The ARN of a key that can be used."""
    return str(lambda_events.client("kms").create_key()["KeyMetadata"]["Arn"])


# ------------------------------------------------------------------ patterns


@pytest.mark.rule("FIL-01")
def test_filters_are_shown_as_they_were_given(create: Create, aws_lambda: Any) -> None:
    given = criteria(' {"body": {"kind": ["a"]}}', '{"messageAttributes":{"kind":{"stringValue":["b"]}}}')

    made = create(FilterCriteria=given)

    assert made["FilterCriteria"] == given
    assert aws_lambda.get_event_source_mapping(UUID=made["UUID"])["FilterCriteria"] == given


@pytest.mark.rule("FIL-01")
def test_a_pattern_has_at_most_4096_characters(create: Create, refused: Refused) -> None:
    fits, is_too_long = (json.dumps({"body": ["é" * length]}, ensure_ascii=False) for length in (4082, 4083))

    refusal = refused(create, FilterCriteria=criteria(PATTERN, is_too_long))
    made = create(FilterCriteria=criteria(fits))

    assert len(made["FilterCriteria"]["Filters"][0]["Pattern"]) == 4096
    assert refusal == {
        "code": "ValidationException",
        "status": 400,
        "message": f"1 validation error detected: Value '{is_too_long}' at 'filterCriteria.filters.2.member.pattern' failed "
        "to satisfy constraint: Member must have length less than or equal to 4096",
    }


@pytest.mark.rule("FIL-02")
def test_a_mapping_has_at_most_5_filters(create: Create, refused: Refused) -> None:
    refusal = refused(create, FilterCriteria=criteria(*[PATTERN] * 6))

    made = create(FilterCriteria=criteria(*[PATTERN] * 5))

    assert len(made["FilterCriteria"]["Filters"]) == 5
    assert (refusal["code"], refusal["status"]) == ("InvalidParameterValueException", 400)


@pytest.mark.rule("FIL-05")
@pytest.mark.scenario("FIL F14")
@pytest.mark.parametrize("given", [{}, {"Filters": []}], ids=["empty", "no filters"])
def test_no_filters_are_not_shown(create: Create, given: dict[str, Any]) -> None:
    assert "FilterCriteria" not in create(FilterCriteria=given)


@pytest.mark.rule("FIL-10", "FIL-11", "ESM-27")
@pytest.mark.scenario("FIL F15", "ESM V16")
@pytest.mark.parametrize("pattern", ["null", '"x"', "x", "{", "", '{"a":"b"}', '{"a":[]}'])
def test_an_invalid_pattern_is_refused(create: Create, refused: Refused, pattern: str) -> None:
    assert refused(create, FilterCriteria=criteria(PATTERN, pattern)) == INVALID


@pytest.mark.rule("FIL-10")
def test_a_filter_without_a_pattern_is_refused(create: Create, refused: Refused) -> None:
    assert refused(create, FilterCriteria={"Filters": [{}]}) == INVALID


@pytest.mark.rule("FIL-10", "ESM-27", "ESM-2D")
def test_an_update_to_an_invalid_pattern_changes_nothing(create: Create, aws_lambda: Any, refused: Refused) -> None:
    uuid = create(FilterCriteria=criteria(PATTERN))["UUID"]

    refusal = refused(aws_lambda.update_event_source_mapping, UUID=uuid, FilterCriteria=criteria('{"a":"b"}'))

    assert refusal == INVALID
    assert aws_lambda.get_event_source_mapping(UUID=uuid)["FilterCriteria"] == criteria(PATTERN)


@pytest.mark.rule("FIL-16")
@pytest.mark.parametrize(
    "given",
    [None, {"Filters": [{"Pattern": {"body": ["a"]}}]}, {"Filters": [{"Wrong": "a"}]}, {"Wrong": []}],
    ids=["none", "pattern that is no text", "unknown member of a filter", "unknown member"],
)
def test_boto3_refuses_what_has_the_wrong_type(
    lambda_events: LambdaEvents, charge: Function, orders: Queue, given: Any
) -> None:
    client = lambda_events.client("lambda")

    with pytest.raises(ParamValidationError):
        client.create_event_source_mapping(FunctionName="charge", EventSourceArn=orders.arn, FilterCriteria=given)


# ------------------------------------------------------------------ keys


@pytest.mark.rule("FIL-0B", "ESM-83")
def test_filters_under_a_key_are_shown_but_for_lists(create: Create, aws_lambda: Any, key: str) -> None:
    made = create(FilterCriteria=criteria(PATTERN), KMSKeyArn=key)
    named = {"UUID": made["UUID"]}
    answers = [
        made,
        aws_lambda.get_event_source_mapping(**named),
        aws_lambda.update_event_source_mapping(**named, BatchSize=5),
    ]

    [listed] = aws_lambda.list_event_source_mappings()["EventSourceMappings"]
    answers.append(aws_lambda.delete_event_source_mapping(**named))

    assert [answer["FilterCriteria"] for answer in answers] == [criteria(PATTERN)] * 4
    assert [answer["KMSKeyArn"] for answer in [*answers, listed]] == [key] * 5
    assert listed.keys().isdisjoint({"FilterCriteria", "FilterCriteriaError"})


@pytest.mark.rule("FIL-0B")
def test_filters_without_a_key_are_listed(create: Create, aws_lambda: Any) -> None:
    create(FilterCriteria=criteria(PATTERN))

    [listed] = aws_lambda.list_event_source_mappings()["EventSourceMappings"]

    assert listed["FilterCriteria"] == criteria(PATTERN)


@pytest.mark.rule("FIL-0B", "ESM-83")
def test_filters_under_a_disabled_key_give_an_error_in_their_place(
    lambda_events: LambdaEvents, create: Create, aws_lambda: Any, key: str
) -> None:
    named = {"UUID": create(FilterCriteria=criteria(PATTERN), KMSKeyArn=key)["UUID"]}
    lambda_events.client("kms").disable_key(KeyId=key.rpartition("/")[2])

    answers = [
        aws_lambda.get_event_source_mapping(**named),
        aws_lambda.update_event_source_mapping(**named, BatchSize=5),
        aws_lambda.delete_event_source_mapping(**named),
    ]

    assert [answer["FilterCriteriaError"]["ErrorCode"] for answer in answers] == ["DisabledException"] * 3
    assert ["FilterCriteria" in answer for answer in answers] == [False] * 3
    assert answers[0]["FilterCriteriaError"]["Message"].startswith("Lambda was unable to decrypt your filter criteria")


@pytest.mark.rule("FIL-0B", "ESM-2D")
def test_removing_only_a_disabled_key_is_refused(
    lambda_events: LambdaEvents, create: Create, aws_lambda: Any, refused: Refused, key: str
) -> None:
    uuid = create(FilterCriteria=criteria(PATTERN), KMSKeyArn=key)["UUID"]
    lambda_events.client("kms").disable_key(KeyId=key.rpartition("/")[2])

    refusal = refused(aws_lambda.update_event_source_mapping, UUID=uuid, KMSKeyArn="")

    assert refusal["code"] == "InvalidParameterValueException"
    assert refusal["message"].startswith("Lambda was unable to decrypt your filter criteria because the KMS key is disabled.")
    assert aws_lambda.get_event_source_mapping(UUID=uuid)["KMSKeyArn"] == key


@pytest.mark.rule("FIL-0B")
@pytest.mark.parametrize(
    ("change", "shown"),
    [({"KMSKeyArn": "", "FilterCriteria": criteria(PATTERN)}, criteria(PATTERN)), ({"FilterCriteria": {}}, None)],
    ids=["new filters without a key", "no filters"],
)
def test_a_disabled_key_goes_with_the_filters_under_it(
    lambda_events: LambdaEvents, create: Create, aws_lambda: Any, key: str, change: dict[str, Any], shown: Any
) -> None:
    uuid = create(FilterCriteria=criteria(PATTERN), KMSKeyArn=key)["UUID"]
    lambda_events.client("kms").disable_key(KeyId=key.rpartition("/")[2])

    answer = aws_lambda.update_event_source_mapping(UUID=uuid, **change)

    assert (answer.get("FilterCriteria"), answer.get("KMSKeyArn")) == (shown, None)
    assert "FilterCriteriaError" not in answer


@pytest.mark.rule("FIL-0B")
def test_a_key_that_can_be_used_can_be_removed(create: Create, aws_lambda: Any, key: str) -> None:
    uuid = create(FilterCriteria=criteria(PATTERN), KMSKeyArn=key)["UUID"]

    answer = aws_lambda.update_event_source_mapping(UUID=uuid, KMSKeyArn="")

    assert answer["FilterCriteria"] == criteria(PATTERN)
    assert "KMSKeyArn" not in answer


@pytest.mark.rule("FIL-0B")
def test_filters_with_a_missing_key_are_refused(create: Create, refused: Refused, key: str) -> None:
    refusal = refused(create, FilterCriteria=criteria(PATTERN), KMSKeyArn=key[:-4] + "0000")

    assert refusal["code"] == "InvalidParameterValueException"
    assert "the KMS key was not found" in refusal["message"]
