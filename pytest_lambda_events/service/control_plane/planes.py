"""The Lambda API of one account and region, and of all accounts and regions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from ...simulation.choices import Chooser
from ..api_response import ApiResponse, Operation, Parameters
from ..concurrency import Units
from ..model import Code, Function, Target
from .account import Account
from .aliases import Aliases
from .code_signing import CodeSigningConfigs
from .dependencies import Dependencies
from .event_invoke_config import EventInvokeConfigs
from .function_names import parse
from .function_urls import FunctionUrlConfigs
from .functions import Functions
from .members import refuse_unknown
from .permissions import Permissions
from .provisioned import ProvisionedConcurrencyConfigs
from .recursion import RecursionConfigs
from .region import Region
from .reserved import ReservedConcurrency
from .runtime_management import RuntimeManagementConfigs
from .tags import Tags
from .validation import check
from .versions import Versions

__all__ = ["ControlPlane", "ControlPlanes", "Region"]


class ControlPlane:
    """The operations of one region, by their names in the API.

    `operations` are the operations that boto3 calls. `add` adds others, such as `Invoke`. `immediate_operations` are those
    of handles that differ: functions and changes are never Pending or InProgress.
    """

    def __init__(self, region: Region, dependencies: Dependencies) -> None:
        self.region = region
        self.versions = versions = Versions(region, dependencies)
        provisioned = ProvisionedConcurrencyConfigs(region, dependencies)
        self.functions = functions = Functions(region, dependencies, versions)
        subjects = (
            functions, versions, provisioned,
            Aliases(region, dependencies, provisioned.alias_moved),
            EventInvokeConfigs(region, dependencies),
            ReservedConcurrency(region, dependencies),
            RecursionConfigs(region),
            Account(region, dependencies),
            Tags(region),
            Permissions(region, dependencies),
            RuntimeManagementConfigs(region),
            CodeSigningConfigs(region),
            FunctionUrlConfigs(region, dependencies),
        )  # fmt: skip
        self.operations: dict[str, Operation] = {}
        for subject in subjects:
            self.add(subject.operations)
        self.immediate_operations: Mapping[str, Operation] = {
            "UpdateFunctionCode": partial(functions.update_function_code, immediately=True),
            "UpdateFunctionConfiguration": partial(functions.update_function_configuration, immediately=True),
            "PublishVersion": partial(versions.publish_version, immediately=True),
        }

    def add(self, operations: Mapping[str, Operation]) -> None:
        """Adds these operations."""
        self.operations.update(operations)

    def create_immediately(self, parameters: Parameters, code: Code) -> ApiResponse:
        """Creates a function with this code that is Active immediately. Its role need not exist."""
        self.check("CreateFunction", parameters)
        return self.functions.create_function(parameters, code=code, immediately=True)

    def create_active(self, parameters: Parameters) -> ApiResponse:
        """Runs `CreateFunction` for a function that is Active immediately."""
        self.check("CreateFunction", parameters)
        return self.functions.create_function(parameters, immediately=True)

    def call_immediately(self, operation: str, parameters: Parameters) -> ApiResponse:
        """Runs an operation for a handle. It takes effect before it returns."""
        self.check(operation, parameters)
        return (self.immediate_operations.get(operation) or self.operations[operation])(parameters)

    def call(self, operation: str, parameters: Parameters) -> ApiResponse:
        """Runs an operation, after a check of each member of the call."""
        self.check(operation, parameters)
        return self.operations[operation](parameters)

    def set_code(self, name: str, code: Code, handler: str) -> None:
        """Changes the code of `$LATEST` and its handler immediately."""
        self.functions.set_code(name, code, handler)

    def set_inherited_variables(self, name: str, patterns: tuple[str, ...] | None) -> None:
        """Changes immediately which variables of the test process `$LATEST` inherits."""
        self.functions.set_inherited_variables(name, patterns)

    def check(self, operation: str, parameters: Parameters) -> None:
        """Raises `ServiceError` for members that AWS refuses, and `NotSimulatedError` for those that are not simulated."""
        check(operation, parameters, is_managed=self._is_managed(parameters))
        refuse_unknown(operation, parameters)

    def _is_managed(self, parameters: Parameters) -> bool:
        """Returns whether a call is about a function on Managed Instances."""
        if parameters.get("CapacityProviderConfig"):
            return True
        if "Timeout" not in parameters and "MemorySize" not in parameters:
            return False
        function = self.region.functions.get(str(parameters.get("FunctionName")).rpartition(":")[2])
        return function is not None and function.latest.is_managed

    def find(self, function_arn: str) -> Function | None:
        """Returns the function with a name or an ARN, if it exists. The qualifier is ignored."""
        return self.region.find(function_arn)

    def named(self, function_name: str, qualifier: str | None = None) -> Target:
        """Returns the target that a call names. For an alias this is its main version. Raises `ServiceError` (ASY-06)."""
        return self.region.named(function_name, qualifier)

    def resolve(self, function_name: str, qualifier: str | None = None) -> Target:
        """Returns the target that an invocation would run now. An alias draws by its weights. Raises `ServiceError`
        (ASY-06).
        """
        return self.region.resolve(function_name, qualifier)


class ControlPlanes:
    """The Lambda APIs of all accounts and regions, created on first use.

    `dependencies(account_id, region_name)` returns the collaborators of a control plane. `on_made` may add operations to it.
    """

    def __init__(
        self,
        account_id: str,
        region_name: str,
        chooser: Chooser,
        dependencies: Callable[[str, str], Dependencies],
        on_made: Callable[[ControlPlane], None] = lambda plane: None,
    ) -> None:
        self._home = (account_id, region_name)
        self._chooser = chooser
        self._dependencies = dependencies
        self._on_made = on_made
        self._planes: dict[tuple[str, str], ControlPlane] = {}
        self._by_arn: dict[str, ControlPlane] = {}

    @property
    def home(self) -> ControlPlane:
        """Returns the control plane of the simulated AWS's own account and region."""
        return self.at(*self._home)

    @property
    def regions(self) -> Sequence[Region]:
        """Returns the contents of each account and region that was used."""
        return [plane.region for plane in self._planes.values()]

    def at(self, account_id: str, region_name: str) -> ControlPlane:
        """Returns the control plane of an account and region."""
        plane = self._planes.get((account_id, region_name))
        if plane is None:
            region = Region(account_id, region_name, self._chooser)
            plane = ControlPlane(region, self._dependencies(account_id, region_name))
            self._planes[(account_id, region_name)] = plane
            self._on_made(plane)
        return plane

    def find(self, function_arn: str) -> Function | None:
        """Returns the function with an ARN in any region, or with a name in the own region."""
        return self._of(function_arn).find(function_arn)

    def named(self, function_arn: str, qualifier: str | None = None) -> Target:
        """Works like `ControlPlane.named` for ARNs of any region. A name is looked up in the own region."""
        return self._of(function_arn).named(function_arn, qualifier)

    def resolve(self, function_arn: str, qualifier: str | None = None) -> Target:
        """Works like `ControlPlane.resolve` for ARNs of any region. A name is looked up in the own region."""
        return self._of(function_arn).region.resolve(function_arn, qualifier)

    def units_of(self, function_arn: str) -> Units:
        """Returns the units of concurrency that a function shares with the others of its account and region."""
        return self._of(function_arn).region.units

    def _of(self, function_arn: str) -> ControlPlane:
        plane = self._by_arn.get(function_arn)
        if plane is None:
            reference = parse(function_arn)
            account_id, region_name = self._home
            plane = self.at(reference.account_id or account_id, reference.region_name or region_name)
            self._by_arn[function_arn] = plane
        return plane
