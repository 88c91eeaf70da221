"""Functions: their creation, update and deletion, and their states during a change (FUN-01 to 05)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...journal.entry import Subject
from ...journal.pending import StateChange
from ...simulation.scheduler import Timer
from ..api_response import ApiResponse, Operation, Parameters, page
from ..errors import ServiceError, conflict, invalid_parameter
from ..model import LATEST, LATEST_PUBLISHED, Code, Configuration, Function, Image
from . import configuration, function_names, images, inert, layers
from .checks import check_latest, check_ready, check_revision
from .dependencies import Dependencies
from .function_names import Reference
from .region import Region
from .snap_start import check_combinations
from .tags import check_count
from .validation import not_simulated
from .versions import Versions

CREATING: Mapping[str, Any] = {
    "state": "Pending", "state_reason": "The function is being created.", "state_reason_code": "Creating",
    "last_update_status": None,
}  # fmt: skip
UPDATING: Mapping[str, Any] = {
    "last_update_status": "InProgress", "last_update_status_reason": "The function is being created.",
    "last_update_status_reason_code": "Creating",
}  # fmt: skip
READY: Mapping[str, Any] = {
    "state": "Active", "state_reason": None, "state_reason_code": None, "last_update_status": "Successful",
    "last_update_status_reason": None, "last_update_status_reason_code": None,
}  # fmt: skip


class Functions:
    """The operations on functions of one region. With `immediately`, a function is Active without delay."""

    def __init__(self, region: Region, dependencies: Dependencies, versions: Versions) -> None:
        self._region = region
        self._dependencies = dependencies
        self._versions = versions
        self._settling: dict[str, Timer] = {}

    @property
    def operations(self) -> Mapping[str, Operation]:
        """Returns the operations by their names in the API."""
        return {
            "CreateFunction": self.create_function,
            "GetFunction": self.get_function,
            "GetFunctionConfiguration": self.get_function_configuration,
            "ListFunctions": self.list_functions,
            "UpdateFunctionCode": self.update_function_code,
            "UpdateFunctionConfiguration": self.update_function_configuration,
            "DeleteFunction": self.delete_function,
        }

    def create_function(self, parameters: Parameters, *, code: Code | None = None, immediately: bool = False) -> ApiResponse:
        """Returns 201. The function is Pending for some time (FUN-01, 09). With `code`, the call needs neither code nor a
        role.
        """
        name = self._region.reference(parameters["FunctionName"]).name
        self._check_name(name)
        self._check_package(parameters)
        settings = self._settings(parameters)
        if name in self._region.functions:
            raise conflict(f"Function already exist: {name}")
        if code is None:
            self._check_role(settings["role"])
            code = self._code_of(parameters["Code"], settings.get("image"))
        self._check_dead_letter_queue(name, settings["role"], settings)
        if settings.get("durable") is not None:
            settings = {"log_format": "JSON", **settings}  # DUR-05
        latest = self._new(name, code, settings)
        self._check_whole(latest)
        function = Function(name, latest.function_arn, latest)
        check_count(parameters.get("Tags") or {})
        function.code_signing_config_arn = parameters.get("CodeSigningConfigArn") or ""
        function.tags = dict(parameters.get("Tags") or {})
        self._region.add(function)
        version = self._published(function, parameters, immediately) or latest
        self._settle(function, immediately)
        answered = function.configuration(version.version) or latest
        return ApiResponse(201, self._shown(answered, function.arn))

    def update_function_code(
        self, parameters: Parameters, *, code: Code | None = None, immediately: bool = False
    ) -> ApiResponse:
        """Returns 200. The update is InProgress for some time (FUN-03). `DryRun` only runs the checks."""
        function = self._changeable(parameters, immediately)
        image = function.latest.image
        if image is not None:
            image = images.image_of(parameters.get("ImageUri"), image.config)
        code = code or self._code_of(parameters, image)
        changed = replace(function.latest, code=code, image=image)
        layers.check_code(function.name, code, changed.layers)
        if parameters.get("Architectures"):
            changed = replace(changed, architectures=tuple(parameters["Architectures"]))
        if parameters.get("DryRun"):
            return ApiResponse(200, self._shown(changed, function.arn))
        self._change(function, changed, immediately)
        version = self._published(function, parameters, immediately)
        if version is None:
            return ApiResponse(200, self._shown(function.latest, function.arn))
        return ApiResponse(200, self._shown(version, self._region.arn(function.name, version.version)))

    def update_function_configuration(self, parameters: Parameters, *, immediately: bool = False) -> ApiResponse:
        """Returns 200. Settings that the call leaves out stay (FUN-03, DLQ-05)."""
        function = self._changeable(parameters, immediately)
        settings = self._settings(parameters, function.latest)
        if settings.get("durable") is not None and function.latest.durable is None:
            raise invalid_parameter("DurableConfig can only be set when the function is created.")  # DUR-04
        if "role" in settings and not immediately:
            self._check_role(settings["role"])
        self._check_dead_letter_queue(function.name, settings.get("role", function.latest.role), settings)
        changed = configuration.checked_logging(replace(function.latest, **settings))
        self._check_whole(changed)
        self._change(function, changed, immediately)
        return ApiResponse(200, self._shown(function.latest, function.arn))

    def set_code(self, name: str, code: Code, handler: str) -> None:
        """Changes the code of `$LATEST` and its handler immediately."""
        function = self._region.function(self._region.reference(name))
        layers.check_code(name, code, function.latest.layers)
        self._change(function, replace(function.latest, code=code, handler=handler), immediately=True)

    def set_inherited_variables(self, name: str, patterns: tuple[str, ...] | None) -> None:
        """Changes immediately which variables of the test process `$LATEST` inherits."""
        function = self._region.function(self._region.reference(name))
        self._change(function, replace(function.latest, inherit_environment=patterns), immediately=True)

    def _check_package(self, parameters: Parameters) -> None:
        if parameters.get("PackageType") == "Image":
            images.check_members(parameters)
        elif not (parameters.get("Runtime") and parameters.get("Handler")):
            raise invalid_parameter(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages."
            )

    def _code_of(self, given: Parameters, image: Image | None) -> Code:
        if image is None:
            return configuration.code_of(given, self._dependencies.objects)
        return images.code_of(image, self._dependencies.handlers)

    def _settings(self, parameters: Parameters, before: Configuration | None = None) -> dict[str, Any]:
        """Returns the fields of a configuration that a call sets. Raises `ServiceError`."""
        region = self._region
        settings = configuration.settings_of(parameters, region.name, self._dependencies.runtimes)
        settings["inert"] = inert.inert_of(parameters, {} if before is None else before.inert)
        if parameters.get("Layers") is not None:
            settings["layers"] = layers.layers_of(
                parameters["Layers"], region.account_id, region.name, self._dependencies.layers
            )  # fmt: skip
        return {**settings, **self._image(parameters, before)}

    def _image(self, parameters: Parameters, before: Configuration | None) -> dict[str, Any]:
        """Returns the fields of a configuration with an image."""
        config = parameters.get("ImageConfig") or {}
        if before is None and parameters.get("PackageType") == "Image":
            image = images.image_of((parameters.get("Code") or {}).get("ImageUri"), config)
            return {"image": image, "runtime": images.RUNTIME, "handler": images.handler_name(image)}
        if before is None or before.image is None:
            if config:
                raise invalid_parameter("ImageConfig is not supported for functions created with deployment packages.")
            return {}
        images.check_members(parameters)
        if "ImageConfig" not in parameters:
            return {}
        image = images.image_of(before.image.uri, config)
        return {
            "image": image, "handler": images.handler_name(image), "code": self._code_of(parameters, image),
        }  # fmt: skip

    def _check_whole(self, changed: Configuration) -> None:
        """Raises an error for settings that exclude each other, and notes what a test should know about them."""
        check_combinations(changed)
        if changed.durable is not None and changed.is_managed:
            raise not_simulated("A durable function on Managed Instances", "Leave CapacityProviderConfig out.")
        layers.check_code(changed.function_name, changed.code, changed.layers)
        for note in (*layers.notes(changed.layers, changed.runtime), *inert.notes(changed)):
            self._dependencies.note(changed.function_name, note)

    def _published(self, function: Function, parameters: Parameters, immediately: bool) -> Configuration | None:
        """Returns the version that a call publishes, if it requests that."""
        if parameters.get("PublishTo"):
            return self._versions.publish_latest(function, None)
        if not parameters.get("Publish"):
            return None
        return self._versions.published(function, None, immediately=immediately)

    def _new(self, name: str, code: Code, settings: Mapping[str, Any]) -> Configuration:
        fields = {"log_group": f"/aws/lambda/{name}", "runtime": "", "role": "", "handler": "", **settings}
        identifiers = self._dependencies.identifiers
        made = Configuration(
            function_name=name, function_arn=self._region.arn(name), code=code,
            revision_id=identifiers.uuid(), code_revision=identifiers.uuid(), last_modified=self._dependencies.last_modified,
            **fields, **CREATING,
        )  # fmt: skip
        return configuration.checked_logging(made)

    def _change(self, function: Function, changed: Configuration, immediately: bool) -> None:
        uuid = self._dependencies.identifiers.uuid
        if not configuration.has_same_settings(function.latest, changed):
            self._dependencies.environments.discard(function.latest)
            changed = replace(changed, code_revision=uuid())
        function.latest = replace(
            changed, revision_id=uuid(), last_modified=self._dependencies.last_modified, **{**READY, **UPDATING}
        )
        self._settle(function, immediately)

    def _settle(self, function: Function, immediately: bool) -> None:
        """Makes the function Active, or its update Successful, each with a new revision (RUN-73)."""
        self._stop_settling(function)
        seconds = self._dependencies.state_change_seconds
        if immediately or not seconds:
            self._settled(function)
            return
        self._settling[function.name] = self._dependencies.scheduler.call_after(
            seconds, lambda: self._settled(function), StateChange(Subject(function.name)), background=True
        )

    def _stop_settling(self, function: Function) -> None:
        timer = self._settling.pop(function.name, None)
        if timer is not None:
            timer.cancel()

    def _settled(self, function: Function) -> None:
        uuid = self._dependencies.identifiers.uuid
        function.latest = replace(function.latest, revision_id=uuid(), **READY)
        for number, version in function.versions.items():
            if version.state == "Pending" and not version.snap_start:
                function.versions[number] = replace(version, revision_id=uuid(), **READY)

    def _changeable(self, parameters: Parameters, immediately: bool) -> Function:
        reference = self._region.reference(parameters["FunctionName"])
        function = self._region.function(reference)
        check_latest(reference.qualifier)
        check_revision(parameters, function.latest.revision_id)
        if not immediately:
            check_ready(function)
        return function

    def _check_role(self, arn: str) -> None:
        if not self._dependencies.roles.role_exists(arn):
            raise invalid_parameter("The role defined for the function cannot be assumed by Lambda.")

    def _check_dead_letter_queue(self, name: str, role: str, settings: Mapping[str, Any]) -> None:
        """Raises 400 if the call sets a target to which the execution role may not send (DLQ-04, PRM-25, 26)."""
        target = settings.get("dead_letter_target_arn")
        action = self._dependencies.authority.may_configure(name, role, target) if target else None
        if action is not None:
            service, _, called = action.partition(":")
            raise invalid_parameter(
                f"The provided execution role does not have permissions to call {called} on {service.upper()}"
            )

    def _check_name(self, name: str) -> None:
        if len(name) > function_names.NAME_LENGTH:
            raise ServiceError(
                "ValidationException",
                f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: "
                f"Member must have length less than or equal to {function_names.NAME_LENGTH}",
            )

    def get_function(self, parameters: Parameters) -> ApiResponse:
        """Returns the configuration, the location of the code, tags and reserved concurrency (FUN-04)."""
        function, qualifier, found = self._found(parameters)
        reserved = function.reserved_concurrent_executions
        body: dict[str, Any] = {
            "Configuration": self._shown(found, self._region.arn(function.name, qualifier)),
            "Code": self._location(found),
        }
        if function.tags:
            body["Tags"] = dict(function.tags)
        if reserved is not None:
            body["Concurrency"] = {"ReservedConcurrentExecutions": reserved}
        return ApiResponse(200, body)

    def get_function_configuration(self, parameters: Parameters) -> ApiResponse:
        """Returns the configuration only."""
        function, qualifier, found = self._found(parameters)
        return ApiResponse(200, self._shown(found, self._region.arn(function.name, qualifier)))

    def list_functions(self, parameters: Parameters) -> ApiResponse:
        """Returns all functions by name. With `FunctionVersion=ALL` it includes all their versions."""
        functions, names = self._region.functions, self._region.names
        if parameters.get("FunctionVersion") != "ALL":
            return page(names, parameters, "Functions", shown=lambda name: _in_list(functions[name]))
        every = [one for name in names for one in (functions[name].latest, *functions[name].versions.values())]
        return page(every, parameters, "Functions", shown=configuration.version_in_list)

    def _found(self, parameters: Parameters) -> tuple[Function, str | None, Configuration]:
        return self._region.configuration(parameters["FunctionName"], parameters.get("Qualifier"))

    def _shown(self, found: Configuration, arn: str) -> dict[str, Any]:
        return configuration.shown(found, arn, self._region.name)

    def _location(self, found: Configuration) -> dict[str, str]:
        region, account = self._region.name, self._region.account_id
        if found.image is not None:
            uri = found.image.uri
            resolved = f"{uri.partition('@')[0].rpartition(':')[0] or uri}@sha256:{found.code.sha256}"
            return {"RepositoryType": "ECR", "ImageUri": uri, "ResolvedImageUri": resolved}
        name = f"{found.function_name}-{found.code_revision}"
        location = f"https://awslambda-{region}-tasks.s3.{region}.amazonaws.com/snapshots/{account}/{name}"
        return {"RepositoryType": "S3", "Location": location}

    def delete_function(self, parameters: Parameters) -> ApiResponse:
        """Returns 204. Deletes the function with all its settings, or with a qualifier one version, whether or not it
        exists.
        """
        reference = self._region.reference(parameters["FunctionName"], parameters.get("Qualifier"))
        function = self._region.function(reference)
        if reference.qualifier is not None:
            self._delete_version(function, reference)
            return ApiResponse(204)
        self._region.remove(function)
        self._stop_settling(function)
        for gone in (function.latest, *function.versions.values()):
            self._dependencies.environments.discard(gone)
        return ApiResponse(204)

    def _delete_version(self, function: Function, reference: Reference) -> None:
        qualifier = reference.qualifier or LATEST
        if qualifier == LATEST:
            raise invalid_parameter("$LATEST version cannot be deleted without deleting the function.")
        if not qualifier.isdigit() and qualifier != LATEST_PUBLISHED:
            raise invalid_parameter("Deletion of aliases is not currently supported.")
        users = sorted(alias.name for alias in function.aliases.values() if _uses(alias, qualifier))
        if users:
            raise conflict(f"Unable to delete version because the following aliases reference it: [{', '.join(users)}]")
        gone = function.versions.pop(qualifier, None)
        for table in (function.event_invoke_configs, function.provisioned, function.policies):
            table.pop(qualifier, None)
        self._region.units.update(function)
        if gone is not None:
            self._dependencies.environments.discard(gone)


def _in_list(function: Function) -> dict[str, Any]:
    return configuration.in_list(function.latest, function.arn)


def _uses(alias: Any, version: str) -> bool:
    return alias.function_version == version or version in (alias.weights or {})
