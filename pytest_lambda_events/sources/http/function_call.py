"""A call of a function that an API makes: for a request, or of a Lambda authorizer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...http.permissions import Grant
from ...service.invoke_request import Again


class FunctionCall(NamedTuple):
    """One synchronous call of a function.

    The policy of the function must have all `grants`, unless the call is made under the role `role_arn`. `timeout_seconds`
    is how long the API waits for the response; None if it waits until the function ends. An exploration can make the call once
    more with `again`.
    """

    function_arn: str
    grants: Sequence[Grant]
    role_arn: str | None
    event: Mapping[str, Any]
    request_id: str
    timeout_seconds: float | None = None
    again: Again | None = None
