"""The authority by itself: which policies it asks for, and what it tells of a denial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from pytest_lambda_events.report.journal import Journal
from pytest_lambda_events.service.authorization import AllowAll, PushSource
from pytest_lambda_events.service.policies import Statement
from pytest_lambda_events.service.policy_authorizer import Owned, PolicyAuthorizer
from pytest_lambda_events.simulation.clock import VirtualClock

ACCOUNT, OTHER = "123456789012", "210987654321"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/charge"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:failures"
BUCKET = "arn:aws:s3:::failures"


@dataclass
class Kept:
    """Policies as a test gives them."""

    roles: Mapping[str, Sequence[Statement]] = field(default_factory=dict)
    resources: Mapping[str, Owned] = field(default_factory=dict)

    def of_role(self, role_arn: str) -> Sequence[Statement] | None:
        return self.roles.get(role_arn)

    def trust_of(self, role_arn: str) -> Sequence[Statement] | None:
        return None

    def of_resource(self, arn: str) -> Owned | None:
        return self.resources.get(arn)


def may(action: str, resource: str, **members: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | members


def authority(clock: VirtualClock, *role: Statement, **resources: Owned) -> PolicyAuthorizer:
    """One that knows the role, and the queue or the bucket."""
    arns = {"queue": QUEUE, "bucket": BUCKET}
    kept = Kept({ROLE: role}, {arns[name]: owned for name, owned in resources.items()})
    return PolicyAuthorizer(kept, lambda arn: None, Journal(clock))


@pytest.mark.parametrize("action", ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"])
def test_a_role_that_does_not_exist_in_iam_may_write_logs(clock: VirtualClock, action: str) -> None:
    assert authority(clock).allowed(f"{ROLE}-too", action, "arn:aws:logs:us-east-1:123456789012:log-group:/x") is None


def test_a_role_that_does_not_exist_in_iam_may_do_nothing_else(clock: VirtualClock) -> None:
    assert authority(clock).allowed(f"{ROLE}-too", "sqs:SendMessage", QUEUE) is not None


def test_a_denial_names_the_role_the_action_and_the_resource(clock: VirtualClock) -> None:
    assert authority(clock).allowed(ROLE, "sqs:SendMessage", QUEUE) == (
        f"{ROLE} is not authorized to perform: sqs:SendMessage on resource: {QUEUE} because no identity-based policy allows "
        "the sqs:SendMessage action"
    )


@pytest.mark.rule("PRM-34")
def test_a_bucket_of_another_account_must_admit_the_role(clock: VirtualClock) -> None:
    put = may("s3:PutObject", f"{BUCKET}/*")
    closed = authority(clock, put, bucket=Owned(OTHER))
    open_to_all = authority(clock, put, bucket=Owned(OTHER, (put | {"Principal": "*"},)))

    assert closed.allowed(ROLE, "s3:PutObject", f"{BUCKET}/record") is not None
    assert open_to_all.allowed(ROLE, "s3:PutObject", f"{BUCKET}/record") is None


@pytest.mark.parametrize(("owner", "allowed"), [(ACCOUNT, True), (OTHER, False)])
def test_a_bucket_can_be_tied_to_its_owner(clock: VirtualClock, owner: str, allowed: bool) -> None:
    tied = may("s3:PutObject", f"{BUCKET}/*", Condition={"StringEquals": {"s3:ResourceAccount": ACCOUNT}})
    grant = may("s3:PutObject", f"{BUCKET}/*", Principal="*")

    reason = authority(clock, tied, bucket=Owned(owner, (grant,))).allowed(ROLE, "s3:PutObject", f"{BUCKET}/record")

    assert (reason is None) is allowed


@pytest.mark.parametrize(
    "condition",
    [
        {"ArnEquals": {"aws:PrincipalArn": ROLE}},
        {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
        {"StringEquals": {"aws:ResourceAccount": ACCOUNT}},
        {"Bool": {"aws:SecureTransport": "true"}},
        {"Null": {"lambda:SourceFunctionArn": "true"}},
    ],
    ids=lambda condition: next(iter(next(iter(condition.values())))),
)
def test_a_call_carries_the_keys_that_every_call_carries(clock: VirtualClock, condition: Any) -> None:
    judge = authority(clock, may("sqs:SendMessage", QUEUE, Condition=condition))

    assert judge.allowed(ROLE, "sqs:SendMessage", QUEUE) is None


def test_a_condition_uses_the_keys_of_the_call(clock: VirtualClock) -> None:
    judge = authority(clock, may("sqs:SendMessage", QUEUE, Condition={"StringEquals": {"k": "v"}}))

    assert judge.allowed(ROLE, "sqs:SendMessage", QUEUE) is not None
    assert judge.allowed(ROLE, "sqs:SendMessage", QUEUE, {"k": "v"}) is None


@pytest.mark.parametrize(
    ("missing", "allowed"),
    [("s3:PutObject", "s3:ListBucket"), ("s3:ListBucket", "s3:PutObject"), (None, "s3:*")],
    ids=["put", "list", "none"],
)
def test_a_bucket_needs_two_actions_when_it_is_configured(clock: VirtualClock, missing: str | None, allowed: str) -> None:
    judge = authority(clock, may(allowed, f"{BUCKET}*"), bucket=Owned(ACCOUNT))

    assert judge.may_configure("charge", ROLE, BUCKET) == missing


def test_a_service_is_not_judged_for_a_function_that_does_not_exist(clock: VirtualClock) -> None:
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:gone"

    assert (
        authority(clock).admits(function, PushSource("sns.amazonaws.com", f"arn:aws:sns:us-east-1:{ACCOUNT}:orders")) is None
    )


@pytest.mark.rule("PRM-40")
def test_without_enforcement_nothing_is_asked() -> None:
    judge = AllowAll()

    assert judge.allowed(ROLE, "sqs:SendMessage", QUEUE) is None
    assert judge.may_configure("charge", ROLE, QUEUE) is None
    assert judge.admits(f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:charge", PushSource("sns.amazonaws.com", QUEUE)) is None
