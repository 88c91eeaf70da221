"""The table of other services is complete: every operation of botocore's that takes a function, queue or topic is in it."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore
import moto
from moto.backend_index import backend_url_patterns

from pytest_lambda_events.aws.refusals.other_services import DELIVERED, HARMLESS, REFUSED, WARNED

MODELS = Path(botocore.__file__).parent / "data"
MOTO = Path(moto.__file__).parent
OURS = ("lambda", "sqs", "kinesis", "dynamodb", "dynamodbstreams")
"""Services that the simulation answers itself: their own operations refuse what they lack."""
NEW = ("eventbridgev2",)
"""Services that older releases of botocore do not have."""
WITHOUT_MODEL = ("instance_metadata", "moto_api._internal")
READING = re.compile(
    "Get|List|Describe|Delete|BatchGet|Remove|Disassociate|Deregister|Lookup|Search|Filter|Tag|Untag|Head|Abort|Cancel|Stop"
)
NAME = re.compile(r"lambda|function_?arn|topic_?arn|sns_?topic|sqs_?queue|queue_?(arn|url)|notification_?arn", re.IGNORECASE)
TEXT = re.compile(r"Lambda functions?\b|arn:aws:(lambda|sns|sqs)|(SNS|notification) topic|(SQS|DLQ) queue|dead-letter queue")
ROWS: tuple[Any, ...] = (*DELIVERED, *REFUSED, *WARNED, *HARMLESS)
LISTED = {(row.service, operation) for row in ROWS for operation in row.operations}


def folder_of(service: str) -> str:
    """Botocore's name of a service of moto's."""
    names = {path.name.replace("-", ""): path.name for path in MODELS.iterdir() if path.is_dir()}
    return {"awslambda": "lambda"}.get(service) or names[service]


def model_of(service: str) -> dict[str, Any]:
    newest = max(path for path in (MODELS / service).iterdir() if path.is_dir())
    model: dict[str, Any] = json.loads(gzip.decompress((newest / "service-2.json.gz").read_bytes()))
    return model


def takes_a_receiver(shapes: Mapping[str, Any], name: str, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a member of a shape, at any depth, is about a function, a queue or a topic."""
    if name in seen or not name:
        return False
    return any(
        is_about_a_receiver(member, reference, shapes)
        or takes_a_receiver(shapes, reference["shape"], seen | {name})
        for member, reference in members_of(shapes[name])
    )  # fmt: skip


def members_of(shape: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from shape.get("members", {}).items()
    yield from ((kind, shape[kind]) for kind in ("member", "value") if kind in shape)


def is_about_a_receiver(member: str, reference: Mapping[str, Any], shapes: Mapping[str, Any]) -> bool:
    shape = shapes[reference["shape"]]
    if "enum" in shape or shape["type"] in ("boolean", "integer", "long", "timestamp", "double", "float"):
        return False
    names = (member, reference["shape"], shape.get("pattern", ""))
    texts = (reference.get("documentation", ""), shape.get("documentation", ""))
    return any(NAME.search(name) for name in names) or any(TEXT.search(text) for text in texts)


def implemented(service: str) -> str:
    """The text of the modules in which moto answers a service."""
    return "".join(path.read_text() for path in (MOTO / service).rglob("*.py") if "responses" in str(path.relative_to(MOTO)))


def in_snake_case(operation: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", operation).lower()


def missing(services: Collection[str], listed: Collection[tuple[str, str]]) -> Iterator[str]:
    for service in sorted(services):
        name, responses = folder_of(service), implemented(service)
        if name in OURS:
            continue
        model = model_of(name)
        for operation, described in model["operations"].items():
            if READING.match(operation) or (name, operation) in listed:
                continue
            is_answered = f"def {in_snake_case(operation)}(" in responses or name == "s3"
            if is_answered and takes_a_receiver(model["shapes"], described.get("input", {}).get("shape", "")):
                yield f"{name}.{operation}"


def test_every_operation_that_takes_a_function_a_queue_or_a_topic_is_in_the_table() -> None:
    services = {name for name, _ in backend_url_patterns} - {*WITHOUT_MODEL}

    assert list(missing(services, LISTED)) == []


def test_the_table_names_operations_that_botocore_has() -> None:
    listed = {(service, operation) for service, operation in LISTED if service not in NEW or (MODELS / service).is_dir()}
    models = {service: model_of(service)["operations"] for service, _ in listed}

    assert [f"{service}.{operation}" for service, operation in sorted(listed) if operation not in models[service]] == []


def test_no_operation_is_both_harmless_and_refused() -> None:
    harmless = {(row.service, operation) for row in HARMLESS for operation in row.operations}
    others = {(row.service, operation) for row in (*REFUSED, *WARNED) for operation in row.operations}

    assert harmless & others == set()


def test_an_operation_that_is_in_no_list_is_noticed() -> None:
    listed = LISTED - {("scheduler", "CreateSchedule"), ("iot", "CreateTopicRule")}

    assert list(missing(["iot", "scheduler"], listed)) == ["iot.CreateTopicRule", "scheduler.CreateSchedule"]
