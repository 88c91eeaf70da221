"""The attributes of a dead letter (DLQ-21 to 26), its size, and reading one."""

from __future__ import annotations

import pytest

from pytest_lambda_events.records.dead_letter import Attribute, attributes, read, size


@pytest.mark.rule("DLQ-21")
def test_a_letter_has_three_attributes_in_this_order() -> None:
    found = attributes("id", 200, "boom")

    assert list(found.items()) == [
        ("RequestID", Attribute("String", "id")),
        ("ErrorCode", Attribute("Number", "200")),
        ("ErrorMessage", Attribute("String", "boom")),
    ]


@pytest.mark.rule("DLQ-24", "DLQ-26")
@pytest.mark.parametrize(
    ("code", "message", "names"),
    [
        (None, "Function not invoked.", ["RequestID", "ErrorMessage"]),
        (200, "", ["RequestID", "ErrorCode"]),
        (None, "", ["RequestID"]),
    ],
    ids=["no code", "no message", "neither"],
)
def test_missing_values_have_no_attribute(code: int | None, message: str, names: list[str]) -> None:
    assert list(attributes("id", code, message)) == names


@pytest.mark.rule("DLQ-25")
@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("x" * 1023, "x" * 1023),
        ("x" * 1024, "x" * 1024),
        ("x" * 1025, "x" * 1024),
        ("é" * 513, "é" * 512),
        ("x" + "é" * 512, "x" + "é" * 511 + "\ufffd"),
        ("x" * 1022 + "é", "x" * 1022 + "é"),
        ("x" * 1023 + "é", "x" * 1023 + "\ufffd"),
        ("x" * 1021 + "😀", "x" * 1021 + "\ufffd"),
    ],
    ids=["1,023", "1,024", "1,025", "whole characters", "odd", "just fits", "cut in half", "cut after three of four"],
)
def test_a_message_is_cut_after_1024_bytes_of_utf_8(message: str, kept: str) -> None:
    assert attributes("id", 200, message)["ErrorMessage"].value == kept


@pytest.mark.rule("DLQ-25")
def test_a_lone_surrogate_does_not_stop_the_letter() -> None:
    assert attributes("id", 200, "a\ud800b")["ErrorMessage"].value == "a?b"


@pytest.mark.rule("DLQ-32")
def test_names_types_and_values_count_in_bytes() -> None:
    found = {"RequestID": Attribute("String", "id"), "ErrorMessage": Attribute("String", "é")}

    assert size(b"{}", found) == 2 + (9 + 6 + 2) + (12 + 6 + 2)


@pytest.mark.rule("DLQ-32")
def test_a_record_has_the_size_of_its_body() -> None:
    assert size("é".encode(), {}) == 2


def test_a_dead_letter_that_is_read_equals_the_one_that_was_sent() -> None:
    letter = read(' {"order": 7}\n', {"RequestID": "id", "ErrorCode": "200", "ErrorMessage": "boom"})

    assert (letter.body, letter.json) == (' {"order": 7}\n', {"order": 7})
    assert (letter.request_id, letter.error_code, letter.error_message) == ("id", 200, "boom")


def test_missing_parts_of_a_dead_letter_are_none_and_a_body_that_is_not_json_is_text() -> None:
    letter = read("order 7", {"RequestID": "id"})

    assert (letter.json, letter.error_code, letter.error_message) == ("order 7", None, None)
