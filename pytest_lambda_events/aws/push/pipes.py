"""EventBridge Pipes on moto: pipes read their sources and have the states of AWS (PIP-01)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

import moto
from moto.pipes.exceptions import ConflictException, NotFoundException, ValidationException
from moto.pipes.models import EventBridgePipesBackend, Pipe

from ...arns import parse
from ...errors import LambdaEventsError
from ...patching import attribute_patched
from ...sources.pipes import pipe as values
from ...sources.pipes.pipes import Pipes
from ..refusals.checks import Refusals
from .pipe_constraints import refusal_of_members

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
    if not hasattr(backend_class, "update_pipe"):
        with attribute_patched(backend_class, "create_pipe", _needs_newer_moto):
            yield
        return
    create, update, delete = backend_class.create_pipe, backend_class.update_pipe, backend_class.delete_pipe
    start, stop = backend_class.start_pipe, backend_class.stop_pipe

    def created(backend: EventBridgePipesBackend, **given: Any) -> Pipe:
        given = {**given, "name": unquote(given["name"])}
        if given["name"] in backend.pipes:
            raise ConflictException(f"Pipe {given['name']} already exists.")
        wanted = Pipe(given["name"], backend.account_id, backend.region_name, given["source"], given["target"], "")
        value = _checked(wanted.arn, _named(given))
        made = create(backend, **given)
        pipes.set(value, is_running=made.desired_state == _RUNNING)
        return made

    def updated(backend: EventBridgePipesBackend, name: str, **given: Any) -> Pipe:
        known = _found(backend, name)
        changes = {**given, **_merged(known, given)}
        before = {member: getattr(known, own) for member, own in _MEMBERS.items()}
        members = {**before, **{member: value for member, value in _named(changes).items() if value is not None}}
        refusals.check_call("pipes", "UpdatePipe", members)
        value = _checked(known.arn, members)
        changed = update(backend, name=name, **changes)
        changed.status = "UPDATING"
        changed.enrichment = changed.enrichment or None
        pipes.set(value, is_running=changed.desired_state == _RUNNING)
        return changed

    def deleted(backend: EventBridgePipesBackend, name: str) -> Pipe:
        _settle(_found(backend, name))
        gone = delete(backend, name)
        pipes.remove(gone.arn)
        return gone

    def started(backend: EventBridgePipesBackend, name: str) -> Pipe:
        return switched(start(backend, _found(backend, name).name))

    def stopped(backend: EventBridgePipesBackend, name: str) -> Pipe:
        return switched(stop(backend, _found(backend, name).name))

    def switched(pipe: Pipe) -> Pipe:
        members = {member: getattr(pipe, own) for member, own in _MEMBERS.items()}
        pipes.set(_checked(pipe.arn, members), is_running=pipe.desired_state == _RUNNING)
        return pipe

    with (
        attribute_patched(Pipe, "advance", _settle),
        attribute_patched(backend_class, "create_pipe", created),
        attribute_patched(backend_class, "update_pipe", updated),
        attribute_patched(backend_class, "delete_pipe", deleted),
        attribute_patched(backend_class, "start_pipe", started),
        attribute_patched(backend_class, "stop_pipe", stopped),
    ):
        yield


def _needs_newer_moto(backend: EventBridgePipesBackend, **given: Any) -> Pipe:
    raise LambdaEventsError(
        f"Pipes need a newer release of moto: moto {moto.__version__} has no UpdatePipe. Install moto 5.2.5 or newer."
    )


def parameters_of(members: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Returns the members of `CreatePipe` as moto's backend takes them."""
    own = {**_MEMBERS, "Tags": "tags", "KmsKeyIdentifier": "kms_key_identifier"}
    return {"name": name, **{parameter: members.get(member) for member, parameter in own.items()}}


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


def _settle(pipe: Pipe) -> None:
    """Ends the transition of a pipe. moto calls this before each operation and description."""
    pipe.status = _STOPPED if pipe.desired_state == _STOPPED else _RUNNING
    pipe.state_reason = "USER_INITIATED" if pipe.status == _STOPPED else None  # type: ignore[assignment]


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
