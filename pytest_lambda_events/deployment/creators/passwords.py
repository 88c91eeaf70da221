"""Passwords for secrets of a template. They are equal in every run (TPL-F5)."""

from __future__ import annotations

import hashlib
import json
import string
from collections.abc import Iterator, Mapping
from typing import Any

from ...templates.texts import as_text, json_text

_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_KINDS = {
    "ExcludeLowercase": string.ascii_lowercase, "ExcludeUppercase": string.ascii_uppercase, "ExcludeNumbers": string.digits,
    "ExcludePunctuation": _PUNCTUATION,
}  # fmt: skip
_DEFAULT_LENGTH = 32


def secret_text(settings: Mapping[str, Any], *seed: str) -> str:
    """Returns the text of a secret for `GenerateSecretString`: a password, or JSON with one.

    Args:
        settings: The property of the template.
        seed: What the password is derived from.
    """
    password = _password(settings, _numbers("\0".join(seed)))
    key = settings.get("GenerateStringKey")
    if key is None:
        return password
    return json_text(
        {**json.loads(as_text(settings.get("SecretStringTemplate", "{}"), "SecretStringTemplate")), key: password}
    )


def _password(settings: Mapping[str, Any], numbers: Iterator[int]) -> str:
    excluded = str(settings.get("ExcludeCharacters", ""))
    kinds = [characters for name, characters in _KINDS.items() if not _is_true(settings, name)]
    if _is_true(settings, "IncludeSpace"):
        kinds.append(" ")
    kept = ["".join(one for one in characters if one not in excluded) for characters in kinds]
    kept = [characters for characters in kept if characters]
    every = "".join(kept)
    length = int(settings.get("PasswordLength", _DEFAULT_LENGTH))
    text = [every[next(numbers) % len(every)] for _ in range(length)]
    if str(settings.get("RequireEachIncludedType", True)).lower() == "true":
        # One place for each kind of characters.
        for place, characters in enumerate(kept[:length]):
            text[place] = characters[next(numbers) % len(characters)]
    return "".join(text)


def _is_true(settings: Mapping[str, Any], name: str) -> bool:
    return str(settings.get(name, "")).lower() == "true"


def _numbers(seed: str) -> Iterator[int]:
    """Yields numbers that follow from the seed."""
    block = hashlib.sha256(seed.encode()).digest()
    while True:
        yield from block
        block = hashlib.sha256(block).digest()
