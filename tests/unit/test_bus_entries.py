"""What `PutEvents` accepts, over values."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lambda_events.sources.push.bus_entries import (
    REQUEST_BYTES,
    EntryRefusal,
    detail_of_entry,
    refusal_of_request,
    size_of,
)

ENTRY: dict[str, Any] = {"Source": "shop", "DetailType": "paid", "Detail": "{}"}
FIXED = len("shop" + "paid" + "{}")
OVER_THE_LIMIT = "Total size of the entries in the request is over the limit."


def entry(**members: Any) -> dict[str, Any]:
    return {**ENTRY, **members}


@pytest.mark.rule("EVB-10")
@pytest.mark.parametrize(
    ("number", "constraint"),
    [
        (0, "Member must have length greater than or equal to 1"),
        (1, None),
        (10, None),
        (11, "Member must have length less than or equal to 10"),
    ],
)
def test_a_request_has_one_to_ten_entries(number: int, constraint: str | None) -> None:
    refusal = refusal_of_request([ENTRY] * number)

    if constraint is None:
        assert refusal is None
    else:
        assert refusal is not None
        assert refusal.startswith("1 validation error detected: Value '[")
        assert refusal.endswith(f"at 'entries' failed to satisfy constraint: {constraint}")


@pytest.mark.rule("EVB-11")
@pytest.mark.parametrize(
    ("members", "size"),
    [
        ({}, FIXED),
        ({"Time": 0}, FIXED + 14),
        ({"Detail": '{"a":"ü"}'}, FIXED - 2 + 10),
        ({"Resources": ["arn", "ü"]}, FIXED + 3 + 2),
        ({"EventBusName": "orders", "TraceHeader": "Root=1"}, FIXED),
    ],
    ids=["texts", "time", "bytes", "resources", "not counted"],
)
def test_the_size_of_an_entry(members: dict[str, Any], size: int) -> None:
    assert size_of(entry(**members)) == size


@pytest.mark.rule("EVB-11")
@pytest.mark.parametrize(("bytes_more", "refusal"), [(-1, None), (0, OVER_THE_LIMIT), (1, OVER_THE_LIMIT)])
def test_all_entries_together_are_smaller_than_a_mebibyte(bytes_more: int, refusal: str | None) -> None:
    filler = "x" * (REQUEST_BYTES - 2 * FIXED + bytes_more)

    assert refusal_of_request([ENTRY, entry(Source="shop" + filler)]) == refusal


def refusal_of_entry(given: dict[str, Any]) -> EntryRefusal | None:
    found = detail_of_entry(given)
    return found if isinstance(found, EntryRefusal) else None


@pytest.mark.rule("EVB-13")
@pytest.mark.parametrize("value", [None, ""], ids=["missing", "empty"])
@pytest.mark.parametrize("name", ["Source", "DetailType", "Detail"])
def test_an_entry_needs_three_members(name: str, value: str | None) -> None:
    refusal = refusal_of_entry(entry(**{name: value}))

    assert refusal is not None
    assert (refusal.code, refusal.message) == (
        "InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument.",
    )  # fmt: skip


@pytest.mark.rule("EVB-13")
def test_the_source_is_checked_first() -> None:
    refusal = refusal_of_entry({})

    assert refusal is not None
    assert refusal.message == "Parameter Source is not valid. Reason: Source is a required argument."


@pytest.mark.rule("EVB-13")
@pytest.mark.parametrize(("length", "is_accepted"), [(128, True), (129, False)])
def test_a_detail_type_has_at_most_128_characters(length: int, *, is_accepted: bool) -> None:
    assert (refusal_of_entry(entry(DetailType="d" * length)) is None) is is_accepted


@pytest.mark.rule("EVB-14")
@pytest.mark.parametrize("detail", ["not-json", "[1]", "7", '"text"', "null", "{", '{"a":NaN}', "{} {}"])
def test_a_detail_is_a_json_object(detail: str) -> None:
    refusal = refusal_of_entry(entry(Detail=detail))

    assert refusal is not None
    assert (refusal.code, refusal.message) == ("MalformedDetail", "Detail is malformed.")


@pytest.mark.rule("EVB-15")
@pytest.mark.parametrize(("source", "is_accepted"), [("aws.shop", False), ("aws", True), ("AWS.shop", True), ("awsx", True)])
def test_sources_of_aws_are_reserved(source: str, *, is_accepted: bool) -> None:
    refusal = refusal_of_entry(entry(Source=source))

    if is_accepted:
        assert refusal is None
    else:
        assert refusal is not None
        assert (refusal.code, refusal.message) == ("NotAuthorizedForSourceException", "Not authorized for the source.")


@pytest.mark.rule("EVB-1B")
@pytest.mark.parametrize(
    ("header", "constraint"),
    [
        ("", "Member must have length greater than or equal to 1"),
        ("x" * 501, "Member must have length less than or equal to 500"),
    ],
    ids=["empty", "long"],
)
def test_a_trace_header_of_a_wrong_length_refuses_the_request(header: str, constraint: str) -> None:
    assert refusal_of_request([ENTRY, entry(TraceHeader=header)]) == (
        f"1 validation error detected: Value '{header}' at 'entries.2.member.traceHeader' failed to satisfy constraint: "
        f"{constraint}"
    )


@pytest.mark.rule("EVB-1B")
def test_a_trace_header_of_500_characters_is_accepted() -> None:
    assert refusal_of_request([entry(TraceHeader="x" * 500)]) is None
