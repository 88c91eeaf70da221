"""The functions of one account in one region, and how a call finds a function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import field, fields
from pathlib import Path
from typing import Protocol

from ...simulation.choices import Chooser, Question
from ...values import dataclass
from ..concurrency import Units
from ..errors import not_found
from ..model import LATEST, Alias, Configuration, Function, Target
from . import function_names
from .function_names import Reference


class Places(Protocol):
    """Finds functions by ARN, also in other regions and accounts."""

    def find(self, function_arn: str) -> Function | None:
        """Returns the function of an ARN, with or without a qualifier, if it exists."""


@dataclass(frozen=True, slots=True)
class AliasVersion(Question):
    """Which version does an alias with several versions choose? The alternatives are the numbers of the versions."""

    alias_arn: str
    weights: tuple[float, ...] = field(compare=False)


@dataclass
class Region:
    """The Lambda resources of one account in one region.

    `mapping_tags` are the tags of event source mappings by ARN. Each is the dictionary of the mapping itself. `units` are the
    units of concurrency of `functions`; so `add` and `remove` change both.
    """

    account_id: str
    name: str
    chooser: Chooser
    functions: dict[str, Function] = field(default_factory=dict)
    units: Units = field(default_factory=Units)
    mapping_tags: dict[str, dict[str, str]] = field(default_factory=dict)
    _names: list[str] | None = None

    @property
    def folders(self) -> dict[str, Path]:
        """Returns the code folder of each function that has one, by the name of the function."""
        code = {name: function.latest.code for name, function in self.functions.items()}
        return {name: one.folder for name, one in code.items() if one.folder is not None}

    def arn(self, name: str, qualifier: str | None = None) -> str:
        """Returns the ARN of a function with this name."""
        return function_names.function_arn(self.account_id, self.name, name, qualifier)

    def reference(self, name: str, qualifier: str | None = None) -> Reference:
        """Parses the function name of a call. Raises `ServiceError` if it is invalid, has two qualifiers or is in another
        region.
        """
        return function_names.within(function_names.parse(name, qualifier), self.account_id, self.name)

    @property
    def names(self) -> Sequence[str]:
        """Returns the names of all functions in alphabetical order."""
        if self._names is None:
            self._names = sorted(self.functions)
        return self._names

    def add(self, function: Function) -> None:
        """Adds a new function."""
        self.functions[function.name] = function
        self._names = None
        self.units.update(function)

    def remove(self, function: Function) -> None:
        """Removes a function."""
        del self.functions[function.name]
        self._names = None
        self.units.remove(function.name)

    def find(self, function_arn: str) -> Function | None:
        """Returns the function with a name or an ARN, if it exists. The qualifier is ignored."""
        return self.functions.get(function_names.parse(function_arn).name)

    def function(self, reference: Reference, shown: str | None = None) -> Function:
        """Returns the function. Raises 404, whose message shows the ARN with the qualifier `shown`."""
        function = self.functions.get(reference.name)
        if function is None:
            raise not_found(f"Function not found: {self.arn(reference.name, shown)}")
        return function

    def alias(self, function: Function, name: str) -> Alias:
        """Returns an alias of a function. Raises 404 (FUN-21)."""
        alias = function.aliases.get(name)
        if alias is None:
            raise not_found(f"Cannot find alias arn: {self.arn(function.name, name)}")
        return alias

    def configuration(self, name: str, qualifier: str | None = None) -> tuple[Function, str | None, Configuration]:
        """Returns a function, the qualifier of the call, and the configuration. For an alias this is the one of its main
        version.

        Raises 404 with the ARN that the call names.
        """
        reference = self.reference(name, qualifier)
        function = self.function(reference, reference.qualifier)
        configuration = function.configuration(_main_version(function, reference.qualifier))
        if configuration is None:
            raise not_found(f"Function not found: {self.arn(function.name, reference.qualifier)}")
        return function, reference.qualifier, configuration

    def named(self, name: str, qualifier: str | None = None) -> Target:
        """Returns the target that a call names. For an alias this is its main version. Raises 404 (ASY-06)."""
        reference = self.reference(name, qualifier)
        function = self.function(reference, reference.qualifier or LATEST)
        return self._target(function, reference.qualifier, _main_version(function, reference.qualifier))

    def resolve(self, name: str, qualifier: str | None = None) -> Target:
        """Returns the target that an invocation would run now. An alias draws by its weights (ASY-45). Raises 404 (ASY-06)."""
        named = self.named(name, qualifier)
        alias = named.function.aliases.get(named.qualifier or LATEST)
        if alias is None or not alias.weights:
            return named
        return self._target(named.function, named.qualifier, self._drawn(named.function, alias, alias.weights))

    @contextmanager
    def function_unchanged_on_error(self, name: str) -> Iterator[None]:
        """Restores all fields of a function if the block raises: several calls change it together or not at all."""
        function = self.functions.get(name)
        before = {} if function is None else {one.name: copy(getattr(function, one.name)) for one in fields(function)}
        try:
            yield
        except BaseException:
            for field_name, value in before.items():
                setattr(function, field_name, value)
            if function is not None and self.functions.get(name) is function:
                self.units.update(function)
            raise

    def _target(self, function: Function, qualifier: str | None, version: str) -> Target:
        configuration = function.configuration(version)
        if configuration is None:
            raise not_found(f"Function not found: {self.arn(function.name, qualifier or LATEST)}")
        return Target(function, qualifier, configuration)

    def _drawn(self, function: Function, alias: Alias, weights: Mapping[str, float]) -> str:
        versions = [alias.function_version, *weights]
        shares = [1 - sum(weights.values()), *weights.values()]
        question = AliasVersion(self.arn(function.name, alias.name), tuple(shares))
        return versions[self.chooser.choose(question, versions)]


def _main_version(function: Function, qualifier: str | None) -> str:
    qualifier = qualifier or LATEST
    alias = function.aliases.get(qualifier)
    return qualifier if alias is None else alias.function_version
