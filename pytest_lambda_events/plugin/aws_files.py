"""Finds out whether AWS's configuration files have a region. Only test runs with such a file load this module."""

from __future__ import annotations

import configparser
import re
from collections.abc import Mapping
from pathlib import Path

_PROFILES = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")
"""The variables that name the active profile, in the order in which boto3 reads them."""


def has_region_in_files(variables: Mapping[str, str], files: Mapping[str, str]) -> bool:
    """Returns whether the active profile has a region in AWS's configuration files. Also true if a file is not readable.

    `files` has the variable and the default path of each file.
    """
    profile = next((variables[name] for name in _PROFILES if variables.get(name)), "default")
    return any(_has_region(Path(variables.get(name) or path).expanduser(), profile) for name, path in files.items())


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
