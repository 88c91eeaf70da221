"""Units of concurrency: which invocation takes a unit, and which is throttled (CON-01 to 03, 08, 20 to 23, 37)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..limits import ACCOUNT_LIMIT_REASON, RESERVED_LIMIT_REASON
from .model import Function, Target
from .refusals import Throttled

PoolKind = Literal["provisioned", "reserved", "unreserved"]
InUse = Mapping[tuple[str, str], int]
"""Units in use, by function name and by the qualifier with provisioned concurrency. "" stands for all other units."""
ON_DEMAND = ""


@dataclass(frozen=True, slots=True)
class Pool:
    """The pool from which a unit is taken and to which it is returned."""

    kind: PoolKind
    function_arn: str
    function_name: str
    qualifier: str = ON_DEMAND

    @property
    def initialization_type(self) -> str:
        """Returns the value of the environment variable of this name (FUN-42)."""
        return "provisioned-concurrency" if self.kind == "provisioned" else "on-demand"


def admit(account_limit: int, functions: Iterable[Function], in_use: InUse, target: Target) -> Pool | Throttled:
    """Returns the pool from which an invocation of `target` takes its unit now, or the reason why there is none.

    `functions` are all functions of the account and region. Provisioned concurrency comes first, then the other reserved units
    of the function, or without a reservation the unreserved units of the account. Reserved units are not available to other
    functions.
    """
    function = target.function
    qualifier = _provisioned_qualifier(target)
    if qualifier is not None and in_use.get((function.name, qualifier), 0) < function.provisioned[qualifier].available:
        return Pool("provisioned", function.arn, function.name, qualifier)
    on_demand = in_use.get((function.name, ON_DEMAND), 0)
    if function.reserved_concurrent_executions is not None:
        if on_demand < function.reserved_concurrent_executions - provisioned_total(function):
            return Pool("reserved", function.arn, function.name)
        return Throttled(RESERVED_LIMIT_REASON)
    functions = list(functions)
    taken = sum(in_use.get((other.name, ON_DEMAND), 0) for other in functions if not _is_reserved(other))
    if taken < unreserved(account_limit, functions):
        return Pool("unreserved", function.arn, function.name)
    return Throttled(ACCOUNT_LIMIT_REASON)


def unreserved(account_limit: int, functions: Iterable[Function], *, but: Function | None = None) -> int:
    """Returns the units that reservations and provisioned concurrency leave. Those of the function `but` are not counted."""
    return account_limit - sum(_set_aside(function) for function in functions if function is not but)


def provisioned_total(function: Function, *, but: str | None = None) -> int:
    """Returns all provisioned concurrency that was requested for a function, except that of the qualifier `but`."""
    return sum(config.requested for qualifier, config in function.provisioned.items() if qualifier != but)


def _set_aside(function: Function) -> int:
    reserved = function.reserved_concurrent_executions
    return provisioned_total(function) if reserved is None else reserved


def _is_reserved(function: Function) -> bool:
    return function.reserved_concurrent_executions is not None


def _provisioned_qualifier(target: Target) -> str | None:
    """Returns the qualifier whose provisioned concurrency an invocation uses: its alias, else the version that runs."""
    for qualifier in (target.qualifier, target.configuration.version):
        if qualifier in target.function.provisioned:
            return qualifier
    return None


@dataclass
class Concurrency:
    """Counts the units in use. `neighbours` returns all functions in the account and region of a function."""

    account_limit: int
    functions_of_account: Callable[[Function], Sequence[Function]]
    _in_use: defaultdict[str, Counter[tuple[str, str]]] = field(default_factory=lambda: defaultdict(Counter))

    def take(self, target: Target) -> Pool | Throttled:
        """Takes a unit for one attempt, which is returned when the attempt ends."""
        function = target.function
        in_use = self._of(function.arn)
        pool = admit(self.account_limit, self.functions_of_account(function), in_use, target)
        if isinstance(pool, Pool):
            in_use[(pool.function_name, pool.qualifier)] += 1
        return pool

    def give_back(self, pool: Pool) -> None:
        """Returns the unit of an attempt that ended."""
        self._of(pool.function_arn)[(pool.function_name, pool.qualifier)] -= 1

    def in_use(self, function: Function) -> int:
        """Returns how many attempts of a function are running."""
        return sum(count for (name, _), count in self._of(function.arn).items() if name == function.name)

    def _of(self, function_arn: str) -> Counter[tuple[str, str]]:
        return self._in_use[function_arn.rpartition(":function:")[0]]
