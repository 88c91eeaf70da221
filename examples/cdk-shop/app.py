"""The CDK application of the shop. `python app.py` writes `cdk.out`, which the tests deploy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as notifications
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

PROJECT = Path(__file__).resolve().parent


class Storage(cdk.Stack):
    """What the functions read and write."""

    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
        dead = sqs.Queue(self, "DeadOrders", retention_period=cdk.Duration.days(14))
        self.orders = sqs.Queue(
            self,
            "Orders",
            visibility_timeout=cdk.Duration.seconds(36),
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=5),
        )
        self.clicks = kinesis.Stream(self, "Clicks", shard_count=1)
        self.news = sns.Topic(self, "News")
        self.payments = dynamodb.TableV2(
            self,
            "Payments",
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            dynamo_stream=dynamodb.StreamViewType.NEW_IMAGE,
        )


class Shop(cdk.Stack):
    """The functions, and what invokes them."""

    def __init__(self, scope: Construct, name: str, storage: Storage) -> None:
        super().__init__(scope, name)
        self.storage = storage
        start = lambda_.StartingPosition.TRIM_HORIZON
        charge = self.function("Charge", "charge")
        charge.add_event_source(sources.SqsEventSource(storage.orders, report_batch_item_failures=True))
        announce = self.function("Announce", "announce")
        announce.add_event_source(sources.DynamoEventSource(storage.payments, starting_position=start))
        count = self.function("CountClicks", "count_clicks")
        count.add_event_source(sources.KinesisEventSource(storage.clicks, starting_position=start))
        greet = self.function("Greet", "greet")
        storage_topic = sns.Topic.from_topic_arn(self, "News", storage.news.topic_arn)
        storage_topic.add_subscription(subscriptions.LambdaSubscription(greet))

        upload = self.function("ReadUpload", "read_upload")
        uploads = s3.Bucket(self, "Uploads")
        archive = s3.Bucket.from_bucket_name(self, "Archive", "shop-archive")
        created, target = s3.EventType.OBJECT_CREATED, notifications.LambdaDestination(upload)
        uploads.add_event_notification(created, target, s3.NotificationKeyFilter(suffix=".csv"))
        archive.add_event_notification(created, target, s3.NotificationKeyFilter(prefix="again/"))
        uploads.grant_read(upload)
        archive.grant_read(upload)

        audit = targets.LambdaFunction(self.function("Audit", "audit"))
        events.Rule(self, "Audited", event_pattern=events.EventPattern(source=["shop"]), targets=[audit])
        clean_up = targets.LambdaFunction(self.function("CleanUp", "clean_up"))
        events.Rule(self, "Daily", schedule=events.Schedule.rate(cdk.Duration.days(1)), targets=[clean_up])
        cdk.CfnOutput(self, "UploadsName", value=uploads.bucket_name)

    def function(self, name: str, handler: str) -> lambda_.Function:
        """Creates a function that may use the storage."""
        storage = self.storage
        variables: dict[str, Any] = {
            "PAYMENTS": storage.payments.table_name, "ORDERS": storage.orders.queue_url, "NEWS": storage.news.topic_arn,
        }  # fmt: skip
        function = lambda_.Function(
            self,
            name,
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler=f"shop.{handler}",
            code=lambda_.Code.from_asset(str(PROJECT / "src"), exclude=["__pycache__"]),
            timeout=cdk.Duration.seconds(6),
            environment=variables,
        )
        storage.payments.grant_read_write_data(function)
        storage.orders.grant_send_messages(function)
        storage.news.grant_publish(function)
        return function


def app(**options: Any) -> cdk.App:
    """Returns the application."""
    context = {"@aws-cdk/core:defaultCrossStackReferences": "weak"}
    made = cdk.App(analytics_reporting=False, tree_metadata=False, context=context, **options)
    Shop(made, "Shop", Storage(made, "Storage"))
    return made


if __name__ == "__main__":
    app(outdir=str(PROJECT / "cdk.out")).synth()
