"""Who takes a unit of concurrency, from which pool, and who is throttled for which reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from pytest_lambda_events.service.concurrency import Concurrency, Pool, Units, admit
from pytest_lambda_events.service.model import LATEST, Alias, Code, Configuration, Function, ProvisionedConcurrency, Target
from pytest_lambda_events.service.refusals import Throttled

ACCOUNT_FULL = Throttled("ConcurrentInvocationLimitExceeded")
FUNCTION_FULL = Throttled("ReservedFunctionConcurrentInvocationLimitExceeded")


def function(name: str = "charge", reserved: int | None = None) -> Function:
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    latest = Configuration(
        function_name=name, function_arn=arn, runtime="python3.13", role="", handler="", code=Code("", 0),
        revision_id="", last_modified="", code_revision="",
    )  # fmt: skip
    made = Function(name, arn, latest, reserved_concurrent_executions=reserved)
    made.versions["1"] = Configuration(
        function_name=name, function_arn=arn, runtime="python3.13", role="", handler="", code=Code("", 0),
        revision_id="", last_modified="", code_revision="1", version="1",
    )  # fmt: skip
    made.aliases["live"] = Alias("live", "1", "")
    return made


def target(function: Function, qualifier: str | None = None) -> Target:
    version = "1" if qualifier in ("1", "live") else LATEST
    configuration = function.configuration(version)
    assert configuration is not None
    return Target(function, qualifier, configuration)


def provisioned(count: int, available: int | None = None) -> ProvisionedConcurrency:
    return ProvisionedConcurrency(count, "", count, count if available is None else available, "READY")


def units(functions: Sequence[Function], in_use: Mapping[tuple[str, str], int]) -> Units:
    made = Units(Counter(in_use))
    for one in functions:
        made.update(one)
    return made


def pool_of(admission: Pool | Throttled) -> str:
    assert isinstance(admission, Pool)
    return admission.kind


@pytest.mark.rule("CON-02", "CON-37")
@pytest.mark.parametrize(("in_use", "throttled"), [(9, False), (10, True)])
def test_the_account_has_units_of_concurrency_up_to_its_limit(in_use: int, throttled: bool) -> None:
    charge = function()

    admission = admit(10, units([charge], {("charge", ""): in_use}), target(charge))

    assert (admission == ACCOUNT_FULL) is throttled


@pytest.mark.rule("CON-37")
def test_functions_without_a_reservation_share_one_pool() -> None:
    charge, ship = function(), function("ship")

    assert admit(10, units([charge, ship], {("ship", ""): 10}), target(charge)) == ACCOUNT_FULL


@pytest.mark.rule("CON-03")
@pytest.mark.parametrize(("in_use", "throttled"), [(1, False), (2, True)])
def test_a_reservation_is_a_cap(in_use: int, throttled: bool) -> None:
    charge = function(reserved=2)

    admission = admit(1000, units([charge], {("charge", ""): in_use}), target(charge))

    assert (admission == FUNCTION_FULL) is throttled


@pytest.mark.rule("CON-03")
@pytest.mark.parametrize("qualifier", [None, "$LATEST", "1", "live"])
def test_a_reservation_is_of_the_whole_function(qualifier: str | None) -> None:
    charge = function(reserved=1)

    assert admit(1000, units([charge], {("charge", ""): 1}), target(charge, qualifier)) == FUNCTION_FULL


@pytest.mark.rule("CON-03")
def test_a_reservation_is_a_guarantee() -> None:
    charge, ship = function(reserved=2), function("ship")
    in_use = {("ship", ""): 8}

    assert pool_of(admit(10, units([charge, ship], in_use), target(charge))) == "reserved"
    assert admit(10, units([charge, ship], in_use), target(ship)) == ACCOUNT_FULL


@pytest.mark.rule("CON-22")
def test_nothing_runs_with_a_reservation_of_zero() -> None:
    charge = function(reserved=0)

    assert admit(1000, units([charge], {}), target(charge)) == FUNCTION_FULL


@pytest.mark.rule("CON-08")
def test_provisioned_units_are_taken_from_the_reservation() -> None:
    charge = function(reserved=2)
    charge.provisioned["1"] = provisioned(2)

    assert admit(1000, units([charge], {}), target(charge)) == FUNCTION_FULL
    assert pool_of(admit(1000, units([charge], {("charge", "1"): 1}), target(charge, "1"))) == "provisioned"
    assert admit(1000, units([charge], {("charge", "1"): 2}), target(charge, "1")) == FUNCTION_FULL


@pytest.mark.rule("CON-08")
def test_invocations_beyond_provisioned_concurrency_spill_over() -> None:
    charge = function()
    charge.provisioned["1"] = provisioned(2)

    admission = admit(10, units([charge], {("charge", "1"): 2}), target(charge, "1"))

    assert pool_of(admission) == "unreserved"
    assert isinstance(admission, Pool)
    assert admission.initialization_type == "on-demand"


@pytest.mark.rule("FUN-42")
@pytest.mark.parametrize("owner", ["live", "1"])
def test_an_alias_uses_its_own_or_its_versions_provisioned_concurrency(owner: str) -> None:
    charge = function()
    charge.provisioned[owner] = provisioned(1)

    admission = admit(10, units([charge], {}), target(charge, "live"))

    assert admission == Pool("provisioned", charge.arn, "charge", owner)
    assert admission.initialization_type == "provisioned-concurrency"


def test_a_version_does_not_use_the_provisioned_concurrency_of_its_alias() -> None:
    charge = function()
    charge.provisioned["live"] = provisioned(1)

    assert pool_of(admit(10, units([charge], {}), target(charge, "1"))) == "unreserved"


@pytest.mark.rule("FUN-40")
def test_units_that_are_not_ready_are_set_aside_and_not_given() -> None:
    charge = function()
    charge.provisioned["1"] = provisioned(10, available=0)

    assert admit(10, units([charge], {}), target(charge, "1")) == ACCOUNT_FULL


def test_reservations_and_provisioned_concurrency_are_not_set_aside_twice() -> None:
    both, only_provisioned, neither = function(reserved=10), function("ship"), function("audit")
    both.provisioned["1"] = provisioned(5)
    only_provisioned.provisioned["1"] = provisioned(3)

    assert units([both, only_provisioned, neither], {}).unreserved(100) == 87


@pytest.mark.rule("CON-01")
def test_a_unit_that_is_given_back_can_be_taken_again() -> None:
    charge = function(reserved=1)
    shared = units([charge], {})
    concurrency = Concurrency(1000, lambda function_arn: shared)

    first = concurrency.take(target(charge))
    second = concurrency.take(target(charge))
    assert isinstance(first, Pool)
    concurrency.give_back(first)

    assert second == FUNCTION_FULL
    assert isinstance(concurrency.take(target(charge)), Pool)
    assert shared.in_use == {("charge", ""): 1}
