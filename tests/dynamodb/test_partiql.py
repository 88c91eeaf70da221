"""PartiQL: what statements find and change, what streams are told of it, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from bare_environments import BareAws
from botocore.exceptions import ClientError
from table_calls import TableCalls

from pytest_lambda_events import LambdaEvents, NotSimulatedError

Json = dict[str, Any]
A = {"S": "a"}
ITEMS: Sequence[Json] = (
    {"id": {"S": "a"}, "at": {"N": "1"}, "city": {"S": "Turin"}, "total": {"N": "5"}, "tags": {"SS": ["new", "red"]}},
    {"id": {"S": "a"}, "at": {"N": "2"}, "city": {"S": "Trier"}, "total": {"N": "15"}, "lines": {"L": [{"S": "x"}]}},
    {"id": {"S": "a"}, "at": {"N": "10"}, "city": {"S": "Oslo"}, "address": {"M": {"zip": {"S": "0150"}}}},
    {"id": {"S": "b"}, "at": {"N": "3"}, "city": {"S": "Turin"}, "paid": {"BOOL": True}, "raw": {"B": b"\0\xff"}},
)


@pytest.fixture
def orders(bare: BareAws) -> TableCalls:
    """A table with the keys `id` and `at`, an index, and four items."""
    calls = TableCalls(bare, ranged=True)
    calls.db.update_table(
        TableName="orders",
        AttributeDefinitions=[
            {"AttributeName": n, "AttributeType": t} for n, t in {"id": "S", "at": "N", "city": "S"}.items()
        ],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by_city",
                    "KeySchema": [{"AttributeName": "city", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            }
        ],
    )
    for item in ITEMS:
        calls.db.put_item(TableName="orders", Item=item)
    return calls


def execute(table: TableCalls, statement: str, *parameters: Json, **keywords: Any) -> list[Json]:
    given = {"Parameters": list(parameters)} if parameters else {}
    return list(table.db.execute_statement(Statement=statement, **given, **keywords)["Items"])


def refusal(raised: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    error: Any = raised.value.response["Error"]
    return error["Code"], error["Message"]


def places(items: Sequence[Json]) -> list[str]:
    return [f"{item['id']['S']}{item['at']['N']}" for item in items]


# ---------------------------------------------------------------------- SELECT


@pytest.mark.parametrize(
    ("where", "parameters", "found"),
    [
        ("", [], "a1 a2 a10 b3"),
        ("WHERE id = ?", [A], "a1 a2 a10"),
        ("WHERE 'a' = id", [], "a1 a2 a10"),
        ("WHERE id = ? AND at = ?", [A, {"N": "2.0"}], "a2"),
        ("WHERE id = 'a' AND at > 1", [], "a2 a10"),
        ("WHERE id = 'a' AND 1 < at", [], "a2 a10"),
        ("WHERE id = 'a' AND at BETWEEN ? AND ?", [{"N": "2"}, {"N": "9"}], "a2"),
        ("WHERE id IN ['b', 'a']", [], "b3 a1 a2 a10"),
        ("WHERE id IN (?, ?) AND at >= 3", [{"S": "b"}, A], "b3 a10"),
        ("WHERE id = 'a' ORDER BY at DESC", [], "a10 a2 a1"),
        ("WHERE id = 'a' ORDER BY at", [], "a1 a2 a10"),
        ("WHERE city = ?", [{"S": "Turin"}], "a1 b3"),
        ("WHERE city <> 'Turin'", [], "a2 a10"),
        ("WHERE city != 'Turin' AND NOT total = 15", [], "a10"),
        ("WHERE id = 'b' OR total > ?", [{"N": "9"}], "a2 b3"),
        ("WHERE id = 'a' AND (total = 5 OR city = 'Oslo')", [], "a1 a10"),
        ("WHERE (id = 'a' AND at = 1) AND total = 5", [], "a1"),
        ("WHERE id = 'a' OR id = 'b' AND at = 0", [], "a1 a2 a10"),
        ("WHERE NOT (id = 'a' OR city = 'Oslo')", [], "b3"),
        ("WHERE begins_with(\"city\", 'T') AND id = 'a'", [], "a1 a2"),
        ("WHERE begins_with(city, ?)", [{"S": "Tr"}], "a2"),
        ("WHERE contains(tags, 'red')", [], "a1"),
        ("WHERE contains(lines, ?)", [{"S": "x"}], "a2"),
        ("WHERE contains(city, 'ri')", [], "a1 a2 b3"),
        ("WHERE attribute_type(total, 'N')", [], "a1 a2"),
        ("WHERE size(tags) = 2", [], "a1"),
        ("WHERE size(raw) >= ?", [{"N": "2"}], "b3"),
        ("WHERE paid = true", [], "b3"),
        ("WHERE total IS MISSING", [], "a10 b3"),
        ("WHERE total IS NOT MISSING", [], "a1 a2"),
        ("WHERE address.zip = '0150'", [], "a10"),
        ("WHERE lines[0] = 'x'", [], "a2"),
        ("WHERE lines[1] = 'x'", [], ""),
        ("WHERE raw = ?", [{"B": b"\0\xff"}], "b3"),
        ("WHERE city < 'P'", [], "a10"),
        ("where city = 'It''s'", [], ""),
    ],
)
def test_select_returns_the_items_that_match_its_condition(
    where: str, parameters: list[Json], found: str, orders: TableCalls
) -> None:
    items = execute(orders, f'SELECT * FROM "orders" {where}', *parameters)

    assert places(items) == found.split()


def test_select_gives_whole_items_or_the_attributes_that_it_names(orders: TableCalls) -> None:
    assert execute(orders, "SELECT * FROM orders WHERE id = 'b'") == [ITEMS[3]]
    assert execute(orders, 'SELECT "city", total FROM orders WHERE id = ?', A) == [
        {"city": {"S": "Turin"}, "total": {"N": "5"}},
        {"city": {"S": "Trier"}, "total": {"N": "15"}},
        {"city": {"S": "Oslo"}},
    ]


def test_select_reads_an_index(orders: TableCalls) -> None:
    items = execute(orders, 'SELECT * FROM "orders"."by_city" WHERE city = ?', {"S": "Turin"})

    assert places(items) == ["a1", "b3"]
    assert set(items[0]) == {"id", "at", "city"}


def test_select_examines_up_to_its_limit_of_items_and_continues_after_them(orders: TableCalls) -> None:
    pages: list[list[str]] = []
    token: Json = {}
    while not pages or token:
        answer = orders.db.execute_statement(Statement="SELECT * FROM orders WHERE total > 1", Limit=1, **token)
        pages.append(places(answer["Items"]))
        token = {"NextToken": answer["NextToken"]} if "NextToken" in answer else {}

    assert pages == [["a1"], ["a2"], [], []]


def test_the_next_page_misses_nothing_when_the_items_of_the_first_are_deleted(orders: TableCalls) -> None:
    first = orders.db.execute_statement(Statement="SELECT * FROM orders", Limit=2)
    for item in first["Items"]:
        execute(orders, "DELETE FROM orders WHERE id = ? AND at = ?", item["id"], item["at"])

    second = orders.db.execute_statement(Statement="SELECT * FROM orders", NextToken=first["NextToken"])

    assert (places(first["Items"]), places(second["Items"])) == (["a1", "a2"], ["a10", "b3"])
    assert first["LastEvaluatedKey"] == {"id": A, "at": {"N": "2"}}


# ---------------------------------------------------------------------- INSERT


def test_insert_puts_an_item_of_literals_and_parameters(orders: TableCalls) -> None:
    statement = (
        "INSERT INTO orders VALUE {'id': ?, 'at': -1.50, 'flag': false, 'none': NULL, 'it''s': 'x', "
        "'list': [1, ?, {'deep': 'y'}], 'set': <<'p', 'q'>>, 'numbers': <<2, 1>>}"
    )

    assert execute(orders, statement, {"S": "c"}, {"B": b"\1"}) == []

    assert execute(orders, "SELECT * FROM orders WHERE id = 'c'") == [
        {
            "id": {"S": "c"}, "at": {"N": "-1.5"}, "flag": {"BOOL": False}, "none": {"NULL": True}, "it's": {"S": "x"},
            "list": {"L": [{"N": "1"}, {"B": b"\1"}, {"M": {"deep": {"S": "y"}}}]}, "set": {"SS": ["p", "q"]},
            "numbers": {"NS": ["1", "2"]},
        }
    ]  # fmt: skip


def test_insert_over_an_item_is_refused_and_changes_nothing(orders: TableCalls) -> None:
    with pytest.raises(orders.db.exceptions.DuplicateItemException) as raised:
        execute(orders, "INSERT INTO orders VALUE {'id': 'a', 'at': ?}", {"N": "1"})

    assert refusal(raised) == ("DuplicateItemException", "Duplicate primary key exists in table")
    assert execute(orders, "SELECT * FROM orders WHERE id = 'a' AND at = 1") == [ITEMS[0]]


# ---------------------------------------------------------------------- UPDATE and DELETE

KEY = "WHERE id = 'a' AND at = 1"


@pytest.mark.parametrize(
    ("changes", "parameters", "changed"),
    [
        ("SET city = ?", [{"S": "Rome"}], {"city": {"S": "Rome"}}),
        ("SET city = 'Rome' SET total = 6", [], {"city": {"S": "Rome"}, "total": {"N": "6"}}),
        ("SET city = 'Rome', total = 6", [], {"city": {"S": "Rome"}, "total": {"N": "6"}}),
        ("SET total = total + ?", [{"N": "2"}], {"total": {"N": "7"}}),
        ("SET total = total - 2", [], {"total": {"N": "3"}}),
        ("SET copy = city", [], {"copy": {"S": "Turin"}}),
        ("REMOVE total REMOVE tags", [], {"total": None, "tags": None}),
        ("SET city = 'Rome' REMOVE total", [], {"city": {"S": "Rome"}, "total": None}),
        ("SET tags = set_add(tags, <<'blue'>>)", [], {"tags": {"SS": ["blue", "new", "red"]}}),
        ("SET tags = set_delete(tags, ?)", [{"SS": ["new"]}], {"tags": {"SS": ["red"]}}),
        ("SET address = {'zip': ?}", [{"S": "1"}], {"address": {"M": {"zip": {"S": "1"}}}}),
    ],
)
def test_update_changes_one_item(changes: str, parameters: list[Json], changed: Json, orders: TableCalls) -> None:
    assert execute(orders, f'UPDATE "orders" {changes} {KEY}', *parameters) == []

    expected = {name: value for name, value in {**ITEMS[0], **changed}.items() if value is not None}
    assert execute(orders, f"SELECT * FROM orders {KEY}") == [expected]


def test_update_changes_what_is_inside_of_an_item(orders: TableCalls) -> None:
    execute(orders, "UPDATE orders SET lines = list_append(lines, ?) WHERE id = 'a' AND at = 2", {"L": [{"S": "y"}]})
    execute(orders, "UPDATE orders SET lines[0] = 'z' WHERE id = 'a' AND at = 2")
    execute(orders, "UPDATE orders SET address.zip = '1' SET address.street = 'Main' WHERE id = 'a' AND at = 10")

    two, ten = execute(orders, "SELECT lines, address FROM orders WHERE id = 'a' AND at > 1")
    assert two == {"lines": {"L": [{"S": "z"}, {"S": "y"}]}}
    assert ten == {"address": {"M": {"zip": {"S": "1"}, "street": {"S": "Main"}}}}


@pytest.mark.parametrize(
    ("returning", "found"),
    [
        ("ALL OLD", ITEMS[0]),
        ("ALL NEW", {**ITEMS[0], "total": {"N": "6"}}),
        ("MODIFIED OLD", {"total": {"N": "5"}}),
        ("MODIFIED NEW", {"total": {"N": "6"}}),
    ],
)
def test_update_returns_what_it_is_asked_for(returning: str, found: Json, orders: TableCalls) -> None:
    assert execute(orders, f"UPDATE orders SET total = 6 {KEY} RETURNING {returning} *") == [found]


def test_delete_removes_one_item_and_returns_it(orders: TableCalls) -> None:
    assert execute(orders, f"DELETE FROM orders {KEY} AND city = ? RETURNING ALL OLD *", {"S": "Turin"}) == [ITEMS[0]]

    assert execute(orders, f"SELECT * FROM orders {KEY}") == []


def test_delete_of_what_is_not_there_succeeds(orders: TableCalls) -> None:
    statement = "DELETE FROM orders WHERE id = 'a' AND at = 99 AND city = 'Turin' RETURNING ALL OLD *"

    assert execute(orders, statement) == []


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE orders SET total = 6 {KEY} AND city = 'Rome'",
        f"UPDATE orders SET total = 6 {KEY} AND at = 2",
        "UPDATE orders SET total = 6 WHERE id = 'a' AND at = 99",
        f"DELETE FROM orders {KEY} AND city = 'Rome'",
    ],
    ids=["condition", "two keys", "no item", "condition of a delete"],
)
def test_a_write_whose_condition_is_false_is_refused_and_changes_nothing(statement: str, orders: TableCalls) -> None:
    with pytest.raises(orders.db.exceptions.ConditionalCheckFailedException, match="The conditional request failed"):
        execute(orders, statement)

    assert places(orders.items) == ["a1", "a2", "a10", "b3"]
    assert execute(orders, f"SELECT * FROM orders {KEY}") == [ITEMS[0]]


def test_a_refused_write_returns_the_item_if_it_is_asked_for(orders: TableCalls) -> None:
    statement = f"UPDATE orders SET total = 6 {KEY} AND city = 'Rome'"

    with pytest.raises(ClientError) as raised:
        execute(orders, statement, ReturnValuesOnConditionCheckFailure="ALL_OLD")

    response: Any = raised.value.response
    assert response["Item"]["city"] == {"S": "Turin"}


# ---------------------------------------------------------------------- refusals

NO_KEY = "Where clause does not contain a mandatory equality on all key attributes"
WRONG_TYPE = "One or more parameter values were invalid: Condition parameter type does not match schema type"


@pytest.mark.parametrize(
    ("statement", "parameters", "code", "message"),
    [
        ("SELECT * FROM nowhere", [], "ResourceNotFoundException", "Requested resource not found"),
        ("UPDATE nowhere SET a = 1 WHERE id = 'a'", [], "ResourceNotFoundException", "Requested resource not found"),
        ("SELECT * FROM orders.nowhere", [], "ValidationException", "The table does not have the specified index"),
        ("SELECT * FROM orders WHERE id = ?", [], "ValidationException", "Number of parameters"),
        ("SELECT * FROM orders WHERE id = ?", [A, A], "ValidationException", "Number of parameters"),
        ("SELECT * FROM orders WHERE id = 1", [], "ValidationException", WRONG_TYPE),
        ("SELECT * FROM orders WHERE id = 'a' AND at > 'x'", [], "ValidationException", WRONG_TYPE),
        ("SELECT * FROM orders ORDER BY at", [], "ValidationException", "Must have WHERE clause"),
        ("SELECT * FROM orders WHERE begins_with(city, 1)", [], "ValidationException", "Incorrect operand type"),
        ("SELECT * FROM orders WHERE paid > true", [], "ValidationException", "Incorrect operand type"),
        ("UPDATE orders SET total = 1 WHERE id = 'a'", [], "ValidationException", NO_KEY),
        ("UPDATE orders SET total = 1", [], "ValidationException", NO_KEY),
        ("DELETE FROM orders WHERE id = 'a' OR at = 1", [], "ValidationException", NO_KEY),
        ("DELETE FROM orders WHERE id = 1 AND at = 1", [], "ValidationException", "The provided key element does not match"),
        ("UPDATE orders SET at = 5 WHERE id = 'a' AND at = 1", [], "ValidationException", "part of the key"),
        ("INSERT INTO orders VALUE {'id': 'a'}", [], "ValidationException", "One or more parameter values were invalid"),
        ("INSERT INTO orders VALUE {'id': 'a', 'at': 'x'}", [], "ValidationException", "Type mismatch for key at"),
        ("SELECT * FROM", [], "ValidationException", "Statement wasn't well formed, can't be processed"),
        ("SELECT * FROM orders WHERE city = 'open", [], "ValidationException", "Statement wasn't well formed"),
        ("DROP TABLE orders", [], "ValidationException", "Statement wasn't well formed"),
        ("EXISTS(SELECT * FROM orders WHERE id = 'a')", [], "ValidationException", "Statement wasn't well formed"),
    ],
)
def test_a_wrong_statement_is_answered_as_aws_answers_it(
    statement: str, parameters: list[Json], code: str, message: str, orders: TableCalls
) -> None:
    with pytest.raises(ClientError) as raised:
        execute(orders, statement, *parameters)

    assert refusal(raised)[0] == code
    assert message in refusal(raised)[1]
    assert len(orders.items) == len(ITEMS)


@pytest.mark.parametrize(
    ("statement", "part"),
    [
        ("SELECT COUNT(*) FROM orders", "'(' at position 13, where FROM is expected"),
        ("SELECT address.zip FROM orders", "'.' at position 15"),
        ("SELECT * FROM orders AS o", "'AS' at position 22"),
        ("SELECT * FROM orders LIMIT 1", "'LIMIT' at position 22"),
        ("SELECT * FROM orders WHERE city LIKE 'T%'", "'LIKE' at position 33"),
        ("SELECT * FROM orders WHERE city IS NULL", "'NULL' at position 36"),
        ("SELECT * FROM orders WHERE id IN ?", "'?' at position 34"),
        ("SELECT * FROM orders WHERE city = 'Turin' ORDER BY at", "ORDER BY at, which is not a key of one partition"),
        ("SELECT total FROM orders.by_city", "the index by_city does not hold total"),
        ("INSERT INTO orders <<{'id': 'c'}>>", "'<<' at position 20"),
        ("INSERT INTO orders VALUE {'id': 'c', 'at': 1, 'x': <<1, 'a'>>}", "a set at position 54"),
        ("UPDATE orders SET total = size(tags) WHERE id = 'a' AND at = 1", "size() in SET"),
        ("UPDATE orders SET x = set_add(tags, <<1>>) WHERE id = 'a' AND at = 1", "set_add of anything but"),
        ("DELETE FROM orders WHERE id = 'a' AND at = 1 RETURNING ALL NEW *", "'NEW' at position 60"),
    ],
)
def test_a_statement_that_is_not_simulated_is_refused_by_name(statement: str, part: str, orders: TableCalls) -> None:
    with pytest.raises(NotSimulatedError) as raised:
        execute(orders, statement)

    assert str(raised.value).startswith(f"The PartiQL statement {statement!r} is not simulated: ")
    assert part in str(raised.value)
    assert "Use query, scan, get_item" in str(raised.value)
    assert len(orders.items) == len(ITEMS)


# ---------------------------------------------------------------------- several statements


def test_each_statement_of_a_batch_is_answered_by_itself(orders: TableCalls) -> None:
    statements = [
        {"Statement": "INSERT INTO orders VALUE {'id': ?, 'at': 1}", "Parameters": [{"S": "c"}]},
        {"Statement": "INSERT INTO orders VALUE {'id': 'a', 'at': 1}"},
        {"Statement": "UPDATE orders SET total = 1 WHERE id = 'a' AND at = 99"},
        {"Statement": "UPDATE nowhere SET total = 1 WHERE id = 'a'"},
        {"Statement": "DELETE FROM orders WHERE id = 'a'"},
        {"Statement": "DELETE FROM orders WHERE id = 'b' AND at = 3 RETURNING ALL OLD *"},
    ]

    responses = orders.db.batch_execute_statement(Statements=statements)["Responses"]

    assert [response.get("Error", {}).get("Code") for response in responses] == [
        None, "DuplicateItem", "ConditionalCheckFailed", "ResourceNotFound", "ValidationError", None,
    ]  # fmt: skip
    assert responses[0] == {"TableName": "orders"}
    assert responses[5] == {"TableName": "orders", "Item": ITEMS[3]}
    assert sorted(places(orders.items)) == ["a1", "a10", "a2", "c1"]


def test_a_batch_reads_single_items(orders: TableCalls) -> None:
    statements = [
        {"Statement": "SELECT city FROM orders WHERE id = ? AND at = ?", "Parameters": [A, {"N": "2"}]},
        {"Statement": "SELECT * FROM orders WHERE id = 'a' AND at = 99"},
        {"Statement": "SELECT * FROM orders WHERE id = 'a'"},
    ]

    responses = orders.db.batch_execute_statement(Statements=statements)["Responses"]

    message = "Select statements within BatchExecuteStatement must specify the primary key in the where clause."
    assert responses == [
        {"TableName": "orders", "Item": {"city": {"S": "Trier"}}},
        {"TableName": "orders"},
        {"TableName": "orders", "Error": {"Code": "ValidationError", "Message": message}},
    ]


def test_a_transaction_writes_all(orders: TableCalls) -> None:
    orders.db.execute_transaction(
        TransactStatements=[
            {"Statement": "EXISTS(SELECT * FROM orders WHERE id = 'a' AND at = 1 AND city = 'Turin')"},
            {"Statement": "INSERT INTO orders VALUE {'id': ?, 'at': 1}", "Parameters": [{"S": "c"}]},
            {"Statement": "DELETE FROM orders WHERE id = 'b' AND at = 3"},
        ]
    )

    assert sorted(places(orders.items)) == ["a1", "a10", "a2", "c1"]


def test_a_transaction_writes_nothing_if_one_of_its_statements_is_refused(orders: TableCalls) -> None:
    before = len(orders.records)

    with pytest.raises(orders.db.exceptions.TransactionCanceledException) as raised:
        orders.db.execute_transaction(
            TransactStatements=[
                {"Statement": "UPDATE orders SET total = 99 WHERE id = 'a' AND at = 1"},
                {"Statement": "INSERT INTO orders VALUE {'id': 'b', 'at': 3}"},
                {"Statement": "EXISTS(SELECT * FROM orders WHERE id = 'a' AND at = 2 AND city = 'Turin')"},
            ]
        )

    response: Any = raised.value.response
    codes = ["None", "DuplicateItem", "ConditionalCheckFailed"]
    assert [reason["Code"] for reason in response["CancellationReasons"]] == codes
    assert execute(orders, f"SELECT * FROM orders {KEY}") == [ITEMS[0]]
    assert len(orders.records) == before


def test_a_transaction_reads_items_in_order(orders: TableCalls) -> None:
    statements = [
        {"Statement": "SELECT city FROM orders WHERE id = 'b' AND at = 3"},
        {"Statement": "SELECT city FROM orders WHERE id = 'b' AND at = 99"},
    ]

    responses = orders.db.execute_transaction(TransactStatements=statements)["Responses"]

    assert responses == [{"Item": {"city": {"S": "Turin"}}}, {}]


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        ([f"UPDATE orders SET x = 1 {KEY}", f"DELETE FROM orders {KEY}"], "multiple operations on one item"),
        ([f"UPDATE orders SET x = 1 {KEY}", "SELECT * FROM orders WHERE id = 'b' AND at = 3"], "both read and write"),
        ([f"UPDATE orders SET x = 1 {KEY}"] * 101, "less than or equal to 100"),
    ],
    ids=["one item", "mixed", "too many"],
)
def test_a_transaction_that_aws_does_not_take_is_refused(statements: list[str], message: str, orders: TableCalls) -> None:
    with pytest.raises(ClientError, match=message):
        orders.db.execute_transaction(TransactStatements=[{"Statement": statement} for statement in statements])

    assert execute(orders, f"SELECT * FROM orders {KEY}") == [ITEMS[0]]


# ---------------------------------------------------------------------- streams


def test_the_writes_of_statements_reach_functions_by_the_stream(lambda_events: LambdaEvents) -> None:
    table = lambda_events.table("orders", partition_key="id", stream_view_type="NEW_AND_OLD_IMAGES")
    audit = lambda_events.function(
        lambda event, context: [(record["eventName"], record["dynamodb"].get("NewImage")) for record in event["Records"]],
        name="audit",
    )
    audit.add_event_source(table, starting_position="TRIM_HORIZON")
    dynamodb = lambda_events.client("dynamodb")

    dynamodb.execute_statement(Statement="INSERT INTO orders VALUE {'id': ?}", Parameters=[A])
    dynamodb.execute_statement(Statement="UPDATE orders SET total = 5 WHERE id = 'a'")
    dynamodb.execute_statement(Statement="UPDATE orders SET total = 5 WHERE id = 'a'")
    dynamodb.batch_execute_statement(Statements=[{"Statement": "UPDATE orders SET total = total + 1 WHERE id = 'a'"}])
    dynamodb.execute_transaction(TransactStatements=[{"Statement": "DELETE FROM orders WHERE id = 'a'"}])
    lambda_events.run_until_idle()

    told = [record for attempt in audit.attempts for record in attempt.response]
    assert told == [
        ["INSERT", {"id": A}],
        ["MODIFY", {"id": A, "total": {"N": "5"}}],
        ["MODIFY", {"id": A, "total": {"N": "6"}}],
        ["REMOVE", None],
    ]


def test_a_refused_statement_that_a_handler_swallows_fails_the_test(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        try:
            lambda_events.client("dynamodb").execute_statement(Statement="SELECT * FROM orders LIMIT 1")
        except Exception:
            return

    fn = lambda_events.function(handler)

    with pytest.raises(NotSimulatedError, match="'LIMIT' at position 22"):
        fn.invoke({})
