"""The operators of event patterns (FIL-30 to 3M): which values of a leaf one list of a pattern accepts.

Operands are JSON as `exact_json.with_pairs` returns it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from ipaddress import ip_address, ip_network
from itertools import accumulate
from operator import eq, ge, gt, le, lt
from typing import Any

from ...values import dataclass
from .exact_json import exact, is_number

Test = Callable[[object], bool]
Operators = Mapping[str, Callable[[Any], Test]]
"""For each operator a function that takes its operand and returns a test of leaves."""

RESERVED = frozenset(
    {"prefix", "suffix", "numeric", "exists", "cidr", "wildcard", "equals-ignore-case", "anything-but", "exactly"}
)
"""Names that a field inside `$or` must not have (FIL-3K)."""

_LAST_CODE_UNIT = 0xFFFF
"""Characters after it have two code units in UTF-16, and AWS never matches them without case."""

STARS_OF_A_WILDCARD = 9
"""The maximum number of stars of one wildcard pattern. AWS accepts 5 and refuses 10 (EVB-34)."""
PLACES_OF_A_WILDCARD = 100
"""The maximum number of places of one wildcard pattern that a text may match at the same time. AWS gives no number for "too
complex" (FIL-3D).
"""


class PatternInvalid(ValueError):
    """A pattern that AWS refuses. The text of the error states why.

    `reason` is the text that EventBridge has for it (EVB-34), else the same text. Lambda answers with one text for all.
    """

    def __init__(self, text: str, reason: str = "") -> None:
        super().__init__(text)
        self.reason = reason or text


@dataclass(frozen=True, slots=True)
class Accepted:
    """What one list of a pattern accepts: any of its members (FIL-04, FIL-3B), or the absence of the leaf."""

    texts: frozenset[str]
    tests: tuple[Test, ...]
    absence: bool

    def accepts(self, value: object) -> bool:
        """Returns whether a leaf is accepted. Booleans, numbers, texts and null are all different (FIL-30)."""
        if isinstance(value, str) and value in self.texts:
            return True
        # A loop is quicker than `any`, and each rule of an event bus asks this.
        for test in self.tests:  # noqa: SIM110
            if test(value):
                return True
        return False


def accepted_by(members: list[Any], operators: Operators) -> Accepted:
    """Returns what a list accepts. Raises `PatternInvalid` if it is empty or has an invalid member (FIL-11, FIL-17).

    `operators` are those that the service has.
    """
    if not members:
        raise PatternInvalid("a list of values is empty", "Empty arrays are not allowed")
    texts, tests, absence = set(), [], False
    for member in members:
        if isinstance(member, str):
            texts.add(member)
        elif _is_absence(member):
            absence = True
        else:
            tests.append(_test_of(member, operators))
    return Accepted(frozenset(texts), tuple(tests), absence)


def _is_absence(member: object) -> bool:
    return isinstance(member, tuple) and len(member) == 1 and member[0][0] == "exists" and member[0][1] is False


def _test_of(member: object, operators: Operators) -> Test:
    if member is None or isinstance(member, bool):
        return lambda value: value is member
    if isinstance(member, Decimal):
        return _same_number(member)
    if not isinstance(member, tuple):
        reason = "Match value must be String, number, true, false, or null"
        raise PatternInvalid("a list of values holds a list", reason)
    name, operand = _only_member(member)
    if name not in operators:
        raise PatternInvalid(f"there is no operator {name!r}", f"Unrecognized match type {name}")
    return operators[name](operand)


def _only_member(members: tuple[tuple[str, Any], ...]) -> tuple[str, Any]:
    if len(members) != 1:
        reason = "Only one key allowed in match expression" if members else "Match expression name not found"
        raise PatternInvalid("a match object has exactly one member", reason)
    return members[0]


def _text(operand: object, operator: str) -> str:
    if not isinstance(operand, str):
        raise PatternInvalid(f"{operator} takes a string", f"{operator} match pattern must be a string")
    return operand


def _exists(operand: object) -> Test:
    if operand is not True:
        raise PatternInvalid("exists takes true or false", "exists match pattern must be either true or false.")
    return lambda value: True


def _is_carried_by_a_double(number: Decimal) -> bool:
    return number.is_finite() and Decimal(repr(float(number))) == number


def _same_number(literal: Decimal) -> Test:
    """Compares values if a double can hold the literal. Else only an integer matches, by its text (FIL-3H, FIL-3L)."""
    if _is_carried_by_a_double(literal):
        return lambda value: is_number(value) and exact(value) == literal
    if literal.as_tuple().exponent != 0:
        return lambda value: False
    return lambda value: is_number(value) and exact(value).as_tuple() == literal.as_tuple()


def _operand_number(operand: object, operator: object) -> Decimal:
    if not isinstance(operand, Decimal):
        raise PatternInvalid("an operator takes a number", f"Value of {operator} must be numeric")
    if not _is_carried_by_a_double(operand):
        raise PatternInvalid("an operator takes numbers that a double carries exactly")
    return operand


_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}
_LOWER, _UPPER = (">", ">="), ("<", "<=")


def _numeric(operand: object) -> Test:
    """Takes one comparison, or a lower bound followed by a larger upper bound (FIL-37, FIL-3G)."""
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        raise PatternInvalid("numeric takes one comparison, or two", _reason_of_numeric(operand))
    names = operand[::2]
    unknown = next((name for name in names if not (isinstance(name, str) and name in _COMPARISONS)), None)
    if unknown is not None:
        text = "numeric compares by one of " + ", ".join(_COMPARISONS)
        raise PatternInvalid(text, f"Unrecognized numeric range operator: {unknown}")
    bounds = [_operand_number(bound, name) for name, bound in zip(names, operand[1::2], strict=True)]
    if len(names) == 2 and not (names[0] in _LOWER and names[1] in _UPPER and bounds[0] < bounds[1]):
        reason = "Bottom must be less than top" if names[0] in _LOWER else "Too many elements in numeric expression"
        raise PatternInvalid("a numeric range has a lower bound and then a larger upper bound", reason)
    comparisons = [(_COMPARISONS[name], bound) for name, bound in zip(names, bounds, strict=True)]

    def is_in_range(value: object) -> bool:
        return is_number(value) and all(compare(exact(value), bound) for compare, bound in comparisons)

    return is_in_range


def _reason_of_numeric(operand: object) -> str:
    if not isinstance(operand, list):
        return "Value of numeric must be an array."
    if not operand:
        return "Invalid member in numeric match: ]"
    return "Too many elements in numeric expression" if len(operand) % 2 == 0 else f"Value of {operand[-1]} must be numeric"


def _prefix(operand: object) -> Test:
    if isinstance(operand, tuple):
        start = _ignoring_case(operand, "prefix").lower()
        return lambda value: isinstance(value, str) and value.lower().startswith(start)
    text = _text(operand, "prefix")
    return lambda value: isinstance(value, str) and value.startswith(text)


def _suffix(operand: object) -> Test:
    if isinstance(operand, tuple):
        end = _ignoring_case(operand, "suffix").lower()
        return lambda value: isinstance(value, str) and value.lower().endswith(end)
    text = _text(operand, "suffix")
    return lambda value: isinstance(value, str) and value.endswith(text)


def _ignoring_case(operand: tuple[tuple[str, Any], ...], operator: str) -> str:
    """Returns the text of `{"equals-ignore-case": ..}` in a prefix or suffix (FIL-36)."""
    name, text = _only_member(operand)
    if name != "equals-ignore-case":
        raise PatternInvalid(f"{name!r} is not allowed in a prefix or suffix", f"Unsupported {operator} pattern: {name}")
    return _text(text, name)


def _equals_ignore_case(operand: object) -> Test:
    """Compares each character with the lower-case and the upper-case form of its own (EVB-32)."""
    text = _text(operand, "equals-ignore-case")
    if any(ord(letter) > _LAST_CODE_UNIT for letter in text):
        return lambda value: False
    either = re.compile("".join(f"(?:{re.escape(one.lower())}|{re.escape(one.upper())})" for one in text))
    return lambda value: isinstance(value, str) and either.fullmatch(value) is not None


def _wildcard(operand: object) -> Test:
    """`*` matches any characters, `?` matches only a question mark, and an empty pattern matches nothing (FIL-3D)."""
    text = _text(operand, "wildcard")
    parts = _parts_between_stars(text)
    if len(parts) > STARS_OF_A_WILDCARD + 1 or _places_at_once(parts) > PLACES_OF_A_WILDCARD:
        raise PatternInvalid("a wildcard pattern is too complex", _TOO_COMPLEX)
    if not text:
        return lambda value: False
    if len(parts) == 1:
        return lambda value: value == parts[0]
    return lambda value: isinstance(value, str) and _has_parts(value, parts)


_TOO_COMPLEX = (
    "Rule is too complex - try using fewer wildcard characters or "
    "fewer repeating character sequences after a wildcard character"
)  # fmt: skip


def _parts_between_stars(text: str) -> list[str]:
    tokens: list[str] = re.findall(r"\\[*\\]|[^\\]", text, re.DOTALL)
    if "".join(tokens) != text:
        wrong = re.match(r"(?:\\[*\\]|[^\\])*", text, re.DOTALL)
        reason = f"Invalid escape character at pos {0 if wrong is None else wrong.end()}"
        raise PatternInvalid(r"a wildcard pattern escapes only \* and \\", reason)
    parts = [""]
    position = 0
    for token, before in zip(tokens, ["", *tokens], strict=False):
        if token == before == "*":
            reason = f"Consecutive wildcard characters at pos {position}"
            raise PatternInvalid("a wildcard pattern has two stars in a row", reason)
        position += len(token)
        if token == "*":
            parts.append("")
        else:
            parts[-1] += token[-1]
    return parts


def _has_parts(text: str, parts: list[str]) -> bool:
    """Returns whether a text consists of the parts in order, with any characters between them."""
    first, *middle, last = parts
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    position, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True


def _places_at_once(parts: list[str]) -> int:
    """Returns the maximum number of places of the pattern that its own text matches at the same time. Repetitions after stars
    add places.
    """
    letters = "".join(parts)
    stars = set(accumulate(len(part) for part in parts[:-1]))
    places, most = {0}, 1
    for letter in letters:
        places = {place + 1 for place in places if letters[place : place + 1] == letter} | (places & stars)
        most = max(most, len(places))
        if most > PLACES_OF_A_WILDCARD:
            break
    return most


def _anything_but(operand: object) -> Test:
    """Accepts any value that is not listed, of any type, null included (FIL-39, FIL-3F, FIL-3M)."""
    if isinstance(operand, tuple):
        return _nothing_like(operand)
    listed = operand if isinstance(operand, list) else [operand]
    if listed and all(isinstance(one, str) for one in listed):
        texts = frozenset(listed)
        return lambda value: not (isinstance(value, str) and value in texts)
    if listed and all(isinstance(one, Decimal) for one in listed):
        numbers = [_operand_number(one, "anything-but") for one in listed]
        return lambda value: not (is_number(value) and exact(value) in numbers)
    raise PatternInvalid("anything-but takes strings or numbers, not both", _reason_of_anything_but(operand))


def _anything_but_values(operand: object) -> Test:
    if isinstance(operand, tuple):
        name, _ = _only_member(operand)
        raise PatternInvalid(f"{name!r} is not allowed in anything-but", f"Unsupported anything-but pattern: {name}")
    return _anything_but(operand)


def _reason_of_anything_but(operand: object) -> str:
    if not isinstance(operand, list):
        return "Value of anything-but must be an array or single string/number value."
    if all(isinstance(one, (str, Decimal)) for one in operand):
        return "Inside anything but list, either all values are number or string, mixed type is not supported"
    return "Inside anything but list, start|null|boolean is not supported."


def _nothing_like(operand: tuple[tuple[str, Any], ...]) -> Test:
    """Takes an operator inside anything-but, with one string or a list of strings (FIL-3C)."""
    name, listed = _only_member(operand)
    if name not in _INSIDE_ANYTHING_BUT:
        raise PatternInvalid(f"{name!r} is not allowed in anything-but", f"Unsupported anything-but pattern: {name}")
    texts = [_text(one, name) for one in (listed if isinstance(listed, list) else [listed])]
    if not texts or ("" in texts and name in ("prefix", "suffix")):
        raise PatternInvalid(f"anything-but with {name} takes texts that are not empty")
    tests = [OPERATORS[name](text) for text in texts]
    return lambda value: not any(test(value) for test in tests)


def _cidr(operand: object) -> Test:
    """Accepts the addresses of a range, which must be larger than one address (FIL-3E)."""
    text = _text(operand, "cidr")
    reason = _reason_of_cidr(text)
    try:
        network = ip_network(text, strict=False)
    except ValueError as error:
        raise PatternInvalid(f"cidr takes a range of addresses: {error}", reason or "") from None
    if reason is not None:
        raise PatternInvalid("cidr takes a range of more than one address, written as an address and its mask", reason)

    def is_inside(value: object) -> bool:
        if not isinstance(value, str):
            # AWS compares digits. In the range of all addresses a number matches too.
            return network.prefixlen == 0 and is_number(value)
        try:
            return ip_address(value) in network
        except ValueError:
            return False

    return is_inside


def _reason_of_cidr(text: str) -> str | None:
    """Returns why AWS refuses a range of addresses (EVB-34), else None. The mask is shorter than the address."""
    address, *lengths = text.split("/")
    if len(lengths) != 1:
        return "Malformed CIDR, one '/' required"
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", lengths[0], re.ASCII):
        return "Malformed CIDR, mask bits must be an integer"
    if int(lengths[0]) < 0:
        return "Malformed CIDR, mask bits must not be negative"
    try:
        parsed = None if "%" in address or (":" in address and "." in address) else ip_address(address)
    except ValueError:
        parsed = None
    if parsed is None:
        return f"Nonstandard IP address: {address}"
    too_long = int(lengths[0]) >= parsed.max_prefixlen
    return f"IPv{parsed.version} mask bits must be < {parsed.max_prefixlen}" if too_long else None


def _exactly(operand: object) -> Test:
    text = _text(operand, "exactly")
    return lambda value: value == text


OPERATORS: Operators = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _equals_ignore_case,
    "wildcard": _wildcard,
    "numeric": _numeric,
    "exists": _exists,
    "anything-but": _anything_but,
    "cidr": _cidr,
}
"""The operators of Lambda."""
RULE_OPERATORS: Operators = {**OPERATORS, "exactly": _exactly}
"""The operators of rules of EventBridge (EVB-33)."""
PIPE_OPERATORS: Operators = {**OPERATORS, "anything-but": _anything_but_values}
"""The operators of pipes, without operators inside anything-but (EVB-36)."""
_INSIDE_ANYTHING_BUT = frozenset({"prefix", "suffix", "equals-ignore-case", "wildcard"})
