"""The settings of event source mappings of Kafka: KAF-01 to 08, ESM-1B, ESM-42."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import Function, LambdaEvents, NotSimulatedError

SECRET = [{"Type": "BASIC_AUTH", "URI": "arn:aws:secretsmanager:us-east-1:123456789012:secret:kafka"}]
SELF_MANAGED = {"SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["kafka:1000"]}}}

ONE_TOPIC = "Value '[one, two]' at 'topics' failed to satisfy constraint: Member must have length less than or equal to 1"
TOPIC = (
    "Member must have length less than or equal to 249, Member must have length greater than or equal to 1, Member must "
    "satisfy regular expression pattern: [^.]([a-zA-Z0-9\\-_.]+), Member must not be null"
)


@pytest.fixture
def function(lambda_events: LambdaEvents) -> Function:
    return lambda_events.function(lambda event, context: None, name="count")


@pytest.fixture
def cluster(lambda_events: LambdaEvents) -> str:
    lambda_events.kafka_topic("orders", cluster="sales")
    [found] = boto3.client("kafka").list_clusters_v2()["ClusterInfoList"]
    return str(found["ClusterArn"])


def create(**parameters: Any) -> dict[str, Any]:
    answer: dict[str, Any] = boto3.client("lambda").create_event_source_mapping(FunctionName="count", **parameters)
    return answer


def refused(**parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        create(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.rule("KAF-01", "KAF-03", "KAF-05", "KAF-07", "ESM-57")
def test_answer_of_a_self_managed_cluster(function: Function) -> None:
    answer = create(**SELF_MANAGED, Topics=["topic"], SourceAccessConfigurations=SECRET)

    del answer["ResponseMetadata"], answer["LastModified"]
    uuid = answer["UUID"]
    assert answer == {
        "BatchSize": 100,
        "EventSourceMappingArn": f"arn:aws:lambda:us-east-1:123456789012:event-source-mapping:{uuid}",
        "FunctionArn": function.arn,
        "LastProcessingResult": "No records processed",
        "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["kafka:1000"]}},
        "SelfManagedKafkaEventSourceConfig": {"ConsumerGroupId": uuid},
        "SourceAccessConfigurations": SECRET,
        "StartingPosition": "TRIM_HORIZON",
        "State": "Creating",
        "StateTransitionReason": "USER_INITIATED",
        "Topics": ["topic"],
        "UUID": uuid,
    }


@pytest.mark.scenario("ESM V18")
@pytest.mark.rule("KAF-02", "ESM-1B")
def test_self_managed_cluster_needs_access_configurations(function: Function) -> None:
    assert refused(**SELF_MANAGED, Topics=["topic"]) == (
        "InvalidParameterValueException", "Required 'sourceAccessConfigurations' parameter is missing.",
    )  # fmt: skip


@pytest.mark.rule("KAF-0A", "ESM-1B")
@pytest.mark.parametrize("is_managed", [True, False])
def test_topic_is_required(function: Function, cluster: str, *, is_managed: bool) -> None:
    source = {"EventSourceArn": cluster} if is_managed else SELF_MANAGED

    assert refused(**source) == ("InvalidParameterValueException", "Required 'topics' parameter is missing.")


@pytest.mark.rule("KAF-0A", "ESM-1B")
@pytest.mark.parametrize(
    ("topics", "message"),
    [
        (["one", "two"], ONE_TOPIC),
        (["a b"], f"Value '[a b]' at 'topics' failed to satisfy constraint: Member must satisfy constraint: [{TOPIC}]"),
    ],
)
def test_topics_must_be_one_valid_name(function: Function, topics: list[str], message: str) -> None:
    code, text = refused(**SELF_MANAGED, Topics=topics, SourceAccessConfigurations=SECRET)

    assert (code, text) == ("ValidationException", f"1 validation error detected: {message}")


@pytest.mark.rule("KAF-0B", "ESM-1B", "ESM-29", "ESM-15")
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"StartingPosition": "AT_TIMESTAMP"},
            "When the starting position is 'AT_TIMESTAMP', a starting position timestamp must be provided.",
        ),
        (SELF_MANAGED, "Unsupported 'selfManagedEventSource' parameter for given event source mapping type."),
        ({"Queues": ["q"]}, "Unsupported 'queues' parameter for given event source mapping type."),
    ],
)
def test_parameters_that_a_managed_cluster_does_not_have(
    function: Function, cluster: str, parameters: dict[str, Any], message: str
) -> None:
    answer = refused(EventSourceArn=cluster, Topics=["orders"], **parameters)

    assert answer == ("InvalidParameterValueException", message)


@pytest.mark.rule("KAF-0B")
def test_endpoints_must_not_be_empty(function: Function) -> None:
    answer = refused(
        SelfManagedEventSource={"Endpoints": {}}, Topics=["topic"], SourceAccessConfigurations=SECRET
    )  # fmt: skip

    assert answer[0] == "ValidationException"
    assert answer[1] == (
        "1 validation error detected: Value '{}' at 'selfManagedEventSource.endpoints' failed to satisfy constraint: Member "
        "must have length greater than or equal to 1"
    )


def servers(*names: str) -> dict[str, Any]:
    return {"SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": list(names)}}}


def of_topic(**parameters: Any) -> dict[str, Any]:
    """The parameters of a mapping on a self-managed cluster."""
    return {**SELF_MANAGED, "Topics": ["topic"], "SourceAccessConfigurations": SECRET, **parameters}


@pytest.mark.rule("KAF-02")
@pytest.mark.parametrize(
    ("parameters", "is_earlier"),
    [
        ({"Topics": ["one", "two"]}, True),
        ({"StartingPosition": "SOON"}, True),
        ({"BatchSize": 10_001}, True),
        ({"StartingPosition": "AT_TIMESTAMP"}, False),
        ({"StartingPosition": "LATEST", "StartingPositionTimestamp": 1}, False),
        ({"Queues": ["q"]}, False),
        (servers("kafka"), False),
    ],
    ids=["topics", "choice", "number", "position", "timestamp", "queues", "servers"],
)
def test_access_is_checked_after_topics_and_before_positions(
    function: Function, parameters: dict[str, Any], *, is_earlier: bool
) -> None:
    missing = "Required 'sourceAccessConfigurations' parameter is missing."

    _, message = refused(**{**SELF_MANAGED, "Topics": ["topic"], **parameters})
    with_access = refused(**of_topic(**parameters))

    assert (message != missing) == is_earlier
    assert with_access[1] != missing


@pytest.mark.rule("KAF-01")
@pytest.mark.parametrize(
    "parameters",
    [
        servers(*(f"b-{number}.example.com:9092" for number in range(10))),
        servers("localhost:1"),
        {"Topics": ["a" * 249]},
        {"Topics": ["a."]},
    ],
    ids=["10 servers", "short", "249 characters", "2 characters"],
)
def test_largest_and_smallest_sources_are_accepted(function: Function, parameters: dict[str, Any]) -> None:
    assert create(**of_topic(**parameters))["State"] == "Creating"


@pytest.mark.rule("KAF-01")
@pytest.mark.parametrize(
    "parameters",
    [
        servers(*(f"b-{number}.example.com:9092" for number in range(11))),
        servers("localhost"), servers("a b:9092"), servers("a_b:9092"), servers(":9092"), servers("a:123456"),
        servers("a" * 300 + ":1"), {"Topics": ["a" * 250]}, {"Topics": ["a"]}, {"Topics": [".a"]},
    ],
    ids=["11 servers", "no port", "space", "underscore", "no host", "port", "long", "250 characters", "1 character", "dot"],
)  # fmt: skip
def test_invalid_sources_are_refused(function: Function, parameters: dict[str, Any]) -> None:
    assert refused(**of_topic(**parameters))[0] in ("InvalidParameterValueException", "ValidationException")


@pytest.mark.rule("KAF-03", "ESM-16")
@pytest.mark.parametrize("position", [{}, {"StartingPosition": "LATEST"}])
def test_timestamp_needs_its_starting_position(function: Function, position: dict[str, str]) -> None:
    assert refused(**of_topic(StartingPositionTimestamp=1, **position)) == (
        "InvalidParameterValueException", "Timestamp only valid with StartingPosition AT_TIMESTAMP",
    )  # fmt: skip


PROVISIONED = {"ProvisionedPollerConfig": {"MinimumPollers": 1}}


@pytest.mark.rule("KAF-11", "KAF-12", "KAF-21", "KAF-64")
@pytest.mark.parametrize(
    ("member", "accepted", "too_large"),
    [
        ("BatchSize", (1, 10_000), 10_001),
        ("MaximumBatchingWindowInSeconds", (0, 300), 301),
        ("MaximumRetryAttempts", (-1, 0, 10_000), 10_001),
        ("MaximumRecordAgeInSeconds", (-1, 60, 604_800), 604_801),
    ],
)
def test_limits_of_settings(function: Function, member: str, accepted: tuple[int, ...], too_large: int) -> None:
    mapping = create(**of_topic(**PROVISIONED, **{member: accepted[0]}))
    client = boto3.client("lambda")

    shown = [client.update_event_source_mapping(UUID=mapping["UUID"], **{member: value})[member] for value in accepted]
    client.delete_event_source_mapping(UUID=mapping["UUID"])

    assert shown == list(accepted)
    assert refused(**of_topic(**PROVISIONED, **{member: too_large}))[0] == "ValidationException"


@pytest.mark.rule("KAF-21")
@pytest.mark.parametrize("age", [0, 59])
def test_age_below_a_minute_is_refused(function: Function, age: int) -> None:
    assert refused(**of_topic(**PROVISIONED, MaximumRecordAgeInSeconds=age))[0] == "InvalidParameterValueException"


@pytest.mark.rule("KAF-12")
def test_window_is_shown_only_after_it_was_set(function: Function) -> None:
    mapping, client = create(**of_topic()), boto3.client("lambda")

    changed = client.update_event_source_mapping(UUID=mapping["UUID"], MaximumBatchingWindowInSeconds=0)
    later = client.update_event_source_mapping(UUID=mapping["UUID"], BatchSize=7)

    assert "MaximumBatchingWindowInSeconds" not in mapping
    assert [changed["MaximumBatchingWindowInSeconds"], later["MaximumBatchingWindowInSeconds"]] == [0, 0]


@pytest.mark.rule("KAF-67")
@pytest.mark.parametrize("kind", [
    "BASIC_AUTH", "VPC_SUBNET", "VPC_SECURITY_GROUP", "SASL_SCRAM_512_AUTH", "SASL_SCRAM_256_AUTH", "VIRTUAL_HOST",
    "CLIENT_CERTIFICATE_TLS_AUTH", "SERVER_ROOT_CA_CERTIFICATE", "OAUTHBEARER_AUTH", "OAUTHBEARER_SCOPE",
    "OAUTHBEARER_AUDIENCE", "OAUTHBEARER_LOGICAL_CLUSTER", "OAUTHBEARER_IDENTITY_POOL", "IAM_AUTH", "IAM_OAUTHBEARER_AUTH",
])  # fmt: skip
def test_each_type_of_access_is_accepted(function: Function, kind: str) -> None:
    access = [{"Type": kind, "URI": "subnet:subnet-1"}]

    assert create(**of_topic(SourceAccessConfigurations=access))["SourceAccessConfigurations"] == access


@pytest.mark.rule("KAF-0C", "ESM-1A", "ESM-2A")
def test_missing_cluster_is_refused_before_a_missing_position(function: Function, cluster: str) -> None:
    missing = cluster.replace("sales", "other")

    code, message = refused(EventSourceArn=missing, Topics=["orders"])

    assert code == "InvalidParameterValueException"
    assert message == (
        f"Cannot access cluster {missing}. Please ensure the role can perform the DescribeClusterV2 (recommended) or "
        "DescribeCluster and GetBootstrapBrokers actions on your cluster in IAM."
    )


@pytest.mark.rule("KAF-01")
def test_topic_is_not_a_cluster(lambda_events: LambdaEvents, function: Function, cluster: str) -> None:
    topic = lambda_events.kafka_topics["orders"]

    code, message = refused(EventSourceArn=topic.arn, Topics=["orders"], StartingPosition="LATEST")

    assert code == "InvalidParameterValueException"
    assert message == f"Unrecognized event source. {topic.arn} is not the ARN of a cluster."


@pytest.mark.rule("KAF-03")
def test_managed_cluster_needs_a_starting_position(function: Function, cluster: str) -> None:
    code, message = refused(EventSourceArn=cluster, Topics=["orders"])

    assert code == "InvalidParameterValueException"
    assert "Value null at 'startingPosition'" in message


@pytest.mark.scenario("ESM V19")
@pytest.mark.rule("ESM-42")
def test_common_server_and_topic_are_a_conflict(function: Function) -> None:
    first = create(**SELF_MANAGED, Topics=["topic"], SourceAccessConfigurations=SECRET)
    servers = {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["other:1000", "kafka:1000"]}}

    code, message = refused(SelfManagedEventSource=servers, Topics=["topic"], SourceAccessConfigurations=SECRET)

    assert code == "ResourceConflictException"
    assert message == (
        f'An event source mapping with event source ("kafka:1000"), function ("{function.arn}"), topics ("topic") already '
        f"exists. Please update or delete the existing mapping with UUID {first['UUID']}"
    )


@pytest.mark.lambda_events(unique_consumer_groups=True)
@pytest.mark.rule("KAF-05")
def test_consumer_group_belongs_to_one_mapping(function: Function) -> None:
    group = {"SelfManagedKafkaEventSourceConfig": {"ConsumerGroupId": "readers"}}
    create(**SELF_MANAGED, Topics=["topic"], SourceAccessConfigurations=SECRET, **group)

    code, message = refused(**SELF_MANAGED, Topics=["other"], SourceAccessConfigurations=SECRET, **group)

    assert code == "InvalidParameterValueException"
    assert "readers" in message


@pytest.mark.rule("KAF-08")
@pytest.mark.parametrize(("timeout", "is_refused"), [(840, False), (841, True)])
def test_timeout_is_at_most_14_minutes(lambda_events: LambdaEvents, timeout: int, *, is_refused: bool) -> None:
    topic = lambda_events.kafka_topic("orders")
    function = lambda_events.function(lambda event, context: None, name="count", timeout=timeout)

    if is_refused:
        with pytest.raises(ClientError, match="at most 840 seconds"):
            function.add_event_source(topic)
    else:
        function.add_event_source(topic)

    assert len(lambda_events.event_source_mappings) == (not is_refused)


@pytest.mark.rule("KAF-0D", "KAF-21")
def test_event_count_needs_provisioned_mode(lambda_events: LambdaEvents, function: Function) -> None:
    topic = lambda_events.kafka_topic("orders")

    with pytest.raises(ClientError, match="MetricsConfig is supported only with ProvisionedPollerConfig"):
        function.add_event_source(topic, metrics=["EventCount"])


@pytest.mark.rule("KAF-64")
@pytest.mark.parametrize(("minimum", "maximum"), [(1, 2001), (3, 2)])
def test_numbers_of_pollers_are_checked(
    lambda_events: LambdaEvents, function: Function, minimum: int, maximum: int
) -> None:  # fmt: skip
    topic = lambda_events.kafka_topic("orders")

    with pytest.raises(ClientError, match="MinimumPollers"):
        function.add_event_source(topic, minimum_pollers=minimum, maximum_pollers=maximum)


@pytest.mark.rule("KAF-67")
def test_types_of_access_are_checked(function: Function) -> None:
    code, message = refused(**SELF_MANAGED, Topics=["topic"], SourceAccessConfigurations=[{"Type": "OTHER", "URI": "a"}])

    assert code == "ValidationException"
    assert "IAM_OAUTHBEARER_AUTH]" in message


def test_topics_of_a_queue_are_refused_by_name(lambda_events: LambdaEvents, function: Function) -> None:
    queue = lambda_events.queue("orders")

    with pytest.raises(NotSimulatedError, match="Topics of CreateEventSourceMapping"):
        create(EventSourceArn=queue.arn, Topics=["orders"])
