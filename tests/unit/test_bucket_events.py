"""Which notifications of a bucket match an object, and which must not stand beside each other."""

from __future__ import annotations

import pytest

from pytest_lambda_events.sources.push.bucket_configurations import Notifications, overlap

CREATED = ("s3:ObjectCreated:*",)


@pytest.mark.rule("PSH-54")
@pytest.mark.parametrize(
    ("events", "rules", "name", "key", "matches"),
    [
        pytest.param(CREATED, {}, "ObjectCreated:Put", "a", True, id="any of a kind"),
        pytest.param(("s3:ObjectCreated:Copy",), {}, "ObjectCreated:Put", "a", False, id="another of a kind"),
        pytest.param(CREATED, {}, "ObjectRemoved:Delete", "a", False, id="another kind"),
        pytest.param(CREATED, {"prefix": "my+dir/"}, "ObjectCreated:Put", "my dir/x", True, id="encoded prefix"),
        pytest.param(CREATED, {"prefix": "a%2B"}, "ObjectCreated:Put", "a+b", True, id="encoded plus"),
        pytest.param(CREATED, {"Suffix": ".jpg"}, "ObjectCreated:Put", "x.jpg", True, id="name in any case"),
        pytest.param(CREATED, {"prefix": "in/", "suffix": ".jpg"}, "ObjectCreated:Put", "in/x.png", False, id="suffix"),
    ],
)
def test_a_notification_matches_by_event_and_key(
    events: tuple[str, ...], rules: dict[str, str], name: str, key: str, *, matches: bool
) -> None:
    wanted = Notifications.of(events, [{"Name": name, "Value": value} for name, value in rules.items()])

    assert wanted.match(name, key) is matches


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        pytest.param(Notifications(CREATED), Notifications(CREATED), "Configurations overlap", id="no filters"),
        pytest.param(
            Notifications(CREATED), Notifications(("s3:ObjectCreated:Put",), "a"), "ambiguously", id="one has a filter"
        ),
        pytest.param(Notifications(CREATED, "in/"), Notifications(CREATED, "in/a"), "ambiguously", id="prefixes"),
        pytest.param(Notifications(CREATED, "in/", ".jpg"), Notifications(CREATED, "in/", ".png"), "", id="suffixes differ"),
        pytest.param(Notifications(CREATED, "in/"), Notifications(CREATED, "out/"), "", id="prefixes differ"),
        pytest.param(Notifications(CREATED), Notifications(("s3:ObjectRemoved:*",)), "", id="events differ"),
        pytest.param(
            Notifications(("s3:ObjectCreated:*", "s3:ObjectCreated:Put")), Notifications(()), "Configurations overlap",
            id="one names overlapping events",
        ),
    ],
)  # fmt: skip
def test_overlapping_notifications_are_reported(first: Notifications, second: Notifications, told: str) -> None:
    assert (overlap([first, second]) or "").startswith(f"Configuration is {told}" if told == "ambiguously" else told)
