"""Event patterns over plain values: which events match, and which patterns are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lambda_events.sources.filtering.exact_json import object_or_array
from pytest_lambda_events.sources.filtering.patterns import PatternInvalid
from pytest_lambda_events.sources.filtering.patterns import compile as compiled


def matches(pattern: str, event: str) -> bool:
    """Whether an event matches, both as JSON texts."""
    return compiled(pattern).matches(object_or_array(event))


def accepts(values: str, event: str) -> bool:
    """Whether an event matches one list of values for its key `a`."""
    return matches(f'{{"a":{values}}}', event)


def combinations(members: int, times: int) -> str:
    """A pattern of so many `$or` with so many members each, on different keys."""
    return json.dumps(
        {f"x{group}": {"$or": [{f"k{one}": [one]} for one in range(members)]} for group in range(times)},
    )


# ------------------------------------------------------------------- fields and values


@pytest.mark.rule("FIL-04")
@pytest.mark.parametrize(
    ("event", "expected"),
    [
        pytest.param('{"a":"x","b":"y"}', True, id="both fields"),
        pytest.param('{"a":"z","b":"y"}', True, id="another value of a list"),
        pytest.param('{"a":"x","b":"n"}', False, id="one field only"),
        pytest.param('{"a":"x"}', False, id="one field missing"),
    ],
)
def test_all_fields_must_match_by_any_of_their_values(event: str, expected: bool) -> None:
    assert matches('{"a":["x","z"],"b":["y"]}', event) is expected


@pytest.mark.rule("FIL-0A")
@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        pytest.param('{"a":[1],"a":[2]}', '{"a":2}', True, id="the last list counts"),
        pytest.param('{"a":[1],"a":[2]}', '{"a":1}', False, id="the first list does not"),
        pytest.param('{"a":{"x":[1]},"a":{"y":[2]}}', '{"a":{"x":1,"y":2}}', True, id="objects are merged"),
        pytest.param('{"a":{"x":[1]},"a":{"y":[2]}}', '{"a":{"y":2}}', False, id="merged objects need the first too"),
        pytest.param('{"a":{"x":[1]},"a.x":[2]}', '{"a":{"x":2}}', True, id="a dotted spelling is the same key"),
        pytest.param('{"a":{"x":[1]},"a.x":[2]}', '{"a":{"x":1}}', False, id="a dotted spelling replaces"),
        pytest.param('{"a":[1]}', '{"a":1,"a":2}', True, id="an event offers its first value"),
        pytest.param('{"a":[2]}', '{"a":1,"a":2}', True, id="an event offers its second value"),
        pytest.param('{"a":{"x":[1]}}', '{"a":{"x":1},"a":{"x":2}}', True, id="an event offers its first object"),
    ],
)
def test_the_last_list_and_all_objects_of_a_duplicate_key_count(pattern: str, event: str, expected: bool) -> None:
    assert matches(pattern, event) is expected


@pytest.mark.rule("FIL-0A", "FIL-11")
def test_a_list_that_is_replaced_later_must_still_be_valid() -> None:
    with pytest.raises(PatternInvalid):
        compiled('{"a":[],"a":[1]}')


@pytest.mark.rule("FIL-22")
@pytest.mark.parametrize(("event", "expected"), [('{"Key":1}', True), ('{"key":1}', False)], ids=["same", "other case"])
def test_names_of_keys_are_case_sensitive(event: str, expected: bool) -> None:
    assert matches('{"Key":[1]}', event) is expected


@pytest.mark.rule("FIL-23")
@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        pytest.param('{"state.status":["on"]}', '{"state":{"status":"on"}}', True, id="dotted pattern, nested event"),
        pytest.param('{"state":{"status":["on"]}}', '{"state.status":"on"}', True, id="nested pattern, dotted event"),
        pytest.param('{"state.status":["on"]}', '{"state.status":"on"}', True, id="both dotted"),
        pytest.param('{"d":{"a.b":["on"]}}', '{"d":{"a":{"b":"on"}}}', True, id="dotted below a key"),
        pytest.param('{"a.b":{"c":["on"]}}', '{"a":{"b.c":"on"}}', False, id="both dotted in other places"),
        pytest.param('{"a.b":["on"]}', '{"a":{"b":{"c":"on"}}}', False, id="a level too deep"),
        pytest.param('{"a.b":[{"exists":false}]}', '{"a":{"b":"on"}}', False, id="there by another spelling"),
        pytest.param('{"":{"a":["on"]}}', '{"":{"a":"on"}}', True, id="an empty key"),
        pytest.param('{"":{"a":["on"]}}', '{"a":"on"}', False, id="an empty key is a key"),
    ],
)
def test_a_dotted_key_is_a_nested_one_unless_both_sides_mix_them(pattern: str, event: str, expected: bool) -> None:
    assert matches(pattern, event) is expected


@pytest.mark.rule("FIL-24")
@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        pytest.param('{"a":["x"]}', '{"a":["y","x"]}', True, id="any element"),
        pytest.param('{"a":["x"]}', '{"a":["y"]}', False, id="no element"),
        pytest.param('{"a":["x"]}', '{"a":[]}', False, id="an empty list"),
        pytest.param('{"a":["x"]}', '{"a":[["y"],[["x"]]]}', True, id="lists in lists"),
        pytest.param('{"r":{"id":["x"]}}', '{"r":[{"id":"y"},{"id":"x"}]}', True, id="any object of a list"),
        pytest.param('{"r":{"id":["x"]}}', '{"r":[{"id":"y"},"x"]}', False, id="no object of a list"),
        pytest.param('{"r":{"id":["x"]}}', '{"r":[[{"id":"x"}]]}', True, id="objects of a list in a list"),
        pytest.param('{"r":{"id":["x"]}}', '{"r":[{"id":["y","x"]}]}', True, id="a list in an object of a list"),
    ],
)
def test_a_list_matches_by_any_of_its_elements(pattern: str, event: str, expected: bool) -> None:
    assert matches(pattern, event) is expected


@pytest.mark.rule("FIL-25")
def test_json_inside_a_string_is_only_text() -> None:
    assert not matches('{"a":{"k":["x"]}}', '{"a":"{\\"k\\":\\"x\\"}"}')


@pytest.mark.rule("FIL-26")
@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        pytest.param(
            '{"r":{"region":[{"prefix":"x"}],"state":["ready"]}}',
            '{"r":[{"region":"x0","state":"other"},{"region":"y","state":"ready"}]}',
            False,
            id="each by another element",
        ),
        pytest.param(
            '{"r":{"region":[{"prefix":"x"}],"state":["ready"]}}',
            '{"r":[{"region":"y","state":"ready"},{"region":"x0","state":"ready"}]}',
            True,
            id="both by the second element",
        ),
        pytest.param(
            '{"p":{"k":[1]},"q":{"k":[2]}}',
            '{"p":[{"k":1},{"k":0}],"q":[{"k":0},{"k":2}]}',
            True,
            id="different lists are independent",
        ),
        pytest.param(
            '{"r":{"s":{"k":[1],"l":[2]}}}',
            '{"r":[{"s":[{"k":1}]},{"s":[{"l":2}]}]}',
            False,
            id="lists in lists: another element above",
        ),
        pytest.param(
            '{"r":{"s":{"k":[1],"l":[2]},"m":[3]}}',
            '{"r":[{"s":[{"k":1,"l":2}],"m":0},{"s":[{"k":0,"l":0},{"k":1,"l":2}],"m":3}]}',
            True,
            id="lists in lists: the same elements",
        ),
        pytest.param(
            '{"r":{"s":{"k":[1]},"t":{"l":[2]}}}',
            '{"r":[{"s":[{"k":0},{"k":1}],"t":[{"l":2}]}]}',
            True,
            id="lists beside each other in one element",
        ),
        pytest.param(
            '{"r":{"s":{"k":[1]},"t":{"l":[2]}}}',
            '{"r":[{"s":[{"k":1}],"t":[{"l":0}]},{"s":[{"k":0}],"t":[{"l":2}]}]}',
            False,
            id="lists beside each other in two elements",
        ),
    ],
)
def test_conditions_on_one_list_are_met_by_one_element(pattern: str, event: str, expected: bool) -> None:
    assert matches(pattern, event) is expected


@pytest.mark.rule("FIL-27")
@pytest.mark.parametrize(
    ("conditions", "event", "expected"),
    [
        pytest.param('{"a":[{"exists":false}]}', '{"r":[{"a":1},{}]}', False, id="alone: any element has it"),
        pytest.param('{"a":[{"exists":false}]}', '{"r":[{"b":1},{}]}', True, id="alone: no element has it"),
        pytest.param('{"a":[{"exists":false}]}', '{"r":[]}', True, id="alone: no element"),
        pytest.param('{"a":[{"exists":false}]}', '{"r":[{"a":[]}]}', True, id="alone: an empty list is no leaf"),
        pytest.param('{"a":[1],"b":[{"exists":false}]}', '{"r":[{"a":1},{"b":2}]}', True, id="beside a: another has b"),
        pytest.param('{"a":[1],"b":[{"exists":false}]}', '{"r":[{"a":1,"b":2},{}]}', False, id="beside a: the same has b"),
        pytest.param('{"b":[1],"a":[{"exists":false}]}', '{"r":[{"b":1},{"a":2}]}', True, id="beside b: another has a"),
    ],
)
def test_an_absence_is_judged_in_the_element_that_meets_the_rest(conditions: str, event: str, expected: bool) -> None:
    assert matches(f'{{"r":{conditions}}}', event) is expected


@pytest.mark.rule("FIL-27")
def test_a_condition_outside_a_list_chooses_no_element_of_it() -> None:
    pattern = '{"top":[1],"r":{"a":[{"exists":false}]}}'

    assert not matches(pattern, '{"top":1,"r":[{"a":1},{}]}')
    assert matches(pattern, '{"top":1,"r":[{},{}]}')


# -------------------------------------------------------------------- refused patterns


@pytest.mark.rule("FIL-10", "FIL-11", "FIL-12", "FIL-13", "FIL-14", "FIL-17")
@pytest.mark.scenario("FIL F15", "FIL F24")
@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("null", id="null"),
        pytest.param("simple", id="a bare word"),
        pytest.param('"x"', id="a JSON string"),
        pytest.param("[]", id="a JSON list"),
        pytest.param("5", id="a JSON number"),
        pytest.param("", id="nothing"),
        pytest.param('{"a":["b"]', id="cut off"),
        pytest.param("{'a':['b']}", id="Python"),
        pytest.param('{"a":[NaN]}', id="not a number"),
        pytest.param('{"a":"b"}', id="a string without a list"),
        pytest.param('{"a":5}', id="a number without a list"),
        pytest.param('{"a":null}', id="null without a list"),
        pytest.param('{"a":[]}', id="an empty list"),
        pytest.param("{}", id="an empty object"),
        pytest.param('{"a":{}}', id="an empty object below"),
        pytest.param('{"a":[{}]}', id="an empty match object"),
        pytest.param('{"a":[[1]]}', id="a list in a list"),
        pytest.param('{"a":[{"prefix":"x","suffix":"y"}]}', id="two operators"),
        pytest.param('{"a":[{"prefix":"x","prefix":"x"}]}', id="one operator twice"),
        pytest.param('{"a":[{"equals":"x"}]}', id="an unknown operator"),
        pytest.param('{"a":[{"EXISTS":true}]}', id="EXISTS"),
        pytest.param('{"a":[{"NUMERIC":["=",1]}]}', id="NUMERIC"),
        pytest.param('{"a":[{"exists":"true"}]}', id="exists with a text"),
        pytest.param('{"a":[{"exists":1}]}', id="exists with a number"),
        pytest.param('{"a":[{"exists":null}]}', id="exists with null"),
        pytest.param('{"a":["x",{"exists":0}]}', id="a bad member after a good one"),
    ],
)
def test_a_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(PatternInvalid):
        compiled(pattern)


@pytest.mark.rule("FIL-10")
def test_a_refusal_has_the_reason() -> None:
    with pytest.raises(PatternInvalid, match="there is no operator 'equals'"):
        compiled('{"a":[{"equals":"x"}]}')


@pytest.mark.rule("FIL-10")
@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param('{"a":' * 20_000, id="more than can be read"),
        pytest.param('{"a":' * 3_000 + "[1]" + "}" * 3_000, id="more than can be walked"),
        pytest.param('{"a":' * 101 + "[1]" + "}" * 101, id="more than any record"),
    ],
)
def test_a_pattern_that_is_nested_too_deeply_is_refused(pattern: str) -> None:
    with pytest.raises(PatternInvalid):
        compiled(pattern)


def test_a_path_may_have_a_hundred_keys() -> None:
    nested = '{"a":' * 100 + "%s" + "}" * 100

    assert matches(nested % "[1]", nested % "1")


# --------------------------------------------------------------------- literal values


@pytest.mark.rule("FIL-30")
@pytest.mark.parametrize("value", ["1", '"1"', "true", '"true"', "null", '"null"', '"x"', '" x "', '"😀"', '""'])
def test_a_literal_matches_itself(value: str) -> None:
    assert accepts(f"[{value}]", f'{{"a":{value}}}')


@pytest.mark.rule("FIL-30", "FIL-31", "FIL-32")
@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("1", '"1"'),
        ("1", "true"),
        ("0", "false"),
        ("true", "1"),
        ("true", '"true"'),
        ('"1"', "1"),
        ('"true"', "true"),
        ('"x"', '"X"'),
        ('"x"', '"x "'),
        ('"x"', '"xx"'),
        ("null", '"null"'),
        ("null", "[]"),
        ("null", "{}"),
        ("null", "0"),
        ("null", "false"),
        ('"null"', "null"),
        ('""', '" "'),
        ('""', "null"),
        ('""', "[]"),
    ],
)
def test_a_literal_matches_no_other_value(literal: str, value: str) -> None:
    assert not accepts(f"[{literal}]", f'{{"a":{value}}}')


@pytest.mark.rule("FIL-31")
def test_null_does_not_match_a_missing_field() -> None:
    assert not accepts("[null]", '{"b":1}')


@pytest.mark.rule("FIL-3H")
@pytest.mark.scenario("FIL F11")
@pytest.mark.parametrize(
    ("value", "expected"),
    [("300", True), ("300.0", True), ("3.0e2", True), ("300.5", False), ('"300"', False)],
    ids=["same", "300.0", "3.0e2", "300.5", "a string"],
)
def test_a_number_matches_the_same_number_however_it_is_written(value: str, expected: bool) -> None:
    assert accepts("[300]", f'{{"a":{value}}}') is expected


@pytest.mark.rule("FIL-3L")
@pytest.mark.parametrize(
    ("literal", "value", "expected"),
    [
        pytest.param("-0", "0", True, id="minus zero"),
        pytest.param("1e100", "1e100", True, id="1e100"),
        pytest.param("1e100", "1" + "0" * 100, True, id="1e100 in digits"),
        pytest.param("0.1", "0.10", True, id="0.1"),
        pytest.param("9007199254740992", "9007199254740992.0", True, id="the last that a double carries"),
        pytest.param("9007199254740993", "9007199254740993", True, id="too long for a double: same text"),
        pytest.param("9007199254740993", "9007199254740993.0", False, id="too long for a double: other text"),
        pytest.param("9007199254740993", "9007199254740992", False, id="too long for a double: its neighbor"),
        pytest.param("9007199254740992", "9007199254740993", False, id="the neighbor of one that is too long"),
        pytest.param("1.0000000000000001", "1.0000000000000001", False, id="a fraction too fine"),
        pytest.param("1.0000000000000001", "1", False, id="a fraction too fine, rounded"),
        pytest.param("1e309", "1e309", False, id="too large"),
        pytest.param("1e-400", "1e-400", False, id="too small"),
        pytest.param("1e-400", "0", False, id="too small, rounded"),
        pytest.param("1e99999999999999999999", "1e99999999999999999999", False, id="beyond everything"),
        pytest.param("0", "1e309", False, id="an event's number that is too large"),
    ],
)
def test_a_number_that_no_double_carries_matches_at_most_its_text(literal: str, value: str, expected: bool) -> None:
    assert accepts(f"[{literal}]", f'{{"a":{value}}}') is expected


def test_a_number_that_python_made_matches_as_its_json_text_would() -> None:
    pattern = compiled('{"a":[0.1]}')

    assert pattern.matches({"a": 0.1})
    assert not pattern.matches({"a": 1})


# ------------------------------------------------------------------ operators on texts


@pytest.mark.parametrize(
    ("values", "value", "expected"),
    [
        pytest.param('[{"prefix":"ab"}]', '"abc"', True, marks=pytest.mark.rule("FIL-33"), id="prefix"),
        pytest.param('[{"prefix":"ab"}]', '"ab"', True, marks=pytest.mark.rule("FIL-33"), id="prefix: all of it"),
        pytest.param('[{"prefix":"ab"}]', '"Abc"', False, marks=pytest.mark.rule("FIL-33"), id="prefix: case"),
        pytest.param('[{"prefix":"ab"}]', '"a"', False, marks=pytest.mark.rule("FIL-33"), id="prefix: too short"),
        pytest.param('[{"prefix":""}]', '"x"', True, marks=pytest.mark.rule("FIL-33"), id="prefix: empty, any text"),
        pytest.param('[{"prefix":""}]', "5", False, marks=pytest.mark.rule("FIL-33"), id="prefix: empty, a number"),
        pytest.param('[{"prefix":"5"}]', "5", False, marks=pytest.mark.rule("FIL-33"), id="prefix: a number"),
        pytest.param('[{"suffix":".png"}]', '"a.png"', True, marks=pytest.mark.rule("FIL-34"), id="suffix"),
        pytest.param('[{"suffix":".png"}]', '"a.PNG"', False, marks=pytest.mark.rule("FIL-34"), id="suffix: case"),
        pytest.param('[{"suffix":""}]', '"a"', True, marks=pytest.mark.rule("FIL-34"), id="suffix: empty, any text"),
        pytest.param('[{"suffix":""}]', "null", False, marks=pytest.mark.rule("FIL-34"), id="suffix: empty, null"),
        pytest.param('[{"equals-ignore-case":"aB"}]', '"Ab"', True, marks=pytest.mark.rule("FIL-35"), id="ignore case"),
        pytest.param(
            '[{"equals-ignore-case":"aB"}]', '"abc"', False, marks=pytest.mark.rule("FIL-35"), id="ignore case: longer"
        ),
        pytest.param('[{"equals-ignore-case":""}]', '""', True, marks=pytest.mark.rule("FIL-35"), id="ignore case: empty"),
        pytest.param(
            '[{"equals-ignore-case":""}]', '"a"', False, marks=pytest.mark.rule("FIL-35"), id="ignore case: empty only"
        ),
        pytest.param(
            '[{"prefix":{"equals-ignore-case":"AB"}}]', '"abc"', True, marks=pytest.mark.rule("FIL-36"), id="prefix, any case"
        ),
        pytest.param(
            '[{"prefix":{"equals-ignore-case":"AB"}}]', '"cab"', False, marks=pytest.mark.rule("FIL-36"), id="prefix, no start"
        ),
        pytest.param(
            '[{"suffix":{"equals-ignore-case":".png"}}]',
            '"a.PNG"',
            True,
            marks=pytest.mark.rule("FIL-36"),
            id="suffix, any case",
        ),
        pytest.param(
            '[{"suffix":{"equals-ignore-case":".png"}}]',
            '".png.a"',
            False,
            marks=pytest.mark.rule("FIL-36"),
            id="suffix, no end",
        ),
    ],
)
def test_a_text_operator_accepts_texts_only(values: str, value: str, expected: bool) -> None:
    assert accepts(values, f'{{"a":{value}}}') is expected


@pytest.mark.rule("FIL-33", "FIL-34", "FIL-35", "FIL-36", "FIL-17")
@pytest.mark.parametrize(
    "member",
    [
        '{"prefix":5}',
        '{"prefix":["a"]}',
        '{"prefix":null}',
        '{"suffix":5}',
        '{"suffix":["a"]}',
        '{"equals-ignore-case":["a"]}',
        '{"equals-ignore-case":{"prefix":"a"}}',
        '{"prefix":{"equals-ignore-case":["a"]}}',
        '{"suffix":{"equals-ignore-case":5}}',
        '{"prefix":{"suffix":"a"}}',
        '{"prefix":{}}',
    ],
)
def test_a_text_operator_with_anything_but_a_text_is_refused(member: str) -> None:
    with pytest.raises(PatternInvalid):
        compiled(f'{{"a":[{member}]}}')


@pytest.mark.rule("FIL-3D")
@pytest.mark.parametrize(
    ("wildcard", "value", "expected"),
    [
        pytest.param("a*b", '"ab"', True, id="nothing between"),
        pytest.param("a*b", '"axxb"', True, id="something between"),
        pytest.param("a*b", '"axxbx"', False, id="something after"),
        pytest.param("a*a", '"a"', False, id="no letter counts twice"),
        pytest.param("*", '""', True, id="a star alone"),
        pytest.param("*b*c*", '"abxcx"', True, id="several stars"),
        pytest.param("*b*c*", '"acxb"', False, id="several stars, other order"),
        pytest.param("a*b*b", '"ab"', False, id="the middle is not the end"),
        pytest.param("a?b", '"axb"', False, id="a question mark is no placeholder"),
        pytest.param("a?b", '"a?b"', True, id="a question mark is itself"),
        pytest.param(r"a\\*b", '"a*b"', True, id="an escaped star"),
        pytest.param(r"a\\*b", '"axb"', False, id="an escaped star is only a star"),
        pytest.param(r"a\\\\b", r'"a\\b"', True, id="an escaped backslash"),
        pytest.param(r"\\**", '"*x"', True, id="an escaped star before a star"),
        pytest.param("ab", '"ab"', True, id="no star"),
        pytest.param("ab", '"abc"', False, id="no star, longer"),
        pytest.param("", '""', False, id="empty matches nothing"),
        pytest.param("*", "5", False, id="a number"),
        pytest.param("a*b", '"a\\n\\nb"', True, id="lines between"),
    ],
)
def test_a_star_stands_for_any_run_of_characters(wildcard: str, value: str, expected: bool) -> None:
    assert accepts(f'[{{"wildcard":"{wildcard}"}}]', f'{{"a":{value}}}') is expected


@pytest.mark.rule("FIL-3D")
@pytest.mark.parametrize(
    "wildcard",
    [
        pytest.param('"a**b"', id="two stars"),
        pytest.param(r'"a\\b"', id="another escape"),
        pytest.param(r'"a\\"', id="a backslash at the end"),
        pytest.param("5", id="a number"),
        pytest.param('["a*"]', id="a list"),
        pytest.param(f'"*{"a" * 100}"', id="too many repetitions"),
        pytest.param(f'"{"*ab" * 100}"', id="too many stars"),
    ],
)
def test_a_wildcard_pattern_is_refused(wildcard: str) -> None:
    with pytest.raises(PatternInvalid):
        compiled(f'{{"a":[{{"wildcard":{wildcard}}}]}}')


@pytest.mark.rule("FIL-3D")
def test_a_wildcard_pattern_may_repeat_a_letter_just_under_the_limit() -> None:
    assert accepts(f'[{{"wildcard":"*{"a" * 99}"}}]', f'{{"a":"{"a" * 120}"}}')


@pytest.mark.rule("FIL-3E")
@pytest.mark.parametrize(
    ("cidr", "value", "expected"),
    [
        pytest.param("10.0.0.0/24", '"10.0.0.0"', True, id="the first"),
        pytest.param("10.0.0.0/24", '"10.0.0.255"', True, id="the last"),
        pytest.param("10.0.0.0/24", '"10.0.1.0"', False, id="after the last"),
        pytest.param("10.0.0.77/24", '"10.0.0.1"', True, id="host bits are set"),
        pytest.param("10.0.0.0/31", '"10.0.0.1"', True, id="two addresses"),
        pytest.param("2001:db8::/127", '"2001:db8::1"', True, id="two addresses of version 6"),
        pytest.param("2001:db8::/32", '"2001:DB8:1::"', True, id="version 6"),
        pytest.param("2001:db8::/32", '"10.0.0.1"', False, id="version 4 in a range of 6"),
        pytest.param("10.0.0.0/24", '"ten"', False, id="no address"),
        pytest.param("10.0.0.0/24", "1", False, id="a number"),
        pytest.param("0.0.0.0/0", "1", True, id="a number in the widest range"),
        pytest.param("0.0.0.0/0", "true", False, id="a boolean in the widest range"),
    ],
)
def test_an_address_matches_a_range_that_it_is_in(cidr: str, value: str, expected: bool) -> None:
    assert accepts(f'[{{"cidr":"{cidr}"}}]', f'{{"a":{value}}}') is expected


@pytest.mark.rule("FIL-3E")
@pytest.mark.parametrize(
    "cidr",
    [
        '"10.0.0.0"',
        '"10.0.0.0/"',
        '"10.0.0.0/24/24"',
        '"10.0.0.0/32"',
        '"10.0.0.0/33"',
        '"10.0.0.0/-1"',
        '"10.0.0.0/255.255.255.0"',
        '"10.0.0/24"',
        '"2001:db8::/128"',
        '"::ffff:1.2.3.4/100"',
        '"fe80::1%eth0/64"',
        '"/24"',
        "10",
        '["10.0.0.0/24"]',
    ],
)
def test_an_invalid_range_of_addresses_is_refused(cidr: str) -> None:
    with pytest.raises(PatternInvalid):
        compiled(f'{{"a":[{{"cidr":{cidr}}}]}}')


# --------------------------------------------------------------------------- numeric


@pytest.mark.rule("FIL-37", "FIL-3H")
@pytest.mark.parametrize(
    ("bounds", "value", "expected"),
    [
        ('[">",0,"<=",5]', "0", False),
        ('[">",0,"<=",5]', "1e-9", True),
        ('[">",0,"<=",5]', "5", True),
        ('[">",0,"<=",5]', "5.0000001", False),
        ('[">=",100,"<",200]', "99.999", False),
        ('[">=",100,"<",200]', "100", True),
        ('[">=",100,"<",200]', "199.999", True),
        ('[">=",100,"<",200]', "200", False),
        ('[">",1]', "1", False),
        ('[">",1]', "2", True),
        ('["<",1]', "1", False),
        ('["<",1]', "-5", True),
        ('["<=",1]', "1.0", True),
        ('["=",3.018e2]', "301.8", True),
        ('["=",301.8]', "301.80001", False),
        ('[">",0]', '"1"', False),
        ('[">=",0]', "null", False),
        ('[">=",0]', "true", False),
        ('[">=",0]', "1e400", True),
    ],
)
def test_numeric_accepts_numbers_within_its_bounds(bounds: str, value: str, expected: bool) -> None:
    assert accepts(f'[{{"numeric":{bounds}}}]', f'{{"a":{value}}}') is expected


@pytest.mark.rule("FIL-3G")
@pytest.mark.scenario("FIL F23")
@pytest.mark.parametrize(
    "bounds",
    [
        '"=1"',
        "1",
        "[]",
        '["="]',
        '["=",1,"<"]',
        '["!=",1]',
        '[1,"="]',
        '["=","1"]',
        '["=",true]',
        '["=",null]',
        '[">",1,">",2]',
        '[">",1,">=",2]',
        '["=",1,"<",2]',
        '["<",2,">",0]',
        '["<",2,"<",3]',
        '[">=",1,"<=",1]',
        '[">",2,"<",1]',
        '[">",1,"<",2,"<",3]',
        '[["="],1]',
        '["=",9007199254740993]',
        '["=",0.1234567890123456789]',
        '["=",1.0000000000000001]',
        '["<",1e309]',
        '[">",1e-400]',
    ],
)
def test_a_numeric_form_is_refused(bounds: str) -> None:
    with pytest.raises(PatternInvalid):
        compiled(f'{{"a":[{{"numeric":{bounds}}}]}}')


@pytest.mark.rule("FIL-3G")
@pytest.mark.parametrize("number", ["1e100", "5000000001", "9007199254740992", "-0.1"])
def test_numeric_takes_every_number_that_a_double_carries(number: str) -> None:
    assert accepts(f'[{{"numeric":["=",{number}]}}]', f'{{"a":{number}}}')


# ------------------------------------------------------------------ exists, and not


@pytest.mark.rule("FIL-38", "FIL-3J")
@pytest.mark.parametrize(
    ("event", "is_there"),
    [
        pytest.param('{"a":1}', True, id="a number"),
        pytest.param('{"a":null}', True, id="null"),
        pytest.param('{"a":""}', True, id="an empty text"),
        pytest.param('{"a":false}', True, id="false"),
        pytest.param('{"a":[1]}', True, id="a list"),
        pytest.param('{"a":[]}', False, id="an empty list"),
        pytest.param('{"a":[[]]}', False, id="a list of an empty list"),
        pytest.param('{"a":{}}', False, id="an empty object"),
        pytest.param('{"a":{"b":1}}', False, id="an object"),
        pytest.param('{"a":[{"b":1}]}', False, id="a list of objects"),
        pytest.param('{"b":1}', False, id="missing"),
    ],
)
def test_exists_asks_for_a_leaf(event: str, is_there: bool) -> None:
    assert accepts('[{"exists":true}]', event) is is_there
    assert accepts('[{"exists":false}]', event) is not is_there


@pytest.mark.rule("FIL-3J")
@pytest.mark.scenario("FIL F9")
def test_an_object_is_absent_for_exists() -> None:
    assert matches('{"a":[{"exists":false}]}', '{"a":{"b":1}}')


@pytest.mark.scenario("FIL F22")
@pytest.mark.parametrize(
    ("event", "expected"), [('{"r":[{"a":1},{}]}', False), ('{"r":[]}', True)], ids=["one has it", "none"]
)
def test_a_field_is_absent_from_a_list_only_if_no_element_has_it(event: str, expected: bool) -> None:
    assert matches('{"r":{"a":[{"exists":false}]}}', event) is expected


@pytest.mark.scenario("FIL F21")
@pytest.mark.parametrize(
    ("event", "expected"),
    [('{"r":[{"k":"a","s":"y"},{"k":"b","s":"x"}]}', False), ('{"r":[{"k":"a","s":"x"}]}', True)],
    ids=["two elements", "one element"],
)
def test_two_fields_of_a_list_are_looked_for_in_one_element(event: str, expected: bool) -> None:
    assert matches('{"r":{"k":["a"],"s":["x"]}}', event) is expected


@pytest.mark.rule("FIL-39", "FIL-3F")
@pytest.mark.scenario("FIL F10")
@pytest.mark.parametrize(
    ("values", "event", "expected"),
    [
        pytest.param('[{"anything-but":["x"]}]', "{}", False, id="missing"),
        pytest.param('[{"anything-but":["x"]}]', '{"a":null}', True, id="null"),
        pytest.param('[{"anything-but":["x"]}]', '{"a":5}', True, id="a number for texts"),
        pytest.param('[{"anything-but":["x"]}]', '{"a":"x"}', False, id="listed"),
        pytest.param('[{"anything-but":["x","y"]}]', '{"a":"y"}', False, id="listed second"),
        pytest.param('[{"anything-but":["x"]}]', '{"a":"X"}', True, id="another case"),
        pytest.param('[{"anything-but":"x"}]', '{"a":"x"}', False, id="a text without a list"),
        pytest.param('[{"anything-but":123}]', '{"a":123.0}', False, id="a number without a list"),
        pytest.param('[{"anything-but":123}]', '{"a":124}', True, id="another number"),
        pytest.param('[{"anything-but":123}]', '{"a":"123"}', True, id="a text for numbers"),
        pytest.param('[{"anything-but":[1,2]}]', '{"a":2}', False, id="a listed number"),
        pytest.param('[{"anything-but":[1]}]', '{"a":true}', True, id="a boolean for numbers"),
        pytest.param('[{"anything-but":["x"]}]', '{"a":["x"]}', False, id="a list of what is listed"),
        pytest.param('[{"anything-but":["x"]}]', '{"a":["x","y"]}', True, id="a list with another element"),
        pytest.param('[{"anything-but":["x"]}]', '{"a":[]}', False, id="an empty list"),
        pytest.param('[{"anything-but":["x"]}]', '{"a":{"b":"y"}}', False, id="an object"),
    ],
)
def test_anything_but_matches_what_is_there_and_not_listed(values: str, event: str, expected: bool) -> None:
    assert accepts(values, event) is expected


@pytest.mark.rule("FIL-3C", "FIL-3F")
@pytest.mark.parametrize(
    ("inner", "event", "expected"),
    [
        pytest.param('{"prefix":"x"}', '{"a":"xy"}', False, id="prefix"),
        pytest.param('{"prefix":"x"}', '{"a":"yx"}', True, id="another prefix"),
        pytest.param('{"prefix":"1"}', '{"a":1}', True, id="a number"),
        pytest.param('{"prefix":"x"}', '{"a":null}', True, id="null"),
        pytest.param('{"prefix":"x"}', '{"b":"y"}', False, id="missing"),
        pytest.param('{"prefix":["x","y"]}', '{"a":"yx"}', False, id="prefixes"),
        pytest.param('{"suffix":"x"}', '{"a":"yx"}', False, id="suffix"),
        pytest.param('{"suffix":["x","z"]}', '{"a":"xy"}', True, id="other suffixes"),
        pytest.param('{"equals-ignore-case":"ab"}', '{"a":"AB"}', False, id="ignoring case"),
        pytest.param('{"equals-ignore-case":["ab","c"]}', '{"a":"ABC"}', True, id="ignoring case, others"),
        pytest.param('{"wildcard":"a*c"}', '{"a":"abc"}', False, id="wildcard"),
        pytest.param('{"wildcard":["a*c","b*"]}', '{"a":"cab"}', True, id="other wildcards"),
        pytest.param('{"wildcard":""}', '{"a":""}', True, id="an empty wildcard"),
    ],
)
def test_an_operator_inside_anything_but_is_turned_round(inner: str, event: str, expected: bool) -> None:
    assert accepts(f'[{{"anything-but":{inner}}}]', event) is expected


@pytest.mark.rule("FIL-39", "FIL-3C", "FIL-3G", "FIL-3M", "FIL-36")
@pytest.mark.parametrize(
    "operand",
    [
        "[]",
        '["a",1]',
        "true",
        "[true]",
        "null",
        "[null]",
        '["a",null]',
        '[["a"]]',
        "9007199254740993",
        "[1,0.1234567890123456789]",
        "{}",
        '{"prefix":""}',
        '{"prefix":["a",""]}',
        '{"suffix":""}',
        '{"prefix":5}',
        '{"prefix":["a",5]}',
        '{"suffix":[null]}',
        '{"wildcard":[]}',
        '{"wildcard":"a**"}',
        '{"prefix":"a","suffix":"b"}',
        '{"numeric":["=",1]}',
        '{"exists":true}',
        '{"anything-but":"a"}',
        '{"prefix":{"equals-ignore-case":"a"}}',
        '{"suffix":{"equals-ignore-case":"a"}}',
    ],
)
def test_a_form_of_anything_but_is_refused(operand: str) -> None:
    with pytest.raises(PatternInvalid):
        compiled(f'{{"a":[{{"anything-but":{operand}}}]}}')


@pytest.mark.rule("FIL-3B")
@pytest.mark.parametrize(
    ("event", "expected"),
    [('{"a":"px"}', True), ('{"a":7}', True), ('{"a":"x"}', False), ("{}", False)],
    ids=["the first", "the second", "neither", "missing"],
)
def test_several_operators_in_one_list_are_alternatives(event: str, expected: bool) -> None:
    assert accepts('[{"prefix":"p"},{"numeric":[">",5]}]', event) is expected


@pytest.mark.rule("FIL-3I")
@pytest.mark.parametrize(
    ("event", "expected"),
    [
        pytest.param("{}", True, id="no parent"),
        pytest.param('{"p":{}}', True, id="no field"),
        pytest.param('{"p":{"a":"y"}}', True, id="another value"),
        pytest.param('{"p":{"a":"x"}}', False, id="the value"),
    ],
)
def test_absence_or_anything_but_matches_without_the_parent_too(event: str, expected: bool) -> None:
    assert matches('{"p":{"a":[{"exists":false},{"anything-but":["x"]}]}}', event) is expected


# -------------------------------------------------------------------------------- $or


@pytest.mark.rule("FIL-3A")
@pytest.mark.scenario("FIL F12")
@pytest.mark.parametrize(
    ("event", "expected"),
    [('{"a":1}', True), ('{"b":2}', True), ('{"a":2,"b":1}', False)],
    ids=["first", "second", "neither"],
)
def test_one_member_of_or_is_enough(event: str, expected: bool) -> None:
    assert matches('{"$or":[{"a":[1]},{"b":[2]}]}', event) is expected


@pytest.mark.rule("FIL-3A", "FIL-3K")
@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        pytest.param('{"$or":[{"a":[1]},{"b":[2]}],"c":[3]}', '{"b":2,"c":3}', True, id="with the rest"),
        pytest.param('{"$or":[{"a":[1]},{"b":[2]}],"c":[3]}', '{"b":2}', False, id="without the rest"),
        pytest.param('{"d":{"$or":[{"a":[1]},{"b":[2]}]}}', '{"d":{"b":2}}', True, id="below a key"),
        pytest.param('{"d":{"$or":[{"a":[1]},{"b":[2]}]}}', '{"b":2}', False, id="not above that key"),
        pytest.param('{"$or":[{"$or":[{"a":[1]},{"b":[2]}]},{"c":[3]}]}', '{"b":2}', True, id="one in another"),
        pytest.param('{"$or":[{"a":[1],"b":[2]},{"c":[3]}]}', '{"a":1}', False, id="all fields of a member"),
        pytest.param('{"a":[0],"$or":[{"a":[1]},{"b":[2]}]}', '{"a":1}', True, id="a key outside, before"),
        pytest.param('{"a":[0],"$or":[{"a":[1]},{"b":[2]}]}', '{"a":0,"b":2}', True, id="a key outside, not in this member"),
        pytest.param('{"$or":[{"a":[1]},{"b":[2]}],"a":[0]}', '{"a":1}', False, id="a key outside, after"),
        pytest.param('{"$or":[{"a":[1]},{"b":[2]}],"a":[0]}', '{"a":0}', True, id="a key outside, after, decides"),
    ],
)
def test_or_stands_for_one_pattern_a_member(pattern: str, event: str, expected: bool) -> None:
    assert matches(pattern, event) is expected


@pytest.mark.rule("FIL-3K")
@pytest.mark.scenario("FIL F24")
@pytest.mark.parametrize(
    "operand",
    [
        '[{"a":[1]}]',
        "[]",
        '{"a":[1]}',
        '[{"a":[1]},{}]',
        '[{"a":[1]},[1]]',
        '[{"a":[1]},"x"]',
        '[{"a":[1]},{"b":[]}]',
        '[{"a":[1]},{"prefix":["x"]}]',
        '[{"a":[1]},{"suffix":["x"]}]',
        '[{"a":[1]},{"numeric":["x"]}]',
        '[{"a":[1]},{"exists":["x"]}]',
        '[{"a":[1]},{"cidr":["x"]}]',
        '[{"a":[1]},{"wildcard":["x"]}]',
        '[{"a":[1]},{"equals-ignore-case":["x"]}]',
        '[{"a":[1]},{"anything-but":["x"]}]',
        '[{"a":[1]},{"exactly":["x"]}]',
    ],
)
def test_a_form_of_or_is_refused(operand: str) -> None:
    with pytest.raises(PatternInvalid):
        compiled(f'{{"$or":{operand}}}')


@pytest.mark.rule("FIL-3K")
def test_a_field_outside_or_may_have_the_name_of_an_operator() -> None:
    assert matches('{"prefix":["x"]}', '{"prefix":"x"}')


@pytest.mark.rule("FIL-3K")
@pytest.mark.parametrize(("members", "times", "count"), [(2, 9, 512), (10, 3, 1_000)], ids=["512", "1,000"])
def test_or_may_make_a_thousand_combinations(members: int, times: int, count: int) -> None:
    assert len(compiled(combinations(members, times)).alternatives) == count


@pytest.mark.rule("FIL-3K")
@pytest.mark.parametrize(("members", "times"), [(2, 10), (7, 5), (1_001, 1)], ids=["1,024", "16,807", "1,001"])
def test_or_is_refused_when_it_makes_more_than_a_thousand_combinations(members: int, times: int) -> None:
    with pytest.raises(PatternInvalid, match="1000 combinations"):
        compiled(combinations(members, times))


# -------------------------------------------------------------------- for every value

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=3)
KEYS = st.sampled_from(["a", "b", "a.b", "$or", "", "exists", "prefix", "numeric", "anything-but", "cidr", "wildcard"])
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)
OPERATORS = st.fixed_dictionaries({}, optional={"prefix": st.text(max_size=2)}) | st.sampled_from(
    [{"exists": True}, {"exists": False}, {"anything-but": ["x"]}, {"numeric": [">", 0]}, {"wildcard": "*x"}]
)
LISTS = st.lists(LEAVES | OPERATORS, max_size=3)
PATTERNS = st.recursive(LISTS, lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=8)
OBJECTS = st.dictionaries(KEYS, JSON, max_size=4)


def refusal_or_verdict(pattern: str, event: dict[str, Any]) -> object:
    try:
        return compiled(pattern).matches(event)
    except PatternInvalid as refusal:
        return refusal


@given(pattern=JSON.map(json.dumps) | PATTERNS.map(json.dumps) | st.text(), event=OBJECTS)
def test_any_text_is_refused_or_judges_any_event(pattern: str, event: dict[str, Any]) -> None:
    verdict = refusal_or_verdict(pattern, event)

    assert isinstance(verdict, (bool, PatternInvalid))


@given(event=OBJECTS)
def test_a_field_is_either_there_or_absent(event: dict[str, Any]) -> None:
    assert compiled('{"a":[{"exists":true}]}').matches(event) is not compiled('{"a":[{"exists":false}]}').matches(event)


SMALL = st.integers(0, 1)
ELEMENTS = st.lists(st.fixed_dictionaries({}, optional={"a": SMALL, "b": SMALL}), max_size=3)


@pytest.mark.rule("FIL-26", "FIL-27")
@given(elements=ELEMENTS)
def test_a_list_matches_two_conditions_exactly_if_one_element_does(elements: list[dict[str, int]]) -> None:
    both, one_without = compiled('{"r":{"a":[1],"b":[0]}}'), compiled('{"r":{"a":[1],"b":[{"exists":false}]}}')

    assert both.matches({"r": elements}) is any(both.matches({"r": one}) for one in elements)
    assert one_without.matches({"r": elements}) is any(one_without.matches({"r": one}) for one in elements)
