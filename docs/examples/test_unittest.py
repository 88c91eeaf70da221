from __future__ import annotations

import unittest
from typing import Any

from pytest_lambda_events import LambdaEvents


def charge(event: Any, context: Any) -> str:
    return f"charged {event['amount']}"


class TestCharges(unittest.TestCase):
    def setUp(self) -> None:
        self.lambda_events = LambdaEvents(seed=7)
        self.lambda_events.__enter__()
        self.addCleanup(self.lambda_events.__exit__, None, None, None)

    def test_a_charge(self) -> None:
        function = self.lambda_events.function(charge)

        self.assertEqual(function.invoke({"amount": 12}).payload, "charged 12")


class TestChargesWithSetUpClass(unittest.TestCase):
    lambda_events: LambdaEvents

    @classmethod
    def setUpClass(cls) -> None:
        cls.lambda_events = LambdaEvents()
        cls.lambda_events.__enter__()
        cls.addClassCleanup(cls.lambda_events.__exit__, None, None, None)
        cls.lambda_events.function(charge)

    def test_morning(self) -> None:
        self.lambda_events.functions["charge"].invoke_async({"amount": 12})
        self.lambda_events.run_until_idle()

        self.assertIn("charged 12", [attempt.response for attempt in self.lambda_events.functions["charge"].attempts])

    def test_evening(self) -> None:
        self.lambda_events.advance(8 * 60 * 60)

        self.assertGreaterEqual(self.lambda_events.elapsed, 8 * 60 * 60)
