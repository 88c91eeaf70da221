"""Opens and closes the parts of moto, boto3 and the process's clocks that a simulated AWS needs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import boto3
from moto import mock_aws
from moto.core.models import MockAWS
from moto.moto_api._internal import mock_random

from ..config import LambdaEventsConfig
from ..contexts import ExitStack, contextmanager
from ..patching import attribute_patched
from ..service.tracing import PassedTrace
from ..simulation import handler_waits
from ..simulation.process_environment import environ_put_back
from ..simulation.signals import HandlerSignals
from ..simulation.simulation import Simulation
from .clock.clock_driver import ClockDriver
from .clock.durable_sdk import durable_sdk_threads_simulated
from .clock.event_loop import loops_on_virtual_time
from .clock.other_clocks import other_clocks_refused
from .clock.other_loops import other_loops_refused
from .clock.pydantic_clock import pydantic_on_virtual_time
from .clock.sleeping import sleep_dispatched, sleep_redirected
from .kafka.repairs import clusters_repaired
from .lasting import kept, lasting, shared
from .late_parts import when_loaded
from .late_responses import late_responses
from .network.aws_hosts import aws_hosts_refused
from .network.client_arguments import fixed, made_client
from .network.moto_network import moto_sends_nothing
from .network.retries import adaptive_retries_on_virtual_time, retries_seeded
from .network.routing import LambdaEndpoint, OnCall, calls_routed
from .network.signing import FAKE_CREDENTIALS
from .process import process
from .quick_mock import mock_started_quickly
from .signals import signals_dispatched

if TYPE_CHECKING:
    from .clock.freezer import Freezer
    from .network.explored_calls import ExploredCalls

_OF_A_DEVELOPER = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
"""Settings of a developer that would lead out of the simulated AWS."""
HANDLER_ATTRIBUTES: Sequence[tuple[object, str]] = ((boto3, "DEFAULT_SESSION"),)
"""The attributes of boto3 that have a separate value in each process of a handler."""


class SimulatedAws:
    """The open simulated AWS: creates its clients."""

    def __init__(self, config: LambdaEventsConfig) -> None:
        self._account_id = config.account_id
        self._region_name = config.region_name

    @property
    def session(self) -> Any:
        """Returns the boto3 session of this account and region. Every simulated AWS uses the same one, because error classes
        belong to it.
        """
        return _session(self._account_id, self._region_name)

    def client(self, service_name: str, **boto3_keywords: Any) -> Any:
        """Returns a boto3 client, which is created once per process for the same keywords."""
        clients = process().clients
        place = (self._account_id, self._region_name, service_name)
        key = (place, fixed(boto3_keywords))
        try:
            if key not in clients:
                clients[key] = made_client(self.session, service_name, boto3_keywords)
                # botocore writes defaults into the `retries` of the test's own `Config`.
                clients[place, fixed(boto3_keywords)] = clients[key]
        except TypeError:
            # An argument is not hashable.
            return made_client(self.session, service_name, boto3_keywords)
        return clients[key]


@contextmanager
def open_simulated_aws(
    config: LambdaEventsConfig,
    simulation: Simulation,
    clock: Freezer | ClockDriver,
    endpoint: LambdaEndpoint,
    on_call: OnCall,
    on_answered: Callable[[str, str], None] = lambda service, operation: None,
    passed: PassedTrace | None = None,
    signals: HandlerSignals | None = None,
    explored: ExploredCalls | None = None,
) -> Iterator[SimulatedAws]:
    """Opens the simulated AWS of `config` and `simulation` for the block.

    All steps are undone in reverse order, also if a step of opening or closing raises an error.
    """
    aws = SimulatedAws(config)
    passed = passed or PassedTrace()
    steps: Sequence[Callable[[], AbstractContextManager[object]]] = (
        lambda: other_clocks_refused(simulation, clock),
        lambda: network_guarded(),
        lambda: environment_variables(config),
        lambda: moto_active(),
        # Parts that were opened before change variables at the end.
        lambda: environ_put_back(),
        lambda: default_session(aws),
        lambda: moto_seeded(config.seed),
        lambda: retries_seeded(config.seed),
        lambda: adaptive_retries_on_virtual_time(simulation),
        lambda: queues_repaired(simulation),
        lambda: streams_repaired(simulation, passed),
        lambda: tables_repaired(simulation, passed, config.table_state_change_seconds),
        lambda: clusters_repaired(),
        lambda: moto_sends_nothing(simulation),
        lambda: calls_routed(
            simulation,
            endpoint,
            on_call,
            on_answered,
            passed,
            config.allow_endpoints,
            fast_calls=config.fast_calls,
            explored=explored,
        ),
        lambda: aws_hosts_refused(simulation, config.allow_endpoints),
        lambda: handlers_traced(simulation),
        lambda: sleep_redirected(simulation) if isinstance(clock, ClockDriver) else sleep_dispatched(simulation),
        lambda: signals_dispatched(signals),
        lambda: loops_on_virtual_time(simulation),
        lambda: other_loops_refused(simulation),
        lambda: pydantic_on_virtual_time(),
        lambda: clock.running(simulation.polling.clock_read),
        lambda: waits_on_virtual_time(simulation),
        lambda: durable_sdk_threads_simulated(),
    )
    with ExitStack() as stack:
        for step in steps:
            stack.enter_context(step())
        yield aws


def network_guarded() -> AbstractContextManager[None]:
    """Guards the requests of botocore, below the patches of all other steps."""
    return process().network.guarded()


@contextmanager
def environment_variables(config: LambdaEventsConfig) -> Iterator[None]:
    """Sets account, region and moto's credentials, and removes the developer's own settings."""
    changes: dict[str, str | None] = {
        "AWS_DEFAULT_REGION": config.region_name,
        "AWS_ACCESS_KEY_ID": FAKE_CREDENTIALS[0],
        "AWS_SECRET_ACCESS_KEY": FAKE_CREDENTIALS[1],
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": None if config.allow_endpoints else "true",
        "TZ": "UTC",
        "MOTO_ACCOUNT_ID": config.account_id,
        **dict.fromkeys(_OF_A_DEVELOPER),
    }
    before, was_utc = _variables(changes), _is_utc()
    try:
        _set_variables(changes, has_zone=was_utc)
        yield
    finally:
        _set_variables(before, has_zone=was_utc and _is_utc())


def _variables(names: Iterable[str]) -> dict[str, str | None]:
    """Returns the values of variables. `os.environ.get` raises errors inside for those that are not set."""
    environ = os.environ
    if type(environ) is not os._Environ:
        return {name: environ.get(name) for name in names}
    known, encoded = environ._data, environ.encodekey  # type: ignore[attr-defined]
    return {name: environ[name] if encoded(name) in known else None for name in names}


def _set_variables(values: dict[str, str | None], *, has_zone: bool) -> None:
    """Sets variables, and the time zone of the process if it does not have that already."""
    for (name, value), now in zip(values.items(), _variables(values).values(), strict=True):
        if value is None and now is not None:
            del os.environ[name]
        elif value is not None and value != now:
            os.environ[name] = value
    if not has_zone and hasattr(time, "tzset"):
        # The C library reads TZ only when it is asked to.
        time.tzset()


def _is_utc() -> bool:
    """Returns whether the time zone of the process is UTC. To set it takes longer than all variables."""
    return (time.tzname, time.timezone, time.daylight) == (("UTC", "UTC"), 0, 0)


@contextmanager
def moto_active() -> Iterator[None]:
    """Starts moto with empty backends. Inside a `mock_aws` of the user, moto keeps the contents of that one."""
    if MockAWS._nested_count:
        # moto undoes its configuration only with the outermost mock. A second one would leave its own behind.
        yield
        return
    with mock_started_quickly(), late_responses(shared(_mock)):
        yield


def _mock() -> MockAWS:
    # Our sessions are created once per process, because a new one would read botocore's data files again, which takes 0.1 s.
    # Without Docker moto stores the jobs of Batch and runs nothing. The variables have fake credentials already.
    config: Any = {"core": {"reset_boto3_session": False, "mock_credentials": False}, "batch": {"use_docker": False}}
    return mock_aws(config=config)


def _session(account_id: str, region_name: str) -> Any:
    sessions = process().sessions
    key = (account_id, region_name)
    if key not in sessions:
        # The region comes from the environment: that of the test, and in a handler that of its function.
        sessions[key] = boto3.Session(*FAKE_CREDENTIALS)
    return sessions[key]


@contextmanager
def default_session(aws: SimulatedAws) -> Iterator[None]:
    """Lets `boto3.client(...)` use the simulated AWS's session, and afterwards the session that it used before."""
    before = boto3.DEFAULT_SESSION
    boto3.DEFAULT_SESSION = aws.session
    try:
        yield
    finally:
        boto3.DEFAULT_SESSION = before


@contextmanager
def moto_seeded(seed: int) -> Iterator[None]:
    """Derives the ids that moto creates from `seed`."""
    with kept("moto's random numbers", _random_numbers_restored):
        mock_random.seed(seed)
        with when_loaded("moto.logs.models", _log_ids_from_zero):
            yield


@contextmanager
def _random_numbers_restored() -> Iterator[None]:
    before = mock_random.getstate()
    try:
        yield
    finally:
        mock_random.setstate(before)


@contextmanager
def _log_ids_from_zero() -> Iterator[None]:
    from moto.logs.models import LogEvent, LogStream

    with attribute_patched(LogEvent, "_event_id", 0), attribute_patched(LogStream, "_log_ids", 0):
        yield


def queues_repaired(simulation: Simulation) -> AbstractContextManager[object]:
    """Repairs moto's SQS when it is loaded."""

    def repaired() -> AbstractContextManager[None]:
        from .sqs import repairs

        return repairs.queues_repaired(simulation)

    return when_loaded("moto.sqs.models", repaired)


def streams_repaired(simulation: Simulation, passed: PassedTrace) -> AbstractContextManager[object]:
    """Repairs moto's Kinesis when it is loaded."""

    def repaired() -> AbstractContextManager[None]:
        from .kinesis import repairs

        return repairs.streams_repaired(simulation, passed)

    return when_loaded("moto.kinesis.models", repaired)


def tables_repaired(
    simulation: Simulation, passed: PassedTrace, state_change_seconds: float
) -> AbstractContextManager[object]:
    """Repairs moto's DynamoDB and its streams when they are loaded."""

    def repaired() -> AbstractContextManager[None]:
        from .dynamodb import repairs

        return repairs.tables_repaired(simulation, passed, state_change_seconds)

    return when_loaded("moto.dynamodb.models", repaired, also=["moto.dynamodbstreams"])


@contextmanager
def waits_on_virtual_time(simulation: Simulation) -> Iterator[None]:
    """Lets waits of handlers end on the virtual clock."""
    waits = handler_waits.HandlerWaits(simulation)
    with kept("measured waits", handler_waits.waits_measured, lasting(waits)), handler_waits.waits_on_virtual_time(waits):
        yield


@contextmanager
def handlers_traced(simulation: Simulation) -> Iterator[None]:
    """Lets coverage's C tracer keep the frames of each task apart. Otherwise lines of handler and test are lost."""
    tracer: Any = sys.gettrace()
    if getattr(tracer, "concur_id_func", sys) is None:
        simulation.tasks.tracer = tracer
    try:
        yield
    finally:
        simulation.tasks.tracer = None
