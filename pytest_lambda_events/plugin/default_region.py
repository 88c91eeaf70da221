"""Sets a region for clients that modules create while pytest imports them, before any environment is open."""

from __future__ import annotations

import configparser
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ..process_variables import OUR_DEFAULT, REGION_VARIABLES

_FILES = {"AWS_CONFIG_FILE": "~/.aws/config", "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials"}
_PROFILES = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")
"""The variables that name the active profile, in the order in which boto3 reads them."""


def set_default_region(region_name: str) -> Callable[[], None]:
    """Sets `AWS_DEFAULT_REGION` unless boto3 already finds a region. Returns a function that undoes it."""
    variable = REGION_VARIABLES[0]
    if os.environ.get(variable) or has_region_in_files(os.environ):
        return _nothing
    os.environ[variable] = os.environ[OUR_DEFAULT] = region_name

    def undo() -> None:
        os.environ.pop(OUR_DEFAULT, None)
        # A value that other code has set since stays.
        if os.environ.get(variable) == region_name:
            del os.environ[variable]

    return undo


def _nothing() -> None:
    """Does nothing, because nothing was set."""


@contextmanager
def region_for_conftests(region_name: str) -> Iterator[None]:
    """Lets boto3 find a region in a separate configuration file while pytest loads the first `conftest.py` files.

    These may still set `AWS_DEFAULT_REGION`, also with `setdefault`, so this variable is not changed. An existing
    configuration file is not changed either.
    """
    variable, path = next(iter(_FILES.items()))
    if os.environ.get(REGION_VARIABLES[0]) or os.environ.get(variable) or Path(path).expanduser().exists():
        yield
        return
    with tempfile.TemporaryDirectory(prefix="lambda_events") as folder:
        file = Path(folder, "config")
        file.write_text(f"[default]\nregion = {region_name}\n", encoding="utf-8")
        os.environ[variable] = str(file)
        try:
            yield
        finally:
            if os.environ.get(variable) == str(file):
                del os.environ[variable]


def has_region_in_files(variables: Mapping[str, str]) -> bool:
    """Returns whether the active profile has a region in AWS's configuration files. Also true if a file is not readable."""
    profile = next((variables[name] for name in _PROFILES if variables.get(name)), "default")
    return any(_has_region(Path(variables.get(name) or path).expanduser(), profile) for name, path in _FILES.items())


def _has_region(path: Path, profile: str) -> bool:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    except (OSError, ValueError, configparser.Error):
        return True
    names = (re.sub(r"^profile\s+|[\"']", "", section) for section in parser.sections())
    found = (section for section, name in zip(parser.sections(), names, strict=True) if name == profile)
    return any(parser.has_option(section, "region") for section in found)
