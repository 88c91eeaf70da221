"""Creates roles for stacks in moto's IAM, without a request: a template has a role for each function."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from ...config import LambdaEventsConfig

_ROLE = (
    "RoleName", "AssumeRolePolicyDocument", "Path", "PermissionsBoundary", "Description", "Tags", "MaxSessionDuration",
)  # fmt: skip
_DEFAULTS: Mapping[str, Any] = {"Tags": [], "MaxSessionDuration": 3600}


def clients_of_stacks(client: Callable[..., Any], config: LambdaEventsConfig) -> Callable[..., Any]:
    """Returns what gives a stack its boto3 clients. With the option `fast_calls`, IAM's makes no requests for roles."""

    known: dict[str, Any] = {}

    def found(service_name: str, region_name: str | None = None) -> Any:
        if region_name is not None:
            return client(service_name, region_name=region_name)
        if service_name not in known:
            one = client(service_name)
            is_quick = service_name == "iam" and config.fast_calls
            known[service_name] = IamClient(one, config.account_id, config.region_name) if is_quick else one
        return known[service_name]

    return found


class IamClient:
    """A client of IAM that does the same as the one of boto3. Roles and their policies take a tenth of the time.

    What it does not know, and what moto refuses, goes to the client of boto3, which raises the error of AWS.
    """

    def __init__(self, client: Any, account_id: str, region_name: str) -> None:
        self._client = client
        self._account_id = account_id
        self._region_name = region_name

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def create_role(self, **parameters: Any) -> Any:
        """Creates a role. The response has its name, ARN and id only."""
        given = {"RoleName", "AssumeRolePolicyDocument"} <= parameters.keys() <= {*_ROLE}
        texts = (value for name, value in parameters.items() if name not in _DEFAULTS)
        if not given or not _are_texts(texts) or not _are_tags(parameters.get("Tags", [])):
            return self._client.create_role(**parameters)
        if type(parameters.get("MaxSessionDuration", 3600)) is not int:
            return self._client.create_role(**parameters)
        try:
            role = self._backend.create_role(*({**_DEFAULTS, **parameters}.get(name) for name in _ROLE))
        except Exception:
            return self._client.create_role(**parameters)
        return {"Role": {"RoleName": role.name, "Arn": role.arn, "RoleId": role.id}}

    def attach_role_policy(self, **parameters: Any) -> Any:
        """Attaches a managed policy."""
        if parameters.keys() != {"RoleName", "PolicyArn"} or not _are_texts(parameters.values()):
            return self._client.attach_role_policy(**parameters)
        try:
            self._backend.attach_role_policy(parameters["PolicyArn"], parameters["RoleName"])
        except Exception:
            return self._client.attach_role_policy(**parameters)
        return {}

    def put_role_policy(self, **parameters: Any) -> Any:
        """Adds an inline policy."""
        names = ("RoleName", "PolicyName", "PolicyDocument")
        if parameters.keys() != {*names} or not _are_texts(parameters.values()):
            return self._client.put_role_policy(**parameters)
        try:
            self._backend.put_role_policy(*(parameters[name] for name in names))
        except Exception:
            return self._client.put_role_policy(**parameters)
        return {}

    @functools.cached_property
    def _backend(self) -> Any:
        from moto.iam.models import iam_backends
        from moto.utilities.utils import get_partition

        return iam_backends[self._account_id][get_partition(self._region_name)]


def _are_texts(values: Any) -> bool:
    return all(isinstance(one, str) and one for one in values)


def _are_tags(tags: Any) -> bool:
    return isinstance(tags, list) and all(
        isinstance(one, dict) and one.keys() == {"Key", "Value"} and all(isinstance(text, str) for text in one.values())
        for one in tags
    )
