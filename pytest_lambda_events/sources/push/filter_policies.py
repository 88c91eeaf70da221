"""Which filter policies of subscriptions SNS accepts (PSH-40, PSH-48, PSH-4A to 4N). It uses only values, without AWS."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from ..filtering.exact_json import Pairs, with_pairs
from ..filtering.operators import OPERATORS, Operators, Test
from ..filtering.patterns import Pattern, PatternInvalid, compile

ATTRIBUTES, BODY = "MessageAttributes", "MessageBody"
SCOPES = (ATTRIBUTES, BODY)

KEYS = 5
"""The maximum number of keys of a policy. A key in each branch of `$or` counts (PSH-4M)."""
COMBINATIONS = 150
"""The maximum number of combinations of values (PSH-4M)."""
POLICY_BYTES = 256 * 1024
POLICIES_OF_A_TOPIC = 200
NUMBER = Decimal(10) ** 9
"""The largest number in a policy, with or without a minus (PSH-48)."""
PLACES = 5
"""The maximum number of decimal places of a number in a policy (PSH-48)."""
STARS = 3
"""The maximum number of `*` in a wildcard (PSH-4I)."""


class PolicyInvalid(ValueError):
    """A filter policy that SNS refuses. The text of the error is AWS's, without the prefix of the operation (PSH-4N)."""


def compiled(text: str, scope: str) -> Pattern | None:
    """Returns the pattern of a policy. None for `{}`, which filters nothing (PSH-41).

    Raises `PolicyInvalid` if SNS refuses the policy.
    """
    policy = _parsed(text)
    if not policy:
        return None
    _check_members(policy, is_nested=scope == BODY)
    if len(list(_leaves(policy))) > KEYS:
        raise PolicyInvalid(f"FilterPolicy: Filter policy can not have more than {KEYS} keys")
    if _combinations(policy, 1) > COMBINATIONS:
        raise PolicyInvalid("FilterPolicy: Filter policy is too complex")
    try:
        return compile(text, TOPIC_OPERATORS)
    except PatternInvalid as error:
        raise PolicyInvalid(f"FilterPolicy: {error.reason}") from None


def _parsed(text: str) -> Pairs:
    if len(text.encode()) > POLICY_BYTES:
        raise PolicyInvalid("FilterPolicy: Filter policy can not be larger than 256 KB")
    try:
        policy = with_pairs(text)
    except ValueError as error:
        raise PolicyInvalid(f"FilterPolicy: failed to parse JSON. {error}") from None
    if not isinstance(policy, tuple):
        raise PolicyInvalid("FilterPolicy: Filter is not an object")
    return policy


def _check_members(members: Pairs, *, is_nested: bool) -> None:
    """Raises `PolicyInvalid` for the first member that SNS refuses. `is_nested` is whether objects may have objects."""
    for key, value in members:
        if key == "$or":
            _check_branches(value, is_nested=is_nested)
        elif isinstance(value, tuple):
            if not is_nested:
                raise PolicyInvalid("Filter policy scope MessageAttributes does not support nested filter policy")
            if not value:
                raise PolicyInvalid("FilterPolicy: Empty objects are not allowed")
            _check_members(value, is_nested=True)
        elif isinstance(value, list):
            if not value:
                raise PolicyInvalid("FilterPolicy: Empty arrays are not allowed")
            for rule in value:
                _check_rule(rule)
        else:
            raise PolicyInvalid(f'FilterPolicy: "{key}" must be an object or an array')


def _check_branches(branches: object, *, is_nested: bool) -> None:
    if not isinstance(branches, list):
        raise PolicyInvalid('FilterPolicy: "$or" must be an object or an array')
    if not all(isinstance(branch, tuple) for branch in branches):
        raise PolicyInvalid("FilterPolicy: Only JSON object is allowed in array of $or relationship.")
    if len(branches) < 2:
        raise PolicyInvalid("FilterPolicy: There must have at least 2 Objects in $or relationship.")
    for branch in branches:
        if not branch:
            raise PolicyInvalid("FilterPolicy: Empty objects are not allowed")
        _check_members(branch, is_nested=is_nested)


def _check_rule(rule: object) -> None:
    if isinstance(rule, Decimal):
        _check_number(rule)
    elif isinstance(rule, tuple):
        if len(rule) != 1:
            raise PolicyInvalid("FilterPolicy: Only one key allowed in match expression")
        name, operand = rule[0]
        if name not in _CHECKS:
            raise PolicyInvalid(f"FilterPolicy: Unrecognized match type {name}")
        _CHECKS[name](name, operand)
    elif isinstance(rule, list):
        raise PolicyInvalid("FilterPolicy: Match value must be String, number, true, false, or null")


def _check_number(number: Decimal) -> None:
    exponent = number.as_tuple().exponent
    if not number.is_finite() or abs(number) > NUMBER or -int(exponent) > PLACES:
        raise PolicyInvalid(
            f"FilterPolicy: Value must be between -{NUMBER:,f} and {NUMBER:,f}, with at most {PLACES} decimal places"
        )


def _check_text(name: str, operand: object) -> None:
    if not isinstance(operand, str):
        raise PolicyInvalid(f"FilterPolicy: {name} match pattern must be a string")


def _check_end(name: str, operand: object) -> None:
    """Accepts a text, or `{"equals-ignore-case": ..}` (PSH-4B)."""
    if isinstance(operand, tuple) and len(operand) == 1 and operand[0][0] == "equals-ignore-case":
        _check_text(*operand[0])
    else:
        _check_text(name, operand)


def _check_exists(name: str, operand: object) -> None:
    if not isinstance(operand, bool):
        raise PolicyInvalid("FilterPolicy: exists match pattern must be either true or false.")


def _check_wildcard(name: str, operand: object) -> None:
    _check_text(name, operand)
    if re.sub(r"\\.", "", str(operand), flags=re.DOTALL).count("*") > STARS:
        raise PolicyInvalid(f"FilterPolicy: {name} match pattern can not have more than {STARS} wildcard characters")


_NUMERIC = ("<", "<=", "=", ">", ">=")


def _check_numeric(name: str, operand: object) -> None:
    """Accepts one comparison, or a lower bound followed by a larger upper bound (PSH-4E)."""
    if not isinstance(operand, list):
        raise PolicyInvalid("FilterPolicy: Value of numeric must be an array.")
    bounds = [*operand]
    if not bounds or not isinstance(bounds[0], str):
        raise PolicyInvalid(f"FilterPolicy: Invalid member in numeric match: {bounds[0] if bounds else ']'}")
    if bounds[0] not in _NUMERIC:
        raise PolicyInvalid(f"FilterPolicy: Unrecognized numeric range operator: {bounds[0]}")
    first = _bound(bounds[0], bounds[1:2])
    if len(bounds) <= 2:
        return
    if bounds[0] not in (">", ">="):
        raise PolicyInvalid("FilterPolicy: Too many elements in numeric expression")
    if bounds[2] not in ("<", "<="):
        raise PolicyInvalid(f"FilterPolicy: Bad numeric range operator: {bounds[2]}")
    second = _bound(bounds[2], bounds[3:4])
    if len(bounds) > 4:
        raise PolicyInvalid("FilterPolicy: Too many terms in numeric range expression")
    if second <= first:
        raise PolicyInvalid("FilterPolicy: Bottom must be less than top")


def _bound(operator: str, values: list[Any]) -> Decimal:
    if not values or not isinstance(values[0], Decimal):
        raise PolicyInvalid(f"FilterPolicy: Value of {operator} must be numeric")
    _check_number(values[0])
    return values[0]


def _check_anything_but(name: str, operand: object) -> None:
    """Accepts texts or numbers, or one operator for texts (PSH-4C, PSH-4D)."""
    if isinstance(operand, tuple):
        if len(operand) != 1:
            raise PolicyInvalid("FilterPolicy: Only one key allowed in match expression")
        inner, listed = operand[0]
        if inner not in ("prefix", "suffix", "wildcard", "equals-ignore-case"):
            raise PolicyInvalid(f"FilterPolicy: Unsupported anything-but pattern: {inner}")
        for one in listed if isinstance(listed, list) else [listed]:
            _CHECKS[inner](inner, one)
        return
    listed = operand if isinstance(operand, list) else [operand]
    if not listed:
        raise PolicyInvalid("FilterPolicy: Empty arrays are not allowed")
    if not all(isinstance(one, (str, Decimal)) for one in listed):
        raise PolicyInvalid("FilterPolicy: Value of anything-but must be an array or single string/number value.")
    if len({isinstance(one, str) for one in listed}) > 1:
        raise PolicyInvalid(
            "FilterPolicy: Inside anything but list, either all values are number or string, mixed type is not supported"
        )
    for one in listed:
        _check_rule(one)


_CHECKS: Mapping[str, Callable[[str, Any], None]] = {
    "prefix": _check_end,
    "suffix": _check_end,
    "equals-ignore-case": _check_text,
    "wildcard": _check_wildcard,
    "numeric": _check_numeric,
    "exists": _check_exists,
    "anything-but": _check_anything_but,
    "cidr": _check_text,
}


def _leaves(members: Pairs) -> Iterator[str]:
    for key, value in members:
        if key == "$or":
            for branch in value:
                yield from _leaves(branch)
        elif isinstance(value, tuple):
            yield from _leaves(value)
        else:
            yield key


def _combinations(members: Pairs, depth: int) -> int:
    """Returns the product over all keys of values times depth. The branches of `$or` are added (PSH-4M)."""
    product = 1
    for key, value in members:
        if key == "$or":
            product *= sum(_combinations(branch, depth) for branch in value)
        elif isinstance(value, tuple):
            product *= _combinations(value, depth + 1)
        else:
            product *= len(value) * depth
    return product


def _anything_but(operand: object) -> Test:
    """Accepts only values of the type that is listed, so other types and null do not match (PSH-4C)."""
    is_different = OPERATORS["anything-but"](operand)
    first = operand[0] if isinstance(operand, list) and operand else operand
    kind: type = Decimal if isinstance(first, Decimal) else str
    return lambda value: isinstance(value, kind) and is_different(value)


TOPIC_OPERATORS: Operators = {**OPERATORS, "anything-but": _anything_but}
"""The operators of filter policies: those of Lambda and EventBridge, except that `anything-but` regards the type."""
