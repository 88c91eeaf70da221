"""Handlers that are run by AWS's runtime client and by ours. `dispatch` calls the one that the event names."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import datetime
import decimal
import enum
import logging
import os
import sys
import warnings

Point = collections.namedtuple("Point", "x y")
NUMBER = 7
calls = 0


class Color(enum.IntEnum):
    RED = 1


class Shade(str, enum.Enum):
    DARK = "dark"


class Text(str):
    def __str__(self) -> str:
        return "not this"


class Half(float):
    def __repr__(self) -> str:
        return "half"


class Record:
    def _asdict(self):
        return {"kind": "record", "point": Point(1, b"two")}


class OddRecord:
    def _asdict(self):
        return [1]


class MyError(Exception):
    pass


@dataclasses.dataclass
class Order:
    id: int


def dispatch(event, context):
    return globals()[event["case"]](event, context)


def echo(event, context):
    return [type(event).__name__, event]


def no_arguments():
    return None


# What is returned


def unicode(event, context):
    return {"a": 1, "é": "ü", "plane": "😀", "control": '\x00\x1f\x7f\u2028\u2029"\\/\b\f\n\r\t'}


def nothing(event, context):
    return None


def text(event, context):
    return "hi"


def non_ascii_text(event, context):
    return "ü\u2028"


def array(event, context):
    return (1, 2)


def empties(event, context):
    return [{}, [], (), "", 0, 0.0, -0.0, False]


def mixed_keys(event, context):
    return {1: 2, None: 3, True: 4}  # noqa: F601


def float_keys(event, context):
    return {1.5: 1, float("nan"): 2, float("inf"): 3, False: 4, Color.RED: 5, Half(0.5): 6, Text("key"): 7}


def keys_that_differ_in_type(event, context):
    return {"1": "text", 1: "number"}


def bytes_key(event, context):
    return {b"key": 1}


def tuple_key(event, context):
    return {(1, 2): 3}


def decimal_key(event, context):
    return {decimal.Decimal("1.10"): 1}


def raw_bytes(event, context):
    return b"\x00\x01raw"


def empty_bytes(event, context):
    return b""


def inner_bytes(event, context):
    return {"b": b"caf\xc3\xa9", "list": [b""]}


def bad_inner_bytes(event, context):
    return [b"\xff"]


def byte_array(event, context):
    return bytearray(b"x")


def decimals(event, context):
    return [decimal.Decimal(d) for d in ("1.10", "1E+3", "-0", "NaN", "sNaN", "-NaN", "Infinity", "-Infinity")]


def decimal_alone(event, context):
    return decimal.Decimal("1.10")


def not_numbers(event, context):
    return [float("nan"), float("inf"), float("-inf")]


def numbers(event, context):
    return [10**30, 1e100, 1.0, 0.1, 1e-7, 123456789.123456789, True, Color.RED, Half(0.5), Half("nan")]


def named_tuple(event, context):
    return Point(1, Point([2], None))


def empty_named_tuple(event, context):
    return collections.namedtuple("Nothing", "")()


def as_dict(event, context):
    return [Record()]


def odd_as_dict(event, context):
    return [OddRecord()]


def as_dict_of_a_class(event, context):
    return [Point]


def texts(event, context):
    return [Shade.DARK, Text("this"), {Shade.DARK: Text("x")}]


def ordered(event, context):
    return collections.OrderedDict(b=collections.defaultdict(list, {"x": []}), a=collections.Counter("aab"))


def shared(event, context):
    part = {"x": [1]}
    return [part, part, Point(part, part)]


def huge_number(event, context):
    return 10**5000


def set_inside(event, context):
    return {"s": {1, 2}}


def moment(event, context):
    return datetime.datetime(2026, 1, 1)


def data_class(event, context):
    return Order(7)


def an_exception_returned(event, context):
    return ValueError("x")


def circular(event, context):
    loop = {}
    loop["self"] = [loop]
    return loop


def circular_with_decimal(event, context):
    loop = [decimal.Decimal(1)]
    loop.append(loop)
    return loop


def circular_named_tuple(event, context):
    inner = []
    point = Point(inner, 1)
    inner.append(point)
    return point


def deep(event, context):
    value = []
    for _ in range(500):
        value = [value]
    return value


def generator(event, context):
    yield 1


def coroutine(event, context):
    warnings.simplefilter("ignore")

    async def never_awaited():
        return 1

    return never_awaited()


# What is raised


def inner(x):
    raise MyError("boom " + str(x))


def raises(event, context):
    inner(event["case"])


def raises_class(event, context):
    raise ValueError


def raises_key_error(event, context):
    raise KeyError("nope")


def raises_lines(event, context):
    raise ValueError("one\n  two\r\nthree ü")


def raises_non_text(event, context):
    raise ValueError(1, {"two": 3})


def chained(event, context):
    try:
        inner("first")
    except MyError as error:
        raise RuntimeError("second") from error


def chained_implicitly(event, context):
    try:
        inner("first")
    finally:
        {}["missing"]


def raises_in_exec(event, context):
    # A file name of its own: in a child of `python -c` the interpreter knows the lines of "<string>".
    exec(compile("1/0", "<no file>", "exec"))


def raises_in_library(event, context):
    datetime.date(2026, 13, 1)
    raise AssertionError


def raises_over_lines(event, context):
    return sorted(
        [
            1,
            "a",
        ],
        key=lambda value: inner(
            value,
        ),
    )


def recursion(event, context):
    return recursion(event, context)


def mutual(event, context, depth=6):
    return other(event, context, depth)


def other(event, context, depth):
    return mutual(event, context, depth - 1) if depth else inner("deep")


def repeated(event, context, depth=6):
    return repeated(event, context, depth - 1) if depth else inner("deep")


def group(event, context):
    raise OSError(2, "No such file or directory", "/nowhere")


def with_note(event, context):
    error = ValueError("noted")
    if hasattr(error, "add_note"):
        error.add_note("a note")
    raise error


def raises_in_coroutine(event, context):
    async def fail():
        inner("in a coroutine")

    asyncio.run(fail())


def stop(event, context):
    raise StopIteration("x")


# Ends of the process


def exits_with_3(event, context):
    sys.exit(3)


def exits_with_0(event, context):
    sys.exit(0)


def exits_without_status(event, context):
    sys.exit()


def exits_with_text(event, context):
    sys.exit("fatal")


def exits_with_256(event, context):
    sys.exit(256)


def exits_below_zero(event, context):
    sys.exit(-1)


# State, dependencies


def counts(event, context):
    global calls
    calls += 1
    return calls


def mutates(event, context):
    event["list"].append("more")
    del event["case"]
    return event


def trace(event, context):
    return os.environ.get("_X_AMZN_TRACE_ID", "none")


def shows_context(event, context):
    return repr(context)


def reads_context(event, context):
    names = (
        "aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb",
        "function_version", "invoked_function_arn", "tenant_id",
    )  # fmt: skip
    client = context.client_context
    return {
        "plain": {name: getattr(context, name) for name in names},
        "identity": [context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id],
        "identity_text": repr(context.identity),
        "client": client and [client.custom, client.env, repr(client.client), repr(client)],
        "remaining": [
            type(context.get_remaining_time_in_millis()).__name__,
            context.get_remaining_time_in_millis() > 0,
        ],
        "w3c": context.w3c(),
    }


def sets_unknown_client_field(event, context):
    context.client_context.other = 1


# What is written


def prints(event, context):
    print("charging", "order", 7)
    print()
    print("two\nlines")
    print("ü", file=sys.stderr)
    print("no end", end="")
    print(" yet")
    sys.stdout.writelines(["a\n", "b\n"])


def logs(event, context):
    logging.info("not shown")
    logging.warning("careful %s", "ü")
    logging.getLogger("oracle").error("several\nlines")
    logging.getLogger().critical("last")
    context.log("through the context\n")


def logs_exception(event, context):
    try:
        inner("logged")
    except MyError:
        logging.exception("caught")


def logs_more(event, context):
    logger = logging.getLogger("oracle.billing")
    logger.warning({"order": 7, "é": datetime.date(2026, 1, 1)})
    logger.warning("with %s", "extra", extra={"order": 7, "none": None, "message_id": "m"})
    logger.log(35, "between the levels")
    logger.log(70, "above the levels")
    logger.warning("stack", stack_info=False)


def sets_level(event, context):
    logging.getLogger().setLevel(logging.DEBUG)
    logging.debug("shown now")


def logs_at_level(event, context):
    logging.debug("still shown")
    logging.getLogger().setLevel(logging.WARNING)
