"""The names that AWS allows for resources, where neither botocore nor moto checks them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..arguments import Kind, name_kind


def _pattern_kind(noun: str, pattern: str, rule: str, example: str) -> Kind:
    allowed = re.compile(pattern)
    return Kind(noun, lambda value: isinstance(value, str) and allowed.fullmatch(value) is not None, repr(example), rule)


_LETTERS = "ASCII letters, digits, '_', '.' and '-'"
CONSUMER_NAME = _pattern_kind("the name of a consumer", r"[a-zA-Z0-9_.-]{1,128}", f"1 to 128 {_LETTERS}", "indexer")
NAMES: Mapping[str, Kind] = {
    # SQS and SNS refuse other characters by themselves.
    "queue": name_kind("orders"),
    "topic": name_kind("orders"),
    "stream": _pattern_kind("the name of a stream", r"[a-zA-Z0-9_.-]{1,128}", f"1 to 128 {_LETTERS}", "clicks"),
    "Kafka topic": _pattern_kind(
        "the name of a topic of Kafka", r"[a-zA-Z0-9_-][a-zA-Z0-9_.-]{1,248}", f"2 to 249 {_LETTERS}", "orders"
    ),
    "schema registry": _pattern_kind(
        "the name of a schema registry", r"[a-zA-Z0-9_$#.-]{1,255}|https?://[a-zA-Z0-9-/*:_+=.@]+[a-zA-Z0-9]",
        f"1 to 255 {_LETTERS} for AWS Glue, or the URL of a registry of Confluent without a slash at its end",
        "https://registry.example.com",
    ),
    "table": _pattern_kind("the name of a table", r"[a-zA-Z0-9_.-]{3,255}", f"3 to 255 {_LETTERS}", "orders"),
    "event bus": _pattern_kind("the name of an event bus", r"[/a-zA-Z0-9_.-]{1,256}", f"1 to 256 {_LETTERS} and '/'", "shop"),
    "rule": _pattern_kind("the name of a rule", r"[a-zA-Z0-9_.-]{1,64}", f"1 to 64 {_LETTERS}", "nightly"),
    "schedule": _pattern_kind("the name of a schedule", r"[a-zA-Z0-9_.-]{1,64}", f"1 to 64 {_LETTERS}", "nightly"),
    "pipe": _pattern_kind("the name of a pipe", r"[a-zA-Z0-9_.-]{1,64}", f"1 to 64 {_LETTERS}", "orders-pipe"),
    "log group": _pattern_kind(
        "the name of a log group", r"[a-zA-Z0-9_./#-]{1,512}", f"1 to 512 {_LETTERS}, '/' and '#'", "/aws/lambda/charge"
    ),
    "bucket": _pattern_kind(
        "the name of a bucket", r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        "3 to 63 lower-case ASCII letters, digits, '.' and '-', with a letter or a digit at both ends", "orders-archive",
    ),
}  # fmt: skip
