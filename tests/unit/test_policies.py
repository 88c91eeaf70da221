"""IAM policies over plain values: who may do what to which resource."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import translate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lambda_events.errors import NotSimulatedError
from pytest_lambda_events.service.policies import (
    DENIED_BY_IDENTITY,
    DENIED_BY_RESOURCE,
    NOT_ALLOWED_BY_IDENTITY,
    NOT_ALLOWED_BY_RESOURCE,
    Call,
    Principal,
    Refusal,
    like,
    refusal_of_role,
    refusal_of_service,
    statements_of,
    trusts,
)

ACCOUNT, OTHER = "123456789012", "210987654321"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/charge"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/charge/charge"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:failures"
SEND = "sqs:SendMessage"


def allow(**members: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": SEND, "Resource": QUEUE} | members


def deny(**members: Any) -> dict[str, Any]:
    return allow(**members) | {"Effect": "Deny"}


def without(statement: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in statement.items() if name not in names}


def judged(
    *identity: Mapping[str, Any],
    resource: tuple[Mapping[str, Any], ...] = (),
    owner: str = ACCOUNT,
    context: Mapping[str, str] | None = None,
) -> Refusal | None:
    call = Call(Principal(ROLE, SESSION), SEND, QUEUE, context or {})
    return refusal_of_role(call, identity, resource, owner)


# ---------------------------------------------------------------------- one identity


def test_calls_that_no_policy_allows_are_denied() -> None:
    assert judged() == NOT_ALLOWED_BY_IDENTITY


@pytest.mark.parametrize(
    "statement",
    [
        allow(),
        allow(Action="sqs:*"),
        allow(Action="*"),
        allow(Action="SQS:sendmessage"),
        allow(Action=["sqs:ReceiveMessage", "sqs:Send*"]),
        allow(Action="sqs:SendMessag?"),
        allow(Resource="*"),
        allow(Resource=["arn:aws:sqs:*:*:other", f"arn:aws:sqs:*:{ACCOUNT}:fail*"]),
        without(allow(NotAction="sqs:DeleteMessage"), "Action"),
        without(allow(NotResource=f"{QUEUE}-too"), "Resource"),
    ],
    ids=["exact", "of the service", "any", "another case", "listed", "one character", "any resource", "a resource's pattern",
         "not that action", "not that resource"],
)  # fmt: skip
def test_a_statement_about_the_call_allows_it(statement: dict[str, Any]) -> None:
    assert judged(statement) is None


@pytest.mark.parametrize(
    "statement",
    [
        allow(Action="sqs:SendMessageBatch"),
        allow(Action="sqs:SendMessag"),
        allow(Action="sns:*"),
        allow(Action=[]),
        allow(Resource=f"{QUEUE}-too"),
        allow(Resource=QUEUE.upper()),
        allow(Resource=QUEUE[:-1] + "??"),
        without(allow(NotAction=["sqs:*"]), "Action"),
        without(allow(NotResource="arn:aws:sqs:*"), "Resource"),
        without(allow(), "Effect"),
    ],
    ids=["longer", "shorter", "another service", "none", "another resource", "a resource in another case", "too many marks",
         "all but that action", "all but that resource", "no effect"],
)  # fmt: skip
def test_a_statement_about_something_else_allows_nothing(statement: dict[str, Any]) -> None:
    assert judged(statement) == NOT_ALLOWED_BY_IDENTITY


@pytest.mark.rule("PRM-31", "PRM-40")
def test_an_explicit_deny_wins_whatever_is_allowed() -> None:
    assert judged(allow(Action="*", Resource="*"), deny(Action="sqs:Send*")) == DENIED_BY_IDENTITY


def test_a_deny_of_something_else_denies_nothing() -> None:
    assert judged(allow(), deny(Action="sqs:DeleteMessage"), deny(Resource=f"{QUEUE}-too")) is None


# ---------------------------------------------------------------------- the resource's policy


@pytest.mark.rule("PRM-34")
@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ROLE}, {"AWS": [SESSION]}], ids=str)
def test_in_one_account_a_resource_that_names_the_role_is_enough(principal: object) -> None:
    assert judged(resource=(allow(Principal=principal),)) is None


@pytest.mark.rule("PRM-34")
@pytest.mark.parametrize(
    "principal",
    [{"AWS": ACCOUNT}, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, {"AWS": f"{ROLE}-too"}, {"Service": "sns.amazonaws.com"}],
    ids=["account", "its root", "another role", "service"],
)
def test_in_one_account_a_resource_that_names_no_role_leaves_it_to_the_role(principal: object) -> None:
    assert judged(resource=(allow(Principal=principal),)) == NOT_ALLOWED_BY_IDENTITY


@pytest.mark.rule("PRM-34")
@pytest.mark.parametrize("principal", ["*", {"AWS": ROLE}, {"AWS": ACCOUNT}, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}], ids=str)
def test_across_accounts_role_and_resource_must_both_allow(principal: object) -> None:
    grant = allow(Principal=principal)

    assert judged(allow(), resource=(grant,), owner=OTHER) is None
    assert judged(allow(), owner=OTHER) == NOT_ALLOWED_BY_RESOURCE
    assert judged(resource=(grant,), owner=OTHER) == NOT_ALLOWED_BY_IDENTITY


@pytest.mark.rule("PRM-31")
@pytest.mark.parametrize("principal", ["*", {"AWS": ROLE}, {"AWS": ACCOUNT}, {"AWS": SESSION}], ids=str)
def test_a_resource_that_denies_the_role_wins(principal: object) -> None:
    assert judged(allow(), resource=(deny(Principal=principal),)) == DENIED_BY_RESOURCE


def test_a_resource_that_denies_another_role_denies_nothing() -> None:
    assert judged(allow(), resource=(deny(Principal={"AWS": f"{ROLE}-too"}),)) is None


def test_a_statement_of_a_resource_without_a_principal_applies_to_no_caller() -> None:
    assert judged(resource=(allow(),)) == NOT_ALLOWED_BY_IDENTITY


# ---------------------------------------------------------------------- services


TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:orders"


def from_topic(*statements: Mapping[str, Any]) -> Refusal | None:
    context = {"aws:SourceArn": TOPIC}
    return refusal_of_service(Call(Principal(service="sns.amazonaws.com"), SEND, QUEUE, context), statements)


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"Service": "sns.amazonaws.com"}], ids=str)
def test_a_service_needs_to_be_named(principal: object) -> None:
    assert from_topic(allow(Principal=principal)) is None


def test_a_service_is_not_another_one() -> None:
    assert from_topic(allow(Principal={"Service": ["s3.amazonaws.com"]})) == NOT_ALLOWED_BY_RESOURCE


def test_a_service_can_be_denied() -> None:
    granted = allow(Principal={"Service": "sns.amazonaws.com"})

    assert from_topic(granted, deny(Principal="*")) == DENIED_BY_RESOURCE


@pytest.mark.rule("PRM-36")
@pytest.mark.parametrize(
    ("statement", "trusted"),
    [
        ({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}, True),
        (
            {"Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}, "Action": "sts:*"},
            True,
        ),
        ({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}, False),
        ({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:TagSession"}, False),
        ({"Effect": "Deny", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}, False),
    ],
    ids=["trusted", "among others", "another service", "another action", "denied"],
)
def test_a_role_trusts_whom_its_trust_policy_names(statement: dict[str, Any], trusted: bool) -> None:
    assert trusts([statement], "lambda.amazonaws.com") is trusted


# ---------------------------------------------------------------------- conditions


SOURCE = "arn:aws:sns:us-east-1:123456789012:orders"


@pytest.mark.rule("PRM-40")
@pytest.mark.parametrize(
    ("condition", "value", "holds"),
    [
        ({"StringEquals": {"k": "orders"}}, "orders", True),
        ({"StringEquals": {"k": "orders"}}, "Orders", False),
        ({"StringEquals": {"k": "order*"}}, "orders", False),
        ({"StringEquals": {"k": ["a", "orders"]}}, "orders", True),
        ({"StringEquals": {"K": "orders"}}, "orders", True),
        ({"StringEquals": {"k": "orders"}}, None, False),
        ({"StringEqualsIfExists": {"k": "orders"}}, None, True),
        ({"StringEqualsIfExists": {"k": "orders"}}, "other", False),
        ({"StringEqualsIgnoreCase": {"k": "ORDERS"}}, "orders", True),
        ({"StringNotEquals": {"k": "orders"}}, "orders", False),
        ({"StringNotEquals": {"k": ["orders", "other"]}}, "third", True),
        ({"StringNotEquals": {"k": "orders"}}, None, True),
        ({"StringLike": {"k": "ord*"}}, "orders", True),
        ({"StringLike": {"k": "ord?"}}, "orders", False),
        ({"StringNotLike": {"k": "ord*"}}, "orders", False),
        ({"ArnEquals": {"k": SOURCE}}, SOURCE, True),
        ({"ArnLike": {"k": "arn:aws:sns:*:*:ord*"}}, SOURCE, True),
        ({"ArnLike": {"k": "arn:aws:sns:*:orders"}}, SOURCE, False),
        ({"ArnLike": {"k": "arn:aws:sqs:*:*:*"}}, SOURCE, False),
        ({"ArnLike": {"k": SOURCE}}, None, False),
        ({"ArnNotLike": {"k": "arn:aws:sns:*:*:ord*"}}, SOURCE, False),
        ({"Null": {"k": "true"}}, None, True),
        ({"Null": {"k": "true"}}, "orders", False),
        ({"Null": {"k": False}}, "orders", True),
        ({"Null": {"k": "false"}}, None, False),
        ({"Bool": {"k": "true"}}, "true", True),
        ({"Bool": {"k": True}}, "True", True),
        ({"Bool": {"k": "false"}}, "true", False),
        ({"Bool": {"k": "true"}}, None, False),
        ({"BoolIfExists": {"k": "true"}}, None, True),
        ({"StringEquals": {"k": "orders"}, "Null": {"other": "false"}}, "orders", False),
        ({"StringEquals": {"k": "orders", "other": "x"}}, "orders", False),
        ({}, None, True),
    ],
    ids=str,
)
def test_a_statement_holds_where_its_conditions_do(condition: Any, value: str | None, holds: bool) -> None:
    context = {} if value is None else {"k": value}

    assert (judged(allow(Condition=condition), context=context) is None) is holds


@pytest.mark.rule("PRM-40")
@pytest.mark.parametrize("operator", ["IpAddress", "DateGreaterThan", "ForAllValues:StringEquals", "NumericLessThan"])
def test_a_condition_operator_that_is_not_known_is_refused_by_name(operator: str) -> None:
    with pytest.raises(NotSimulatedError, match=operator):
        judged(allow(Condition={operator: {"k": "1"}}))


@pytest.mark.parametrize(
    "statement",
    [
        allow(Action="sqs:DeleteMessage", Condition={"IpAddress": {"k": "1"}}),
        allow(Resource=f"{QUEUE}-too", Condition={"IpAddress": {"k": "1"}}),
    ],
    ids=["action", "resource"],
)
def test_a_condition_of_a_statement_about_something_else_is_not_looked_at(statement: dict[str, Any]) -> None:
    assert judged(statement, allow()) is None


def test_a_condition_on_another_principal_is_not_looked_at() -> None:
    of_another = deny(Principal={"AWS": f"{ROLE}-too"}, Condition={"IpAddress": {"k": "1"}})

    assert judged(allow(), resource=(of_another,)) is None


@pytest.mark.parametrize(
    "statement",
    [allow(Resource="arn:aws:sqs:*:*:${aws:PrincipalTag/team}"), allow(Condition={"StringEquals": {"k": "${aws:userid}"}})],
    ids=["resource", "condition"],
)
def test_a_policy_variable_is_refused_by_name(statement: dict[str, Any]) -> None:
    with pytest.raises(NotSimulatedError, match=re.escape("${aws:")):
        judged(statement, context={"k": "value"})


def test_not_principal_is_refused_by_name() -> None:
    with pytest.raises(NotSimulatedError, match="NotPrincipal"):
        judged(allow(), resource=(deny(NotPrincipal={"AWS": ROLE}),))


# ---------------------------------------------------------------------- documents and wildcards


@pytest.mark.parametrize(
    ("document", "statements"),
    [
        (None, []),
        ({}, []),
        ({"Statement": []}, []),
        ({"Statement": allow()}, [allow()]),
        ({"Statement": [allow(), deny()]}, [allow(), deny()]),
    ],
    ids=["none", "empty", "no statement", "one outside a list", "two"],
)
def test_a_document_has_its_statements(document: Any, statements: list[Any]) -> None:
    assert list(statements_of(document)) == statements


PIECES = st.lists(st.sampled_from(["*", "?", "a", "B", ":", "/", ".", "+", "\n"]), max_size=8).map("".join)
TEXT = st.text("aB:/.+\n", max_size=8)


@given(PIECES, TEXT)
def test_a_pattern_matches_what_shell_patterns_match(pattern: str, text: str) -> None:
    assert like(pattern, text) is (re.match(translate(pattern), text) is not None)


@given(TEXT)
def test_a_text_without_wildcards_matches_only_itself(text: str) -> None:
    assert like(text, text)
    assert not like(text, text + "a")


@given(TEXT, TEXT, TEXT)
def test_a_star_stands_for_any_characters(before: str, between: str, after: str) -> None:
    assert like(f"{before}*{after}", before + between + after)


@given(TEXT, TEXT)
def test_a_question_mark_stands_for_exactly_one(before: str, after: str) -> None:
    assert like(f"{before}?{after}", f"{before}x{after}")
    assert not like(f"{before}?{after}", before + after)
