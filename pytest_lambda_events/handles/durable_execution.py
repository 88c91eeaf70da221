"""The handle of a durable execution."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

from ..arguments import json_text, text_kind
from ..errors import LambdaEventsError, hides_frames
from ..report.open_callbacks import OF_WAITS
from .durable_operation import DurableOperation
from .lambda_api import Api
from .misuse import reports_misuse

__tracebackhide__ = hides_frames


_NAME = text_kind("order-7", "the name of an execution").optional()


@reports_misuse
class DurableExecution:
    """An execution of a durable function (DUR). `Function.start_execution` returns it."""

    def __init__(self, api: Api, arn: str) -> None:
        self._api = api
        self.arn = arn
        """The ARN of the execution."""

    @property
    def name(self) -> str:
        """The name of the execution, unique for its function."""
        return self.arn.split("/")[-2]

    @property
    def status(self) -> str:
        """`RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `STOPPED`."""
        return str(self._described["Status"])

    @property
    def result(self) -> Any:
        """What the handler returned, decoded from JSON. None if it has not succeeded."""
        text = self._described.get("Result")
        return json.loads(text) if text else None

    @property
    def error(self) -> dict[str, Any] | None:
        """The error with the keys `ErrorMessage` and `ErrorType`, each only if it is known. None without an error."""
        return self._described.get("Error")

    @property
    def history(self) -> list[dict[str, Any]]:
        """All events, in order, as `GetDurableExecutionHistory` shows them. Times are aware, in UTC."""
        events: list[dict[str, Any]] = []
        marker: dict[str, Any] = {}
        while True:
            page = self._api.call("GetDurableExecutionHistory", DurableExecutionArn=self.arn, MaxItems=1000, **marker)
            events += [_with_datetimes(event) for event in page["Events"]]
            if not page.get("NextMarker"):
                return events
            marker = {"Marker": page["NextMarker"]}

    @property
    def operations(self) -> list[DurableOperation]:
        """All operations, in the order of their start."""
        return self._api.durable_operations(self.arn)

    @property
    def steps(self) -> list[DurableOperation]:
        """The steps, callbacks and chained invokes, in the order of their start. `operations` also has waits and contexts."""
        return [one for one in self.operations if one.type in ("STEP", "CALLBACK", "CHAINED_INVOKE")]

    def complete_callback(self, name: str | None = None, result: object = None) -> None:
        """Ends a callback with success, as `SendDurableExecutionCallbackSuccess` does.

        Args:
            name: The name of the callback. Without it, the only one that is open.
            result: What the handler receives. Text and bytes are sent unchanged, other values as JSON.

        Raises:
            LambdaEventsError: No callback of this name is open, or several are, or JSON cannot represent the result.
        """
        data = result if isinstance(result, bytes) else _text_of(result).encode()
        self._api.call("SendDurableExecutionCallbackSuccess", CallbackId=self._callback(name), Result=data)

    def fail_callback(self, name: str | None = None, *, message: str | None = None, error_type: str | None = None) -> None:
        """Fails a callback, as `SendDurableExecutionCallbackFailure` does. `name` is as in `complete_callback`."""
        error = {"ErrorMessage": message, "ErrorType": error_type}
        given = {key: value for key, value in error.items() if value is not None}
        parameters = {"Error": given} if given else {}
        self._api.call("SendDurableExecutionCallbackFailure", CallbackId=self._callback(name), **parameters)

    def send_heartbeat(self, name: str | None = None) -> None:
        """Sends a heartbeat for a callback, as `SendDurableExecutionCallbackHeartbeat` does. `name` is as in
        `complete_callback`.
        """
        self._api.call("SendDurableExecutionCallbackHeartbeat", CallbackId=self._callback(name))

    def stop(self, *, message: str | None = None, error_type: str | None = None) -> None:
        """Stops the execution, as `StopDurableExecution` does. An execution that has ended stays as it is."""
        error = {"ErrorMessage": message, "ErrorType": error_type}
        given = {key: value for key, value in error.items() if value is not None}
        self._api.call("StopDurableExecution", DurableExecutionArn=self.arn, **({"Error": given} if given else {}))

    @property
    def _described(self) -> dict[str, Any]:
        return self._api.call("GetDurableExecution", DurableExecutionArn=self.arn)

    def _callback(self, name: str | None) -> str:
        callbacks = [one for one in self.operations if one.type == "CALLBACK"]
        # A callback of `wait_for_callback` has a name that the SDK made from that of its context.
        named = [one for one in callbacks if name is None or one.name in (name, f"{name}{OF_WAITS}")]
        found = [one for one in named if one.is_open]
        if len(found) == 1:
            return found[0].callback_id or ""
        if named and not found:
            # AWS refuses it, with its own error.
            return named[-1].callback_id or ""
        count = f"{len(found)} open callbacks" if found else "no open callback"
        known = ", ".join(f"{one.name!r} {one.status}" for one in callbacks) or "none"
        advice = "Pass the name of one." if callbacks else "Let time move until the handler has created it."
        if len({one.name for one in found}) == 1:
            advice = (
                "Their names are equal: call boto3's send_durable_execution_callback_success with the callback_id of one of "
                "execution.steps."
            )
        raise LambdaEventsError(
            f"The durable execution {self.name!r} has {count}{'' if name is None else f' named {name!r}'}. Its callbacks: "
            f"{known}. {advice}"
        )

    def __repr__(self) -> str:
        return f"<DurableExecution {self.name!r}>"


def started(api: Api, function_name: str, qualifier: str, payload: bytes, name: str | None) -> DurableExecution:
    """Starts an execution. See `Function.start_execution`."""
    _NAME.check("name", name)
    return DurableExecution(api, api.start_execution(function_name, qualifier, payload, name))


def _with_datetimes(value: Any) -> Any:
    """Returns a part of a response with datetimes, as boto3 does."""
    if not isinstance(value, dict):
        return value
    return {
        name: datetime.fromtimestamp(one, timezone.utc) if name.endswith("Timestamp") else _with_datetimes(one)
        for name, one in value.items()
    }  # fmt: skip


def _text_of(value: object) -> str:
    advice = "Pass a value that JSON can represent, or text or bytes, which are sent unchanged."
    return value if isinstance(value, str) else json_text("The result", value, advice)
