"""Environment variables that a handler reads and that only the test process has."""

from __future__ import annotations

import copy
import os
import os.path
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, LambdaEventsError
from pytest_lambda_events.report.section import section

STAGE = (
    "environment variable STAGE is set in the test process, not in the function: "
    'pass environment={"STAGE": ...} or inherit_environment=["STAGE"]'
)
NOTHING: dict[object, str] = {}
READS = {
    "getitem": lambda: os.environ["STAGE"],
    "get": lambda: NOTHING[os.environ.get("STAGE")],
    "getenv": lambda: NOTHING[os.getenv("STAGE")],
    "in": lambda: NOTHING["STAGE" in os.environ],
    "bytes": lambda: os.environb[b"STAGE"],
}


@pytest.fixture(autouse=True)
def variables_of_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "test")
    monkeypatch.setenv("TABLE", "orders")
    monkeypatch.setenv("HOME", "/home/tester")
    monkeypatch.delenv("ABSENT", raising=False)


def missed(lambda_events: LambdaEvents) -> list[tuple[str, ...]]:
    return [entry.detail.get("missing_variables", ()) for entry in lambda_events.journal if entry.kind == "ended"]


def test_the_line_of_a_failed_attempt_names_the_variable_and_the_ways_out_once(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> str:
        return os.environ["STAGE"]

    lambda_events.function(handler).invoke_async({})
    lambda_events.run_until_idle()

    lines = lambda_events.journal.timeline().splitlines()
    assert [line.partition("KeyError: 'STAGE'   ")[2] for line in lines if "attempt" in line] == [
        f"retry at 60 s; {STAGE}",
        "retry at 180 s",
        "RetriesExhausted, count 3",
    ]
    assert STAGE in section(lambda_events.journal)


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_every_way_of_reading_is_noticed(read: Callable[[], object], lambda_events: LambdaEvents) -> None:
    lambda_events.function(lambda event, context: read(), name="reader").invoke({})

    assert missed(lambda_events) == [("STAGE",)]
    assert STAGE in lambda_events.journal.timeline()


def test_a_read_that_did_not_fail_is_a_note_in_the_report_only(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> list[Any]:
        return [os.environ.get("STAGE"), os.getenv("ABSENT"), os.environ.get("AWS_REGION")]

    lambda_events.function(handler).invoke({})

    assert missed(lambda_events) == [("STAGE",)]
    assert STAGE not in lambda_events.journal.timeline()
    assert STAGE in [line.strip() for line in section(lambda_events.journal).splitlines()]


def test_variables_that_libraries_read_count_only_if_the_error_names_them(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> str:
        path = os.path.expanduser("~") + os.path.expandvars("$STAGE")
        if event["fails"]:
            raise RuntimeError("STAGE is not set")
        return path

    function = lambda_events.function(handler)
    function.invoke({"fails": False})
    function.invoke({"fails": True})

    assert missed(lambda_events) == [(), ("STAGE",)]


def test_the_fields_of_a_settings_class_that_lists_all_variables_are_found(
    lambda_events: LambdaEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    def handler(event: Any, context: Any) -> None:
        dict(os.environ)
        raise ValueError("2 validation errors for Settings\nstage\n  Field required [type=missing]\ntable\n  Field required")

    monkeypatch.setenv("SHOP_TABLE", "orders")
    monkeypatch.delenv("TABLE")
    lambda_events.function(handler).invoke({})

    [names] = missed(lambda_events)
    assert sorted(names) == ["SHOP_TABLE", "STAGE"]


def test_only_the_names_in_the_error_are_reported(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> str:
        return os.environ.get("HOME", "") + os.environ["STAGE"]

    def careless(event: Any, context: Any) -> str:
        return os.environ.get("HOME") + os.environ.get("STAGE")  # type: ignore[operator]

    lambda_events.function(handler).invoke({})
    lambda_events.function(careless).invoke({})

    told = lambda_events.journal.timeline()
    assert STAGE in told
    assert (
        'environment variables HOME and STAGE are set in the test process, not in the function: pass environment={"HO' in told
    )


def test_reads_at_import_are_reported_for_every_failure(lambda_events: LambdaEvents, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import os\nSTAGE = os.environ['STAGE']\ndef handler(event, context): ...\n")
    function = lambda_events.function("app.handler", code_uri=tmp_path, name="loaded")

    function.invoke({})
    with pytest.raises(LambdaEventsError, match=r"KeyError|STAGE") as refused:
        function.module("app")
    function.publish_version()
    lambda_events.client("lambda").put_provisioned_concurrency_config(
        FunctionName="loaded", Qualifier="1", ProvisionedConcurrentExecutions=1
    )
    lambda_events.advance(600)

    assert STAGE in lambda_events.journal.timeline(function).splitlines()[0]
    assert STAGE in str(refused.value)
    [warning] = lambda_events.journal.warnings
    assert warning.detail["message"] == f"The code of 'loaded' failed to initialize for provisioned concurrency: {STAGE}."


def test_a_copy_of_the_variables_is_a_plain_dictionary(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> list[Any]:
        return [type(copy.deepcopy(os.environ)._data).__name__, os.environ.copy().get("STAGE")]  # type: ignore[attr-defined]

    assert lambda_events.function(handler).invoke({}).payload == ["dict", None]


# ---------------------------------------------------------------------- inherit_environment


def values(event: list[str], context: Any) -> list[str | None]:
    return [os.environ.get(name) for name in event]


def test_a_function_inherits_names_and_patterns_and_its_own_variables_win(
    lambda_events: LambdaEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERS_URL", "https://orders")
    monkeypatch.setenv("ORDERS_KEY", "secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://localhost:1")
    names = ["STAGE", "TABLE", "ORDERS_URL", "ORDERS_KEY", "AWS_ENDPOINT_URL_SQS", "PATH"]
    function = lambda_events.function(
        values, inherit_environment=["STAGE", "ORDERS_*"], environment={"ORDERS_KEY": "of the function"}
    )

    assert function.invoke(names).payload == ["test", None, "https://orders", "of the function", None, _OF_LAMBDA]
    function.update(inherit_environment=["*"])
    assert function.invoke(names).payload[:3] == ["test", "orders", "https://orders"]
    assert function.invoke(names).payload[3:] == ["of the function", None, _OF_LAMBDA]
    function.update(inherit_environment=["PATH"])
    assert function.invoke(names).payload == [None, None, None, "of the function", None, os.environ["PATH"]]
    assert missed(lambda_events)[-1] == ("STAGE", "TABLE", "ORDERS_URL", "AWS_ENDPOINT_URL_SQS")


_OF_LAMBDA = "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin"


@pytest.mark.lambda_events(inherit_environment=["STAGE"])
def test_the_option_holds_for_functions_that_do_not_set_it(
    lambda_events: LambdaEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = lambda_events.function(values)
    other = lambda_events.function(values, name="other", inherit_environment=[])

    def ask_inner(event: Any, context: Any) -> str:
        answer = lambda_events.client("lambda").invoke(FunctionName="inner", Payload=b'["STAGE"]')
        return str(answer["Payload"].read().decode())

    outer = lambda_events.function(ask_inner)
    lambda_events.function(values, name="inner")
    monkeypatch.setenv("STAGE", "of the cold start")

    assert function.invoke(["STAGE"]).payload == ["of the cold start"]
    monkeypatch.setenv("STAGE", "later")
    assert function.invoke(["STAGE"]).payload == ["of the cold start"]
    assert other.invoke(["STAGE"]).payload == [None]
    assert outer.invoke({}).payload == '["later"]'
    other.update(inherit_environment=None)
    assert other.invoke(["STAGE"]).payload == ["later"]


@pytest.mark.parametrize(
    ("patterns", "message"),
    [
        ("STAGE", "inherit_environment='STAGE' is not a list of variable names. Pass names and patterns"),
        (["STAGE=1"], "is not a list of variable names"),
        (["STAGE", "AWS_REGION"], "'AWS_REGION' is one of the names that Lambda reserves. No function inherits them"),
        (["AWS_*"], "'AWS_*' is one of patterns that begin with AWS_. No function inherits them"),
    ],
)
def test_variables_that_no_function_can_inherit_are_refused(patterns: Any, message: str, lambda_events: LambdaEvents) -> None:
    with pytest.raises(LambdaEventsError) as of_function:
        lambda_events.function(values, inherit_environment=patterns)
    with pytest.raises(LambdaEventsError) as of_option:
        LambdaEvents(inherit_environment=patterns)

    assert message in str(of_function.value)
    assert message in str(of_option.value)
    assert "values" not in lambda_events.functions
