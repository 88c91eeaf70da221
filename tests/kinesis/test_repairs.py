"""Each repair is needed by this release of moto or left out, and repairs what it is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from bare_environments import BareAws, bare_environment
from moto import mock_aws
from moto.kinesis.models import Shard, Stream, kinesis_backends
from stream_calls import FIRST, SECOND, StreamCalls

from pytest_lambda_events.aws.kinesis import moto_bugs, repairs
from pytest_lambda_events.aws.kinesis.moto_bugs import Moto
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
    assert not fault(Moto(bare.simulation.advance))


@pytest.mark.parametrize("name", [repair.name for repair in repairs.REPAIRS])
def test_a_repair_is_put_on_exactly_if_moto_has_one_of_its_faults(name: str) -> None:
    (repair,) = [repair for repair in repairs.REPAIRS if repair.name == name]
    with moto_bugs.moto_alone() as moto:
        found = [fault for fault in repair.faults if fault(moto)]

    assert (name in repairs.needed_repairs()) is bool(found)


def test_a_repair_that_moto_does_not_need_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(process().needed_repairs, "kinesis", repairs.needed_repairs() - {"consumers"})

    with bare_environment() as environment:
        assert StreamCalls(environment).register()["ConsumerStatus"] == "ACTIVE"


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


def test_asking_leaves_no_streams_behind() -> None:
    with moto_bugs.moto_alone() as moto:
        moto_bugs.puts_a_part_of_a_batch(moto)

    assert moto_bugs.ACCOUNT not in kinesis_backends


def test_no_repair_is_left_after_an_environment() -> None:
    with bare_environment() as environment:
        StreamCalls(environment).put()

    assert {"simulated", "retention_period_hours"}.isdisjoint(vars(Stream))
    assert Shard.get_max_sequence_number.__module__ == "moto.kinesis.models"


# ---------------------------------------------------------------------- moto before and after an environment


class Adopted(StreamCalls):
    """The calls of a stream that is there already."""

    def __init__(self, environment: BareAws) -> None:
        self.name = "clicks"
        self.kinesis = environment.client("kinesis")


@pytest.fixture
def outside() -> Iterator[Any]:
    """Kinesis in the user's own mock, with a stream of two records."""
    with mock_aws():
        kinesis = boto3.client("kinesis", region_name="us-east-1")
        kinesis.create_stream(StreamName="clicks", ShardCount=1)
        for data in (b"one", b"two"):
            kinesis.put_record(StreamName="clicks", PartitionKey="k", Data=data)
        yield kinesis


def data_in(kinesis: Any) -> list[bytes]:
    """What the stream holds."""
    place = kinesis.get_shard_iterator(StreamName="clicks", ShardId=FIRST, ShardIteratorType="TRIM_HORIZON")
    return [record["Data"] for record in kinesis.get_records(ShardIterator=place["ShardIterator"])["Records"]]


def test_a_stream_from_before_the_environment_comes_with_its_records(outside: Any) -> None:
    with bare_environment() as environment:
        stream = Adopted(environment)
        number, _ = stream.put("three")

        assert stream.data() == ["one", "two", "three"]
        assert len(number) == 56
        assert [record.sequence_number for record in stream.source.read(FIRST, (-1, 0), 10)] == ["1", "2", number]


def test_a_stream_is_after_the_environment_what_it_was_at_its_end(outside: Any) -> None:
    with bare_environment() as environment:
        Adopted(environment).put("three")

    outside.put_record(StreamName="clicks", PartitionKey="k", Data=b"four")

    assert data_in(outside) == [b"one", b"two", b"three", b"four"]


def test_sequence_numbers_ascend_from_environment_to_environment(outside: Any) -> None:
    with bare_environment() as environment:
        environment.simulation.advance(1_000)
        first, _ = Adopted(environment).put("three")

    with bare_environment() as environment:
        second, _ = Adopted(environment).put("four")
        Adopted(environment).split()
        third, shard_id = Adopted(environment).put("five", hash_key=0)

    assert int(first) < int(second) < int(third)
    assert shard_id == SECOND


def test_a_stream_from_before_the_environment_is_left_alone_if_nobody_asks_for_it(outside: Any) -> None:
    with bare_environment():
        pass

    assert data_in(outside) == [b"one", b"two"]
