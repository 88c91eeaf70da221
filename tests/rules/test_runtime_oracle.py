"""The simulated runtime against AWS's own runtime client: the same handlers, the same events, the same bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from oracle.client import Answer, Event, Run, run_client
from oracle.simulated import run_simulated

RUNTIMES = ("python3.11", "python3.13")
HANDLERS = Path(__file__).parent.parent / "oracle"

VARIABLES = {
    "AWS_LAMBDA_FUNCTION_NAME": "charge",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/charge",
    "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef",
}
CLIENT_CONTEXT = json.dumps(
    {"custom": {"k": [1]}, "env": {"e": "v"}, "client": {"app_title": "shop"}, "w3c": {"traceparent": "t", "x": 1}}
)
IDENTITY = json.dumps({"cognitoIdentityId": "id", "cognitoIdentityPoolId": "pool"})

CASES = {
    "RUN-20": ["raises_in_library"],
    "RUN-23": ["coroutine", "generator"],
    "RUN-30": [
        "nothing", "text", "array", "empties", "mixed_keys", "float_keys", "keys_that_differ_in_type", "bytes_key",
        "tuple_key", "decimal_key", "numbers", "named_tuple", "empty_named_tuple", "as_dict", "odd_as_dict",
        "as_dict_of_a_class", "texts", "ordered", "shared", "inner_bytes", "deep", "huge_number",
    ],
    "RUN-31": ["unicode", "non_ascii_text", "raises_lines"],
    "RUN-32": ["decimals", "decimal_alone", "not_numbers"],
    "RUN-33": [
        "set_inside", "moment", "data_class", "an_exception_returned", "circular", "circular_with_decimal",
        "circular_named_tuple", "bad_inner_bytes", "byte_array",
    ],
    "RUN-34": ["raw_bytes", "empty_bytes"],
    "RUN-40": ["raises", "raises_over_lines", "raises_in_coroutine"],
    "RUN-41": ["raises_class", "raises_key_error", "raises_non_text", "group", "with_note", "stop"],
    "RUN-42": ["raises_in_exec", "recursion", "mutual", "repeated"],
    "RUN-43": ["chained", "chained_implicitly"],
    "RUN-24": ["mutates"],
    "RUN-60": ["reads_context", "sets_unknown_client_field"],
    "RUN-64": ["shows_context"],
    "RUN-71": ["trace"],
}  # fmt: skip
WRITING = ["prints", "logs", "logs_exception", "logs_more", "sets_level", "logs_at_level", "raises", "chained", "text"]
ENDS = {
    "exits_with_3": 3, "exits_with_0": 0, "exits_without_status": 0, "exits_with_text": 1, "exits_with_256": 0,
    "exits_below_zero": 255,
}  # fmt: skip
EVENTS = {
    "object": b'{"b": 1, "a": [1.0, 1, 1e400, -0, null, true], "b": 2}',
    "array": b" [1, 2]\n",
    "text": '"ü\\u00fc\\ud83d\\ude00"'.encode(),
    "number": b"12345678901234567890123",
    "float": b"1.10",
    "null": b"null",
    "true": b"true",
    "not JSON": b"not json",
    "nothing": b"",
    "marked UTF-8": b"\xef\xbb\xbf{}",
}
MODULES = {
    "good.py": "x = 1\n",
    "missing_dependency.py": "import nonexistent_pkg_xyz\n",
    "bad_name.py": "from json import nothing_like_it\n",
    "syntax.py": "def h(e, c) return 1\n",
    "indentation.py": "def h(e, c):\nreturn 1\n",
    "raising.py": "def fail():\n    raise ValueError('at import')\n\n\nfail()\n",
    "printing.py": "import logging\n\nprint('loading')\nlogging.warning('careful')\n{}['missing']\n",
    "lazy.py": "def __getattr__(name):\n    raise OSError('no ' + name)\n",
    "exiting.py": "import sys\n\nsys.exit(3)\n",
    "package/__init__.py": "",
    "package/inner.py": "def handler(event, context):\n    return __name__\n",
    "bootstrap.py": "def handler(event, context):\n    inner()\n\n\ndef inner():\n    raise ValueError('x')\n",
}
LOADS = {
    "no dot": "nodot",
    "empty": "",
    "built-in module": "sys.exit",
    "built-in package": "sys.path.exists",
    "no module": "nomod.handler",
    "no module in a folder": "some/folder/nomod.handler",
    "missing dependency": "missing_dependency.handler",
    "missing name": "bad_name.handler",
    "syntax error": "syntax.h",
    "indentation error": "indentation.h",
    "no function": "good.missing",
    "no function name": "good.",
    "no module name": ".handler",
    "raising module": "raising.handler",
    "printing module": "printing.handler",
    "raising lookup": "lazy.handler",
}

Side = Callable[[str, Path, list[Event], Mapping[str, str]], Run]


def variables_of(runtime: str, **more: str) -> dict[str, str]:
    return {**VARIABLES, "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}", **more}


def case_event(name: str) -> Event:
    headers = {"Lambda-Runtime-Trace-Id": "Root=1-2-3"} if name != "shows_context" else {}
    if name in ("reads_context", "sets_unknown_client_field"):
        headers |= {"Lambda-Runtime-Client-Context": CLIENT_CONTEXT, "Lambda-Runtime-Cognito-Identity": IDENTITY}
    return Event(f"id-{name}", json.dumps({"case": name, "list": []}).encode(), headers)


def plans(folder: Path) -> dict[str, tuple[str, Path, list[Event], dict[str, str]]]:
    """Everything that one side has to run, by name."""
    cases = [case_event(name) for names in CASES.values() for name in names]
    again = [Event(f"id-counts-{number}", b'{"case": "counts"}') for number in (1, 2, 3)]
    untraced = [Event("id-untraced", b'{"case": "trace"}')]
    context_faults = [
        Event("id-bad-context", b'{"case": "text"}', {"Lambda-Runtime-Client-Context": "{"}),
        Event("id-odd-context", b'{"case": "text"}', {"Lambda-Runtime-Client-Context": "[]"}),
        Event("id-bad-identity", b'{"case": "text"}', {"Lambda-Runtime-Cognito-Identity": "x"}),
    ]
    echoes = [Event(f"id-{name.replace(' ', '-')}", payload) for name, payload in EVENTS.items()]
    writing = [case_event(name) for name in WRITING]
    old, new = variables_of("python3.11"), variables_of("python3.13")
    return {
        "python3.11": ("handlers.dispatch", HANDLERS, [*cases, *again, *untraced, *context_faults], old),
        "python3.13": ("handlers.dispatch", HANDLERS, [*cases, *again, *untraced, *context_faults], new),
        "echo": ("handlers.echo", HANDLERS, echoes, new),
        "Text": ("handlers.dispatch", HANDLERS, writing, new),
        "JSON": ("handlers.dispatch", HANDLERS, writing, {**new, "AWS_LAMBDA_LOG_FORMAT": "JSON"}),
        "level": ("handlers.dispatch", HANDLERS, writing, {**new, "AWS_LAMBDA_LOG_LEVEL": "INFO"}),
        "arity": ("handlers.no_arguments", HANDLERS, untraced, new),
        "not callable": ("handlers.NUMBER", HANDLERS, untraced, new),
        "package": ("package/inner.handler", folder, untraced, new),
        "bootstrap": ("bootstrap.handler", folder, untraced, new),
        **{name: ("handlers.dispatch", HANDLERS, [case_event(name)], new) for name in ENDS},
        **{name: (handler, folder, [], new) for name, handler in LOADS.items()},
        "JSON load": ("raising.handler", folder, [], {**new, "AWS_LAMBDA_LOG_FORMAT": "JSON"}),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("code").resolve()
    for name, text in MODULES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def client(folder: Path) -> dict[str, Run]:
    """What AWS's client does; its processes run side by side."""
    planned = plans(folder)
    with ThreadPoolExecutor(4) as pool:
        runs = pool.map(lambda plan: run_client(*plan), planned.values())
        return dict(zip(planned, runs, strict=True))


@pytest.fixture(scope="module")
def ours(folder: Path) -> dict[str, Run]:
    """What the simulated runtime does."""
    return {name: run_simulated(*plan) for name, plan in plans(folder).items()}


def comparable(answer: Answer) -> tuple[str, bytes]:
    """The client's own file lies elsewhere here, and a recursion is as deep as the stack below it allows."""
    body = re.sub(rb'File \\"[^"\\]*/awslambdaric/', rb'File \\"<client>/', answer.body)
    return answer.kind, re.sub(rb"repeated \d+ more times", b"repeated", body)


def printed(output: str) -> str:
    """Without the instants, and the files as in `comparable`."""
    output = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", "<instant>", output)
    return re.sub(r'File "[^"]*/awslambdaric/', 'File "<client>/', output)


@pytest.mark.rule(
    "RUN-20", "RUN-23", "RUN-24", "RUN-30", "RUN-31", "RUN-32", "RUN-33", "RUN-34", "RUN-40", "RUN-41", "RUN-42",
    "RUN-43", "RUN-60", "RUN-63", "RUN-64", "RUN-71", "RUN-90", "RUN-93", "RUN-94",
)  # fmt: skip
@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("case", [name for names in CASES.values() for name in names])
def test_a_handler_is_answered_as_by_the_client(client: dict[str, Run], ours: dict[str, Run], runtime: str, case: str) -> None:
    expected = client[runtime].answers[f"id-{case}"]

    answer = ours[runtime].answers[f"id-{case}"]

    assert comparable(answer) == comparable(expected)


@pytest.mark.rule("RUN-92")
@pytest.mark.parametrize(("case", "kind"), [("raises", "MyError"), ("moment", "LambdaValidationError")])
def test_the_client_sends_the_cause_for_x_ray_along_with_an_error(client: dict[str, Run], case: str, kind: str) -> None:
    cause = json.loads(client["python3.13"].answers[f"id-{case}"].cause)

    assert list(cause) == ["working_directory", "exceptions", "paths"]
    assert [list(exception) for exception in cause["exceptions"]] == [["message", "type", "stack"]]
    assert cause["exceptions"][0]["type"] == kind


@pytest.mark.rule("RUN-34", "RUN-91")
@pytest.mark.parametrize("case", ["raw_bytes", "empty_bytes", "text", "unicode"])
def test_a_response_has_the_clients_content_type(client: dict[str, Run], ours: dict[str, Run], case: str) -> None:
    expected = client["python3.13"].answers[f"id-{case}"]

    answer = ours["python3.13"].answers[f"id-{case}"]

    assert answer.content_type == expected.content_type


@pytest.mark.rule("RUN-12", "RUN-24", "RUN-71")
@pytest.mark.parametrize("request_id", ["id-counts-1", "id-counts-2", "id-counts-3", "id-untraced"])
def test_state_between_invocations_is_the_clients(client: dict[str, Run], ours: dict[str, Run], request_id: str) -> None:
    expected = client["python3.13"].answers[request_id]

    answer = ours["python3.13"].answers[request_id]

    assert comparable(answer) == comparable(expected)


@pytest.mark.rule("RUN-63")
@pytest.mark.parametrize("request_id", ["id-bad-context", "id-odd-context", "id-bad-identity"])
def test_a_client_context_that_is_none_fails_as_in_the_client(
    client: dict[str, Run], ours: dict[str, Run], request_id: str
) -> None:
    expected = json.loads(client["python3.13"].answers[request_id].body)

    answer = json.loads(ours["python3.13"].answers[request_id].body)

    assert {**answer, "stackTrace": []} == {**expected, "stackTrace": []}


@pytest.mark.rule("RUN-21", "RUN-22")
@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_decoded_as_by_the_client(client: dict[str, Run], ours: dict[str, Run], name: str) -> None:
    request_id = f"id-{name.replace(' ', '-')}"
    expected = client["echo"].answers[request_id]

    answer = ours["echo"].answers[request_id]

    assert comparable(answer) == comparable(expected)


@pytest.mark.rule("RUN-20")
@pytest.mark.parametrize("name", ["arity", "not callable"])
def test_a_handler_that_is_not_callable_fails_in_the_frame_of_the_client(
    client: dict[str, Run], ours: dict[str, Run], name: str
) -> None:
    expected = client[name].answers["id-untraced"]

    answer = ours[name].answers["id-untraced"]

    assert comparable(answer) == comparable(expected)


@pytest.mark.rule("RUN-01", "RUN-42")
@pytest.mark.parametrize("name", ["package", "bootstrap"])
def test_a_module_is_named_and_its_frames_kept_as_by_the_client(
    client: dict[str, Run], ours: dict[str, Run], name: str
) -> None:
    expected = client[name].answers["id-untraced"]

    answer = ours[name].answers["id-untraced"]

    assert comparable(answer) == comparable(expected)


@pytest.mark.rule("RUN-02", "RUN-03", "RUN-04", "RUN-05", "RUN-06", "RUN-07", "RUN-08")
@pytest.mark.parametrize("name", LOADS)
def test_a_load_error_is_the_clients(client: dict[str, Run], ours: dict[str, Run], name: str) -> None:
    expected = client[name].answers["init"]

    answer = ours[name].answers["init"]

    assert answer.body == expected.body


@pytest.mark.rule("RUN-45", "RUN-50")
@pytest.mark.parametrize(("case", "status"), ENDS.items(), ids=list(ENDS))
def test_the_process_ends_where_the_clients_does(client: dict[str, Run], ours: dict[str, Run], case: str, status: int) -> None:
    run = ours[case]

    assert (run.answers, run.status) == (client[case].answers, status)
    assert client[case].status == status


@pytest.mark.rule("RUN-83", "RUN-85", "RUN-86")
@pytest.mark.parametrize("log_format", ["Text", "JSON", "level"])
def test_the_log_is_what_the_client_writes(client: dict[str, Run], ours: dict[str, Run], log_format: str) -> None:
    # CloudWatch Logs keeps no lines without text.
    expected = re.sub(r"^\n", "", printed(client[log_format].output), flags=re.MULTILINE)

    written = printed(ours[log_format].output)

    assert written == expected


@pytest.mark.rule("RUN-84")
@pytest.mark.parametrize("name", ["printing module", "no module", "syntax error", "raising module", "JSON load"])
def test_a_load_error_is_logged_as_by_the_client(client: dict[str, Run], ours: dict[str, Run], name: str) -> None:
    expected = printed(client[name].output)

    written = printed(ours[name].output)

    assert written == expected
