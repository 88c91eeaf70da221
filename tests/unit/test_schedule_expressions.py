"""Schedule expressions: what AWS accepts, and when they fire. No simulated AWS is open."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pytest_lambda_events.sources.push.schedules.cron import Cron
from pytest_lambda_events.sources.push.schedules.cron_fields import CronInvalid, CronUnclear
from pytest_lambda_events.sources.push.schedules.expressions import (
    At,
    ExpressionInvalid,
    Rate,
    rule_expression,
    schedule_expression,
)
from pytest_lambda_events.sources.push.schedules.timetable import Timetable

SHEET = Path(__file__).parents[2] / "docs" / "rules" / "eventbridge.md"
ROW = re.compile(r"\| (\d+) \| `(.*?)`(?: \(after (.*?)\))? \| (.*?) \| (?:rec|doc) \|")
TABLE = [
    (match[2].replace("<TAB>", "\t"), match[3] or "2026-09-15T22:32", match[4])
    for line in SHEET.read_text(encoding="utf-8").splitlines()
    if (match := ROW.match(line))
]
FIRED = [row for row in TABLE if row[2] != "refused"]
REFUSED = [cron for cron, _, expected in TABLE if expected == "refused"]
NEW_YORK = ZoneInfo("America/New_York")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text + "+00:00")


def firings(table: Timetable, now: datetime, count: int) -> list[str]:
    found: list[str] = []
    following = table.first(now)
    while following is not None and len(found) < count:
        found.append(f"{following:%Y-%m-%dT%H:%M:%S}".removesuffix(":00"))
        following = table.following(following)
    return found


def test_the_sheet_has_89_rows() -> None:
    assert len(TABLE) == 89


@pytest.mark.rule("EVB-50", "EVB-53", "EVB-54", "EVB-55", "EVB-56", "EVB-57", "EVB-58", "EVB-5A", "EVB-5F")
@pytest.mark.parametrize(("cron", "after", "expected"), FIRED, ids=[row[0] for row in FIRED])
def test_a_cron_expression_fires_as_on_aws(cron: str, after: str, expected: str) -> None:
    table = Timetable(rule_expression(f"cron({cron})"), instant(after))

    found = firings(table, instant(after), 3)

    assert found == ([] if expected == "never" else expected.split(", "))


@pytest.mark.rule("EVB-50", "EVB-53", "EVB-54", "EVB-58")
@pytest.mark.parametrize("cron", REFUSED)
def test_a_cron_expression_is_refused_as_on_aws(cron: str) -> None:
    with pytest.raises(ExpressionInvalid):
        rule_expression(f"cron({cron})")


@pytest.mark.rule("EVB-51", "EVB-5B")
@pytest.mark.parametrize(
    "text",
    [
        "cron (0 12 * * ? *)", "CRON(0 12 * * ? *)", " cron(0 12 * * ? *)", "cron(0 12 * * ? *) ", "cron( 0 12 * * ? *)",
        "cron(0 12 * * ? * )", "cron(0 12 * * ? *)\n", "cron(0 12 * * ?\n*)", "cron()", "cron(junk)", "",
        "at(2026-01-01T00:00:00)", "rate(1 minutes)", "rate(01 minutes)", "rate(2 minute)", "rate(0 minutes)",
        "rate(-1 minutes)", "rate(+1 minute)", "rate(1.5 hours)", "rate(5 seconds)", "rate(2 weeks)", "RATE(5 minutes)",
        "rate(5 Minutes)", "rate(5  minutes)", "rate(5 minute)x", "rate(2147483648 days)", "rate(٥ minutes)",
    ],
)  # fmt: skip
def test_an_expression_of_a_rule_is_refused(text: str) -> None:
    with pytest.raises(ExpressionInvalid):
        rule_expression(text)


@pytest.mark.rule("EVB-5B")
@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("rate(1 minute)", 60), ("rate(01 minute)", 60), ("rate(5 minutes)", 300), ("rate(1 hour)", 3_600),
        ("rate(12 hours)", 43_200), ("rate(1 day)", 86_400), ("rate(2147483647 days)", 2_147_483_647 * 86_400),
    ],
)  # fmt: skip
def test_a_rate_has_a_period(text: str, seconds: int) -> None:
    assert rule_expression(text) == Rate(seconds)


@pytest.mark.rule("EVB-59")
@pytest.mark.parametrize(
    ("cron", "same"),
    [
        ("33x 22 * * ? *", "33 22 * * ? *"),
        ("0 0 ? * TUESDAY *", "0 0 ? * TUE *"),
        ("0 0 1 JANUARY ? *", "0 0 1 JAN ? *"),
        ("0/5, 9-18, ?, *, MON-FRI, *", "0/5 9-18 ? * MON-FRI *"),
    ],
)
def test_tolerated_letters_and_commas_have_no_effect(cron: str, same: str) -> None:
    start = instant("2026-09-15T22:32")

    found, expected = (firings(Timetable(rule_expression(f"cron({text})"), start), start, 5) for text in (cron, same))

    assert found == expected


@pytest.mark.rule("EVB-59")
@pytest.mark.parametrize(
    ("cron", "advice"),
    [
        ("0 0 ? * MON/2 *", "Write '2/2'"),
        ("0 0 1 JAN/3 ? *", "Write '1/3'"),
        ("0 0 ? * MON-FRI/2 *", "Write '2-6/2'"),
        ("0 0 ? * MONDAY-FRIDAY *", "Write 'MON-FRI'"),
    ],
)
def test_a_step_after_a_name_is_refused_by_name(cron: str, advice: str) -> None:
    with pytest.raises(CronUnclear, match=advice):
        rule_expression(f"cron({cron})")


@pytest.mark.rule("EVB-55")
@pytest.mark.parametrize(
    "cron", ["*/60 * * * ? *", "* */24 * * ? *", "* * */32 * ? *", "* * 1 */13 ? *", "* * ? * */8 *", "5/x * * * ? *"]
)
def test_a_step_after_a_star_has_a_limit(cron: str) -> None:
    with pytest.raises(CronInvalid):
        Cron(cron)


@pytest.mark.rule("EVB-55")
@pytest.mark.parametrize("cron", ["*/59 * * * ? *", "* */23 * * ? *", "* * */31 * ? *", "* * 1 */12 ? *", "* * ? * */7 *"])
def test_a_step_up_to_the_limit_is_accepted(cron: str) -> None:
    assert Cron(cron).warning == ""


@pytest.mark.rule("EVB-54")
def test_a_wrapped_range_with_a_step_counts_over_the_wrap() -> None:
    start = instant("2026-09-15T12:00")

    found = firings(Timetable(rule_expression("cron(0 22-3/2 * * ? *)"), start), start, 4)

    assert found == ["2026-09-15T22:00", "2026-09-16T00:00", "2026-09-16T02:00", "2026-09-16T22:00"]


@pytest.mark.rule("EVB-56", "EVB-58")
@pytest.mark.parametrize(
    "cron",
    [
        "0 0 L,15 * ? *", "0 0 ? * L,2 *", "0 0 ? * 6L,2 *", "0 0 ? * 2,3#1 *", "0 0 ? * XXXL *", "0 0 L-31 * ? *",
        "5L 0 * * ? *", "5W 0 * * ? *",
    ],
)  # fmt: skip
def test_a_special_day_is_alone_in_its_field(cron: str) -> None:
    with pytest.raises(CronInvalid):
        Cron(cron)


@pytest.mark.rule("EVB-57")
def test_w_after_a_range_has_no_effect() -> None:
    start = instant("2026-09-30T12:00")
    cron = Cron("0 0 1-5W * ? *")

    found = firings(Timetable(cron, start), start, 5)

    assert found == [f"2026-10-0{day}T00:00" for day in (1, 2, 3, 4, 5)]
    assert cron.warning == "The W in '1-5W' has no effect after a range."


@pytest.mark.rule("EVB-5A")
@pytest.mark.parametrize("cron", ["0 0 30 2 ? *", "0 0 ? 2 MON#5 2026", "0 0 1 1 ? 0", "0 0 1 1 ? 2147483647"])
def test_the_search_for_a_firing_that_never_comes_ends(cron: str) -> None:
    assert (
        firings(Timetable(rule_expression(f"cron({cron})"), instant("2026-09-15T22:32")), instant("2026-09-15T22:32"), 1) == []
    )


@pytest.mark.rule("EVB-5D")
@pytest.mark.scenario("EVB E3")
def test_a_rate_fires_one_period_after_its_anchor() -> None:
    start = instant("2026-09-15T10:00:16")

    found = firings(Timetable(Rate(300), start), start, 2)

    assert found == ["2026-09-15T10:05:16", "2026-09-15T10:10:16"]


@pytest.mark.rule("EVB-5D")
@pytest.mark.parametrize(
    ("after", "first"), [("2026-09-15T11:59:59", "2026-09-15T12:00"), ("2026-09-15T12:00:00", "2026-09-16T12:00")]
)
def test_a_cron_fires_strictly_after_its_anchor(after: str, first: str) -> None:
    assert firings(Timetable(rule_expression("cron(0 12 * * ? *)"), instant(after)), instant(after), 1) == [first]


@pytest.mark.rule("SCH-08")
def test_a_rate_of_scheduler_fires_immediately_or_at_its_start() -> None:
    now, start = instant("2026-09-15T10:00:00"), instant("2026-09-15T10:30:00")

    at_once = Timetable(Rate(3_600), now, fires_at_once=True)
    later = Timetable(Rate(3_600), now, fires_at_once=True, start=start)

    assert firings(at_once, now, 2) == ["2026-09-15T10:00", "2026-09-15T11:00"]
    assert firings(later, now, 2) == ["2026-09-15T10:30", "2026-09-15T11:30"]


@pytest.mark.rule("SCH-09")
def test_firings_are_at_or_after_the_start_and_before_the_end() -> None:
    now = instant("2026-09-15T00:00")
    start, end = instant("2026-09-17T08:00"), instant("2026-09-19T08:00")

    cron = Timetable(rule_expression("cron(0 8 * * ? *)"), now, start=start, end=end)
    rate = Timetable(Rate(86_400), now, fires_at_once=True, start=start, end=end)

    assert firings(cron, now, 5) == ["2026-09-17T08:00", "2026-09-18T08:00"]
    assert firings(rate, now, 5) == ["2026-09-17T08:00", "2026-09-18T08:00"]


@pytest.mark.rule("SCH-09")
def test_firings_between_a_past_start_and_now_are_missed() -> None:
    now, start = instant("2026-09-15T00:04:30"), instant("2026-09-15T00:00")

    assert firings(Timetable(Rate(60), now, fires_at_once=True, start=start), now, 2) == [
        "2026-09-15T00:05", "2026-09-15T00:06",
    ]  # fmt: skip


@pytest.mark.rule("SCH-07")
@pytest.mark.scenario("EVB E20")
def test_a_cron_time_that_a_zone_skips_does_not_fire_that_day() -> None:
    now = instant("2027-03-13T00:00")

    found = firings(Timetable(rule_expression("cron(30 2 * * ? *)"), now, NEW_YORK), now, 2)

    assert found == ["2027-03-13T07:30", "2027-03-15T06:30"]


@pytest.mark.rule("SCH-07")
@pytest.mark.scenario("EVB E19")
def test_a_time_that_exists_twice_fires_once_at_the_first() -> None:
    now = instant("2026-10-31T12:00")
    at = schedule_expression("at(2026-11-01T01:30:00)")

    cron = firings(Timetable(rule_expression("cron(30 1 * * ? *)"), now, NEW_YORK), now, 2)

    assert firings(Timetable(at, now, NEW_YORK), now, 2) == ["2026-11-01T05:30"]
    assert cron == ["2026-11-01T05:30", "2026-11-02T06:30"]


@pytest.mark.rule("SCH-07")
def test_the_second_of_two_equal_hours_does_not_fire_again() -> None:
    in_the_second_hour = instant("2026-11-01T06:15")

    found = firings(Timetable(rule_expression("cron(30 1 * * ? *)"), in_the_second_hour, NEW_YORK), in_the_second_hour, 1)

    assert found == ["2026-11-02T06:30"]


@pytest.mark.rule("SCH-07")
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia"])
def test_each_day_of_two_years_fires_once_in_a_zone(zone: str) -> None:
    now = instant("2026-01-01T00:00")
    table = Timetable(rule_expression("cron(0 12 * * ? *)"), now, ZoneInfo(zone))

    following = table.first(now)
    found: list[datetime] = []
    while following is not None and following < now + timedelta(days=730):
        found.append(following)
        following = table.following(following)

    local = [one.astimezone(ZoneInfo(zone)) for one in found]
    assert {(one.hour, one.minute) for one in local} == {(12, 0)}
    assert {later.date() - earlier.date() for earlier, later in pairwise(local)} == {timedelta(days=1)}


@pytest.mark.rule("SCH-07", "EVB-5C")
def test_a_rate_counts_elapsed_time_when_the_clock_changes() -> None:
    now = instant("2026-10-31T12:00")

    found = firings(Timetable(Rate(86_400), now, NEW_YORK), now, 2)

    assert found == ["2026-11-01T12:00", "2026-11-02T12:00"]


@pytest.mark.rule("SCH-06")
def test_at_inside_a_gap_never_fires() -> None:
    now = instant("2027-03-01T00:00")

    assert firings(Timetable(schedule_expression("at(2027-03-14T02:30:00)"), now, NEW_YORK), now, 1) == []


@pytest.mark.rule("SCH-04", "SCH-05")
def test_scheduler_has_at_and_does_not_check_the_plural() -> None:
    assert schedule_expression("rate(1 minutes)") == Rate(60)
    assert schedule_expression("rate(2 hour)") == Rate(7_200)
    assert schedule_expression("at(2026-09-26T19:14:33)") == At(datetime(2026, 9, 26, 19, 14, 33))
    assert isinstance(schedule_expression("cron(0 12 * * ? *)"), Cron)


@pytest.mark.rule("SCH-04")
@pytest.mark.parametrize(
    "text",
    [
        "cron(* * * * * *)", "rate(0 minutes)", "at(2026-13-01T00:00:00)", "at(2026-09-26)", "at(2026-09-26T19:14)",
        "at(2026-09-26T19:14:33Z)", "at(2026-02-29T00:00:00)", "every minute",
    ],
)  # fmt: skip
def test_an_expression_of_scheduler_is_refused(text: str) -> None:
    with pytest.raises(ExpressionInvalid):
        schedule_expression(text)


def test_a_schedule_at_the_end_of_the_calendar_ends() -> None:
    now = datetime(9999, 12, 31, 23, 0, tzinfo=timezone.utc)

    assert firings(Timetable(rule_expression("cron(30 23 * * ? *)"), now), now, 3) == []
    assert firings(Timetable(Rate(86_400), now), now, 3) == []
