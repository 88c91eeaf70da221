"""Resources that handlers read and write, and that deliver nothing (TPL-F5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...templates.files import read_template
from ...templates.texts import as_text, json_text
from ..created import Created, Made
from ..making import Making
from .changes import change_tags, changed_by, differs
from .created_type import CreatedType, Values, arn
from .passwords import secret_text

_SUBSTITUTED = re.compile(r"\$\{([^}]+)\}")


def _secret(making: Making) -> dict[str, Any]:
    generated = making.get("GenerateSecretString")
    if generated is None:
        return {}
    return {"SecretString": secret_text(generated, making.stack.place.stack_name, making.logical_id)}


def _configure_key(making: Making, values: Values) -> None:
    key = {"KeyId": values["answer"]["KeyMetadata"]["KeyId"]}
    if str(making.get("EnableKeyRotation", "")).lower() == "true":
        making.call("kms", "EnableKeyRotation", {**key, "RotationPeriodInDays": making.get("RotationPeriodInDays")})
    if str(making.get("Enabled", True)).lower() == "false":
        making.call("kms", "DisableKey", key)


def _change_parameter(making: Making, before: Created) -> Made:
    making.apply("ssm", "PutParameter", {**making.others("Tags"), "Name": before.made.name, "Overwrite": True})
    attributes = {name: making.get(name) for name in ("Type", "Value")}
    return replace(before.made, attributes={**before.made.attributes, **attributes})


def _change_secret(making: Making, before: Created) -> Made:
    key = {"SecretId": before.made.ref}
    given = making.others("Name", "Tags", "GenerateSecretString", "ReplicaRegions", "Type")
    generated = _secret(making) if differs(making, before, "GenerateSecretString") else {}
    making.apply("secretsmanager", "UpdateSecret", {**key, "Description": "", **given, **generated})
    change_tags(making, before, "secretsmanager", key)
    return before.made


def _change_key(making: Making, before: Created) -> Made:
    key = {"KeyId": before.made.ref}
    if differs(making, before, "Description"):
        making.call("kms", "UpdateKeyDescription", {**key, "Description": making.get("Description", "")})
    if differs(making, before, "KeyPolicy") and making.get("KeyPolicy") is not None:
        making.call("kms", "PutKeyPolicy", {**key, "PolicyName": "default", "Policy": making["KeyPolicy"]})
    if differs(making, before, "Enabled"):
        making.call("kms", "EnableKey", key)
    if differs(making, before, "EnableKeyRotation"):
        making.call("kms", "DisableKeyRotation", key)
    _configure_key(making, {"answer": {"KeyMetadata": {"KeyId": before.made.ref}}})
    return before.made


def _change_state_machine(making: Making, before: Created) -> Made:
    apart = (*_DEFINITION, "StateMachineName", "StateMachineType", "Tags")
    given = {**making.others(*apart), **_state_machine(making), "stateMachineArn": before.made.ref}
    making.apply("stepfunctions", "UpdateStateMachine", given)
    change_tags(making, before, "stepfunctions", {"resourceArn": before.made.ref})
    return before.made


def _state_machine(making: Making) -> dict[str, Any]:
    """Returns the definition with the substitutions of the template."""
    definition = making.get("DefinitionString") or making.get("Definition") or _local_definition(making)
    if definition is None:
        making.not_applied(["DefinitionS3Location"])
        definition = {"StartAt": "Missing", "States": {"Missing": {"Type": "Pass", "End": True}}}
    text = json_text(definition) if isinstance(definition, (dict, list)) else as_text(definition, making.where)
    known = making.get("DefinitionSubstitutions") or {}

    def substituted(match: re.Match[str]) -> str:
        name = match[1]
        return as_text(known[name], making.where) if name in known else match[0]

    return {"definition": _SUBSTITUTED.sub(substituted, text)}


def _local_definition(making: Making) -> Any:
    """Returns the definition in a file of the project, which a template may name by its path, or None."""
    location = making.get("DefinitionS3Location")
    path = making.stack.source.folder / location if isinstance(location, str) else None
    return read_template(path) if path is not None and path.is_file() else None


def _without_triggers(making: Making) -> dict[str, Any]:
    return {"PoolName": making.get("UserPoolName") or making.name("UserPoolName", 128)}


def _configure_repository(making: Making, values: Values) -> None:
    key = {"repositoryName": values["name"]}
    if making.get("RepositoryPolicyText") is not None:
        making.call("ecr", "SetRepositoryPolicy", {**key, "policyText": making["RepositoryPolicyText"]})
    policy = (making.get("LifecyclePolicy") or {}).get("LifecyclePolicyText")
    if policy is not None:
        making.call("ecr", "PutLifecyclePolicy", {**key, "lifecyclePolicyText": policy})


def _change_repository(making: Making, before: Created) -> Made:
    key = {"repositoryName": before.made.name}
    removed = before.properties.keys() - making.properties.keys()
    for name, operation in (("RepositoryPolicyText", "DeleteRepositoryPolicy"), ("LifecyclePolicy", "DeleteLifecyclePolicy")):
        if name in removed:
            making.call("ecr", operation, key)
    if differs(making, before, "ImageTagMutability"):
        mutability = making.get("ImageTagMutability", "MUTABLE")
        making.call("ecr", "PutImageTagMutability", {**key, "imageTagMutability": mutability})
    if differs(making, before, "ImageScanningConfiguration"):
        scanning = making.get("ImageScanningConfiguration", {"ScanOnPush": False})
        making.call("ecr", "PutImageScanningConfiguration", {**key, "imageScanningConfiguration": scanning})
    _configure_repository(making, {"name": before.made.name})
    change_tags(making, before, "ecr", {"resourceArn": before.made.attributes["Arn"]})
    return before.made


def _without_functions(making: Making) -> dict[str, Any]:
    """Returns the destinations without the functions that transform records."""
    found = {}
    for name, value in making.properties.items():
        if isinstance(value, Mapping) and "ProcessingConfiguration" in value:
            found[name] = {key: one for key, one in value.items() if key != "ProcessingConfiguration"}
            making.not_applied([f"{name}.ProcessingConfiguration"])
    return found


_USER_POOL = "{answer[UserPool][Id]}"
_POOL_HOST = "cognito-idp.{region}.amazonaws.com/" + _USER_POOL
_CLIENT = "{answer[UserPoolClient][%s]}"
_KEY = "{answer[KeyMetadata][%s]}"
_MACHINE = "{answer[stateMachineArn]}"
_DEFINITION = ("Definition", "DefinitionString", "DefinitionSubstitutions", "DefinitionS3Location")
STATE: Mapping[str, CreatedType] = {
    "AWS::SSM::Parameter": CreatedType(
        "ssm", "PutParameter", name="Name", limit=512,
        attributes={"Type": "{given[Type]}", "Value": "{given[Value]}", "Arn": arn("ssm", "parameter/{name}")},
        change=_change_parameter, undo=("DeleteParameter", {"Name": "{name}"}),
    ),
    "AWS::SSM::Document": CreatedType(
        "ssm", "CreateDocument", name="Name", limit=128, not_applied=("UpdateMethod",), or_placeholder=True,
        undo=("DeleteDocument", {"Name": "{name}"}),
    ),
    "AWS::SecretsManager::Secret": CreatedType(
        "secretsmanager", "CreateSecret", name="Name", limit=512, ref="{answer[ARN]}", attributes={"Id": "{answer[ARN]}"},
        elsewhere=("GenerateSecretString",), not_applied=("ReplicaRegions", "Type"), before=_secret,
        change=_change_secret,
        undo=("DeleteSecret", {"SecretId": "{answer[ARN]}", "ForceDeleteWithoutRecovery": "true"}),
    ),
    "AWS::SecretsManager::ResourcePolicy": CreatedType(
        "secretsmanager", "PutResourcePolicy", attributes={"Id": "{given[SecretId]}"}, ref="{given[SecretId]}",
        not_applied=("BlockPublicPolicy",), is_put=True, fixed=("SecretId",),
        undo=("DeleteResourcePolicy", {"SecretId": "{given[SecretId]}"}),
    ),
    "AWS::KMS::Key": CreatedType(
        "kms", "CreateKey", ref=_KEY % "KeyId", attributes={"Arn": _KEY % "Arn", "KeyId": _KEY % "KeyId"},
        renamed={"KeyPolicy": "Policy"}, elsewhere=("EnableKeyRotation", "RotationPeriodInDays", "Enabled"),
        not_applied=("PendingWindowInDays",), after=_configure_key, change=_change_key, fixed=("KeySpec", "KeyUsage"),
        undo=("ScheduleKeyDeletion", {"KeyId": _KEY % "KeyId", "PendingWindowInDays": "7"}),
    ),
    "AWS::KMS::Alias": CreatedType(
        "kms", "CreateAlias", name="AliasName", change=changed_by("kms", "UpdateAlias", "AliasName"),
        undo=("DeleteAlias", {"AliasName": "{name}"}),
    ),
    "AWS::StepFunctions::StateMachine": CreatedType(
        "stepfunctions", "CreateStateMachine", name="StateMachineName", limit=80, ref=_MACHINE,
        renamed={"StateMachineName": "name", "StateMachineType": "type"},
        attributes={"Arn": _MACHINE, "Name": "{name}", "StateMachineRevisionId": "INITIAL"},
        elsewhere=_DEFINITION, change=_change_state_machine, fixed=("StateMachineType",),
        before=_state_machine, undo=("DeleteStateMachine", {"stateMachineArn": _MACHINE}),
    ),
    "AWS::StepFunctions::Activity": CreatedType(
        "stepfunctions", "CreateActivity", name="Name", limit=80, ref="{answer[activityArn]}",
        attributes={"Arn": "{answer[activityArn]}"}, undo=("DeleteActivity", {"activityArn": "{answer[activityArn]}"}),
    ),
    "AWS::CloudWatch::Alarm": CreatedType(
        "cloudwatch", "PutMetricAlarm", name="AlarmName", limit=255, attributes={"Arn": arn("cloudwatch", "alarm:{name}")},
        not_applied=("ActionConfiguration", "EvaluationCriteria", "EvaluationInterval", "EvaluationWindow",
                     "WarmUpConfiguration"),
        or_placeholder=True, is_put=True, undo=("DeleteAlarms", {"AlarmNames": "{name}"}),
    ),
    "AWS::CloudWatch::Dashboard": CreatedType(
        "cloudwatch", "PutDashboard", name="DashboardName", limit=255, or_placeholder=True, is_put=True, not_applied=("Tags",),
        undo=("DeleteDashboards", {"DashboardNames": "{name}"}),
    ),
    "AWS::Cognito::UserPool": CreatedType(
        "cognito-idp", "CreateUserPool", ref=_USER_POOL,
        attributes={
            "Arn": "{answer[UserPool][Arn]}", "UserPoolId": _USER_POOL, "ProviderName": _POOL_HOST,
            "ProviderURL": "https://" + _POOL_HOST,
        },
        elsewhere=("UserPoolName",), before=_without_triggers,
        not_applied=(
            "LambdaConfig", "EmailAuthenticationMessage", "EmailAuthenticationSubject", "EnabledMfas",
            "WebAuthnFactorConfiguration", "WebAuthnRelyingPartyID", "WebAuthnUserVerification", "IssuerConfiguration",
            "KeyConfiguration",
        ),
        undo=("DeleteUserPool", {"UserPoolId": _USER_POOL}),
    ),
    "AWS::Cognito::UserPoolClient": CreatedType(
        "cognito-idp", "CreateUserPoolClient", name="ClientName", limit=128, ref=_CLIENT % "ClientId",
        attributes={name: _CLIENT % name for name in ("ClientSecret", "ClientId")} | {"Name": _CLIENT % "ClientName"},
        undo=("DeleteUserPoolClient", {"UserPoolId": "{given[UserPoolId]}", "ClientId": _CLIENT % "ClientId"}),
    ),
    "AWS::Cognito::UserPoolDomain": CreatedType(
        "cognito-idp", "CreateUserPoolDomain", ref="{given[Domain]}", no_attribute=("CloudFrontDistribution",),
        not_applied=("Routing",), or_placeholder=True,
        undo=("DeleteUserPoolDomain", {"Domain": "{given[Domain]}", "UserPoolId": "{given[UserPoolId]}"}),
    ),
    "AWS::Cognito::UserPoolGroup": CreatedType(
        "cognito-idp", "CreateGroup", name="GroupName", limit=128,
        undo=("DeleteGroup", {"GroupName": "{name}", "UserPoolId": "{given[UserPoolId]}"}),
    ),
    "AWS::Cognito::UserPoolUser": CreatedType(
        "cognito-idp", "AdminCreateUser", name="Username", limit=128,
        undo=("AdminDeleteUser", {"Username": "{name}", "UserPoolId": "{given[UserPoolId]}"}),
    ),
    "AWS::KinesisFirehose::DeliveryStream": CreatedType(
        "firehose", "CreateDeliveryStream", name="DeliveryStreamName", attributes={"Arn": "{answer[DeliveryStreamARN]}"},
        before=_without_functions, or_placeholder=True,
        undo=("DeleteDeliveryStream", {"DeliveryStreamName": "{name}"}),
    ),
    "AWS::ECR::Repository": CreatedType(
        "ecr", "CreateRepository", name="RepositoryName", limit=256, lower_case=True,
        attributes={"Arn": "{answer[repository][repositoryArn]}", "RepositoryUri": "{answer[repository][repositoryUri]}"},
        not_applied=("EmptyOnDelete", "ImageTagMutabilityExclusionFilters"),
        elsewhere=("LifecyclePolicy", "RepositoryPolicyText"), after=_configure_repository,
        change=_change_repository, fixed=("EncryptionConfiguration",),
        or_placeholder=True, undo=("DeleteRepository", {"repositoryName": "{name}", "force": "true"}),
    ),
    "AWS::SES::EmailIdentity": CreatedType(
        "sesv2", "CreateEmailIdentity", ref="{given[EmailIdentity]}", or_placeholder=True,
        not_applied=("ConfigurationSetAttributes", "DkimAttributes", "FeedbackAttributes", "MailFromAttributes"),
        attributes={f"DkimDNSTokenName{number}": f"token{number}._domainkey.{{given[EmailIdentity]}}" for number in (1, 2, 3)}
        | {f"DkimDNSTokenValue{number}": f"token{number}.dkim.amazonses.com" for number in (1, 2, 3)},
        undo=("DeleteEmailIdentity", {"EmailIdentity": "{given[EmailIdentity]}"}),
    ),
    "AWS::SES::ConfigurationSet": CreatedType(
        "sesv2", "CreateConfigurationSet", name="Name", renamed={"Name": "ConfigurationSetName"}, or_placeholder=True,
        undo=("DeleteConfigurationSet", {"ConfigurationSetName": "{name}"}),
    ),
    "AWS::Glue::Database": CreatedType(
        "glue", "CreateDatabase", name="DatabaseName", limit=255, elsewhere=("DatabaseName", "DatabaseInput"),
        before=lambda making: {
            "DatabaseInput": {"Name": making.name("DatabaseName", 255).lower(), **(making.get("DatabaseInput") or {})}
        },
        ref="{given[DatabaseInput][Name]}", or_placeholder=True,
    ),
    "AWS::Glue::Table": CreatedType(
        "glue", "CreateTable", ref="{given[TableInput][Name]}", not_applied=("Name", "OpenTableFormatInput"),
        or_placeholder=True,
    ),
}  # fmt: skip
"""The types that are created in full, and deliver nothing."""
