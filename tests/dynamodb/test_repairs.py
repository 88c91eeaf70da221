"""Each repair is needed by this release of moto or left out, and repairs what it is for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from bare_environments import BareAws, bare_environment
from moto.moto_api._internal import mock_random
from table_calls import TableCalls

from pytest_lambda_events.aws.dynamodb import moto_bugs, repairs
from pytest_lambda_events.aws.dynamodb.moto_bugs import Moto
from pytest_lambda_events.aws.process import process
from pytest_lambda_events.aws.repairs import Repair

Fault = Callable[[Moto], bool]
FAULTS = [pytest.param(fault, id=f"{repair.name}: {fault.__name__}") for repair in repairs.REPAIRS for fault in repair.faults]


@pytest.mark.parametrize("fault", FAULTS)
def test_moto_alone_has_the_fault(fault: Fault) -> None:
    with moto_bugs.moto_alone() as moto:
        found = fault(moto)

    if not found:
        pytest.skip("this release of moto does not have it")
    assert found


@pytest.mark.parametrize("fault", FAULTS)
def test_an_environment_does_not_have_the_fault(fault: Fault, bare: BareAws) -> None:
    assert not fault(Moto(partial(bare.simulation.advance, 0)))


@pytest.mark.parametrize("name", [repair.name for repair in repairs.REPAIRS])
def test_a_repair_is_put_on_exactly_if_moto_has_one_of_its_faults(name: str) -> None:
    (repair,) = [repair for repair in repairs.REPAIRS if repair.name == name]
    with moto_bugs.moto_alone() as moto:
        found = [fault for fault in repair.faults if fault(moto)]

    assert (name in repairs.needed_repairs()) is bool(found)


def test_a_repair_that_moto_does_not_need_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(process().needed_repairs, "dynamodb", repairs.needed_repairs() - {"expiry"})

    with bare_environment() as environment:
        table = TableCalls(environment)
        table.expire_by("until")
        table.put(until={"N": "1767225600"})
        environment.simulation.advance(1)

        assert len(table.items) == 1


def test_moto_is_asked_once_per_process(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Moto] = []

    def ask(moto: Moto) -> bool:
        asked.append(moto)
        return False

    monkeypatch.setattr(repairs, "REPAIRS", [Repair("asked", [ask], lambda shared: [])])
    monkeypatch.setattr(process(), "needed_repairs", {})

    names = [repairs.needed_repairs() for _ in range(2)]

    assert (names, len(asked)) == ([frozenset(), frozenset()], 1)


def test_asking_moto_uses_up_none_of_its_random_numbers() -> None:
    before = mock_random.getstate()

    with moto_bugs.moto_alone() as moto:
        moto.put(moto.table())

    assert mock_random.getstate() == before
