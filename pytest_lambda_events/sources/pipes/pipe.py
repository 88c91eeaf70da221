"""Pipes as values, and the settings that the pollers of their sources use (PIP-02)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ... import limits
from ...arns import parse, parse_or_none
from ...service.errors import ServiceError
from ...values import dataclass
from ..filtering import patterns
from ..filtering.filters import DATA_KEYS
from ..filtering.operators import PIPE_OPERATORS, PatternInvalid
from ..mapping import FOREVER, STREAM_SERVICES, Settings, StartingPosition, service_of
from ..mappings import validation

Members = Mapping[str, Any]
"""The members of `CreatePipe`, with the names of the API."""
InvocationType = Literal["REQUEST_RESPONSE", "FIRE_AND_FORGET"]

SOURCES = frozenset(DATA_KEYS)
"""The services of the sources that are simulated."""
LARGEST_BATCHES: Mapping[str, int] = {"lambda": 10_000, "sqs": 10, "sns": 10, "events": 10, "kinesis": 500, "logs": 10_000}
"""The most events that a target receives in one batch, by its service (PIP-07)."""

_PARAMETERS = {"sqs": "SqsQueueParameters", "kinesis": "KinesisStreamParameters", "dynamodb": "DynamoDBStreamParameters"}
_NEEDS_A_POSITION = "StartingPosition is required for the source of the pipe."


class PipeInvalid(ValueError):
    """EventBridge refuses a pipe. The text is the message of its `ValidationException`."""


@dataclass(frozen=True, slots=True)
class Pipe:
    """A pipe in its current state.

    Args:
        settings: The settings of the poller. Their `function_arn` is the ARN of the pipe.
        enrichment_arn: The function that enriches batches, if there is one.
        parameters: The members of `TargetParameters`.
    """

    arn: str
    role_arn: str
    source_arn: str
    settings: Settings
    starting_position: StartingPosition | None
    target_arn: str
    parameters: Members
    enrichment_arn: str | None = None
    enrichment_template: str | None = None

    @property
    def name(self) -> str:
        """Returns the name."""
        return parse(self.arn).name

    @property
    def label(self) -> str:
        """Returns the name as the journal has it, such as `pipes orders`."""
        return f"pipes {self.name}"

    @property
    def source_service(self) -> str:
        """Returns the service of the source: `sqs`, `kinesis` or `dynamodb`."""
        return service_of(self.source_arn)

    @property
    def target_template(self) -> str | None:
        """Returns the input template of the target, if there is one. An empty text is none."""
        return self.parameters.get("InputTemplate") or None

    @property
    def invocation_type(self) -> InvocationType:
        """Returns how a function that is the target is invoked (PIP-08)."""
        given = (self.parameters.get("LambdaFunctionParameters") or {}).get("InvocationType")
        return "FIRE_AND_FORGET" if given == "FIRE_AND_FORGET" else "REQUEST_RESPONSE"

    @property
    def target_parameters(self) -> Members:
        """Returns the parameters for the service of the target."""
        names = {
            "sqs": "SqsQueueParameters", "kinesis": "KinesisStreamParameters", "events": "EventBridgeEventBusParameters",
            "logs": "CloudWatchLogsParameters",
        }  # fmt: skip
        return self.parameters.get(names.get(parse(self.target_arn).service, "")) or {}


def pipe_of(arn: str, members: Members) -> Pipe:
    """Returns the pipe that the members of `CreatePipe` describe. Raises `PipeInvalid`."""
    source_arn, given = members["Source"], members.get("SourceParameters") or {}
    own = given.get(_PARAMETERS[service_of(source_arn)]) or {}
    settings = _settings(arn, members["RoleArn"], source_arn, own, given.get("FilterCriteria") or {})
    _check_filters(settings.filters)
    try:
        validation.check_settings(settings, source_arn)
    except ServiceError as refusal:
        raise PipeInvalid(refusal.message) from None
    pipe = Pipe(
        arn, members["RoleArn"], source_arn, settings, _position(source_arn, own), members["Target"],
        members.get("TargetParameters") or {}, members.get("Enrichment") or None,
        (members.get("EnrichmentParameters") or {}).get("InputTemplate") or None,
    )  # fmt: skip
    _check_dead_letter_target(settings.on_failure)
    _check_target(pipe)
    return pipe


def _settings(arn: str, role_arn: str, source_arn: str, own: Members, criteria: Members) -> Settings:
    is_of_a_stream = service_of(source_arn) in STREAM_SERVICES
    return Settings(
        arn,
        enabled=True,
        role_arn=role_arn,
        batch_size=own.get("BatchSize") or (limits.STREAM_BATCH_SIZE if is_of_a_stream else 10),
        maximum_batching_window_in_seconds=own.get("MaximumBatchingWindowInSeconds") or 0,
        filters=tuple(one.get("Pattern") or "" for one in criteria.get("Filters") or ()),
        parallelization_factor=own.get("ParallelizationFactor") or 1,
        bisect_batch_on_function_error=own.get("OnPartialBatchItemFailure") == "AUTOMATIC_BISECT",
        maximum_retry_attempts=_or_forever(own.get("MaximumRetryAttempts")),
        maximum_record_age_in_seconds=_or_forever(own.get("MaximumRecordAgeInSeconds")),
        on_failure=(own.get("DeadLetterConfig") or {}).get("Arn") or None,
    )


def _check_filters(texts: Sequence[str]) -> None:
    """Raises `PipeInvalid` for a pattern that EventBridge refuses for pipes (EVB-36)."""
    for text in texts:
        try:
            patterns.compile(text, PIPE_OPERATORS)
        except PatternInvalid as error:
            raise PipeInvalid(f"Event pattern is not valid. Reason: {error.reason}") from None


def _or_forever(value: int | None) -> int:
    return FOREVER if value is None else value


def _position(source_arn: str, own: Members) -> StartingPosition | None:
    if service_of(source_arn) not in STREAM_SERVICES:
        return None
    kind = own.get("StartingPosition")
    if kind is None:
        raise PipeInvalid(_NEEDS_A_POSITION)
    timestamp = own.get("StartingPositionTimestamp")
    if kind == "AT_TIMESTAMP" and timestamp is None:
        raise PipeInvalid("StartingPositionTimestamp is required for AT_TIMESTAMP.")
    return StartingPosition(kind, None if timestamp is None else float(timestamp))


def _check_dead_letter_target(arn: str | None) -> None:
    found = None if arn is None else parse_or_none(arn)
    if arn is not None and (found is None or found.service not in ("sqs", "sns")):
        raise PipeInvalid(f"The dead-letter target {arn} must be an SQS queue or an SNS topic.")


def _check_target(pipe: Pipe) -> None:
    """Raises `PipeInvalid` for a batch that is too large for the target, and for parameters that the target needs."""
    service = parse(pipe.target_arn).service
    largest = LARGEST_BATCHES.get(service, limits.BATCH_SIZE)
    if pipe.settings.batch_size > largest:
        raise PipeInvalid(f"BatchSize must be less than or equal to {largest}, the limit of the target {pipe.target_arn}.")
    if service == "sqs" and pipe.target_arn.endswith(".fifo") and not pipe.target_parameters.get("MessageGroupId"):
        raise PipeInvalid(f"MessageGroupId is required for the target {pipe.target_arn}.")
    if service == "kinesis" and not pipe.target_parameters.get("PartitionKey"):
        raise PipeInvalid(f"PartitionKey is required for the target {pipe.target_arn}.")
