"""Lets an exploration interfere with the AWS calls of handlers: before a call, after it, and on the wire."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeAlias

from botocore.exceptions import ConnectionClosedError

from ...arns import parse
from ...errors import hides_frames
from ...faults.explorer import AS_USUAL, Explorer
from ...faults.named_functions import functions_patched, patch_copies
from ...journal.attempts import PlannedFaultMet
from ...simulation.clock import MICROSECONDS
from ...simulation.held_locks import HeldLocks
from ...simulation.simulation import Simulation
from ...simulation.tasks import Task, current_task
from ..late_modules import Finders
from .failed_answers import CONFLICT, INTERNAL, THROTTLED, Conflicts, failed_answer
from .footprints import resources_of, short
from .partial_results import has_parts, partial_result

if TYPE_CHECKING:
    from ...service.initialization import Initialization
    from ...service.invocation import Invocation
    from ...service.invoker import Invoker

__tracebackhide__ = hides_frames

READS = ("Get", "List", "Describe", "Query", "Scan", "BatchGet", "TransactGet", "Head", "Select", "Lookup", "Search", "Test")
"""How the names of operations begin that change nothing. `ReceiveMessage` changes what others receive."""
OTHERS_FIRST = "others first"
REDELIVERED = "redelivered"
LOST_ANSWER = "lost answer"
NO_CONNECTION = "no connection"
CONNECTION_LOST = "connection lost"
PARTIAL = "partial result"
_ON_WIRE = (LOST_ANSWER, CONNECTION_LOST, NO_CONNECTION, THROTTLED, INTERNAL, CONFLICT)


_Process: TypeAlias = "Invocation | Initialization"
"""What makes the calls: an attempt, or the initialization ahead of invocations."""


class _OnWire(NamedTuple):
    """What happens on the wire to a call."""

    kind: str
    service_model: Any
    operation: str
    parameters: Mapping[str, Any]


class ExploredCalls:
    """Chooses what happens to each AWS call of a handler. Calls of its threads stay as usual."""

    def __init__(self, explorer: Explorer, simulation: Simulation, invoker: Invoker) -> None:
        self._explorer = explorer
        self._simulation = simulation
        self._invoker = invoker
        # What happens on the wire to the call that a task makes.
        self._on_wire: dict[Task, _OnWire] = {}
        self._conflicts = Conflicts()
        self._failed: set[tuple[str, str]] = set()
        self._finders = Finders()

    def called(
        self,
        client: Any,
        service: str,
        operation: str,
        target: str | None,
        parameters: Mapping[str, Any],
        make: Callable[[Any], Any],
    ) -> Any:
        """Makes a call of a handler with `make`, unless the exploration chooses that its process ends first."""
        task = current_task()
        process = self._invoker.process_of(task)
        if task is None or process is None:
            return make(parameters)
        changes = _changes(operation)
        name = process.configuration.function_name
        what = f"{service}.{operation} {short(target)}".strip()
        place = (parse(process.configuration.function_arn).account_id, client.meta.region_name)
        resources = resources_of(service, operation, target, parameters, *place)
        self._pause(process, what, resources, changes=changes)
        kind = "init" if process.is_loading else "call"
        is_ahead = process.is_ahead
        alternatives = _alternatives(
            times_out=_times_out(process), is_ahead=is_ahead, changes=changes, has_parts=has_parts(operation, parameters)
        )
        if not is_ahead:
            alternatives += self._failures(name, what, service, operation, target)
        chosen = self._explorer.choose(kind, name, what, alternatives)
        if chosen == AS_USUAL:
            return make(parameters)
        planned = _OnWire(chosen, client.meta.service_model, operation, parameters)
        return self._make_planned(task, process, what, planned, make)

    def _failures(self, name: str, what: str, service: str, operation: str, target: str | None) -> tuple[str, ...]:
        """Returns with which errors a call can fail. Some are tried once for equal calls."""
        found: tuple[str, ...] = (CONFLICT,) if self._conflicts.may_happen(service, operation, target) else ()
        # They differ only in the error that boto3 raises, so the first call shows how the handler treats them.
        if (name, what) not in self._failed:
            self._failed.add((name, what))
            found += (INTERNAL, NO_CONNECTION)
        return found

    def _make_planned(self, task: Task, invocation: _Process, what: str, planned: _OnWire, make: Callable[[Any], Any]) -> Any:
        """Makes a call to which something happens."""
        chosen, _, operation, parameters = planned
        if chosen in ("crash before", "timeout before"):
            self._end(invocation, chosen, what)
        if not chosen.startswith(("crash", "timeout")):
            self._note(invocation, chosen, what)
        if chosen in _ON_WIRE:
            self._on_wire[task] = planned
        try:
            if chosen == PARTIAL:
                return partial_result(operation, parameters, make)
            answer = make(parameters)
        except Exception:
            if chosen not in ("crash after", "timeout after"):
                raise
            answer = None
        finally:
            self._on_wire.pop(task, None)
        if chosen in ("crash after", "timeout after"):
            self._end(invocation, chosen, what)
        return answer

    def _pause(self, process: _Process, what: str, resources: Sequence[str], *, changes: bool) -> None:
        """Lets other attempts run before a call, if the exploration chooses that."""
        self._explorer.touched(process.name, resources, changes=changes)
        if self._chooses("overlap", process, what, OTHERS_FIRST):
            self._simulation.let_others_run()
        invocation = self._invoker.running(current_task())
        if changes and invocation is not None:
            self._receive_again(invocation, what)
            self._deliver_again(invocation, what)

    def _deliver_again(self, invocation: Invocation, what: str) -> None:
        """Delivers the event of an attempt once more while it pauses, if the exploration chooses that."""
        again = invocation.request.again
        alternative = AS_USUAL if again is None else again.alternative
        if again is None or alternative == AS_USUAL:
            return
        if not self._chooses("redelivery", invocation, what, alternative):
            return
        self._note(invocation, alternative, what)
        with self._simulation.locked():
            again.begin()
        self._simulation.let_others_run()

    def _receive_again(self, invocation: Invocation, what: str) -> None:
        """Lets the visibility timeout of the messages of an attempt end while it pauses, if the exploration chooses that.

        The attempt then looks like one that began long after the receive, for example because it was throttled first.
        """
        batch = invocation.request.batch
        seconds = invocation.remaining_ms() * 3 // 4000
        queue = None if batch is None or seconds < 1 else self._finders.queue(batch.origin.source)
        if batch is None or queue is None:
            return
        in_flight = [held.receipt for held in queue.messages() if held.message_id in batch.ids and held.is_hidden]
        if not in_flight:
            return
        if not self._chooses("redelivery", invocation, what, REDELIVERED):
            return
        self._note(invocation, REDELIVERED, what)
        with self._simulation.locked():
            for receipt in in_flight:
                queue.change_visibility(receipt or "", seconds)
        self._simulation.let_others_run(seconds * MICROSECONDS)

    def _chooses(self, kind: str, process: _Process, what: str, alternative: str) -> bool:
        """Returns whether the exploration chooses that a process pauses, and it can.

        It cannot while it has a lock that attempts share here. On AWS it would be a lock of its own.
        """
        chosen = self._explorer.choose(kind, process.configuration.function_name, what, (alternative,))
        is_shared = process.configuration.code.handler is not None
        return chosen != AS_USUAL and not (is_shared and HeldLocks(sys._getframe(1)))

    def _end(self, invocation: _Process, chosen: str, what: str) -> NoReturn:
        """Ends the process of a handler, or lets it time out."""
        self._note(invocation, chosen, what)
        if chosen.startswith("timeout"):
            invocation.stand_still()
        invocation.crash()

    def _note(self, invocation: _Process, chosen: str, what: str) -> None:
        """Writes to the journal that something planned happens."""
        with self._simulation.locked():
            self._simulation.journal.write(PlannedFaultMet(invocation.subject, f"{chosen} {what}".strip()))

    def reached(self, name: str) -> None:
        """Ends the process of the handler that is running, if the exploration chooses that at this checkpoint of the user."""
        invocation = self._invoker.process_of(current_task())
        if invocation is None:
            return
        function_name = invocation.configuration.function_name
        if self._explorer.choose("reached", function_name, name, ("crash",)) != AS_USUAL:
            self._end(invocation, "crash", name)

    @contextmanager
    def function_called(self, name: str) -> Iterator[None]:
        """Lets other attempts run before a call of a function that the test names, or ends the process of the handler before
        or after it, if the exploration chooses that.
        """
        invocation = self._invoker.process_of(current_task())
        chosen = AS_USUAL
        if invocation is not None:
            # Nothing is known about what the function uses.
            self._pause(invocation, name, [], changes=True)
            function_name = invocation.configuration.function_name
            chosen = self._explorer.choose("function", function_name, name, ("crash before", "crash after"))
        if invocation is None or chosen == AS_USUAL:
            yield
            return
        if chosen == "crash after":
            with suppress(Exception):
                yield
        self._end(invocation, chosen, name)

    def functions_patched(self) -> AbstractContextManager[None]:
        """Patches the functions that the test names while the environment is open."""
        return functions_patched(self._explorer.functions, self.function_called)

    def code_loaded(self) -> None:
        """Patches these functions in the modules that an execution environment has imported. Ends its process, if the
        exploration chooses that.
        """
        patch_copies(self._explorer.functions, self.function_called)
        invocation = self._invoker.process_of(current_task())
        if invocation is None or invocation.configuration.code.handler is not None:
            return
        if self._explorer.choose("init", invocation.configuration.function_name, "", ("crash at end",)) != AS_USUAL:
            self._end(invocation, "crash", "after its code was loaded")

    def suspends(self, task: Task) -> None:
        """Ends the process of a handler that sleeps or waits, or lets it time out, if the exploration chooses that."""
        process, invocation = self._invoker.process_of(task), self._invoker.running(task)
        if process is None or task in self._on_wire or current_task() is not task:
            return
        if invocation is not None and invocation.failure is not None:
            return
        alternatives = ("crash", "timeout") if _times_out(process) else ("crash",)
        chosen = self._explorer.choose("suspension", process.configuration.function_name, "", alternatives)
        if chosen != AS_USUAL:
            self._end(process, chosen, "while it waits")

    @property
    def is_on_wire(self) -> bool:
        """Returns whether something happens on the wire to the call that is being made here."""
        return bool(self._on_wire) and current_task() in self._on_wire

    def sent(self, endpoint_url: str, send: Callable[[], Any]) -> Any:
        """Sends a request to which something happens on the wire. Returns an `Answer` if the service rejects it, else None.

        Raises `ConnectionClosedError`, which botocore retries, if the answer is lost or there is no connection.
        """
        task = current_task()
        assert task is not None
        planned = self._on_wire[task]
        if planned.kind in (LOST_ANSWER, CONNECTION_LOST):
            send()
        if planned.kind == LOST_ANSWER:
            del self._on_wire[task]
        elif planned.kind == CONNECTION_LOST:
            self._on_wire[task] = planned._replace(kind=NO_CONNECTION)
        if planned.kind in (LOST_ANSWER, CONNECTION_LOST, NO_CONNECTION):
            raise ConnectionClosedError(endpoint_url=endpoint_url)
        return failed_answer(*planned)


@functools.cache
def _changes(operation: str) -> bool:
    """Returns whether an operation may change something."""
    return not operation.startswith(READS)


@functools.cache
def _alternatives(*, times_out: bool, is_ahead: bool, changes: bool, has_parts: bool) -> tuple[str, ...]:
    """Returns what can happen to a call. Initializations ahead of invocations only end and begin again, because a failed one
    is a mistake of the deployment.
    """
    alternatives = ["crash before", *(["timeout before"] if times_out else []), *([] if is_ahead else [THROTTLED])]
    if changes:
        alternatives += ["crash after", *(["timeout after"] if times_out else []), LOST_ANSWER]
        alternatives += [] if is_ahead else [CONNECTION_LOST]
    return (*alternatives, *([PARTIAL] if has_parts and not is_ahead else []))


def _times_out(process: _Process) -> bool:
    """Returns whether a handler, or code that loads before the first invocation, can time out. A snapshot has loaded it."""
    return not process.is_ahead and not (process.is_loading and process.configuration.is_snapshot)
