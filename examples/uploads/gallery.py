"""Adds each picture with a thumbnail to the table of the gallery. A rule of EventBridge starts it."""

from __future__ import annotations

import os

import boto3
from aws_lambda_powertools.utilities.parser import BaseModel, envelopes, event_parser
from aws_lambda_powertools.utilities.typing import LambdaContext

table = boto3.resource("dynamodb", region_name=os.environ.get("AWS_REGION", "us-east-1")).Table("gallery")


class ThumbnailMade(BaseModel):
    """The detail of the event."""

    picture: str
    thumbnail: str


@event_parser(model=ThumbnailMade, envelope=envelopes.EventBridgeEnvelope)
def handler(event: ThumbnailMade, context: LambdaContext) -> None:
    """Lambda's entry point. Putting the item again changes nothing."""
    table.put_item(Item={"picture": event.picture, "thumbnail": event.thumbnail})
