"""The environment variables of the test process that functions inherit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from .arguments import is_list, is_text, shown
from .errors import LambdaEventsError, hides_frames

__tracebackhide__ = hides_frames

RESERVED = frozenset(
    {
        "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_METADATA_API", "AWS_LAMBDA_METADATA_TOKEN", "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT",
        "_HANDLER", "_X_AMZN_TRACE_ID",
    }
)  # fmt: skip
"""Names that a function's own variables cannot have (RUN-72)."""
_WILDCARDS = frozenset("*?[")
_AWS = "AWS_"


def patterns_of(value: object) -> tuple[str, ...]:
    """Returns the names and patterns of `inherit_environment`.

    Raises `LambdaEventsError` for another value, and for names that no function can inherit.
    """
    if not is_list(value) or not all(is_text(pattern) and pattern and "=" not in pattern for pattern in value):
        raise LambdaEventsError(
            f"inherit_environment={shown(value)} is not a list of variable names. Pass names and patterns, such as "
            'inherit_environment=["STAGE", "ORDERS_*"].'
        )
    for pattern in value:
        if pattern in RESERVED or (_is_pattern(pattern) and pattern.startswith(_AWS)):
            which = "patterns that begin with AWS_" if _is_pattern(pattern) else "the names that Lambda reserves"
            raise LambdaEventsError(
                f"inherit_environment={shown(list(value))}: {pattern!r} is one of {which}. No function inherits them: "
                "Lambda sets them for each function. Leave it out."
            )
    return tuple(value)


def inherited(patterns: Sequence[str], of_test: Mapping[str, str], of_runtime: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables of the test process that the patterns select.

    A plain name selects any variable. A pattern with wildcards leaves out names that begin with `AWS_`, and variables of the
    runtime itself, such as `PATH`.
    """
    if not patterns:
        return {}
    names = {pattern for pattern in patterns if not _is_pattern(pattern)}
    wildcards = [pattern for pattern in patterns if _is_pattern(pattern)]

    def is_selected(name: str) -> bool:
        if name in names:
            return True
        is_of_runtime = name.startswith(_AWS) or name in RESERVED or name in of_runtime
        return not is_of_runtime and any(fnmatchcase(name, pattern) for pattern in wildcards)

    return {name: value for name, value in of_test.items() if is_selected(name)}


def _is_pattern(text: str) -> bool:
    return not _WILDCARDS.isdisjoint(text)
