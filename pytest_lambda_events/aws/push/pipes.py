"""EventBridge Pipes on moto: pipes read their sources and have the states of AWS (PIP-01)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from moto.core.utils import utcnow
from moto.pipes.exceptions import ConflictException, NotFoundException, ValidationException
from moto.pipes.models import EventBridgePipesBackend, Pipe

from ...arns import parse
from ...contexts import ExitStack, contextmanager
from ...sources.pipes import pipe as values
from ...sources.pipes.pipes import Pipes
from ..refusals.checks import Refusals
from .pipe_constraints import refusal_of_members
from .pipe_responses import attribute_set, missing_operations_added

_RUNNING, _STOPPED = "RUNNING", "STOPPED"
_MEMBERS = {
    "Description": "description", "Source": "source", "SourceParameters": "source_parameters", "Enrichment": "enrichment",
    "EnrichmentParameters": "enrichment_parameters", "Target": "target", "TargetParameters": "target_parameters",
    "RoleArn": "role_arn", "LogConfiguration": "log_configuration", "DesiredState": "desired_state",
}  # fmt: skip
"""The members of `CreatePipe`, with the names of moto's backend."""
_FIXED = ("StartingPosition", "StartingPositionTimestamp")
"""What an update cannot change."""


@contextmanager
def pipes_connected(pipes: Pipes, refusals: Refusals) -> Iterator[None]:
    """Lets `pipes` run the pipes of moto while a simulated AWS is open."""
    backend_class = EventBridgePipesBackend
    create, delete, list_all = backend_class.create_pipe, backend_class.delete_pipe, backend_class.list_pipes

    def created(backend: EventBridgePipesBackend, **given: Any) -> Pipe:
        given = {**given, "name": unquote(given["name"])}
        if given["name"] in backend.pipes:
            raise ConflictException(f"Pipe {given['name']} already exists.")
        wanted = Pipe(given["name"], backend.account_id, backend.region_name, given["source"], given["target"], "")
        value = _checked(wanted.arn, _named(given))
        made = create(backend, **given)
        note_log(value, given.get("log_configuration"))
        return run(value, made, "CREATING")

    def updated(backend: EventBridgePipesBackend, name: str, **given: Any) -> Pipe:
        known = _found(backend, name)
        changes = {own: value for own, value in {**given, **_merged(known, given)}.items() if value is not None}
        members = {**_members(known), **{member: changes[own] for member, own in _MEMBERS.items() if own in changes}}
        refusals.check_call("pipes", "UpdatePipe", members)
        value = _checked(known.arn, members)
        for own, change in changes.items():
            setattr(known, own, change)
        known.enrichment = known.enrichment or None
        note_log(value, changes.get("log_configuration"))
        return run(value, known, "UPDATING")

    def deleted(backend: EventBridgePipesBackend, name: str) -> Any:
        arn = _found(backend, name).arn
        gone = delete(backend, name)
        pipes.remove(arn)
        return gone

    def described(backend: EventBridgePipesBackend, name: str) -> Pipe:
        return _settled(_found(backend, name))

    def listed(backend: EventBridgePipesBackend, **criteria: Any) -> Any:
        for pipe in backend.pipes.values():
            _settled(pipe)
        return list_all(backend, **criteria)

    def switched(desired: str, state: str) -> Callable[..., Pipe]:
        def switch(backend: EventBridgePipesBackend, name: str) -> Pipe:
            pipe = _found(backend, name)
            pipe.desired_state = desired
            return run(_checked(pipe.arn, _members(pipe)), pipe, state)

        return switch

    def note_log(value: values.Pipe, configuration: Mapping[str, Any] | None) -> None:
        """Warns of a new log configuration, which has no effect (PIP-0C)."""
        if (configuration or {}).get("Level", "OFF") != "OFF":
            pipes.warn(
                value,
                f"Pipe {value.name!r} has a LogConfiguration. The plugin does not write this log. The journal has entries for "
                "each batch (PIP-0C).",
            )

    def run(value: values.Pipe, pipe: Pipe, state: str) -> Pipe:
        """Runs or stops a pipe immediately. Its answer has a state of transition."""
        pipe.last_modified_time = utcnow()
        _set_state(pipe, state)
        pipes.set(value, is_running=pipe.desired_state == _RUNNING)
        return pipe

    operations = {
        "create_pipe": created, "update_pipe": updated, "delete_pipe": deleted, "describe_pipe": described,
        "list_pipes": listed, "start_pipe": switched(_RUNNING, "STARTING"), "stop_pipe": switched(_STOPPED, "STOPPING"),
    }  # fmt: skip
    with ExitStack() as patches:
        for name, operation in operations.items():
            patches.enter_context(attribute_set(backend_class, name, operation))
        # Newer releases of moto end transitions with it.
        patches.enter_context(attribute_set(Pipe, "advance", _settled))
        patches.enter_context(missing_operations_added(_MEMBERS))
        yield


def _named(given: Mapping[str, Any]) -> dict[str, Any]:
    return {member: given.get(own) for member, own in _MEMBERS.items()}


def _checked(arn: str, members: Mapping[str, Any]) -> values.Pipe:
    refusal = refusal_of_members({"Name": parse(arn).resource.partition("/")[2], **members})
    if refusal is not None:
        raise ValidationException(refusal)
    try:
        return values.pipe_of(arn, members)
    except values.PipeInvalid as refusal:
        raise ValidationException(str(refusal)) from None


def _found(backend: EventBridgePipesBackend, name: str) -> Pipe:
    if name not in backend.pipes:
        raise NotFoundException(f"Pipe {name} does not exist.")
    return backend.pipes[name]


def _members(pipe: Pipe) -> dict[str, Any]:
    return {member: getattr(pipe, own) for member, own in _MEMBERS.items()}


def _settled(pipe: Pipe) -> Pipe:
    """Ends the transition of a pipe."""
    is_stopped = pipe.desired_state == _STOPPED
    _set_state(pipe, _STOPPED if is_stopped else _RUNNING)
    pipe.state_reason = "USER_INITIATED" if is_stopped else None  # type: ignore[assignment]
    return pipe


def _set_state(pipe: Pipe, state: str) -> None:
    """Sets the current state, which newer releases of moto derive from another attribute."""
    setattr(pipe, "status" if isinstance(getattr(Pipe, "current_state", None), property) else "current_state", state)


def _merged(pipe: Pipe, given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the parameters after an update: the given objects replace those of the same name, and others stay.

    The starting position of the source stays too.
    """
    merged: dict[str, Any] = {}
    for name in ("source_parameters", "enrichment_parameters", "target_parameters"):
        if given.get(name) is not None:
            merged[name] = {**(getattr(pipe, name) or {}), **given[name]}
    for name, before in (pipe.source_parameters or {}).items():
        after = merged.get("source_parameters", {}).get(name)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            fixed = {member: before[member] for member in _FIXED if member in before}
            merged["source_parameters"][name] = {**after, **fixed}
    return merged
