"""Faults that a test plans: what it may say of them, and what it is told of one that was never met."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from ..arguments import SHOWN_CHARACTERS, alternatives, is_whole, shown
from ..errors import LambdaEventsError, hides_frames
from ..faults import failures
from ..faults.failures import Failure
from ..faults.plans import Plan, Selection
from ..limits import RESERVED_LIMIT_REASON
from ..simulation.instants import Instant
from .event_source_mapping import mappings_shown
from .lambda_api import Api

__tracebackhide__ = hides_frames


class FaultSelection(TypedDict, total=False):
    """Which attempts a fault is for: all that is given has to hold.

    `attempts` lists numbers of attempts (`Attempt.number`). `times` is how often it happens. Attempts that start at `until`
    (seconds or a timedelta since the clock's start, or an aware datetime) or later do not get it. `when` is a predicate of
    the decoded event. An `optional` fault need not be met.
    """

    attempts: Collection[int] | None
    """The numbers of attempts (`Attempt.number`), 1 for the first."""
    times: int | None
    """How often it strikes before it is spent."""
    until: Instant | None
    """Attempts that start then or later are spared: seconds or a timedelta since the clock's start, or an aware datetime."""
    when: Callable[[Any], object] | None
    """Given the decoded event; what it returns says whether the fault strikes."""
    optional: bool
    """Whether it need not be met."""


class PlannedFault:
    """A fault that `Function.fail` or `Function.throttle` has planned."""

    def __init__(self, plan: Plan, check_open: Callable[[], None]) -> None:
        self._plan = plan
        self._check_open = check_open

    @property
    def times_met(self) -> int:
        """How often it has struck."""
        return self._plan.times_met

    def cancel(self) -> None:
        """Let it strike no more, and do not ask for it at the end of the test."""
        self._check_open()
        self._plan.is_cancelled = True

    def __repr__(self) -> str:
        cancelled = ", cancelled" if self._plan.is_cancelled else ""
        return f"<PlannedFault {name_of(self._plan)}: {self._plan.text}, met {self.times_met} times{cancelled}>"


def name_of(plan: Plan) -> str:
    """The function's name, with the qualifier if the plan is for that alone."""
    return plan.function_name if plan.qualifier is None else f"{plan.function_name}:{plan.qualifier}"


def plan_failure(api: Api, call: Call, failure: object, options: Mapping[str, Any]) -> Plan:
    """Returns the plan for what `Function.fail` and the marker take. Raises `LambdaEventsError` for invalid values."""
    what = {key: value for key, value in options.items() if key in _OF_FAILURES}
    return _planned(api, call, lambda: failures.failure_of(failure, **what), options, _OF_FAILURES)


def plan_throttle(api: Api, call: Call, options: Mapping[str, Any]) -> Plan:
    """Returns the plan for what `Function.throttle` and the marker take. Raises `LambdaEventsError` for invalid values."""
    reason = {"reason": options["reason"]} if "reason" in options else {}
    return _planned(api, call, lambda: failures.throttle(**reason), options, _OF_THROTTLES)


def given_options(options: Mapping[str, Any], selection: Mapping[str, Any]) -> dict[str, Any]:
    """Those that are not left at their default, and the selection."""
    return {name: value for name, value in options.items() if not _is_default(name, value)} | dict(selection)


_DEFAULTS: Mapping[str, object] = {
    "after_handler": False, "payload": None, "exit_status": 1, "sizes": (), "reason": RESERVED_LIMIT_REASON, "optional": False,
}  # fmt: skip
_OF_FAILURES = ("after_handler", "payload", "exit_status", "sizes")
_OF_THROTTLES = ("reason",)
_OF_SELECTIONS = ("attempts", "times", "until", "when", "optional")


@dataclass(frozen=True, slots=True)
class Call:
    """How and where a test has planned a fault: `text` is the call, for messages that refuse it."""

    text: str
    function_name: str
    qualifier: str | None
    origin: str


def _planned(api: Api, call: Call, failure: Callable[[], Failure], options: Mapping[str, Any], own: Sequence[str]) -> Plan:
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
    """A value as a test writes it."""
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= SHOWN_CHARACTERS else shown(value)
    return str(value.__name__) if callable(value) and hasattr(value, "__name__") else shown(value)


def _check_names(options: Mapping[str, Any], known: Sequence[str]) -> None:
    unknown = sorted(options.keys() - set(known))
    if unknown:
        raise LambdaEventsError(f"option {unknown[0]!r} does not exist. {alternatives(unknown[0], known, label='Options')}")


def _selection_of(api: Api, options: Mapping[str, Any]) -> Selection:
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
    # What the test does with its list afterwards changes nothing.
    numbers = None if attempts is None else frozenset(attempts)
    return Selection(numbers, times, None if until is None else api.microseconds("until", until), when)


_SQS, _STREAMS = ("sqs",), ("kinesis", "dynamodb")


def impossible(api: Api, plan: Plan) -> str | None:
    """Why a fault can never be met by its function as it is now, for the end of a sentence; None if it can."""
    name, kind = plan.function_name, plan.failure.kind
    if kind == "delete" and not _sources(api, name, *_SQS):
        return f"{name!r} has no SQS event source, so nothing is ever deleted for it"
    if kind == "checkpoint" and not _sources(api, name, *_STREAMS):
        return f"{name!r} has no stream as event source, so there is no checkpoint for it"
    if kind == "split" and not _sources(api, name, *_SQS, *_STREAMS):
        return f"{name!r} has no event source, so it gets no batches"
    if kind == "split" and not _has_source_without_groups(api, name):
        return f"{name!r} is fed by FIFO queues alone, and their batches keep their order"
    if kind == "destination" and not _has_destination(api, name):
        return f"{name!r} has no on_success or on_failure, so nothing is sent to a destination for it"
    if kind == "dead_letter_queue" and not _has_dead_letter_queue(api, name):
        return f"{name!r} has no dead_letter_queue, so nothing is left there for it"
    return None


def sources_of(api: Api, name: str) -> list[Mapping[str, Any]]:
    """The event source mappings of a function, and of its versions and aliases."""
    return [mapping for mapping in mappings_shown(api) if mapping["FunctionArn"].split(":")[6] == name]


def _sources(api: Api, name: str, *services: str) -> bool:
    return any(mapping["EventSourceArn"].split(":")[2] in services for mapping in sources_of(api, name))


def _has_source_without_groups(api: Api, name: str) -> bool:
    return any(not mapping["EventSourceArn"].endswith(".fifo") for mapping in sources_of(api, name))


def _has_destination(api: Api, name: str) -> bool:
    configs = api.call("ListFunctionEventInvokeConfigs", FunctionName=name)["FunctionEventInvokeConfigs"]
    targets = [config.get("DestinationConfig", {}) for config in (*configs, *sources_of(api, name))]
    return any((target or {}).get(on, {}).get("Destination") for target in targets for on in ("OnSuccess", "OnFailure"))


def _has_dead_letter_queue(api: Api, name: str) -> bool:
    versions = api.call("ListVersionsByFunction", FunctionName=name)["Versions"]
    return any((version.get("DeadLetterConfig") or {}).get("TargetArn") for version in versions)
