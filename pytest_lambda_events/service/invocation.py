"""One attempt in an execution environment, from its start to its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from typing import ClassVar, NoReturn, Protocol

from .. import limits
from ..arns import parse
from ..errors import LambdaEventsError, hides_frames
from ..faults import in_handler
from ..faults.failures import Failure
from ..journal.attempts import Ended, Started
from ..journal.pending import AttemptEnd, Timeout
from ..simulation.clock import MICROSECONDS
from ..simulation.scheduler import Timer
from ..simulation.simulation import Simulation
from ..simulation.tasks import Task, TaskEnded
from ..values import dataclass
from .environments import Environments, ExecutionEnvironment
from .invoke_request import InvokeRequest, Result
from .missed_patches import missed_patch
from .model import Configuration, Target
from .runtime import error_payloads
from .runtime.call import HandlerAnswer, call_handler
from .runtime.code import Loader
from .runtime.context import LambdaContext
from .runtime.error_payloads import ErrorPayload
from .runtime.errors import InitFault, planned_load_error
from .runtime.logs import InvocationLog
from .runtime.variables import TRACE_VARIABLE
from .tracing import Chains, Trace

__tracebackhide__ = hides_frames

TIMEOUTS = -2
"""If a timeout and a wake are due at the same time, the timeout comes first: equality counts as timeout (RUN-58)."""


class LogStore(Protocol):
    """The store of log events: `/aws/lambda/NAME` with one stream per execution environment (RUN-65)."""

    def put(self, group: str, stream: str, events: Sequence[tuple[int, str]], trace: Trace | None = None) -> None:
        """Appends events, each with its time in milliseconds since the epoch. `trace` is that of the invocation."""


class InvokerOfAttempts(Protocol):
    """What an attempt needs of the invoker that starts it. Dictionaries are by the id of the task."""

    simulation: Simulation
    environments: Environments
    chains: Chains
    code: Loader
    log_store_of: Callable[[Configuration], LogStore]
    invocations: dict[int, Invocation]
    loading: dict[int, Configuration]
    on_loaded: Callable[[], None] | None

    def warn_of_undetected_loop(self, target: Target, trace: Trace) -> None:
        """Warns once for each function that runs in a loop that AWS does not detect."""

    def warn_of_missing_variables(self, configuration: Configuration, missing: str) -> None:
        """Warns once for each version whose code was not loaded ahead of invocations."""


@dataclass(eq=False)
class Invocation:
    """One attempt. It passes its result to `on_result` once, in the turn in which it ends."""

    invoker: InvokerOfAttempts
    target: Target
    request: InvokeRequest
    environment: ExecutionEnvironment
    give_back_unit: Callable[[], None]
    on_result: Callable[[Result], None]
    failure: Failure | None = None
    task: Task | None = None
    timer: Timer | None = None
    answer: HandlerAnswer | None = None
    error: ErrorPayload | None = None
    ends_environment: bool = False
    is_over: bool = False
    is_loading: bool = False
    was_loaded_again: bool = False
    log: InvocationLog = field(init=False)
    deadline: int = field(init=False)
    is_ahead: ClassVar[bool] = False

    def __post_init__(self) -> None:
        clock = self.invoker.simulation.clock
        self.configuration = self.target.configuration
        self.timeout = _timeout(self.configuration, self.request)
        self.deadline = clock.microseconds + self.timeout * MICROSECONDS
        self.subject = self.request.subject
        self.was_cold = self.environment.is_cold
        self.log = new_log(self.invoker, self.configuration, self.request.request_id, self.request.tenant_id)

    @property
    def name(self) -> str:
        """Returns the name of the attempt for an exploration."""
        return f"{self.request.request_id} {self.request.attempt}"

    def begin(self) -> None:
        """Runs to the end, or to the first suspension."""
        simulation, environment = self.invoker.simulation, self.environment
        simulation.journal.write(Started(
            self.subject, self.request.payload, self.request.batch,
            invoked_arn=self.target.invoked_arn, executed_version=self.configuration.version,
            is_cold_start=self.was_cold, log_stream=environment.log_stream,
        ))  # fmt: skip
        environment.is_cold = False
        self.trace = self.invoker.chains.enter(self.request.trace, self.target.function.arn)
        self.invoker.warn_of_undetected_loop(self.target, self.trace)
        # While its module is loaded, a process has no trace yet.
        self.has_trace = environment.is_ready
        task = self.start_process()
        if not self.is_over and not task.is_finished:
            self.timer = simulation.scheduler.call_at(self.deadline, self.time_out, Timeout(self.subject), rank=TIMEOUTS)

    def start_process(self) -> Task:
        """Starts a process in the execution environment. Returns the task that runs now, which may be of a later process."""
        state = self.environment.state
        state.begin(self.log, {TRACE_VARIABLE: self.trace.header()} if self.has_trace else {})
        if self.task is None:
            self.log.start(cold=self.was_cold, restored=self.configuration.is_snapshot)
        self.task = task = Task(self.body, state, self.subject, self.task_ended)
        task.deadline = self.deadline
        self.invoker.invocations[id(task)] = self
        self.invoker.simulation.tasks.start(task)
        return self.task

    def body(self) -> None:
        """Runs in the task. A `BaseException` such as `pytest.fail` is raised in the test. On AWS it would end the process."""
        self.environment.state.begin_in_task()
        try:
            handler = self.handler()
            error = missed_patch(self.invoker.simulation, self.invoker.environments, self.environment)
            answer = call_handler(
                handler if error is None else _raising(error), self.request.payload, self.context,
                request_id=self.request.request_id, runtime=self.configuration.runtime,
                paths=self.environment.state.paths, new_event=self.request.event,
            )  # fmt: skip
            if error is None:
                missed_patch(self.invoker.simulation, self.invoker.environments, self.environment, again=True)
            in_handler.forget_frames(self.failure)
            self.answered(answer)
        except InitFault as fault:
            self.fail(init_error(self.invoker, self.configuration, fault))
        except SystemExit as exit:
            self.exit(_status_of(exit))
        except BaseException:
            self.fail(error_payloads.process_exit(self.request.request_id, 1))
            raise

    def handler(self) -> Callable[..., object]:
        """Returns the function's handler, or its replacement by a planned failure."""
        if self.failure is not None and self.failure.kind == "load_error":
            raise planned_load_error(self.configuration.handler)
        handler = self.environment.handler
        if handler is None:
            self.is_loading = True
            handler = self.invoker.code.initialized(self.configuration)
            if self.invoker.on_loaded is not None:
                self.invoker.on_loaded()
            self.environment.handler, self.is_loading = handler, False
        if not self.environment.is_ready:
            self.invoker.code.restored(self.configuration, handler)
            self.environment.is_restored = True
        if not self.has_trace:
            self.environment.state.set(TRACE_VARIABLE, self.trace.header())
        return handler if self.failure is None else in_handler.replacement(self.failure, handler, self)

    def hang(self) -> None:
        """Waits for the timeout."""
        self.invoker.simulation.sleep(self.timeout + 1.0)

    def be_killed(self, signal: str = "killed") -> NoReturn:
        """Ends the process with a signal. The default is that of a process that runs out of memory (RUN-51)."""
        assert self.task is not None
        self.fail(error_payloads.killed_by_signal(self.request.request_id, signal))
        self.task.end_process()
        raise TaskEnded

    def crash(self) -> NoReturn:
        """Ends the process as if the machine failed. No code of it runs any more, not even `finally` blocks.

        If it ends while it loads its code, another process loads the code in the same attempt, once (RUN-13).
        """
        if self.is_loading and not self.was_loaded_again:
            self.was_loaded_again = True
            self.invoker.simulation.tasks.freeze(self._load_again)
        self.fail(error_payloads.killed_by_signal(self.request.request_id, "killed"))
        self.invoker.simulation.tasks.freeze(self._crashed)

    def _load_again(self) -> None:
        assert self.task is not None
        self.task.end_process()
        self.invoker.invocations.pop(id(self.task), None)
        self.log.dead = False
        self.environment.state = self.invoker.environments.make_state(self.environment)
        self.start_process()

    def _crashed(self) -> None:
        assert self.task is not None
        self.task.end_process()
        if self.timer is not None:
            self.timer.cancel()
        self.finish()

    def stand_still(self) -> NoReturn:
        """Lets the attempt time out here. No code of the process runs any more, not even `finally` blocks.

        While it loads its code, the Init phase times out, and the attempt goes on in another process, once (RUN-11).
        """
        if self.is_loading and not self.was_loaded_again:
            self.was_loaded_again = True
            self.invoker.simulation.tasks.freeze(self._init_timed_out)
        self.invoker.simulation.tasks.freeze(lambda: None)

    def _init_timed_out(self) -> None:
        """Loads the code again after the Init phase. The timeout of the function begins then."""
        simulation = self.invoker.simulation
        timeout = self.timeout * MICROSECONDS
        ends = self.deadline - timeout + limits.INIT_PHASE_SECONDS * MICROSECONDS
        again = max(simulation.clock.microseconds, ends)
        self.deadline = again + timeout
        if self.timer is not None:
            self.timer.cancel()
            self.timer = simulation.scheduler.call_at(self.deadline, self.time_out, Timeout(self.subject), rank=TIMEOUTS)
        simulation.scheduler.call_at(again, self._load_again, Timeout(self.subject))

    def be_exited(self, status: int) -> NoReturn:
        """Ends the process with a status (RUN-50)."""
        self.exit(status)
        raise TaskEnded

    def context(self) -> LambdaContext:
        configuration = self.configuration
        return LambdaContext(
            aws_request_id=self.request.request_id,
            log_group_name=configuration.log_group,
            log_stream_name=self.environment.log_stream,
            function_name=configuration.function_name,
            memory_limit_in_mb=str(configuration.memory_size),
            function_version=configuration.version,
            invoked_function_arn=self.target.invoked_arn,
            client_context=self.request.client_context,
            remaining_ms=self.read_remaining_ms,
            write_log=self.log.write,
            tenant_id=self.request.tenant_id or None,
        )

    def read_remaining_ms(self) -> int:
        """Returns the remaining time for the handler. This counts as a reading of the clock."""
        self.invoker.simulation.polling.clock_read()
        return self.remaining_ms()

    def remaining_ms(self) -> int:
        """Returns the time until the deadline in whole milliseconds, never negative (RUN-61)."""
        charged = 0.0 if self.task is None else self.task.charged
        left = self.deadline - self.invoker.simulation.clock.microseconds - round(charged * MICROSECONDS)
        return max(0, left // 1000)

    def answered(self, answer: HandlerAnswer) -> None:
        """Ends the attempt with the answer of the runtime, unless its process had ended before."""
        if self.task is None or not self.task.dead:
            self.answer, self.error, self.ends_environment = answer, answer.error, False

    def fail(self, error: ErrorPayload) -> None:
        """Ends the process of the execution environment with this error, unless it had ended before."""
        if self.task is None or not self.task.dead:
            self.error, self.ends_environment = error, True

    def exit(self, status: int) -> None:
        """Ends the process with a status."""
        assert self.task is not None
        self.fail(error_payloads.process_exit(self.request.request_id, status))
        self.task.end_process()

    def time_out(self) -> None:
        """Fixes the result first, so the handler's `finally` blocks cannot change it (RUN-57)."""
        assert self.task is not None
        self.fail(error_payloads.timeout(self.request.request_id, self.timeout))
        self.finish()
        self.invoker.simulation.tasks.end(self.task)

    def task_ended(self) -> None:
        """Is called when the handler has returned. The sleeps of its threads still have to pass."""
        assert self.task is not None
        self.invoker.invocations.pop(id(self.task), None)
        self.invoker.simulation.tasks.end_threads(self.task)
        if self.is_over:
            return
        if self.timer is not None:
            self.timer.cancel()
        simulation = self.invoker.simulation
        end = simulation.clock.microseconds + round(self.task.charged * MICROSECONDS)
        if end >= self.deadline and self.task.charged:
            self.timer = simulation.scheduler.call_at(self.deadline, self.time_out, Timeout(self.subject), rank=TIMEOUTS)
        elif self.task.charged:
            simulation.scheduler.call_at(end, self.finish, AttemptEnd(self.subject), rank=TIMEOUTS)
        else:
            self.finish()

    def finish(self) -> None:
        """Releases the resources of the attempt and reports its result. Runs once, in the turn in which the attempt ends."""
        self.is_over = True
        error, answer = self.error, self.answer
        payload = error.payload if error is not None else answer.payload if answer is not None else b"null"
        self.log.end(error)
        self.give_back_unit()
        if not self.ends_environment:
            self.invoker.environments.give_back(self.environment)
        keep_log(self.invoker, self.environment, self.log, self.trace)
        self.invoker.simulation.journal.write(Ended(
            self.subject, payload, self.configuration.version,
            None if error is None else error.error_type, None if error is None else error.error_message,
            tuple(self.log.lines), self.missing_variables(), (error and error.grouped) or None,
        ))  # fmt: skip
        # Only a caller that waits can ask for it.
        tail = self.log.tail() if self.request.is_synchronous else b""
        self.on_result(Result(payload, error, self.configuration.version, tail, self.trace))

    def missing_variables(self) -> tuple[str, ...] | None:
        """The variables that it read and lacked, and that the test process has; None if there are none."""
        return self.environment.state.missing_variables("" if self.error is None else self.error.error_message) or None


def _raising(error: LambdaEventsError) -> Callable[..., object]:
    def refuse(event: object, context: object) -> NoReturn:
        raise error

    return refuse


def _timeout(configuration: Configuration, request: InvokeRequest) -> int:
    """Returns the timeout of an attempt in seconds. On Managed Instances it is shorter for synchronous ones (FUN-70)."""
    return min(configuration.timeout, limits.TIMEOUT_SECONDS[1]) if request.is_synchronous else configuration.timeout


def new_log(invoker: InvokerOfAttempts, configuration: Configuration, request_id: str, tenant_id: str = "") -> InvocationLog:
    """Returns an empty log of an invocation. Without a `request_id` it is the log of an initialization."""
    return InvocationLog(
        clock=invoker.simulation.clock,
        request_id=request_id,
        tenant_id=tenant_id,
        version=configuration.version,
        memory_size=configuration.memory_size,
        runtime=configuration.runtime,
        region=parse(configuration.function_arn).region_name,
        log_format=configuration.log_format,
    )


def keep_log(
    invoker: InvokerOfAttempts, environment: ExecutionEnvironment, log: InvocationLog, trace: Trace | None = None
) -> None:
    """Sends the log of an invocation or an initialization to CloudWatch Logs. An initialization has no trace."""
    configuration = environment.configuration
    invoker.log_store_of(configuration).put(configuration.log_group, environment.log_stream, log.events, trace)


def init_error(invoker: InvokerOfAttempts, configuration: Configuration, fault: InitFault) -> ErrorPayload:
    """Returns the error of code that did not load."""
    return error_payloads.from_init_fault(fault, configuration.runtime, invoker.code.paths(configuration))


def _status_of(exit: SystemExit) -> int:
    """Returns the exit status of a Python process for this exception."""
    if exit.code is None:
        return 0
    return exit.code if isinstance(exit.code, int) else 1
