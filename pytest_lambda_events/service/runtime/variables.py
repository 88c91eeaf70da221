"""Environment variables of an execution environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...process_variables import RESERVED, inherited

TRACE_VARIABLE = "_X_AMZN_TRACE_ID"
"""Set before each invocation, and absent where there is no trace (RUN-71)."""


def reserved_keys_message(names: Iterable[str]) -> str | None:
    """Returns AWS's refusal if any of the names is reserved, in the order in which they were given; else None (RUN-72)."""
    reserved = [name for name in names if name in RESERVED]
    if not reserved:
        return None
    return (
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
        "contains reserved keys that are currently not supported for modification. "
        f"Reserved keys used in this request: {', '.join(reserved)}"
    )


def environment_variables(
    *,
    function_name: str,
    version: str,
    memory_size: int,
    runtime: str,
    handler: str,
    region: str,
    log_group: str,
    log_stream: str,
    initialization_type: str = "on-demand",
    access_key_id: str = "AKIAIOSFODNN7EXAMPLE",
    secret_access_key: str = "secret",
    session_token: str = "token",
    log_format: str = "Text",
    log_level: str | None = None,
    own: Mapping[str, str] | None = None,
    inherit: Sequence[str] = (),
    of_test: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Returns all variables of a handler except the trace. The function's own variables override the others (RUN-70).

    `inherit` are patterns of variables to copy from the test process, whose variables are `of_test`.
    """
    variables = {
        "AWS_ACCESS_KEY_ID": access_key_id,
        "AWS_SECRET_ACCESS_KEY": secret_access_key,
        "AWS_SESSION_TOKEN": session_token,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function_name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_size),
        "AWS_LAMBDA_FUNCTION_VERSION": version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": initialization_type,
        "AWS_LAMBDA_LOG_GROUP_NAME": log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "_HANDLER": handler,
        **_ALWAYS,
    }
    if log_format.upper() == "JSON":
        variables["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
    if log_level is not None:
        variables["AWS_LAMBDA_LOG_LEVEL"] = log_level
    return {**variables, **inherited(inherit, of_test or {}, variables), **(own or {})}


_ALWAYS = {
    "AWS_LAMBDA_RUNTIME_API": "169.254.100.1:9001",
    "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
    "AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1:2000",
    "_AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1",
    "_AWS_XRAY_DAEMON_PORT": "2000",
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LANG": "en_US.UTF-8",
    "LC_CTYPE": "C.UTF-8",
    "LD_LIBRARY_PATH": "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
    "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    "PWD": "/var/task",
    "PYTHONPATH": "/var/runtime",
    "SHLVL": "0",
    "TZ": ":UTC",
}
