"""What a report page shows about a selected mark, and about a failure."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from event_journals import EventJournal
from mapping_journals import MappingStory
from stream_journals import StreamStory

from pytest_lambda_events.journal.attempts import Ended
from pytest_lambda_events.journal.entry import Entry
from pytest_lambda_events.report.page.chart import chart_of
from pytest_lambda_events.report.page.details import Details, Fact, Known, data_of, details_of
from pytest_lambda_events.report.page.failure import MESSAGE_LINES, Failure, shown_failure
from pytest_lambda_events.report.page.labels import Piece, labels_of, pieces_of
from pytest_lambda_events.report.page.records import records_in
from pytest_lambda_events.simulation.clock import VirtualClock

MESSAGE = "d67e55fd-642b-4a42-aef9-c00b8a64c1b9"
NUMBER = "49079267755522363867067103732009364266777893394521784322"
FRAMES = [
    '  File "/home/me/shop/orders.py", line 9, in handler\n    charge(event)\n',
    '  File "/home/me/.venv/lib/python3.11/site-packages/bank/client.py", line 80, in send\n    raise Refused(card)\n',
]


def details_in(journal: Sequence[Entry], root: Path | None = None) -> list[Details]:
    """The details of all marks."""
    chart = chart_of(journal)
    lanes = {lane.key: lane for lane in chart.lanes}
    known = Known(labels_of(journal), data_of(chart.marks), root)
    return [details_of(mark, lanes[mark.lane], known) for mark in chart.marks]


def text_of(fact: Fact) -> str:
    return "".join(piece.text for piece in fact.pieces)


def facts(details: Details) -> list[tuple[str, str]]:
    return [(fact.name, text_of(fact)) for fact in details.facts]


def fact(details: Details, name: str) -> Fact:
    return next(fact for fact in details.facts if fact.name == name)


# ---------------------------------------------------------------------- errors


def failed(events: EventJournal, message: str, error_type: str = "ValueError", frames: list[str] = FRAMES) -> None:
    """An attempt that fails with this error."""
    answer = {"errorMessage": message, "errorType": error_type, "stackTrace": frames}
    events.ended(events.started("id"), message, error_type=error_type, payload=json.dumps(answer).encode())


def test_a_stack_trace_has_a_line_for_each_frame(events: EventJournal) -> None:
    failed(events, "card expired")

    [details] = details_in(events.journal, Path("/home/me/shop"))

    assert text_of(fact(details, "Error")) == "ValueError: card expired"
    assert text_of(fact(details, "Stack trace")).splitlines() == [
        "orders.py:9 in handler", "    charge(event)", "bank/client.py:80 in send", "    raise Refused(card)"
    ]  # fmt: skip


def test_frames_of_libraries_are_quiet_and_have_their_whole_path_on_hover(events: EventJournal) -> None:
    failed(events, "card expired")

    [details] = details_in(events.journal, Path("/home/me/shop"))

    places = [piece for piece in fact(details, "Stack trace").pieces if piece.whole]
    assert places == [
        Piece("orders.py:9", "/home/me/shop/orders.py:9"),
        Piece("bank/client.py:80", "/home/me/.venv/lib/python3.11/site-packages/bank/client.py:80", "quiet"),
    ]


GROUPED = """All records failed processing. 2 individual errors logged separately below.

Traceback (most recent call last):
  File "/venv/site-packages/batch/base.py", line 564, in _process_record
    result = self.handler(record=data)
             ^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/home/me/shop/orders.py", line 12, in record_handler
    raise KeyError("sku")
KeyError: 'sku'

Traceback (most recent call last):
  File "/home/me/shop/orders.py", line 14, in record_handler
    raise ValueError("two\\nlines")
ValueError: two
lines
"""
STACK = ["batch/base.py:564 in _process_record", "    result = self.handler(record=data)"]
EXCEPTION_GROUP = """unhandled errors
  + Exception Group Traceback (most recent call last):
  |   File "/home/me/shop/orders.py", line 9, in handler
  |     raise group
  | ExceptionGroup: unhandled errors (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/home/me/shop/orders.py", line 12, in record_handler
    |     raise KeyError("sku")
    | KeyError: 'sku'
    +------------------------------------
"""


def test_the_inner_errors_of_powertools_come_before_the_error_that_groups_them(events: EventJournal) -> None:
    failed(events, GROUPED, "BatchProcessingError")

    [details] = details_in(events.journal, Path("/home/me/shop"))

    assert facts(details)[:6] == [
        ("Error", "KeyError: 'sku'"),
        ("Stack trace", "\n".join([*STACK, "orders.py:12 in record_handler", '    raise KeyError("sku")'])),
        ("Error", "ValueError: two\nlines"),
        ("Stack trace", 'orders.py:14 in record_handler\n    raise ValueError("two\\nlines")'),
        (
            "Raised as",
            "BatchProcessingError: All records failed processing. 2 individual errors logged separately below.",
        ),
        ("Stack trace", "orders.py:9 in handler\n    charge(event)\nbank/client.py:80 in send\n    raise Refused(card)"),
    ]


def test_the_printed_traceback_of_an_exception_group_is_read_like_powertools_errors(events: EventJournal) -> None:
    failed(events, EXCEPTION_GROUP, "RuntimeError", [])

    [details] = details_in(events.journal)

    errors = [text for name, text in facts(details) if name in ("Error", "Raised as")]
    assert errors == [
        "ExceptionGroup: unhandled errors (1 sub-exception)", "KeyError: 'sku'", "RuntimeError: unhandled errors"
    ]  # fmt: skip


def test_equal_inner_errors_are_shown_once(events: EventJournal) -> None:
    block = "Traceback (most recent call last):\n  File \"orders.py\", line 1, in f\nKeyError: 'sku'\n\n"
    failed(events, f"All failed.\n\n{block}{block}", "BatchProcessingError")

    [details] = details_in(events.journal)

    assert [text for name, text in facts(details) if name == "Error"] == ["KeyError: 'sku'"]


def test_the_errors_in_an_exception_group_come_before_the_group(events: EventJournal) -> None:
    traceback = "Traceback (most recent call last):\n  File \"orders.py\", line 1, in f\nKeyError: 'sku'\n"
    subject = events.started("id")
    message = "many (1 sub-exception)"
    events.journal.write(Ended(subject, b"{}", "$LATEST", "ExceptionGroup", message, grouped_errors=traceback))

    [details] = details_in(events.journal)

    errors = [text for name, text in facts(details) if name in ("Error", "Raised as")]
    assert errors == ["KeyError: 'sku'", "ExceptionGroup: many (1 sub-exception)"]


def test_the_request_id_in_the_message_of_a_killed_process_is_left_out(events: EventJournal) -> None:
    failed(events, "RequestId: id Error: Runtime exited with error: signal: killed", "Runtime.ExitError", [])

    [details] = details_in(events.journal)

    assert facts(details)[0] == ("Error", "Runtime.ExitError: Runtime exited with error: signal: killed")


def test_an_error_without_a_message_is_shown_by_its_type(events: EventJournal) -> None:
    failed(events, "", "Runtime.ExitError", [])

    [details] = details_in(events.journal)

    assert facts(details)[0] == ("Error", "Runtime.ExitError")


# ---------------------------------------------------------------------- messages and records


def test_messages_have_labels_and_bodies_and_their_ids_only_on_hover(clock: VirtualClock) -> None:
    mapping = MappingStory(clock)
    mapping.polled(MESSAGE, "m2")
    subject = mapping.started(MESSAGE, "m2", bodies=('{"id": 1}', '{"id": 2}'))
    mapping.ended(subject)
    mapping.result(subject, 2, (MESSAGE,))

    polled, attempt = details_in(mapping.journal)

    assert text_of(fact(polled, "Messages")) == 'message-id-1  {"id": 1}\nmessage-id-2  {"id": 2}'
    assert text_of(fact(attempt, "Messages")) == '✕ message-id-1  {"id": 1}\n✓ message-id-2  {"id": 2}'
    assert Piece("message-id-1", MESSAGE, "bad") in fact(attempt, "Messages").pieces
    assert not any(MESSAGE in piece.text for details in (polled, attempt) for fact in details.facts for piece in fact.pieces)


def test_records_of_a_stream_have_labels_and_decoded_data(clock: VirtualClock) -> None:
    stream = StreamStory(clock)
    stream.polled(NUMBER)
    stream.ended(stream.started(NUMBER, records=[kinesis(NUMBER, b'{"page": "a"}')]))
    stream.checkpointed(NUMBER)

    assert [text_of(fact(details, "Records")) for details in details_in(stream.journal)] == ['record-1  {"page": "a"}'] * 3


def test_the_labels_of_details_are_those_of_the_timeline(clock: VirtualClock) -> None:
    mapping = MappingStory(clock)
    mapping.fails("m1", "m2", bodies=('{"id": 1}', '{"id": 2}'))

    [attempt] = details_in(mapping.journal)

    labels = [piece.text for piece in fact(attempt, "Messages").pieces if piece.whole]
    assert labels == ["message-id-1", "message-id-2"]
    assert 'message-id-1 {"id": 1}, message-id-2 {"id": 2} failed' in mapping.journal.timeline()


def test_failed_messages_come_first_if_not_all_are_shown(clock: VirtualClock) -> None:
    mapping = MappingStory(clock)
    ids = tuple(f"m{number}" for number in range(1, 31))
    subject = mapping.started(*ids)
    mapping.ended(subject)
    mapping.result(subject, 30, ("m30",))

    [attempt] = details_in(mapping.journal)

    lines = text_of(fact(attempt, "Messages")).splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("✕ message-id-30  m30", "and 20 more", 11)


def sqs(message_id: str, body: str) -> dict[str, object]:
    return {"messageId": message_id, "body": body}


def kinesis(number: str, data: bytes) -> dict[str, object]:
    return {"kinesis": {"sequenceNumber": number, "data": base64.b64encode(data).decode()}}


def change(name: str, **images: object) -> dict[str, object]:
    return {"eventName": name, "dynamodb": {"SequenceNumber": "1", **images}}


@pytest.mark.parametrize(
    ("record", "data"),
    [
        pytest.param(sqs("1", "plain text"), "plain text", id="message"),
        pytest.param(kinesis("1", "ä".encode()), "ä", id="text in a stream"),
        pytest.param(kinesis("1", b"\xff\x00"), "b'\\xff\\x00'", id="bytes in a stream"),
        pytest.param(
            change("MODIFY", NewImage={"id": {"N": "1"}, "tags": {"SS": ["a"]}}), 'MODIFY {"id": 1, "tags": ["a"]}', id="item"
        ),
        pytest.param(change("REMOVE", OldImage={"id": {"S": "1"}}), 'REMOVE {"id": "1"}', id="removed item"),
        pytest.param(change("INSERT", Keys={"id": {"S": "1"}}), 'INSERT {"id": "1"}', id="keys only"),
        pytest.param(
            change("INSERT", NewImage={"a": {"M": {"b": {"L": [{"B": "YQ=="}, {"NULL": True}, {"BOOL": False}]}}}}),
            'INSERT {"a": {"b": ["a", null, false]}}',
            id="nested values",
        ),
        pytest.param(
            change("INSERT", NewImage={"a": {"BS": ["YQ=="]}, "b": {"NS": ["1", "2.5"]}}),
            'INSERT {"a": ["a"], "b": [1, 2.5]}',
            id="sets",
        ),
    ],
)
def test_data_of_a_record_is_decoded(record: dict[str, object], data: str) -> None:
    assert [found.data for found in records_in(json.dumps({"Records": [record]}))] == [data]


@pytest.mark.parametrize("payload", [None, b"no JSON", b"[]", b'{"Records": 1}', b'{"Records": [{"s3": {}}]}'])
def test_other_events_have_no_records(payload: object) -> None:
    assert records_in(payload) == []


# ---------------------------------------------------------------------- labels


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        pytest.param("no id", [Piece("no id")], id="none"),
        pytest.param(f"id {MESSAGE}!", [Piece("id "), Piece("message-id-1", MESSAGE), Piece("!")], id="a label"),
        pytest.param(NUMBER, [Piece("…784322", NUMBER)], id="a sequence number without a label"),
        pytest.param(MESSAGE[::-1], [Piece(MESSAGE[::-1])], id="no UUID"),
        pytest.param("1767225600000", [Piece("1767225600000")], id="a shorter number"),
        pytest.param(
            "11111111-2222-3333-4444-555555555555",
            [Piece("11111111…", "11111111-2222-3333-4444-555555555555")],
            id="a UUID without a label",
        ),
    ],
)
def test_long_identifiers_are_replaced_by_labels(text: str, pieces: list[Piece]) -> None:
    assert list(pieces_of(text, {MESSAGE: "message-id-1"})) == pieces


def test_accepted_events_are_labeled_in_order(events: EventJournal) -> None:
    events.accepted("one")
    events.accepted("two")

    assert labels_of(events.journal) == {"one": "request-id-1", "two": "request-id-2"}


# ---------------------------------------------------------------------- failures


def test_the_failed_statement_and_its_explanation_are_found_in_a_traceback() -> None:
    text = "    def test_x():\n>     assert x == 2\nE     assert 1 == 2\nE       where\n\ntest_x.py:3: AssertionError"

    shown = shown_failure(Failure("call", text))

    assert (shown.statement, shown.message, shown.place) == ("assert x == 2", "assert 1 == 2\n  where", "test_x.py:3")


def test_the_last_of_chained_errors_is_shown() -> None:
    first = ">   a()\nE   KeyError: 'a'\n\nx.py:1: KeyError\n\nDuring handling of the above exception"

    shown = shown_failure(Failure("call", f"{first}\n\n>   b()\nE   ValueError: b\n\nx.py:4: ValueError"))

    assert (shown.statement, shown.message, shown.place) == ("b()", "ValueError: b", "x.py:4")


def test_a_short_traceback_has_its_place_before_the_explanation() -> None:
    shown = shown_failure(Failure("call", "test_x.py:3: in test_x\n    assert x == 2\nE   assert 1 == 2"))

    assert (shown.message, shown.place) == ("assert 1 == 2", "test_x.py:3")


def test_a_text_without_an_explanation_is_shown_as_a_whole() -> None:
    shown = shown_failure(Failure("teardown", "Planned faults that did not happen: 1"))

    assert (shown.message, shown.whole) == ("", "Planned faults that did not happen: 1")


def test_a_long_explanation_is_cut() -> None:
    shown = shown_failure(Failure("call", "\n".join(f"E   line {number}" for number in range(100))))

    lines = shown.message.splitlines()
    assert len(lines) == MESSAGE_LINES + 1
    assert lines[-1] == f"… {100 - MESSAGE_LINES} lines more"
