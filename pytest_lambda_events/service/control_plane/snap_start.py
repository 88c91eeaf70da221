"""Settings that exclude SnapStart and tenants."""

from __future__ import annotations

import re

from ... import limits
from ..errors import ServiceError, invalid_parameter
from ..model import Configuration

_RUNTIMES = re.compile(r"python3\.(1[2-9]|[2-9]\d)|java(11|1[2-9]|[2-9]\d)(\.al2023)?|dotnet([89]|\d\d)")
"""The runtimes that have SnapStart."""


def check_combinations(configuration: Configuration) -> None:
    """Raises `ServiceError` 400 for settings that AWS does not allow together. All texts except the first are not AWS's."""
    if configuration.snap_start:
        if not _RUNTIMES.fullmatch(configuration.runtime) and configuration.image is None:
            raise invalid_parameter(f"{configuration.runtime} is not supported for SnapStart enabled functions.")
        if configuration.image is not None:
            raise _excluded("SnapStart", "PackageType Image")
        if configuration.inert.get("FileSystemConfigs"):
            raise _excluded("SnapStart", "FileSystemConfigs")
        if configuration.ephemeral_storage_size > limits.EPHEMERAL_STORAGE_MEGABYTES[0]:
            raise _excluded("SnapStart", f"EphemeralStorage of more than {limits.EPHEMERAL_STORAGE_MEGABYTES[0]} MB")
        if configuration.has_tenants:
            raise _excluded("SnapStart", "TenancyConfig")


def check_provisionable(configuration: Configuration) -> None:
    """Raises `ServiceError` 400 for a function that cannot have provisioned concurrency. The texts are not AWS's."""
    if configuration.snap_start:
        raise _excluded("SnapStart", "provisioned concurrency")
    if configuration.has_tenants:
        raise _excluded("TenancyConfig", "provisioned concurrency")


def _excluded(one: str, other: str) -> ServiceError:
    return invalid_parameter(f"{one} is not supported with {other}.")
