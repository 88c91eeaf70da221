"""Patterns of EventBridge rules: what matches, and the reasons of refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_lambda_events.sources.filtering import patterns
from pytest_lambda_events.sources.filtering.patterns import PatternInvalid
from pytest_lambda_events.sources.push.event_patterns import compiled

TOO_COMPLEX = (
    "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard "
    "character"
)


class Absent:
    """Stands for a member that an event does not have."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = Absent()


def matches(condition: Any, value: Any) -> bool:
    """Returns whether a condition on the member `a` matches an event with this value."""
    event = {"other": 1} if value is ABSENT else {"other": 1, "a": value}
    return compiled(json.dumps({"a": condition})).matches(event)


@pytest.mark.rule("EVB-30", "EVB-31")
@pytest.mark.parametrize(
    ("condition", "matching", "others"),
    [
        (["x"], ["x", ["x", "y"], [["x"]]], [{"x": 1}, None, ABSENT]),
        ([1], [1, 1.0], ["1", True]),
        ([300], [300.0, 3.0e2], ["300"]),
        ([True], [True], ["true", 1]),
        ([None], [None, [None]], ["null", ABSENT, []]),
        ([""], [""], [" ", []]),
        ([{"prefix": ""}], ["a", ""], [1, None]),
        ([{"suffix": ""}], ["a", ""], [1, None]),
        ([{"prefix": {"equals-ignore-case": "AB"}}], ["ABC", "abc"], ["xab"]),
        ([{"suffix": {"equals-ignore-case": "AB"}}], ["xAB", "xab"], ["abx"]),
        ([{"wildcard": "*"}], ["any", ""], [1, None]),
        ([{"wildcard": ""}], [], [""]),
        ([{"anything-but": "x"}], ["y", 5, None, ["x", "y"]], ["x", ["x"], [], ABSENT, {"b": 1}]),
        ([{"anything-but": ["x", "y"]}], [["x", "z"]], [["x", "y"]]),
        ([{"anything-but": 1}], ["1", 2], [1]),
        ([{"anything-but": {"prefix": "x"}}], ["y", 5, None], ["xy", ABSENT]),
        ([{"exists": True}], [None, "", [1]], [[], {}, {"b": 1}, [{"b": 1}], ABSENT]),
        ([{"exists": False}], [ABSENT, [], {}, {"b": 1}], [None, ""]),
        ({"b": [{"exists": False}]}, [{}, 1, [], [{}, {}]], [[{"b": 1}, {}]]),
        ([{"numeric": [">", 0, "<=", 5]}], [5, [7, 3]], [0, "3", None]),
        ([{"cidr": "10.0.0.5/24"}], ["10.0.0.1"], ["10.0.1.0", "x"]),
    ],
    ids=str,
)
def test_what_a_pattern_matches(condition: Any, matching: list[Any], others: list[Any]) -> None:
    assert [value for value in matching if not matches(condition, value)] == []
    assert [value for value in others if matches(condition, value)] == []


@pytest.mark.rule("EVB-32")
@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("ß", "ß", True), ("ß", "SS", True), ("ß", "ss", False), ("ß", "Ss", False), ("Shop", "sHOP", True),
        ("😀", "😀", False), ("a😀", "A😀", False), ("", "", True), ("", "a", False), ("a.b", "A.B", True),
        ("a.b", "axb", False),
    ],
)  # fmt: skip
def test_case_is_ignored_character_by_character(text: str, value: str, *, expected: bool) -> None:
    assert matches([{"equals-ignore-case": text}], value) is expected


@pytest.mark.rule("EVB-33", "EVB-36")
def test_rules_accept_exactly_and_filters_of_functions_do_not() -> None:
    assert [value for value in ("x", "X", "", 1) if matches([{"exactly": "x"}], value)] == ["x"]
    with pytest.raises(PatternInvalid):
        patterns.compile('{"a": [{"exactly": "x"}]}')


@pytest.mark.rule("EVB-34")
@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("[1]", "Filter is not an object"),
        ('"x"', "Filter is not an object"),
        ("null", "Filter is not an object"),
        ("{}", "Empty objects are not allowed"),
        ('{"a":{}}', "Empty objects are not allowed"),
        ('{"a":[]}', "Empty arrays are not allowed"),
        ('{"a":"x"}', '"a" must be an object or an array'),
        ('{"a":[[1]]}', "Match value must be String, number, true, false, or null"),
        ('{"a":[{}]}', "Match expression name not found"),
        ('{"a":[{"prefix":"x","suffix":"y"}]}', "Only one key allowed in match expression"),
        ('{"a":[{"foo":"x"}]}', "Unrecognized match type foo"),
        ('{"a":[{"PREFIX":"x"}]}', "Unrecognized match type PREFIX"),
        ('{"a":[{"prefix":1}]}', "prefix match pattern must be a string"),
        ('{"a":[{"suffix":["x"]}]}', "suffix match pattern must be a string"),
        ('{"a":[{"wildcard":1}]}', "wildcard match pattern must be a string"),
        ('{"a":[{"equals-ignore-case":["x"]}]}', "equals-ignore-case match pattern must be a string"),
        ('{"a":[{"exists":"true"}]}', "exists match pattern must be either true or false."),
        ('{"a":[{"numeric":[]}]}', "Invalid member in numeric match: ]"),
        ('{"a":[{"numeric":["!=",1]}]}', "Unrecognized numeric range operator: !="),
        ('{"a":[{"numeric":["<=",5,">",0]}]}', "Too many elements in numeric expression"),
        ('{"a":[{"numeric":[">",5,"<",5]}]}', "Bottom must be less than top"),
        ('{"a":[{"anything-but":null}]}', "Value of anything-but must be an array or single string/number value."),
        ('{"a":[{"anything-but":true}]}', "Value of anything-but must be an array or single string/number value."),
        ('{"a":[{"anything-but":[null]}]}', "Inside anything but list, start|null|boolean is not supported."),
        ('{"a":[{"anything-but":[{"prefix":"x"}]}]}', "Inside anything but list, start|null|boolean is not supported."),
        (
            '{"a":[{"anything-but":[]}]}',
            "Inside anything but list, either all values are number or string, mixed type is not supported",
        ),
        (
            '{"a":[{"anything-but":["x",1]}]}',
            "Inside anything but list, either all values are number or string, mixed type is not supported",
        ),
        ('{"a":[{"anything-but":{"numeric":["=",1]}}]}', "Unsupported anything-but pattern: numeric"),
        ('{"a":[{"wildcard":"a**b"}]}', "Consecutive wildcard characters at pos 2"),
        (
            '{"a":[{"wildcard":"*a*a*a*a*a*a*a*a*a*a"}]}',
            TOO_COMPLEX,
        ),
        ('{"a":[{"cidr":"10.0.0.1/32"}]}', "IPv4 mask bits must be < 32"),
        ('{"a":[{"cidr":"::1/128"}]}', "IPv6 mask bits must be < 128"),
        ('{"a":[{"cidr":"10.0.0.1/33"}]}', "IPv4 mask bits must be < 32"),
        ('{"a":[{"cidr":"10.0.0.1"}]}', "Malformed CIDR, one '/' required"),
        ('{"a":[{"cidr":"10.0.0.1/x"}]}', "Malformed CIDR, mask bits must be an integer"),
        ('{"a":[{"cidr":"10.0.0.1/-1"}]}', "Malformed CIDR, mask bits must not be negative"),
        ('{"a":[{"cidr":"10.0.1/8"}]}', "Nonstandard IP address: 10.0.1"),
        ('{"a":[{"numeric":["=","5"]}]}', "Value of = must be numeric"),
        ('{"a":[{"numeric":[">",0,"<","x"]}]}', "Value of < must be numeric"),
        ('{"a":[{"prefix":{"suffix":"x"}}]}', "Unsupported prefix pattern: suffix"),
        (r'{"a":[{"wildcard":"*a\\b"}]}', "Invalid escape character at pos 2"),
        ('{"$or":[{"a":[1]}]}', "There must have at least 2 Objects in $or relationship."),
        ('{"$or":["x"]}', "Only JSON object is allowed in array of $or relationship."),
        (
            '{"$or":[{"prefix":["x"]},{"a":[1]}]}',
            "prefix is Ruler reserved fieldName which cannot be used inside $or.",
        ),
    ],
)
def test_the_reason_of_a_refusal(pattern: str, reason: str) -> None:
    with pytest.raises(PatternInvalid) as caught:
        compiled(pattern)

    assert caught.value.reason == reason


@pytest.mark.rule("EVB-34")
@pytest.mark.parametrize("stars", [5, 9])
def test_a_wildcard_with_few_stars_is_not_too_complex(stars: int) -> None:
    assert matches([{"wildcard": "*a" * stars}], "a" * stars)
    assert not matches([{"wildcard": "*a" * stars}], "a" * (stars - 1))
