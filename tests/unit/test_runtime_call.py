from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from pytest_lambda_events.service.runtime.call import HandlerAnswer, call_handler
from pytest_lambda_events.service.runtime.context import LambdaContext
from pytest_lambda_events.service.runtime.encoding import to_bytes
from pytest_lambda_events.service.runtime.paths import PathMap


def make_context(remaining: int = 3000, written: list[str] | None = None, **given: str | None) -> LambdaContext:
    return LambdaContext(
        aws_request_id="id",
        log_group_name="/aws/lambda/charge",
        log_stream_name="stream",
        function_name="charge",
        memory_limit_in_mb="128",
        function_version="2",
        invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:charge:live",
        remaining_ms=lambda: remaining,
        write_log=list[str]().append if written is None else written.append,
        **given,
    )


def answer_of(
    handler: Callable[..., object], payload: bytes = b"{}", context: Callable[[], LambdaContext] = make_context
) -> HandlerAnswer:
    return call_handler(handler, payload, context, request_id="id", runtime="python3.13")


@pytest.mark.rule("RUN-35")
@pytest.mark.parametrize(
    ("length", "error_type"),
    [
        (6_291_456, None),
        (6_291_553, None),
        (6_291_554, None),
        (6_291_555, "Function.ResponseSizeTooLarge"),
    ],
    ids=["6 MiB and quotes", "just below", "at the limit", "just above"],
)
def test_a_response_of_more_than_6291556_bytes_is_an_error(length: int, error_type: str | None) -> None:
    answer = answer_of(lambda event, context: "a" * length)

    assert (answer.error and answer.error.error_type) == error_type


@pytest.mark.rule("RUN-35")
def test_the_size_of_a_response_is_counted_in_bytes() -> None:
    answer = answer_of(lambda event, context: "ü" * 3_145_778)

    assert json.loads(answer.payload)["errorType"] == "Function.ResponseSizeTooLarge"


@pytest.mark.rule("RUN-34", "RUN-35")
def test_bytes_are_limited_too() -> None:
    answer = answer_of(lambda event, context: bytes(6_291_557))

    assert json.loads(answer.payload)["errorType"] == "Function.ResponseSizeTooLarge"


@pytest.mark.rule("RUN-22")
@pytest.mark.parametrize("payload", [b"NaN", b"[Infinity]", b'{"a": -Infinity}', b"\xff", b"[" * 100_000])
def test_a_payload_that_is_not_json_does_not_reach_the_handler(payload: bytes) -> None:
    calls: list[object] = []

    answer = answer_of(lambda event, context: calls.append(event), payload)

    assert json.loads(answer.payload)["errorType"] == "Runtime.UnmarshalError"
    assert calls == []


@pytest.mark.rule("RUN-24")
def test_every_call_decodes_its_own_event() -> None:
    seen: list[object] = []

    def handler(event: dict[str, object], context: object) -> None:
        seen.append(dict(event))
        event.clear()

    answer_of(handler, b'{"order": 7}')
    answer_of(handler, b'{"order": 7}')

    assert seen == [{"order": 7}, {"order": 7}]


@pytest.mark.rule("RUN-45")
@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()], ids=["exit", "^C", "generator"])
def test_a_base_exception_passes_through(error: BaseException) -> None:
    def handler(event: object, context: object) -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        answer_of(handler)

    assert caught.value is error


class Unencodable(str):
    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        raise UnicodeEncodeError(encoding, self, 0, 1, "not in this test")


class FailingPaths(PathMap):
    def translate(self, text: str) -> str:
        raise LookupError("no paths in this test")


@pytest.mark.rule("RUN-45")
def test_text_that_is_not_valid_unicode_ends_the_process_with_status_1() -> None:
    with pytest.raises(SystemExit) as caught:
        to_bytes(Unencodable("text"))

    assert caught.value.code == 1


@pytest.mark.rule("RUN-45")
def test_an_error_while_building_an_error_payload_ends_the_process_with_status_1() -> None:
    def handler(event: object, context: object) -> None:
        raise ValueError("card expired")

    with pytest.raises(SystemExit) as caught:
        call_handler(handler, b"{}", make_context, request_id="id", runtime="python3.13", paths=FailingPaths())

    assert caught.value.code == 1


@pytest.mark.rule("RUN-61")
@pytest.mark.parametrize(("remaining", "seen"), [(3000, 3000), (1, 1), (0, 0), (-1, 0)])
def test_the_remaining_time_is_never_negative(remaining: int, seen: int) -> None:
    answer = answer_of(lambda event, context: context.get_remaining_time_in_millis(), context=lambda: make_context(remaining))

    assert answer.payload == str(seen).encode()


@pytest.mark.rule("RUN-85")
def test_the_context_logs_texts_as_they_are() -> None:
    written: list[str] = []

    make_context(written=written).log({"order": 7})

    assert written == ["{'order': 7}"]


@pytest.mark.rule("RUN-60")
def test_without_an_identity_there_is_an_empty_one() -> None:
    context = make_context()

    assert (context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id) == (None, None)
    assert (context.client_context, context.tenant_id, context.w3c()) == (None, None, {})


@pytest.mark.rule("RUN-63")
def test_missing_parts_of_the_client_context_are_none() -> None:
    client = make_context(client_context='{"client": {"app_title": "shop"}, "w3c": {"baggage": "b"}}').client_context

    assert client is not None
    assert (client.custom, client.env, client.client.app_title) == (None, None, "shop")
    assert (client.client.installation_id, hasattr(client, "w3c")) == (None, False)
