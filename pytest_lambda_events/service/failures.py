"""What can be made to fail, and when in the life of a try it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard, get_args

from ..errors import LambdaEventsError
from ..simulation.faults import Faults as AnyFaults
from ..simulation.faults import Occasion
from .refusals import RESERVED_LIMIT_REASON, THROTTLE_REASONS

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


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that goes wrong. `kind` is `throttle`, `exception` or one of `FailureKind`; the rest is what that needs."""

    kind: str
    exception: Exception | None = None
    after_handler: bool = False
    payload: Any = None
    exit_status: int = 1
    sizes: tuple[int, ...] = ()
    reason: str = ""

    @property
    def stage(self) -> str:
        """When in a try it strikes: throttles first, then a failure of Lambda itself, then what is in the handler."""
        return "handler" if self.kind in _IN_THE_HANDLER else self.kind

    def __str__(self) -> str:
        return self.kind if self.exception is None else repr(self.exception)


Faults = AnyFaults[Failure]


def occasion_of(
    function_arn: str, request_id: str | None, attempt: int, payload: bytes, began_at: int | None = None
) -> Occasion:
    """The occasion that a try is of a function, given by its ARN with the qualifier as invoked."""
    _, _, _, _, _, _, name, *qualifier = function_arn.split(":")
    return Occasion(name, qualifier[0] if qualifier else None, request_id, attempt, payload, began_at)


def throttle(reason: str = RESERVED_LIMIT_REASON) -> Failure:
    """A throttle for a reason in AWS's words. Raises `LambdaEventsError` for another."""
    if reason not in THROTTLE_REASONS:
        raise LambdaEventsError(
            f"reason={reason!r} is no reason of AWS's for a throttle. Give one of: {_listed(THROTTLE_REASONS)}."
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
    """What a test has asked for. Raises `LambdaEventsError` for what there is not, or what does not go together."""
    kind = _kind_of(failure)
    for name, needs, value, default in (
        ("payload", "response", payload, None), ("exit_status", "exit", exit_status, 1), ("sizes", "split", sizes, ()),
    ):  # fmt: skip
        is_given = type(value) is not type(default) or value != default
        if is_given and kind != needs:
            raise LambdaEventsError(f"{name}={value!r} goes with {needs!r} only.")
    if not isinstance(after_handler, bool):
        raise LambdaEventsError(f"after_handler={after_handler!r}: give True or False.")
    if after_handler and kind not in _AFTER_HANDLER:
        raise LambdaEventsError(
            f"after_handler=True goes with an exception, 'timeout', 'out_of_memory' or 'exit': {_why_not_after(kind)}."
        )
    exception = failure if isinstance(failure, Exception) else None
    cut = _sizes_of(sizes) if kind == "split" else ()
    return Failure(kind, exception, after_handler, payload, _status_of(exit_status), cut)


def _kind_of(failure: object) -> str:
    if isinstance(failure, Exception):
        return "exception"
    if isinstance(failure, str) and failure in KINDS:
        return failure
    right = f"Give an exception, or one of: {_listed(KINDS)}."
    if isinstance(failure, type) and issubclass(failure, Exception):
        raise LambdaEventsError(f"{failure.__name__} is a class: give an exception, such as {failure.__name__}('why').")
    if isinstance(failure, BaseException) or (isinstance(failure, type) and issubclass(failure, BaseException)):
        shown = failure.__name__ if isinstance(failure, type) else repr(failure)
        raise LambdaEventsError(f"{shown} is no error of a handler's but ends its process: give 'exit' instead.")
    raise LambdaEventsError(f"no such failure. {right}")


def _why_not_after(kind: str) -> str:
    if kind in ("response", "load_error"):
        return f"with {kind!r} the handler does not run"
    return f"{kind!r} does not happen in the handler"


def _status_of(status: object) -> int:
    if not is_whole(status) or not 0 <= status <= 255:
        raise LambdaEventsError(f"exit_status={status!r}: give a whole number from 0 to 255.")
    return status


def _sizes_of(sizes: object) -> tuple[int, ...]:
    if not isinstance(sizes, (list, tuple)) or not sizes or any(not is_whole(size) or size < 1 for size in sizes):
        raise LambdaEventsError(f"sizes={sizes!r}: 'split' needs the sizes of the batches, such as sizes=[1, 2].")
    return tuple(sizes)


def is_whole(value: object) -> TypeGuard[int]:
    """Whether it is a whole number, which True is not."""
    return isinstance(value, int) and not isinstance(value, bool)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
