"""EventBridge: the events of a bus, the rules that match them, and failed deliveries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Literal, Protocol

from ...arns import parse
from ...journal.entry import NOBODY
from ...journal.events import Warned
from ...journal.journal import Journal
from ...service.authorization import PushSource
from ...values import dataclass
from ..filtering import patterns
from . import event_patterns
from .deliveries import Ending, NotDelivered, Push, Pushes, RetryPolicy, rule_retries
from .push_counts import MATCHED, TRIGGERED, of_rule
from .rule_inputs import Facts, InvalidContent, content

SERVICE = "events.amazonaws.com"
"""The principal of EventBridge in policies."""
Hop = Literal["ACCOUNT", "REGION"]
"""A step from one bus to another: in one Region (also in one account), or to another Region (EVB-76)."""
Event = Mapping[str, Any]
"""An event in the form for targets."""
RuleTarget = Mapping[str, Any]
"""A target of a rule, with the members of `PutTargets`: `Arn`, `Input`, `DeadLetterConfig` and so on."""


@dataclass(frozen=True, slots=True)
class EventRule:
    """A rule in its current state. `pattern` is empty for a rule that only has a schedule.

    A rule that archives events has a function instead of targets.
    """

    name: str
    arn: str
    account_id: str
    is_enabled: bool
    pattern: str
    targets: Sequence[RuleTarget] = ()
    archive: Callable[[Event, datetime], None] | None = None
    source: PushSource = field(init=False, repr=False, compare=False)
    """The rule as the policy of a function names it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", PushSource(SERVICE, self.arn, self.account_id))


NO_HOPS: frozenset[Hop] = frozenset()


def bus_event(
    event_id: str, detail_type: str, source: str, account_id: str, region_name: str, at: datetime, detail: Any,
    resources: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """Returns an event in the form for targets (EVB-20)."""
    return {
        "version": "0", "id": event_id, "detail-type": detail_type, "source": source, "account": account_id,
        "time": instant_text(at), "region": region_name, "resources": list(resources), "detail": detail,
    }  # fmt: skip


def instant_text(at: datetime) -> str:
    """Returns an instant as EventBridge writes it, in whole seconds."""
    return f"{at.isoformat()[:19]}Z"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """The attributes of a message to the dead-letter queue of a target, apart from its text."""

    queue_arn: str
    attributes: Mapping[str, str]


def dead_letter(rule: EventRule, target: RuleTarget, ending: Ending) -> DeadLetter | None:
    """Returns the message to the dead-letter queue of a target; None if the target has no such queue (EVB-92, EVB-95)."""
    failure = ending.failure
    queue_arn = target.get("DeadLetterConfig", {}).get("Arn")
    if queue_arn is None:
        return None
    exhausted = {} if ending.exhausted is None else {
        "EXHAUSTED_RETRY_CONDITION": ending.exhausted, "RETRY_ATTEMPTS": str(ending.retries),
    }  # fmt: skip
    return DeadLetter(queue_arn, {
        "ERROR_CODE": failure.code, "ERROR_MESSAGE": failure.message, "RULE_ARN": rule.arn, "TARGET_ARN": target["Arn"],
        **exhausted,
    })  # fmt: skip


_DEFAULT_RETRIES = rule_retries()


def retries_of(target: RuleTarget) -> RetryPolicy:
    """Returns the retries of a target (EVB-90)."""
    policy = target.get("RetryPolicy")
    if not policy:
        return _DEFAULT_RETRIES
    return rule_retries(policy.get("MaximumRetryAttempts", 185), policy.get("MaximumEventAgeInSeconds", 86_400))


class RuleTargets(Protocol):
    """The targets of rules, and the event buses, in the services of the simulated AWS."""

    def check(self, rule: EventRule, target: RuleTarget) -> None:
        """Raises `NotDelivered` if EventBridge may not deliver to a target. Lambda checks the policies of functions."""

    def send(self, rule: EventRule, target: RuleTarget, text: str, event: Event) -> None:
        """Sends a text to a target that is not an event bus. Raises `NotDelivered`."""

    def send_to_queue(self, rule: EventRule, letter: DeadLetter, text: str) -> None:
        """Sends a text to a dead-letter queue. Raises `NotDelivered`."""

    def rules_of(self, bus_arn: str) -> Sequence[EventRule] | None:
        """Returns the rules of an event bus; None if the bus does not exist."""


class EventBuses:
    """All event buses. Stores their events, matches their rules and delivers.

    `events` are the events of each bus by its ARN, in order.
    """

    def __init__(self, journal: Journal, targets: RuleTargets, pushes: Pushes) -> None:
        self._journal = journal
        self._pushes = pushes
        self._targets = targets
        self._patterns: dict[str, patterns.Pattern] = {}
        self.events: defaultdict[str, list[Event]] = defaultdict(list)

    def put(
        self,
        bus_arn: str,
        event: Event,
        *,
        hops: frozenset[Hop] = NO_HOPS,
        only: Collection[str] | None = None,
        is_of_lambda: bool = False,
    ) -> bool:
        """Puts an event on a bus. Returns whether the bus exists.

        `hops` are the steps by which the event came from other buses. `only` are the ARNs of the rules that a replay selects
        (EVB-A1). `is_of_lambda` is whether Lambda sent it: then the journal has no entry if no rule matches.
        """
        rules = self._targets.rules_of(bus_arn)
        if rules is None:
            return False
        self.events[bus_arn].append(event)
        is_matched = False
        for rule in rules:
            if only is None or rule.arn in only:
                is_matched |= self.match(rule, event, hops=hops)
        if not is_matched and not is_of_lambda:
            self._pushes.filtered(PushSource(SERVICE, bus_arn).label, bus_arn)
        return True

    def rule_for(self, bus_arn: str, event: Event) -> EventRule | None:
        """Returns a rule of a bus that would deliver an event; None if no rule does."""
        rules = self._targets.rules_of(bus_arn) or ()
        return next((rule for rule in rules if rule.archive is None and self.is_match(rule, event)), None)

    def fire(self, bus_arn: str, rule_arn: str, event: Event) -> None:
        """Puts the event of a scheduled rule on a bus. The rule's own targets receive it once, whatever its pattern matches
        (EVB-62).
        """
        self.events[bus_arn].append(event)
        for rule in self._targets.rules_of(bus_arn) or ():
            if rule.arn == rule_arn:
                self._pushes.counts.count(rule.arn, TRIGGERED)
                self._deliver_to_targets(rule, event, NO_HOPS)
            else:
                self.match(rule, event)

    def match(self, rule: EventRule, event: Event, *, hops: frozenset[Hop] = NO_HOPS) -> bool:
        """Delivers an event to the targets of a rule, if the rule matches it. Returns whether it matches and delivers: the
        rule of an archive only stores the event.
        """
        if not self.is_match(rule, event):
            return False
        self._pushes.counts.count(rule.arn, MATCHED)
        if rule.archive is not None:
            rule.archive(event, self._pushes.now)
            return False
        self._deliver_to_targets(rule, event, hops)
        return True

    def _deliver_to_targets(self, rule: EventRule, event: Event, hops: frozenset[Hop]) -> None:
        self._pushes.matched(rule.source.label, *[target["Arn"] for target in rule.targets])
        for target in rule.targets:
            if target.get("Input") == "":
                self.warn(f"Rule {rule.name!r} has a target with an empty Input: AWS delivers nothing to {target['Arn']}.")
                continue
            self._deliver(rule, target, event, hops)

    def is_match(self, rule: EventRule, event: Event) -> bool:
        """Returns whether a rule is enabled and its pattern matches. A rule without a pattern matches no event (EVB-49)."""
        if not rule.is_enabled or not rule.pattern:
            return False
        if rule.pattern not in self._patterns:
            self._patterns[rule.pattern] = event_patterns.compiled(rule.pattern)
        return self._patterns[rule.pattern].matches(event)

    def _deliver(self, rule: EventRule, target: RuleTarget, event: Event, hops: frozenset[Hop]) -> None:
        invalid: InvalidContent | None = None
        try:
            text = content(target, event, Facts(rule.name, rule.arn, self._pushes.now))
        except InvalidContent as error:
            text, invalid = error.text, error

        def send(attempt: int) -> None:
            if invalid is not None:
                raise invalid
            self._targets.check(rule, target)
            if parse(target["Arn"]).resource.startswith("event-bus/"):
                self._forward(rule, target["Arn"], event, hops)
            else:
                self._targets.send(rule, target, text, event)

        self._pushes.deliver(
            Push(
                rule.source.label, target["Arn"], send, retries_of(target),
                lambda ending: self._to_dead_letter_queue(rule, target, text, ending),
                lambda outcome: self._pushes.counts.count(rule.arn, of_rule(outcome)),
            )
        )  # fmt: skip

    def _forward(self, rule: EventRule, bus_arn: str, event: Event, hops: frozenset[Hop]) -> None:
        """Puts an event on another bus. A bus of the same Region stores the event unchanged. An event makes each kind of step
        once (EVB-76).
        """
        is_near = parse(bus_arn).region_name == parse(rule.arn).region_name
        hop: Hop = "ACCOUNT" if is_near else "REGION"
        if hop in hops:
            raise NotDelivered(f"THIRD_{hop}_HOP_DETECTED", "the event already came from another event bus")
        if not is_near:
            event = {**event, "id": self._pushes.new_id(), "time": instant_text(self._pushes.now)}
        if not self.put(bus_arn, event, hops=hops | {hop}):
            self.warn(f"A rule sent an event to the event bus {bus_arn}, which does not exist: the event is dropped.")

    def _to_dead_letter_queue(self, rule: EventRule, target: RuleTarget, text: str, ending: Ending) -> str | None:
        """Sends an event to the target's dead-letter queue and returns its ARN, or warns that the event is lost."""
        failure = ending.failure
        what = f"Rule {rule.name!r} could not deliver an event to {target['Arn']}: {failure.sentence}"
        letter = dead_letter(rule, target, ending)
        if letter is None:
            if failure.code != "NO_PERMISSIONS":
                self.warn(f"{what} The target has no DeadLetterConfig, so the event is lost.")
            return None
        try:
            self._targets.send_to_queue(rule, letter, text)
        except NotDelivered as second:
            self.warn(f"{what} Its dead-letter queue refused the event too: {second.sentence} The event is lost.")
            raise
        return letter.queue_arn

    def warn(self, message: str) -> None:
        """Writes a warning to the journal."""
        self._journal.write(Warned(NOBODY, message))
