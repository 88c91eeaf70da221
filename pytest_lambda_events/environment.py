"""`LambdaEvents`: one environment for one test."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from .arguments import alternatives
from .config import LambdaEventsOptions, config_of, option_names
from .contexts import ExitStack, contextmanager
from .errors import LambdaEventsError, hides_frames
from .faults.explorer import AS_USUAL, Explorer
from .handles.hooks import Hooks
from .handles.misuse import reports_misuse
from .handles.resource_methods import ResourceMethods
from .journal.entry import Entry
from .opened import observation
from .option_defaults import OPTIONS

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from typing_extensions import Unpack

    from .deployment.deploying import Stacks
    from .deployment.stack import Stack
    from .faults.plans import Plan
    from .handles.handlers import Handler
    from .handles.lambda_api import Api
    from .handles.metrics import Metrics
    from .handles.resources import Resources
    from .handles.waiting import Waiting
    from .opening import OpenEnvironment
    from .report.balance import Balance, BalanceSheet
    from .report.journal import Journal
    from .simulation.instants import Instant
    from .wiring import Wiring

__tracebackhide__ = hides_frames
T = TypeVar("T")


@contextmanager
def many_environments() -> Iterator[None]:
    """Opens environments faster that follow each other in the block with the same options."""
    from .aws import lasting

    with lasting.many_environments():
        yield


@reports_misuse
class LambdaEvents(ResourceMethods):
    """A simulated AWS with a virtual clock, in which handlers run under the delivery rules of AWS Lambda.

    The fixture `lambda_events` yields a new one for each test. It is also a context manager, which works without pytest.
    While it is open, all boto3 clients of the process use the simulated AWS, and all code of the process reads the virtual
    time. Work runs only when the test moves time (`advance`, `run_until_idle`, `run`, `step`) or waits (`time.sleep`, a long
    poll, a waiter).

    The keywords are the fields of `LambdaEventsConfig`. Raises `LambdaEventsError` for invalid values.
    """

    def __init__(self, **options: Unpack[LambdaEventsOptions]) -> None:
        unknown = sorted(options.keys() - OPTIONS.keys())
        if unknown:
            raise LambdaEventsError(
                f"LambdaEvents has no option {unknown[0]!r}. {alternatives(unknown[0], option_names(), label='Options')}"
            )
        self.config = config_of({**observation().observer.options(), **options})
        self._stack = ExitStack()
        self._opened: OpenEnvironment | None = None
        self._hooks = Hooks()
        self._root = Path()
        self._stacks: Stacks | None = None
        self._explorer: Explorer | None = None

    def __enter__(self) -> LambdaEvents:
        from .opening import opened

        if self._opened is not None:
            raise LambdaEventsError("This LambdaEvents was entered before. Create a new one for each with block.")
        observer = observation().observer
        observer.opens(self)
        with ExitStack() as stack:
            hooks = replace(self._hooks, explorer=self._explorer)
            self._opened = stack.enter_context(opened(self, self.config, hooks, self._resolved_root))
            observer.has_opened(self)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        unmet = ""
        try:
            if self.is_open:
                observation().observer.closes(self)
                unmet = self._unmet_text() if kind is None else ""
        finally:
            self._stack.__exit__(kind, error, traceback)
        if unmet:
            from .faults.unmet import FaultNotMet

            raise FaultNotMet(unmet)

    @property
    def _resolved_root(self) -> Path:
        return self._root.resolve() if self._root.parts else Path.cwd()

    @contextmanager
    def _explored_by(self, explorer: Explorer) -> Iterator[LambdaEvents]:
        """Opens the environment for one execution of an exploration. Planned faults that do not happen are no error then."""
        self._explore(explorer)
        with self:
            yield self

    def _explore(self, explorer: Explorer) -> None:
        self._explorer = explorer
        if self.config.assert_all_faults_met:
            self.config = replace(self.config, assert_all_faults_met=False)

    def checkpoint(self, name: str) -> None:
        """Marks a point of a handler, or of a test double that it calls, at which an exploration ends its process.

        Without an exploration it does nothing.

        Args:
            name: What has just happened, such as `"after the bank"`.
        """
        explored = self._open.explored
        if explored is not None:
            explored.reached(name)

    def inputs(self, values: Iterable[T]) -> list[T]:
        """Marks what a test sends. An exploration that finds a failure leaves out the inputs that the failure does not need.

        Without an exploration it returns all values. Send what it returns, and compare the results with that too.

        Args:
            values: What the test sends, such as the bodies of messages.

        Returns:
            A list of the values, without those that are left out.
        """
        explorer = self._explorer
        numbered = enumerate(values, 1)
        if explorer is None:
            return [value for _, value in numbered]
        return [value for number, value in numbered if explorer.choose("input", "", str(number), ("left out",)) == AS_USUAL]

    @property
    def is_open(self) -> bool:
        """Whether the environment is open: entered and not yet left."""
        return self._opened is not None and self._opened.simulation.is_open

    def _unmet_text(self, plans: Sequence[Plan] | None = None) -> str:
        """Returns the message about planned faults that did not happen, of all or of `plans`; empty if all happened."""
        plans = [plan for plan in self._open.plans if not plan.times_met and (plans is None or plan in plans)]
        if not plans:
            return ""
        from .faults.unmet import unmet_text

        return unmet_text(self._lambda_api, plans, list(self.functions), asks_for_all=self.config.assert_all_faults_met)

    def _plan(self, marker: str, text: str, name: str, failure: object, options: Mapping[str, Any], origin: str) -> Plan:
        """Plans the failure of a marker, for a function that does not exist yet."""
        from .faults.planning import plan_of_marker

        return plan_of_marker(self._lambda_api, marker, text, name, failure, options, origin)

    def _prefer(self, plans: Sequence[Plan]) -> None:
        """Gives these planned faults of markers priority over those of other markers."""
        if plans:
            self._open_wiring.faults.prefer(plans)

    @property
    def _open(self) -> OpenEnvironment:
        if self._opened is None:
            raise LambdaEventsError("This LambdaEvents is not open yet. Use it as `with LambdaEvents() as lambda_events:`.")
        self._opened.simulation.check_open()
        return self._opened

    @property
    def _open_wiring(self) -> Wiring:
        return self._open.wiring

    @property
    def journal(self) -> Journal:
        """All journal entries, also after the environment is closed."""
        return self._open.journal if self._opened is None else self._opened.journal

    @property
    def metrics(self) -> Metrics:
        """The CloudWatch metrics of the functions, also after the environment is closed."""
        from .handles.metrics import Metrics

        return Metrics(self.journal)

    @property
    def now(self) -> datetime:
        """The current virtual time, an aware datetime in UTC."""
        simulation = self._open.simulation
        simulation.check_clock()
        return simulation.clock.now

    @property
    def elapsed(self) -> float:
        """Virtual seconds since `start_time`, exact to the microsecond."""
        return self._open.simulation.clock.elapsed

    @property
    def next_event_at(self) -> datetime | None:
        """When the next work item is due, including background work. None if no work is scheduled."""
        simulation = self._open.simulation
        due = simulation.scheduler.next_due
        return None if due is None else simulation.clock.at(due)

    @property
    def pending(self) -> list[Entry]:
        """The scheduled work items in order, each with the time when it is due."""
        return [timer.pending for timer in self._open.simulation.scheduler.pending()]

    def client(self, service_name: str, **boto3_keywords: Any) -> Any:
        """Returns a boto3 client of a service that moto supports. The keywords are those of `boto3.client`.

        Clients are reused between tests, because creating them is slow. They keep no state of a test.
        """
        return self._open.services.client(service_name, **boto3_keywords)

    def deploy(
        self,
        source: str | os.PathLike[str] | Any,
        *,
        parameters: Mapping[str, Any] | None = None,
        name: str = "stack",
        ignore: Iterable[str] = (),
        handlers: Mapping[str, Handler | str | os.PathLike[str]] | None = None,
        exports: Mapping[str, Any] | None = None,
        stacks: Collection[str] | None = None,
        run_custom_resources: Collection[str] | bool = (),
    ) -> Stack:
        """Creates the resources of a template: CloudFormation, AWS SAM, CDK, or a package of the Serverless Framework.

        Functions run from their code folders. Nothing is copied.

        Args:
            source: A template file, a folder that has one, or a CDK `App` or `CloudAssembly`. Relative paths start at pytest's
                rootdir.
            parameters: Values of the template's parameters. The others have their defaults.
            name: The name of the stack.
            ignore: Resources that are not created although their effects are not simulated: logical ids, types,
                or patterns such as `"AWS::IoT::*"`. `"Orders.DurableConfig"` leaves out one property, and `"TPL-W0"` or
                `"Jobs.TPL-W0"` warnings. A name that fits nothing in the template is refused.
            handlers: Code of functions by any name of the function, instead of the template's: callables or folders.
            exports: Values of exports of stacks that are not deployed. `"Stack.Output"` is an output without an export.
            stacks: Which stacks of a CDK assembly are deployed, by name or construct path. The default is all.
            run_custom_resources: Logical ids of custom resources whose Python functions run during `deploy`, or True for
                all. The others are placeholders.

        Raises:
            TemplateError: The template is invalid, or a parameter has no value. Nothing is created.
            NotSimulatedError: Resources have effects that are not simulated. Nothing is created.
            DeployError: AWS refuses a resource. What was created before is deleted.
            LambdaEventsError: A name in `ignore`, `handlers` or `run_custom_resources` fits nothing in the template.
        """
        from .aws.resources.roles import clients_of_stacks
        from .deployment.deploying import Stacks
        from .deployment.ignored import ignored_names
        from .deployment.options import ChosenResources, GivenCode, Options

        wiring = self._open_wiring
        if self._stacks is None:
            clients = clients_of_stacks(wiring.services.client, self.config)
            self._stacks = Stacks(self.config, wiring.api, clients, wiring.simulation.journal)
        chosen = ChosenResources(run_custom_resources)
        options = Options(parameters or {}, ignored_names(ignore), GivenCode(handlers or {}), exports or {}, chosen)
        return self._stacks.deploy(source, self._resolved_root, stacks, name, options, self._resources)

    def advance(self, time: float | timedelta) -> None:
        """Moves the virtual clock forward by `time`, in seconds or as a timedelta.

        Runs all work that is due until then, in order. Work that is due exactly at the end runs too. Raises
        `LambdaEventsError` if the time is negative or not finite, and if a handler calls it.
        """
        self._waiting.ahead(time)

    def run_until_idle(self, *, limit_seconds: float | None = None, limit_events: int | None = None) -> list[Entry]:
        """Runs scheduled work until no foreground work is left, and returns the work that is still scheduled.

        Schedules and other background work also run when they are due, but this method does not wait for them. It returns the
        next firing of each schedule, and other background work, as `pending` does.

        Args:
            limit_seconds: The most virtual seconds that may pass. The default is the option `idle_limit_seconds`, which counts
                again from the end of a wait of a durable execution.
            limit_events: The most work items that may run. The default is the option `idle_limit_events`.

        Raises:
            LambdaEventsError: A limit is reached. The message lists the pending work.
        """
        self._waiting.until_idle(limit_seconds, limit_events)
        return self.pending

    def run(self, *, until: Instant | Callable[[], object]) -> None:
        """Runs scheduled work until a virtual time, or until `until()` returns a true value.

        A time is a number of seconds or a timedelta since `start_time`, or an aware datetime. Work that is due exactly then
        runs too. Raises `LambdaEventsError` if the condition is still false and no work is left.
        """
        self._waiting.until(until)

    def step(self) -> Entry | None:
        """Runs the next work item and returns it. Returns None if no work is scheduled."""
        ran = self._open.simulation.step()
        return None if ran is None else ran.pending

    def balance_sheet(self) -> BalanceSheet:
        """Returns how many events, messages and records there were, and where they are now.

        It counts asynchronous events, messages of queues that are event sources, and records of streams that are event
        sources. Messages and records that the test purges or deletes, or whose queue, stream or event source mapping it
        deletes, are not counted, unless a function already processed them.
        """
        return self._balance().sheet

    def assert_no_data_lost(self) -> None:
        """Fails if an event, message or record was lost.

        Lost are those that were discarded and reached neither a destination nor a dead-letter queue, those that expired, and
        those that were deleted or skipped although the handler reported them in `batchItemFailures`. The message contains
        the balance sheet, each loss with its reason, and its timeline.
        """
        __tracebackhide__ = True
        found = self._balance()
        if found.lost:
            from .report.losses import lost_text

            raise AssertionError(lost_text(found, self.journal))

    def _balance(self) -> Balance:
        from .report.balance import balance

        return balance(self.journal, self._open_wiring.sources.holdings(self.journal))

    def assert_idle(self) -> None:
        """Fails if foreground work is pending. The message lists this work and the last lines of the timeline."""
        __tracebackhide__ = True
        left = self._waiting.left()
        if left:
            raise AssertionError(left)

    @property
    def _resources(self) -> Resources:
        from .handles.resources import Resources

        wiring = self._open_wiring
        return Resources(self.config, wiring.api, wiring.services)

    @property
    def _lambda_api(self) -> Api:
        return self._open_wiring.api

    @property
    def _waiting(self) -> Waiting:
        from .handles.waiting import Waiting

        opened = self._open
        return Waiting(opened.simulation, opened.journal, opened.config, opened.services.queues, opened.long_runs)
