"""Finds patches of a test that the execution environment of an attempt does not have."""

from __future__ import annotations

from ..errors import LambdaEventsError, hides_frames
from ..simulation.simulation import Simulation
from .environments import Environments, ExecutionEnvironment

__tracebackhide__ = hides_frames


def missed_patch(
    simulation: Simulation, environments: Environments, environment: ExecutionEnvironment, *, again: bool = False
) -> LambdaEventsError | None:
    """Returns an error, which also fails the test, if the test has patched another copy of a module that is loaded here.

    It is called while the environment's task is switched in.

    Args:
        again: Look only at modules that have been imported since the last call.
    """
    modules, name = environment.state.modules, environment.configuration.function_name
    if modules.are_of_test and not environments.has_given:
        return None
    found = modules.patched(again=again)
    if found is not None:
        return simulation.record_misuse(_in_test(name, *found))
    elsewhere = modules.patched_in_copies(environments.given_to_test(environment))
    if elsewhere is not None:
        return simulation.record_misuse(_in_another_environment(name, *elsewhere))
    return None


def _in_test(function_name: str, module_name: str, tests_name: str, attribute: str) -> str:
    owner, _, last = attribute.rpartition(".")
    module = f'function.module("{module_name}")' + (f".{owner}" if owner else "")
    return (
        f"{tests_name}.{attribute} is patched in this test, but function {function_name!r} has its own copy of this module "
        f'and does not see it. Patch the function\'s copy: monkeypatch.setattr({module}, "{last}", ...) or '
        f'mock.patch.object({module}, "{last}", ...).'
    )


def _in_another_environment(function_name: str, module_name: str, attribute: str) -> str:
    return (
        f'function.module("{module_name}").{attribute} is patched in one execution environment of function {function_name!r}, '
        "but this attempt runs in another one, with its own copy of the module. A new execution environment starts for "
        "overlapping invocations, after a timeout or a crash, and after an update. Pass the handler as a callable, or patch a "
        "library: all execution environments share these modules."
    )
