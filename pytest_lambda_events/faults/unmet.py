"""The message about planned faults that did not happen, and about those whose function does not exist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any

from ..arns import name_of_arn
from ..journal.entry import Entry
from ..journal.events import Accepted, EventEnded
from ..journal.journal import of_type
from ..journal.journaled_attempts import JournaledAttempt, attempts_of, of_qualifier
from .mapping_sources import source_of
from .planning import FaultApi, impossible
from .plans import Plan

_OF_A_MARKER = "marker, "
_SHOWN_EVENT = 100
_FUNCTION_DEFAULTS = {"Timeout": 3, "MemorySize": 128}
_SOURCE_DEFAULTS: Mapping[str, object] = {
    "MaximumBatchingWindowInSeconds": 0, "MaximumRetryAttempts": -1, "MaximumRecordAgeInSeconds": -1,
    "ParallelizationFactor": 1, "BisectBatchOnFunctionError": False, "TumblingWindowInSeconds": 0, "FunctionResponseTypes": [],
}  # fmt: skip


class FaultNotMet(AssertionError):
    """Raised if a planned fault did not happen. The message shows what ran instead."""


def unmet_text(api: FaultApi, plans: Iterable[Plan], names: Sequence[str], *, asks_for_all: bool) -> str:
    """What is wrong with plans that were never met, empty if nothing is; `names` are the functions that there are.

    One for a function that there never was is a slip of the pen, and named also where not all have to be met. A marker in
    whose place a closer one or a call has struck is overridden, and need not be met.
    """
    open_plans = [plan for plan in plans if not (plan.times_met or plan.is_cancelled or plan.is_optional)]
    known = dict.fromkeys(names)

    # Many faults may be planned for one function, and its part of the journal may be long.
    @cache
    def story_of(name: str, qualifier: str | None) -> _Story:
        return _Story(api, name, qualifier, is_there=name in known)

    texts = [_text(api, plan, known, story_of, asks_for_all=asks_for_all) for plan in open_plans if not _is_overridden(plan)]
    return "\n\n".join(filter(None, texts))


def _is_overridden(plan: Plan) -> bool:
    first = plan.outranked_by
    return first is not None and plan.origin.startswith(_OF_A_MARKER) and plan.origin != first.origin


def _text(
    api: FaultApi, plan: Plan, names: Collection[str], story_of: Callable[[str, str | None], _Story], *, asks_for_all: bool
) -> str:
    if plan.function_name not in names and not api.journal.of_function(plan.function_name):
        return _unknown(api, plan, names)
    is_there = plan.function_name in names
    story = story_of(plan.function_name, plan.qualifier)
    if is_there and plan.qualifier is not None and not story.entries:
        qualifiers = list(_qualifiers(api, plan.function_name))
        if plan.qualifier not in qualifiers:
            return _unknown_qualifier(plan, qualifiers)
    if not asks_for_all:
        return ""
    reason = impossible(api, plan) if is_there else None
    if reason is not None:
        return f"{plan.call}: {reason}.  ({plan.origin})"
    first = plan.outranked_by
    in_its_place = "" if first is None else f"In its place struck: {first.text}  ({first.origin})\n"
    return (
        f"Planned for {_name(plan)!r} and never met: {plan.text}  ({plan.origin})\n"
        f"What ran: {story.what_ran}.\n{in_its_place}"
        f"{story.advice(plan)}, give optional=True, or set lambda_events_assert_all_faults_met = false."
    )


def _name(plan: Plan) -> str:
    return plan.function_name if plan.qualifier is None else f"{plan.function_name}:{plan.qualifier}"


def _marker(plan: Plan) -> str:
    return "lambda_throttle" if plan.failure.kind == "throttle" else "lambda_failure"


# ------------------------------------------------------------------ names that there are not


def _unknown(api: FaultApi, plan: Plan, names: Collection[str]) -> str:
    headline = f"{_marker(plan)} names function {plan.function_name!r}, but this test had none"
    if not names:
        return f"{headline} ({plan.origin}), nor any other.\nMake it in the test, or give optional=True."
    width = max(len(name) for name in names)
    known = [f"- {name:<{width}}   ({_settings(api, name)})" for name in names]
    advice = "Correct the name, or give optional=True where not every test of the class has it."
    return "\n".join([f"{headline} of that name ({plan.origin}). Its functions:", *known, advice])


def _unknown_qualifier(plan: Plan, qualifiers: Sequence[str]) -> str:
    return (
        f"{_marker(plan)} names {_name(plan)!r}, but {plan.function_name!r} has no version or alias {plan.qualifier!r} "
        f"({plan.origin}). It has: {', '.join(qualifiers)}.\n"
        "Correct the name, or give optional=True where not every test of the class has it."
    )


def _qualifiers(api: FaultApi, name: str) -> Iterator[str]:
    yield from (version["Version"] for version in api.call("ListVersionsByFunction", FunctionName=name)["Versions"])
    yield from (alias["Name"] for alias in api.call("ListAliases", FunctionName=name)["Aliases"])


def _settings(api: FaultApi, name: str) -> str:
    """How a function is fed, and what is not a default."""
    fed = "; ".join(map(_source, api.sources_of(name))) or "asynchronous"
    return ", ".join([fed, *(f"{key}={value}" for key, value in _of_function(api, name))])


def _source(mapping: Mapping[str, Any]) -> str:
    service, name = source_of(mapping)
    kind = {"sqs": "queue", "kinesis": "stream", "dynamodb": "table", "kafka": "topic"}.get(service, service)
    given = [
        f"{_snake_case(key)}={mapping[key]}" for key, default in _SOURCE_DEFAULTS.items()
        if mapping.get(key) not in (None, default)
    ]  # fmt: skip
    targets = [f"{setting}={target}" for setting, target in _targets(mapping)]
    return ", ".join([f"{kind} {name}", f"batch_size={mapping['BatchSize']}", *given, *targets])


def _of_function(api: FaultApi, name: str) -> Iterator[tuple[str, object]]:
    configuration = api.call("GetFunctionConfiguration", FunctionName=name)
    for key, default in _FUNCTION_DEFAULTS.items():
        if configuration.get(key, default) != default:
            yield _snake_case(key), configuration[key]
    letters = (configuration.get("DeadLetterConfig") or {}).get("TargetArn")
    if letters:
        yield "dead_letter_queue", name_of_arn(letters)
    yield from _of_events(api, name)


def _of_events(api: FaultApi, name: str) -> Iterator[tuple[str, object]]:
    for config in api.call("ListFunctionEventInvokeConfigs", FunctionName=name)["FunctionEventInvokeConfigs"]:
        yield from _targets(config)
        for key in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds"):
            if config.get(key) is not None:
                yield _snake_case(key), config[key]


def _targets(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, setting in (("OnSuccess", "on_success"), ("OnFailure", "on_failure")):
        arn = (config.get("DestinationConfig") or {}).get(key, {}).get("Destination")
        if arn:
            yield setting, name_of_arn(arn)


def _snake_case(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


# ------------------------------------------------------------------ what happened instead


class _Story:
    """What the journal tells of the function, or the version or alias, that a fault was planned for."""

    def __init__(self, api: FaultApi, function_name: str, qualifier: str | None, *, is_there: bool) -> None:
        self._api = api
        self._is_there = is_there
        self._function_name = function_name
        self._name = function_name if qualifier is None else f"{function_name}:{qualifier}"
        entries = api.journal.of_function(function_name)
        self.entries: Sequence[Entry] = entries if qualifier is None else of_qualifier(entries, qualifier)
        self.attempts = attempts_of(self.entries)
        self.numbers = sorted({one.first.attempt or 1 for one in self.attempts})
        self.accepted = of_type(self.entries, Accepted)
        self.endings = of_type(self.entries, EventEnded)

    @cached_property
    def what_ran(self) -> str:
        """What became of the attempts, in one line."""
        if not self.attempts:
            waiting = len(self.accepted) - len(self.endings)
            accepted = f" ({_count(waiting, 'event')} accepted)" if waiting else ""
            return f"nothing, {self._name!r} was never tried{accepted}"
        events = {entry.request_id for entry in self.accepted}
        batches = sum(one.is_batch for one in self.attempts)
        calls = sum(not one.is_batch and one.first.request_id not in events for one in self.attempts)
        what = [_count(len(events), "event"), _count(batches, "batch attempt"), _count(calls, "call")]
        outcomes = Counter(map(_outcome, self.attempts))
        return ", ".join([*filter(None, what), _attempts(self.numbers), _outcomes(outcomes), *self._ended()])

    def _ended(self) -> list[str]:
        """How its event ended, if there was one, or how many ended so."""
        if len(self.endings) != 1:
            return [f"{count} {what}" for what, count in Counter(one.condition for one in self.endings).items()]
        [ending] = self.endings
        setting = ""
        if ending.condition == "RetriesExhausted" and self._is_there:
            retries = dict(_of_events(self._api, self._function_name)).get("maximum_retry_attempts", 2)
            setting = f" (maximum_retry_attempts={retries})"
        return [f"{ending.condition} at {ending.after_seconds:g} s{setting}"]

    def advice(self, plan: Plan) -> str:
        """What would let the fault be met, for the beginning of a sentence."""
        selection = plan.selection
        if not self.attempts and plan.qualifier is not None and self._api.journal.of_function(plan.function_name):
            return f"Invoke {_name(plan)!r} or plan it for {plan.function_name!r}"
        if not self.attempts:
            return "Let it run, for example with run_until_idle()"
        if selection.attempts is not None and not set(selection.attempts) & set(self.numbers):
            # An event that waits for its next attempt may still come to it.
            if len(self.accepted) > len(self.endings):
                return "Let it run on, for example with run_until_idle()"
            return f"Plan it for {_attempts(self.numbers)}"
        begins = self.attempts[0].first.after_seconds
        if selection.until is not None and selection.until <= begins * 1_000_000:
            return f"Plan it until later than {begins:g} s, when its first attempt began"
        if plan.outranked_by is not None:
            return "Plan one of the two for other attempts"
        if selection.when is not None:
            return f"Let its predicate be true of an event such as {_shortened(self.attempts[-1])}"
        return _ADVICE.get(plan.failure.stage, "Plan it for what does happen")


_ADVICE: Mapping[str, str] = {
    "handler": "Let an attempt reach the handler",
    "service_error": "Let an attempt get past its throttles",
    "destination": "Let something be sent to a destination",
    "dead_letter_queue": "Let an event be discarded",
    "delete": "Let a batch succeed",
    "checkpoint": "Let a batch succeed",
}


def _count(number: int, one: str, many: str = "") -> str:
    if not number:
        return ""
    return f"1 {one}" if number == 1 else f"{number} {many or one + 's'}"


def _attempts(numbers: Sequence[int]) -> str:
    """Returns numbers of attempts as text, in order and without duplicates."""
    if len(numbers) == 1:
        return f"attempt {numbers[0]}"
    if list(numbers) == list(range(numbers[0], numbers[-1] + 1)):
        return f"attempts {numbers[0]} to {numbers[-1]}"
    return f"attempts {', '.join(map(str, numbers))}"


def _outcome(one: JournaledAttempt) -> str:
    return one.outcome or "still running"


def _outcomes(outcomes: Counter[str]) -> str:
    if len(outcomes) == 1:
        [outcome] = outcomes
        return outcome if outcomes[outcome] == 1 else f"all {outcome}"
    return " and ".join(f"{count} {outcome}" for outcome, count in outcomes.items())


def _shortened(one: JournaledAttempt) -> str:
    text = str(one.first.payload.decode(errors="replace"))
    return text if len(text) <= _SHOWN_EVENT else f"{text[:_SHOWN_EVENT]}..."
