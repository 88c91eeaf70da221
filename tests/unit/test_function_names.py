"""How a call names a function."""

from __future__ import annotations

import pytest

from pytest_lambda_events.service.control_plane.function_names import Reference, parse, within
from pytest_lambda_events.service.errors import ServiceError

ACCOUNT = "123456789012"
REGION = "us-east-1"


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("charge", Reference("charge")),
        ("charge:live", Reference("charge", "live")),
        ("charge:$LATEST", Reference("charge", "$LATEST")),
        ("function:charge", Reference("charge")),
        ("function:charge:1", Reference("charge", "1")),
        (f"{ACCOUNT}:function:charge", Reference("charge", account_id=ACCOUNT)),
        (f"{ACCOUNT}:charge", Reference("charge", account_id=ACCOUNT)),
        (f"{ACCOUNT}:function:charge:1", Reference("charge", "1", account_id=ACCOUNT)),
        (f"{REGION}:{ACCOUNT}:function:charge", Reference("charge", None, REGION, ACCOUNT)),
        (f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:charge", Reference("charge", None, REGION, ACCOUNT)),
        (f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:charge:live", Reference("charge", "live", REGION, ACCOUNT)),
        (f"arn:aws-cn:lambda:cn-north-1:{ACCOUNT}:function:charge", Reference("charge", None, "cn-north-1", ACCOUNT)),
        (f"arn:aws-us-gov:lambda:us-gov-west-1:{ACCOUNT}:function:f", Reference("f", None, "us-gov-west-1", ACCOUNT)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_form_of_a_name_is_understood(text: str, reference: Reference) -> None:
    assert parse(text) == reference


@pytest.mark.parametrize(
    "text", ["", "a b", "charge:", "charge:live:1", ":charge", "arn:aws:sqs:us-east-1:123456789012:q", "charge/py"]
)
def test_an_invalid_name_is_refused(text: str) -> None:
    with pytest.raises(ServiceError, match="satisfy regular expression pattern") as refused:
        parse(text)

    assert refused.value.code == "ValidationException"


@pytest.mark.rule("ASY-28")
@pytest.mark.parametrize(
    ("text", "qualifier", "found"),
    [("charge", "live", "live"), ("charge:live", None, "live"), ("charge:live", "live", "live")],
    ids=["of the call", "of the name", "of both"],
)
def test_the_qualifier_comes_from_the_call_or_the_name(text: str, qualifier: str | None, found: str) -> None:
    assert parse(text, qualifier).qualifier == found


@pytest.mark.rule("ASY-28")
def test_two_different_qualifiers_are_refused() -> None:
    with pytest.raises(ServiceError, match="does not match the specified qualifier"):
        parse("charge:live", "1")


def test_a_function_of_another_region_is_not_reachable() -> None:
    reference = parse(f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:charge")

    with pytest.raises(ServiceError, match="'eu-west-1' are not reachable in this region \\('us-east-1'\\)"):
        within(reference, ACCOUNT, REGION)


def test_a_function_of_another_account_is_denied() -> None:
    reference = parse("arn:aws:lambda:us-east-1:999999999999:function:charge")

    with pytest.raises(ServiceError) as refused:
        within(reference, ACCOUNT, REGION)

    assert (refused.value.code, refused.value.status) == ("AccessDeniedException", 403)
