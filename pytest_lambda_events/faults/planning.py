"""Plans from the arguments of calls and markers, and whether their faults can happen."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from ..arguments import SHOWN_CHARACTERS, alternatives, is_whole, shown
from ..errors import LambdaEventsError, hides_frames
from ..journal.journal import Journal
from ..limits import RESERVED_LIMIT_REASON
from ..simulation.instants import Instant
from ..values import dataclass
from . import failures
from .failures import Failure
from .mapping_sources import source_of
from .plans import Plan, Selection

__tracebackhide__ = hides_frames


class FaultApi(Protocol):
    """What planning needs of the environment."""

    @property
    def journal(self) -> Journal:
        """The journal."""

    def call(self, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """One operation of the Lambda API."""

    def sources_of(self, function_name: str) -> list[dict[str, Any]]:
        """Returns the event source mappings of a function and its qualifiers as `ListEventSourceMappings` shows them."""

    def microseconds(self, what: str, instant: Instant) -> int:
        """Returns an instant in microseconds since the clock's start. Raises `LambdaEventsError`, naming `what`."""

    def plan(self, plan: Plan, *, by_marker: bool = False) -> None:
        """Plans a fault. Raises `LambdaEventsError` if its time is over."""


def name_of(plan: Plan) -> str:
    """Returns the name of the function, with the qualifier if the plan has one."""
    return plan.function_name if plan.qualifier is None else f"{plan.function_name}:{plan.qualifier}"


def plan_failure(api: FaultApi, call: Call, failure: object, options: Mapping[str, Any]) -> Plan:
    """Returns the plan for the arguments of `Function.fail` or its marker. Raises `LambdaEventsError` for invalid values."""
    what = {key: value for key, value in options.items() if key in _OF_FAILURES}
    return _planned(api, call, lambda: failures.failure_of(failure, **what), options, _OF_FAILURES)


def plan_throttle(api: FaultApi, call: Call, options: Mapping[str, Any]) -> Plan:
    """Returns the plan for the arguments of `Function.throttle` or its marker. Raises `LambdaEventsError` for invalid ones."""
    reason = {"reason": options["reason"]} if "reason" in options else {}
    return _planned(api, call, lambda: failures.throttle(**reason), options, _OF_THROTTLES)


def given_options(options: Mapping[str, Any], selection: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the options that differ from their defaults, and the selection."""
    return {name: value for name, value in options.items() if not _is_default(name, value)} | dict(selection)


_DEFAULTS: Mapping[str, object] = {
    "after_handler": False, "payload": None, "exit_status": 1, "sizes": (), "reason": RESERVED_LIMIT_REASON, "optional": False,
}  # fmt: skip
_OF_FAILURES = ("after_handler", "payload", "exit_status", "sizes")
_OF_THROTTLES = ("reason",)
_OF_SELECTIONS = ("attempts", "times", "until", "when", "optional")


@dataclass(frozen=True, slots=True)
class Call:
    """How and where a test planned a fault. Error messages contain `text`, the call."""

    text: str
    function_name: str
    qualifier: str | None
    origin: str


def _planned(
    api: FaultApi, call: Call, failure: Callable[[], Failure], options: Mapping[str, Any], own: Sequence[str]
) -> Plan:
    try:
        made = failure()
        _check_names(options, (*own, *_OF_SELECTIONS))
        selection = _selection_of(api, options)
    except LambdaEventsError as error:
        raise LambdaEventsError(f"{call.text}: {error}") from None
    return Plan(
        call.function_name, made, selection, qualifier=call.qualifier, call=call.text, text=_described(made, options),
        origin=call.origin, is_optional=options.get("optional", False),
    )  # fmt: skip


def _described(failure: Failure, options: Mapping[str, Any]) -> str:
    given = [
        f"{name}={shown_value(options[name])}" for name in (*_OF_FAILURES, "reason", *_OF_SELECTIONS)
        if name in options and options[name] is not None and not _is_default(name, options[name])
    ]  # fmt: skip
    return ", ".join([str(failure), *given])


def _is_default(name: str, value: object) -> bool:
    default = _DEFAULTS.get(name)
    return type(value) is type(default) and value == default


def shown_value(value: object) -> str:
    """Returns a value as text, as in the source of a test."""
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= SHOWN_CHARACTERS else shown(value)
    return str(value.__name__) if callable(value) and hasattr(value, "__name__") else shown(value)


def _check_names(options: Mapping[str, Any], known: Sequence[str]) -> None:
    unknown = sorted(options.keys() - set(known))
    if unknown:
        raise LambdaEventsError(f"option {unknown[0]!r} does not exist. {alternatives(unknown[0], known, label='Options')}")


def _selection_of(api: FaultApi, options: Mapping[str, Any]) -> Selection:
    attempts, times, until, when = (options.get(name) for name in _OF_SELECTIONS[:4])
    optional = options.get("optional", False)
    if not isinstance(optional, bool):
        raise LambdaEventsError(f"optional={shown(optional)} is not True or False. Pass one of them.")
    if attempts is not None and (not isinstance(attempts, Collection) or isinstance(attempts, (str, bytes)) or not attempts):
        raise LambdaEventsError(
            f"attempts={shown(attempts)} is not a list of attempt numbers. Pass attempts=[1, 2], for example."
        )
    if any(not is_whole(attempt) or attempt < 1 for attempt in attempts or ()):
        raise LambdaEventsError(f"attempts={shown(attempts)}: attempts are numbered 1, 2, 3 and so on. Pass such numbers.")
    if times is not None and (not is_whole(times) or times < 1):
        raise LambdaEventsError(f"times={shown(times)} is not a number of attempts. Pass a whole number, 1 or more.")
    if when is not None and not callable(when):
        raise LambdaEventsError(
            f"when={shown(when)} is not callable. Pass a function of the decoded event, such as lambda event: True."
        )
    # A copy: later changes of the list have no effect.
    numbers = None if attempts is None else frozenset(attempts)
    return Selection(numbers, times, None if until is None else api.microseconds("until", until), when)


_SQS, _STREAMS = ("sqs",), ("kinesis", "dynamodb", "kafka")


def impossible(api: FaultApi, plan: Plan) -> str | None:
    """Returns why a fault cannot happen to its function as it is now, for the end of a sentence. None if it can."""
    name, kind = plan.function_name, plan.failure.kind
    if kind == "delete" and not _sources(api, name, *_SQS):
        return f"{name!r} has no SQS event source, so nothing is ever deleted for it"
    if kind == "checkpoint" and not _sources(api, name, *_STREAMS):
        return f"{name!r} has no stream as event source, so it has no checkpoints"
    if kind == "split" and not _sources(api, name, *_SQS, *_STREAMS):
        return f"{name!r} has no event source, so it receives no batches"
    if kind == "split" and not _has_source_without_groups(api, name):
        return f"{name!r} has only FIFO queues as event sources, and their batches keep their order"
    if kind == "destination" and not _has_destination(api, name):
        return f"{name!r} has no on_success or on_failure, so nothing is sent to a destination"
    if kind == "dead_letter_queue" and not _has_dead_letter_queue(api, name):
        return f"{name!r} has no dead_letter_queue, so nothing is sent to one"
    return None


def _sources(api: FaultApi, name: str, *services: str) -> bool:
    return any(source_of(mapping)[0] in services for mapping in api.sources_of(name))


def _has_source_without_groups(api: FaultApi, name: str) -> bool:
    return any(not source_of(mapping)[1].endswith(".fifo") for mapping in api.sources_of(name))


def _has_destination(api: FaultApi, name: str) -> bool:
    configs = api.call("ListFunctionEventInvokeConfigs", FunctionName=name)["FunctionEventInvokeConfigs"]
    targets = [config.get("DestinationConfig", {}) for config in (*configs, *api.sources_of(name))]
    return any((target or {}).get(on, {}).get("Destination") for target in targets for on in ("OnSuccess", "OnFailure"))


def _has_dead_letter_queue(api: FaultApi, name: str) -> bool:
    versions = api.call("ListVersionsByFunction", FunctionName=name)["Versions"]
    return any((version.get("DeadLetterConfig") or {}).get("TargetArn") for version in versions)


def plan_of_marker(
    api: FaultApi, marker: str, text: str, name: str, failure: object, options: Mapping[str, Any], origin: str
) -> Plan:
    """Plans the failure of a marker. `name` is that of a function that may not exist yet, with or without a qualifier."""
    function_name, _, qualifier = name.partition(":")
    call = Call(text, function_name, qualifier or None, origin)
    is_throttle = marker == "lambda_throttle"
    plan = plan_throttle(api, call, options) if is_throttle else plan_failure(api, call, failure, options)
    api.plan(plan, by_marker=True)
    return plan


_OWN_FILES = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def caller_location() -> str:
    """Returns the file name and the line of the innermost frame outside this package."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename.startswith(_OWN_FILES) and frame.f_back is not None:
        frame = frame.f_back
    return f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"
