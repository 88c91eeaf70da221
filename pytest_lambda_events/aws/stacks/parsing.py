"""Repairs of moto's parsing of templates: dates, the partition, failures of other services, and dependent changes."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from moto.core.exceptions import ServiceException
from moto.utilities.utils import get_partition
from werkzeug.exceptions import HTTPException

from ...errors import LambdaEventsError, ends_the_run
from ...patching import attribute_patched
from .values import text_of

Refused = Callable[[str], LambdaEventsError]


@contextmanager
def parser_repaired(follows: Callable[[str], bool], refused: Refused) -> Iterator[None]:
    """Repairs moto's CloudFormation during the block.

    A resource of a type that `follows` accepts is updated again when a resource to which it refers has changed. `refused`
    creates the error for a resource with which moto fails.
    """
    from moto.cloudformation import parsing

    clean, delete, load = parsing.clean_json, parsing.ResourceMap._delete_resource, parsing.ResourceMap.load

    def cleaned(value: Any, resources: Any) -> Any:
        """Converts dates to text, because CloudFormation has none: `Version: 2012-10-17` is text with or without quotes."""
        return text_of(value) if isinstance(value, datetime.date) else clean(value, resources)

    def loaded(resources: Any) -> None:
        resources._parsed_resources["AWS::Partition"] = get_partition(resources._region_name)
        load(resources)

    def deleted(resources: Any, resource: Any, template: Any) -> None:
        with _failures_of(template):
            delete(resources, resource, template)

    difference = parsing.ResourceMap.build_resource_diff

    def compared(resources: Any, template: Any, parameters: Any = None) -> Any:
        found = difference(resources, template, parameters)
        stays = resources._template.get("Resources", {}).keys() & template["Resources"].keys()
        candidates = {name: template["Resources"][name] for name in stays if follows(template["Resources"][name]["Type"])}
        found["Modify"] = _with_dependents(found["Modify"], candidates)
        return found

    with ExitStack() as patches:
        patches.enter_context(attribute_patched(parsing.ResourceMap, "build_resource_diff", compared))
        for name in ("parse_and_create_resource", "parse_and_update_resource"):
            patches.enter_context(attribute_patched(parsing, name, _with_failures_named(getattr(parsing, name), refused)))
        patches.enter_context(attribute_patched(parsing, "clean_json", cleaned))
        patches.enter_context(attribute_patched(parsing.ResourceMap, "load", loaded))
        patches.enter_context(attribute_patched(parsing.ResourceMap, "_delete_resource", deleted))
        yield


def _with_dependents(modified: list[str], candidates: Mapping[str, Any]) -> list[str]:
    """Yields the modified resources, and after them the candidates that refer to one of them, directly or through others."""
    found = list(modified)
    for name in found:
        refers = re.compile(rf"""['"]{name}(\.\w+)?['"]|\$\{{{name}[.}}]""")
        found += [one for one in sorted(candidates) if one not in found and refers.search(repr(candidates[one]))]
    return found


def _with_failures_named(function: Callable[..., Any], refused: Refused) -> Callable[..., Any]:
    """Wraps a function whose second argument is the resource's template."""

    def called(logical_id: str, template: Any, *positional: Any, **keywords: Any) -> Any:
        with _crashes_of(logical_id, template, refused), _failures_of(template):
            return function(logical_id, template, *positional, **keywords)

    return called


@contextmanager
def _crashes_of(logical_id: str, template: Any, refused: Refused) -> Iterator[None]:
    """Names the resource with which moto fails, if the error is not that of a service."""
    from moto.cloudformation.exceptions import CloudFormationError

    try:
        yield
    except (CloudFormationError, LambdaEventsError):
        raise
    except Exception as error:
        if ends_the_run(error):
            raise
        raise refused(
            f"Resource {logical_id} ({template['Type']}) of a stack is not simulated: moto, which creates it, failed with "
            f"{type(error).__name__}: {error}. If AWS accepts its properties, leave it out of the template that the test "
            "passes, and create it with boto3."
        ) from error


@contextmanager
def _failures_of(template: Any) -> Iterator[None]:
    """Converts the error of a service to one of CloudFormation, because only such an error fits its response.

    Each service of moto raises errors in the form of its own protocol. An error in JSON is not a valid response of
    CloudFormation.
    """
    from moto.cloudformation.exceptions import CloudFormationError, ValidationError

    try:
        yield
    except CloudFormationError:
        raise
    except (HTTPException, ServiceException) as error:
        service = template["Type"].split("::")[1]
        text, status, code = _described(error)
        message = f"Resource handler returned message: {text} (Service: {service}, Status Code: {status}, Error Code: {code})"
        raise ValidationError(message=message) from error


def _described(error: HTTPException | ServiceException) -> tuple[str, int, str]:
    """Returns the message, the HTTP status and the code of an error of moto's older or newer kind."""
    if isinstance(error, ServiceException):
        return error.message, 400, error.code
    text = getattr(error, "message", None) or str(error.description)
    return text, error.code or 400, getattr(error, "error_type", type(error).__name__).rpartition("#")[2]
