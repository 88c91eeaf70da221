"""What an environment could leave behind in the process, in a form that can be compared."""

from __future__ import annotations

import locale
import os
import socket
import sys
import threading
import time
from types import FunctionType, ModuleType
from typing import Any

import boto3
import time_machine
from freezegun.api import freeze_factories
from moto.core.config import default_user_config
from moto.core.models import MockAWS
from moto.moto_api._internal import mock_random

from pytest_lambda_events.aws.process import process
from pytest_lambda_events.simulation.time_functions import NAMES, time_functions

PATCHED = ("asyncio", "boto3", "botocore", "datetime", "moto", "random", "requests", "subprocess", "threading", "time")
"""The packages in which an environment replaces something."""


def fingerprint() -> dict[str, object]:
    """Functions and classes of the patched packages, and the state that an environment changes."""
    return {
        "environ": dict(os.environ),
        "environ's objects": (id(os.environ), id(os.environb)),
        "settings": (os.getcwd(), locale.setlocale(locale.LC_ALL), socket.getdefaulttimeout(), sys.getrecursionlimit()),
        "default session": boto3.DEFAULT_SESSION,
        "mocks": (MockAWS._nested_count, MockAWS._mocks_active),
        "moto's settings": repr(default_user_config),
        "moto's ids": mock_random.getstate(),
        "freezers": list(freeze_factories),
        "clock": (list(time_machine.traveller_stack), time.tzname, [name for name in NAMES if _is_redirected(name)]),
        "threads": threading.enumerate(),
        "simulation": process().simulation,
        "sleep": [module.__name__ for module in list(sys.modules.values()) if _holds_dispatcher(module)],
        "attributes": _attributes(),
    }


def _is_redirected(name: str) -> bool:
    redirection = time_functions().redirection(name)
    return redirection is not None and redirection.is_active


def _holds_dispatcher(module: Any) -> bool:
    if not issubclass(type(module), ModuleType) or process().sleep is None:
        return False
    return any(value is process().sleep for value in list(vars(module).values()))


def _attributes() -> dict[str, object]:
    found: dict[str, object] = {}
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in PATCHED and issubclass(type(module), ModuleType):
            found |= _functions(name, vars(module))
    return found


def _functions(prefix: str, namespace: Any) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in list(namespace.items()):
        if isinstance(value, type) and value.__module__ == prefix:
            found |= {f"{prefix}.{name}.{attribute}": id(part) for attribute, part in vars(value).items() if _counts(part)}
        elif _counts(value) or isinstance(value, type):
            found[f"{prefix}.{name}"] = id(value)
    return found


def _counts(value: object) -> bool:
    return isinstance(value, (FunctionType, property, staticmethod, classmethod))
