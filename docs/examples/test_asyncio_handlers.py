from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents


async def ask(bank: str, seconds: float) -> str:
    await asyncio.sleep(seconds)
    return bank


async def ask_all() -> list[str]:
    return await asyncio.gather(ask("first", 3), ask("second", 5))


def handler(event: Any, context: Any) -> list[str]:
    return asyncio.run(ask_all())


def test_asyncio_sleep_takes_virtual_time(lambda_events: LambdaEvents) -> None:
    event = lambda_events.function(handler, timeout=10).invoke_async()
    lambda_events.run_until_idle()

    assert event.attempts[0].response == ["first", "second"]
    assert event.ended_after_seconds == 5


@pytest.mark.asyncio
async def test_async_test_uses_the_virtual_clock(lambda_events: LambdaEvents) -> None:
    event = lambda_events.function(handler, timeout=10).invoke_async()

    await asyncio.sleep(5)

    assert event.condition == "Success"
