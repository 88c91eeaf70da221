"""The failures that a test can plan, and the stage of an attempt at which each happens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from ..arguments import alternatives, is_whole, shown
from ..errors import LambdaEventsError
from ..limits import RESERVED_LIMIT_REASON, THROTTLE_REASONS
from ..values import dataclass
from .explorer import LOST_ACKNOWLEDGEMENT

FailureKind = Literal[
    "timeout", "out_of_memory", "exit", "load_error", "response", "service_error", "destination", "dead_letter_queue",
    "delete", "checkpoint", "duplicate", "split",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(FailureKind)

Stage = Literal[
    "throttle", "service_error", "handler", "destination", "dead_letter_queue", "delete", "checkpoint", "duplicate", "split"
]
_IN_THE_HANDLER = ("exception", "timeout", "out_of_memory", "exit", "load_error", "response")
_AFTER_HANDLER = ("exception", "timeout", "out_of_memory", "exit")


THROTTLE_ALWAYS = "throttle always"
"""All attempts of an event or message are throttled, until its source gives it up."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure. `kind` is `throttle`, `exception` or one of `FailureKind`; the other fields are its arguments."""

    kind: str
    exception: Exception | None = None
    after_handler: bool = False
    payload: Any = None
    exit_status: int = 1
    sizes: tuple[int, ...] = ()
    reason: str = ""
    repeats: bool = False
    """Whether it happens to all later attempts of the event or message too."""

    @property
    def stage(self) -> str:
        """When it happens in an attempt: throttles come first, then failures of Lambda, then failures of the handler."""
        return "handler" if self.kind in _IN_THE_HANDLER else self.kind

    def __str__(self) -> str:
        return self.kind if self.exception is None else repr(self.exception)


EXPLORED: Mapping[str, Mapping[str, Failure]] = {
    "throttle": {"throttle": Failure("throttle", reason=RESERVED_LIMIT_REASON)},
    "handler": {
        "crash at start": Failure("exit"),
        "crash at end": Failure("exit", after_handler=True),
        "timeout at end": Failure("timeout", after_handler=True),
    },
    "delete": {"lost delete": Failure("delete")},
    "checkpoint": {"lost checkpoint": Failure("checkpoint")},
    "duplicate": {"duplicate": Failure("duplicate")},
    "batch order": {"reversed": Failure("reversed")},
    "acknowledgement": {LOST_ACKNOWLEDGEMENT: Failure("acknowledgement")},
}
"""What an exploration can choose at each stage of an attempt, by name."""
EXPLORED_THROTTLES = {
    **EXPLORED["throttle"],
    THROTTLE_ALWAYS: Failure("throttle", reason=RESERVED_LIMIT_REASON, repeats=True),
}
"""The same for an event or a message that its source gives up."""


def throttle(reason: str = RESERVED_LIMIT_REASON) -> Failure:
    """Returns a throttle with a reason of AWS. Raises `LambdaEventsError` for any other reason."""
    if reason not in THROTTLE_REASONS:
        raise LambdaEventsError(
            f"reason={shown(reason)} is not an AWS throttle reason. {alternatives(reason, THROTTLE_REASONS, label='Reasons')}"
        )
    return Failure("throttle", reason=reason)


def failure_of(
    failure: object,
    *,
    after_handler: object = False,
    payload: object = None,
    exit_status: object = 1,
    sizes: object = (),
) -> Failure:
    """Returns the failure that a test plans. Raises `LambdaEventsError` for invalid values and combinations."""
    kind = _kind_of(failure)
    for name, needs, value, default in (
        ("payload", "response", payload, None), ("exit_status", "exit", exit_status, 1), ("sizes", "split", sizes, ()),
    ):  # fmt: skip
        is_given = type(value) is not type(default) or value != default
        if is_given and kind != needs:
            raise LambdaEventsError(f"{name}={shown(value)} needs the failure {needs!r}. Pass {needs!r}, or leave {name} out.")
    if not isinstance(after_handler, bool):
        raise LambdaEventsError(f"after_handler={shown(after_handler)} is not True or False. Pass one of them.")
    if after_handler and kind not in _AFTER_HANDLER:
        raise LambdaEventsError(
            f"after_handler=True needs an exception, 'timeout', 'out_of_memory' or 'exit': {_why_not_after(kind)}. "
            "Leave after_handler out."
        )
    exception = failure if isinstance(failure, Exception) else None
    cut = _sizes_of(sizes) if kind == "split" else ()
    return Failure(kind, exception, after_handler, payload, _status_of(exit_status), cut)


def _kind_of(failure: object) -> str:
    if isinstance(failure, Exception):
        return "exception"
    if isinstance(failure, str) and failure in KINDS:
        return failure
    if isinstance(failure, type) and issubclass(failure, Exception):
        raise LambdaEventsError(f"{failure.__name__} is a class. Pass an exception, such as {failure.__name__}('reason').")
    if isinstance(failure, BaseException) or (isinstance(failure, type) and issubclass(failure, BaseException)):
        named = failure.__name__ if isinstance(failure, type) else shown(failure)
        raise LambdaEventsError(f"A handler cannot fail with {named}. Use 'exit'.")
    raise LambdaEventsError(
        f"{shown(failure)} is not a failure. Pass an exception, or a name. {alternatives(failure, KINDS, label='Names')}"
    )


def _why_not_after(kind: str) -> str:
    if kind in ("response", "load_error"):
        return f"with {kind!r} the handler does not run"
    return f"{kind!r} does not happen in the handler"


def _status_of(status: object) -> int:
    if not is_whole(status) or not 0 <= status <= 255:
        raise LambdaEventsError(f"exit_status={shown(status)} is not an exit status. Pass a whole number from 0 to 255.")
    return status


def _sizes_of(sizes: object) -> tuple[int, ...]:
    if not isinstance(sizes, (list, tuple)) or not sizes or any(not is_whole(size) or size < 1 for size in sizes):
        raise LambdaEventsError(
            f"sizes={shown(sizes)} is not a list of batch sizes. The failure 'split' needs one. Pass sizes=[1, 2], "
            "for example."
        )
    return tuple(sizes)
