"""Generated calls of DynamoDB, valid and invalid, for tests that compare two ways to answer them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

Call = tuple[str, dict[str, Any]]
Values = dict[str, Any]
T = TypeVar("T")

TABLES = {"plain": "S", "ranged": "S", "binary": "B", "numbered": "N"}
"""The type of the hash key of each table."""
_OFTEN = ("plain", "plain", "ranged", "ranged", "ranged", "binary", "numbered")
_HASH_KEYS: dict[str, Sequence[Any]] = {"S": "abcd", "B": (b"a", b"b", b"c"), "N": ("1", "2", "10", "1.0")}
_NAMES = {"#n": "n", "#m": "m", "#r": "size", "#x": "x", "#id": "id", "#s": "s", "#odd": "a.b c"}
_VALUES: Values = {
    ":zero": {"N": "0"}, ":one": {"N": "1"}, ":float": {"N": "1.0"}, ":half": {"N": "-0.5"}, ":text": {"S": "text"},
    ":empty": {"S": ""}, ":wide": {"S": "b\u00e4h"}, ":bytes": {"B": b"\x00\x01"}, ":blob": {"B": b"a"},
    ":yes": {"BOOL": True}, ":null": {"NULL": True}, ":strings": {"SS": ["p", "q"]}, ":numbers": {"NS": ["1", "2"]},
    ":blobs": {"BS": [b"1"]},
    ":list": {"L": [{"N": "1"}, {"S": "q"}]}, ":map": {"M": {"x": {"N": "7"}, "l": {"L": []}}}, ":type": {"S": "S"},
    ":more": {"SS": ["q", "r"]}, ":digits": {"NS": ["2", "3"]}, ":a": {"S": "a"}, ":large": {"S": "x" * 1_000},
}  # fmt: skip
_PATHS = (
    "n",
    "s",
    "b",
    "l",
    "m",
    "ss",
    "ns",
    "fresh",
    "#n",
    "#odd",
    "#r",
    "l[0]",
    "m.x",
    "m.l",
    "#m.x",
    "m.#x",
    "m.l[0]",
    "l[7]",
)
_ODD_PATHS = ("m.none.x", "size", "id", "#id", "at", "#none", "s.x", "n[0]", "fresh.x", "l.x")
_QUERIED = {"S": ":a", "B": ":blob", "N": ":one"}
_OF_S = ("by s", "part")
_OPERATORS = ("=", "<>", "<", "<=", ">", ">=")
_FUNCTIONS = ("attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size")
_PLACEHOLDER_ENDS = " ,.()[]=<>+-"


@dataclass(frozen=True)
class _Text:
    """An expression, and the ways to pass its names and values."""

    text: str

    @property
    def names(self) -> dict[str, str]:
        return {name: _NAMES[name] for name in self._placeholders("#") if name in _NAMES}

    @property
    def values(self) -> Values:
        return {value: _VALUES[value] for value in self._placeholders(":") if value in _VALUES}

    def _placeholders(self, mark: str) -> list[str]:
        cleared = "".join(" " if character in _PLACEHOLDER_ENDS else character for character in self.text)
        return sorted({word for word in cleared.split() if word.startswith(mark)})


class Calls:
    """Calls from one seed. The same seed has the same calls."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def take(self, count: int) -> Sequence[Call]:
        """Returns the next calls."""
        return [self._call() for _ in range(count)]

    def _call(self) -> Call:
        kinds: tuple[Callable[[], Call], ...] = (
            self._put, self._put, self._update, self._update, self._update, self._update, self._get, self._delete,
            self._query, self._query, self._scan, self._transaction, self._batch, self._read_batch, self._read_transaction,
        )  # fmt: skip
        return self._one(kinds)()

    def _one(self, options: Sequence[T]) -> T:
        return self._random.choice(options)

    def _happens(self, probability: float) -> bool:
        return self._random.random() < probability

    # ------------------------------------------------------------------ items

    def _key(self, table: str) -> Values:
        key: Values = {"id": {TABLES[table]: self._one(_HASH_KEYS[TABLES[table]])}}
        if table == "ranged":
            key["at"] = {"N": self._one(("1", "2", "10", "1.0", "-3"))}
        if self._happens(0.03):
            key[self._one(("id", "at", "n"))] = self._one(list(_VALUES.values()))
        return key

    def _item(self, table: str) -> Values:
        names = self._random.sample(("n", "s", "b", "l", "m", "ss", "ns", "size"), self._random.randint(0, 5))
        usual = {"n": ":one", "s": ":text", "b": ":bytes", "l": ":list", "m": ":map", "ss": ":strings", "ns": ":numbers"}
        values = {name: _VALUES[usual.get(name, ":one")] for name in names}
        if self._happens(0.2):
            values["s"] = {"S": self._one(("a", "b", "c"))}
        if self._happens(0.2):
            values["n"] = self._one(list(_VALUES.values()))
        if self._happens(0.02):
            values["large"] = {"S": "x" * self._one((60_000, 240_000, 410_000))}
        return {**values, **self._key(table)}

    # ------------------------------------------------------------------ expressions

    def _spoiled(self, text: str) -> str:
        if not self._happens(0.07):
            return text
        position = self._random.randrange(len(text) + 1)
        return (
            text[:position] + self._one(("", " ", ",", "(", ")", "#", ":", "[", "AND ", "SET ", "\n")) + text[position + 1 :]
        )

    def _value(self) -> str:
        return str(self._one(tuple(_VALUES)) if self._happens(0.98) else ":none")

    def _path(self) -> str:
        return str(self._one(_PATHS if self._happens(0.95) else _ODD_PATHS))

    def _operand(self) -> str:
        kind = self._random.random()
        if kind < 0.65:
            return self._value()
        if kind < 0.75:
            return self._path()
        if kind < 0.9:
            return f"if_not_exists({self._path()}, {self._one((self._value(), self._value(), self._path()))})"
        return f"list_append({self._one((':list', self._path()))}, {self._one((':list', self._value()))})"

    def _assignment(self) -> str:
        if self._happens(0.2):
            return self._one(
                ("n = n + :one", "#n = if_not_exists(#n, :zero) - :one", "l = list_append(l, :list)", "ns = :one + :one")
            )
        text = f"{self._path()} = {self._operand()}"
        return f"{text} {self._one('+-')} {self._operand()}" if self._happens(0.1) else text

    def _update_text(self) -> _Text:
        clauses: dict[str, Callable[[], str]] = {
            "SET": self._assignment,
            "REMOVE": self._path,
            "ADD": lambda: self._one(("n :one", "#n :half", "ss :more", "ns :digits", f"{self._path()} {self._value()}")),
            "DELETE": lambda: self._one(("ss :more", "ns :digits", f"{self._path()} {self._value()}")),
        }
        chosen = self._random.sample(("SET", "SET", "ADD", "REMOVE", "DELETE"), self._one((1, 1, 1, 2, 3)))
        texts = [f"{clause} {', '.join(clauses[clause]() for _ in range(self._one((1, 1, 2))))}" for clause in chosen]
        return _Text(self._spoiled(" ".join(texts)))

    def _compared(self) -> str:
        return f"size({self._path()})" if self._happens(0.1) else self._one((self._path(), self._path(), self._value()))

    def _condition(self, depth: int = 0) -> str:
        kind = self._random.random()
        if depth < 2 and kind < 0.3:
            joined = f"{self._condition(depth + 1)} {self._one(('AND', 'OR', 'and'))} {self._condition(depth + 1)}"
            return f"({joined})" if self._happens(0.4) else joined
        if kind < 0.4:
            return f"NOT {self._condition(depth + 1)}"
        if kind < 0.65:
            return f"{self._compared()} {self._one(_OPERATORS)} {self._compared()}"
        if kind < 0.72:
            return f"{self._path()} BETWEEN {self._compared()} AND {self._compared()}"
        if kind < 0.8:
            return f"{self._path()} IN ({', '.join(self._value() for _ in range(self._one((1, 2, 3))))})"
        function = self._one(_FUNCTIONS)
        second = "" if function.startswith(("attribute_e", "attribute_n", "size")) else f", {self._value()}"
        return f"{function}({self._path()}{second})"

    def _condition_text(self) -> _Text:
        return _Text(self._spoiled(self._condition()))

    def _projection(self) -> _Text:
        return _Text(self._spoiled(", ".join(self._path() for _ in range(self._one((1, 2, 3))))))

    def _with(self, parameters: dict[str, Any], **expressions: _Text) -> dict[str, Any]:
        names = {name: value for each in expressions.values() for name, value in each.names.items()}
        values = {name: value for each in expressions.values() for name, value in each.values.items()}
        if self._happens(0.02):
            names["#unused"] = "unused"
        if self._happens(0.02):
            values[":unused"] = {"N": "1"}
        # The same text with another meaning.
        if names and self._happens(0.1):
            names = dict.fromkeys(names, self._one(("n", "s", "m")))
        if values and self._happens(0.1):
            values = {name: self._one(list(_VALUES.values())) for name in values}
        texts = {name: each.text for name, each in expressions.items()}
        given = {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
        return {**parameters, **texts, **{name: held for name, held in given.items() if held}}

    def _conditional(self, parameters: dict[str, Any], **expressions: _Text) -> dict[str, Any]:
        if self._happens(0.3):
            expressions["ConditionExpression"] = self._condition_text()
            if self._happens(0.3):
                parameters["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return self._with(parameters, **expressions)

    # ------------------------------------------------------------------ calls

    def _put(self) -> Call:
        table = self._one(_OFTEN)
        returned = {"ReturnValues": "ALL_OLD"} if self._happens(0.3) else {}
        return "put_item", self._conditional({"TableName": table, "Item": self._item(table), **returned})

    def _update(self) -> Call:
        table = self._one(_OFTEN)
        returned = self._one(("NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"))
        parameters = {"TableName": table, "Key": self._key(table), "ReturnValues": returned}
        return "update_item", self._conditional(parameters, UpdateExpression=self._update_text())

    def _get(self) -> Call:
        table = self._one(_OFTEN)
        projected = {"ProjectionExpression": self._projection()} if self._happens(0.4) else {}
        call = self._with({"TableName": table, "Key": self._key(table)}, **projected)
        return "get_item", {name: value for name, value in call.items() if name != "ExpressionAttributeValues"}

    def _delete(self) -> Call:
        table = self._one(_OFTEN)
        return "delete_item", self._conditional({"TableName": table, "Key": self._key(table), "ReturnValues": "ALL_OLD"})

    def _query(self) -> Call:
        table = self._one(_OFTEN)
        index = {"IndexName": self._one(("by s", "part", "local"))} if self._happens(0.3) else {}
        name = "s" if index.get("IndexName") in _OF_S else self._one(("id", "id", "#id"))
        value = _QUERIED[TABLES[table]] if name != "s" else self._one((":a", ":text"))
        condition = f"{name} = {value if self._happens(0.9) else self._value()}"
        if self._happens(0.4):
            name = "n" if index else "at"
            condition += self._one((f" AND {name} > :half", f" AND {name} BETWEEN :zero AND :one", f" AND {name} = :float"))
        key = {"ExclusiveStartKey": self._key(table)} if self._happens(0.2) and not index else {}
        return "query", self._page(
            {"TableName": table, **index, **key}, KeyConditionExpression=_Text(self._spoiled(condition))
        )

    def _scan(self) -> Call:
        segments: Values = {"Segment": self._one((0, 1)), "TotalSegments": 2} if self._happens(0.2) else {}
        index = {"IndexName": self._one(("by s", "part", "local"))} if self._happens(0.2) else {}
        return "scan", self._page({"TableName": self._one(_OFTEN), **segments, **index})

    def _page(self, parameters: dict[str, Any], **expressions: _Text) -> dict[str, Any]:
        if self._happens(0.4):
            expressions["FilterExpression"] = self._condition_text()
        if self._happens(0.2):
            expressions["ProjectionExpression"] = self._projection()
        if self._happens(0.3):
            parameters["Limit"] = self._one((1, 2, 3))
        if "KeyConditionExpression" in expressions and self._happens(0.3):
            parameters["ScanIndexForward"] = False
        return self._with(parameters, **expressions)

    def _transaction(self) -> Call:
        kinds = {"Put": self._put, "Update": self._update, "Delete": self._delete, "ConditionCheck": self._delete}
        items = []
        for kind in self._random.choices(list(kinds), k=self._one((1, 2, 3))):
            parameters = {name: value for name, value in kinds[kind]()[1].items() if name != "ReturnValues"}
            if kind == "ConditionCheck":
                parameters.setdefault("ConditionExpression", "attribute_exists(id)")
            items.append({kind: parameters})
        token = {"ClientRequestToken": self._one("xyz")} if self._happens(0.2) else {}
        return "transact_write_items", {"TransactItems": items, **token}

    def _batch(self) -> Call:
        requests: dict[str, Any] = {}
        for _ in range(self._one((1, 2, 4))):
            table = self._one(_OFTEN)
            put = {"PutRequest": {"Item": self._item(table)}}
            deletion = {"DeleteRequest": {"Key": self._key(table)}}
            requests.setdefault(table, []).append(self._one((put, deletion)))
        return "batch_write_item", {"RequestItems": requests}

    def _read_batch(self) -> Call:
        return "batch_get_item", {"RequestItems": {table: {"Keys": [self._key(table)]} for table in TABLES}}

    def _read_transaction(self) -> Call:
        gets = [{"Get": {"TableName": table, "Key": self._key(table)}} for table in TABLES]
        return "transact_get_items", {"TransactItems": gets}
