"""Each wrong call is answered with one message that shows the value and the remedy, and it changes nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents, LambdaEventsError, matches_dead_letter, matches_record, normalize

HUGE = 10**5000
"""Python cannot write it as text: it has more than 4,300 digits."""
NOT_CALLABLE = 5
SURROGATE = "\ud800"
CIRCULAR: list[Any] = []
CIRCULAR.append(CIRCULAR)
NAIVE = datetime(2026, 1, 2)
KINDS = ("functions", "queues", "topics", "streams", "tables", "event_buses", "buckets", "event_source_mappings", "log_groups")


class Odd:
    """A value whose `repr` fails."""

    def __repr__(self) -> str:
        raise RuntimeError("no text")


def handler(event: Any, context: Any) -> str:
    return "done"


def never(event: Any) -> bool:
    return False


class Shop:
    """An environment with one resource of each kind."""

    def __init__(self, env: LambdaEvents) -> None:
        self.env = env
        self.fn = env.function(handler, name="charge")
        self.live = self.fn.create_alias("live", function_version=self.fn.publish_version().version)
        self.orders = env.queue("orders")
        self.fifo = env.queue("orders.fifo")
        self.topic = env.topic("alerts")
        self.clicks = env.stream("clicks")
        self.table = env.table("stock", partition_key="id", stream_view_type="NEW_IMAGE")
        self.bus = env.event_bus("shop")
        self.log_group = env.log_group("shop")
        self.bucket = env.bucket("archive")
        self.mapping = self.fn.add_event_source(env.queue("mapped"))
        env.advance(10)
        self.seen = self.snapshot()
        """What held after the last call."""

    def snapshot(self) -> dict[str, object]:
        """All that a wrong call could change."""
        env, iam, sns = self.env, self.env.client("iam"), self.env.client("sns")
        named: dict[str, object] = {kind: list(getattr(env, kind)) for kind in KINDS}
        functions, events = env.client("lambda"), env.client("events")
        return {
            **named,
            "clock": env.now,
            "journal": len(env.journal),
            "pending": env.pending,
            "messages": [queue.messages for queue in env.queues.values()],
            "attributes": env.client("sqs").get_queue_attributes(QueueUrl=self.orders.url, AttributeNames=["All"])[
                "Attributes"
            ],
            "records": self.clicks.records,
            "shards": self.clicks.shards,
            "items": self.table.items,
            "published": self.topic.messages,
            "subscriptions": sns.list_subscriptions()["Subscriptions"],
            "events": self.bus.events,
            "log events": self.log_group.messages,
            "log streams": env.client("logs").describe_log_streams(logGroupName="shop")["logStreams"],
            "filters": env.client("logs").describe_subscription_filters(logGroupName="shop")["subscriptionFilters"],
            "rules": events.list_rules(EventBusName="shop")["Rules"],
            "keys": self.bucket.keys,
            "notifications": _body(env.client("s3").get_bucket_notification_configuration(Bucket="archive")),
            "roles": [role["RoleName"] for role in iam.list_roles()["Roles"]],
            "configuration": _body(functions.get_function(FunctionName="charge")),
            "aliases": functions.list_aliases(FunctionName="charge")["Aliases"],
            "event_invoke_configs": functions.list_function_event_invoke_configs(FunctionName="charge")[
                "FunctionEventInvokeConfigs"
            ],
            "mapping": _body(functions.get_event_source_mapping(UUID=self.mapping.uuid)),
        }


def _body(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """The resources for all rows: none of them changes anything."""
    with LambdaEvents() as env:
        yield Shop(env)


@dataclass(frozen=True)
class Wrong:
    """A call, what it must raise, and parts of the message."""

    call: Callable[[Any], object]
    parts: tuple[str, ...]
    error: type[Exception]


ROWS: dict[str, Wrong] = {}


def wrong(name: str, call: Callable[[Any], object], *parts: str, error: type[Exception] = LambdaEventsError) -> None:
    assert name not in ROWS, name
    ROWS[name] = Wrong(call, parts, error)


def refused(name: str, call: Callable[[Any], object], *parts: str) -> None:
    """A call that AWS refuses."""
    wrong(name, call, *parts, error=ClientError)


# ---------------------------------------------------------------------- options

EXAMPLE = {"region_name": "such as 'us-east-1'", "account_id": "such as '123456789012'", "seed": "for example 0"}
NO_REGION = "is not an AWS region"
NO_ACCOUNT = "is not an AWS account. Pass text of 12 digits"
ABOVE_ZERO = "more than 0. Pass such a number"
FROM_ZERO = "0 or more. Pass such a number"


def option(value: object, text: str, *parts: str, **options: Any) -> None:
    [name] = options
    wrong(f"option {name}={text}", lambda shop: LambdaEvents(**options), f"{name}={value}", *parts)


option("12", "a number of 12 digits", NO_ACCOUNT, account_id=12)
option("123456789012", "an int", NO_ACCOUNT, account_id=123456789012)
option("'１２３４５６７８９０１２'", "full-width digits", NO_ACCOUNT, account_id="１２３４５６７８９０１２")
option("'1234-5678-9012'", "with hyphens", NO_ACCOUNT, account_id="1234-5678-9012")
option("'123456789012\\n'", "with a newline", NO_ACCOUNT, account_id="123456789012\n")
option("''", "empty", NO_REGION, "such as 'us-east-1'", region_name="")
option("None", "None", NO_REGION, region_name=None)
option("'US-EAST-1'", "upper case", NO_REGION, region_name="US-EAST-1")
option("'us-east-1a'", "an availability zone", NO_REGION, region_name="us-east-1a")
option("'x'", "text", "is not a whole number. Pass such a number, for example 0", seed="x")
option("True", "True", "is not a whole number", seed=True)
option("1.5", "a fraction", "is not a whole number", seed=1.5)
option("None", "None", "is not a whole number", seed=None)
option(
    "'false'", "text", "is not True or False. Pass True or False, such as enforce_permissions=", enforce_permissions="false"
)
option("0", "a number", "is not True or False", assert_all_faults_met=0)
option("None", "None", "is not True or False", sqs_extends_visibility_timeout=None)
option("'yesterday'", "text", "is not an instant. Pass ISO 8601 text", start_time="yesterday")
option("0", "a number", "is not an instant", start_time=0)
option("datetime.datetime(2026, 1, 2, 0, 0)", "naive", "has no offset. Pass ISO 8601 text", start_time=NAIVE)
option("'1969-12-31T23:59:59Z'", "too early", "is not between 1970 and 9000", start_time="1969-12-31T23:59:59Z")
option("'9999-12-31T23:59:59Z'", "too late", "is not between 1970 and 9000", start_time="9999-12-31T23:59:59Z")
option("nan", "NaN", "is not a finite number", ABOVE_ZERO, idle_limit_seconds=math.nan)
option("inf", "infinity", "is not a finite number", ABOVE_ZERO, idle_limit_seconds=math.inf)
option("'x'", "text", "is not a finite number", ABOVE_ZERO, idle_limit_seconds="x")
option("<an int of 16,610 bits>", "a huge number", "is not a whole number", ABOVE_ZERO, concurrent_executions=HUGE)
option("1.5", "a fraction", "is not a whole number", ABOVE_ZERO, concurrent_executions=1.5)
option("0", "zero", "is not a whole number", ABOVE_ZERO, idle_limit_events=0)
option("-1", "negative", "is not a finite number", FROM_ZERO, state_change_seconds=-1)
option("nan", "NaN", "is not a finite number", FROM_ZERO, stream_retry_delay_seconds=math.nan)
option("5", "a number", "is not text. Pass the name of a folder", code_uri=5)
option("'STAGE'", "text", "is not a list of variable names. Pass names and patterns", inherit_environment="STAGE")
option("'http://localhost:8000'", "text", "is not a list. Pass a list of URLs", allow_endpoints="http://localhost:8000")
option("'random'", "unknown", "does not exist. Pass 'documented' or 'seeded'", choices="random")
option("['seeded']", "a list", "does not exist. Pass 'documented' or 'seeded'", choices=["seeded"])
wrong("unknown option", lambda shop: LambdaEvents(sead=1), "has no option 'sead'. Did you mean 'seed'? Options: region_name")  # type: ignore[call-arg]

# ---------------------------------------------------------------------- time

NO_TIME = "the time is not a finite number of seconds, 0 or more. Pass such a number, or a timedelta"
NO_INSTANT = "is not an instant. Pass seconds or a timedelta since the start, or an aware datetime"
AFTER = "is after the year 9999, the last year of Python's dates. The clock started at 2026-01-01T00:00:00+00:00. Pass at most"

for _value, _text in {
    "-1": -1, "-0.001": -0.001, "nan": math.nan, "inf": math.inf, "'1'": "1", "True": True, "None": None, "[1]": [1],
    "datetime.timedelta(days=-1)": timedelta(days=-1), "<an int of 16,610 bits>": HUGE,
}.items():  # fmt: skip
    wrong(f"advance({_value})", lambda shop, time=_text: shop.env.advance(time), f"advance({_value}): {NO_TIME}")
wrong("advance(10**15)", lambda shop: shop.env.advance(10**15), f"advance(1000000000000000) {AFTER}")
wrong("advance(1e300)", lambda shop: shop.env.advance(1e300), f"advance(1e+300) {AFTER}")
wrong("advance(timedelta.max)", lambda shop: shop.env.advance(timedelta.max), AFTER)
wrong("run(until='60')", lambda shop: shop.env.run(until="60"), f"until='60' {NO_INSTANT}")
wrong("run(until=nan)", lambda shop: shop.env.run(until=math.nan), f"until=nan {NO_INSTANT}")
wrong("run(until=True)", lambda shop: shop.env.run(until=True), f"until=True {NO_INSTANT}")
wrong("run(until=None)", lambda shop: shop.env.run(until=None), f"until=None {NO_INSTANT}")
wrong("run(until=naive)", lambda shop: shop.env.run(until=NAIVE), "until=datetime.datetime(2026, 1, 2, 0, 0) has no offset")
wrong("run(until=past)", lambda shop: shop.env.run(until=5), "run(until=5): this instant is past. The clock is at 10 s")
wrong("run(until=-1)", lambda shop: shop.env.run(until=-1), "run(until=-1): this instant is past")
wrong("run(until=10**15)", lambda shop: shop.env.run(until=10**15), f"until=1000000000000000 {AFTER}")
wrong("run(until=never)", lambda shop: shop.env.run(until=lambda: False), "ran out of events at 10 s and was never true")
NO_LIMIT = "the limit is not a"
for _value, _text in {"'x'": "x", "nan": math.nan, "inf": math.inf, "-1": -1, "True": True}.items():
    wrong(
        f"run_until_idle(limit_seconds={_value})", lambda shop, limit=_text: shop.env.run_until_idle(limit_seconds=limit),
        f"run_until_idle(limit_seconds={_value}): {NO_LIMIT} finite number of virtual seconds, 0 or more. Pass such a number",
    )  # fmt: skip
for _value, _text in {"'x'": "x", "1.5": 1.5, "-1": -1, "True": True}.items():
    wrong(
        f"run_until_idle(limit_events={_value})", lambda shop, limit=_text: shop.env.run_until_idle(limit_events=limit),
        f"run_until_idle(limit_events={_value}): {NO_LIMIT} whole number of events, 0 or more. Pass such a number",
    )  # fmt: skip

# ---------------------------------------------------------------------- functions


def creation(text: str, given: object, *parts: str) -> None:
    wrong(f"function({text})", lambda shop: shop.env.function(given), *parts)


def setting(value: str, *parts: str, error: type[Exception] = LambdaEventsError, **settings: Any) -> None:
    """A setting that is refused when a function is made and when it is changed."""
    name = next(iter(settings))
    wrong(f"function({name}={value})", lambda shop: shop.env.function(handler, **settings), *parts, error=error)
    wrong(f"function.update({name}={value})", lambda shop: shop.fn.update(**settings), *parts, error=error)


MODULE_AND_FUNCTION = "does not name a module and a function. Pass text such as 'module.function', or a callable"
creation("5", 5, "The handler 5 is not callable. Pass a callable, or text such as 'module.function'")
creation("None", None, "The handler None is not callable")
creation("a class", Odd, "Odd'> is a class. Pass a function, or an instance that can be called")
creation("nodot", "nodot", f"Handler 'nodot' {MODULE_AND_FUNCTION}")
creation("empty text", "", f"Handler '' {MODULE_AND_FUNCTION}")
creation("no function", "shop.", f"Handler 'shop.' {MODULE_AND_FUNCTION}")
creation("no module", ".handler", f"Handler '.handler' {MODULE_AND_FUNCTION}")
creation(
    "unknown module", "no_such_module.handler", "importing module 'no_such_module' failed: No module named", "Pass code_uri"
)
creation("relative module", "..shop.handler", "importing module '..shop' failed")
creation("unknown name", f"{__name__}.handlr", "has no 'handlr'. Did you mean 'handler'? Callables: ")
creation("not a callable", f"{__name__}.NOT_CALLABLE", "5 is not callable. Pass a callable")
creation("lambda without a name", lambda event, context: None, "Cannot derive a function name from", 'Pass name="..."')
wrong("function(name=5)", lambda shop: shop.env.function(handler, name=5), "name=5 is not a name. Pass text that is not empty")
wrong(
    "function(name='')", lambda shop: shop.env.function(handler, name=""), "name='' is not a name. Pass text that is not empty"
)
wrong(
    "function(taken name)", lambda shop: shop.env.function(handler, name="charge"),
    "Function 'charge' already exists (", 'Choose another name: lambda_events.function(handler, name="...")',
)  # fmt: skip
refused("function(name with blanks)", lambda shop: shop.env.function(handler, name="my function"), "my function")
refused("function(name too long)", lambda shop: shop.env.function(handler, name="x" * 65), "less than or equal to 64")
wrong(
    "function(retries=3)", lambda shop: shop.env.function(handler, retries=3),
    "A function has no setting 'retries'. Settings: handler, name, timeout",
)  # fmt: skip
wrong(
    "function(memory=3)", lambda shop: shop.env.function(handler, memory=3),
    "A function has no setting 'memory'. Did you mean 'memory_size'?",
)  # fmt: skip
wrong(
    "function(code_uri, callable)", lambda shop: shop.env.function(handler, code_uri="src"),
    "code_uri='src' needs the name of a handler in that folder as text, not <function handler",
)  # fmt: skip
wrong("function.update(code_uri)", lambda shop: shop.fn.update(code_uri="src"), "code_uri='src' needs handler", "Pass both")
wrong("function.update(handler=5)", lambda shop: shop.fn.update(handler=5), "The handler 5 is not callable")
wrong(
    "function(code_uri=5)",
    lambda shop: shop.env.function("app.handler", code_uri=5),
    "code_uri=5 is not a folder. Pass a path",
)
wrong(
    "function(code_uri='')",
    lambda shop: shop.env.function("app.handler", code_uri=""),
    "code_uri='' is not a folder. Pass a path",
)
wrong(
    "function(no such folder)", lambda shop: shop.env.function("app.handler", code_uri="no"), "does not exist. Pass a folder"
)
wrong(
    "function(long path)",
    lambda shop: shop.env.function("app.handler", code_uri="x" * 5000),
    "is not readable (File name too long)",
)
wrong("module(5)", lambda shop: shop.fn.module(5), "name=5 is not a name. Pass text that is not empty, such as name='app'")
wrong(
    "module('no_such_module')",
    lambda shop: shop.fn.module("no_such_module"),
    "'no_such_module' of function 'charge' failed to load",
)
SECONDS = "is not a whole number of seconds. Pass a whole number of seconds"
setting("'3'", f"timeout='3' {SECONDS}", "such as timeout=30", timeout="3")
setting("1.5", f"timeout=1.5 {SECONDS}", timeout=1.5)
setting("True", f"timeout=True {SECONDS}", timeout=True)
setting("{}", f"timeout={{}} {SECONDS}", timeout={})
setting("90_000", "at 'timeout' failed to satisfy constraint", error=ClientError, timeout=90_000)
setting("'128'", "memory_size='128' is not a whole number of megabytes", "such as memory_size=128", memory_size="128")
setting("127", "at 'memorySize' failed to satisfy constraint", error=ClientError, memory_size=127)
setting("3.13", "runtime=3.13 is not text. Pass text", "such as runtime='python3.13'", runtime=3.13)
setting("'python'", "Value python at 'runtime' failed to satisfy constraint", error=ClientError, runtime="python")
setting("{'Arn': '...'}", "role={'Arn': 'x'} is not the ARN of a role as text", role={"Arn": "x"})
setting("'admin'", "Value 'admin' at 'role' failed to satisfy constraint", error=ClientError, role="admin")
setting("text", "role_policy='sqs:*' is not a list of IAM statements. Pass a list", role_policy="sqs:*")
setting("a statement", "is not a list of IAM statements. Pass a list", role_policy={"Effect": "Allow"})
setting("list", "environment=['A=1'] is not a mapping of names to values. Pass", environment=["A=1"])
setting("a number", "environment={'RATE': 0.1}: the value is not text. AWS takes text only", environment={"RATE": 0.1})
setting("None in it", "environment={'RATE': None}: the value is not text", environment={"RATE": None})
setting("a name that is a number", "environment={1: '2'} is not a mapping of names to values", environment={1: "2"})
setting("reserved", "AWS_REGION", error=ClientError, environment={"AWS_REGION": "eu-west-1"})
setting("'2'", "is not a whole number. Pass a whole number or None, such as", reserved_concurrent_executions="2")
setting("1000", "UnreservedConcurrentExecution below its minimum", error=ClientError, reserved_concurrent_executions=1000)
setting("5", "dead_letter_queue=5 is not a queue or a topic. Pass a handle or an ARN", dead_letter_queue=5)
setting("'x'", "at 'destinationConfig.onSuccess.destination'", error=ClientError, on_success="x")
setting("False", "on_failure=False is not a queue, topic, function, event bus or bucket. Pass a handle", on_failure=False)
setting("''", "on_failure='' is not a queue, topic, function, event bus or bucket", on_failure="")
setting("3", "at 'maximumRetryAttempts' failed", error=ClientError, maximum_retry_attempts=3)
setting("1 and age 59", "at 'maximumEventAgeInSeconds' failed", error=ClientError, maximum_event_age_in_seconds=59, timeout=9)
setting(
    "and role_policy",
    "and role_policy exclude each other. Pass one",
    role="arn:aws:iam::123456789012:role/x",
    role_policy=[{}],
)
wrong(
    "update of a function's version", lambda shop: shop.fn.update(function_version="1"),
    "<Function charge> is not an alias: function_version and routing_config belong to aliases",
)  # fmt: skip
refused(
    "update: alias changed, then refused", lambda shop: shop.live.update(function_version="$LATEST", maximum_retry_attempts=9),
    "at 'maximumRetryAttempts' failed",
)  # fmt: skip
refused(
    "update: role made, then refused",
    lambda shop: shop.fn.update(role_policy=[], timeout=8, reserved_concurrent_executions=-1),
    "at 'reservedConcurrentExecutions' failed",
)  # fmt: skip
wrong(
    "create_alias(5)", lambda shop: shop.fn.create_alias(5, function_version="1"), "name=5 is not text", "such as name='live'"
)
wrong(
    "create_alias(version=1)", lambda shop: shop.fn.create_alias("x", function_version=1),
    "function_version=1 is not the number of a version as text", "such as function_version='1'",
)  # fmt: skip
wrong(
    "create_alias(routing text)", lambda shop: shop.fn.create_alias("x", function_version="1", routing_config="2"),
    "routing_config='2' is not a mapping of versions to shares",
)  # fmt: skip
wrong(
    "create_alias(share is text)", lambda shop: shop.fn.create_alias("x", function_version="1", routing_config={"1": "10%"}),
    "routing_config={'1': '10%'} is not a mapping of versions to shares", 'such as routing_config={"2": 0.1}',
)  # fmt: skip
refused("create_alias(no such version)", lambda shop: shop.fn.create_alias("x", function_version="9"), "9")

# ---------------------------------------------------------------------- payloads

AS_JSON = "as JSON:"
for _value, _payload in {
    "{1, 2}": {1, 2}, "nan": math.nan, "[inf]": [math.inf], "<an int of 16,610 bits>": HUGE, "[[...]]": CIRCULAR,
    "<Odd>": Odd(), "{(1, 2): 3}": {(1, 2): 3}, "[b'x']": [b"x"],
}.items():  # fmt: skip
    wrong(
        f"invoke({_value})", lambda shop, payload=_payload: shop.fn.invoke(payload),
        f"Cannot encode the payload {_value} {AS_JSON}",
        "Pass a value that JSON can represent, or bytes, which are sent unchanged",
    )  # fmt: skip
    wrong(
        f"invoke_async({_value})",
        lambda shop, payload=_payload: shop.fn.invoke_async(payload),
        f"Cannot encode the payload {_value} {AS_JSON}",
    )
NOT_JSON = "Could not parse request body into json"
refused("invoke(bytes, no JSON)", lambda shop: shop.fn.invoke(b"{not json"), NOT_JSON)
refused("invoke(bytes, no UTF-8)", lambda shop: shop.fn.invoke(b"\xff"), NOT_JSON)
refused("invoke(bytes, NaN)", lambda shop: shop.fn.invoke(b"NaN"), NOT_JSON)
refused("invoke(no bytes)", lambda shop: shop.fn.invoke(b""), NOT_JSON)
refused("invoke(too large)", lambda shop: shop.fn.invoke("x" * 6_291_555), "too large for the RequestResponse invocation type")
refused(
    "invoke_async(too large)", lambda shop: shop.fn.invoke_async("x" * 1_048_576), "too large for the Event invocation type"
)

# ---------------------------------------------------------------------- queues


def queue_setting(value: str, *parts: str, error: type[Exception] = LambdaEventsError, **settings: Any) -> None:
    """A setting that is refused when a queue is made and when it is changed."""
    name = next(iter(settings))
    wrong(f"queue({name}={value})", lambda shop: shop.env.queue("new", **settings), *parts, error=error)
    wrong(f"queue.update({name}={value})", lambda shop: shop.orders.update(**settings), *parts, error=error)


wrong("queue(5)", lambda shop: shop.env.queue(5), "name=5 is not a name. Pass text that is not empty")
wrong("queue('')", lambda shop: shop.env.queue(""), "name='' is not a name")
refused("queue('my queue')", lambda shop: shop.env.queue("my queue"), "Can only include alphanumeric characters")
refused("queue(81 characters)", lambda shop: shop.env.queue("x" * 81), "1 to 80 in length")
wrong(
    "queue(taken name)", lambda shop: shop.env.queue("orders"),
    "Queue 'orders' already exists. Choose another name, or use lambda_events.queues['orders']",
)  # fmt: skip
wrong(
    "queue(visibility=3)", lambda shop: shop.env.queue("new", visibility=3), "'visibility'. Did you mean 'visibility_timeout'?"
)
queue_setting("'30'", f"visibility_timeout='30' {SECONDS}, such as visibility_timeout=30", visibility_timeout="30")
queue_setting("None", f"visibility_timeout=None {SECONDS}", visibility_timeout=None)
queue_setting("-1", "VisibilityTimeout", error=ClientError, visibility_timeout=-1)
queue_setting("901", "DelaySeconds", error=ClientError, delay_seconds=901)
queue_setting("'dlq'", "dead_letter_queue='dlq' is not a queue. Pass a handle or an ARN or None", dead_letter_queue="dlq")
queue_setting("5", "dead_letter_queue=5 is not a queue. Pass a handle", dead_letter_queue=5)
queue_setting("3", "max_receive_count=3 needs dead_letter_queue. Pass both", max_receive_count=3)
queue_setting("'yes'", "content_based_deduplication='yes' is not True or False", content_based_deduplication="yes")
queue_setting("{}", "policy={} is not a policy. Pass a JSON object as text", policy={})
queue_setting("'3'", "policy='3' is not a policy. Pass a JSON object as text", policy="3")
wrong(
    "queue(topic as dead_letter_queue)", lambda shop: shop.env.queue("new", dead_letter_queue=shop.topic),
    "dead_letter_queue=<Topic alerts> is not a queue. Pass a handle or an ARN or None",
)  # fmt: skip
wrong(
    "queue(max_receive_count='3')", lambda shop: shop.env.queue("new", dead_letter_queue=shop.orders, max_receive_count="3"),
    "max_receive_count='3' is not a whole number of receives. Pass",
)  # fmt: skip
refused(
    "queue(max_receive_count=0)", lambda shop: shop.env.queue("new", dead_letter_queue=shop.orders, max_receive_count=0), "0"
)
refused("queue(FIFO letters)", lambda shop: shop.env.queue("new", dead_letter_queue=shop.fifo), "RedrivePolicy")
wrong(
    "send({1})", lambda shop: shop.orders.send("fine", {1}), f"Cannot encode the body {{1}} {AS_JSON}", "Pass text, or a value"
)
wrong("send(nan)", lambda shop: shop.orders.send(math.nan), f"Cannot encode the body nan {AS_JSON}")
wrong(
    "send(10**5000)", lambda shop: shop.orders.send("fine", HUGE), f"Cannot encode the body <an int of 16,610 bits> {AS_JSON}"
)
wrong("send(surrogate)", lambda shop: shop.orders.send(SURROGATE), "The body '\\ud800' is not valid Unicode text", "Pass text")
refused("send(fine, '')", lambda shop: shop.orders.send("fine", ""), "must contain the parameter MessageBody")
refused("send('')", lambda shop: shop.orders.send(""), "MessageBody")
refused("send(too large)", lambda shop: shop.orders.send("x" * 1_048_577), "InvalidParameterValue")
wrong("send(delay='5')", lambda shop: shop.orders.send("x", delay_seconds="5"), f"delay_seconds='5' {SECONDS} or None")
wrong("send(delay=True)", lambda shop: shop.orders.send("x", delay_seconds=True), f"delay_seconds=True {SECONDS} or None")
refused("send(delay=901)", lambda shop: shop.orders.send("x", delay_seconds=901), "DelaySeconds must be >= 0 and <= 900")
refused("send(delay=-1)", lambda shop: shop.orders.send("x", delay_seconds=-1), "DelaySeconds must be >= 0 and <= 900")
wrong(
    "send(group=5)", lambda shop: shop.fifo.send("x", message_group_id=5), "message_group_id=5 is not text. Pass text or None"
)
refused("send(no group)", lambda shop: shop.fifo.send("x"), "must contain the parameter MessageGroupId")
refused("send(no deduplication id)", lambda shop: shop.fifo.send("x", message_group_id="g"), "ContentBasedDeduplication")
refused(
    "send(id on a standard queue)",
    lambda shop: shop.orders.send("x", message_deduplication_id="d"),
    "not valid for this queue",
)
wrong(
    "send(attributes=[])",
    lambda shop: shop.orders.send("x", message_attributes=["a"]),
    "message_attributes=['a'] is not a mapping",
)
wrong(
    "send(attribute None)",
    lambda shop: shop.orders.send("x", message_attributes={"a": None}),
    "{'a': None}: the value is not text",
)
wrong(
    "send(attribute NaN)",
    lambda shop: shop.orders.send("x", message_attributes={"a": math.nan}),
    "{'a': nan}: the value is not",
)
wrong(
    "send(attribute name)",
    lambda shop: shop.orders.send("x", message_attributes={"a b": "1"}),
    "{'a b': ...}",
    "Pass 1 to 256",
)

# ---------------------------------------------------------------------- streams and tables

STREAM_NAME = "is not the name of a stream. Pass 1 to 128 ASCII letters, digits, '_', '.' and '-', such as name='clicks'"
wrong("stream(5)", lambda shop: shop.env.stream(5), f"name=5 {STREAM_NAME}")
wrong("stream('my stream')", lambda shop: shop.env.stream("my stream"), f"name='my stream' {STREAM_NAME}")
wrong("stream(taken name)", lambda shop: shop.env.stream("clicks"), "Stream 'clicks' already exists")
wrong(
    "stream(shards='2')",
    lambda shop: shop.env.stream("new", shard_count="2"),
    "shard_count='2' is not a whole number of shards",
)
wrong(
    "stream(shards=0)",
    lambda shop: shop.env.stream("new", shard_count=0),
    "shard_count=0 is not a whole number of shards from 1 to 20,000",
)
wrong(
    "stream(shards=10**15)",
    lambda shop: shop.env.stream("new", shard_count=10**15),
    "is not a whole number of shards from 1 to",
)
wrong(
    "stream(retention='1 day')", lambda shop: shop.env.stream("new", retention_period_hours="1 day"), "whole number of hours"
)
refused(
    "stream(retention=9000)",
    lambda shop: shop.env.stream("new", retention_period_hours=9000),
    "Requested retention period (9000",
)
wrong(
    "put(partition_key=5)",
    lambda shop: shop.clicks.put("x", partition_key=5),
    "partition_key=5 is not a partition key. Pass text of 1 to 256 characters, such as",
)
wrong(
    "put(partition_key=None)",
    lambda shop: shop.clicks.put("x", partition_key=None),
    "partition_key=None is not a partition key",
)
wrong("put(partition_key='')", lambda shop: shop.clicks.put("x", partition_key=""), "partition_key='' is not a partition key")
wrong(
    "put(hash=5)",
    lambda shop: shop.clicks.put("x", partition_key="a", explicit_hash_key=5),
    "explicit_hash_key=5 is not a hash key",
)
wrong(
    "put({1})",
    lambda shop: shop.clicks.put("fine", {1}, partition_key="a"),
    f"Cannot encode the data {{1}} {AS_JSON}",
    "Pass bytes, text",
)
wrong(
    "put(surrogate)",
    lambda shop: shop.clicks.put(SURROGATE, partition_key="a"),
    "The data '\\ud800' is not valid Unicode text",
)
wrong("split_shard('0')", lambda shop: shop.clicks.split_shard("0"), "shard='0' is not a shard. Pass a shard, such as")
wrong("merge_shards(None)", lambda shop: shop.clicks.merge_shards(None, None), "shard=None is not a shard")
wrong(
    "update_shard_count('2')", lambda shop: shop.clicks.update_shard_count("2"), "target_shard_count='2' is not a whole number"
)
wrong(
    "register_consumer(5)",
    lambda shop: shop.clicks.register_consumer(5),
    "name=5 is not the name of a consumer. Pass 1 to 128",
)
TABLE_NAME = "is not the name of a table. Pass 3 to 255 ASCII letters, digits, '_', '.' and '-', such as name='orders'"
wrong("table(5)", lambda shop: shop.env.table(5, partition_key="id"), f"name=5 {TABLE_NAME}")
wrong("table('ab')", lambda shop: shop.env.table("ab", partition_key="id"), f"name='ab' {TABLE_NAME}")
wrong("table(taken name)", lambda shop: shop.env.table("stock", partition_key="id"), "Table 'stock' already exists")
wrong("table(key=5)", lambda shop: shop.env.table("new", partition_key=5), "partition_key=5 is not a name. Pass text")
wrong(
    "table(two keys)",
    lambda shop: shop.env.table("new", partition_key="id", sort_key="id"),
    "sort_key='id' is the partition key",
)
wrong("table(ttl=5)", lambda shop: shop.env.table("new", partition_key="id", time_to_live=5), "time_to_live=5 is not a name")
wrong(
    "table(view='ALL')", lambda shop: shop.env.table("new", partition_key="id", stream_view_type="ALL"),
    "stream_view_type='ALL' does not exist. Pass one of: KEYS_ONLY, NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES",
)  # fmt: skip
ITEM = "is not a mapping with text as keys. Pass a mapping with text as keys, such as"
wrong("put_item([1])", lambda shop: shop.table.put_item([1]), f"item=[1] {ITEM} item=")
wrong("put_item(None)", lambda shop: shop.table.put_item(None), f"item=None {ITEM}")
wrong("put_item({1: 2})", lambda shop: shop.table.put_item({1: 2}), f"item={{1: 2}} {ITEM}")
wrong(
    "put_item(object)",
    lambda shop: shop.table.put_item({"id": "1", "a": object()}),
    "in table 'stock': ",
    "Pass text",
)
wrong("put_item(nested {1: 2})", lambda shop: shop.table.put_item({"id": "1", "a": {1: 2}}), "in table 'stock': ")
wrong("put_item({'': 1})", lambda shop: shop.table.put_item({"id": "1", "": 1}), "is not a mapping with text as keys")
wrong("put_item(circular)", lambda shop: shop.table.put_item({"id": "1", "a": CIRCULAR}), "in table 'stock': ")
wrong("put_item(10**5000)", lambda shop: shop.table.put_item({"id": "1", "a": HUGE}), "in table 'stock': ")
refused("put_item(no key)", lambda shop: shop.table.put_item({"name": "x"}), "Missing the key id")
wrong("delete_item('1')", lambda shop: shop.table.delete_item("1"), "key='1' is not a mapping with text as keys")

# ---------------------------------------------------------------------- topics, buses and buckets

HANDLE = "is not the handle of a"
wrong("topic(5)", lambda shop: shop.env.topic(5), "name=5 is not a name")
refused("topic('my topic')", lambda shop: shop.env.topic("my topic"), "Topic names must be made up of")
wrong("publish({1})", lambda shop: shop.topic.publish({1}), f"Cannot encode the message {{1}} {AS_JSON}")
wrong("publish('')", lambda shop: shop.topic.publish(""), "The message '' is empty, which SNS refuses. Pass text")
wrong(
    "publish(subject=5)", lambda shop: shop.topic.publish("x", subject=5), "subject=5 is not a subject. Pass text of 1 to 100"
)
wrong(
    "publish(attributes)",
    lambda shop: shop.topic.publish("x", message_attributes=[]),
    "message_attributes=[] is not a mapping",
)
wrong(
    "publish(attribute)",
    lambda shop: shop.topic.publish("x", message_attributes={"a": None}),
    "{'a': None}: the value is not text",
)
wrong(
    "subscribe('orders')", lambda shop: shop.topic.subscribe("orders"),
    f"target='orders' {HANDLE} queue or function. Pass the handle: lambda_events.queues['orders'] finds a queue by its name",
)  # fmt: skip
wrong("subscribe(None)", lambda shop: shop.topic.subscribe(None), f"target=None {HANDLE} queue or function. Pass the handle")
wrong("subscribe(topic)", lambda shop: shop.topic.subscribe(shop.topic), f"target=<Topic alerts> {HANDLE} queue or function")
wrong(
    "subscribe(filter)",
    lambda shop: shop.topic.subscribe(shop.orders, filter_policy="x"),
    "filter_policy='x' is not a mapping",
)
refused("subscribe(AWS's filter)", lambda shop: shop.topic.subscribe(shop.orders, filter_policy={"a": 1}), "FilterPolicy")
wrong(
    "subscribe(raw)",
    lambda shop: shop.topic.subscribe(shop.orders, raw_message_delivery="true"),
    "='true' is not True or False",
)
for _option, _given in {"message_structure": 5, "message_group_id": 7, "message_deduplication_id": b"7"}.items():
    wrong(
        f"publish({_option})",
        lambda shop, given={_option: _given}: shop.topic.publish("x", **given),
        f"{_option}={_given!r} is not text",
    )
refused("publish(no default)", lambda shop: shop.topic.publish({"sqs": "x"}, message_structure="json"), "No default entry")
refused(
    "publish(structure)", lambda shop: shop.topic.publish("x", message_structure="xml"), "Invalid parameter: MessageStructure"
)
refused(
    "publish(group)", lambda shop: shop.topic.publish("x", message_group_id="a b"), "The MessageGroupId parameter can only"
)
refused("publish(id)", lambda shop: shop.topic.publish("x", message_deduplication_id="7"), "not valid for this topic type")
wrong(
    "subscribe(scope)", lambda shop: shop.topic.subscribe(shop.orders, filter_policy_scope=5), "filter_policy_scope=5 is not"
)
refused(
    "subscribe(another scope)", lambda shop: shop.topic.subscribe(shop.orders, filter_policy_scope="Body"),
    "Please use either MessageBody or MessageAttributes",
)  # fmt: skip
wrong("subscribe(dead letters)", lambda shop: shop.topic.subscribe(shop.orders, dead_letter_queue=5), "dead_letter_queue=5 is")
wrong(
    "subscribe(a topic for dead letters)",
    lambda shop: shop.topic.subscribe(shop.orders, dead_letter_queue=shop.topic),
    "dead_letter_queue=<Topic alerts> is not a queue",
)
refused(
    "subscribe(a function, raw)", lambda shop: shop.topic.subscribe(shop.fn, raw_message_delivery=True),
    "does not support raw message delivery",
)  # fmt: skip
refused("subscribe(a FIFO queue)", lambda shop: shop.topic.subscribe(shop.fifo), "FIFO SQS Queues can not be subscribed")
BUS_NAME = "is not the name of an event bus. Pass 1 to 256"
wrong("event_bus(5)", lambda shop: shop.env.event_bus(5), f"name=5 {BUS_NAME}")
wrong("event_bus('my bus')", lambda shop: shop.env.event_bus("my bus"), f"name='my bus' {BUS_NAME}")
wrong(
    "event_bus(taken)",
    lambda shop: shop.env.event_bus("shop"),
    "already exists. Choose another name, or use lambda_events.event_buses",
)
wrong("put_event(source=5)", lambda shop: shop.bus.put_event(source=5, detail_type="d", detail={}), "source=5 is not a name")
wrong(
    "put_event(detail_type='')",
    lambda shop: shop.bus.put_event(source="s", detail_type="", detail={}),
    "detail_type='' is not",
)
wrong(
    "put_event(detail=5)",
    lambda shop: shop.bus.put_event(source="s", detail_type="d", detail=5),
    "The detail 5 is not a JSON object",
)
wrong(
    "put_event(detail text)",
    lambda shop: shop.bus.put_event(source="s", detail_type="d", detail="x"),
    "The detail 'x' is not a JSON",
)
wrong(
    "put_event(detail set)",
    lambda shop: shop.bus.put_event(source="s", detail_type="d", detail={1}),
    f"Cannot encode the detail {{1}} {AS_JSON}",
)
wrong(
    "add_rule('x')", lambda shop: shop.bus.add_rule("x", shop.orders), "event_pattern='x' is not a mapping with text as keys"
)
wrong(
    "add_rule(name)",
    lambda shop: shop.bus.add_rule({"source": ["s"]}, "orders"),
    f"target='orders' {HANDLE} queue, topic, function, stream, event bus or log group",
)
wrong(
    "add_rule(set)",
    lambda shop: shop.bus.add_rule({"source": {1}}, shop.orders),
    f"Cannot encode the event pattern {{'source': {{1}}}} {AS_JSON}",
)
PATTERN = {"source": ["s"]}
wrong("add_rule(path)", lambda shop: shop.bus.add_rule(PATTERN, shop.orders, input_path=5), "input_path=5 is not text")
wrong(
    "add_rule(transformer)", lambda shop: shop.bus.add_rule(PATTERN, shop.orders, input_transformer="x"),
    "input_transformer='x' is not a mapping",
)  # fmt: skip
wrong(
    "add_rule(dead letters)", lambda shop: shop.bus.add_rule(PATTERN, shop.orders, dead_letter_queue=5),
    "dead_letter_queue=5 is not a queue",
)  # fmt: skip
wrong(
    "add_rule(group)",
    lambda shop: shop.bus.add_rule(PATTERN, shop.orders, message_group_id=5),
    "message_group_id=5 is not text",
)
refused("add_rule(AWS's path)", lambda shop: shop.bus.add_rule(PATTERN, shop.orders, input_path="detail"), "InputPath")
BUCKET_NAME = "is not the name of a bucket. Pass 3 to 63"
wrong("bucket(5)", lambda shop: shop.env.bucket(5), f"name=5 {BUCKET_NAME}")
wrong("bucket('My Bucket')", lambda shop: shop.env.bucket("My Bucket"), f"name='My Bucket' {BUCKET_NAME}")
wrong("put_object(5)", lambda shop: shop.bucket.put_object(5, "x"), "key=5 is not a key. Pass text of 1 to 1,024 bytes")
wrong("put_object('')", lambda shop: shop.bucket.put_object("", "x"), "key='' is not a key")
wrong(
    "put_object(mapping)", lambda shop: shop.bucket.put_object("a", {"a": 1}), "body={'a': 1} is not bytes or text. Pass bytes"
)
refused("get_object(unknown)", lambda shop: shop.bucket.get_object("no"), "The specified key does not exist")
CREATED = ["s3:ObjectCreated:*"]
TYPES = 'is not a list of event types. Pass a list of event types, such as events=["s3:ObjectCreated:*"]'
wrong(
    "add_notification('orders')", lambda shop: shop.bucket.add_notification("orders", events=CREATED),
    f"target='orders' {HANDLE} queue, topic or function. Pass the handle: lambda_events.queues['orders']",
)  # fmt: skip
wrong(
    "add_notification(bucket)", lambda shop: shop.bucket.add_notification(shop.bucket, events=CREATED),
    f"target=<Bucket archive> {HANDLE} queue, topic or function",
)  # fmt: skip
for _types in ("s3:ObjectCreated:*", [], ["ObjectCreated:*"], [5], None):
    wrong(
        f"add_notification(events={_types!r})",
        lambda shop, events=_types: shop.bucket.add_notification(shop.orders, events=events),
        f"events={_types!r} {TYPES}",
    )
for _option in ("prefix", "suffix"):
    wrong(
        f"add_notification({_option})",
        lambda shop, given={_option: 5}: shop.bucket.add_notification(shop.orders, events=CREATED, **given),
        f"{_option}=5 is not text. Pass text",
    )
refused(
    "add_notification(a FIFO queue)", lambda shop: shop.bucket.add_notification(shop.fifo, events=CREATED),
    "FIFO SQS queues are not supported.",
)  # fmt: skip
refused(
    "add_notification(a long prefix)",
    lambda shop: shop.bucket.add_notification(shop.orders, events=CREATED, prefix="x" * 1025),
    "Size of filter rule value cannot exceed 1024 bytes",
)
refused(
    "add_notification(types that overlap)",
    lambda shop: shop.bucket.add_notification(shop.orders, events=[*CREATED, "s3:ObjectCreated:Put"]),
    "Configurations on the same bucket cannot share a common event type",
)

LOG_GROUP_NAME = "is not the name of a log group. Pass 1 to 512"
wrong("log_group(5)", lambda shop: shop.env.log_group(5), f"name=5 {LOG_GROUP_NAME}")
wrong("log_group('a b')", lambda shop: shop.env.log_group("a b"), f"name='a b' {LOG_GROUP_NAME}")
wrong(
    "log_group(taken)",
    lambda shop: shop.env.log_group("shop"),
    "Log group 'shop' already exists. Choose another name, or use lambda_events.log_groups['shop']",
)
wrong("log_group.put('')", lambda shop: shop.log_group.put("a", ""), "The message '' is empty, which CloudWatch Logs refuses")
wrong("log_group.put({1})", lambda shop: shop.log_group.put({1}), f"Cannot encode the message {{1}} {AS_JSON}")
wrong("log_group.put(stream)", lambda shop: shop.log_group.put("a", log_stream=5), "log_stream=5 is not a name")
wrong(
    "log_group.subscribe(name)",
    lambda shop: shop.log_group.subscribe("charge"),
    f"target='charge' {HANDLE} function or stream",
)
wrong(
    "log_group.subscribe(pattern)",
    lambda shop: shop.log_group.subscribe(shop.fn, filter_pattern=["ERROR"]),
    "filter_pattern=['ERROR'] is not text",
)
wrong("log_group.subscribe('')", lambda shop: shop.log_group.subscribe(shop.fn, name=""), "name='' is not a name")
wrong("log_group.subscribe(role)", lambda shop: shop.log_group.subscribe(shop.fn, role=5), "role=5 is not the ARN of a role")
refused(
    "log_group.subscribe(AWS's filter)",
    lambda shop: shop.log_group.subscribe(shop.fn, filter_pattern="{ $.a }"),
    "Invalid filter pattern",
)

# ---------------------------------------------------------------------- event sources


def source_setting(value: str, *parts: str, error: type[Exception] = LambdaEventsError, **settings: Any) -> None:
    """A setting that is refused when a mapping is made and when it is changed."""
    name = next(iter(settings))
    wrong(
        f"add_event_source({name}={value})",
        lambda shop: shop.fn.add_event_source(shop.orders, **settings),
        *parts,
        error=error,
    )
    wrong(f"mapping.update({name}={value})", lambda shop: shop.mapping.update(**settings), *parts, error=error)


SOURCE = "is not a queue, stream, stream consumer, table or topic of Kafka. Pass a handle or an ARN"
wrong("add_event_source(5)", lambda shop: shop.fn.add_event_source(5), f"source=5 {SOURCE}")
wrong("add_event_source(None)", lambda shop: shop.fn.add_event_source(None), f"source=None {SOURCE}")
refused("add_event_source('orders')", lambda shop: shop.fn.add_event_source("orders"), "'orders' at 'eventSourceArn'")
refused("add_event_source(topic)", lambda shop: shop.fn.add_event_source(shop.topic), "Unrecognized event source")
refused("add_event_source(no position)", lambda shop: shop.fn.add_event_source(shop.clicks), "at 'startingPosition' failed")
wrong(
    "add_event_source(position=5)",
    lambda shop: shop.fn.add_event_source(shop.clicks, starting_position=5),
    "starting_position=5",
)
refused(
    "add_event_source(position)",
    lambda shop: shop.fn.add_event_source(shop.clicks, starting_position="x"),
    "at 'startingPosition'",
)
wrong(
    "add_event_source(naive)",
    lambda shop: shop.fn.add_event_source(
        shop.clicks, starting_position="AT_TIMESTAMP", starting_position_timestamp=NAIVE
    ),
    "starting_position_timestamp=datetime.datetime(2026, 1, 2, 0, 0) has no offset. Pass an aware datetime",
)  # fmt: skip
source_setting("'yes'", "enabled='yes' is not True or False", enabled="yes")
source_setting("'10'", "batch_size='10' is not a whole number of records", batch_size="10")
source_setting("{}", "batch_size={} is not a whole number of records", batch_size={})
source_setting("0", "at 'batchSize' failed to satisfy constraint", error=ClientError, batch_size=0)
source_setting("1.5", f"maximum_batching_window_in_seconds=1.5 {SECONDS}", maximum_batching_window_in_seconds=1.5)
source_setting("text", "='ReportBatchItemFailures' is not a list of text", function_response_types="ReportBatchItemFailures")
source_setting("['x']", "at 'functionResponseTypes' failed", error=ClientError, function_response_types=["x"])
source_setting("a mapping", "is not a list of patterns. Pass a list of patterns or None", filters={"body": ["a"]})
source_setting("[5]", "filters=[5] is not a list of patterns", filters=[5])
source_setting("[{1}]", "Cannot encode the filter {'body': {1}} as JSON", filters=[{"body": {1}}])
source_setting("['{']", "Invalid filter pattern definition", error=ClientError, filters=["{"])
source_setting("'2'", "maximum_concurrency='2' is not a whole number", maximum_concurrency="2")
source_setting("1", "at 'scalingConfig.maximumConcurrency' failed", error=ClientError, maximum_concurrency=1)
source_setting("5", "on_failure=5 is not a queue, a topic or a bucket. Pass a handle or an ARN", on_failure=5)
source_setting("a misspelling", "has no setting 'batchsize'. Did you mean 'batch_size'?", batchsize=5)
wrong(
    "mapping.update(batch_size=None)",
    lambda shop: shop.mapping.update(batch_size=None),
    "always has batch_size. Pass a whole number",
)
wrong(
    "mapping.update(function=5)",
    lambda shop: shop.mapping.update(function=5),
    "5 has no ARN. Pass a handle, or an ARN as text",
)
refused("mapping.update(function=unknown)", lambda shop: shop.mapping.update(function="nobody"), "Function does not exist")

# ---------------------------------------------------------------------- planned faults, looking, and values

wrong("fail('time-out')", lambda shop: shop.fn.fail("time-out"), "'time-out' is not a failure", "Did you mean 'timeout'?")
wrong("fail(None)", lambda shop: shop.fn.fail(None), "charge.fail(None): None is not a failure. Pass an exception, or a name")
wrong("fail(10**5000)", lambda shop: shop.fn.fail(HUGE), "charge.fail(<an int of 16,610 bits>)", "is not a failure")
wrong(
    "fail(class)",
    lambda shop: shop.fn.fail(ValueError),
    "ValueError is a class. Pass an exception, such as ValueError('reason')",
)
wrong(
    "fail(payload of another)",
    lambda shop: shop.fn.fail("exit", payload={1}),
    "payload={1} needs the failure 'response'",
)
wrong("fail(attempts=1)", lambda shop: shop.fn.fail("timeout", attempts=1), "attempts=1 is not a list of attempt numbers")
wrong("fail(times=0)", lambda shop: shop.fn.fail("timeout", times=0), "times=0 is not a number of attempts")
wrong("fail(until='x')", lambda shop: shop.fn.fail("timeout", until="x"), f"until='x' {NO_INSTANT}")
wrong(
    "fail(when=3)",
    lambda shop: shop.fn.fail("timeout", when=3),
    "when=3 is not callable. Pass a function of the decoded event",
)
wrong(
    "fail(attempt=[1])",
    lambda shop: shop.fn.fail("timeout", attempt=[1]),
    "'attempt' does not exist. Did you mean 'attempts'?",
)
wrong(
    "throttle('busy')", lambda shop: shop.fn.throttle(reason="busy"), "reason='busy' is not an AWS throttle reason. Reasons: "
)
wrong("throttle(reason=[])", lambda shop: shop.fn.throttle(reason=[]), "reason=[] is not an AWS throttle reason")
for _kind, _name in {
    "functions": "Function", "queues": "Queue", "topics": "Topic", "streams": "Stream", "tables": "Table", "buckets": "Bucket",
    "event_buses": "Event bus", "event_source_mappings": "Event source mapping", "log_groups": "Log group",
}.items():  # fmt: skip
    wrong(
        f"{_kind}['typo']",
        lambda shop, kind=_kind: getattr(shop.env, kind)["typo"],
        f"{_name} 'typo' does not exist in us-east-1",
    )
wrong("queues['order']", lambda shop: shop.env.queues["order"], "Did you mean 'orders'? Queues: orders, orders.fifo, mapped")
wrong("tables[[]]", lambda shop: shop.env.tables[[]], "Table [] does not exist", "Tables: stock")
wrong("functions[10**5000]", lambda shop: shop.env.functions[HUGE], "Function <an int of 16,610 bits> does not exist")
wrong(
    "metrics.values('Error')",
    lambda shop: shop.env.metrics.values("Error", shop.fn),
    "Metric 'Error' does not exist. Did you mean 'Errors'?",
)
wrong("metrics.values([])", lambda shop: shop.env.metrics.values([], shop.fn), "Metric [] does not exist. Metrics: ")
wrong(
    "metrics.values(name)",
    lambda shop: shop.env.metrics.values("Errors", "charge"),
    "source='charge' has no metrics. Pass the handle",
)
wrong("of_function([])", lambda shop: shop.env.journal.of_function([]), "of_function([]): this is not the name of a function")
wrong(
    "of_request(5)",
    lambda shop: shop.env.journal.of_request(5),
    "of_request(5): this is not a request id. Pass a request id as text",
)
wrong(
    "read_by(5)",
    lambda shop: shop.env.journal.read_by(5),
    "read_by(5): the reader is not callable. Pass a function of an entry",
)
wrong("put_item(10**200)", lambda shop: shop.table.put_item({"id": "1", "a": 10**200}), "a number has more than 38 digits")
wrong("metrics.sum(queue)", lambda shop: shop.env.metrics.sum("Errors", shop.orders), "source=<Queue orders> has no metrics")
wrong(
    "timeline('charge')", lambda shop: shop.env.journal.timeline("charge"), "timeline('charge'): this is neither an event nor"
)
wrong(
    "timeline(role)",
    lambda shop: shop.env.journal.timeline(SimpleNamespace(name="role", arn="arn:aws:iam::123456789012:role/x")),
    "Pass an AsyncEvent, or the handle of a function, queue",
)
wrong(
    "timeline(limit='3')",
    lambda shop: shop.env.journal.timeline(limit="3"),
    "timeline(limit='3'): the limit is not a number of lines",
)
wrong(
    "timeline(limit=0)",
    lambda shop: shop.env.journal.timeline(limit=0),
    "timeline(limit=0): the limit is not a number of lines",
)
wrong("client(5)", lambda shop: shop.env.client(5), "client(5)", "Pass the name of a service, such as 'sqs'")
wrong("client('sqss')", lambda shop: shop.env.client("sqss"), "client('sqss')", "Did you mean 'sqs'?")
wrong("client(region_name=5)", lambda shop: shop.env.client("sqs", region_name=5), "client('sqs', region_name=5)")
wrong("client(region='x')", lambda shop: shop.env.client("sqs", region_name="x"), "client('sqs', region_name='x')")
wrong("client(keyword)", lambda shop: shop.env.client("sqs", region="eu-west-1"), "client('sqs', region='eu-west-1')")
wrong(
    "matches_record(conditon)",
    lambda shop: matches_record(conditon="x"),
    "matches_record(conditon=...)",
    "Did you mean 'condition'?",
)
wrong(
    "matches_dead_letter(x)", lambda shop: matches_dead_letter(x=1), "matches_dead_letter(x=...)", "Attributes of DeadLetter: "
)
wrong("normalize(object)", lambda shop: normalize(object()), "normalize takes values, not <object object at")
wrong("normalize(handle)", lambda shop: normalize(shop.orders), "normalize takes values, not <Queue orders>")
wrong("normalize(odd)", lambda shop: normalize(Odd()), "normalize takes values, not <Odd>")
wrong("normalize(circular)", lambda shop: normalize(CIRCULAR), "normalize", "[[...]]")
wrong("normalize(start='noon')", lambda shop: normalize({}, start="noon"), "start_time='noon' is not an instant")
wrong("entered twice", lambda shop: shop.env.__enter__(), "was entered before", "new one")
wrong("a second environment", lambda shop: LambdaEvents().__enter__(), "is open already")
wrong("before it is entered", lambda shop: LambdaEvents().advance(1), "is not open yet", "with LambdaEvents() as")
wrong("unknown region", lambda shop: LambdaEvents(region_name="us-easst-1").__enter__(), "is open already")


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_a_wrong_call_raises_an_error_with_the_reason_and_changes_nothing(shop: Shop, row: Wrong) -> None:
    with pytest.raises(row.error) as raised:
        row.call(shop)

    message = str(raised.value)
    before, shop.seen = shop.seen, shop.snapshot()
    assert shop.seen == before
    assert [part for part in row.parts if part not in message] == [], message
    assert len(message) < 1500


def test_the_table_has_many_rows() -> None:
    assert len(ROWS) >= 150
