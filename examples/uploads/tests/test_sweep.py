"""Tests of the function that deletes old uploads each night."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import thumbnails

from pytest_lambda_events import LambdaEvents

PICTURE = thumbnails.JPEG + b"..."


def test_the_sweep_runs_each_night(lambda_events: LambdaEvents, service: Any) -> None:
    lambda_events.advance(timedelta(days=8))

    starts = [attempt.started_after_seconds / 3600 for attempt in service.sweep.attempts]
    assert starts == [3, 27, 51, 75, 99, 123, 147, 171]


def test_old_uploads_are_deleted_and_their_thumbnails_stay(lambda_events: LambdaEvents, service: Any) -> None:
    service.pictures.put_object("in/old.jpg", PICTURE)
    lambda_events.advance(timedelta(days=5))
    service.pictures.put_object("in/new.jpg", PICTURE)

    lambda_events.advance(timedelta(days=3))

    assert service.pictures.keys == ["in/new.jpg", "thumbnails/new.jpg", "thumbnails/old.jpg"]
    assert [event.attempts[-1].response for event in service.sweep.events] == [{"deleted": 0}] * 7 + [{"deleted": 1}]
    assert sorted(item["picture"] for item in service.gallery.items) == ["in/new.jpg", "in/old.jpg"]


def test_an_upload_is_kept_for_seven_days(lambda_events: LambdaEvents, service: Any) -> None:
    lambda_events.advance(timedelta(hours=3))
    service.pictures.put_object("in/cat.jpg", PICTURE)

    lambda_events.advance(timedelta(days=7))
    after_seven_days = service.pictures.keys
    lambda_events.advance(timedelta(days=1))

    assert "in/cat.jpg" in after_seven_days
    assert "in/cat.jpg" not in service.pictures.keys
