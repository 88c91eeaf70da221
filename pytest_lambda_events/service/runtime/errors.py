"""Faults that stop an invocation before or after the handler itself."""

from __future__ import annotations

from collections.abc import Sequence


class RuntimeFault(Exception):
    """A fault of the runtime, such as `Runtime.MarshalError`. Its stack trace is usually empty."""

    def __init__(self, error_type: str, message: str, stack_trace: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.stack_trace = list(stack_trace)


class InitFault(RuntimeFault):
    """The handler could not be loaded (RUN-02 to 07). Its execution environment is not used again (RUN-10)."""


def planned_load_error(handler_name: str) -> InitFault:
    """Returns the error of a handler whose module imports a missing package (RUN-04)."""
    module_name = handler_name.rpartition(".")[0] or handler_name
    return InitFault(
        "Runtime.ImportModuleError", f"Unable to import module '{module_name}': No module named 'planned_load_error'"
    )
