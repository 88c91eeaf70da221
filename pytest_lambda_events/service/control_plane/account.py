"""The limits of the account and how much of them is used (FUN-50)."""

from __future__ import annotations

from collections.abc import Mapping

from ... import limits
from ..api_response import ApiResponse, Operation, Parameters
from .dependencies import Dependencies
from .region import Region


class Account:
    """`GetAccountSettings` of one region."""

    def __init__(self, region: Region, dependencies: Dependencies) -> None:
        self._region = region
        self._dependencies = dependencies

    @property
    def operations(self) -> Mapping[str, Operation]:
        """Returns the operations by their names in the API."""
        return {"GetAccountSettings": self.get_account_settings}

    def get_account_settings(self, parameters: Parameters) -> ApiResponse:
        """Returns 200. The code size includes each version that has code."""
        functions = list(self._region.functions.values())
        sizes = [one.code.size for function in functions for one in (function.latest, *function.versions.values())]
        limit = self._dependencies.account_limit
        return ApiResponse(
            200,
            {
                "AccountLimit": {
                    "TotalCodeSize": limits.TOTAL_CODE_SIZE,
                    "CodeSizeUnzipped": limits.CODE_SIZE_UNZIPPED,
                    "CodeSizeZipped": limits.CODE_SIZE_ZIPPED,
                    "ConcurrentExecutions": limit,
                    "UnreservedConcurrentExecutions": self._region.units.unreserved(limit),
                },
                "AccountUsage": {"TotalCodeSize": sum(sizes), "FunctionCount": len(functions)},
            },
        )
