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


@pytest.mark.rule("KAF-0C", "ESM-1A", "ESM-2A")
def test_missing_cluster_is_refused_before_a_missing_position(function: Function, cluster: str) -> None:
    missing = cluster.replace("sales", "other")

    code, message = refused(EventSourceArn=missing, Topics=["orders"])

    assert code == "InvalidParameterValueException"
    assert message == (
        f"Cannot access cluster {missing}. Please ensure the role can perform the DescribeClusterV2 (recommended) or "
        "DescribeCluster and GetBootstrapBrokers actions on your cluster in IAM."
    )


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
