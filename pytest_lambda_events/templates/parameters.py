"""The parameters of a template (TPL-20 to 29)."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from .errors import TemplateError
from .sections import check_nulls, section
from .texts import as_text

HIDDEN = "****"
"""What AWS shows instead of the value of a parameter with `NoEcho`."""
BOOTSTRAP_VERSION = re.compile(r"/cdk-bootstrap/[^/]+/version")
BOOTSTRAP_RULE = "CheckBootstrapVersion"
"""The rule that CDK writes for its command."""
_SSM_VALUE = re.compile(r"AWS::SSM::Parameter::Value<(.*)>")

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")

Stored = Callable[[str], "tuple[str, str] | None"]
"""Returns the type and the value of a parameter of Systems Manager, or None if it does not exist."""


def parameter_values(declared: Mapping[str, Any], given: Mapping[str, Any], stored: Stored) -> dict[str, Any]:
    """Returns the value of each declared parameter: a text, or a list of texts for list types.

    Args:
        declared: The section Parameters.
        given: What the test passes.
        stored: Systems Manager.

    Raises:
        TemplateError: Values are missing, unknown, or break a constraint.
    """
    malformed = [
        name for name, one in declared.items() if not isinstance(one, Mapping) or not isinstance(one.get("Type"), str)
    ]
    if malformed:
        raise TemplateError(f"Template format error: [/Parameters/{malformed[0]}] must be a map with the key Type.")
    check_nulls({"Parameters": declared})
    unknown = [name for name in given if name not in declared]
    if unknown:
        raise TemplateError(
            f"Parameters: [{', '.join(unknown)}] do not exist in the template. It has: {', '.join(declared) or 'none'}."
        )
    texts = {name: _text_of(name, one, given) for name, one in declared.items()}
    missing = {name: declared[name] for name, text in texts.items() if text is None}
    if missing:
        raise TemplateError(_missing_text(missing))
    for name, text in texts.items():
        _check(name, declared[name], text or "")
    return _values(declared, {name: text or "" for name, text in texts.items()}, stored)


def is_hidden(declared: Mapping[str, Any]) -> bool:
    """Returns whether the value of a parameter must not be shown."""
    return str(declared.get("NoEcho")).lower() == "true"


def hidden_parameters(body: Mapping[str, Any]) -> frozenset[str]:
    """Returns the parameters of a template whose values must not be shown."""
    return frozenset(name for name, one in section(body, "Parameters").items() if is_hidden(one))


def given_text(name: str, value: Any) -> str:
    """Returns a given value as a text: a list as its items with commas."""
    if isinstance(value, (list, tuple)):
        return ",".join(as_text(item, f"parameters[{name!r}]") for item in value)
    return as_text(value, f"parameters[{name!r}]")


def _text_of(name: str, declared: Any, given: Mapping[str, Any]) -> str | None:
    if name in given:
        return given_text(name, given[name])
    return given_text(name, declared["Default"]) if "Default" in declared else None


def _missing_text(missing: Mapping[str, Any]) -> str:
    lines = [f"Parameters: [{', '.join(missing)}] must have values. Pass parameters={{...}}:"]
    for name, declared in missing.items():
        kind = declared["Type"]
        what = " (the name of a parameter in Systems Manager)" if _SSM_VALUE.fullmatch(kind) else ""
        lines.append(f"  {name}: {kind}{what} {declared.get('Description', '')}".rstrip())
    return "\n".join(lines)


def _check(name: str, declared: Mapping[str, Any], text: str) -> None:
    kind = str(declared.get("Type", "String"))
    allowed = declared.get("AllowedValues")
    if allowed is not None and not _is_allowed(kind, text, [as_text(one, name) for one in allowed]):
        raise TemplateError(_refused(name, declared, f"must be one of AllowedValues: {', '.join(map(str, allowed))}", text))
    pattern = declared.get("AllowedPattern")
    if pattern is not None and not all(_matches(str(pattern), one) for one in _items(kind, text)):
        raise TemplateError(_refused(name, declared, f"must match pattern {pattern}", text))
    least, most = int(declared.get("MinLength", 0)), int(declared.get("MaxLength", len(text)))
    if not least <= len(text) <= most:
        limits = f"MinLength is {least}" if len(text) < least else f"MaxLength is {most}"
        raise TemplateError(_refused(name, declared, f"has {len(text)} characters; {limits}", text))
    if kind in ("Number", "List<Number>"):
        _check_numbers(name, declared, text, kind)


def _matches(pattern: str, text: str) -> bool:
    """Returns whether the whole text matches. Patterns of Java that Python does not know match every text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.fullmatch(pattern, text) is not None
    except (re.error, Warning):
        return True


def _check_numbers(name: str, declared: Mapping[str, Any], text: str, kind: str) -> None:
    for item in _items(kind, text):
        if not _NUMBER.fullmatch(item):
            raise TemplateError(_refused(name, declared, "must be a number", item))
        number = float(item)
        if "MinValue" in declared and number < float(declared["MinValue"]):
            raise TemplateError(_refused(name, declared, f"must be at least MinValue {declared['MinValue']}", item))
        if "MaxValue" in declared and number > float(declared["MaxValue"]):
            raise TemplateError(_refused(name, declared, f"must be at most MaxValue {declared['MaxValue']}", item))


def _refused(name: str, declared: Mapping[str, Any], why: str, text: str) -> str:
    shown = HIDDEN if is_hidden(declared) else repr(text)
    if "ConstraintDescription" in declared:
        return f"Parameter {name} failed to satisfy constraint: {declared['ConstraintDescription']} (the value is {shown})"
    return f"Parameter {name!r} {why} (the value is {shown})"


def _is_list(kind: str) -> bool:
    return kind == "CommaDelimitedList" or kind.startswith("List<")


def _items(kind: str, text: str) -> list[str]:
    if not _is_list(kind):
        return [text]
    return [item.strip() for item in text.split(",")] if text else []


def _is_allowed(kind: str, text: str, allowed: list[str]) -> bool:
    return all(item in allowed for item in _items(kind, text))


def _values(declared: Mapping[str, Any], texts: Mapping[str, str], stored: Stored) -> dict[str, Any]:
    values: dict[str, Any] = {}
    absent: list[str] = []
    secure: list[str] = []
    for name, text in texts.items():
        kind = str(declared[name].get("Type", "String"))
        of_ssm = _SSM_VALUE.fullmatch(kind)
        if of_ssm is None:
            values[name] = _items(kind, text) if _is_list(kind) else text
            continue
        found = stored(text)
        if found is None and BOOTSTRAP_VERSION.fullmatch(text):
            found = ("String", "21")
        if found is None:
            absent.append(text)
        elif found[0] == "SecureString":
            secure.append(text)
        else:
            values[name] = _items(of_ssm[1], found[1]) if _is_list(of_ssm[1]) else found[1]
    if absent:
        raise TemplateError(
            f"Unable to fetch parameters [{','.join(absent)}] from parameter store for this account. Put them first: "
            f'lambda_events.client("ssm").put_parameter(Name={absent[0]!r}, Value="...", Type="String").'
        )
    if secure:
        raise TemplateError(
            f"Parameters [{','.join(secure)}] referenced by template have types not supported by CloudFormation: "
            "SecureString. Use {{resolve:ssm-secure:...}}, or store a String."
        )
    return values
