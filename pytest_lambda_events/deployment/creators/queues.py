"""Queues of SQS."""

from __future__ import annotations

from ...templates.texts import as_text, json_text
from ..making import Made, Making
from .functions import tags

QUEUE_NAME_LIMIT = 80


def create_queue(making: Making) -> Made:
    """Creates a queue. Its attributes are texts, and its policies are JSON."""
    is_fifo = str(making.get("FifoQueue", "")).lower() == "true"
    name = making.name("QueueName", QUEUE_NAME_LIMIT, ending=".fifo" if is_fifo else "")
    where = f"Resources/{making.logical_id}/Properties"
    attributes = {
        key: json_text(value) if isinstance(value, (dict, list)) else as_text(value, where)
        for key, value in making.others("QueueName", "Tags").items()
    }
    if not is_fifo:
        attributes.pop("FifoQueue", None)
    parameters = {"QueueName": name, "Attributes": attributes, "tags": tags(making.get("Tags"))}
    url = making.call("sqs", "CreateQueue", parameters)["QueueUrl"]
    making.undo("sqs", "DeleteQueue", {"QueueUrl": url})
    return Made(url, {"Arn": making.arn("sqs", name), "QueueName": name, "QueueUrl": url}, name)


def create_queue_policy(making: Making) -> Made:
    """Gives queues a policy."""
    attributes = {"Policy": json_text(making["PolicyDocument"])}
    for url in making["Queues"]:
        making.call("sqs", "SetQueueAttributes", {"QueueUrl": url, "Attributes": attributes})
    return Made(making.logical_id, {"Id": making.logical_id})
