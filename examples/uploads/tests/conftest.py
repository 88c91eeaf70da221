"""Fixtures for the tests of the uploads service."""

from __future__ import annotations

from dataclasses import dataclass

import gallery
import pytest
import sweep
import thumbnails

from pytest_lambda_events import Bucket, EventBus, Function, LambdaEvents, Queue, Table


@dataclass(frozen=True)
class Service:
    """The resources of the service."""

    pictures: Bucket
    bus: EventBus
    gallery: Table
    failed: Queue
    thumbnail: Function
    add: Function
    sweep: Function

    @property
    def thumbnails(self) -> list[str]:
        """The keys of all thumbnails."""
        return [key for key in self.pictures.keys if key.startswith("thumbnails/")]


@pytest.fixture
def service(lambda_events: LambdaEvents) -> Service:
    """Creates the bucket, the functions, the event bus and the table of the service."""
    pictures, bus = lambda_events.bucket("pictures"), lambda_events.event_bus("pictures")
    table, failed = lambda_events.table("gallery", partition_key="picture"), lambda_events.queue("failed-uploads")
    thumbnail = lambda_events.function(thumbnails.handler, name="thumbnail", environment={"BUS": bus.name}, on_failure=failed)
    pictures.add_notification(thumbnail, events=["s3:ObjectCreated:*"], prefix="in/", suffix=".jpg")
    add = lambda_events.function(gallery.handler, name="add-to-gallery")
    bus.add_rule({"source": ["uploads"], "detail-type": ["Thumbnail made"]}, add)
    nightly = lambda_events.function(sweep.handler, name="sweep")
    lambda_events.schedule("cron(0 3 * * ? *)", nightly, payload={"bucket": pictures.name})
    return Service(pictures, bus, table, failed, thumbnail, add, nightly)
