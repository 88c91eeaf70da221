"""Keeps moto itself from sending: deliveries by HTTP, and requests to a Docker daemon."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import requests
from moto.utilities.docker_utilities import DockerModel

from ...contexts import contextmanager
from ...errors import LambdaEventsError, NotSimulatedError, hides_frames
from ...patching import attribute_patched
from ...simulation.simulation import Simulation
from .api_calls import without_query

__tracebackhide__ = hides_frames

_INSTEAD = "Nothing was sent. Replace the call in the test, for example with botocore.stub.Stubber."


@contextmanager
def moto_sends_nothing(simulation: Simulation) -> Iterator[None]:
    """Refuses by name requests of moto to a server of the user or to Docker. Requests of other code are not touched."""
    send = requests.Session.send

    def send_unless_moto_does(session: requests.Session, request: Any, **keywords: Any) -> Any:
        # moto answers its own requests to AWS.
        if _is_sent_by_moto() and not (urlsplit(request.url).hostname or "").endswith(".amazonaws.com"):
            where = without_query(request.url)
            raise simulation.record_misuse(f"A delivery of AWS to {where} is not simulated. {_INSTEAD}", NotSimulatedError)
        return send(session, request, **keywords)

    def docker_client(model: DockerModel) -> Any:
        what = f"A container of {type(model).__module__.split('.')[1]}"
        raise simulation.record_misuse(f"{what} is not simulated. {_INSTEAD}", NotSimulatedError)

    with (
        attribute_patched(requests.Session, "send", send_unless_moto_does),
        attribute_patched(DockerModel, "docker_client", property(docker_client)),
    ):
        yield


def refusal_behind(error: BaseException | None) -> LambdaEventsError | None:
    """Returns the refusal that caused an error of moto, or None."""
    while error is not None and not isinstance(error, LambdaEventsError):
        error = error.__cause__ or error.__context__
    return error


def _is_sent_by_moto() -> bool:
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("requests."):
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", "")).startswith("moto.")
