"""Computes the values in a template: pure functions of the text in it and of a `Scope` (TPL-40 to 52)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from ..errors import NotSimulatedError
from .errors import TemplateError
from .scope import MadeUp, Nothing, Scope
from .texts import as_text, json_text

EXTENSIONS = "AWS::LanguageExtensions"
MOST_SUBNETS = 256
"""The largest number of subnets of `Fn::Cidr`."""
Where = str
"""The place of a value in the template, such as `Resources/F/Properties/Timeout`."""

SUBSTITUTED = re.compile(r"\$\{(!?)([^}]*)\}")
_NAME = re.compile(r"[A-Za-z0-9_.:]+")
"""The characters that AWS accepts in a name of `Fn::Sub`."""


def function_of(value: Any) -> tuple[str, Any] | None:
    """Returns the name and argument of a function of CloudFormation, or None for data (TPL-40)."""
    # Templates have no other mappings, and this check is quicker.
    if isinstance(value, dict) and len(value) == 1:
        [(name, argument)] = value.items()
        if isinstance(name, str) and (name == "Ref" or name.startswith("Fn::")):
            return name, argument
    return None


def resolved(value: Any, scope: Scope, where: Where = "") -> Any:
    """Returns the value with all functions computed.

    Raises:
        TemplateError: A function does not exist, has a wrong argument, or refers to something that does not exist.
    """
    if isinstance(value, dict):
        found = function_of(value)
        if found is not None:
            name, argument = found
            return computed(name, argument, scope, where)
        return _resolved_map(value, scope, where)
    if isinstance(value, list):
        items = (resolved(one, scope, f"{where}/{index}") for index, one in enumerate(value))
        return [one for one in items if one is not Nothing.VALUE]
    return value


def _resolved_map(value: Mapping[str, Any], scope: Scope, where: Where) -> dict[str, Any]:
    output: dict[str, Any] = {}
    for key, one in value.items():
        if key.startswith("Fn::"):
            hint = f"It needs the transform {EXTENSIONS}." if key.startswith("Fn::ForEach") else "Remove the others."
            raise TemplateError(f"{where}: the function {key} is in a map with other keys: {', '.join(value)}. {hint}")
        if type(one) is str:
            output[key] = one
            continue
        computed_one = resolved(one, scope, f"{where}/{key}")
        if computed_one is not Nothing.VALUE:
            output[key] = computed_one
    return output


def computed(name: str, argument: Any, scope: Scope, where: Where) -> Any:
    """Returns the value of one function."""
    function = FUNCTIONS.get(name)
    if function is None:
        if name.startswith("Fn::ForEach"):
            _only_extended(scope, f"{where}/{name}")
        raise TemplateError(f"{where}: the function {name} is not known. Known are: {', '.join(sorted(FUNCTIONS))}.")
    return function(argument, scope, f"{where}/{name}")


def _list(argument: Any, scope: Scope, where: Where, lengths: tuple[int, ...] | None = None) -> list[Any]:
    """Returns an argument that is a list of values, each computed."""
    value = resolved(argument, scope, where)
    if isinstance(value, MadeUp):
        value = value.items
    if not isinstance(value, list) or (lengths is not None and len(value) not in lengths):
        wanted = "a list" if lengths is None else f"a list of {' or '.join(map(str, lengths))} items"
        raise TemplateError(f"{where}: {value!r} is not {wanted}.")
    return value


def _literal_list(argument: Any, where: Where, lengths: tuple[int, ...]) -> list[Any]:
    """Returns an argument that is written as a list."""
    if not isinstance(argument, list) or len(argument) not in lengths:
        raise TemplateError(f"{where}: {argument!r} is not a list of {' or '.join(map(str, lengths))} items.")
    return argument


def _ref(argument: Any, scope: Scope, where: Where) -> Any:
    if scope.extends_language:
        argument = resolved(argument, scope, where)
    if not isinstance(argument, str):
        raise TemplateError(f"{where}: {argument!r} is not the name of a parameter or resource.")
    return Nothing.VALUE if argument == "AWS::NoValue" else scope.ref(argument)


def attribute_of(argument: Any, where: Where) -> tuple[Any, Any]:
    """Returns the logical id and the attribute of `Fn::GetAtt` (TPL-13)."""
    if isinstance(argument, str) and "." in argument:
        logical_id, _, attribute = argument.partition(".")
        return logical_id, attribute
    if isinstance(argument, list) and len(argument) >= 2:
        if len(argument) == 2:
            return argument[0], argument[1]
        if all(isinstance(part, str) for part in argument):
            return argument[0], ".".join(argument[1:])
    raise TemplateError(f"{where}: {argument!r} is not [logical id, attribute].")


def _get_att(argument: Any, scope: Scope, where: Where) -> Any:
    logical_id, attribute = attribute_of(argument, where)
    if scope.extends_language:
        logical_id = resolved(logical_id, scope, where)
    attribute = resolved(attribute, scope, where)
    if not isinstance(logical_id, str) or not isinstance(attribute, str):
        raise TemplateError(f"{where}: {argument!r} is not [logical id, attribute].")
    return scope.attribute(logical_id, attribute)


def substitutions(text: str, own: Collection[str], where: Where) -> Iterator[str]:
    """Yields the names in `${...}` of a text of `Fn::Sub`, without those that are escaped or in its own map.

    Raises:
        TemplateError: A name has characters that AWS does not accept.
    """
    for escaped, written in SUBSTITUTED.findall(text):
        name = written.strip()
        if escaped or name in own:
            continue
        if not _NAME.fullmatch(name):
            raise TemplateError(
                "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, "
                f"periods, and colons ({where}: ${{{name}}}). Write ${{!{name}}} for the text itself."
            )
        yield name


def _sub(argument: Any, scope: Scope, where: Where) -> str:
    own: dict[str, Any] = {}
    if isinstance(argument, list):
        argument, variables = _literal_list(argument, where, (2,))
        own = {name: resolved(value, scope, f"{where}/{name}") for name, value in _map(variables, where).items()}
    if not isinstance(argument, str):
        raise TemplateError(f"{where}: {argument!r} is not a text.")

    def substituted(match: re.Match[str]) -> str:
        escaped, name = match.groups()
        if escaped:
            return "${" + name + "}"
        name = name.strip()
        if name in own:
            value = own[name]
        elif "." in name:
            value = scope.attribute(*name.split(".", 1))
        else:
            value = scope.ref(name)
        return "" if value is Nothing.VALUE else as_text(value, f"{where}: ${{{name}}}")

    return SUBSTITUTED.sub(substituted, argument)


def _map(value: Any, where: Where) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TemplateError(f"{where}: {value!r} is not a map.")
    return value


def _join(argument: Any, scope: Scope, where: Where) -> str:
    separator, items = _literal_list(argument, where, (2,))
    if not isinstance(separator, str):
        raise TemplateError(f"{where}: the separator {separator!r} is not a text.")
    return separator.join(as_text(item, where) for item in _list(items, scope, where))


def _split(argument: Any, scope: Scope, where: Where) -> list[str]:
    separator, text = _literal_list(argument, where, (2,))
    if not isinstance(separator, str) or not separator:
        raise TemplateError(f"{where}: the separator {separator!r} is not a text of one character or more.")
    whole = resolved(text, scope, where)
    parts = as_text(whole, where).split(separator)
    return [MadeUp(part) for part in parts] if isinstance(whole, MadeUp) else parts


def _select(argument: Any, scope: Scope, where: Where) -> Any:
    index, items = _literal_list(argument, where, (2,))
    place = as_text(resolved(index, scope, where), where)
    values = _list(items, scope, where)
    if place.isdecimal() and values and all(isinstance(one, MadeUp) for one in values):
        # AWS's value has more parts.
        return values[min(int(place), len(values) - 1)]
    if not place.isdecimal() or int(place) >= len(values):
        raise TemplateError(f"Template error: Fn::Select cannot select nonexistent value at index {place} ({where})")
    return values[int(place)]


def _if(argument: Any, scope: Scope, where: Where) -> Any:
    name, then, otherwise = _literal_list(argument, where, (3,))
    return resolved(then if scope.condition(condition_name(name, where)) else otherwise, scope, where)


def condition_name(value: Any, where: Where) -> str:
    """Returns the name of a condition. A name such as `Yes` is a boolean in YAML, here and in the section Conditions."""
    if not isinstance(value, (str, bool)):
        raise TemplateError(f"{where}: {value!r} is not the name of a condition.")
    return as_text(value, where)


def _find_in_map(argument: Any, scope: Scope, where: Where) -> Any:
    parts = _literal_list(argument, where, (3, 4) if scope.extends_language else (3,))
    if not scope.extends_language:
        _check_keys(parts, scope, where)
    name, first, second = (as_text(resolved(part, scope, where), where) for part in parts[:3])
    found: Any = scope.mappings
    for key in (name, first, second):
        found = found.get(key) if isinstance(found, Mapping) else None
    if found is not None:
        return resolved(found, scope, where)
    if len(parts) == 4 and isinstance(parts[3], Mapping) and "DefaultValue" in parts[3]:
        return resolved(parts[3]["DefaultValue"], scope, where)
    raise TemplateError(f"Template error: Unable to get mapping for {name}::{first}::{second} ({where})")


def _check_keys(parts: Sequence[Any], scope: Scope, where: Where) -> None:
    """Raises `TemplateError` for functions that are valid in `Fn::FindInMap` only with the language extensions."""
    for part, valid in zip(parts, ((), ("Ref", "Fn::FindInMap"), ("Ref", "Fn::FindInMap")), strict=False):
        found = function_of(part)
        if found is not None and found[0] not in valid:
            _only_extended(scope, f"{where}/{found[0]}")


def _get_azs(argument: Any, scope: Scope, where: Where) -> list[str]:
    region = as_text(resolved(argument, scope, where), where) or scope.place.region
    return [f"{region}{letter}" for letter in "abc"]


def _base64(argument: Any, scope: Scope, where: Where) -> str:
    import base64

    return base64.b64encode(as_text(resolved(argument, scope, where), where).encode()).decode()


def _cidr(argument: Any, scope: Scope, where: Where) -> Sequence[str]:
    import ipaddress

    block, count, bits = [*_list(argument, scope, where, (2, 3)), None][:3]
    if isinstance(block, MadeUp):
        return block.items
    try:
        network = ipaddress.ip_network(as_text(block, where), strict=False)
        length = network.max_prefixlen - (int(as_text(bits, where)) if bits is not None else 8)
        number = int(as_text(count, where))
        subnets = network.subnets(new_prefix=length)
        found = [str(subnet) for _, subnet in zip(range(number), subnets, strict=False)]
    except ValueError as error:
        raise TemplateError(f"{where}: {error}") from None
    if not 1 <= number <= MOST_SUBNETS or len(found) < number:
        raise TemplateError(f"{where}: {block} has no {number} subnets of size /{length}. At most {MOST_SUBNETS} are valid.")
    return found


def _import_value(argument: Any, scope: Scope, where: Where) -> Any:
    return scope.imported(as_text(resolved(argument, scope, where), where))


def _get_stack_output(argument: Any, scope: Scope, where: Where) -> Any:
    given = _map(resolved(argument, scope, where), where)
    missing = [key for key in ("StackName", "OutputName") if key not in given]
    if missing:
        raise TemplateError(f"{where}: {missing[0]} is missing.")
    return scope.output_of(as_text(given["StackName"], where), as_text(given["OutputName"], where))


def _length(argument: Any, scope: Scope, where: Where) -> int:
    _only_extended(scope, where)
    return len(_list(argument, scope, where))


def _to_json_string(argument: Any, scope: Scope, where: Where) -> str:
    _only_extended(scope, where)
    value = resolved(argument, scope, where)
    if not isinstance(value, (Mapping, list)):
        raise TemplateError(f"{where}: {value!r} is not a map or list.")
    return json_text(value)


def _only_extended(scope: Scope, where: Where) -> None:
    if not scope.extends_language:
        raise TemplateError(f"{where} needs the transform {EXTENSIONS}. Add it to Transform.")


def _only_in_conditions(argument: Any, scope: Scope, where: Where) -> Any:
    raise TemplateError(f"{where}: this function may be used only in the section Conditions.")


def _only_in_rules(argument: Any, scope: Scope, where: Where) -> Any:
    raise TemplateError(f"{where}: this function may be used only in the section Rules.")


def _transform(argument: Any, scope: Scope, where: Where) -> Any:
    name = argument.get("Name") if isinstance(argument, Mapping) else argument
    raise NotSimulatedError(f"{where}: the macro {name!r} is not simulated. Only AWS::Include is.")


FUNCTIONS: Mapping[str, Callable[[Any, Scope, Where], Any]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::If": _if,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _get_azs,
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::ImportValue": _import_value,
    "Fn::GetStackOutput": _get_stack_output,
    "Fn::Length": _length,
    "Fn::ToJsonString": _to_json_string,
    "Fn::Transform": _transform,
    **dict.fromkeys(("Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals"), _only_in_conditions),
    **dict.fromkeys(
        ("Fn::Contains", "Fn::EachMemberIn", "Fn::EachMemberEquals", "Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll"),
        _only_in_rules,
    ),
}
