"""Parses a PartiQL statement with its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from ..images import number_text
from .statements import (
    All,
    AnyOf,
    Assignment,
    Between,
    Call,
    Comparison,
    Condition,
    Delete,
    Exists,
    In,
    Insert,
    IsMissing,
    Not,
    Operand,
    Path,
    Select,
    Size,
    Statement,
    Update,
    Value,
)
from .tokens import Malformed, Token, Unsupported, WrongParameters, tokens_of

Typed = Mapping[str, Any]
T = TypeVar("T")

KINDS = ("SELECT", "INSERT", "UPDATE", "DELETE", "EXISTS")
_OPERATORS = ("=", "<>", "!=", "<", "<=", ">", ">=")
_CALLS = ("BEGINS_WITH", "CONTAINS", "ATTRIBUTE_TYPE")
_CLAUSES = ("WHERE", "SET", "REMOVE", "RETURNING", "ORDER", "FROM", "GROUP", "HAVING", "LIMIT", "OFFSET", "UNION")
_END = Token("end", "", 0)


def read(statement: str, parameters: Sequence[Typed]) -> Statement:
    """Returns a statement with its parameters inserted. Raises `Malformed`, `WrongParameters` or `Unsupported`."""
    reader = _Reader(tokens_of(statement), parameters)
    found = reader.statement()
    reader.check_end()
    return found


class _Reader:
    def __init__(self, tokens: Sequence[Token], parameters: Sequence[Typed]) -> None:
        self._tokens = tokens
        self._parameters = parameters
        self._next = 0
        self._bound = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._next] if self._next < len(self._tokens) else _END

    def _taken(self) -> Token:
        token = self.token
        self._next += 1
        return token

    def _unexpected(self, expected: str) -> Exception:
        token = self.token
        if token is _END:
            return Malformed(f"Expected {expected} at the end of the statement")
        return Unsupported(f"{token.text!r} at position {token.position}, where {expected} is expected")

    def _mark(self, mark: str) -> None:
        if not self._skip_mark(mark):
            raise self._unexpected(repr(mark))

    def _word(self, *words: str) -> str:
        if not self.token.is_word(*words):
            raise self._unexpected(" or ".join(words))
        return self._taken().text.upper()

    def _skip_mark(self, *marks: str) -> bool:
        is_there = self.token.is_mark(*marks)
        self._next += is_there
        return is_there

    def _skip_word(self, *words: str) -> bool:
        is_there = self.token.is_word(*words)
        self._next += is_there
        return is_there

    def _name(self, expected: str) -> str:
        if self.token.kind not in ("word", "name") or self.token.is_word(*_CLAUSES):
            raise self._unexpected(expected)
        return self._taken().text

    def _list(self, read_one: Callable[[], T], closing: str) -> tuple[T, ...]:
        found: list[T] = []
        while not self._skip_mark(closing):
            if found:
                self._mark(",")
            found.append(read_one())
        return tuple(found)

    def check_end(self) -> None:
        """Raises an error for remaining tokens, and for parameters without a place."""
        if self.token is not _END:
            raise self._unexpected("the end")
        if self._bound != len(self._parameters):
            raise WrongParameters

    def statement(self) -> Statement:
        if not self.token.is_word(*KINDS):
            raise Malformed("Expected SELECT, INSERT, UPDATE, DELETE or EXISTS at position 1")
        kind = self._taken().text.upper()
        readers: dict[str, Callable[[], Statement]] = {
            "SELECT": self._select, "INSERT": self._insert, "UPDATE": self._update, "DELETE": self._delete,
            "EXISTS": self._exists,
        }  # fmt: skip
        return readers[kind]()

    def _select(self) -> Select:
        columns = None if self._skip_mark("*") else self._columns()
        self._word("FROM")
        table = self._name("the name of a table")
        index = self._name("the name of an index") if self._skip_mark(".") else None
        return Select(table, index, columns, self._where(), self._order())

    def _columns(self) -> tuple[str, ...]:
        found = [self._name("the name of an attribute")]
        while self._skip_mark(","):
            found.append(self._name("the name of an attribute"))
        return tuple(found)

    def _order(self) -> tuple[str, bool] | None:
        if not self._skip_word("ORDER"):
            return None
        self._word("BY")
        name = self._name("the name of a key")
        descends = self._skip_word("DESC")
        if not descends:
            self._skip_word("ASC")
        return name, descends

    def _insert(self) -> Insert:
        self._word("INTO")
        table = self._name("the name of a table")
        self._word("VALUE")
        if not self.token.is_mark("{"):
            raise self._unexpected("'{'")
        return Insert(table, self._value().typed["M"])

    def _update(self) -> Update:
        table = self._name("the name of a table")
        assignments: list[Assignment] = []
        removed: list[Path] = []
        while self.token.is_word("SET", "REMOVE"):
            if self._word("SET", "REMOVE") == "REMOVE":
                removed.append(self._path())
                continue
            assignments.append(self._assignment())
            while self._skip_mark(","):
                assignments.append(self._assignment())
        if not assignments and not removed:
            raise self._unexpected("SET or REMOVE")
        return Update(table, tuple(assignments), tuple(removed), self._where(), self._returning(is_update=True))

    def _delete(self) -> Delete:
        self._word("FROM")
        table = self._name("the name of a table")
        return Delete(table, self._where(), self._returning(is_update=False))

    def _returning(self, *, is_update: bool) -> str:
        if not self._skip_word("RETURNING"):
            return "NONE"
        which = self._word("ALL", "MODIFIED") if is_update else self._word("ALL")
        when = self._word("OLD", "NEW") if is_update else self._word("OLD")
        self._mark("*")
        return f"{'ALL' if which == 'ALL' else 'UPDATED'}_{when}"

    def _exists(self) -> Exists:
        self._mark("(")
        self._word("SELECT")
        select = self._select()
        self._mark(")")
        return Exists(select)

    def _assignment(self) -> Assignment:
        path = self._path()
        self._mark("=")
        for function in ("LIST_APPEND", "SET_ADD", "SET_DELETE"):
            if self._skip_call(function):
                left = self._operand()
                self._mark(",")
                right = self._operand()
                self._mark(")")
                return Assignment(path, left, function.lower(), right)
        left = self._operand()
        if self.token.is_mark("+", "-"):
            return Assignment(path, left, self._taken().text, self._operand())
        return Assignment(path, left)

    def _where(self) -> All:
        if not self._skip_word("WHERE"):
            return All()
        condition = self._alternatives()
        return condition if isinstance(condition, All) else All((condition,))

    def _alternatives(self) -> Condition:
        found = [self._conjunction()]
        while self._skip_word("OR"):
            found.append(self._conjunction())
        return found[0] if len(found) == 1 else AnyOf(tuple(found))

    def _conjunction(self) -> Condition:
        found = [self._condition()]
        while self._skip_word("AND"):
            found.append(self._condition())
        if len(found) == 1:
            return found[0]
        # A condition in parentheses becomes part of the conjunction around it.
        return All(tuple(part for condition in found for part in _conjuncts(condition)))

    def _condition(self) -> Condition:
        if self._skip_word("NOT"):
            return Not(self._condition())
        if self._skip_mark("("):
            condition = self._alternatives()
            self._mark(")")
            return condition
        for function in _CALLS:
            if self._skip_call(function):
                return self._call(function.lower())
        operand = self._operand()
        if self.token.is_mark(*_OPERATORS):
            operator = self._taken().text
            return Comparison("<>" if operator == "!=" else operator, operand, self._operand())
        if self._skip_word("BETWEEN"):
            low = self._operand()
            self._word("AND")
            return Between(operand, low, self._operand())
        if self._skip_word("IN"):
            if not self.token.is_mark("[", "("):
                raise self._unexpected("'['")
            closing = "]" if self._taken().text == "[" else ")"
            return In(operand, self._list(self._operand, closing))
        if isinstance(operand, tuple) and self._skip_word("IS"):
            is_negated = self._skip_word("NOT")
            self._word("MISSING")
            return Not(IsMissing(operand)) if is_negated else IsMissing(operand)
        raise self._unexpected("an operator")

    def _call(self, function: str) -> Call:
        path = self._path()
        self._mark(",")
        argument = self._value()
        self._mark(")")
        return Call(function, path, argument)

    def _skip_call(self, function: str) -> bool:
        following = self._tokens[self._next + 1 : self._next + 2]
        is_there = self.token.is_word(function) and bool(following) and following[0].is_mark("(")
        self._next += 2 * is_there
        return is_there

    def _operand(self) -> Operand:
        if self._skip_call("SIZE"):
            path = self._path()
            self._mark(")")
            return Size(path)
        is_path = self.token.kind in ("word", "name") and not self.token.is_word("TRUE", "FALSE", "NULL")
        return self._path() if is_path else self._value()

    def _path(self) -> Path:
        found: list[str | int] = [self._name("an attribute")]
        while self.token.is_mark(".", "["):
            if self._taken().text == ".":
                found.append(self._name("an attribute"))
                continue
            if self.token.kind != "number" or not self.token.text.isdecimal():
                raise self._unexpected("a position")
            found.append(int(self._taken().text))
            self._mark("]")
        return tuple(found)

    def _value(self) -> Value:
        token = self.token
        if self._skip_mark("?"):
            return self._parameter()
        if self._skip_mark("-"):
            return self._number("-")
        if token.kind == "number":
            return self._number("")
        if token.kind == "text":
            return Value({"S": self._taken().text})
        if self._skip_word("TRUE", "FALSE"):
            return Value({"BOOL": token.is_word("TRUE")})
        if self._skip_word("NULL"):
            return Value({"NULL": True})
        if self._skip_mark("["):
            return Value({"L": [value.typed for value in self._list(self._value, "]")]})
        if self._skip_mark("{"):
            return Value({"M": dict(self._list(self._member, "}"))})
        if self._skip_mark("<<"):
            return self._set()
        raise self._unexpected("a value")

    def _parameter(self) -> Value:
        self._bound += 1
        if self._bound > len(self._parameters):
            raise WrongParameters
        return Value(self._parameters[self._bound - 1])

    def _number(self, sign: str) -> Value:
        if self.token.kind != "number":
            raise self._unexpected("a number")
        return Value({"N": number_text(sign + self._taken().text)})

    def _member(self) -> tuple[str, Typed]:
        if self.token.kind != "text":
            raise self._unexpected("the name of an attribute in single quotes")
        name = self._taken().text
        self._mark(":")
        return name, self._value().typed

    def _set(self) -> Value:
        position = self.token.position
        elements = [next(iter(value.typed.items())) for value in self._list(self._value, ">>")]
        kinds = {kind for kind, _ in elements}
        if len(kinds) != 1 or not kinds <= {"S", "N", "B"}:
            raise Unsupported(f"a set at position {position} that has not only texts, only numbers or only binary values")
        return Value({f"{kinds.pop()}S": [element for _, element in elements]})


def _conjuncts(condition: Condition) -> tuple[Condition, ...]:
    return condition.conditions if isinstance(condition, All) else (condition,)
