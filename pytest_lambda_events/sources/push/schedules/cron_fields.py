"""The fields of AWS's cron expressions, in the dialect of Quartz (EVB-50 to EVB-59)."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date

from ....values import dataclass

LAST_YEAR = 2_147_483_647
"""The largest year that AWS accepts (EVB-53)."""
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

Days = Callable[[int, int], Sequence[int]]
"""Returns the days of a month, given the year and the month, in order."""


class CronInvalid(ValueError):
    """AWS refuses the expression."""


class CronUnclear(ValueError):
    """AWS accepts the expression, but probably ignores a part of it. The message names the part, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Field:
    """One kind of field: its smallest and largest value, its names, and the largest step after `*`."""

    least: int
    most: int
    most_step: int
    names: Mapping[str, int] = field(default_factory=dict)
    wraps: bool = True


MINUTE = Field(0, 59, 59)
HOUR = Field(0, 23, 23)
DAY_OF_MONTH = Field(1, 31, 31)
MONTH = Field(1, 12, 12, {name: number for number, name in enumerate(MONTHS, 1)})
DAY_OF_WEEK = Field(1, 7, 7, {name: number for number, name in enumerate(WEEKDAYS, 1)})
YEAR = Field(0, LAST_YEAR, LAST_YEAR, wraps=False)

_NUMBERS = re.compile(r"([0-9]+)(?:-([0-9]+)(?:([A-Z]+)|/([0-9]+))?|([A-Z]+)|/([0-9]+))?")
_STARRED = re.compile(r"\*?/([0-9]+)")
_NAMES = re.compile(r"([A-Z]{3})([A-Z]*)(?:-([A-Z]{3})[A-Z]*)?(?:/([0-9]+))?")
_LAST_DAY = re.compile(r"L(?:-([0-9]{1,2}))?(W)?")
_NEAREST = re.compile(r"([0-9]+)W")
_LAST_WEEKDAY = re.compile(r"([1-7]|[A-Z]{3})L")
_NTH_WEEKDAY = re.compile(r"([1-7]|[A-Z]{3})#([1-5])")


@dataclass(frozen=True, slots=True)
class Steps:
    """The values `first`, `first + step` and so on, up to `last`. `last` is larger than the field's maximum if they wrap."""

    first: int
    last: int
    step: int = 1

    def at_or_after(self, value: int) -> int | None:
        """Returns the smallest value that is not smaller than `value`."""
        if value <= self.first:
            return self.first
        found = value + (self.first - value) % self.step
        return found if found <= self.last else None


def items(text: str) -> list[str]:
    """Returns the items of a field in upper case. A trailing comma has no effect (EVB-59)."""
    found = [item for item in text.upper().split(",") if item]
    if not found:
        raise CronInvalid(text)
    return found


def steps(text: str, kind: Field) -> list[Steps]:
    """Returns the values of a field that consists of numbers, names, ranges and steps."""
    return [_steps_of(item, kind) for item in items(text)]


def values(text: str, kind: Field) -> tuple[int, ...]:
    """Returns the values of a field in order."""
    return tuple(sorted({_wrapped(value, kind) for one in steps(text, kind) for value in _all(one)}))


def days_of_month(text: str) -> Days:
    """Returns the days for a field day-of-month (EVB-56, EVB-57)."""
    found = items(text)
    if (last := _LAST_DAY.fullmatch(found[0])) is not None:
        if len(found) > 1:
            raise CronInvalid(text)
        return _last_day(int(last[1] or 0), nearest=bool(last[2]))
    nearest = [int(match[1]) for item in found if (match := _NEAREST.fullmatch(item)) is not None]
    if any(not 1 <= day <= 31 for day in nearest):
        raise CronInvalid(text)
    plain = [item for item in found if _NEAREST.fullmatch(item) is None]
    numbers = values(",".join(plain), DAY_OF_MONTH) if plain else ()

    def days(year: int, month: int) -> Sequence[int]:
        length = _length(year, month)
        chosen = {day for day in numbers if day <= length}
        chosen.update(_nearest_weekday(year, month, day) for day in nearest if day <= length)
        return sorted(chosen)

    return days


def days_of_week(text: str) -> Days:
    """Returns the days for a field day-of-week (EVB-56, EVB-58)."""
    found = items(text)
    if any("#" in item for item in found):
        match = _NTH_WEEKDAY.fullmatch(found[0])
        if match is None or len(found) > 1:
            raise CronInvalid(text)
        return _nth_weekday(_weekday(match[1]), int(match[2]))
    if any(item == "L" or _LAST_WEEKDAY.fullmatch(item) for item in found):
        if len(found) > 1:
            raise CronInvalid(text)
        return _weekly((7,)) if found[0] == "L" else _last_weekday(_weekday(found[0][:-1]))
    return _weekly(values(text, DAY_OF_WEEK))


def ignores_weekday(text: str) -> bool:
    """Returns whether a field day-of-month has a W after a range, which has no effect (EVB-57)."""
    return any(re.fullmatch("[0-9]+-[0-9]+W", item) for item in items(text))


def _steps_of(item: str, kind: Field) -> Steps:
    if item == "*":
        return Steps(kind.least, kind.most)
    if (starred := _STARRED.fullmatch(item)) is not None:
        if int(starred[1]) > kind.most_step:
            raise CronInvalid(item)
        return Steps(kind.least, kind.most, int(starred[1]) or 1)
    if (numbers := _NUMBERS.fullmatch(item)) is not None:
        first, last, _, range_step, rubbish, step = numbers.groups()
        if rubbish and rubbish[0] in "LW":
            raise CronInvalid(item)
        return _from(int(first), None if last is None else int(last), range_step or step, kind)
    return _named(item, kind)


def _named(item: str, kind: Field) -> Steps:
    match = _NAMES.fullmatch(item)
    if match is None or match[1] not in kind.names or (match[3] is not None and match[3] not in kind.names):
        raise CronInvalid(item)
    name, rest, last, step = match.groups()
    number = kind.names[name]
    if step is not None:
        numbers = f"{number}/{step}" if last is None else f"{number}-{kind.names[last]}/{step}"
        raise CronUnclear(f"AWS accepts the step after the name in {item!r}, and probably ignores it. Write {numbers!r}.")
    if rest and last is not None:
        raise CronUnclear(f"AWS accepts {item!r}, and probably reads only {name!r}. Write '{name}-{last}'.")
    return _from(number, None if last is None else kind.names[last], None, kind)


def _from(first: int, last: int | None, step: str | None, kind: Field) -> Steps:
    """Returns the values from `first`: to `last` if it is given, else to the maximum if there is a step (EVB-54, EVB-55)."""
    end = last if last is not None else (first if step is None else kind.most)
    if not (kind.least <= first <= kind.most and kind.least <= end <= kind.most):
        raise CronInvalid(str(first))
    size = 1 if step is None else int(step)
    if size == 0:
        return Steps(first, first)
    if end < first:
        if not kind.wraps:
            raise CronInvalid(f"{first}-{end}")
        end += kind.most - kind.least + 1
    return Steps(first, end, size)


def _all(one: Steps) -> Iterator[int]:
    return iter(range(one.first, one.last + 1, one.step))


def _wrapped(value: int, kind: Field) -> int:
    return (value - kind.least) % (kind.most - kind.least + 1) + kind.least


def _weekday(text: str) -> int:
    if text.isdigit():
        return int(text)
    if text not in DAY_OF_WEEK.names:
        raise CronInvalid(text)
    return DAY_OF_WEEK.names[text]


def _length(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _days_on(year: int, month: int, weekday: int) -> range:
    """Returns the days of a month on a weekday, where 1 is Sunday."""
    first_day, length = calendar.monthrange(year, month)
    return range(1 + (weekday - 2 - first_day) % 7, length + 1, 7)


def _weekly(weekdays: Sequence[int]) -> Days:
    return lambda year, month: sorted(day for weekday in weekdays for day in _days_on(year, month, weekday))


def _last_weekday(weekday: int) -> Days:
    return lambda year, month: _days_on(year, month, weekday)[-1:]


def _nth_weekday(weekday: int, number: int) -> Days:
    return lambda year, month: _days_on(year, month, weekday)[number - 1 : number]


def _last_day(before: int, *, nearest: bool) -> Days:
    if before > 30:
        raise CronInvalid(f"L-{before}")

    def days(year: int, month: int) -> Sequence[int]:
        day = _length(year, month) - before
        if day < 1:
            return ()
        return (_nearest_weekday(year, month, day),) if nearest else (day,)

    return days


def _nearest_weekday(year: int, month: int, day: int) -> int:
    """Returns the day from Monday to Friday that is nearest to a day, in the same month."""
    weekday = date(year, month, day).weekday()
    if weekday == calendar.SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == calendar.SUNDAY:
        return day + 1 if day < _length(year, month) else day - 2
    return day
