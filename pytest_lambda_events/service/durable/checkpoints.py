"""Checks the updates of a checkpoint (DUR-57 to 5C). All of them are right, or none is applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...arns import parse_or_none
from ..errors import ServiceError, invalid_parameter
from .operations import (
    CALLBACK,
    CHAINED_INVOKE,
    CONTEXT,
    EXECUTION,
    READY,
    STARTED,
    STEP,
    WAIT,
    Operation,
    Update,
)
from .sizes import check_update
from .transitions import updated

_ACTIONS: Mapping[str, frozenset[str]] = {
    STEP: frozenset({"START", "SUCCEED", "FAIL", "RETRY"}),
    CONTEXT: frozenset({"START", "SUCCEED", "FAIL"}),
    WAIT: frozenset({"START", "CANCEL"}),
    CALLBACK: frozenset({"START"}),
    CHAINED_INVOKE: frozenset({"START"}),
    EXECUTION: frozenset({"SUCCEED", "FAIL"}),
}
_MAY_REPEAT = (STEP, CONTEXT)
_EXISTS = {
    CALLBACK: "Cannot start a CALLBACK that already exist.",
    CHAINED_INVOKE: "Cannot start a CHAINED_INVOKE that already exist.",
    CONTEXT: "Cannot start a CONTEXT that already exist.",
    WAIT: "Cannot start a WAIT that already exist.",
}
_STEP_VERBS = {"START": "start", "SUCCEED": "close", "FAIL": "close", "RETRY": "re-attempt"}


def check_updates(
    updates: Sequence[Update],
    operations: Mapping[str, Operation],
    account_id: str,
    region_name: str,
    *,
    is_child: bool = False,
) -> None:
    """Raises `ServiceError` if one of the updates is not allowed. `is_child` is whether another execution invoked this one."""
    _check_execution(updates)
    _check_repetitions(updates)
    _check_parents(updates, operations)
    changed: dict[str, Operation] = {}
    for update in updates:
        operation = changed.get(update.id) or operations.get(update.id)
        _check_identity(update, operation)
        check_update(update, is_child=is_child)
        if update.action not in _ACTIONS[update.type]:
            raise invalid_parameter("Invalid action for the given operation type.")
        _check_state(update, operation)
        if update.type == CHAINED_INVOKE:
            _check_place(update.function_name or "", account_id, region_name)
        changed[update.id] = updated(operation, update, 0)


def _check_execution(updates: Sequence[Update]) -> None:
    of_execution = [update for update in updates if update.type == EXECUTION]
    if len(of_execution) > 1:
        raise invalid_parameter("Cannot checkpoint multiple EXECUTION updates.")
    if of_execution and updates[-1].type != EXECUTION:
        raise invalid_parameter("EXECUTION checkpoint must be the last update.")


def _check_repetitions(updates: Iterable[Update]) -> None:
    seen: dict[str, list[Update]] = {}
    for update in updates:
        earlier = seen.setdefault(update.id, [])
        is_second = len(earlier) == 1 and earlier[0].action == "START" and update.action != "START"
        if earlier and not (is_second and update.type in _MAY_REPEAT):
            raise invalid_parameter("Cannot checkpoint multiple operations with the same ID.")
        earlier.append(update)


def _check_parents(updates: Iterable[Update], operations: Mapping[str, Operation]) -> None:
    started: set[str] = set()
    for update in updates:
        parent = operations.get(update.parent_id or "")
        is_context = update.parent_id in started or (parent is not None and parent.type == CONTEXT)
        if update.parent_id is not None and not is_context:
            raise invalid_parameter("Invalid parent operation id.")
        if update.type == CONTEXT and update.action == "START":
            started.add(update.id)


def _check_identity(update: Update, operation: Operation | None) -> None:
    if operation is None:
        return
    for given, known, text in (
        (update.type, operation.type, "Inconsistent operation type."),
        (update.sub_type, operation.sub_type, "Inconsistent operation subtype."),
        (update.name, operation.name, "Inconsistent operation name."),
        (update.parent_id, operation.parent_id, "Inconsistent parent operation id."),
    ):
        if given is not None and given != known:
            raise invalid_parameter(text)


def _check_state(update: Update, operation: Operation | None) -> None:
    if update.action == "START" and operation is not None and update.type in _EXISTS:
        raise invalid_parameter(_EXISTS[update.type])
    if update.type == STEP and operation is not None:
        allowed = (READY,) if update.action == "START" else (STARTED, READY)
        if operation.status not in allowed:
            raise invalid_parameter(f"Invalid current STEP state to {_STEP_VERBS[update.action]}.")
    if update.type == CONTEXT and update.action != "START" and operation is not None and operation.status != STARTED:
        raise invalid_parameter("Invalid current CONTEXT state to close.")
    if update.type == WAIT and update.action == "CANCEL" and (operation is None or operation.status != STARTED):
        raise invalid_parameter("Cannot cancel a WAIT that does not exist or has already completed.")
    _check_outcome(update)


def _check_outcome(update: Update) -> None:
    if update.action == "FAIL" and update.payload is not None:
        raise invalid_parameter("Cannot provide a Payload for FAIL action.")
    if update.action == "SUCCEED" and update.error is not None:
        raise invalid_parameter("Cannot provide an Error for SUCCEED action.")
    if update.action == "RETRY":
        if update.next_attempt_delay_seconds is None:
            raise invalid_parameter("Invalid StepOptions for the given action.")
        if update.error is not None and update.payload is not None:
            raise invalid_parameter("Cannot provide both error and payload to RETRY a STEP.")
    if update.action == "START" and update.type == WAIT and update.wait_seconds is None:
        raise invalid_parameter("Invalid WaitOptions for the given action.")
    if update.action == "START" and update.type == CHAINED_INVOKE and update.function_name is None:
        raise invalid_parameter("Invalid ChainedInvokeOptions for the given action.")


def _check_place(function_name: str, account_id: str, region_name: str) -> None:
    """Raises `ServiceError` for a function of another account or region, and for a malformed ARN (DUR-8B)."""
    if not function_name.startswith("arn:"):
        return
    parsed = parse_or_none(function_name)
    if parsed is None or parsed.service != "lambda" or not parsed.resource.startswith("function:"):
        raise invalid_parameter(f"Invalid function ARN '{function_name}'")
    if parsed.account_id != account_id:
        raise _elsewhere("account")
    if parsed.region_name != region_name:
        raise _elsewhere("region")


def _elsewhere(place: str) -> ServiceError:
    return invalid_parameter(f"Cannot start a CHAINED_INVOKE on a function in another {place}.")
