"""Settings without an effect that a test can observe. They are stored and returned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..api_response import Parameters
from ..model import Configuration

MEMBERS = ("VpcConfig", "FileSystemConfigs", "CapacityProviderConfig")


def inert_of(parameters: Parameters, before: Mapping[str, Any]) -> dict[str, Any]:
    """Returns these settings after a call, in the form of a response. Settings that the call leaves out stay."""
    settings = dict(before)
    if parameters.get("VpcConfig"):
        settings["VpcConfig"] = _vpc_config(parameters["VpcConfig"], before.get("VpcConfig") or {})
        if "VpcConfig" not in before and not _is_in_a_vpc(settings["VpcConfig"]):
            del settings["VpcConfig"]
    if parameters.get("FileSystemConfigs") is not None:
        settings["FileSystemConfigs"] = [dict(one) for one in parameters["FileSystemConfigs"]]
        if not settings["FileSystemConfigs"]:
            del settings["FileSystemConfigs"]
    if parameters.get("CapacityProviderConfig"):
        settings["CapacityProviderConfig"] = parameters["CapacityProviderConfig"]
    return settings


def _vpc_config(given: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    settings = {"SubnetIds": [], "SecurityGroupIds": [], "Ipv6AllowedForDualStack": False, **before, **given}
    return {**settings, "VpcId": ""}


def _is_in_a_vpc(config: Mapping[str, Any]) -> bool:
    return bool(config["SubnetIds"] or config["SecurityGroupIds"])


def notes(configuration: Configuration) -> Iterator[str]:
    """Yields what a test should know about these settings."""
    for system in configuration.inert.get("FileSystemConfigs") or ():
        path = system["LocalMountPath"]
        yield (
            f"No file system is mounted at {path}, so the handler does not find this folder. Read the name of the folder from "
            "an environment variable in the handler, and set the variable to a folder such as tmp_path in the test."
        )
