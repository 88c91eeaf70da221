"""Units of concurrency: which invocation takes a unit, and which is throttled (CON-01 to 03, 08, 20 to 23, 37)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import field
from functools import lru_cache
from typing import Literal

from ..limits import ACCOUNT_LIMIT_REASON, RESERVED_LIMIT_REASON
from ..values import dataclass
from .model import Function, Target
from .refusals import Throttled

PoolKind = Literal["provisioned", "reserved", "unreserved"]
ON_DEMAND = ""
"""The qualifier of units that are not provisioned concurrency."""


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


_pool = lru_cache(maxsize=256)(Pool)


@dataclass(slots=True)
class Units:
    """The units of concurrency of all functions of one account and region: those set aside, and those in use.

    It keeps their sums, because each attempt needs them. So `update` must follow each change of a function's reserved or
    provisioned concurrency, and its creation. The keys of `in_use` are a function name and the qualifier with provisioned
    concurrency, or `ON_DEMAND` for all other units.
    """

    in_use: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    _set_aside: Counter[str] = field(default_factory=Counter)
    _all_set_aside: int = 0
    _without_reservation: set[str] = field(default_factory=set)
    _unreserved_in_use: int = 0

    def update(self, function: Function) -> None:
        """Reads the reserved and provisioned concurrency of a function, which is new or has changed."""
        name, reserved = function.name, function.reserved_concurrent_executions
        self.remove(name)
        if reserved is None:
            self._without_reservation.add(name)
            self._unreserved_in_use += self.in_use[(name, ON_DEMAND)]
        set_aside = provisioned_total(function) if reserved is None else reserved
        if set_aside:
            self._set_aside[name] = set_aside
            self._all_set_aside += set_aside

    def remove(self, function_name: str) -> None:
        """Forgets a function that was deleted. The units of its running attempts stay in use until these end."""
        self._all_set_aside -= self._set_aside.pop(function_name, 0)
        if function_name in self._without_reservation:
            self._without_reservation.remove(function_name)
            self._unreserved_in_use -= self.in_use[(function_name, ON_DEMAND)]

    def unreserved(self, account_limit: int, *, but: Function | None = None) -> int:
        """Returns the units that reservations and provisioned concurrency leave, except those of the function `but`."""
        return account_limit - self._all_set_aside + (0 if but is None else self._set_aside[but.name])

    def unreserved_left(self, account_limit: int) -> int:
        """Returns how many of the unreserved units are free."""
        return self.unreserved(account_limit) - self._unreserved_in_use

    def take(self, pool: Pool) -> None:
        """Counts one more unit of a pool as in use."""
        self._count(pool, 1)

    def give_back(self, pool: Pool) -> None:
        """Counts one unit less of a pool as in use."""
        self._count(pool, -1)

    def _count(self, pool: Pool, change: int) -> None:
        self.in_use[(pool.function_name, pool.qualifier)] += change
        if pool.qualifier == ON_DEMAND and pool.function_name in self._without_reservation:
            self._unreserved_in_use += change


def admit(account_limit: int, units: Units, target: Target) -> Pool | Throttled:
    """Returns the pool from which an invocation of `target` takes its unit now, or the reason why there is none.

    Provisioned concurrency comes first, then the other reserved units of the function, or without a reservation the
    unreserved units of the account. Reserved units are not available to other functions.
    """
    function, in_use = target.function, units.in_use
    qualifier = _provisioned_qualifier(target)
    if qualifier is not None and in_use[(function.name, qualifier)] < function.provisioned[qualifier].available:
        return _pool("provisioned", function.arn, function.name, qualifier)
    if function.reserved_concurrent_executions is not None:
        if in_use[(function.name, ON_DEMAND)] < function.reserved_concurrent_executions - provisioned_total(function):
            return _pool("reserved", function.arn, function.name)
        return Throttled(RESERVED_LIMIT_REASON)
    if units.unreserved_left(account_limit) > 0:
        return _pool("unreserved", function.arn, function.name)
    return Throttled(ACCOUNT_LIMIT_REASON)


def provisioned_total(function: Function, *, but: str | None = None) -> int:
    """Returns all provisioned concurrency that was requested for a function, except that of the qualifier `but`."""
    return sum(config.requested for qualifier, config in function.provisioned.items() if qualifier != but)


def _provisioned_qualifier(target: Target) -> str | None:
    """Returns the qualifier whose provisioned concurrency an invocation uses: its alias, else the version that runs."""
    for qualifier in (target.qualifier, target.configuration.version):
        if qualifier in target.function.provisioned:
            return qualifier
    return None


@dataclass(frozen=True, slots=True)
class Concurrency:
    """Takes units and returns them. `units_of` returns the units of the account and region of a function's ARN."""

    account_limit: int
    units_of: Callable[[str], Units]

    def take(self, target: Target) -> Pool | Throttled:
        """Takes a unit for one attempt, which is returned when the attempt ends."""
        units = self.units_of(target.function.arn)
        pool = admit(self.account_limit, units, target)
        if isinstance(pool, Pool):
            units.take(pool)
        return pool

    def give_back(self, pool: Pool) -> None:
        """Returns the unit of an attempt that ended."""
        self.units_of(pool.function_arn).give_back(pool)
