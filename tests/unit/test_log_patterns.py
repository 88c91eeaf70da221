"""The filter patterns of CloudWatch Logs as functions."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from example_counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_lambda_events.sources.push.log_patterns.invalid import PatternInvalid
from pytest_lambda_events.sources.push.log_patterns.patterns import compiled

INVALID = "Invalid filter pattern"
ACCESS = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'


def matches(pattern: str, *messages: str) -> list[bool]:
    found = compiled(pattern)
    return [found.match(message) is not None for message in messages]


def selects(condition: str, *values: str) -> list[bool]:
    """Returns which objects with the member `v` match. A value is JSON; an empty text stands for an object without `v`."""
    return matches(f"{{ {condition} }}", *(f'{{"v": {value}}}' if value else "{}" for value in values))


def refusal(pattern: str) -> str:
    with pytest.raises(PatternInvalid) as caught:
        compiled(pattern)
    return caught.value.message


def fields(pattern: str, message: str) -> object:
    found = compiled(pattern).match(message)
    return None if found is None else found.fields


# ------------------------------------------------------------------------- languages


@pytest.mark.rule("LOG-30")
@pytest.mark.parametrize("pattern", ["", "   ", "\t\n"], ids=["empty", "blanks", "tab"])
def test_an_empty_pattern_matches_everything(pattern: str) -> None:
    assert matches(pattern, "", "ERROR", "{}") == [True, True, True]


@pytest.mark.rule("LOG-30")
def test_the_first_character_selects_the_language() -> None:
    assert matches("  { $.v = 1 }", '{"v": 1}', "$.v 1") == [True, False]
    assert matches("  [a, b]", "x y", "x") == [True, False]
    assert matches("  v", "v", "V") == [True, False]


@pytest.mark.rule("LOG-31")
@pytest.mark.scenario("LOG L11")
@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ('"ERROR', "Invalid character(s) in term '\"ERROR'"),
        ("ab.cd ef", "Invalid character(s) in term 'ab.cd'"),
        ("-", "Invalid character(s) in term '-'"),
        ('"a"b', "Invalid character(s) in term '\"a\"b'"),
        ("%ab", "Invalid character(s) in term '%ab'"),
        ("[word, other, word]", "Duplicate field 'word'"),
        ("{ $.v }", INVALID),
        ("{ $.v = 1 } x", INVALID),
        ("{ $.v = 1", INVALID),
        ("{", INVALID),
        ("[a", INVALID),
        ("[a,,b]", INVALID),
        ("[a, b,]", INVALID),
        ("[a b]", INVALID),
        ("[... a]", INVALID),
        ("{ $.v IS 1 }", INVALID),
        ("{ $.v NOT NULL }", INVALID),
    ],
)
def test_invalid_patterns_are_refused(pattern: str, message: str) -> None:
    assert refusal(pattern) == message


# ------------------------------------------------------------------ regular expressions


@pytest.mark.rule("LOG-32")
def test_a_pattern_has_at_most_two_expressions() -> None:
    assert matches("%a+% %b+%", "aabb", "aa") == [True, False]
    assert matches("{ $.v = %a% || $.w = %b% }", '{"w": "b"}') == [True]
    assert refusal("%a% %b% %c%") == INVALID
    assert refusal("[a = %x%, b = %y%, c = %z%]") == INVALID


@pytest.mark.rule("LOG-33")
@pytest.mark.parametrize(
    ("expression", "hit", "miss"),
    [
        ("^AUTH", "AUTH failed", "no AUTH"),
        ("done$", "all done", "done all"),
        (r"\d{3}", "code 404", "code 40"),
        (r"^[a-c_]{,2}$", "ab", "abc"),
        (r"[^a-z]", "abC", "abc"),
        (r"colou?r", "color", "colr"),
        (r"a|b", "xbx", "xcx"),
        (r"\x41B", "AB", "aB"),
        (r"\[ERROR\]", "[ERROR]", "ERROR"),
        (r"127\.0\.0\.1", "127.0.0.1", "127a0b0c1"),
        (r"\w\s\W\S\D", "a !xy", "a !x"),
        (r"a\-b", "a-b", "ab"),
        (r"[]x]y", "]y", "zy"),
        (r"[a^|[]=", "^=", "b="),
    ],
)
def test_expressions_search_anywhere(expression: str, hit: str, miss: str) -> None:
    assert matches(f"%{expression}%", hit, miss) == [True, False]


@pytest.mark.rule("LOG-33")
@pytest.mark.scenario("LOG L12")
@pytest.mark.parametrize(
    "expression", ["(a|b)", "é", "a!", "a b", r"\1", r"\b", r"\x4", "a++", "a**", "[a", "*a", "[b-a]", "[a--b]", "a{2}{3}"]
)
def test_unsupported_expressions_are_refused(expression: str) -> None:
    assert refusal(f"{{ $.v = %{expression}% }}") == INVALID


@pytest.mark.rule("LOG-33")
def test_expressions_know_ascii_letters_only() -> None:
    assert matches(r"%^\w$%", "e", "é") == [True, False]


# ------------------------------------------------------------------------------- terms


@pytest.mark.rule("LOG-40")
def test_terms_without_quotes_have_letters_digits_and_hyphens() -> None:
    assert matches("request-id_7", "the request-id_7") == [True]
    assert matches('"[ERROR]"', "[ERROR] x", "ERROR x") == [True, False]


@pytest.mark.rule("LOG-41")
def test_all_terms_must_occur_somewhere() -> None:
    messages = ("TERROR REQUEST", "[ERROR] REQUEST", "REQUEST ERROR_ARGUMENTS", "error REQUEST", "ERROR")
    assert matches("ERROR REQUEST", *messages) == [True, True, True, False, False]


@pytest.mark.rule("LOG-42")
@pytest.mark.scenario("LOG L3")
def test_optional_terms_count_only_alone() -> None:
    assert matches("?ERROR ?WARN", "INFO REQUEST", "a WARN", "ERROR") == [False, True, True]
    assert matches("?ERROR REQUEST", "INFO REQUEST", "ERROR") == [True, False]
    assert matches("?ERROR -REQUEST", "INFO", "ERROR REQUEST") == [True, False]


@pytest.mark.rule("LOG-43")
@pytest.mark.scenario("LOG L4")
def test_excluded_terms_must_not_occur() -> None:
    assert matches("ERROR -Exiting", "ERROR Exiting", "ERROR x", "x") == [False, True, False]
    assert matches('-"a b" -c', "a  b", "a b", "xcx") == [True, False, False]


@pytest.mark.rule("LOG-44")
def test_quoted_terms_are_exact() -> None:
    assert matches('"INTERNAL SERVER"', "INTERNAL SERVER", "INTERNAL  SERVER") == [True, False]
    assert matches('" "', "a b", "ab") == [True, False]
    assert matches(r'"say \"hi\" \\ bye"', r'say "hi" \ bye', "say hi bye") == [True, False]


@pytest.mark.rule("LOG-45")
def test_expressions_stand_among_terms() -> None:
    assert matches(r"ERROR %\d+%", "ERROR 7", "ERROR") == [True, False]
    assert matches(r"?%[0-9]{2}% ?WARN", "42", "WARN", "4") == [True, True, False]
    assert matches(r"ERROR -%[0-9]+%", "ERROR", "ERROR 7") == [True, False]


# -------------------------------------------------------------------------------- JSON


@pytest.mark.rule("LOG-50")
@pytest.mark.parametrize("condition", ["$.v = 1", "$.v != 2", "$.w NOT EXISTS"])
def test_only_one_json_object_matches(condition: str) -> None:
    messages = ('{"v": 1}', ' {"v": 1}\n', '[{"v": 1}]', '{"v": 1} x', "text", '"v"', '{"v": NaN}', "", '{"v": 1}{}')
    assert matches(f"{{ {condition} }}", *messages) == [True, True] + [False] * 7


@pytest.mark.rule("LOG-50")
def test_the_last_of_repeated_keys_counts() -> None:
    assert matches("{ $.v = 2 }", '{"v": 1, "v": 2}', '{"v": 2, "v": 1}') == [True, False]


@pytest.mark.rule("LOG-50")
def test_a_deeply_nested_message_does_not_match() -> None:
    assert matches("{ $.v = 1 }", '{"v": ' + "[" * 200_000) == [False]


DOCUMENT = json.dumps({"a": {"b-c": [5, {"d": 6}], "e.f": 7}, "o": {"x": 1, "y": 2}, "l": [1, 2, [3]]})


@pytest.mark.rule("LOG-51")
@pytest.mark.parametrize(
    ("selector", "value", "expected"),
    [
        ("$.a.b-c[0]", "5", True),
        ("$.a.b-c[1].d", "6", True),
        ("$.a.b-c[2]", "5", False),
        ("$.a['e.f']", "7", True),
        ('$["a"]["e.f"]', "7", True),
        ("$.['a'].['e.f']", "7", True),
        ("$.a.e.f", "7", False),
        ("$.o[*]", "2", True),
        ("$.o.*", "2", True),
        ("$.o[0]", "1", False),
        ("$.l[*]", "2", True),
        ("$.l[*]", "3", False),
        ("$.*[0]", "1", True),
    ],
)
def test_selectors_find_values(selector: str, value: str, expected: bool) -> None:
    assert matches(f"{{ {selector} = {value} }}", DOCUMENT) == [expected]


@pytest.mark.rule("LOG-51")
def test_wildcards_are_limited() -> None:
    assert matches("{ $.a[*] = 1 || $.b[*] = 1 || $.c[*] = 1 }", '{"c": [1]}') == [True]
    assert refusal("{ $.a[*].b[*] = 1 }") == INVALID
    assert refusal("{ $.a[*] = 1 || $.b[*] = 1 || $.c[*] = 1 || $.d[*] = 1 }") == INVALID


@pytest.mark.rule("LOG-52")
@pytest.mark.parametrize(
    "condition",
    [
        "$.v EXISTS", "$.v IS NOT NULL", "$.v == 1", "$.v = null", '"source": ["shop"]', "$.v is null", "$ = 1", "v = 1",
        "$.v =", "$.v = 1 &&", "($.v = 1", "$.v = 1)", "$.v = 1, $.w = 2", "",
    ],
)  # fmt: skip
def test_other_json_conditions_are_refused(condition: str) -> None:
    assert refusal(f"{{ {condition} }}") == INVALID


@pytest.mark.rule("LOG-53")
def test_a_star_is_a_wildcard_and_a_question_mark_is_not() -> None:
    assert matches('{ $.v = "*Unauthorized*" }', '{"v": "a.UnauthorizedOperation"}', '{"v": "x"}') == [True, False]
    assert matches("{ $.v = 123.123.* }", '{"v": "123.123.7.8"}', '{"v": "123.124.7.8"}') == [True, False]
    assert matches('{ $.v = "a?" }', '{"v": "a?"}', '{"v": "ab"}') == [True, False]
    assert matches("{ $.v = %^a[0-9]$% }", '{"v": "a1"}', '{"v": "ba1"}') == [True, False]
    assert matches("{$.v=Trail}", '{"v": "Trail"}') == [True]


@pytest.mark.rule("LOG-53")
@pytest.mark.parametrize("value", ['"1"', "a", "%1%", "1*"])
def test_only_unquoted_numbers_have_an_order(value: str) -> None:
    assert refusal(f"{{ $.v > {value} }}") == INVALID


@pytest.mark.rule("LOG-54")
@pytest.mark.scenario("LOG L5")
def test_an_unquoted_number_equals_numbers_by_value_and_texts_by_spelling() -> None:
    values = ("1", "1.0", "1e0", '"1"', '"1.0"', "true", "", "2", "[1]")
    assert selects("$.v = 1", *values) == [True, True, True, True, False, False, False, False, False]
    assert matches("{ $.v = 1 }", "v 1") == [False]


@pytest.mark.rule("LOG-55")
def test_a_quoted_number_equals_by_spelling() -> None:
    assert selects('$.v = "1"', "1", '"1"', "1.0", "1e0") == [True, True, False, False]


@pytest.mark.rule("LOG-56")
@pytest.mark.scenario("LOG L6")
def test_unequal_needs_a_text_or_a_number() -> None:
    values = ("2", '"x"', "null", "true", "false", "[2]", "{}", "[]", "", "1", '"1"')
    assert selects("$.v != 1", *values) == [True, True] + [False] * 9


@pytest.mark.rule("LOG-57")
def test_only_json_numbers_are_ordered() -> None:
    values = ("4", "5", "6", '"6"', "null", "5.0e0", "1e400", "1e99999999999999999999")
    assert selects("$.v > 5", *values) == [False, False, True, False, False, False, True, False]
    assert selects("$.v >= 5", *values) == [False, True, True, False, False, True, True, False]
    assert selects("$.v < 5", *values) == [True] + [False] * 7
    assert selects("$.v <= 5.0", *values) == [True, True, False, False, False, True, False, False]


@pytest.mark.rule("LOG-58")
@pytest.mark.scenario("LOG L7")
def test_literals_and_missing_values() -> None:
    values = ("null", "[null]", '"null"', "", "true", '"true"', "false", "[true]")
    assert selects("$.v IS NULL", *values) == [True, True, False, False, False, False, False, False]
    assert selects("$.v IS TRUE", *values) == [False, False, False, False, True, False, False, False]
    assert selects("$.v IS FALSE", *values) == [False, False, False, False, False, False, True, False]
    assert selects("$.v NOT EXISTS", *values) == [False, False, False, True, False, False, False, False]
    assert selects("$.v.w NOT EXISTS", "{}", '{"w": null}') == [True, False]


@pytest.mark.rule("LOG-59")
def test_objects_and_lists_equal_nothing() -> None:
    assert selects("$.v = *", "{}", "[]", '["a"]', '{"a": "b"}') == [False] * 4
    assert selects("$.v[0] = a", '["a"]') == [True]


@pytest.mark.rule("LOG-5A")
@pytest.mark.scenario("LOG L8")
def test_conditions_are_joined() -> None:
    assert matches("{ $.i[*].a = 1 && $.i[*].b = 2 }", '{"i":[{"a":1,"b":0},{"a":0,"b":2}]}') == [True]
    documents = ['{"a":1}', '{"b":1,"c":1}', '{"b":1}', '{"a":1,"c":1}']
    assert matches("{ $.a = 1 || $.b = 1 && $.c = 1 }", *documents) == [True, True, False, True]
    assert matches("{ ($.a = 1 || $.b = 1) && $.c = 1 }", *documents) == [False, True, False, True]
    assert matches("{ $.c = 1 && (($.a = 1) || ($.b = 1)) }", *documents) == [False, True, False, True]


@pytest.mark.rule("LOG-5A")
def test_parentheses_may_be_deep() -> None:
    assert matches("{" + "(" * 500 + "$.v = 1" + ")" * 500 + "}", '{"v": 1}', '{"v": 2}') == [True, False]


@pytest.mark.rule("LOG-5B")
def test_a_star_matches_any_text_or_number() -> None:
    assert selects("$.v = *", "1", '"x"', '""', "true", "null", "") == [True, True, True, False, False, False]


ROOT_LOGIN = {"userIdentity": {"type": "Root"}, "eventType": "AwsConsoleSignIn", "eventName": "ConsoleLogin"}


@pytest.mark.rule("LOG-52")
@pytest.mark.parametrize(
    ("pattern", "changed"),
    [
        (
            '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}',
            {"eventType": "AwsServiceEvent"},
        ),
        ("{ ($.eventName = ConsoleLogin) && ($.userIdentity.type = Root) }", {"eventName": "AssumeRole"}),
        ('{ ($.eventName=DeleteTrail)||($.eventName="Console*") }', {"eventName": "StartLogging"}),
        ("{ $.eventType = AwsConsole* && $.userIdentity.type != Assumed* }", {"userIdentity": {"type": "AssumedRole"}}),
    ],
    ids=["root", "sign-in", "alternatives", "wildcards"],
)
def test_common_patterns_for_trails(pattern: str, changed: dict[str, object]) -> None:
    assert matches(pattern, json.dumps(ROOT_LOGIN), json.dumps({**ROOT_LOGIN, **changed})) == [True, False]


# ------------------------------------------------------------------------------ fields


@pytest.mark.rule("LOG-60")
@pytest.mark.rule("LOG-12")
def test_fields_are_separated_by_blanks_and_marks() -> None:
    assert fields("[ip, id, user, at, request, status, bytes]", ACCESS) == {
        "ip": "127.0.0.1", "id": "-", "user": "frank", "at": "10/Oct/2000:13:25:15 -0700",
        "request": "GET /index.html HTTP/1.0", "status": "404", "bytes": "1534",
    }  # fmt: skip
    assert fields("[a, b, c]", 'x\t"y\r\nz\n') == {"a": "x", "b": '"y', "c": "z"}


@pytest.mark.rule("LOG-61")
@pytest.mark.scenario("LOG L10")
def test_the_last_name_takes_the_rest() -> None:
    assert fields("[a, b]", "x") is None
    assert fields("[a, b]", "x y") == {"a": "x", "b": "y"}
    assert fields("[a, b]", "x y z\n") == {"a": "x", "b": "y z"}


@pytest.mark.rule("LOG-62")
@pytest.mark.scenario("LOG L9")
def test_an_ellipsis_stands_for_any_number_of_fields() -> None:
    assert fields("[ip, user, ..., status = 4*, bytes]", ACCESS) == {
        "ip": "127.0.0.1", "user": "-", "status": "404", "bytes": "1534",
    }  # fmt: skip
    assert fields("[a, ..., b]", "x y") == {"a": "x", "b": "y"}
    assert fields("[a, ..., b]", "x") is None
    assert fields("[a, ...]", "x y z") == {"a": "x"}
    assert fields("[..., z]", "x y z") == {"z": "z"}
    assert fields("[...]", "x") == {}
    assert refusal("[a, ..., b, ...]") == INVALID


@pytest.mark.rule("LOG-63")
def test_names_have_letters_digits_and_hyphens() -> None:
    assert fields("[request-id, w_1]", "a b") == {"request-id": "a", "w_1": "b"}
    assert refusal("[a.b]") == INVALID
    assert refusal("[a*]") == INVALID
    assert refusal("[a, a]") == "Duplicate field 'a'"


@pytest.mark.rule("LOG-64")
@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("s = 4*", [True, True, False, False]),
        ("s = 4* && s != 403", [True, False, False, False]),
        ("(s = 404 || s = 500)", [True, False, True, False]),
        ("s > 403.5", [True, False, True, False]),
        ("s <= 403", [False, True, False, False]),
        ("s = 4.04e2", [True, False, False, False]),
        ('s = "404"', [True, False, False, False]),
        ('s = "404.0"', [False, False, False, False]),
        ("s != 404", [False, True, True, True]),
        ("s = %^4%", [True, True, False, False]),
    ],
)
def test_conditions_on_fields(condition: str, expected: Sequence[bool]) -> None:
    assert matches(f"[a, {condition}]", "x 404", "x 403", "x 500", "x -") == expected


@pytest.mark.rule("LOG-64")
@pytest.mark.parametrize(
    "pattern", ["[a, b = 1 || a = 2]", "[a IS NULL]", "[a NOT EXISTS]", "[a > x]", "[(a = 1, b)]", "[$.a = 1]"]
)
def test_other_conditions_on_fields_are_refused(pattern: str) -> None:
    assert refusal(pattern) == INVALID


@pytest.mark.rule("LOG-64")
@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[ip, user, username, timestamp, request =*.html*, status_code = 4*, bytes]", True),
        (r"[ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]", True),
        ("[..., status_code = 404 || status_code = 410, bytes > 2000]", False),
        ('[ip, ..., request = "GET *", status_code, bytes]', True),
        ("[ip != 127.0.0.1, ...]", False),
    ],
)
def test_common_patterns_for_access_logs(pattern: str, expected: bool) -> None:
    assert matches(pattern, ACCESS) == [expected]


@pytest.mark.rule("LOG-64")
def test_a_pattern_for_the_report_of_an_invocation() -> None:
    pattern = '[label = "REPORT", id_label = "RequestId:", id, duration_label = "Duration:", duration > 100, unit = ms, ...]'
    report = "REPORT RequestId: 1-2\tDuration: {} ms\tBilled Duration: 200 ms\tMemory Size: 128 MB\t\n"

    assert matches(pattern, report.format("150.25"), report.format("99.00"), "START RequestId: 1-2") == [True, False, False]
    found = fields(pattern, report.format("150.25"))
    assert isinstance(found, dict)
    assert (found["id"], found["duration"]) == ("1-2", "150.25")


@pytest.mark.rule("LOG-65")
def test_empty_brackets_match_every_message_with_a_field() -> None:
    assert fields("[]", "x y") == {}
    assert fields("[]", "  ") is None


# --------------------------------------------------------------------- generated patterns

PARTS = st.sampled_from(
    [
        "{", "}", "[", "]", "(", ")", "$.a", "$.a[*]", "$.b[0]", "a", "b", "1", "1.0", "4*", '"a b"', '"', "%a%",
        r"%\d{,2}[x-z]%", "%", "=", "!=", ">", "<=", "&&", "||", ",", "...", "IS", "NULL", "NOT", "EXISTS", "?", "-", " ",
        "\\", "é",
    ]
)  # fmt: skip
MESSAGES = st.one_of(
    st.text(max_size=20),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
        max_leaves=5,
    ).map(json.dumps),
)


@settings(max_examples=examples(200))
@given(st.sampled_from(["{}", "[{}]", "{{ {} }}"]), st.lists(PARTS, max_size=8), MESSAGES)
def test_each_pattern_is_refused_or_matches_without_an_error(form: str, parts: list[str], message: str) -> None:
    try:
        pattern = compiled(form.format(" ".join(parts)))
    except PatternInvalid:
        return

    assert pattern.match(message) == pattern.match(message)


@given(
    st.lists(st.tuples(st.sampled_from(["", "?", "-"]), st.sampled_from(["a", "b", "c"])), min_size=1, max_size=4),
    st.text("abcd", max_size=4),
)
def test_terms_match_as_their_definition_states(terms: list[tuple[str, str]], message: str) -> None:
    decisive = [(sign, term) for sign, term in terms if sign != "?"]
    if decisive:
        expected = all((term in message) == (sign == "") for sign, term in decisive)
    else:
        expected = any(term in message for _, term in terms)

    assert matches(" ".join(sign + term for sign, term in terms), message) == [expected]
