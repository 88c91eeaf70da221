"""The record of a message as JSON, which is written without the dictionary of the record."""

from __future__ import annotations

from example_counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_lambda_events.sources.events import encoded
from pytest_lambda_events.sources.ports import ReceivedMessage
from pytest_lambda_events.sources.sqs.records import encoded_record, record

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NAMES = st.sampled_from(["AWSTraceHeader", "ApproximateReceiveCount", "SentTimestamp", "SenderId", "MessageGroupId"])
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["tenant", "größe"]),
    st.one_of(
        st.fixed_dictionaries({"DataType": st.just("String"), "StringValue": TEXT}),
        st.fixed_dictionaries({"DataType": st.just("Binary"), "BinaryValue": st.binary()}),
    ),
)


@settings(max_examples=examples(200), deadline=None)
@given(body=TEXT, attributes=st.dictionaries(NAMES, TEXT), message_attributes=ATTRIBUTES, has_window=st.booleans())
def test_the_record_has_the_same_bytes_as_its_dictionary(
    body: str, attributes: dict[str, str], message_attributes: dict[str, dict[str, str]], has_window: bool
) -> None:
    message = ReceivedMessage(
        "5fea7756-0ea4-451a-a703-a558b933e274", "AQEB/+=", body, "098f6bcd4621d373cade4e832627b4f6", 0, attributes,
        message_attributes, "00484c68e38d9ffb2a5d1d1c1e6b5d79" if message_attributes else None,
    )  # fmt: skip
    arn = "arn:aws:sqs:eu-west-1:123456789012:orders"

    assert encoded_record(message, arn, has_window=has_window) == encoded(record(message, arn, has_window=has_window))
