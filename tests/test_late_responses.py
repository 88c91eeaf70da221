"""moto's entries for `requests` are made late; nobody sees a difference."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

import pytest
import requests
from moto import backend_index, mock_aws
from moto.core import models

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.aws.late_responses import late_responses
from pytest_lambda_events.aws.repairs import patched
from pytest_lambda_events.patching import attributes_patched


def entries() -> list[Any]:
    registered: list[Any] = models.responses_mock.registered()
    return [(type(entry), entry.method, entry.url, entry.callback) for entry in registered]


def test_an_environment_has_the_entries_of_moto_in_their_order() -> None:
    with mock_aws():
        of_moto = entries()

    with LambdaEvents():
        late = entries()

    assert late == of_moto
    assert len(late) > len(backend_index.backend_url_patterns)


def test_an_environment_makes_no_entry_that_nobody_looks_for() -> None:
    with LambdaEvents():
        made = {method: len(found) for method, found in models.responses_mock._registry._registered.items()}  # type: ignore[attr-defined]

    assert set(made.values()) == {0}


def test_requests_reaches_what_a_url_means(lambda_events: LambdaEvents) -> None:
    s3 = lambda_events.client("s3")
    s3.create_bucket(Bucket="uploads")
    parameters = {"Bucket": "uploads", "Key": "a.txt"}

    requests.put(s3.generate_presigned_url("put_object", Params=parameters), data=b"hello").raise_for_status()

    assert requests.get(s3.generate_presigned_url("get_object", Params=parameters)).content == b"hello"


def test_responses_of_a_test_come_after_all_those_of_moto(lambda_events: LambdaEvents) -> None:
    own = models.responses_mock.add("GET", "https://example.com/prices", body="{}")

    of_get = [entry for entry in models.responses_mock.registered() if entry.method == "GET"]

    assert of_get[-1] is own
    assert len(of_get) == len(backend_index.backend_url_patterns) + 2


def test_afterwards_nothing_is_registered_and_moto_makes_all_entries_itself() -> None:
    with LambdaEvents():
        models.responses_mock.registered()

    assert entries() == []
    assert models.backend_index is backend_index  # type: ignore[attr-defined]
    assert models.RESPONSES_METHODS
    with mock_aws():
        assert {len(found) for found in models.responses_mock._registry._registered.values()} == {  # type: ignore[attr-defined]
            len(backend_index.backend_url_patterns) + 1
        }


def test_a_mock_that_does_not_start_leaves_nothing() -> None:
    @contextmanager
    def mock() -> Any:
        raise RuntimeError("no room")
        yield  # type: ignore[unreachable]

    with pytest.raises(RuntimeError, match="no room"), late_responses(mock()):
        pass

    assert models.backend_index is backend_index  # type: ignore[attr-defined]
    assert models.RESPONSES_METHODS


# ------------------------------------------------------------------ patches


class Base:
    inherited = "of the base"

    @staticmethod
    def static() -> str:
        return "static"


class Owner(Base):
    own = "own"

    @classmethod
    def method(cls) -> str:
        return cls.__name__


def test_patches_are_undone_as_they_were_also_when_one_fails() -> None:
    before = dict(vars(Owner))
    seen: list[Any] = []

    def patches() -> Any:
        yield Owner, "own", "first"
        # Made when those before it are in place.
        seen.append(Owner.own)
        yield Owner, "own", "second"
        yield from [(Owner, "inherited", "repaired"), (Owner, "static", len), (Owner, "new", 1), (Owner, "method", len)]
        seen.append((Owner.own, Owner.inherited, vars(Owner)["new"]))
        raise LookupError("the last one")

    with pytest.raises(LookupError, match="the last one"), patched(patches()):
        pass

    assert seen == ["first", ("second", "repaired", 1)]
    assert dict(vars(Owner)) == before


def test_attributes_are_restored_in_reverse_order_also_when_one_is_missing() -> None:
    before = dict(vars(Owner))

    with attributes_patched((Owner, "own", "first"), (Owner, "own", "second"), (Owner, "inherited", "patched")):
        inside = Owner.own, Owner.inherited
    missing = attributes_patched((Owner, "own", "first"), (Owner, "missing", "second"))
    with pytest.raises(AttributeError, match="has no attribute 'missing'"), missing:
        pass

    assert inside == ("second", "patched")
    assert dict(vars(Owner)) == before
