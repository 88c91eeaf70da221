"""Functions: making, reading, changing and deleting them, and their states on the way (FUN-01 to 05)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...simulation.journal import Subject
from ...simulation.scheduler import Timer
from ..answers import Answer, Operation, Parameters, page
from ..errors import ServiceError, conflict, invalid_parameter
from ..model import LATEST, Code, Configuration, Function
from . import arns, configuration, layers
from .arns import Reference
from .checks import check_latest, check_ready, check_revision
from .region import Region
from .surroundings import Surroundings
from .tags import check_count
from .validation import not_simulated, refuse_unknown
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
    """The operations on functions of one region. With `immediately`, the state that follows is reached at once."""

    def __init__(self, region: Region, surroundings: Surroundings, versions: Versions) -> None:
        self._region = region
        self._around = surroundings
        self._versions = versions
        self._settling: dict[str, Timer] = {}

    @property
    def operations(self) -> Mapping[str, Operation]:
        """By the operation's name in the API."""
        return {
            "CreateFunction": self.create_function,
            "GetFunction": self.get_function,
            "GetFunctionConfiguration": self.get_function_configuration,
            "ListFunctions": self.list_functions,
            "UpdateFunctionCode": self.update_function_code,
            "UpdateFunctionConfiguration": self.update_function_configuration,
            "DeleteFunction": self.delete_function,
        }

    # ------------------------------------------------------------------ making and changing

    def create_function(self, parameters: Parameters, *, code: Code | None = None, immediately: bool = False) -> Answer:
        """201; the function is Pending for a while (FUN-01, 09). With `code` given it needs none and no role."""
        refuse_unknown("CreateFunction", parameters, configuration.CREATE)
        if parameters.get("PackageType", "Zip") != "Zip":
            raise not_simulated("PackageType Image")
        name = self._region.reference(parameters["FunctionName"]).name
        self._check_name(name)
        if not (parameters.get("Runtime") and parameters.get("Handler")):
            raise invalid_parameter(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages."
            )
        settings = self._settings(parameters)
        if name in self._region.functions:
            raise conflict(f"Function already exist: {name}")
        if code is None:
            self._check_role(settings["role"])
            code = configuration.code_of(parameters["Code"], self._around.objects)
        self._check_dead_letter_queue(name, settings["role"], settings)
        latest = self._new(name, code, settings)
        self._check_layers(latest)
        function = Function(name, latest.function_arn, latest)
        check_count(parameters.get("Tags") or {})
        function.tags = dict(parameters.get("Tags") or {})
        self._region.functions[name] = function
        version = self._versions.published(function, None) if parameters.get("Publish") else latest
        self._settle(function, immediately)
        answered = function.configuration(version.version) or latest
        return Answer(201, self._shown(answered, function.arn))

    def update_function_code(self, parameters: Parameters, *, code: Code | None = None, immediately: bool = False) -> Answer:
        """200; the update is InProgress for a while (FUN-03). With `DryRun` only the checks are made."""
        refuse_unknown("UpdateFunctionCode", parameters, configuration.UPDATE_CODE)
        function = self._changeable(parameters, immediately)
        code = code or configuration.code_of(parameters, self._around.objects)
        changed = replace(function.latest, code=code)
        layers.check_code(function.name, code, changed.layers)
        if parameters.get("Architectures"):
            changed = replace(changed, architectures=tuple(parameters["Architectures"]))
        if parameters.get("DryRun"):
            return Answer(200, self._shown(changed, function.arn))
        self._change(function, changed, immediately)
        if not parameters.get("Publish"):
            return Answer(200, self._shown(function.latest, function.arn))
        version = self._versions.published(function, None)
        return Answer(200, self._shown(version, self._region.arn(function.name, version.version)))

    def update_function_configuration(self, parameters: Parameters, *, immediately: bool = False) -> Answer:
        """200; what the call leaves out stays as it is (FUN-03, DLQ-05)."""
        refuse_unknown("UpdateFunctionConfiguration", parameters, configuration.UPDATE)
        function = self._changeable(parameters, immediately)
        settings = self._settings(parameters)
        if "role" in settings and not immediately:
            self._check_role(settings["role"])
        self._check_dead_letter_queue(function.name, settings.get("role", function.latest.role), settings)
        changed = configuration.checked_logging(replace(function.latest, **settings))
        if "layers" in settings:
            self._check_layers(changed)
        self._change(function, changed, immediately)
        return Answer(200, self._shown(function.latest, function.arn))

    def set_code(self, name: str, code: Code, handler: str) -> None:
        """Give `$LATEST` other code and the handler in it, at once."""
        function = self._region.function(self._region.reference(name))
        layers.check_code(name, code, function.latest.layers)
        self._change(function, replace(function.latest, code=code, handler=handler), immediately=True)

    def set_inherited_variables(self, name: str, patterns: tuple[str, ...] | None) -> None:
        """Let `$LATEST` inherit other variables of the test process, at once."""
        function = self._region.function(self._region.reference(name))
        self._change(function, replace(function.latest, inherit_environment=patterns), immediately=True)

    def _settings(self, parameters: Parameters) -> dict[str, Any]:
        """The fields of a configuration that a call sets. Raises `ServiceError`."""
        settings = configuration.settings_of(parameters, self._region.name, self._around.runtimes)
        if parameters.get("Layers") is None:
            return settings
        region = self._region
        return {
            **settings,
            "layers": layers.layers_of(parameters["Layers"], region.account_id, region.name, self._around.layers),
        }

    def _check_layers(self, changed: Configuration) -> None:
        layers.check_code(changed.function_name, changed.code, changed.layers)
        for note in layers.notes(changed.layers, changed.runtime):
            self._around.note(changed.function_name, note)

    def _new(self, name: str, code: Code, settings: Mapping[str, Any]) -> Configuration:
        fields = {"log_group": f"/aws/lambda/{name}", "runtime": "", "role": "", "handler": "", **settings}
        identifiers = self._around.identifiers
        made = Configuration(
            function_name=name, function_arn=self._region.arn(name), code=code,
            revision_id=identifiers.uuid(), code_revision=identifiers.uuid(), last_modified=self._around.last_modified,
            **fields, **CREATING,
        )  # fmt: skip
        return configuration.checked_logging(made)

    def _change(self, function: Function, changed: Configuration, immediately: bool) -> None:
        uuid = self._around.identifiers.uuid
        if not configuration.is_alike(function.latest, changed):
            self._around.environments.discard(function.latest)
            changed = replace(changed, code_revision=uuid())
        function.latest = replace(
            changed, revision_id=uuid(), last_modified=self._around.last_modified, **{**READY, **UPDATING}
        )
        self._settle(function, immediately)

    def _settle(self, function: Function, immediately: bool) -> None:
        """Let what was made or changed become Active and Successful, each with a new revision (RUN-73)."""
        self._stop_settling(function)
        seconds = self._around.state_change_seconds
        if immediately or not seconds:
            self._settled(function)
            return
        self._settling[function.name] = self._around.scheduler.call_after(
            seconds, lambda: self._settled(function), "state_change", Subject(function.name), background=True
        )

    def _stop_settling(self, function: Function) -> None:
        timer = self._settling.pop(function.name, None)
        if timer is not None:
            timer.cancel()

    def _settled(self, function: Function) -> None:
        uuid = self._around.identifiers.uuid
        function.latest = replace(function.latest, revision_id=uuid(), **READY)
        for number, version in function.versions.items():
            if version.state == "Pending":
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
        if not self._around.roles.role_exists(arn):
            raise invalid_parameter("The role defined for the function cannot be assumed by Lambda.")

    def _check_dead_letter_queue(self, name: str, role: str, settings: Mapping[str, Any]) -> None:
        """Raise 400 where the call sets a target that the execution role may not send to (DLQ-04, PRM-25, 26)."""
        target = settings.get("dead_letter_target_arn")
        action = self._around.authority.may_configure(name, role, target) if target else None
        if action is not None:
            service, _, called = action.partition(":")
            raise invalid_parameter(
                f"The provided execution role does not have permissions to call {called} on {service.upper()}"
            )

    def _check_name(self, name: str) -> None:
        if len(name) > arns.NAME_LENGTH:
            raise ServiceError(
                "ValidationException",
                f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: "
                f"Member must have length less than or equal to {arns.NAME_LENGTH}",
            )

    # ------------------------------------------------------------------ reading

    def get_function(self, parameters: Parameters) -> Answer:
        """The configuration, where its code is, tags and reserved concurrency (FUN-04)."""
        function, qualifier, found = self._found(parameters)
        reserved = function.reserved_concurrent_executions
        body: dict[str, Any] = {
            "Configuration": self._shown(found, self._region.arn(function.name, qualifier)),
            "Code": {"RepositoryType": "S3", "Location": self._location(found)},
        }
        if function.tags:
            body["Tags"] = dict(function.tags)
        if reserved is not None:
            body["Concurrency"] = {"ReservedConcurrentExecutions": reserved}
        return Answer(200, body)

    def get_function_configuration(self, parameters: Parameters) -> Answer:
        """The configuration alone."""
        function, qualifier, found = self._found(parameters)
        return Answer(200, self._shown(found, self._region.arn(function.name, qualifier)))

    def list_functions(self, parameters: Parameters) -> Answer:
        """All functions by name; with `FunctionVersion=ALL` all their versions too."""
        refuse_unknown("ListFunctions", parameters, {"FunctionVersion", "Marker", "MaxItems"})
        functions = [self._region.functions[name] for name in sorted(self._region.functions)]
        if parameters.get("FunctionVersion") != "ALL":
            listed = [configuration.in_list(function.latest, function.arn) for function in functions]
        else:
            every = [version for function in functions for version in (function.latest, *function.versions.values())]
            listed = [configuration.in_list(one, configuration.qualified_version_arn(one)) for one in every]
        return page(listed, parameters, "Functions")

    def _found(self, parameters: Parameters) -> tuple[Function, str | None, Configuration]:
        return self._region.configuration(parameters["FunctionName"], parameters.get("Qualifier"))

    def _shown(self, found: Configuration, arn: str) -> dict[str, Any]:
        return configuration.shown(found, arn, self._region.name)

    def _location(self, found: Configuration) -> str:
        region, account = self._region.name, self._region.account_id
        return (
            f"https://awslambda-{region}-tasks.s3.{region}.amazonaws.com/snapshots/{account}/"
            f"{found.function_name}-{found.code_revision}"
        )

    # ------------------------------------------------------------------ deleting

    def delete_function(self, parameters: Parameters) -> Answer:
        """204; the function with all that belongs to it, or with a qualifier one version, there or not."""
        reference = self._region.reference(parameters["FunctionName"], parameters.get("Qualifier"))
        function = self._region.function(reference)
        if reference.qualifier is not None:
            self._delete_version(function, reference)
            return Answer(204)
        del self._region.functions[function.name]
        self._stop_settling(function)
        for gone in (function.latest, *function.versions.values()):
            self._around.environments.discard(gone)
        return Answer(204)

    def _delete_version(self, function: Function, reference: Reference) -> None:
        qualifier = reference.qualifier or LATEST
        if qualifier == LATEST:
            raise invalid_parameter("$LATEST version cannot be deleted without deleting the function.")
        if not qualifier.isdigit():
            raise invalid_parameter("Deletion of aliases is not currently supported.")
        users = sorted(alias.name for alias in function.aliases.values() if _uses(alias, qualifier))
        if users:
            raise conflict(f"Unable to delete version because the following aliases reference it: [{', '.join(users)}]")
        gone = function.versions.pop(qualifier, None)
        for table in (function.event_invoke_configs, function.provisioned, function.policies):
            table.pop(qualifier, None)
        if gone is not None:
            self._around.environments.discard(gone)


def _uses(alias: Any, version: str) -> bool:
    return alias.function_version == version or version in (alias.weights or {})
