"""Reads the values of dynamic references from the simulated AWS (TPL-70, 72)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ..templates.dynamic_references import (
    START,
    DynamicReference,
    ParameterReference,
    SecretReference,
    has_references,
    replaced,
)
from ..templates.texts import as_text, json_text
from ..templates.values import Where
from .errors import DeployError

_TAKE_SECURE = ("AWS::IAM::User", "AWS::KinesisFirehose::DeliveryStream")
"""Types with a property that takes a `SecureString`, of those that are created."""


def with_dynamic_values(
    properties: dict[str, Any], logical_id: str, type_name: str, client: Callable[[str], Any]
) -> dict[str, Any]:
    """Returns the properties of a resource with the values of their dynamic references.

    Raises:
        TemplateError: A reference has a wrong form.
        DeployError: A parameter, secret or key does not exist, or the type does not take secure parameters.
    """
    if not has_references(properties):
        return properties

    def find(where: Where, reference: DynamicReference) -> str:
        try:
            if isinstance(reference, SecretReference):
                return _secret(reference, client("secretsmanager"))
            return _parameter(reference, type_name, where, client("ssm"))
        except _NotFound as error:
            raise DeployError(f"Resource {logical_id} ({type_name}): {where}: {error} ({START}{reference.text}}}}})") from None

    return dict(replaced(properties, find, f"Resources/{logical_id}/Properties"))


class _NotFound(Exception):
    """A reference has no value."""


def _parameter(reference: ParameterReference, type_name: str, where: Where, ssm: Any) -> str:
    place = f"{type_name}/{where.split('/', 2)[2]}"
    if reference.secure and type_name not in _TAKE_SECURE:
        raise _NotFound(f"SSM Secure reference is not supported in: [{place}]")
    name = reference.name if reference.version is None else f"{reference.name}:{reference.version}"
    try:
        found = ssm.get_parameter(Name=name, WithDecryption=reference.secure)["Parameter"]
    except (ssm.exceptions.ParameterNotFound, ssm.exceptions.ParameterVersionNotFound):
        raise _NotFound(
            f"Parameters: [{reference.text}] cannot be found. Put the parameter first: "
            f'lambda_events.client("ssm").put_parameter(Name={reference.name!r}, ...).'
        ) from None
    if (found["Type"] == "SecureString") != reference.secure:
        raise _NotFound(f"The parameter {reference.name} has the type {found['Type']}. Write ssm-secure for a SecureString")
    return str(found["Value"])


def _secret(reference: SecretReference, secrets: Any) -> str:
    given = {"SecretId": reference.secret_id, "VersionStage": reference.version_stage, "VersionId": reference.version_id}
    try:
        found = secrets.get_secret_value(**{name: value for name, value in given.items() if value is not None})
    except secrets.exceptions.ResourceNotFoundException as error:
        raise _NotFound(
            f"{error.response['Error']['Message']} Create the secret first: "
            f'lambda_events.client("secretsmanager").create_secret(Name={reference.secret_id!r}, SecretString="...").'
        ) from None
    text = str(found.get("SecretString", ""))
    if reference.json_key is None:
        return text
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise _NotFound("Could not parse SecretString JSON")
    if reference.json_key not in content:
        raise _NotFound("Could not find a value associated with JSONKey in SecretString")
    value = content[reference.json_key]
    return json_text(value) if isinstance(value, (dict, list)) or value is None else as_text(value, reference.text)
