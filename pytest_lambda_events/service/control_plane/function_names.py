"""The forms in which a call names a function: a name, a partial ARN or an ARN, each with or without a qualifier."""

from __future__ import annotations

import re
from functools import lru_cache

from ...values import dataclass
from ..errors import ServiceError, invalid_parameter, not_found, validation
from ..model import LATEST

_REGION = r"(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d"
_FORM = re.compile(
    rf"(?:arn:aws[a-zA-Z-]*:lambda:)?(?:({_REGION}):)?(?:(\d{{12}}):)?(?:function:)?"
    r"([a-zA-Z0-9_.-]+)(?::(\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9_-]+))?"
)
_PREFIX = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
UNQUALIFIED_PATTERN = _PREFIX + "([a-zA-Z0-9-_]+)"
PATTERN = UNQUALIFIED_PATTERN + r"(:(\$LATEST|[a-zA-Z0-9-_]+))?"
ALIASED_PATTERN = _PREFIX + r"([a-zA-Z0-9-_]{1,64})(:((?!\d+$)[0-9a-zA-Z-_]+))?"
NAMESPACED_PATTERN = _PREFIX + r"([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
"""The patterns of function names, written as in AWS's errors. Each operation uses one of the four."""
NAME_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Reference:
    """The function that a call names. A part that the call leaves out is None. The qualifier comes from the name or the
    call.
    """

    name: str
    qualifier: str | None = None
    region_name: str | None = None
    account_id: str | None = None


@lru_cache(maxsize=1024)
def parse(name: str, qualifier: str | None = None) -> Reference:
    """Parses the function name of a call. Raises `ServiceError` if it is invalid or has two different qualifiers (ASY-28)."""
    form = _FORM.fullmatch(name)
    if form is None:
        raise validation(name, "functionName", f"satisfy regular expression pattern: {NAMESPACED_PATTERN}")
    region_name, account_id, function_name, derived = form.groups()
    if derived is not None and qualifier is not None and derived != qualifier:
        raise invalid_parameter("The derived qualifier from the function name does not match the specified qualifier.")
    return Reference(function_name, qualifier if qualifier is not None else derived, region_name, account_id)


def within(reference: Reference, account_id: str, region_name: str) -> Reference:
    """Returns the reference for a call in this account and region. Raises `ServiceError` if the function is elsewhere."""
    if reference.region_name not in (None, region_name):
        raise not_found(f"Functions from '{reference.region_name}' are not reachable in this region ('{region_name}')")
    if reference.account_id not in (None, account_id):
        arn = function_arn(reference.account_id or "", region_name, reference.name, reference.qualifier)
        raise ServiceError(
            "AccessDeniedException",
            f"User: arn:aws:iam::{account_id}:root is not authorized to perform: lambda:InvokeFunction on "
            f"resource: {arn} because no resource-based policy allows the lambda:InvokeFunction action", 403,
        )  # fmt: skip
    return reference


def function_arn(account_id: str, region_name: str, name: str, qualifier: str | None = None) -> str:
    """Returns the ARN of a function, with the qualifier if there is one."""
    arn = f"arn:aws:lambda:{region_name}:{account_id}:function:{name}"
    return arn if qualifier is None else f"{arn}:{qualifier}"


def is_version(qualifier: str) -> bool:
    """Returns whether the qualifier is a version, including `$LATEST`, and not an alias."""
    return qualifier == LATEST or qualifier.isdigit()
