"""The Lambda API for handles."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from ...config import LambdaEventsConfig
from ...errors import LambdaEventsError, hides_frames
from ...faults.plans import Faults, Plan
from ...handles.handlers import FunctionCode, Handler
from ...handles.responses import InvokeResponse, decoded
from ...report.journal import Journal
from ...service.control_plane.planes import ControlPlanes
from ...service.errors import ServiceError
from ...service.invocations import Invocations
from ...service.invoker import Invoker
from ...service.model import Code
from ...service.module_access import module_of
from ...simulation.clock import MICROSECONDS
from ...simulation.instants import Instant, microseconds_since_start
from ...simulation.simulation import Simulation
from ...sources.event_sources import EventSources
from ...sources.mappings.operations import EventSourceMappings
from ..lambda_service.iam import own_role, own_role_unchanged_on_error
from ..lambda_service.layers import MotoLayers
from ..network.client_errors import client_error
from ..stacks.inline_code import zipped

if TYPE_CHECKING:
    from ...handles.durable_operation import DurableOperation
    from .http_services import HttpServices

__tracebackhide__ = hides_frames

T = TypeVar("T")


class LambdaApi:
    """Serves the calls of handles immediately and without retries. It raises refusals as boto3 does.

    `on_change` is called after each call.
    """

    def __init__(
        self,
        config: LambdaEventsConfig,
        simulation: Simulation,
        journal: Journal,
        *,
        planes: ControlPlanes,
        invocations: Invocations,
        invoker: Invoker,
        faults: Faults,
        layers: MotoLayers,
        client: Callable[[str], Any],
        handler_named: Callable[[str], Handler | None],
        http: Callable[[], HttpServices],
        sources: EventSources,
        on_change: Callable[[], None],
        root: Path,
    ) -> None:
        self.journal = journal
        self._root = root
        self._config = config
        self._simulation = simulation
        self._planes = planes
        self._invocations = invocations
        self._invoker = invoker
        self._faults = faults
        self._layers = layers
        self._client = client
        self._handler_named = handler_named
        self._http = http
        self._sources = sources
        self._on_change = on_change
        self._codes_made = 0

    def call(self, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """Runs one operation of the API. Changes of handles take effect immediately."""
        plane = self._planes.home
        answer = self._refused_as_boto3(operation, lambda: plane.call_immediately(operation, parameters))
        return dict(answer.body)

    def check_open(self) -> None:
        """Raises `LambdaEventsError` if the environment is closed."""
        self._simulation.check_open()

    def function_names(self) -> list[str]:
        """Returns the names of all functions, in order of creation."""
        return list(self._planes.home.region.functions)

    def function_arn(self, name: str) -> str | None:
        """Returns the ARN of a function. None if it does not exist."""
        function = self._planes.home.region.functions.get(name)
        return None if function is None else function.arn

    def handler_name(self, name: str) -> str:
        """Returns the handler string of a function."""
        return self._planes.home.region.functions[name].latest.handler

    def mapping_uuids(self) -> list[str]:
        """Returns the UUIDs of all event source mappings, in order of creation."""
        return list(self._mappings.by_uuid)

    def mapping_arn(self, uuid: str) -> str | None:
        """Returns the ARN of an event source mapping. None if it does not exist."""
        mapping = self._mappings.by_uuid.get(uuid)
        return None if mapping is None else mapping.arn

    def sources_of(self, function_name: str) -> list[dict[str, Any]]:
        """Returns the event source mappings of a function and its qualifiers as `ListEventSourceMappings` shows them."""
        return self._mappings.shown_of(function_name)

    @property
    def _mappings(self) -> EventSourceMappings:
        return self._sources.at(self._planes.home.region)

    def checkpoints(self, uuid: str) -> dict[str, str]:
        """Returns the last sequence number that an event source mapping has processed, by shard id."""
        return self._sources.checkpoints(uuid)

    def create(self, name: str, given: FunctionCode, settings: Mapping[str, Any]) -> str:
        """Creates a function that is active immediately. Returns its ARN."""
        parameters = {
            "FunctionName": name, "Handler": given.handler_name, "Runtime": "python3.13",
            "Role": f"arn:aws:iam::{self._config.account_id}:role/lambda-events", **settings,
        }  # fmt: skip
        code = self._code_of(given)
        plane = self._planes.home
        made = self._refused_as_boto3("CreateFunction", lambda: plane.create_immediately(parameters, code))
        arn: str = made.body["FunctionArn"]
        return arn

    @contextmanager
    def unchanged_on_error(self, name: str) -> Iterator[None]:
        """Restores a function and its own role if the block raises."""
        config, region = self._config, self._planes.home.region
        with (
            own_role_unchanged_on_error(config.account_id, config.region_name, name),
            region.function_unchanged_on_error(name),
        ):
            yield

    def put_role_policy(self, name: str, statements: Sequence[Mapping[str, object]]) -> str:
        """Gives a function its own role with these statements. Returns the ARN of the role."""
        self._simulation.check_open()
        return own_role(self._client("iam"), name, statements)

    def publish_layer(self, folder: Path | None, name: str = "", *, has_modules: bool = False) -> str:
        """Publishes a folder as a version of a layer, or one without files. Returns its ARN."""
        config = self._config
        self._simulation.check_open()
        return self._layers.publish_folder(config.account_id, config.region_name, folder, name, has_modules=has_modules)

    def set_code(self, name: str, given: FunctionCode) -> None:
        """Changes the code of `$LATEST` of a function."""
        code = self._code_of(given)
        plane = self._planes.home
        self._refused_as_boto3("UpdateFunctionCode", lambda: plane.set_code(name, code, given.handler_name))

    def set_inherited_variables(self, name: str, patterns: Sequence[str] | None) -> None:
        """Changes which variables of the test process `$LATEST` of a function inherits. None means those of the options."""
        plane = self._planes.home
        wanted = None if patterns is None else tuple(patterns)
        self._refused_as_boto3("UpdateFunctionConfiguration", lambda: plane.set_inherited_variables(name, wanted))

    def module(self, name: str, qualifier: str | None, module_name: str, tenant_id: str) -> ModuleType:
        """Returns a module that the next invocation will use, and loads it if necessary."""
        self._simulation.check_open()
        target = self._refused_as_boto3("GetFunction", lambda: self._planes.resolve(name, qualifier))
        return module_of(self._invoker, target.configuration, module_name, tenant_id)

    @property
    def root(self) -> Path:
        """Returns the folder at which a relative `code_uri` starts."""
        return self._root

    @property
    def code_uri(self) -> str:
        """Returns the code folder of functions without their own. Empty if there is none."""
        return self._config.code_uri

    def publish_version(self, name: str) -> str:
        """Publishes `$LATEST`, and with SnapStart loads its code. Returns the number of the version."""
        version = str(self.call("PublishVersion", FunctionName=name)["Version"])
        versions = self._planes.home.versions
        if versions.is_initializing(name, version):
            self._simulation.run_while(lambda _: versions.is_initializing(name, version))
        return version

    def invoke(self, name: str, qualifier: str | None, payload: bytes, tenant_id: str) -> InvokeResponse:
        """Invokes a function synchronously, without retries."""
        invocations = self._invocations
        answer = self._refused_as_boto3(
            "Invoke", lambda: invocations.call(name, qualifier, payload, tenant_id=tenant_id)
        )  # fmt: skip
        result = answer.result
        return InvokeResponse(
            200, decoded(result.payload), "Unhandled" if result.error else None, result.executed_version,
            result.log_tail.decode(errors="replace"),
        )  # fmt: skip

    @property
    def http(self) -> HttpServices:
        """Returns what answers HTTP requests."""
        return self._http()

    def handler_named(self, text: str) -> Handler | None:
        """Returns the callable that a hook has for a handler string, if it has one."""
        return self._handler_named(text)

    def microseconds(self, what: str, instant: Instant) -> int:
        """Returns a time in microseconds since the clock's start. Raises `LambdaEventsError`, which names `what`, for invalid
        ones.
        """
        return microseconds_since_start(self._simulation.clock, what, instant)

    def plan(self, plan: Plan, *, by_marker: bool = False) -> None:
        """Plans a fault from now on. Raises `LambdaEventsError` if its time is over."""
        simulation = self._simulation
        simulation.check_open()
        until = plan.selection.until
        if until is not None and until < simulation.clock.microseconds:
            now = f"the clock is at {simulation.clock.elapsed:g} s"
            over = f"until={until / MICROSECONDS:g} s is in the past: {now}. Pass a later time."
            raise LambdaEventsError(f"{plan.call}: {over}")
        self._faults.plan(plan, by_marker=by_marker)

    def accept(self, name: str, qualifier: str | None, payload: bytes, tenant_id: str) -> str:
        """Invokes a function asynchronously. Returns the request id of the event."""
        invocations = self._invocations
        accepted = self._refused_as_boto3(
            "Invoke", lambda: invocations.accept(name, payload, qualifier=qualifier, tenant_id=tenant_id)
        )  # fmt: skip
        return accepted.request_id

    def start_execution(self, name: str, qualifier: str, payload: bytes, execution_name: str | None) -> str:
        """Starts a durable execution asynchronously. Returns its ARN. Raises `LambdaEventsError` for a function that is not
        durable.
        """
        given = {} if execution_name is None else {"DurableExecutionName": execution_name}

        def accepted() -> str | None:
            if self._planes.home.named(name, qualifier).configuration.durable is None:
                raise LambdaEventsError(
                    f"The function {name!r} is not durable. Pass for example durable_execution_timeout=timedelta(days=7) when "
                    "you create it."
                )
            self._planes.home.check("Invoke", {"FunctionName": name, **given})
            return self._invocations.accept(name, payload, qualifier=qualifier, execution_name=execution_name).execution_arn

        return self._refused_as_boto3("Invoke", accepted) or ""

    def durable_operations(self, arn: str) -> list[DurableOperation]:
        """Returns the operations of a durable execution in the order of their start."""
        execution = self._refused_as_boto3("GetDurableExecution", lambda: self._invoker.executions().table.named(arn))
        # Only durable functions load it.
        from ...handles.durable_operation import DurableOperation

        at = self._simulation.clock.at
        return [
            DurableOperation(
                one.id, one.name, one.type, one.sub_type, one.status, one.parent_id, one.attempt, one.result,
                None if one.error is None else one.error.shown, one.callback_id, at(one.started_at),
                None if one.ended_at is None else at(one.ended_at),
            )
            for one in execution.operations.values()
            if one.id != execution.id
        ]  # fmt: skip

    def _refused_as_boto3(self, operation: str, call: Callable[[], T]) -> T:
        simulation = self._simulation
        simulation.check_open()
        try:
            with simulation.locked():
                result = call()
                self._on_change()
                return result
        except ServiceError as refusal:
            raise client_error(self._client("lambda"), operation, refusal) from None

    def _code_of(self, given: FunctionCode) -> Code:
        zip_file = zipped(given.inline) if given.inline else given.zip_file
        if zip_file is not None:
            return Code(base64.b64encode(hashlib.sha256(zip_file).digest()).decode(), len(zip_file), zip_file)
        # Each callable is separate code: two lambdas with the same name differ.
        self._codes_made += 1
        identity = f"{given.handler_name} {self._codes_made}".encode()
        return Code(
            hashlib.sha256(identity).hexdigest(), len(identity), handler=given.handler, folder=given.folder,
            package=given.package, import_hint=given.import_hint,
        )  # fmt: skip
