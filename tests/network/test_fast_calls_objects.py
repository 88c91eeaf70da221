"""Objects of S3, which are streamed, and payloads of functions are the same as without fast calls."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import boto3
import pytest
from both_ways import both_ways
from botocore.config import Config
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents

LINES = b"first\nsecond\n\nlast"
BODIES = {
    "bytes": lambda: LINES, "text": lambda: "b\u00e4h", "empty": lambda: b"", "file": lambda: io.BytesIO(LINES),
    "bytearray": lambda: bytearray(LINES), "large": lambda: b"x" * 300_000,
}  # fmt: skip
KEYS = (
    "key",
    "folder/key",
    "b\u00e4h key",
    "a+b",
    "a%2Fb",
    "//double",
    "x?y=z",
    "https://s3.amazonaws.com/other",
    "a#b",
    "&Action=x",
)


def outcome(call: Any, **parameters: Any) -> Any:
    """Returns the response of a call, or what describes its error."""
    try:
        response = call(**parameters)
    except ClientError as error:
        return str(error), error.response
    return {**response, "Body": response["Body"].read()} if "Body" in response else response


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"request_checksum_calculation": "when_required"},
        {"s3": {"addressing_style": "path"}},
        {"s3": {"payload_signing_enabled": True}},
    ],
    ids=str,
)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_objects_have_the_same_responses(body: Any, config: Any) -> None:
    def scenario(env: LambdaEvents) -> Any:
        s3: Any = boto3.client("s3", config=Config(**config))
        s3.create_bucket(Bucket="archive")
        return [
            outcome(
                s3.put_object, Bucket="archive", Key="key", Body=body(), Metadata={"Some_Name": "x"}, ContentType="text/plain"
            ),
            outcome(s3.put_object, Bucket="archive", Key="sum", Body=body(), ChecksumAlgorithm="SHA256"),
            outcome(s3.get_object, Bucket="archive", Key="key"),
            outcome(s3.get_object, Bucket="archive", Key="sum", ChecksumMode="ENABLED"),
            outcome(s3.get_object, Bucket="archive", Key="key", Range="bytes=1-3"),
            outcome(s3.head_object, Bucket="archive", Key="key"),
            outcome(s3.head_object, Bucket="archive", Key="none"),
            outcome(s3.get_object, Bucket="none", Key="key"),
            outcome(s3.copy_object, Bucket="archive", Key="copy", CopySource="archive/key"),
            outcome(s3.get_object, Bucket="archive", Key="copy"),
            outcome(s3.list_objects_v2, Bucket="archive"),
            outcome(s3.delete_objects, Bucket="archive", Delete={"Objects": [{"Key": "key"}, {"Key": "none"}]}),
        ]

    both_ways(scenario)


@pytest.mark.parametrize("key", KEYS)
def test_keys_of_objects_are_the_same(key: str) -> None:
    def scenario(env: LambdaEvents) -> Any:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="archive")
        s3.put_object(Bucket="archive", Key=key, Body=LINES)
        return outcome(s3.get_object, Bucket="archive", Key=key), s3.list_objects_v2(Bucket="archive")["Contents"]

    both_ways(scenario)


def test_the_body_of_an_object_can_be_read_in_parts() -> None:
    def scenario(env: LambdaEvents) -> Any:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="archive")
        s3.put_object(Bucket="archive", Key="key", Body=LINES)

        def body() -> Any:
            return s3.get_object(Bucket="archive", Key="key")["Body"]

        part = body()
        first = part.read(3)
        place = part.tell()
        rest = part.read()
        closed = body()
        closed.close()
        with body() as entered:
            content = entered.read()
        return first, place, rest, part.read(), list(body().iter_lines()), list(body().iter_chunks(4)), list(body()), content

    (first, place, rest, *_), _ = both_ways(scenario)

    assert (first, place, rest) == (LINES[:3], 3, LINES[3:])


def test_transfers_are_the_same(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(LINES * 1_000)

    def scenario(env: LambdaEvents) -> Any:
        s3: Any = boto3.client("s3")
        s3.create_bucket(Bucket="archive")
        s3.upload_file(str(source), "archive", "key")
        s3.download_file("archive", "key", str(target))
        s3.upload_fileobj(io.BytesIO(b"x" * 9_000_000), "archive", "large")
        read = io.BytesIO()
        s3.download_fileobj("archive", "large", read)
        return target.read_bytes(), len(read.getvalue()), s3.head_object(Bucket="archive", Key="large")["ETag"]

    (content, length, _), _ = both_ways(scenario)

    assert (content, length) == (LINES * 1_000, 9_000_000)


def test_a_handler_of_the_response_of_an_object_can_read_it() -> None:
    def scenario(env: LambdaEvents) -> Any:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="archive")
        s3.put_object(Bucket="archive", Key="key", Body=LINES)
        seen: list[Any] = []

        def after_call(http_response: Any, parsed: Any, **_: Any) -> None:
            seen.append((http_response.status_code, dict(http_response.headers), http_response.raw.read(5)))

        s3.meta.events.register("after-call.s3.GetObject", after_call)
        return s3.get_object(Bucket="archive", Key="key")["Body"]._raw_stream.read(), seen

    (rest, seen), _ = both_ways(scenario)

    assert (seen[0][2], rest) == (LINES[:5], LINES[5:])


@pytest.mark.parametrize("kind", ["RequestResponse", "Event", "DryRun"])
def test_payloads_of_functions_are_the_same(kind: Any) -> None:
    def handler(event: Any, context: Any) -> Any:
        print("text")
        if event == "fail":
            raise ValueError("failed")
        return {"event": event, "client": context.client_context and context.client_context.custom}

    def scenario(env: LambdaEvents) -> Any:
        env.function(handler, name="echo")
        client: Any = boto3.client("lambda")
        seen: list[Any] = []
        for payload in (b'{"n": 1}', '"text"', b'"fail"', b"nonsense", io.BytesIO(b"[1]")):
            try:
                response = client.invoke(
                    FunctionName="echo",
                    InvocationType=kind,
                    Payload=payload,
                    LogType="Tail",
                    ClientContext="eyJjdXN0b20iOiB7fX0=",
                )
            except ClientError as error:
                seen.append((str(error), error.response))
                continue
            body = response.pop("Payload")
            seen.append((response, type(body).__name__, body.read(4), body.read()))
        env.run_until_idle()
        return seen

    both_ways(scenario)


@pytest.mark.parametrize("length", [0, 3, 100])
def test_a_wrong_length_of_a_body_makes_no_difference(length: int) -> None:
    def scenario(env: LambdaEvents) -> Any:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="archive")
        upload = s3.create_multipart_upload(Bucket="archive", Key="key")["UploadId"]
        part: Any = {"Bucket": "archive", "Key": "key", "UploadId": upload, "PartNumber": 1, "ContentLength": length}
        return outcome(s3.upload_part, **part), outcome(s3.upload_part, **part, Body=b"text")

    both_ways(scenario)
