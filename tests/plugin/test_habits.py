"""Projects as users have them: an empty folder with code in `src`, and tests in the manners that they are used to."""

from __future__ import annotations

import pytest

CODE = {
    "src/billing/app": """
        import os
        import boto3

        TABLE = os.environ["TABLE"]
        dynamodb = boto3.client("dynamodb")

        def charge(amount):
            return f"charged {amount}"

        def handler(event, context):
            receipt = charge(event["amount"])
            dynamodb.put_item(TableName=TABLE, Item={"order": {"S": event["order"]}, "receipt": {"S": receipt}})
            return receipt
    """,
    "src/shipping/app": """
        parcels = []

        def handler(event, context):
            parcels.append(event)
            return len(parcels)
    """,
    "src/shop_h/__init__": "",
    "src/shop_h/orders": """
        import os
        import boto3

        sqs = boto3.client("sqs")

        def handler(event, context):
            sqs.send_message(QueueUrl=os.environ["QUEUE"], MessageBody=event["order"])
    """,
}
MAKE = """
import pytest
from pytest_lambda_events import LambdaEvents

def billing(lambda_events, **settings):
    if "invoices" not in lambda_events.tables:
        lambda_events.table("invoices", partition_key="order")
    given = {"environment": {"TABLE": "invoices"}, **settings}
    return lambda_events.function("app.handler", code_uri="src/billing", **given)

EVENT = {"order": "A-1", "amount": 12}
"""
HABITS = {
    "unittest": """
import unittest

class TestBilling(unittest.TestCase):
    def setUp(self):
        self.lambda_events = LambdaEvents()
        self.lambda_events.__enter__()
        self.addCleanup(self.lambda_events.__exit__, None, None, None)
        self.function = billing(self.lambda_events)

    def test_a_charge(self):
        self.assertEqual(self.function.invoke(EVENT).payload, "charged 12")

    def test_another(self):
        self.assertEqual([item["order"] for item in self.lambda_events.tables["invoices"].items], [])
""",
    "fixtures_of_a_module": """
@pytest.fixture(scope="module")
def function(lambda_events_module):
    return billing(lambda_events_module)

@pytest.mark.parametrize("amount", [1, 2])
def test_a_charge(function, amount):
    assert function.invoke({**EVENT, "amount": amount}).payload == f"charged {amount}"
""",
    "autouse_environment": """
@pytest.fixture(autouse=True)
def env(monkeypatch):
    monkeypatch.setenv("TABLE", "invoices")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")

def test_the_variable_reaches_a_handler_that_inherits_it(lambda_events):
    function = billing(lambda_events, environment={}, inherit_environment=["TABLE"])
    assert function.invoke(EVENT).payload == "charged 12"
    assert ":eu-west-1:" in function.arn

def test_a_handler_without_it_says_so(lambda_events):
    assert billing(lambda_events, environment={}).invoke(EVENT).payload["errorType"] == "KeyError"
""",
    "mock_aws": """
import boto3
from moto import mock_aws

@mock_aws
def test_a_decorated_test(lambda_events):
    assert billing(lambda_events).invoke(EVENT).payload == "charged 12"

@pytest.fixture
def table():
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(TableName="invoices", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "order", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "order", "AttributeType": "S"}])
        yield client

def test_a_table_of_a_fixture(table, lambda_events):
    assert billing(lambda_events).invoke(EVENT).payload == "charged 12"
    assert table.get_item(TableName="invoices", Key={"order": {"S": "A-1"}})["Item"]["receipt"] == {"S": "charged 12"}
""",
    "src_layout": """
from shop_h import orders

@pytest.mark.parametrize("how", [{}, {"isolated": True}, {"code_uri": "src"}], ids=["shared", "isolated", "folder"])
def test_a_handler_of_a_package(lambda_events, how):
    queue = lambda_events.queue("orders")
    function = lambda_events.function("shop_h.orders.handler", name="orders", environment={"QUEUE": queue.url}, **how)
    function.invoke(EVENT)
    assert [message.body for message in queue.messages] == ["A-1"]
    assert (function.module("shop_h.orders") is orders) == (not how)
""",
    "clients_at_import": """
from shop_h.orders import handler

def test_a_client_that_was_made_while_tests_were_collected(lambda_events):
    queue = lambda_events.queue("orders")
    lambda_events.function(handler, environment={"QUEUE": queue.url}).invoke(EVENT)
    assert [message.body for message in queue.messages] == ["A-1"]
""",
    "pytest_mock": """
def test_a_patched_function(lambda_events, mocker):
    function = billing(lambda_events)
    charge = mocker.patch.object(function.module("app"), "charge", return_value="mocked")
    assert function.invoke(EVENT).payload == "mocked"
    charge.assert_called_once_with(12)

def test_a_spy(lambda_events, mocker):
    function = billing(lambda_events)
    spy = mocker.spy(function.module("app"), "charge")
    assert function.invoke(EVENT).payload == "charged 12"
    assert spy.spy_return == "charged 12"

def test_a_patch_by_name_says_how(lambda_events, mocker):
    billing(lambda_events)
    with pytest.raises(ModuleNotFoundError, match=r'function\\.module\\("app"\\)'):
        mocker.patch("app.charge")
""",
    "parametrize": """
@pytest.mark.parametrize("folder", ["billing", "shipping"])
@pytest.mark.parametrize("amount", [1, 2])
def test_each_folder(lambda_events, folder, amount):
    lambda_events.table("invoices", partition_key="order")
    function = lambda_events.function("app.handler", code_uri=f"src/{folder}", environment={"TABLE": "invoices"})
    assert function.invoke({**EVENT, "amount": amount}).payload == (1 if folder == "shipping" else f"charged {amount}")
""",
}


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project whose developer has configured no region."""
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    pytester.makepyfile(**CODE)
    pytester.makeini("[pytest]\npythonpath = src\n")
    return pytester


@pytest.mark.parametrize("habit", HABITS)
def test_a_habit_works(project: pytest.Pytester, habit: str) -> None:
    project.makepyfile(**{f"test_{habit}": MAKE + HABITS[habit]})

    result = project.runpytest("-p", "no:cacheprovider", "-p", "pytest_mock")

    outcomes = result.parseoutcomes()
    assert (set(outcomes), outcomes.get("passed", 0) > 0) == ({"passed"}, True), result.stdout.str()


def test_all_habits_work_together_on_two_workers(project: pytest.Pytester) -> None:
    project.makepyfile(**{f"test_{habit}": MAKE + source for habit, source in HABITS.items()})

    result = project.runpytest_subprocess("-p", "no:cacheprovider", "-p", "xdist", "-p", "pytest_mock", "-n2")

    assert set(result.parseoutcomes()) == {"passed"}, result.stdout.str()


def test_the_report_of_a_failing_test_names_the_users_file_and_line(project: pytest.Pytester) -> None:
    project.makepyfile(
        MAKE
        + "def test_a_charge(lambda_events):\n"
        + "    assert billing(lambda_events).invoke({'order': 'A-1'}).payload == 'charged 12'\n"
    )

    result = project.runpytest("-p", "no:cacheprovider")

    result.stdout.fnmatch_lines(
        ["*KeyError: 'amount'*", '*at src/billing/app.py:11 in handler: receipt = charge(event*"amount"*']
    )
