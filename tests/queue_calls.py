"""SQS through boto3, in short."""

from __future__ import annotations

from typing import Any

from bare_environments import BareAws

COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


class Calls:
    """The calls of one queue."""

    def __init__(self, environment: BareAws, name: str = "orders", **attributes: str) -> None:
        self.sqs = environment.client("sqs")
        if name.endswith(".fifo"):
            attributes = {"FifoQueue": "true", **attributes}
        self.url = environment.queue(name, **attributes)

    @property
    def arn(self) -> str:
        """The queue's ARN."""
        return str(self.attributes("QueueArn")["QueueArn"])

    def attributes(self, *names: str) -> dict[str, str]:
        """Some of the queue's attributes."""
        return dict(self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=list(names))["Attributes"])

    def counts(self) -> tuple[int, ...]:
        """How many messages are visible, in flight, and delayed."""
        found = self.attributes(*COUNTS)
        return tuple(int(found[name]) for name in COUNTS)

    def set(self, **attributes: str) -> None:
        """Change the queue."""
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes=attributes)

    def send(self, body: str = "hello", **keywords: Any) -> dict[str, Any]:
        """Send one message."""
        return dict(self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **keywords))

    def send_group(self, group: str, *bodies: str, **keywords: Any) -> None:
        """Send messages of a group, each its own deduplication id."""
        for body in bodies:
            self.send(body, MessageGroupId=group, MessageDeduplicationId=f"{group} {body}", **keywords)

    def receive(self, count: int = 10, **keywords: Any) -> list[dict[str, Any]]:
        """The messages of one receive, with all attributes."""
        asked = {"AttributeNames": ["All"], "MessageAttributeNames": ["All"], **keywords}
        return list(self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=count, **asked).get("Messages", []))

    def bodies(self, count: int = 10, **keywords: Any) -> list[str]:
        """The bodies of one receive."""
        return [message["Body"] for message in self.receive(count, **keywords)]

    def handle(self, **keywords: Any) -> str:
        """The receipt handle of the one message that is received."""
        (message,) = self.receive(1, **keywords)
        return str(message["ReceiptHandle"])

    def delete(self, handle: str) -> None:
        """Delete one message."""
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=handle)

    def change(self, handle: str, seconds: int) -> None:
        """Change the visibility of one message."""
        self.sqs.change_message_visibility(QueueUrl=self.url, ReceiptHandle=handle, VisibilityTimeout=seconds)
