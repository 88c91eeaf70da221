from __future__ import annotations

from typing import Any

import pytest

from pytest_lambda_events.service.runtime.variables import environment_variables, reserved_keys_message

SETTINGS: dict[str, Any] = {
    "function_name": "charge", "version": "$LATEST", "memory_size": 256, "runtime": "python3.13",
    "handler": "shop.charge", "region": "eu-west-1", "log_group": "/aws/lambda/charge", "log_stream": "stream",
}  # fmt: skip


@pytest.mark.rule("RUN-70")
def test_the_variables_are_those_that_aws_sets() -> None:
    variables = environment_variables(**SETTINGS)

    assert sorted(variables) == [
        "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS",
        "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "LANG", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "PWD", "PYTHONPATH",
        "SHLVL", "TZ", "_AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_PORT", "_HANDLER",
    ]  # fmt: skip


@pytest.mark.rule("RUN-70")
def test_their_values_are_those_of_the_configuration() -> None:
    variables = environment_variables(**SETTINGS, initialization_type="provisioned-concurrency")

    assert variables["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert (variables["AWS_REGION"], variables["AWS_DEFAULT_REGION"]) == ("eu-west-1", "eu-west-1")
    assert variables["AWS_LAMBDA_INITIALIZATION_TYPE"] == "provisioned-concurrency"


@pytest.mark.rule("RUN-70", "RUN-72")
def test_the_functions_own_variables_win_where_they_may() -> None:
    variables = environment_variables(**SETTINGS, own={"TZ": "Europe/Berlin", "TABLE": "orders"})

    assert (variables["TZ"], variables["TABLE"]) == ("Europe/Berlin", "orders")


@pytest.mark.rule("RUN-86")
def test_the_log_format_is_a_variable_if_it_is_json() -> None:
    variables = environment_variables(**SETTINGS, log_format="JSON", log_level="INFO")

    assert (variables["AWS_LAMBDA_LOG_FORMAT"], variables["AWS_LAMBDA_LOG_LEVEL"]) == ("JSON", "INFO")


@pytest.mark.rule("RUN-72")
def test_reserved_names_are_refused_and_named() -> None:
    message = reserved_keys_message({"TABLE": "", "AWS_REGION": "", "_HANDLER": ""})

    assert message == (
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
        "contains reserved keys that are currently not supported for modification. "
        "Reserved keys used in this request: AWS_REGION, _HANDLER"
    )


@pytest.mark.rule("RUN-72")
def test_other_names_are_not_refused() -> None:
    assert reserved_keys_message(["TABLE", "TZ", "PATH", "AWS_LAMBDA_EXEC_WRAPPER"]) is None
