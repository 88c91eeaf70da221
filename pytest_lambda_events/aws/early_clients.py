"""boto3 clients and sessions that are older than moto know nothing of it: they would reach the network."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import botocore.session
from botocore.client import BaseClient
from moto.core.models import botocore_stubber

from .process import process


def bring_in_early_clients() -> None:
    """Register moto's stubber where it is missing: once per process, since what is made from now on has it.

    moto reaches clients by a list of handlers that botocore reads when a session is made. What was made before moto
    was loaded, and what an older session makes for ever, is found here among all objects.
    """
    known = process()
    if known.early_clients_are_known:
        return
    known.early_clients_are_known = True
    for emitter in _emitters():
        # Idempotent: a handler that is not there is not an error to take away.
        emitter.unregister("before-send", botocore_stubber)
        emitter.register("before-send", botocore_stubber)


def _emitters() -> Iterator[Any]:
    for candidate in gc.get_objects():
        # By the object's own type: `isinstance` asks proxies for theirs, which may import or raise.
        kind = type(candidate)
        if issubclass(kind, BaseClient):
            yield candidate.meta.events
        elif issubclass(kind, botocore.session.Session):
            yield candidate._events
