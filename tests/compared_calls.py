"""Makes generated calls in an environment, and writes down everything that a test can see of them."""

from __future__ import annotations

import copy
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest import mock
from uuid import UUID

import boto3
import botocore.handlers
import moto.kms.models
import moto.kms.responses
import moto.kms.utils
import moto.s3.models
import moto.sts.utils
from botocore.config import Config
from described_calls import described, described_error, described_http, spoil
from dynamodb_calls import Calls as DynamoDBCalls
from generated_calls import GeneratedInputs, Values
from moto.dynamodb.models import table_export, table_import
from moto.moto_api._internal import mock_random
from shop_values import FIRST_CALLS, GIVEN_VALUES, OTHER_OPERATIONS, SAME_MEMBERS, SIMULATED, USUAL_OPERATIONS, Call

from pytest_lambda_events import LambdaEvents, NotSimulatedError
from pytest_lambda_events.aws.fast_calls.fast_calls import FastCalls
from pytest_lambda_events.aws.network.routing import _Calls


class Clients:
    """Clients of all services, which the compared environments share. With `checks` they check their parameters."""

    def __init__(self, *, checks: bool = True) -> None:
        session: Any = boto3.Session("FOOBARKEY", "FOOBARSECRET", region_name="us-east-1")
        config = Config(parameter_validation=checks)
        self.checks = checks
        self._clients = {service: session.client(service, config=config) for service in (*SIMULATED, *OTHER_OPERATIONS)}
        self.http: list[Any] = []
        for client in self._clients.values():
            client.meta.events.register("after-call", self._after_call)

    def _after_call(self, http_response: Any, model: Any, **_: Any) -> None:
        self.http.append(described_http(http_response, is_read=not model.has_streaming_output))

    def client(self, service: str) -> Any:
        """Returns the client of a service."""
        return self._clients[service]

    def model(self, service: str, operation: str) -> Any:
        """Returns the model of an operation."""
        return self._clients[service].meta.service_model.operation_model(operation)

    def operations(self) -> list[tuple[str, str]]:
        """Returns services and names of all operations that are called."""
        simulated = [
            (service, name) for service in SIMULATED for name in self._clients[service].meta.service_model.operation_names
        ]
        others = [
            (service, name)
            for operations in (OTHER_OPERATIONS, USUAL_OPERATIONS)
            for service, names in operations.items()
            for name in names.split()
        ]
        return simulated + others

    def make(self, call: Call) -> Any:
        """Makes a call."""
        service, operation, parameters = call
        return self._clients[service]._make_api_call(operation, parameters)


class Ways:
    """Counts by service the calls that reach botocore's requests, those that take the fast path, and successful ones."""

    def __init__(self) -> None:
        self.made: Counter[str] = Counter()
        self.fast: Counter[str] = Counter()
        self.successful: Counter[str] = Counter()

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Counts while the block runs."""
        make_request, answer_quickly = _Calls.make_request, _Calls._answer_quickly
        answered = FastCalls.answered

        def made(calls: Any, make: Any, client: Any, *arguments: Any) -> Any:
            self.made[client.meta.service_model.service_name] += 1
            return make_request(calls, make, client, *arguments)

        def quick(calls: Any, fast_calls: Any, fast: Any, handler: Any, call: Any, endpoint_url: str) -> Any:
            if handler is None:
                self.fast[call.service_name] += 1
            return answer_quickly(calls, fast_calls, fast, handler, call, endpoint_url)

        def by_moto(calls: Any, call: Any, handler: Any) -> Any:
            self.fast[call.model.service_model.service_name] += 1
            return answered(calls, call, handler)

        with (
            mock.patch.object(_Calls, "make_request", made),
            mock.patch.object(_Calls, "_answer_quickly", quick),
            mock.patch.object(FastCalls, "answered", by_moto),
        ):
            yield


class Scenario:
    """Calls in one environment: the first ones create resources, the others are generated from a seed."""

    def __init__(self, clients: Clients, ways: Ways, seed: int) -> None:
        self._clients = clients
        self._ways = ways
        self._seed = seed

    def generated(self, operations: Sequence[tuple[str, str]], *, fast_calls: bool) -> tuple[list[Any], list[Call]]:
        """Returns what is seen of newly generated calls of these operations, and the calls."""
        random = Random(f"calls {self._seed}")
        values = Values(random, GIVEN_VALUES, SAME_MEMBERS)
        inputs = GeneratedInputs(random, values, wrong_types=0.03 if self._clients.checks else 0.4)
        items = iter(DynamoDBCalls(self._seed).take(len(operations)))
        calls: list[Call] = []

        def generate() -> Iterator[Call]:
            yield from FIRST_CALLS
            for service, operation in operations:
                model = self._clients.model(service, operation)
                if service == "dynamodb" and operation.endswith(("Item", "Query", "Scan", "Items")) and random.random() < 0.8:
                    name, parameters = next(items)
                    yield service, "".join(word.capitalize() for word in name.split("_")), parameters
                else:
                    yield service, operation, inputs.input_of(model)

        def kept() -> Iterator[Call]:
            for call in generate():
                calls.append(copy.deepcopy(call))
                yield copy.deepcopy(call)

        return self._seen(kept(), values, fast_calls), calls

    def repeated(self, calls: Sequence[Call], *, fast_calls: bool) -> list[Any]:
        """Returns what is seen of calls that were made before."""
        return self._seen(iter(copy.deepcopy(calls)), None, fast_calls)

    def _seen(self, calls: Iterator[Call], values: Values | None, fast_calls: bool) -> list[Any]:
        time = Random(f"time {self._seed}")
        seen: list[Any] = []
        with LambdaEvents(seed=self._seed, fast_calls=fast_calls) as env, ids_seeded(self._seed), self._ways.counted():
            key = "none"
            for call in calls:
                service, operation, parameters = _with_key(call, key)
                outcome, result = self._outcome(env, (service, operation, parameters))
                seen.append((service, operation, described(parameters), *outcome))
                if operation == "CreateKey" and result is not None:
                    key = result["KeyMetadata"]["KeyId"]
                if values is not None:
                    values.learn(result)
                spoil(result)
                spoil(parameters)
                if time.random() < 0.05:
                    seen.append(_advanced(env, time.choice((0.5, 3, 40))))
            seen.append(_advanced(env, 60))
            for call in LAST_CALLS:
                seen.append((call, self._outcome(env, call)[0]))
            seen.append([repr(entry) for entry in env.journal])
            seen.append(mock_random.getstate())
        return seen

    def _outcome(self, env: LambdaEvents, call: Call) -> tuple[tuple[Any, ...], Any]:
        """Returns what is seen of a call, and the response."""
        self._clients.http.clear()
        result = None
        try:
            result = self._clients.make(call)
        except Exception as error:
            outcome = described_error(error)
        else:
            self._ways.successful[call[0]] += 1
            outcome = described(result)
        return (outcome, list(self._clients.http), env.elapsed), result


LAST_CALLS: Sequence[Call] = (
    ("sqs", "ListQueues", {}),
    ("sqs", "CreateQueue", {"QueueName": "last"}),
    ("sns", "ListSubscriptions", {}),
    ("events", "ListRules", {"EventBusName": "shop"}),
    ("lambda", "ListFunctions", {}),
    ("dynamodb", "Scan", {"TableName": "plain"}),
    ("dynamodb", "Scan", {"TableName": "ranged"}),
    ("kms", "CreateKey", {}),
    ("iam", "CreateAccessKey", {}),
)


def _advanced(env: LambdaEvents, seconds: float) -> Any:
    """Moves the time. Returns a description of the error, if work that was due then is not simulated."""
    try:
        env.advance(seconds)
    except NotSimulatedError as error:
        return described_error(error)
    return None


def _with_key(call: Call, key: str) -> Call:
    """Replaces KEY, which stands for the id of the last key."""
    service, operation, parameters = call
    if service == "kms":
        parameters = {name: key if value == "KEY" else value for name, value in parameters.items()}
    return service, operation, parameters


@contextmanager
def ids_seeded(seed: int) -> Iterator[None]:
    """Lets moto draw keys and ids, and botocore its tokens for idempotent calls, from a seed."""
    source = Random(f"keys {seed}")
    drawn: Mapping[str, Any] = {"urandom": source.randbytes}
    numbers = count()

    def uuid4() -> UUID:
        return UUID(int=next(numbers))

    patches: list[tuple[Any, str, Any]] = [
        (botocore.handlers, "uuid", SimpleNamespace(uuid4=uuid4)),
        *((module, "uuid4", uuid4) for module in (table_export, table_import)),
        # They work in threads of their own.
        *((kind, "start", kind.run) for kind in (table_export.TableExport, table_import.TableImport)),
        *(
            (module, "os", SimpleNamespace(**{**vars(os), **drawn}))
            for module in (moto.kms.models, moto.kms.responses, moto.kms.utils, moto.s3.models, moto.sts.utils)
            if hasattr(module, "os")
        ),
    ]
    with ExitStack() as stack:
        for owner, name, patched in patches:
            stack.enter_context(mock.patch.object(owner, name, patched))
        yield
