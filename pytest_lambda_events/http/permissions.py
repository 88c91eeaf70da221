"""What the policy of a function must allow, so that a front may invoke it (HTP-5E, HTP-60, HTP-82)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

INVOKE = "lambda:InvokeFunction"
INVOKE_URL = "lambda:InvokeFunctionUrl"
API_GATEWAY = "apigateway.amazonaws.com"
LOAD_BALANCER = "elasticloadbalancing.amazonaws.com"
ANYONE = "anonymous"
"""The caller of a function URL without a signature. Only a statement for the principal `*` admits it."""

CALLER = "caller"
"""The role or user that signs a request. Its own policies can admit it too (HTP-5G)."""

_NONE: Mapping[str, str] = MappingProxyType({})


class Grant(NamedTuple):
    """A principal may do `action` for the resource `source_arn`. `conditions` are condition keys with their values."""

    principal: str
    source_arn: str
    action: str = INVOKE
    conditions: Mapping[str, str] = _NONE
