"""Choices: the points of an execution at which AWS could behave differently, and what is chosen there."""

from __future__ import annotations

from urllib.parse import quote, unquote

from ..arguments import shown
from ..errors import LambdaEventsError
from ..faults.failures import THROTTLE_ALWAYS
from ..values import dataclass

VERSION = "v1"
INPUT = "input"
LEFT_OUT = "left out"
_ORDINALS = {1: "", 2: "2nd ", 3: "3rd "}


@dataclass(frozen=True)
class Point:
    """One point of an execution. Its name does not depend on other choices: it counts equal points before it."""

    kind: str
    """`"call"`, `"init"` for a call while code is loaded, `"suspension"`, `"handler"`, `"throttle"`, `"duplicate"`,
    `"redelivery"`, `"delete"`, `"checkpoint"`, `"acknowledgement"` of a destination, `"push"` for that of another target,
    `"request"` for the response to an HTTP request, `"split"`, `"batch order"`, `"partition order"`, `"environment"` for the
    choice of an execution environment, `"overlap"`, `"delay"`, `"order"`, `"reached"` for a checkpoint of the user,
    `"function"` for a function that the test names, or `"input"` for an input that the test marks.
    """
    function_name: str
    """The function whose attempt it belongs to."""
    what: str
    """What it is about, such as `dynamodb.PutItem payments`. Empty for the attempt as a whole."""
    occurrence: int
    """How many equal points came before, plus 1."""


@dataclass(frozen=True)
class Choice:
    """An alternative that is chosen at a point instead of the usual behaviour."""

    point: Point
    """Where it is chosen."""
    alternative: str
    """What is chosen, such as `"crash after"`."""

    def __str__(self) -> str:
        point = self.point
        ordinal = _ORDINALS.get(point.occurrence, f"{point.occurrence}th ")
        name, what = point.function_name, point.what
        text = TEXTS[point.kind, self.alternative if point.kind != "order" else ""]
        return text.format(name=name, what=what, ordinal=ordinal, alternative=self.alternative)


Plan = tuple[Choice, ...]
"""The choices of one execution that differ from the usual behaviour."""

_OF_CALLS = {
    "crash before": "the process of {name} ends before its {ordinal}call of {what}",
    "crash after": "the process of {name} ends after its {ordinal}call of {what}, before it reads the response",
    "timeout before": "{name} times out before its {ordinal}call of {what}",
    "timeout after": "{name} times out after its {ordinal}call of {what}",
    "lost answer": "the response to the {ordinal}call of {what} by {name} is lost, and boto3 repeats the call",
    "error": "the {ordinal}call of {what} by {name} fails: the service throttles all attempts of boto3",
    "internal error": "the {ordinal}call of {what} by {name} fails: the service has an internal error",
    "no connection": "the {ordinal}call of {what} by {name} fails: boto3 has no connection to the service",
    "connection lost": "the {ordinal}call of {what} by {name} takes effect, but its connection is lost",
    "conflict": "the {ordinal}call of {what} by {name} fails: another transaction uses the item",
    "partial result": "the {ordinal}call of {what} by {name} processes all entries but the last",
}
TEXTS = {
    **{("call", alternative): text for alternative, text in _OF_CALLS.items()},
    **{("init", alternative): f"while {{name}} loads its code, {text}" for alternative, text in _OF_CALLS.items()},
    ("init", "crash at end"): "the process of {name} ends when it has loaded its code for the {ordinal}time",
    ("suspension", "crash"): "the process of {name} ends while it waits for the {ordinal}time",
    ("suspension", "timeout"): "{name} times out while it waits for the {ordinal}time",
    ("reached", "crash"): "the process of {name} ends at the {ordinal}checkpoint {what}",
    ("function", "crash before"): "the process of {name} ends before its {ordinal}call of {what}",
    ("function", "crash after"): "the process of {name} ends after its {ordinal}call of {what}",
    ("handler", "crash at start"): "the process of {name} ends at the start of its {ordinal}attempt",
    ("handler", "crash at end"): "the process of {name} ends after its handler has returned, in its {ordinal}attempt",
    ("handler", "timeout at end"): "{name} times out after its handler has returned, in its {ordinal}attempt",
    ("throttle", "throttle"): "the {ordinal}attempt of {name} is throttled",
    ("throttle", THROTTLE_ALWAYS): "the {ordinal}attempt of {name} and all later ones of its event or messages are throttled",
    ("duplicate", "duplicate"): "the {ordinal}event or batch of {name} is delivered twice",
    ("delete", "lost delete"): "the {ordinal}deletion of messages that {name} has processed fails",
    ("checkpoint", "lost checkpoint"): "the {ordinal}checkpoint of {name} is lost",
    ("push", "lost acknowledgement"): "{what} receives the {ordinal}event of {name}, and {name} delivers it once more",
    ("acknowledgement", "lost acknowledgement"): "the {ordinal}record at a destination of {name} is delivered twice",
    ("request", "lost answer"): "the response to the {ordinal}request {what} to {name} is lost, and the client repeats it",
    ("split", "split"): "the {ordinal}batch of {name} is delivered in two parts",
    ("split", "split last"): "the {ordinal}batch of {name} is delivered in two parts, the second one with its last record",
    ("split", "split all"): "the {ordinal}batch of {name} is delivered in parts with one record each",
    ("batch order", "reversed"): "the {ordinal}batch of {name} has its messages in reverse order",
    ("partition order", "reversed"): "the {ordinal}read of several partitions for {name} begins with the last one",
    ("redelivery", "redelivered"): "{name} pauses before its {ordinal}call of {what}, and its messages are received again",
    ("redelivery", "delivered again"): (
        "{name} pauses before its {ordinal}call of {what}, and its event is delivered again meanwhile"
    ),
    ("redelivery", "requested again"): (
        "{name} pauses before its {ordinal}call of {what}, and the client sends its HTTP request again meanwhile"
    ),
    ("environment", "new environment"): "the {ordinal}attempt of {name} that has a choice runs in a new execution environment",
    ("environment", "earlier environment"): (
        "the {ordinal}attempt of {name} that has a choice runs in the execution environment that was used second to last"
    ),
    ("delay", "delay"): "the {ordinal}{what} of {name} comes later than usual, after other work",
    ("overlap", "others first"): "{name} pauses before its {ordinal}call of {what}, and other attempts go on",
    (INPUT, LEFT_OUT): "input {what} is left out",
    ("order", ""): "work that is due at the same time runs in another order: {alternative} ({what})",
}
"""What a choice means, by the kind of its point and its alternative. That of an order has any alternative."""


def plan_text(plan: Plan) -> str:
    """Returns a plan as text that `replay` accepts."""
    return ";".join([VERSION, *(_choice_text(choice) for choice in plan)])


def _choice_text(choice: Choice) -> str:
    point = choice.point
    parts = (point.kind, point.function_name, point.what, str(point.occurrence), choice.alternative)
    return "/".join(quote(part, safe=" .:,-_{}") for part in parts)


def plan_of(text: object) -> Plan:
    """Returns the plan of a text. Raises `LambdaEventsError` if `plan_text` has not written it."""
    if isinstance(text, str):
        version, *choices = text.split(";")
        parts = [[unquote(part) for part in choice.split("/")] for choice in choices if choice]
        if version == VERSION and all(len(part) == 5 and part[3].isdigit() for part in parts):
            return tuple(
                Choice(Point(kind, name, what, int(occurrence)), alternative)
                for kind, name, what, occurrence, alternative in parts
            )
    raise LambdaEventsError(f"replay={shown(text)} is not a plan. Pass the text that the report of an exploration shows.")
