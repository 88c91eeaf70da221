"""Operations on pipes that older releases of moto do not have, such as `UpdatePipe` and `StartPipe`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any
from unittest import mock
from urllib.parse import unquote

from moto.core.utils import iso_8601_datetime_without_milliseconds
from moto.pipes import urls
from moto.pipes.exceptions import NotFoundException
from moto.pipes.models import Pipe
from moto.pipes.responses import EventBridgePipesResponse

from ...patching import attribute_patched

_START, _STOP = (f"{{0}}/v1/pipes/(?P<Name>[^/]+)/{operation}$" for operation in ("start", "stop"))
Response = Callable[[EventBridgePipesResponse], str]


@contextmanager
def missing_operations_added(members: Mapping[str, str]) -> Iterator[None]:
    """Adds the operations that the installed moto does not have. `members` are the names in moto's backend, by member."""

    def update(response: EventBridgePipesResponse) -> str:
        given = json.loads(response.body or "{}")
        changes = {own: given.get(member) for member, own in members.items() if member != "Source"}
        name = response.uri.split("?")[0].split("/")[-1]
        backend: Any = response.pipes_backend
        return _answer(backend.update_pipe(name=name, kms_key_identifier=given.get("KmsKeyIdentifier"), **changes))

    operations: Mapping[str, Response] = {
        "update_pipe": update,
        "start_pipe": _of("start_pipe"),
        "stop_pipe": _of("stop_pipe"),
        "list_tags_for_resource": _tags,
    }
    with ExitStack() as patches:
        for name, operation in operations.items():
            if not hasattr(EventBridgePipesResponse, name):
                patches.enter_context(attribute_set(EventBridgePipesResponse, name, operation))
        missing = {path: EventBridgePipesResponse.dispatch for path in (_START, _STOP) if path not in urls.url_paths}
        patches.enter_context(mock.patch.dict(urls.url_paths, missing))
        yield


def attribute_set(owner: type, name: str, value: object) -> AbstractContextManager[object]:
    """Replaces an attribute of a class for a time, or adds it if the class does not have it."""
    if hasattr(owner, name):
        return attribute_patched(owner, name, value)
    return mock.patch.object(owner, name, value, create=True)


def _of(operation: str) -> Response:
    def respond(response: EventBridgePipesResponse) -> str:
        name = response.uri.split("?")[0].split("/")[-2]
        return _answer(getattr(response.pipes_backend, operation)(name=name))

    return respond


def _tags(response: EventBridgePipesResponse) -> str:
    arn = unquote(response.uri.split("/tags/")[-1])
    found = [pipe for pipe in response.pipes_backend.pipes.values() if pipe.arn == arn]
    if not found:
        raise NotFoundException(f"Resource {arn} does not exist.")
    return json.dumps({"tags": found[0].tags})


def _answer(pipe: Pipe) -> str:
    instants = {"CreationTime": pipe.creation_time, "LastModifiedTime": pipe.last_modified_time}
    return json.dumps({
        "Arn": pipe.arn, "Name": pipe.name, "DesiredState": pipe.desired_state, "CurrentState": pipe.current_state,
        **{name: iso_8601_datetime_without_milliseconds(at) for name, at in instants.items()},
    })  # fmt: skip
