"""Errors of stacks in the form of CloudFormation's API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError
from moto.cloudformation.exceptions import CloudFormationError, ValidationError
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from ...deployment.errors import DeployError
from ...errors import LambdaEventsError, ends_the_run
from ...templates.errors import TemplateError

Refused = Callable[[str], LambdaEventsError]


@contextmanager
def errors_of_cloudformation() -> Iterator[None]:
    """Converts errors of templates and refusals of AWS to those of CloudFormation's API."""
    try:
        yield
    except TemplateError as error:
        raise ValidationError(message=str(error)) from error
    except DeployError as refusal:
        raise ValidationError(message=_message(refusal)) from refusal


def is_missing(refusal: DeployError) -> bool:
    """Returns whether AWS refuses to delete a resource because it does not exist."""
    cause = refusal.__cause__
    if isinstance(cause, ClientError):
        status, code = _status(cause), str(cause.response["Error"].get("Code"))
    elif isinstance(cause, (HTTPException, ServiceException)):
        _, status, code = _described(cause)
    else:
        return False
    return status == 404 or any(word in code for word in ("NotFound", "NoSuch", "NonExistent", "DoesNotExist"))


def _message(refusal: DeployError) -> str:
    cause, service = refusal.__cause__, refusal.resource_type.split("::")[1:2]
    if not service:
        return str(refusal)
    if not isinstance(cause, ClientError):
        return _handler_message(str(cause or refusal), service[0], 400)
    error = cause.response["Error"]
    return _handler_message(str(error.get("Message")), service[0], _status(cause), str(error.get("Code")))


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400))


def _handler_message(text: str, service: str, status: int, code: str = "") -> str:
    known = f", Error Code: {code}" if code else ""
    return f"Resource handler returned message: {text} (Service: {service}, Status Code: {status}{known})"


@contextmanager
def failures_of_moto(logical_id: str, resource_type: str, refused: Refused) -> Iterator[None]:
    """Converts the error with which moto's own model of a resource fails.

    Each service of moto raises errors in the form of its own protocol. An error in JSON is not a valid response of
    CloudFormation. Other errors are failures of moto, and name the resource.
    """
    try:
        yield
    except (CloudFormationError, LambdaEventsError):
        raise
    except (HTTPException, ServiceException) as error:
        text, status, code = _described(error)
        raise DeployError(_handler_message(text, resource_type.split("::")[1], status, code)) from error
    except Exception as error:
        if ends_the_run(error):
            raise
        raise refused(
            f"Resource {logical_id} ({resource_type}) of a stack is not simulated: moto, which creates it, failed with "
            f"{type(error).__name__}: {error}. If AWS accepts its properties, leave it out of the template that the test "
            "passes, and create it with boto3."
        ) from error


def _described(error: HTTPException | ServiceException) -> tuple[str, int, str]:
    """Returns the message, the HTTP status and the code of an error of moto's older or newer kind."""
    if isinstance(error, ServiceException):
        return error.message, 400, error.code
    text = getattr(error, "message", None) or str(error.description)
    return text, error.code or 400, getattr(error, "error_type", type(error).__name__).rpartition("#")[2]
