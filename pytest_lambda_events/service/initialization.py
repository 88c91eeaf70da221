"""The initialization of an execution environment ahead of invocations: with provisioned concurrency, and for SnapStart."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NoReturn, Protocol

from ..journal.entry import Subject
from ..report.missing_variables import hint
from ..simulation.tasks import Task
from ..values import dataclass
from .environments import ExecutionEnvironment
from .invocation import InvokerOfAttempts, init_error, keep_log, new_log
from .runtime.errors import InitFault


class InvokerOfInitializations(InvokerOfAttempts, Protocol):
    """What an initialization needs. `initializations` are by the id of the task."""

    initializations: dict[int, Initialization]


@dataclass(eq=False)
class Initialization:
    """Loads the code ahead of invocations."""

    invoker: InvokerOfInitializations
    environment: ExecutionEnvironment
    done: Callable[[], None]
    is_over: bool = False
    is_loading: ClassVar[bool] = True
    is_ahead: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.configuration = self.environment.configuration
        self.subject = Subject(self.configuration.function_name)
        self.name = f"initialization {self.environment.log_stream}"
        self.log = new_log(self.invoker, self.configuration, "")

    def begin(self) -> None:
        """Runs to the end, or to the first suspension."""
        self.environment.state.begin(self.log, {})
        self.task = task = Task(self.body, self.environment.state, self.subject, self.ended)
        self.invoker.loading[id(task)] = self.configuration
        self.invoker.initializations[id(task)] = self
        self.invoker.simulation.tasks.start(task)

    def crash(self) -> NoReturn:
        """Ends the process as if the machine failed. Lambda loads the code in another process (FUN-41)."""
        self.invoker.simulation.tasks.freeze(self._load_again)

    def stand_still(self) -> NoReturn:
        """Ends the process as if the Init phase timed out."""
        self.crash()

    def _load_again(self) -> None:
        self._leave()
        self.task.end_process()
        self.log.dead = False
        self.environment.state = self.invoker.environments.make_state(self.environment)
        self.begin()

    def _leave(self) -> None:
        self.invoker.loading.pop(id(self.task), None)
        self.invoker.initializations.pop(id(self.task), None)

    def body(self) -> None:
        self.environment.state.begin_in_task()
        try:
            configuration = self.configuration
            handler = self.invoker.code.initialized(configuration)
            if self.invoker.on_loaded is not None:
                self.invoker.on_loaded()
            # Code may catch the exception of `os._exit`, but its process has ended.
            if not self.log.dead:
                self.environment.handler, self.environment.is_cold = handler, configuration.is_snapshot
        except InitFault as fault:
            self.log.error(init_error(self.invoker, self.environment.configuration, fault))
            missing = hint(self.environment.state.missing_variables(fault.message), fault.message)
            self.invoker.warn_of_missing_variables(self.environment.configuration, missing)
        except SystemExit:
            pass

    def ended(self) -> None:
        """Is called when the code is loaded, and when a process that an exploration has ended is unwound."""
        if self.is_over:
            return
        self.is_over = True
        self._leave()
        self.log.initialized()
        keep_log(self.invoker, self.environment, self.log)
        self.done()
