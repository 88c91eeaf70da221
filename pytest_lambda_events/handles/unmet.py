"""What a test is told at its end of faults that were never met, and of those that no function was there for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..service.failures import Failure
from ..simulation.faults import Plan
from ..simulation.journal import of_kind
from .api import Api
from .faults import impossible, sources_of
from .views import tries_of


class FaultNotMet(AssertionError):
    """A planned fault was never met. The message says what did happen."""


def unmet_text(api: Api, plans: Iterable[Plan[Failure]], names: Sequence[str], *, asks_for_all: bool) -> str:
    """What is wrong with plans that were never met, empty if nothing is; `names` are the functions that there are.

    One for a function that there never was is a slip of the pen, and named also where not all have to be met.
    """
    open_plans = [plan for plan in plans if not (plan.times_met or plan.is_cancelled or plan.is_optional)]
    return "\n\n".join(filter(None, (_text(api, plan, names, asks_for_all=asks_for_all) for plan in open_plans)))


def _text(api: Api, plan: Plan[Failure], names: Sequence[str], *, asks_for_all: bool) -> str:
    if plan.function_name not in names and not api.journal.of_function(plan.function_name):
        return _unknown(api, plan, names)
    if not asks_for_all:
        return ""
    reason = impossible(api, plan) if plan.function_name in names else None
    if reason is not None:
        return f"{plan.call}: {reason}.  ({plan.origin})"
    ran, numbers = _what_ran(api, plan.function_name)
    return (
        f"Planned for {plan.function_name!r} and never met: {plan.text}  ({plan.origin})\n"
        f"What ran: {ran}.\n"
        f"{_advice(plan, numbers)}, give optional=True, or set lambda_events_assert_all_faults_met = false."
    )


def _unknown(api: Api, plan: Plan[Failure], names: Sequence[str]) -> str:
    marker = "lambda_throttle" if plan.failure.kind == "throttle" else "lambda_failure"
    width = max((len(name) for name in names), default=0)
    known = [f"- {name:<{width}}   ({_settings(api, name)})" for name in names] or ["- none"]
    headline = (
        f"{marker} names function {plan.function_name!r}, but this test had none of that name ({plan.origin}). Its functions:"
    )
    advice = "Correct the name, or give optional=True where not every test of the class has it."
    return "\n".join([headline, *known, advice])


def _settings(api: Api, name: str) -> str:
    """How a function is fed, and what is not a default."""
    sources = [_source(mapping) for mapping in sources_of(api, name)]
    if sources:
        return "; ".join(sources)
    settings = dict(_destinations(api, name))
    return ", ".join(["asynchronous", *(f"{key}={value}" for key, value in settings.items())])


def _source(mapping: Mapping[str, Any]) -> str:
    _, _, service, _, _, resource = mapping["EventSourceArn"].split(":", 5)
    kind = {"sqs": "queue", "kinesis": "stream", "dynamodb": "table"}[service]
    name = resource.split("/")[1] if "/" in resource else resource
    return f"{kind} {name}, batch_size={mapping['BatchSize']}"


def _destinations(api: Api, name: str) -> Iterable[tuple[str, str]]:
    for config in api.call("ListFunctionEventInvokeConfigs", FunctionName=name)["FunctionEventInvokeConfigs"]:
        for key, setting in (("OnSuccess", "on_success"), ("OnFailure", "on_failure")):
            arn = config.get("DestinationConfig", {}).get(key, {}).get("Destination")
            if arn:
                yield setting, arn.rpartition(":")[2]
        if config.get("MaximumRetryAttempts") is not None:
            yield "maximum_retry_attempts", config["MaximumRetryAttempts"]


def _what_ran(api: Api, name: str) -> tuple[str, list[int]]:
    """What became of the function's tries, in one line, and their numbers."""
    entries = api.journal.of_function(name)
    tries = tries_of(entries)
    if not tries:
        return f"nothing, {name!r} was never tried", []
    batches = sum(one.is_batch for one in tries)
    events = len(of_kind(entries, "accepted"))
    calls = len({one.first.request_id for one in tries if not one.is_batch}) - events
    what = [_count(events, "event"), _count(batches, "try of a batch", "tries of batches"), _count(calls, "call")]
    numbers = sorted({one.first.attempt or 1 for one in tries})
    outcomes = Counter(str(one.last.detail.get("outcome", one.last.kind)) if one.last else "still running" for one in tries)
    parts = [*filter(None, what), _attempts(numbers), _outcomes(outcomes), *_endings(api, name)]
    return ", ".join(parts), numbers


def _count(number: int, one: str, many: str = "") -> str:
    if not number:
        return ""
    return f"1 {one}" if number == 1 else f"{number} {many or one + 's'}"


def _attempts(numbers: Sequence[int]) -> str:
    return "attempt 1" if numbers == [1] else f"attempts {numbers[0]} to {numbers[-1]}"


def _outcomes(outcomes: Counter[str]) -> str:
    if len(outcomes) == 1:
        [outcome] = outcomes
        return outcome if outcomes[outcome] == 1 else f"all {outcome}"
    return " and ".join(f"{count} {outcome}" for outcome, count in outcomes.items())


def _endings(api: Api, name: str) -> list[str]:
    """How its event ended, if there was one, or how many ended so."""
    endings = of_kind(api.journal.of_function(name), "succeeded", "discarded")
    if len(endings) != 1:
        return [f"{count} {condition}" for condition, count in Counter(one.detail["condition"] for one in endings).items()]
    [ending] = endings
    retries = dict(_destinations(api, name)).get("maximum_retry_attempts", 2) if ending.kind == "discarded" else None
    exhausted = ending.detail["condition"] == "RetriesExhausted"
    setting = f" (maximum_retry_attempts={retries})" if exhausted else ""
    return [f"{ending.detail['condition']} at {ending.after_seconds:g} s{setting}"]


def _advice(plan: Plan[Failure], numbers: Sequence[int]) -> str:
    wanted = plan.selection.attempts
    if not numbers:
        return "Let it run, for example with run_until_idle()"
    if wanted is not None and not set(wanted) & set(numbers):
        return f"Plan it for {_attempts(numbers)}"
    return "Plan it for what does happen"
