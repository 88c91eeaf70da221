from __future__ import annotations

from itertools import accumulate

import pytest

from pytest_lambda_events.service.retry import (
    EVENT_AGE_EXCEEDED,
    RETRIES_EXHAUSTED,
    ZERO_RESERVED_CONCURRENCY,
    Decision,
    Discard,
    Retry,
    Settings,
    after_function_error,
    after_throttle,
    before_attempt,
    retry_delay,
    throttle_delay,
)

DEFAULTS = Settings(2, 21_600, is_concurrency_zero=False)
TOO_OLD = Discard(EVENT_AGE_EXCEEDED)
EXHAUSTED = Discard(RETRIES_EXHAUSTED)
ZERO = Discard(ZERO_RESERVED_CONCURRENCY)


def aged(age: int, retries: int = 2) -> Settings:
    return Settings(retries, age, is_concurrency_zero=False)


def zero(retries: int = 2, age: int = 21_600) -> Settings:
    return Settings(retries, age, is_concurrency_zero=True)


@pytest.mark.rule("ASY-41")
@pytest.mark.parametrize(("attempts", "seconds"), [(1, 60), (2, 120)])
def test_the_first_retry_waits_a_minute_and_the_second_two(attempts: int, seconds: int) -> None:
    delay = retry_delay(attempts)

    assert delay == seconds


@pytest.mark.rule("ASY-60")
@pytest.mark.parametrize(("throttles", "seconds"), [(1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (11, 300), (5_000, 300)])
def test_the_back_off_doubles_from_a_second_up_to_five_minutes(throttles: int, seconds: int) -> None:
    delay = throttle_delay(throttles)

    assert delay == seconds


@pytest.mark.rule("ASY-61")
def test_a_throttled_event_is_tried_at_the_instants_of_the_series() -> None:
    instants = list(accumulate((throttle_delay(throttles) for throttles in range(1, 12)), initial=0))

    assert instants == [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1111]


@pytest.mark.rule("ASY-71")
@pytest.mark.parametrize(
    ("age", "decision"),
    [(0, None), (59.999999, None), (60, TOO_OLD), (60.000001, TOO_OLD)],
    ids=["at once", "just before", "at", "just after"],
)
def test_an_event_that_has_reached_its_age_is_not_tried(age: float, decision: Discard | None) -> None:
    assert before_attempt(aged(60), age) == decision


@pytest.mark.rule("ASY-74", "CON-36")
@pytest.mark.parametrize("age", [0, 59.999999, 60, 21_600])
def test_zero_concurrency_stops_an_event_of_any_age(age: float) -> None:
    assert before_attempt(zero(age=60), age) == ZERO


@pytest.mark.rule("ASY-41", "ASY-72")
@pytest.mark.parametrize(
    ("retries", "attempts", "decision"),
    [
        (0, 1, EXHAUSTED),
        (1, 1, Retry(60)),
        (1, 2, EXHAUSTED),
        (2, 1, Retry(60)),
        (2, 2, Retry(120)),
        (2, 3, EXHAUSTED),
        # Lowered while the event was on its way.
        (0, 2, EXHAUSTED),
    ],
)
def test_attempts_end_when_they_exceed_the_retries(retries: int, attempts: int, decision: Decision) -> None:
    assert after_function_error(aged(21_600, retries), 0, attempts) == decision


@pytest.mark.rule("ASY-70")
@pytest.mark.parametrize(
    ("limit", "age", "attempts", "decision"),
    [
        (60, 0, 1, TOO_OLD),
        (61, 0, 1, Retry(60)),
        (61, 0.999999, 1, Retry(60)),
        (61, 1, 1, TOO_OLD),
        (61, 1.000001, 1, TOO_OLD),
        (180, 59.999999, 2, Retry(120)),
        (180, 60, 2, TOO_OLD),
        (181, 60, 2, Retry(120)),
        (21_600, 21_479.999999, 2, Retry(120)),
        (21_600, 21_480, 2, TOO_OLD),
    ],
)
def test_a_retry_that_would_start_at_the_age_limit_is_not_waited_for(
    limit: int, age: float, attempts: int, decision: Decision
) -> None:
    assert after_function_error(aged(limit), age, attempts) == decision


@pytest.mark.rule("ASY-72")
@pytest.mark.parametrize(
    ("settings", "attempts", "decision"),
    [
        (zero(retries=0, age=60), 1, ZERO),
        (zero(retries=2, age=60), 1, ZERO),
        (zero(), 1, ZERO),
        (aged(60, retries=0), 1, EXHAUSTED),
        (aged(60, retries=1), 1, TOO_OLD),
    ],
    ids=["zero before retries", "zero before age", "zero before a retry", "retries before age", "age before a retry"],
)
def test_after_a_function_error_zero_comes_before_retries_and_retries_before_age(
    settings: Settings, attempts: int, decision: Decision
) -> None:
    assert after_function_error(settings, 0, attempts) == decision


@pytest.mark.rule("ASY-70", "ASY-73")
@pytest.mark.parametrize(
    ("age", "throttles", "decision"),
    [
        (15, 5, Retry(16)),
        (31, 6, TOO_OLD),
        (27.999999, 6, Retry(32)),
        (28, 6, TOO_OLD),
        (28.000001, 6, TOO_OLD),
    ],
)
def test_a_throttled_event_is_not_waited_for_beyond_its_age(age: float, throttles: int, decision: Decision) -> None:
    assert after_throttle(aged(60), age, throttles) == decision


@pytest.mark.rule("ASY-60", "ASY-73")
@pytest.mark.parametrize("retries", [0, 1, 2])
def test_throttles_use_up_no_retries(retries: int) -> None:
    assert after_throttle(aged(21_600, retries), 0, 70) == Retry(300)


@pytest.mark.rule("ASY-73")
@pytest.mark.parametrize("age", [60, 21_600])
def test_after_a_throttle_zero_comes_before_age(age: int) -> None:
    assert after_throttle(zero(age=age), 59, 1) == ZERO


@pytest.mark.rule("ASY-70")
@pytest.mark.parametrize(("age", "decision"), [(21_299.999999, Retry(300)), (21_300, TOO_OLD)])
def test_the_default_age_is_six_hours(age: float, decision: Decision) -> None:
    assert after_throttle(DEFAULTS, age, 79) == decision
