"""Each repair is needed by this release of moto or left out, and repairs what it is for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import moto.core.utils as moto_utils
import moto.sqs.models as sqs_models
import pytest
from bare_environments import BareAws, bare_environment
from moto.moto_api._internal import mock_random
from moto.sqs.models import Queue
from queue_calls import Calls

from pytest_lambda_events.aws.process import process
from pytest_lambda_events.aws.repairs import Repair
from pytest_lambda_events.aws.sqs import moto_bugs, repairs
from pytest_lambda_events.aws.sqs.moto_bugs import Moto

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
    assert not fault(Moto(bare.simulation.advance))


@pytest.mark.parametrize("name", [repair.name for repair in repairs.REPAIRS])
def test_a_repair_is_put_on_exactly_if_moto_has_one_of_its_faults(name: str) -> None:
    (repair,) = [repair for repair in repairs.REPAIRS if repair.name == name]
    with moto_bugs.moto_alone() as moto:
        found = [fault for fault in repair.faults if fault(moto)]

    assert (name in repairs.needed_repairs()) is bool(found)


def test_a_repair_that_moto_does_not_need_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(process().needed_repairs, "sqs", repairs.needed_repairs() - {"settings"})

    with bare_environment() as environment:
        queue = Calls(environment, VisibilityTimeout="43201")

        assert queue.attributes("VisibilityTimeout") == {"VisibilityTimeout": "43201"}


def test_moto_is_asked_once_per_process(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Moto] = []

    def ask(moto: Moto) -> bool:
        asked.append(moto)
        return False

    monkeypatch.setattr(repairs, "REPAIRS", [Repair("asked", [ask], lambda *_: [])])
    monkeypatch.setattr(process(), "needed_repairs", {})

    names = [repairs.needed_repairs() for _ in range(2)]

    assert names == [frozenset(), frozenset()]
    assert len(asked) == 1


def test_asking_leaves_the_ids_that_moto_makes_as_they_were() -> None:
    before = mock_random.getstate()

    with moto_bugs.moto_alone() as moto:
        moto_bugs.numbers_at_random(moto)

    assert mock_random.getstate() == before


def test_no_repair_is_left_after_an_environment() -> None:
    with bare_environment() as environment:
        Calls(environment).send()

    assert "_messages" not in vars(Queue)
    with moto_bugs.moto_alone() as moto:
        assert moto_bugs.cannot_look_ahead(moto)


def test_a_second_purge_is_refused_for_a_minute(bare: BareAws) -> None:
    queue = Calls(bare)
    queue.sqs.purge_queue(QueueUrl=queue.url)
    bare.simulation.advance(59.999999)

    with pytest.raises(queue.sqs.exceptions.PurgeQueueInProgress):
        queue.sqs.purge_queue(QueueUrl=queue.url)
    bare.simulation.advance(0.000001)
    queue.sqs.purge_queue(QueueUrl=queue.url)

    assert queue.counts() == (0, 0, 0)


@pytest.mark.parametrize("driver", ["time-machine", "freezegun"])
@pytest.mark.parametrize("microseconds", [0, 1, 499_999, 999_999, 123_456_789, 86_400_000_001])
def test_a_queue_reads_the_same_time_as_moto(microseconds: int, driver: Any) -> None:
    with bare_environment(clock_driver=driver) as environment:
        environment.simulation.advance(microseconds / 1_000_000)

        read, moment = vars(sqs_models)["unix_time_millis"], datetime(2026, 1, 1)

        assert read is not moto_utils.unix_time_millis
        assert read() == moto_utils.unix_time_millis()
        assert read(moment) == moto_utils.unix_time_millis(moment)
