"""Builds the process state of an execution environment from the configuration of its function."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ..arns import parse
from ..values import dataclass
from .environments import ExecutionEnvironment
from .model import Configuration
from .runtime.code import Loader
from .runtime.process_state import ProcessState
from .runtime.variables import environment_variables


@dataclass(frozen=True, slots=True)
class ProcessStates:
    """Builds process states.

    `inherited` are the patterns of variables that functions without patterns of their own take from the test process.
    `attributes` are further attributes of modules that each process has for itself.
    """

    loader: Loader
    inherited: Sequence[str]
    attributes: Sequence[tuple[object, str]]

    def of(self, environment: ExecutionEnvironment) -> ProcessState:
        """Returns the state with which a new execution environment begins."""
        configuration = environment.configuration
        variables = environment_variables(
            function_name=configuration.function_name,
            version=configuration.version,
            memory_size=configuration.memory_size,
            runtime=configuration.runtime,
            handler=configuration.handler,
            region=parse(configuration.function_arn).region_name,
            log_group=configuration.log_group,
            log_stream=environment.log_stream,
            initialization_type=environment.initialization_type,
            log_format=configuration.log_format,
            log_level=configuration.application_log_level,
            own=configuration.environment,
            inherit=self._inherited_by(configuration),
            of_test=os.environ,
        )
        return ProcessState(
            variables,
            code_folders=self.loader.folders(configuration),
            code_package=configuration.code.package,
            paths=self.loader.paths(configuration),
            attributes=self.attributes,
        )

    def _inherited_by(self, configuration: Configuration) -> Sequence[str]:
        patterns = configuration.inherit_environment
        return self.inherited if patterns is None else patterns
