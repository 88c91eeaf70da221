"""pydantic models in handlers, made before an environment or inside it; past and future are those of the virtual clock."""

from __future__ import annotations

import sys
import textwrap
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import (
    BaseModel,
    FutureDate,
    FutureDatetime,
    PastDate,
    PastDatetime,
    RootModel,
    TypeAdapter,
    ValidationError,
    create_model,
)
from uploads import create_function

from pytest_lambda_events import LambdaEvents

INSTANT = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
BOOKINGS = textwrap.dedent(
    """
    from datetime import datetime
    from pydantic import BaseModel

    class Booking(BaseModel):
        room: str
        arrives: datetime

    def handler(event, context):
        return Booking.model_validate(event).arrives.year
    """
)
BOOKING = {"room": "12", "arrives": "2026-03-01T14:00:00Z"}


class Offer(BaseModel):
    ends: FutureDatetime


class Basket(BaseModel):
    offers: list[Offer] = []
    parent: Basket | None = None


class Person(BaseModel):
    born: PastDate | None = None
    seen: Annotated[datetime, PastDatetime] | None = None
    leaves: FutureDate | None = None


class Offers(RootModel[list[Offer]]):
    pass


LATER, EARLIER = (INSTANT + timedelta(days=1)).isoformat(), (INSTANT - timedelta(days=1)).isoformat()


# ---------------------------------------------------------------------- modules that are loaded inside


def test_a_module_whose_models_have_dates_loads_inside(
    lambda_events: LambdaEvents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "late_bookings.py").write_text(BOOKINGS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "modules", dict(sys.modules))

    assert lambda_events.function("late_bookings.handler").invoke(BOOKING).payload == 2026


def test_a_module_in_a_folder_whose_models_have_dates_loads(lambda_events: LambdaEvents, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(BOOKINGS)

    assert lambda_events.function("app.handler", code_uri=tmp_path, name="f").invoke(BOOKING).payload == 2026


def test_uploaded_code_whose_models_have_dates_loads(lambda_events: LambdaEvents) -> None:
    create_function("book", BOOKINGS)
    lambda_events.advance(5)

    assert lambda_events.functions["book"].invoke(BOOKING).payload == 2026


def test_a_schema_can_be_made_in_a_handler(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> list[int]:
        made: Any = create_model("Made", at=(datetime, ...))
        return [TypeAdapter(datetime).validate_python(event["arrives"]).year, made(at=event["arrives"]).at.month]

    assert lambda_events.function(handler).invoke(BOOKING).payload == [2026, 3]


# ---------------------------------------------------------------------- past and future

RIGHT: dict[str, tuple[type[BaseModel], Any]] = {
    "future datetime": (Offer, {"ends": LATER}),
    "inside another model": (Basket, {"offers": [{"ends": LATER}], "parent": {"offers": [{"ends": LATER}]}}),
    "root model": (Offers, [{"ends": LATER}]),
    "past date": (Person, {"born": "2025-12-31"}),
    "future date": (Person, {"leaves": "2026-01-02"}),
    "past datetime": (Person, {"seen": EARLIER}),
    "past datetime without a zone": (Person, {"seen": "2025-12-31T23:59:59"}),
}
WRONG: dict[str, tuple[type[BaseModel], Any, str]] = {
    "future datetime": (Offer, {"ends": EARLIER}, "datetime_future"),
    "this very instant": (Offer, {"ends": INSTANT.isoformat()}, "datetime_future"),
    "inside another model": (Basket, {"parent": {"offers": [{"ends": EARLIER}]}}, "datetime_future"),
    "root model": (Offers, [{"ends": EARLIER}], "datetime_future"),
    "past date": (Person, {"born": "2026-01-01"}, "date_past"),
    "future date": (Person, {"leaves": "2026-01-01"}, "date_future"),
    "past datetime": (Person, {"seen": LATER}, "datetime_past"),
}


@pytest.mark.parametrize(("model", "value"), RIGHT.values(), ids=RIGHT)
def test_a_value_is_compared_with_the_virtual_clock(lambda_events: LambdaEvents, model: type[BaseModel], value: Any) -> None:
    assert model.model_validate(value) is not None


@pytest.mark.parametrize(("model", "value", "kind"), WRONG.values(), ids=WRONG)
def test_a_value_on_the_wrong_side_of_the_virtual_clock_is_refused_as_pydantic_does(
    lambda_events: LambdaEvents, model: type[BaseModel], value: Any, kind: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(value)

    assert [error["type"] for error in refused.value.errors()] == [kind]


def test_moving_the_clock_moves_the_border(lambda_events: LambdaEvents) -> None:
    assert Offer(ends=LATER) is not None  # type: ignore[arg-type]
    lambda_events.advance(timedelta(days=1))

    with pytest.raises(ValidationError):
        Offer(ends=LATER)  # type: ignore[arg-type]


def test_a_model_that_is_made_inside_compares_with_the_virtual_clock_and_has_the_same_json_schema(
    lambda_events: LambdaEvents,
) -> None:
    class Inside(BaseModel):
        ends: FutureDatetime

    assert Inside(ends=LATER) is not None  # type: ignore[arg-type]
    assert Inside.model_json_schema()["properties"] == Offer.model_json_schema()["properties"]
    assert TypeAdapter(PastDate).validate_python("2025-12-31") == date(2025, 12, 31)


def test_models_have_their_own_validators_back_afterwards() -> None:
    models = (Offer, Basket, Person, Offers)
    before = [model.__pydantic_validator__ for model in models]

    with LambdaEvents():
        inside = [model.__pydantic_validator__ for model in models]

    assert all(one is not other for one, other in zip(inside, before, strict=True))
    assert [model.__pydantic_validator__ for model in models] == before
    assert Offer(ends=datetime.now().astimezone() + timedelta(hours=1)) is not None
    with pytest.raises(ValidationError):
        Offer(ends=LATER)  # type: ignore[arg-type]
