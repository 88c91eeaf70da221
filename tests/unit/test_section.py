"""The section of a report: the short timeline, with what handlers wrote, and warnings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from entries import accepted, ended, started
from mapping_journals import MappingStory

from pytest_lambda_events.journal.attempts import PlannedFaultMet
from pytest_lambda_events.journal.entry import Subject
from pytest_lambda_events.journal.events import Warned
from pytest_lambda_events.report.journal import Journal
from pytest_lambda_events.report.section import section
from pytest_lambda_events.simulation.clock import VirtualClock

FRAMES = [
    '  File "/home/me/app/shop.py", line 21, in charge\n    call_bank(event["order"])\n',
    '  File "/home/me/app/bank.py", line 7, in call_bank\n    return json.loads(text)\n',
    '  File "/usr/lib/python3.13/json/__init__.py", line 346, in loads\n    return _default_decoder.decode(s)\n',
]
ROOT = Path("/home/me/app")


def tried(
    journal: Journal,
    number: int = 1,
    *,
    logs: tuple[str, ...] = (),
    frames: Any = (),
    error: str = "no",
    request_id: str = "id",
) -> None:
    """An attempt of an event that ends in an error."""
    subject = Subject("charge", request_id, number)
    journal.write(started(subject))
    payload = json.dumps({"stackTrace": list(frames)}).encode()
    journal.write(ended(subject, error, error_type="CardExpired", payload=payload, logs=logs))


def below(journal: Journal) -> list[str]:
    """What stands below the first line, without the indent."""
    return [line.strip() for line in section(journal, ROOT).splitlines()[1:]]


def test_nothing_is_said_of_an_environment_in_which_nothing_happened(clock: VirtualClock) -> None:
    assert section(Journal(clock)) == ""


def test_the_output_of_a_handler_is_shown_below_its_attempt(clock: VirtualClock) -> None:
    journal = Journal(clock)

    tried(journal, logs=("charging order 7",), frames=FRAMES[:1])

    assert section(journal, ROOT).splitlines() == [
        "0 s   charge   attempt 1   CardExpired: no",
        "                 | charging order 7",
        '                 at shop.py:21 in charge: call_bank(event["order"])',
    ]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[WARNING]\t2026-01-01T00:00:00.000Z\t643078ac-bc19-478f\tcard is old", "| [WARNING] card is old"),
        ('{"timestamp": "x", "level": "ERROR", "message": "card is old", "requestId": "y"}', "| [ERROR] card is old"),
        ('{"level": "INFO", "message": {"order": 7}}', '| [INFO] {"order": 7}'),
        ('{"level": "INFO", "location": "x", "message": "shipping", "order": 7}', '| [INFO] shipping {"order": 7}'),
        ('{"order": 7}', '| {"order": 7}'),
        ("\x1b[31mred\x1b[0m and a bell\x07", r"| red and a bell\x07"),
        ("x" * 500, f"| {'x' * 107}..."),
    ],
    ids=["a text record", "a JSON record", "one of an object", "one with more", "plain JSON", "colors", "a long line"],
)
def test_a_line_is_shown_without_what_the_platform_adds(clock: VirtualClock, written: str, shown: str) -> None:
    journal = Journal(clock)

    tried(journal, logs=(written,))

    assert below(journal) == [shown]


def test_the_first_and_the_last_lines_of_a_long_output_are_shown(clock: VirtualClock) -> None:
    journal = Journal(clock)

    tried(journal, logs=tuple(f"line {number}" for number in range(100)))

    assert below(journal) == ["| line 0", "| line 1", "| line 2", "| ... 95 more lines", "| line 98", "| line 99"]


def test_lines_that_repeat_are_counted(clock: VirtualClock) -> None:
    journal = Journal(clock)

    tried(journal, logs=("ping", *["shipping"] * 1200, "ping"))

    assert below(journal) == ["| ping", "| shipping  (1,200 times)", "| ping"]


def test_equal_output_of_two_events_is_shown_with_both(clock: VirtualClock) -> None:
    journal = Journal(clock)
    for request_id in ("id", "other"):
        journal.write(accepted(Subject("charge", request_id)))

    tried(journal, 1, logs=("left 10",), frames=FRAMES[:1])
    tried(journal, 1, logs=("left 10",), frames=FRAMES[:1], request_id="other")
    tried(journal, 2, logs=("left 10",), frames=FRAMES[:1])

    written = [line for line in below(journal) if not line[0].isdigit()]
    assert written == ["| left 10", 'at shop.py:21 in charge: call_bank(event["order"])'] * 2


def test_output_that_repeats_in_every_attempt_is_shown_once(clock: VirtualClock) -> None:
    journal = Journal(clock)

    tried(journal, 1, logs=("charging",))
    tried(journal, 2, logs=("charging",))
    tried(journal, 3, logs=("giving up",))

    assert [line for line in below(journal) if line.startswith("|")] == ["| charging", "| giving up"]


@pytest.mark.parametrize(
    ("frames", "shown"),
    [
        (FRAMES, ["at bank.py:7 in call_bank: return json.loads(text)"]),
        (['  File "/elsewhere/lib/shop.py", line 3, in charge\n'], ["at lib/shop.py:3 in charge"]),
        (FRAMES[2:], []),
        ([], []),
    ],
    ids=["an error in a library", "another folder", "no code of the user", "no trace"],
)
def test_an_error_is_shown_with_the_innermost_line_of_the_user_s_code(
    clock: VirtualClock, frames: list[str], shown: list[str]
) -> None:
    journal = Journal(clock)

    tried(journal, frames=frames)

    assert below(journal) == shown


def test_a_planned_failure_has_no_place_in_the_code(clock: VirtualClock) -> None:
    journal = Journal(clock)
    journal.write(PlannedFaultMet(Subject("charge", "id", 1), "ValueError()"))

    tried(journal, logs=("charging",), frames=FRAMES)

    assert below(journal) == ["| charging"]


def a_poison_message(clock: VirtualClock, attempts: int) -> MappingStory:
    story = MappingStory(clock)
    for number in range(attempts):
        story.at(number * 30)
        story.polled("a")
        story.fails("a", attempt=number + 1)
    return story


def test_a_poison_message_s_days_are_a_handful_of_lines(clock: VirtualClock) -> None:
    story = a_poison_message(clock, 12_000)

    text = section(story.journal)

    assert len(text.splitlines()) < 15
    assert "more similar attempts (ValueError), every 30 s, to " in text
    assert text.startswith("ship: 12,000 attempts: 12,000 ValueError\n")


def test_a_shortened_section_shows_how_to_print_all(clock: VirtualClock) -> None:
    story = a_poison_message(clock, 100)

    assert "print(lambda_events.journal.timeline())" in section(story.journal)


def test_a_section_never_has_more_than_fifty_lines_and_some_around(clock: VirtualClock) -> None:
    journal = Journal(clock)
    for number in range(300):
        subject = Subject(f"function-{number}", f"id-{number}", 1)
        journal.write(started(subject))
        logs = ("one", "two", f"three {number}")
        journal.write(ended(subject, "no", error_type=f"Error{number}", payload=b"{}", logs=logs))

    assert 30 < len(section(journal).splitlines()) <= 55


def test_pending_work_is_shown_after_the_timeline(clock: VirtualClock) -> None:
    story = a_poison_message(clock, 1)
    story.journal.write(Warned(Subject("ship"), "queue orders looks wrong"))

    lines = section(story.journal, left="Not idle at 0 s. Pending:\n- ship: a\x00b").splitlines()

    assert lines[-6:-2] == ["", "Not idle at 0 s. Pending:", r"- ship: a\x00b", ""]


def test_pending_work_is_listed_if_nothing_happened(clock: VirtualClock) -> None:
    assert section(Journal(clock), left="Not idle at 0 s. Pending:\n- poll") == "Not idle at 0 s. Pending:\n- poll"


def test_equal_warnings_stand_there_once_with_their_number(clock: VirtualClock) -> None:
    journal = Journal(clock)
    for number in range(1_200):
        journal.write(Warned(Subject("ship"), f"queue {number % 2} looks wrong"))
        clock.move_to(clock.microseconds + 1_000_000)

    assert section(journal).splitlines() == [
        "Warnings:",
        "  0 s   ship   queue 0 looks wrong (599 more, until 1198 s)",
        "  1 s   ship   queue 1 looks wrong (599 more, until 1199 s)",
    ]


def test_warnings_stand_at_the_end_whole_and_all(clock: VirtualClock) -> None:
    story = a_poison_message(clock, 100)
    messages = [f"queue {number} looks wrong, {'because of this ' * 20}" for number in range(60)]
    written = [story.journal.write(Warned(Subject("ship"), message)) for message in messages]

    lines = section(story.journal).splitlines()

    assert lines[-61] == "Warnings:"
    assert [line.strip() for line in lines[-60:]] == [
        f"{entry.after_seconds:g} s   ship   {message}".strip() for entry, message in zip(written, messages, strict=True)
    ]


def test_characters_that_no_file_supports_are_escaped(clock: VirtualClock) -> None:
    journal = Journal(clock)

    tried(journal, logs=("a\x00b\ud800c",), error="first\x1b[1mbold\x0bmore")

    assert section(journal).isascii()
    assert "CardExpired: firstbold\\x0bmore" in section(journal)
    assert r"| a\x00b\ud800c" in section(journal)
