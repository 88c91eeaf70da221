"""The region that environment variables of the test process name."""

from __future__ import annotations

import os
from collections.abc import Mapping

REGION_VARIABLES = ("AWS_DEFAULT_REGION", "AWS_REGION")
"""The variables that name a region. The first has priority, because boto3 reads only this one."""
DEFAULT_REGION = "us-east-1"
OUR_DEFAULT = "LAMBDA_EVENTS_DEFAULT_REGION"
"""The variable with the value to which the plugin has set `AWS_DEFAULT_REGION`, also for the workers of pytest-xdist."""


class RegionOfProcess(str):
    """The region that variables of the test process name, or the default. `variable` is the one that names it."""

    variable: str = ""

    @classmethod
    def current(cls) -> RegionOfProcess:
        """Returns the current region."""
        return cls.of(os.environ)

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> RegionOfProcess:
        """Returns the region that the variables name."""
        default, ours = REGION_VARIABLES[0], variables.get(OUR_DEFAULT)
        # The plugin's own default is used last: AWS_REGION may have been set since.
        named = [
            name for name in REGION_VARIABLES if variables.get(name) and not (name == default and variables[name] == ours)
        ]
        region = cls(variables[named[0]] if named else ours or DEFAULT_REGION)
        region.variable = named[0] if named else ""
        return region
