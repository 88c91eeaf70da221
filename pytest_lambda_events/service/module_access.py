"""Gives a test the modules that the next invocation of a function will use."""

from __future__ import annotations

import importlib
from types import ModuleType

from ..arguments import name_kind, shown
from ..errors import LambdaEventsError, hides_frames
from ..journal.entry import Subject
from ..report.missing_variables import hint
from ..simulation.tasks import Task
from .environments import ExecutionEnvironment
from .invocation import keep_log, new_log
from .invoker import Invoker
from .model import Configuration
from .runtime.errors import InitFault

__tracebackhide__ = hides_frames


_MODULE = name_kind("app")


def module_of(invoker: Invoker, configuration: Configuration, name: str, tenant_id: str = "") -> ModuleType:
    """Returns the module `name` of a function, and loads it if necessary.

    If the code is in a folder, it is the module of the execution environment that runs next. If none is free, a new one is
    initialized. A callable uses the modules of the test.

    Raises:
        LambdaEventsError: The module fails to load.
    """
    _MODULE.check("name", name)
    if not invoker.code.folders(configuration):
        try:
            return importlib.import_module(name)
        except Exception as error:
            reason = str(error) if isinstance(error, ImportError) else f"{type(error).__name__}: {error}"
            raise LambdaEventsError(
                f"Module {shown(name)} of function {configuration.function_name!r} failed to load: {reason.rstrip('.')}. "
                "Pass the name of a module that this test can import."
            ) from error
    if configuration.has_tenants != bool(tenant_id):
        advice = f'module({name!r}, tenant_id="...")' if configuration.has_tenants else f"module({name!r})"
        raise LambdaEventsError(
            f"Function {configuration.function_name!r} has {'separate' if configuration.has_tenants else 'no separate'} "
            f"execution environments for each tenant. Call {advice}."
        )
    environment = invoker.environments.take(configuration, tenant_id=tenant_id)
    try:
        module = _loaded(invoker, environment, name)
        invoker.environments.give_to_test(environment, module)
        return module
    finally:
        invoker.environments.give_back(environment)


def _loaded(invoker: Invoker, environment: ExecutionEnvironment, name: str) -> ModuleType:
    configuration, simulation = environment.configuration, invoker.simulation
    found: list[ModuleType] = []
    failed: list[Exception] = []

    def load() -> None:
        try:
            if environment.handler is None:
                environment.handler = invoker.code.initialized(configuration)
            found.append(importlib.import_module(name))
        except (InitFault, ImportError) as error:
            failed.append(error)

    log = new_log(invoker, configuration, "")
    environment.state.begin(log, {})
    task = Task(load, environment.state, Subject(configuration.function_name), lambda: None)
    invoker.loading[id(task)] = configuration
    try:
        simulation.tasks.start(task)
        if not task.is_finished:
            simulation.run_while(lambda _: not task.is_finished)
    finally:
        invoker.loading.pop(id(task), None)
        keep_log(invoker, environment, log)
    if failed:
        own = ", ".join(sorted(environment.state.modules.loaded)) or "none"
        missing = hint(environment.state.missing_variables(str(failed[0])), str(failed[0]))
        raise LambdaEventsError(
            f"Module {name!r} of function {configuration.function_name!r} failed to load: {failed[0]}. Loaded modules: "
            f"{own}.{f' Cause: {missing}.' if missing else ''}"
        ) from failed[0]
    return found[0]
