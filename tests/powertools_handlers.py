"""Handlers of batches as users of Powertools write them. They know nothing of pytest."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    AsyncBatchProcessor,
    BatchProcessor,
    EventType,
    SqsFifoPartialProcessor,
    async_process_partial_response,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes import SQSEvent, event_source
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

TABLE = "seen-orders"


class NoAddress(Exception):
    """An order that cannot be shipped."""


def ship_one(record: SQSRecord) -> str:
    """Ship one order. Its second delivery always works, if it may."""
    order = json.loads(record.body)
    if order.get("broken") == "always" or (
        order.get("broken") == "once" and record.attributes.approximate_receive_count == "1"
    ):
        raise NoAddress(record.message_id)
    print(f"shipped {order['id']}")
    return str(order["id"])


async def ship_one_slowly(record: SQSRecord) -> str:
    """The same, waiting for a carrier first."""
    await asyncio.sleep(2)
    return ship_one(record)


def ship(event: dict[str, Any], context: Any) -> Any:
    """A standard queue's handler."""
    processor = BatchProcessor(event_type=EventType.SQS)
    return process_partial_response(event=event, record_handler=ship_one, processor=processor, context=context)


def ship_without_raising(event: dict[str, Any], context: Any) -> Any:
    """The same, which names its failures even if all of the batch failed."""
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(event=event, record_handler=ship_one, processor=processor, context=context)


def ship_in_order(event: dict[str, Any], context: Any) -> Any:
    """A FIFO queue's handler: stops at the first failure."""
    processor = SqsFifoPartialProcessor()
    return process_partial_response(event=event, record_handler=ship_one, processor=processor, context=context)


def ship_groups_in_order(event: dict[str, Any], context: Any) -> Any:
    """A FIFO queue's handler: leaves out the rest of a group that failed, and goes on with others."""
    processor = SqsFifoPartialProcessor(skip_group_on_error=True)
    return process_partial_response(event=event, record_handler=ship_one, processor=processor, context=context)


def ship_concurrently(event: dict[str, Any], context: Any) -> Any:
    """All messages of a batch at the same time, in a loop that is closed again."""
    processor = AsyncBatchProcessor(event_type=EventType.SQS)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return async_process_partial_response(
            event=event, record_handler=ship_one_slowly, processor=processor, context=context
        )
    finally:
        loop.close()


def charge_once(event: dict[str, Any], context: Any) -> Any:
    """Charges each message id once, however often it is delivered."""
    config = IdempotencyConfig(event_key_jmespath="messageId")
    config.register_lambda_context(context)

    @idempotent_function(  # type: ignore[untyped-decorator]
        data_keyword_argument="record",
        config=config,
        persistence_store=DynamoDBPersistenceLayer(table_name=TABLE),
    )
    def charge(record: dict[str, Any]) -> str:
        print(f"charged {record['body']}")
        return str(record["body"])

    results = [charge(record=record) for record in event["Records"]]
    if any(record["attributes"]["ApproximateReceiveCount"] == "1" for record in event["Records"]):
        raise NoAddress("after charging")
    return results


@event_source(data_class=SQSEvent)
def describe(event: SQSEvent, context: Any) -> list[list[str | None]]:
    """What Powertools's classes read of each record."""
    return [
        [
            record.message_id,
            record.body,
            record.attributes.message_group_id,
            record.attributes.approximate_receive_count,
            record.attributes.aws_trace_header,
            record.attributes.dead_letter_queue_source_arn,
            record.queue_url,
            *[attribute.string_value for _, attribute in record.message_attributes.items()],
        ]
        for record in event.records
    ]


def ship_one_from_stream(record: KinesisStreamRecord) -> str:
    """Ship one order of a stream."""
    order = record.kinesis.data_as_json()
    if order.get("broken") == "always":
        raise NoAddress(record.kinesis.sequence_number)
    print(f"shipped {order['id']}")
    return str(order["id"])


def ship_from_stream(event: dict[str, Any], context: Any) -> Any:
    """A Kinesis stream's handler."""
    processor = BatchProcessor(event_type=EventType.KinesisDataStreams)
    return process_partial_response(event=event, record_handler=ship_one_from_stream, processor=processor, context=context)


class NoPrice(Exception):
    """An item that cannot be put into an index."""


def index_one(record: DynamoDBRecord) -> None:
    """Keep an index in step with one change of a table. A price below zero is a mistake."""
    change = record.dynamodb
    assert change is not None
    if not change.new_image:
        print(f"removed {change.keys['id']}")
        return
    if change.new_image["price"] < 0:
        raise NoPrice(change.keys["id"])
    print(f"indexed {change.keys['id']} at {change.new_image['price']}")


def index_changes(event: dict[str, Any], context: Any) -> Any:
    """A table's handler: names the changes that it failed on."""
    processor = BatchProcessor(event_type=EventType.DynamoDBStreams)
    return process_partial_response(event=event, record_handler=index_one, processor=processor, context=context)
