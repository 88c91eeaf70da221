"""Resource policies of functions, stored and shown (PRM-03 to 05)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..api_response import ApiResponse, Operation, Parameters
from ..errors import conflict, invalid_parameter, not_found
from ..model import LATEST, Function, ResourcePolicy
from .checks import check_revision
from .dependencies import Dependencies
from .region import Region

_SERVICE_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".amazon.com")
"""The ends of the host names of AWS services."""


class Permissions:
    """The operations on the resource policies of one region. Each qualifier has its own policy."""

    def __init__(self, region: Region, dependencies: Dependencies) -> None:
        self._region = region
        self._dependencies = dependencies

    @property
    def operations(self) -> Mapping[str, Operation]:
        """Returns the operations by their names in the API."""
        return {
            "AddPermission": self.add_permission,
            "GetPolicy": self.get_policy,
            "RemovePermission": self.remove_permission,
        }

    def add_permission(self, parameters: Parameters) -> ApiResponse:
        """Returns 201 with the statement as text."""
        function, key = self._qualified(parameters)
        policy = function.policies.get(key)
        self._check_policy_revision(parameters, policy)
        statements = dict(policy.statements) if policy else {}
        sid = parameters["StatementId"]
        if sid in statements:
            raise conflict(
                f"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove "
                "the existing statement."
            )
        statement = _statement(parameters, self._region.arn(function.name, key or None))
        self._store(function, key, {**statements, sid: statement})
        return ApiResponse(201, {"Statement": _compact(statement)})

    def get_policy(self, parameters: Parameters) -> ApiResponse:
        """Returns 200 with the policy as text and its revision."""
        function, key = self._qualified(parameters)
        policy = function.policies.get(key)
        if policy is None:
            raise not_found("The resource you requested does not exist.")
        document = {"Version": "2012-10-17", "Id": "default", "Statement": list(policy.statements.values())}
        return ApiResponse(200, {"Policy": _compact(document), "RevisionId": policy.revision_id})

    def remove_permission(self, parameters: Parameters) -> ApiResponse:
        """Returns 204."""
        function, key = self._qualified(parameters)
        policy = function.policies.get(key)
        if policy is None:
            raise not_found("No policy is associated with the given resource.")
        self._check_policy_revision(parameters, policy)
        sid = parameters["StatementId"]
        if sid not in policy.statements:
            raise not_found(f"Statement {sid} is not found in resource policy.")
        self._store(function, key, {other: policy.statements[other] for other in policy.statements if other != sid})
        return ApiResponse(204)

    def _store(self, function: Function, key: str, statements: Mapping[str, Mapping[str, object]]) -> None:
        if statements:
            function.policies[key] = ResourcePolicy(statements, self._dependencies.identifiers.uuid())
        else:
            function.policies.pop(key, None)

    def _check_policy_revision(self, parameters: Parameters, policy: ResourcePolicy | None) -> None:
        if policy is not None:
            check_revision(parameters, policy.revision_id)

    def _qualified(self, parameters: Parameters) -> tuple[Function, str]:
        reference = self._region.reference(parameters["FunctionName"], parameters.get("Qualifier"))
        if reference.qualifier == LATEST:
            raise invalid_parameter("We currently do not support adding policies for $LATEST.")
        function = self._region.function(reference, reference.qualifier)
        if not function.has(reference.qualifier):
            raise not_found(f"Function not found: {self._region.arn(function.name, reference.qualifier)}")
        return function, reference.qualifier or ""


def _statement(parameters: Parameters, resource: str) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Sid": parameters["StatementId"],
        "Effect": "Allow",
        "Principal": _principal(parameters["Principal"]),
        "Action": parameters["Action"],
        "Resource": resource,
    }
    equals = {
        key: parameters[member]
        for member, key in (
            ("SourceAccount", "AWS:SourceAccount"),
            ("PrincipalOrgID", "aws:PrincipalOrgID"),
            ("EventSourceToken", "lambda:EventSourceToken"),
            ("FunctionUrlAuthType", "lambda:FunctionUrlAuthType"),
        )
        if parameters.get(member)
    }
    condition: dict[str, Any] = {"StringEquals": equals} if equals else {}
    if parameters.get("InvokedViaFunctionUrl"):
        # No service that delivers events calls a function by its URL, so the statement allows none.
        condition["Bool"] = {"lambda:InvokedViaFunctionUrl": "true"}
    if parameters.get("SourceArn"):
        condition["ArnLike"] = {"AWS:SourceArn": parameters["SourceArn"]}
    return {**statement, "Condition": condition} if condition else statement


def _principal(text: str) -> str | dict[str, str]:
    if text == "*":
        return text
    if text.isdigit() and len(text) == 12:
        return {"AWS": f"arn:aws:iam::{text}:root"}
    if text.startswith("arn:"):
        return {"AWS": text}
    if text.endswith(_SERVICE_DOMAINS):
        return {"Service": text}
    raise invalid_parameter("The provided principal was invalid. Please check the principal and try again.")


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
