"""Responses of every shape against the encoder of AWS's own runtime client, in this process."""

from __future__ import annotations

import collections
from decimal import Decimal
from unittest import mock

import pytest
from awslambdaric.lambda_runtime_exception import FaultException
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller
from hypothesis import given
from hypothesis import strategies as st

from pytest_lambda_events.service.runtime.encoding import encode_response
from pytest_lambda_events.service.runtime.errors import RuntimeFault

Point = collections.namedtuple("Point", "x y")

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.decimals() | st.binary(max_size=3)
)  # fmt: skip
KEYS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS | st.just(b"k") | st.just(Decimal(1))
UNKNOWN = st.sampled_from([{1}, object, ..., 1j, bytearray(b"x")])
RESPONSES = st.recursive(
    SCALARS | UNKNOWN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=3)
        | st.builds(Point, inner, inner)
    ),
    max_leaves=8,
)


def encoded_by_client(value: object, runtime: str) -> tuple[bytes, str] | str:
    with mock.patch.dict("os.environ", AWS_EXECUTION_ENV=f"AWS_Lambda_{runtime}"):
        marshaller = LambdaMarshaller()
    try:
        content, content_type = marshaller.marshal_response(value)
    except FaultException as fault:
        return str(fault.msg)
    return content if isinstance(content, bytes) else content.encode(), content_type


def encoded_here(value: object, runtime: str) -> tuple[bytes, str] | str:
    try:
        return encode_response(value, runtime)
    except RuntimeFault as fault:
        return fault.message


@pytest.mark.rule("RUN-30", "RUN-31", "RUN-32", "RUN-33", "RUN-34")
@given(value=RESPONSES, runtime=st.sampled_from(["python3.11", "python3.12", "python3.13", "python3.14"]))
def test_any_response_is_encoded_as_by_the_client(value: object, runtime: str) -> None:
    expected = encoded_by_client(value, runtime)

    content = encoded_here(value, runtime)

    assert content == expected
