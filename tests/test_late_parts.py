"""Services of moto are loaded, and repaired, when a test first uses them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from forked import Forks, forks_of_one_process

NOTHING = """
import json, re, sys
from pytest_lambda_events import LambdaEvents

with LambdaEvents(): pass
print(json.dumps(sorted({name.split(".")[1] for name in sys.modules if re.fullmatch(r"moto\\.(?!core)\\w+\\.models", name)})))
"""

A_MESSAGE = """
import json, re, sys
import greenlet, pytest, time_machine
from moto import mock_aws

with mock_aws(): pass
compiler, compiled = getattr(re, "_compiler", None) or re.sre_compile, 0
compile_pattern = compiler.compile

def counting(*arguments):
    global compiled
    compiled += 1
    return compile_pattern(*arguments)

compiler.compile = counting
from pytest_lambda_events import LambdaEvents

def own():
    return sum(name.startswith("pytest_lambda_events") for name in sys.modules)

with LambdaEvents() as environment:
    opened, patterns = own(), compiled
    late = [f"pytest_lambda_events.{name}" in sys.modules for name in ("aws.refusals.checks", "simulation.cooperation")]
    sqs = environment.client("sqs")
    sqs.send_message(QueueUrl=sqs.create_queue(QueueName="orders")["QueueUrl"], MessageBody="a")
others = ("moto.s3.models", "freezegun", "pytest_lambda_events.wiring")
print(json.dumps([opened, own(), patterns, late, *(name in sys.modules for name in others)]))
"""

FROZEN = """
import json, time
from pytest_lambda_events import LambdaEvents, LambdaEventsError

def refusal(environment):
    try:
        environment.advance(1)
    except LambdaEventsError as error:
        return str(error)

with LambdaEvents() as environment:
    from freezegun import freeze_time

    freezer = freeze_time("2020-01-01")
    freezer.start()
    refused = refusal(environment)
    freezer.stop()
    accepted = refusal(environment)
with freeze_time("2020-01-01"):
    frozen = time.time()
print(json.dumps([refused.partition(" is active")[0], accepted, frozen, time.time() > 1_700_000_000]))
"""

IMPORTED = """
import importlib, json, sys
from pytest_lambda_events import LambdaEvents

first, owner, attribute = sys.argv[1:]

def repaired():
    module, name = owner.rsplit(".", 1)
    found = vars(getattr(sys.modules[module], name)).get(attribute)
    return getattr(found, "__module__", "").startswith("pytest_lambda_events")

with LambdaEvents():
    importlib.import_module(first)
    inside = repaired()
outside = repaired()
with LambdaEvents():
    again = repaired()
print(json.dumps([inside, outside, again]))
"""

TWICE = """
import json
from pytest_lambda_events import LambdaEvents

def succeed(event, context):
    print("ran")

def story():
    with LambdaEvents(seed=7) as environment:
        function = environment.function(succeed)
        queue, stream = environment.queue("orders"), environment.stream("clicks")
        table = environment.table("items", partition_key="id", stream_view_type="NEW_IMAGE")
        function.add_event_source(queue)
        function.add_event_source(stream, starting_position="TRIM_HORIZON")
        function.add_event_source(table, starting_position="TRIM_HORIZON")
        # Only messages that SNS wraps have a signature, whose key is another one in each environment.
        topic, raw = environment.topic("news"), {"RawMessageDelivery": "true"}
        environment.client("sns").subscribe(TopicArn=topic.arn, Protocol="sqs", Endpoint=queue.arn, Attributes=raw)
        environment.client("sns").publish(TopicArn=topic.arn, Message="hello")
        queue.send("a")
        stream.put("b", partition_key="k")
        table.put_item({"id": "c"})
        environment.run_until_idle()
        logs = environment.client("logs")
        [group] = logs.describe_log_groups()["logGroups"]
        events = logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
        return [str(entry) for entry in environment.journal], [event["eventId"] for event in events]

first, second = story(), story()
print(json.dumps([len(first[0]) > 10, len(first[1]) > 10, first == second]))
"""

UNLOADED = """
import json, sys
from pytest_lambda_events import LambdaEvents

def succeed(event, context): ...

def attempts():
    with LambdaEvents() as environment:
        function = environment.function(succeed)
        queue, stream = environment.queue("orders"), environment.stream("clicks")
        table = environment.table("items", partition_key="id", stream_view_type="NEW_IMAGE")
        function.add_event_source(queue)
        function.add_event_source(stream, starting_position="TRIM_HORIZON")
        function.add_event_source(table, starting_position="TRIM_HORIZON")
        queue.send("a")
        stream.put("b", partition_key="k")
        table.put_item({"id": "c"})
        environment.run_until_idle()
        return len(function.attempts)

with LambdaEvents(): pass
loaded = set(sys.modules)
first = attempts()
for name in set(sys.modules) - loaded:
    del sys.modules[name]
print(json.dumps([first, attempts()]))
"""


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with forks_of_one_process() as forks:
        yield forks


def test_an_environment_loads_no_service_of_moto(forks: Forks) -> None:
    assert forks.printed(NOTHING) == []


def test_an_environment_and_a_message_load_less_than_half_of_the_package(forks: Forks) -> None:
    opened, used, patterns, late, *others = forks.printed(A_MESSAGE)

    assert (opened < 134, used < 166) == (True, True)
    # To compile a pattern takes as long as loading two modules.
    assert patterns < 6
    assert late == [False, False]
    assert others == [False, False, False]


def test_freezegun_that_is_imported_in_an_environment_is_refused_there(forks: Forks) -> None:
    assert forks.printed(FROZEN) == ['freeze_time("2020-01-01")', None, 1_577_836_800.0, True]


@pytest.mark.parametrize(
    ("first", "owner", "attribute"),
    [
        ("moto.sqs", "moto.sqs.models.SQSBackend", "receive_message"),
        ("moto.sqs.models", "moto.sqs.responses.SQSResponse", "receive_message"),
        ("moto.sqs.responses", "moto.sqs.models.SQSBackend", "send_message"),
        ("moto.sns.models", "moto.sqs.models.SQSBackend", "receive_message"),
        ("moto.sns.responses", "moto.sns.models.Topic", "publish"),
        ("moto.kinesis.urls", "moto.kinesis.models.Stream", "put_record"),
        ("moto.kinesis.responses", "moto.kinesis.models.KinesisBackend", "get_records"),
        ("moto.dynamodb.models.table", "moto.dynamodb.models.table.Table", "put_item"),
        ("moto.dynamodb.parsing.executors", "moto.dynamodb.models.table.Table", "put_item"),
        ("moto.dynamodbstreams.models", "moto.dynamodbstreams.responses.DynamoDBStreamsHandler", "get_records"),
        ("moto.awslambda.models", "moto.dynamodb.models.table.Table", "put_item"),
        ("moto.events.responses", "moto.events.models.EventsBackend", "put_events"),
        ("moto.s3.responses", "moto.s3.models.FakeBucket", "set_notification_configuration"),
        ("moto.logs.urls", "moto.logs.models.LogsBackend", "put_subscription_filter"),
        ("moto.iam.responses", "moto.iam.models.IAMBackend", "attach_role_policy"),
        ("moto.apigateway.responses", "moto.apigateway.models.RestAPI", "create_deployment"),
        ("moto.apigatewayv2.urls", "moto.apigatewayv2.models.ApiGatewayV2Backend", "create_route"),
        ("moto.apigatewayv2.models", "moto.apigateway.models.APIGatewayBackend", "put_rest_api"),
    ],
)
def test_a_service_is_repaired_whichever_module_is_imported_first(
    forks: Forks, first: str, owner: str, attribute: str
) -> None:
    assert forks.printed(IMPORTED, first, owner, attribute) == [True, False, True]


def test_other_services_get_functions_of_the_environment_from_lambda(forks: Forks) -> None:
    program = """
import json
from pytest_lambda_events import LambdaEvents

def succeed(event, context): ...

with LambdaEvents() as environment:
    from moto.awslambda.utils import get_backend

    function = environment.function(succeed)
    backend = get_backend("123456789012", "us-east-1")
    print(json.dumps([type(backend).__module__, backend.get_function(function.name).function_arn == function.arn]))
"""

    assert forks.printed(program) == ["pytest_lambda_events.aws.lambda_service.backend", True]


WITHOUT_VALIDATOR = """
import importlib, json, sys
from pytest_lambda_events import LambdaEvents

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "openapi_spec_validator":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())

def answer(event, context):
    return {"statusCode": 200, "body": "ok"}

with LambdaEvents() as environment:
    function = environment.function(answer)
    apis = [environment.rest_api("old", {"GET /": function}), environment.http_api("new", {"GET /": function})]
    texts = [api.request("GET", "/").text for api in apis]
loaded = [name for name in sys.modules if name.startswith("openapi_spec_validator")]
print(json.dumps([texts, loaded]))
"""


def test_apis_need_no_optional_package_of_moto(forks: Forks) -> None:
    assert forks.printed(WITHOUT_VALIDATOR) == [["ok", "ok"], []]


def test_the_first_environment_has_the_journal_and_the_ids_of_the_second(forks: Forks) -> None:
    assert forks.printed(TWICE) == [True, True, True]


def test_services_that_are_loaded_again_work_in_a_later_environment(forks: Forks) -> None:
    assert forks.printed(UNLOADED) == [3, 3]
