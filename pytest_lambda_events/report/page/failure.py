"""What pytest reports about a failure, with the failed assertion taken out of its traceback."""

from __future__ import annotations

import re

from ...values import dataclass

MESSAGE_LINES = 14
"""How many lines of a message are shown above the picture. The whole text follows folded."""
_LOCATION = re.compile(r"^(\S.*?:\d+): ")


@dataclass(frozen=True, slots=True)
class Failure:
    """How one phase of a test failed. `when` is setup, call or teardown; `text` is pytest's text of the failure."""

    when: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownFailure:
    """A failure for reading: `statement` raised the error that `message` explains, at `place`, a file and a line.

    `whole` is all of pytest's text; `message` is empty if the text has no lines that explain an error.
    """

    when: str
    statement: str
    message: str
    place: str
    whole: str


def shown_failure(failure: Failure) -> ShownFailure:
    """Returns a failure with its statement and its explanation, the lines that begin with `>` and `E`."""
    lines = failure.text.split("\n")
    explained = [number for number, line in enumerate(lines) if line.startswith("E  ") or line == "E"]
    if not explained:
        return ShownFailure(failure.when, "", "", "", failure.text)
    begin, end = _last_run(explained)
    statement = next((line[1:].strip() for line in reversed(lines[:begin]) if line.startswith(">")), "")
    around = [*lines[end:], *reversed(lines[:begin])]
    place = next((found[1] for line in around if (found := _LOCATION.match(line))), "")
    message = _unindented([line[1:] for line in lines[begin:end]])
    if len(message) > MESSAGE_LINES:
        message = [*message[:MESSAGE_LINES], f"… {len(message) - MESSAGE_LINES:,} lines more"]
    return ShownFailure(failure.when, statement, "\n".join(message), place, failure.text)


def _last_run(numbers: list[int]) -> tuple[int, int]:
    """Returns where the last run of consecutive numbers begins, and the number behind it."""
    begin = numbers[-1]
    for number in reversed(numbers):
        if number < begin - 1:
            break
        begin = number
    return begin, numbers[-1] + 1


def _unindented(lines: list[str]) -> list[str]:
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return [line[indent:] for line in lines]
