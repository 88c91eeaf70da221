"""Event source mappings of Kafka in templates."""

from __future__ import annotations

from collections.abc import Callable

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents, LambdaEventsError, Stack

Deploy = Callable[..., Stack]
FUNCTION = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Count:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            return sorted(event["records"])
"""
SELF_MANAGED = """
      Events:
        Orders:
          Type: SelfManagedKafka
          Properties:
            KafkaBootstrapServers: ["kafka.example.com:9092"]
            Topics: [orders]
            SourceAccessConfigurations:
              - {Type: BASIC_AUTH, URI: "arn:aws:secretsmanager:us-east-1:123456789012:secret:a"}
"""
MAPPING = """
  Orders:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref Count
      SelfManagedEventSource: {Endpoints: {KafkaBootstrapServers: ["kafka.example.com:9092"]}}
      Topics: [orders]
      SourceAccessConfigurations:
        - {Type: BASIC_AUTH, URI: "arn:aws:secretsmanager:us-east-1:123456789012:secret:a"}
"""
MANAGED = """
      Events:
        Orders:
          Type: MSK
          Properties: {Stream: %s, Topics: [orders], StartingPosition: LATEST}
"""


@pytest.mark.parametrize("events", [SELF_MANAGED, MAPPING])
def test_self_managed_topic_invokes_a_function_of_a_template(
    events: str, deploy: Deploy, lambda_events: LambdaEvents
) -> None:  # fmt: skip
    orders = lambda_events.kafka_topic("orders")
    function = deploy(FUNCTION + events).functions["Count"]

    orders.send("a")
    lambda_events.run_until_idle()

    [batch] = function.batches
    assert batch.event["eventSource"] == "aws:SelfManagedKafka"
    assert batch.response == ["orders-0"]


def test_topic_of_amazon_msk_invokes_a_function_of_a_template(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    orders = lambda_events.kafka_topic("orders", cluster="sales")
    function = deploy(FUNCTION + MANAGED % orders.event_source["EventSourceArn"]).functions["Count"]

    orders.send("a")
    lambda_events.run_until_idle()

    [batch] = function.batches
    assert batch.event["eventSource"] == "aws:kafka"


CLUSTER = """
  Sales:
    Type: AWS::MSK::Cluster
    Properties:
      ClusterName: sales
      KafkaVersion: 3.6.0
      NumberOfBrokerNodes: 2
      BrokerNodeGroupInfo: {InstanceType: kafka.m5.large, ClientSubnets: [subnet-1, subnet-2]}
      Tags: {team: orders}
"""
SERVERLESS_CLUSTER = """
  Sales:
    Type: AWS::MSK::ServerlessCluster
    Properties:
      ClusterName: sales
      VpcConfigs: [{SubnetIds: [subnet-1, subnet-2]}]
      ClientAuthentication: {Sasl: {Iam: {Enabled: true}}}
"""


@pytest.mark.parametrize("cluster", [CLUSTER, SERVERLESS_CLUSTER])
@pytest.mark.parametrize("source", ["!Ref Sales", "!GetAtt Sales.Arn"])
def test_cluster_of_a_template_has_topics_of_the_test(
    cluster: str, source: str, deploy: Deploy, lambda_events: LambdaEvents
) -> None:  # fmt: skip
    function = deploy(FUNCTION + MANAGED % source + cluster).functions["Count"]

    orders = lambda_events.kafka_topic("orders", cluster="sales")
    orders.send("a")
    lambda_events.run_until_idle()

    [batch] = function.batches
    [found] = boto3.client("kafka").list_clusters_v2()["ClusterInfoList"]
    assert batch.event["eventSourceArn"] == found["ClusterArn"]


def test_deleted_stack_deletes_its_cluster(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(FUNCTION + CLUSTER)

    stack.delete()

    assert boto3.client("kafka").list_clusters_v2()["ClusterInfoList"] == []


SETTINGS = """
  Bad: {Type: AWS::SNS::Topic}
  Orders:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref Count
      SelfManagedEventSource: {Endpoints: {KafkaBootstrapServers: ["kafka.example.com:9092"]}}
      Topics: [orders]
      SourceAccessConfigurations:
        - {Type: BASIC_AUTH, URI: "arn:aws:secretsmanager:us-east-1:123456789012:secret:a"}
      SelfManagedKafkaEventSourceConfig: {ConsumerGroupId: readers, ConsumptionMode: Queue}
      ProvisionedPollerConfig: {MinimumPollers: 1, MaximumPollers: 2, PollerGroupName: shop}
      MetricsConfig: {Metrics: [EventCount, ErrorCount, KafkaMetrics]}
      LoggingConfig: {SystemLogLevel: INFO}
      MaximumRetryAttempts: %s
      DestinationConfig: {OnFailure: {Destination: %s}}
"""


def test_settings_of_a_mapping_are_those_of_the_template(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(FUNCTION + SETTINGS % (2, "kafka://failed"))

    [shown] = boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"]

    assert shown["SelfManagedKafkaEventSourceConfig"] == {"ConsumerGroupId": "readers", "ConsumptionMode": "Queue"}
    assert shown["ProvisionedPollerConfig"] == {"MinimumPollers": 1, "MaximumPollers": 2, "PollerGroupName": "shop"}
    assert shown["MetricsConfig"] == {"Metrics": ["EventCount", "ErrorCount", "KafkaMetrics"]}
    assert shown["LoggingConfig"] == {"SystemLogLevel": "INFO"}
    assert (shown["MaximumRetryAttempts"], shown["DestinationConfig"]) == (
        2, {"OnFailure": {"Destination": "kafka://failed"}},
    )  # fmt: skip
    assert stack.functions["Count"].name


FILTERS: dict[str, list[str]] = {
    "All": [],
    "Events": ['{"value":{"kind":["Event"]}}'],
    "Code300": ['{"value":{"kind":["Event"],"status":{"code":[{"numeric":["=",300]}]}}}'],
    "Either": ['{"value":{"status":{"code":[{"numeric":[">=",300]}]}}}', '{"value":{"RBAC":[true]}}'],
    "OtherKinds": ['{"value":{"kind":[{"anything-but":["Event"]}]}}'],
    "Region": ['{"value":{"region":[{"prefix":"us-"}]}}'],
    "Between": ['{"value":{"status":{"code":[{"numeric":[">=",300,"<=",350]}]}}}'],
    "Text": ['{"value":[{"prefix":"Order"}]}'],
    "TextOfTopic": ['{"topic":[{"prefix":"ord"}],"value":[{"prefix":"Order"}]}'],
    "Literal": ['{"topic":[{"prefix":"!Ref Topic"}],"value":[{"prefix":"Order"}]}'],
}
FILTERED = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Cluster: {Type: String}
  Topic: {Type: String, Default: orders}
Globals:
  Function: {Runtime: python3.13, Handler: app.handler, CodeUri: src/}
Resources:
""" + "".join(
    f"""
  {name}:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Orders:
          Type: MSK
          Properties:
            StartingPosition: LATEST
            Stream: !Ref Cluster
            Topics: [!Ref Topic]
            FilterCriteria: {{Filters: [{", ".join(f"{{Pattern: '{pattern}'}}" for pattern in patterns)}]}}
"""
    for name, patterns in FILTERS.items()
)


@pytest.mark.rule("KAF-40", "KAF-41")
def test_functions_of_a_template_filter_one_topic(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    orders = lambda_events.kafka_topic("orders", cluster="sales")
    stack = deploy(FILTERED, parameters={"Cluster": orders.event_source["EventSourceArn"]})
    event, text = {"kind": "Event"}, "Order 7"
    code300, code350, code351 = ({"kind": "Other", "status": {"code": code}} for code in (300, 350, 351))
    both, rbac, region = {"kind": "Event", "status": {"code": 300}}, {"RBAC": True}, {"region": "us-east-1"}
    sent = [event, code300, code350, code351, both, rbac, region, text]

    for value in sent:
        orders.send(value)
    lambda_events.run_until_idle()

    read = {name: [one for batch in function.batches for one in batch.data] for name, function in stack.functions.items()}
    # A pattern for JSON does not exclude plain text, and a pattern for plain text does not exclude JSON (KAF-41).
    assert read == {
        "All": sent,
        "Events": [event, both, text],
        "Code300": [both, text],
        "Either": [code300, code350, code351, both, rbac, text],
        "OtherKinds": [code300, code350, code351, text],
        "Region": [region, text],
        "Between": [code300, code350, both, text],
        "Text": sent,
        "TextOfTopic": sent,
        # CloudFormation does not replace a `!Ref` inside of text.
        "Literal": [],
    }


def test_changed_template_changes_the_mapping(lambda_events: LambdaEvents) -> None:
    lambda_events.function(lambda event, context: None, name="count")
    stacks, template = boto3.client("cloudformation"), "Resources:" + MAPPING.replace("!Ref Count", "count")
    stacks.create_stack(StackName="shop", TemplateBody=template + "      BatchSize: 7\n")

    changed = template + "      ProvisionedPollerConfig: {MinimumPollers: 1}\n      LoggingConfig: {SystemLogLevel: WARN}\n"
    stacks.update_stack(StackName="shop", TemplateBody=changed)
    [shown] = boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    stacks.update_stack(StackName="shop", TemplateBody=template)
    [removed] = boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"]

    assert (shown["BatchSize"], shown["LoggingConfig"]) == (100, {"SystemLogLevel": "WARN"})
    assert shown["ProvisionedPollerConfig"] == {"MinimumPollers": 1, "MaximumPollers": 200}
    assert not {"ProvisionedPollerConfig", "LoggingConfig"} & removed.keys()


GROUP = "      %sKafkaEventSourceConfig: {ConsumerGroupId: %s}\n"


@pytest.mark.rule("KAF-05")
@pytest.mark.parametrize("before", ["readers", None], ids=["other group", "default group"])
@pytest.mark.parametrize("kind", ["SelfManaged", "AmazonManaged"])
def test_changed_template_cannot_change_the_consumer_group(
    kind: str, before: str | None, lambda_events: LambdaEvents
) -> None:  # fmt: skip
    lambda_events.function(lambda event, context: None, name="count")
    orders = lambda_events.kafka_topic("orders", cluster="sales" if kind == "AmazonManaged" else None)
    stacks, template = boto3.client("cloudformation"), "Resources:" + MAPPING.replace("!Ref Count", "count")
    if kind == "AmazonManaged":
        arn = orders.event_source["EventSourceArn"]
        source = f"StartingPosition: LATEST\n      EventSourceArn: {arn} #"
        template = template.replace("SelfManagedEventSource: {", source)
    stacks.create_stack(StackName="shop", TemplateBody=template + (GROUP % (kind, before) if before else ""))
    [created] = boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"]

    with pytest.raises(ClientError, match="The ConsumerGroupId of an event source mapping is immutable"):
        stacks.update_stack(StackName="shop", TemplateBody=template + "      BatchSize: 7\n" + GROUP % (kind, "writers"))
    [refused] = boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    stacks.update_stack(StackName="shop", TemplateBody=template + "      BatchSize: 7\n")
    [changed] = boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"]

    config = f"{kind}KafkaEventSourceConfig"
    assert (created[config]["ConsumerGroupId"] == "readers") is bool(before)
    assert refused == created
    assert (changed["UUID"], changed["BatchSize"], changed[config]) == (created["UUID"], 7, created[config])


REGISTRY = """
            ProvisionedPollerConfig: {MinimumPollers: 1}
            SchemaRegistryConfig:
              SchemaRegistryURI: %s
              EventRecordFormat: JSON
              SchemaValidationConfigs: [{Attribute: VALUE}]
"""
MAPPING_REGISTRY = """
      ProvisionedPollerConfig: {MinimumPollers: 1}
      SelfManagedKafkaEventSourceConfig:
        SchemaRegistryConfig:
          SchemaRegistryURI: %s
          EventRecordFormat: JSON
          AccessConfigs: [{Type: BASIC_AUTH, URI: "arn:aws:secretsmanager:us-east-1:123456789012:secret:a"}]
          SchemaValidationConfigs: [{Attribute: VALUE}]
"""
MANAGED_IN_BLOCKS = """
      Events:
        Orders:
          Type: MSK
          Properties:
            Stream: %s
            Topics: [orders]
            StartingPosition: TRIM_HORIZON
"""


@pytest.mark.rule("KAF-66")
@pytest.mark.parametrize("name", ["https://registry.example.com", "shop"], ids=["confluent", "glue"])
@pytest.mark.parametrize("kind", ["SelfManagedKafka", "MSK", "EventSourceMapping"])
def test_schema_registry_of_a_template_decodes_records(
    kind: str, name: str, deploy: Deploy, lambda_events: LambdaEvents
) -> None:  # fmt: skip
    registry = lambda_events.schema_registry(name)
    order = registry.register("orders-value", {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "int"}]})
    orders = lambda_events.kafka_topic("orders", cluster="sales" if kind == "MSK" else None)
    managed = MANAGED_IN_BLOCKS % orders.event_source.get("EventSourceArn") + REGISTRY[1:]
    own = SELF_MANAGED + REGISTRY[1:]
    template = {"SelfManagedKafka": own, "MSK": managed, "EventSourceMapping": MAPPING + MAPPING_REGISTRY}[kind]
    function = deploy(FUNCTION + template % registry.uri).functions["Count"]

    orders.send(order.encode({"id": 7}))
    lambda_events.run_until_idle()

    assert [batch.data for batch in function.batches] == [[{"id": 7}]]


def test_changed_template_removes_the_schema_registry(lambda_events: LambdaEvents) -> None:
    lambda_events.function(lambda event, context: None, name="count")
    registry = lambda_events.schema_registry("https://registry.example.com")
    stacks, template = boto3.client("cloudformation"), "Resources:" + MAPPING.replace("!Ref Count", "count")
    stacks.create_stack(StackName="shop", TemplateBody=template + MAPPING_REGISTRY % registry.uri)
    [before] = boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"]

    stacks.update_stack(StackName="shop", TemplateBody=template + "      ProvisionedPollerConfig: {MinimumPollers: 1}\n")
    [after] = boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"]

    assert before["SelfManagedKafkaEventSourceConfig"]["SchemaRegistryConfig"]["SchemaRegistryURI"] == registry.uri
    assert "SchemaRegistryConfig" not in after["SelfManagedKafkaEventSourceConfig"]


def test_template_with_an_unknown_schema_registry_is_refused(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    lambda_events.kafka_topic("orders")

    with pytest.raises(LambdaEventsError, match=r"lambda_events\.schema_registry\('https://registry\.example\.com'\)"):
        deploy(FUNCTION + MAPPING + MAPPING_REGISTRY % "https://registry.example.com")
