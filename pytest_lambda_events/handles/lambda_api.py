"""What handles need of the environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from ..arguments import Kind, is_text, shown
from ..arns import parse_or_none
from ..errors import LambdaEventsError, hides_frames
from ..faults.plans import Plan
from ..journal.journal import Journal
from .handlers import FunctionCode, Handler
from .responses import InvokeResponse

if TYPE_CHECKING:
    from .durable_operation import DurableOperation
    from .http_services import HttpServices

__tracebackhide__ = hides_frames


class Api(Protocol):
    """The Lambda API, and the journal of what it led to."""

    @property
    def journal(self) -> Journal:
        """What happened."""

    def call(self, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """One operation of the Lambda API; its refusals come as botocore's `ClientError`."""

    def check_open(self) -> None:
        """Raises `LambdaEventsError` if the environment is closed."""

    def start_execution(self, name: str, qualifier: str, payload: bytes, execution_name: str | None) -> str:
        """Starts a durable execution asynchronously. Returns its ARN."""

    def durable_operations(self, arn: str) -> list[DurableOperation]:
        """Returns the operations of a durable execution in the order of their start."""

    def function_names(self) -> list[str]:
        """Returns the names of all functions, in order of creation."""

    def function_arn(self, name: str) -> str | None:
        """Returns the ARN of a function. None if it does not exist."""

    def handler_name(self, name: str) -> str:
        """Returns the handler string of a function."""

    def mapping_uuids(self) -> list[str]:
        """Returns the UUIDs of all event source mappings, in order of creation."""

    def mapping_arn(self, uuid: str) -> str | None:
        """Returns the ARN of an event source mapping. None if it does not exist."""

    def sources_of(self, function_name: str) -> list[dict[str, Any]]:
        """Returns the event source mappings of a function and its qualifiers as `ListEventSourceMappings` shows them."""

    def checkpoints(self, uuid: str) -> dict[str, str]:
        """The last sequence number that an event source mapping is done with, by shard id."""

    def unchanged_on_error(self, name: str) -> AbstractContextManager[None]:
        """Restores a function and its own role if the block raises."""

    def put_role_policy(self, name: str, statements: Sequence[Mapping[str, object]]) -> str:
        """Give a function a role of its own with these statements; its ARN."""

    def publish_layer(self, folder: Path | None, name: str = "", *, has_modules: bool = False) -> str:
        """Publishes a folder as a version of a layer, or one without files; its ARN. With `has_modules`, the modules are in
        the folder itself and not in `python/`.
        """

    def set_code(self, name: str, code: FunctionCode) -> None:
        """Give `$LATEST` of a function other code."""

    def set_inherited_variables(self, name: str, patterns: Sequence[str] | None) -> None:
        """Let `$LATEST` of a function inherit other variables of the test process; None: those of the options."""

    def module(self, name: str, qualifier: str | None, module_name: str, tenant_id: str) -> ModuleType:
        """A module that the next invocation will use, loaded if it is not yet."""

    @property
    def root(self) -> Path:
        """The folder that a relative `code_uri` starts at."""

    @property
    def code_uri(self) -> str:
        """The folder of functions that name none; empty if there is none."""

    def publish_version(self, name: str) -> str:
        """Publishes `$LATEST`, and with SnapStart loads its code; the number of the version."""

    def invoke(self, name: str, qualifier: str | None, payload: bytes, tenant_id: str) -> InvokeResponse:
        """A synchronous invocation, without retries."""

    def handler_named(self, text: str) -> Handler | None:
        """The callable that a hook has for a handler string, if one has."""

    @property
    def http(self) -> HttpServices:
        """What answers HTTP requests."""

    def microseconds(self, what: str, instant: float | timedelta | datetime) -> int:
        """An instant in microseconds since the clock's start. Raises `LambdaEventsError`, naming `what`, if it is none."""

    def plan(self, plan: Plan, *, by_marker: bool = False) -> None:
        """Let a fault strike from now on. Raises `LambdaEventsError` for one whose time is over."""

    def accept(self, name: str, qualifier: str | None, payload: bytes, tenant_id: str) -> str:
        """An asynchronous invocation; the event's request id."""


class HasArn(Protocol):
    """A handle of a resource that has an ARN."""

    @property
    def arn(self) -> str:
        """Its ARN."""


def arn_of(target: Any) -> str:
    """Returns the ARN of a handle, an ARN as text as it is, and "" for None. Raises `LambdaEventsError` for other values."""
    if target is None or isinstance(target, str):
        return target or ""
    arn = _arn(target)
    if arn is None:
        raise LambdaEventsError(f"{shown(target)} has no ARN. Pass a handle, or an ARN as text.")
    return arn


def resource_kind(noun: str, example: str, *services: str) -> Kind:
    """Returns the kind of handles and ARNs.

    Args:
        noun: What messages call it, such as "a queue".
        example: One as a test writes it.
        services: The accepted services, with their names in ARNs. None: AWS decides.
    """

    def accepts(value: object) -> bool:
        arn = _arn(value)
        if not services:
            return bool(arn) and is_text(arn)
        parsed = parse_or_none(arn or "")
        return parsed is not None and parsed.service in services

    return Kind(noun, accepts, example, "a handle or an ARN")


def _arn(target: object) -> str | None:
    """The ARN of a handle, or text as it is; None for other values."""
    arn = target if isinstance(target, str) else getattr(target, "arn", None)
    return arn if isinstance(arn, str) and not isinstance(target, type) else None
